"""What the owner decided about a conversation keeps its lines together, also when the cache is built again."""

from __future__ import annotations

from leeward.store.db import Db


def pin(db: Db, thread: str) -> None:
    """What the owner linked, put off or tiered keeps its lines, also when the cache is built again."""
    db.execute(
        "INSERT OR IGNORE INTO pinned_cut SELECT message.id, message.thread FROM message JOIN item ON item.id = message.thread"
        " WHERE message.thread = ? AND item.cut = 1",
        (thread,),
    )
