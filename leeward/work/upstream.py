"""What a service is told about reading: markers and to-dos, never further than what was read here."""

from __future__ import annotations

from leeward.model import Instant
from leeward.store import outbox
from leeward.store.db import Db


def mark_read(db: Db, now: Instant, id: str, accounts: frozenset[str]) -> list[int]:
    """Enqueue the upstream marker for a thread that was cleared here; returns the outbox rows made.

    In a flat place the marker moves only to just before the oldest line that is still unread here.
    """
    item = db.execute(
        "SELECT item.account, item.remote, item.cut, item.type, place.remote, item.place FROM item"
        " LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (id,),
    ).fetchone()
    if item is None or item[0] not in accounts:
        return []
    todos = [
        remote
        for (remote,) in db.execute(
            "SELECT remote FROM item WHERE (thread = ?1 OR id = ?1) AND type IN ('mention', 'todo') AND closed = 0",
            (id,),
        )
    ]
    upto = _flat_upto(db, item[5], id) if item[2] else _thread_upto(db, id)
    if upto is None and not todos:
        return []
    doc = {
        "place": item[4],
        "thread": None if item[2] or item[3] != "thread" else item[1],
        "upto": upto,
        "todos": todos,
    }
    return [outbox.put(db, now, item[0], "mark_read", doc, item=id, lane=f"read {item[4]}")]


def _thread_upto(db: Db, id: str) -> str | None:
    row = db.execute(
        "SELECT remote FROM message WHERE thread = ? AND silent IN (0, 2) ORDER BY n DESC LIMIT 1", (id,)
    ).fetchone()
    return str(row[0]) if row else None


def _flat_upto(db: Db, place: str, cleared: str) -> str | None:
    """The last line before the oldest one that somebody wrote and nobody read here."""
    oldest = db.execute(
        "SELECT min(message.n) FROM item JOIN message ON message.thread = item.id LEFT JOIN triage ON triage.item = item.id"
        " WHERE item.place = ? AND item.id <> ? AND item.unread > 0 AND item.cut = 1 AND message.silent = 0"
        " AND message.n > coalesce(triage.read_n, item.read_n)",
        (place, cleared),
    ).fetchone()[0]
    row = db.execute(
        "SELECT message.remote FROM message LEFT JOIN item ON item.id = message.thread WHERE message.place = ?"
        " AND message.n < ? AND coalesce(item.cut, 1) = 1 ORDER BY message.n DESC LIMIT 1",
        (place, oldest if oldest is not None else 1 << 62),
    ).fetchone()
    return str(row[0]) if row else None
