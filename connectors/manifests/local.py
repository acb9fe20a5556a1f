"""This machine, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.model import LOCAL
from leeward.ports import Can, Manifest

MANIFEST = Manifest(
    kind=LOCAL,
    title="This machine",
    can=frozenset({Can.TASKS, Can.NOTES, Can.TASK_WRITE, Can.NOTE_WRITE}),
    target=None,
    min_poll_s=0.0,
    docs="Kept in leeward's own store; nothing leaves this machine.",
    minutes=0,
)
