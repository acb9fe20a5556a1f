"""What the store says of notices, without judging one: the first frame asks it before quiet hours are loaded."""

from __future__ import annotations

import sqlite3

from leeward.model import Instant


def waiting(db: sqlite3.Connection) -> int:
    """How many are held back."""
    return int(db.execute("SELECT count(*) FROM notice WHERE state = 'held'").fetchone()[0])


def unseen(db: sqlite3.Connection, since: Instant) -> frozenset[str]:
    """Threads and items of which something may have been shown after that instant, and was not read."""
    rows = db.execute(  # its index is found by the words it was made with
        "SELECT coalesce(thread, item) FROM notice WHERE state IN ('shown', 'maybe') AND read_at IS NULL"
        " AND came > ? AND state = 'maybe'",
        (since,),
    )
    return frozenset(str(id) for (id,) in rows)


def seen(db: sqlite3.Connection, now: Instant) -> None:
    """The owner is at the screen."""
    db.execute("INSERT OR REPLACE INTO habit VALUES ('screen seen', ?)", (str(now),))


def welcome(db: sqlite3.Connection, now: Instant) -> list[str | None]:
    """The owner opens the screen: the tiers of what came out of quiet since they were last at it, and was not read."""
    row = db.execute("SELECT value FROM habit WHERE name = 'screen seen'").fetchone()
    seen(db, now)
    if row is None:
        return []
    rows = db.execute(
        "SELECT tier FROM notice JOIN digest ON digest.key = notice.digest"
        " WHERE digest.at > ? AND notice.state IN ('digest', 'shown', 'maybe')",
        (int(row[0]),),
    )
    return [tier for (tier,) in rows]
