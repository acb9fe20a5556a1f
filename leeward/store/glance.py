"""The first page of the inbox with next to no imports, for commands that scripts and prompts run again and again.

`inbox.page` gives the same rows as objects; a test holds the two together.
"""

from __future__ import annotations

import os
import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

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
NEVER = 1 << 62
DONE_RANK = 4
"""Added to the rank of what is done, so that the list of tasks ends with it, and a page can still go on after it."""
GHOST = (
    "SELECT item.title, item.tier, place.title, item.unread, item.people, item.author FROM item LEFT JOIN place"
    f" ON place.id = item.place WHERE listed = 1 AND rank < 3 AND (rank, due_sort, recent, item.id) < (2, {NEVER}, -?, '')"
    " ORDER BY rank, due_sort, recent, item.id LIMIT ?"
)
_GHOSTS = 40
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
    return _asked(folder, 5.0, lambda db: _rows(db, now, limit)) if 0 < limit <= _MOST else None


def ghost_page(
    folder: str, now: int, old: int, habit: str
) -> tuple[dict[str, str], list[tuple[str, str, str, int, str]]] | None:
    """What the screen remembers under `habit`, and its first rows as (title, tier, place, unread, people).

    Without FYI and what was read and lies still for `old` milliseconds, as the screen folds them. None where there is no
    such memory or no row, or where the store keeps one waiting.
    """
    return _asked(folder, 0.02, lambda db: _ghost(db, now, old, habit))


def _asked(folder: str, timeout: float, ask: Callable[[sqlite3.Connection], T | None]) -> T | None:
    """What is read of the store in `folder`.

    None where it is not there, is of another version, or cannot be read in `timeout` seconds.
    """
    path = os.path.join(folder, FILE)  # noqa: PTH118 - pathlib would be a fifth of the whole command
    if not os.path.isfile(path):  # noqa: PTH113 - the same
        return None
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        db = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, timeout=timeout, isolation_level=None)
        try:
            return ask(db) if db.execute("PRAGMA user_version").fetchone()[0] == _newest() else None
        finally:
            db.close()
    except sqlite3.Error:
        return None


def _ghost(
    db: sqlite3.Connection, now: int, old: int, habit: str
) -> tuple[dict[str, str], list[tuple[str, str, str, int, str]]] | None:
    kept = db.execute("SELECT value FROM habit WHERE name = ?", (habit,)).fetchone()
    found = db.execute(GHOST, (now - old, _GHOSTS)).fetchall()
    if kept is None or not found:
        return None
    people = [(row[4] or row[5] or "").split(",")[:3] for row in found]
    names = _named(db, {id for some in people for id in some if id})
    colours = dict(part.partition("=")[::2] for part in str(kept[0]).split(" "))
    rows = [
        (
            str(row[0]),
            str(row[1] or ""),
            str(row[2] or ""),
            int(row[3]),
            ", ".join(names.get(id, "?") for id in who if id),
        )
        for row, who in zip(found, people, strict=True)
    ]
    return colours, rows


def _newest() -> int:
    """The schema version this program writes, from the name of its last migration."""
    here = os.path.join(os.path.dirname(__file__), "schema")  # noqa: PTH118, PTH120 - as above
    return max(int(name[:4]) for name in os.listdir(here) if name.endswith(".sql"))  # noqa: PTH208 - as above


def _rows(db: sqlite3.Connection, now: int, limit: int) -> list[dict[str, Any]] | None:
    db.execute("BEGIN")
    if db.execute(SLEPT + " LIMIT 1", (now,)).fetchone() or db.execute(NEARING + " LIMIT 1", (now + SOON,)).fetchone():
        return None
    found = db.execute(PAGE, (*START, limit)).fetchall()
    people = [(row[6] or row[7] or "").split(",") for row in found]
    names = _named(db, {id for some in people for id in some if id})
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


def _named(db: sqlite3.Connection, wanted: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    ids = sorted(wanted)
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        names.update(db.execute(_NAMES.format(marks=",".join("?" * len(some))), some).fetchall())
    return names
