"""Imports into the account `local`: Slack exports, IRC logs and mailboxes, as batches like any other news."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from leeward import zones
from leeward.errors import Problem, Usage
from leeward.model import Batch, RemoteId
from leeward.words import _
from leeward.work.imports_common import Totals
from leeward.work.imports_irc import read_irc
from leeward.work.imports_mbox import read_mbox
from leeward.work.imports_slack import read_slack

__all__ = ["KINDS", "Reading", "read"]

Reader = Callable[[Path, str | None, str], Iterator[Batch]]

KINDS: Mapping[str, Reader] = {"slack-export": read_slack, "irc": read_irc, "mbox": read_mbox}


class Reading:
    """The batches of one import, once through; `totals` counts what went by, each thread, message and person once."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._threads: set[RemoteId] = set()
        self._people: set[RemoteId] = set()
        self.totals = Totals()

    def __iter__(self) -> Iterator[Batch]:
        """The batches in their order; places, people and threads come no later than the messages that name them."""
        for batch in self._batches:
            self._threads.update(thread.id for thread in batch.threads)
            self._people.update(person.id for person in batch.people)
            self.totals.threads, self.totals.people = len(self._threads), len(self._people)
            self.totals.messages += len(batch.messages)
            yield batch


def read(kind: str, path: Path, *, me: str | None = None, zone: str = "UTC") -> Reading:
    """What the file or folder `path` holds, read as it is asked for.

    `me` names the owner as the export knows them (name, nick, id or address), `zone` where its clock stood. The same
    file gives the same batches each time. Raises Usage for an unknown kind or zone, and Problem, when it is read, for a
    file that is not of this kind.
    """
    reader = KINDS.get(kind)
    if reader is None:
        raise Usage(
            _("There is no import of the kind {kind}.").format(kind=kind),
            _("Known are: {kinds}.").format(kinds=", ".join(KINDS)),
        )
    try:
        zones.zone(zone)
    except ValueError as wrong:
        raise Usage(f"--zone {zone}: {wrong}") from None
    if not path.exists():
        raise Problem(_("{path} is not there.").format(path=path), _("Look at its name."))
    return Reading(reader(path, me, zone))
