"""One-offs in the store: they survive restarts and are the same for screen, command line and watcher."""

from __future__ import annotations

import sqlite3

from leeward.model import Instant
from leeward.work.quiet_course import Spell

DAY_MS = 24 * 3600 * 1000
KEPT_MS = 30 * DAY_MS


def add_oneoff(db: sqlite3.Connection, spell: Spell) -> int:
    """Keep what the owner said, under the number it gives back.

    It takes the place of an earlier one of its kind, and lies over one of the other kind.
    """
    db.execute(
        "UPDATE oneoff SET until = ?1 WHERE quiet = ?2 AND start < ?1 AND (until IS NULL OR until > ?1)",
        (spell.start, int(spell.quiet)),
    )
    made = db.execute(
        "INSERT INTO oneoff (start, until, quiet) VALUES (?, ?, ?) RETURNING n",
        (spell.start, spell.end, int(spell.quiet)),
    )
    return int(made.fetchone()[0])


def oneoffs(db: sqlite3.Connection, now: Instant) -> tuple[Spell, ...]:
    """Those that count now or will, oldest first."""
    rows = db.execute("SELECT start, until, quiet FROM oneoff WHERE until IS NULL OR until > ? ORDER BY n", (now,))
    return tuple(Spell(Instant(start), until, bool(quiet)) for start, until, quiet in rows)


def end_oneoffs(db: sqlite3.Connection, now: Instant) -> int:
    """Return to the schedule: what runs ends now, what would begin later never does. How many there were."""
    later = db.execute("DELETE FROM oneoff WHERE start >= ?", (now,)).rowcount
    running = db.execute("UPDATE oneoff SET until = ? WHERE until IS NULL OR until > ?", (now, now)).rowcount
    return later + running


_DONE = "('shown', 'maybe', 'read', 'dropped', 'cancelled', 'failed')"
_OLD = {
    "notice": f"came < ? AND state IN {_DONE}",
    "verdict": "at < ? AND notice NOT IN (SELECT id FROM notice)",
    "delivery": "made < ? AND state NOT IN ('pending', 'claimed')",
    "digest": "at < ? AND key NOT IN (SELECT digest FROM delivery WHERE digest IS NOT NULL)",
    "oneoff": "until < ?",
    "remark": "until < ?",
    "person_hours": "at < ?",
}


def forget(db: sqlite3.Connection, now: Instant) -> None:
    """Drop what is older than 30 days and done with."""
    for table, when in _OLD.items():
        db.execute(f"DELETE FROM {table} WHERE {when}", (now - KEPT_MS,))


def old(db: sqlite3.Connection, now: Instant) -> bool:
    """Whether there is anything to forget that has been so for a day; reads only."""
    before = now - KEPT_MS - DAY_MS
    return any(
        db.execute(f"SELECT 1 FROM {table} WHERE {when} LIMIT 1", (before,)).fetchone() for table, when in _OLD.items()
    )
