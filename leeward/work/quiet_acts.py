"""What the owner decides about quiet, as acts that undo knows: one-offs, and changes of the settings.

Each judges again what waits. Functions take a connection and run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from leeward.model import Instant
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts, notify, quiet_remarks, quiet_store
from leeward.work.patches import Hunk
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_course import Spell
from leeward.work.quiet_settings import QuietConfig


def judge_anew(db: Db, config: QuietConfig, now: Instant) -> None:
    """The rules are others: what waits is judged by them."""
    notify.rejudge(db, config, surroundings(db, now, config), now)
    db.changed.add("quiet")


def say_once(db: Db, spell: Spell, say: str, config: QuietConfig, now: Instant) -> None:
    """A one-off, in the words of the log."""
    with acts.act(db, now, say, _running(db, now)) as act:
        act.rows.append(("oneoff", str(quiet_store.add_oneoff(db, spell))))
    judge_anew(db, config, now)


def end(db: Db, config: QuietConfig, now: Instant) -> int:
    """Back to the schedule. How many one-offs were ended."""
    with acts.act(db, now, _("back to the schedule"), _running(db, now)):
        ended = quiet_store.end_oneoffs(db, now)
    judge_anew(db, config, now)
    return ended


def settings_changed(db: Db, changes: Sequence[Hunk], say: str, config: QuietConfig, now: Instant) -> None:
    """The file was changed already: let undo know, and judge by `config`, which is what it says now."""
    with acts.act(db, now, say, ()) as act:
        act.settings.extend(changes)
    judge_anew(db, config, now)


def zone_decided(db: Db) -> None:
    """The owner said whose clock counts: it is asked no more."""
    quiet_remarks.drop(db, quiet_remarks.ZONE)
    db.changed.add("quiet")


def _running(db: Db, now: Instant) -> list[tuple[str, str]]:
    rows = db.execute("SELECT n FROM oneoff WHERE until IS NULL OR until > ?", (now,))
    return [("oneoff", str(n)) for (n,) in rows]
