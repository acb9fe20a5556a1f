"""The first page of the inbox with next to no imports, for commands that scripts and prompts run again and again.

`inbox.page` gives the same rows as objects; a test holds the two together.
"""

from __future__ import annotations

import os
import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = "leeward.db"
COLUMNS = (
    "item.id, item.type, account.name, place.title, item.place, item.title, item.people, item.author, item.tier, item.due,"
    " item.state, item.unread, item.updated, item.url, item.thread, item.later, item.calls"
)
FROM = " FROM item JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place"
PAGE = (
    f"SELECT {COLUMNS}{FROM} WHERE listed = 1 AND (rank, due_sort, recent, item.id) > (?, ?, ?, ?)"
    " ORDER BY rank, due_sort, recent, item.id LIMIT ?"
)
START = (-1, 0, 0, "")
SLEPT = "SELECT id FROM item WHERE later <= ?"
NEARING = (
    "SELECT id, rank, due_at FROM item WHERE due_at <= ? AND listed = 1 AND rank > 0 AND NOT EXISTS"
    " (SELECT 1 FROM triage WHERE triage.item = item.id AND triage.tier IS NOT NULL)"
)
SOON = 2 * 86_400_000
_NAMES = (
    "SELECT person.id, coalesce(human.name, person.name) FROM person LEFT JOIN person AS human"
    " ON human.id = person.human WHERE person.id IN ({marks})"
)
_MOST = 200


def first_page(folder: str, now: int, limit: int) -> list[dict[str, Any]] | None:
    """The first rows as they stand in JSON, `due` and `updated` still as they are stored.

    None where the long road is needed: no store yet, another schema, something that woke or became urgent meanwhile.
    """
    path = os.path.join(folder, FILE)  # noqa: PTH118 - pathlib would be a fifth of the whole command
    if not 0 < limit <= _MOST or not os.path.isfile(path):  # noqa: PTH113 - the same
        return None
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        db = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
        try:
            return _rows(db, now, limit)
        finally:
            db.close()
    except sqlite3.Error:
        return None


def _newest() -> int:
    """The schema version this program writes, from the name of its last migration."""
    here = os.path.join(os.path.dirname(__file__), "schema")  # noqa: PTH118, PTH120 - as above
    return max(int(name[:4]) for name in os.listdir(here) if name.endswith(".sql"))  # noqa: PTH208 - as above


def _rows(db: sqlite3.Connection, now: int, limit: int) -> list[dict[str, Any]] | None:
    if db.execute("PRAGMA user_version").fetchone()[0] != _newest():
        return None
    db.execute("BEGIN")
    if db.execute(SLEPT + " LIMIT 1", (now,)).fetchone() or db.execute(NEARING + " LIMIT 1", (now + SOON,)).fetchone():
        return None
    found = db.execute(PAGE, (*START, limit)).fetchall()
    people = [(row[6] or row[7] or "").split(",") for row in found]
    ids = sorted({id for some in people for id in some if id})
    names: dict[str, str] = {}
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        names.update(db.execute(_NAMES.format(marks=",".join("?" * len(some))), some).fetchall())
    return [
        {
            "id": row[0],
            "type": row[16] or row[1],
            "account": row[2],
            "place": row[3] or "",
            "title": row[5],
            "people": [names.get(id, "?") for id in who if id],
            "tier": row[8],
            "due": row[9],
            "state": row[10],
            "unread": row[11],
            "updated": row[12],
            "url": row[13] or None,
        }
        for row, who in zip(found, people, strict=True)
    ]
