"""Tasks that a service's view shows, as far as they are here."""

from __future__ import annotations

from collections.abc import Sequence

from leeward.ids import item_id
from leeward.model import AccountUid, Instant, ItemId, ItemType, RemoteId
from leeward.rows import Found
from leeward.store.db import Db
from leeward.text import one_line


def tasks_shown(db: Db, account: AccountUid, remotes: Sequence[RemoteId], limit: int) -> list[Found]:
    """The tasks of a view in its order; one whose list is not read here is left out."""
    found: list[Found] = []
    for remote in remotes:
        row = db.execute(
            "SELECT item.id, item.title, coalesce(place.title, ''), item.updated, item.thread FROM item"
            " LEFT JOIN place ON place.id = item.place WHERE item.type = 'task' AND item.gone = 0 AND item.id = coalesce("
            "(SELECT id FROM alias WHERE account = ? AND type = 'task' AND remote = ?), ?)",
            (account, remote, item_id(account, ItemType.TASK, remote)),
        ).fetchone()
        if row is not None:
            thread = ItemId(row[4]) if row[4] else None
            title = one_line(row[1], 200)
            found.append(
                Found(ItemId(row[0]), ItemType.TASK, title, one_line(row[2], 200) or title, Instant(row[3]), thread)
            )
        if len(found) >= limit:
            break
    return found
