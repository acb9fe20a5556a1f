"""The inbox: a walk along one index, a page at a time."""

from __future__ import annotations

from leeward.errors import Usage
from leeward.model import Instant, ItemId, ItemType, State, Tier
from leeward.rows import InboxRow
from leeward.store import find
from leeward.store.db import Db
from leeward.store.glance import COLUMNS, DONE_RANK, FROM, NEVER, PAGE, START
from leeward.store.stamps import read_due
from leeward.words import _

__all__ = ["COLUMNS", "FROM", "PAGE", "SPOT", "counts", "everything", "inbox_rows", "later", "page", "rows"]

SPOT = f"rank % {DONE_RANK}, due_sort, recent, id"
"""Where a row stands in the inbox, or stood before it was cleared: a page that ended with it goes on from there."""
MOST = 10_000
_KINDS = ("thread", "task", "mention", "todo")


def page(db: Db, limit: int = 100, after: str | None = None) -> list[InboxRow]:
    """The next `limit` rows, by tier, then due, then newest; `after` is the last id of the page before."""
    start = START if after is None else _spot(db, after)
    return inbox_rows(db, db.execute(PAGE, (*start, limit)).fetchall())


def _spot(db: Db, id: str) -> tuple[object, ...]:
    row = db.execute(f"SELECT {SPOT} FROM item WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise Usage(_("There is nothing with the id {id} here.").format(id=id), _("Begin again without --after."))
    return tuple(row)


def everything(db: Db, limit: int = 100, after: str | None = None) -> list[InboxRow]:
    """Also what is done, put off or read, newest first."""
    recent, last = (-(1 << 62), "") if after is None else _spot(db, after)[2:]
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {COLUMNS}, item.recent AS r{FROM} WHERE item.type = '{kind}' AND item.gone = 0"
        f"{_spoken_for(kind)} AND (item.recent, item.id) > (?1, ?2) ORDER BY item.recent, item.id LIMIT ?3)"
        for kind in _KINDS
    )
    return inbox_rows(db, db.execute(f"{parts} ORDER BY r, 1 LIMIT ?3", (recent, last, limit)).fetchall())


def _spoken_for(kind: str) -> str:
    if kind == ItemType.THREAD:
        return " AND item.first_n IS NOT NULL"
    return " AND NOT EXISTS (SELECT 1 FROM item AS t WHERE t.id = item.thread AND t.gone = 0 AND t.type = 'thread')"


def rows(db: Db, ids: list[str]) -> list[InboxRow]:
    """The rows of given items, in the order given; what is not here is left out."""
    if not ids:
        return []
    marks = ",".join("?" * len(ids))
    found = inbox_rows(db, db.execute(f"SELECT {COLUMNS}{FROM} WHERE item.id IN ({marks})", ids).fetchall())
    by_id = {row.id: row for row in found}
    return [by_id[ItemId(id)] for id in ids if id in by_id]


def later(db: Db, limit: int = 500) -> list[InboxRow]:
    """What sleeps, soonest first."""
    query = f"SELECT {COLUMNS}{FROM} WHERE item.later IS NOT NULL AND item.state = 'later' ORDER BY item.later LIMIT ?"
    return inbox_rows(db, db.execute(query, (limit,)).fetchall())


def counts(db: Db) -> dict[str, int]:
    """Unread rows of the inbox in all and by tier ("red", "yellow", "green", "none"), and how many sleep."""
    named = {
        tier: counted(db, f"item WHERE listed = 1 AND unread > 0 AND rank = {rank}")
        for rank, tier in enumerate(("red", "yellow", "none", "green"))
    }
    asleep = counted(db, "item WHERE later IS NOT NULL AND state = 'later'")
    return {"unread": min(sum(named.values()), MOST), "later": asleep, **named}


def counted(db: Db, rows: str) -> int:
    """How many `rows` (a table with its WHERE) there are; counted up to `MOST`, so that a start costs the same in any store."""
    return int(db.execute(f"SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT {MOST})").fetchone()[0])


def mine_open(db: Db) -> int:
    """How many open tasks are the owner's, counted as `counted` does; no row of theirs is looked up."""
    here = "task.mine AND task.status <> 'done'"
    gone = f"item INDEXED BY item_gone_task CROSS JOIN task USING (id) WHERE item.gone = 1 AND item.type = 'task' AND {here}"
    found = counted(db, f"task WHERE {here}")
    return found if found == MOST else found - counted(db, gone)


def earlier(db: Db, old: int, most: int = MOST) -> int:
    """How many rows were read, have neither tier nor due and last moved before `old`; counted up to `most`."""
    where = f"FROM item WHERE listed = 1 AND rank = 2 AND due_sort = {NEVER} AND recent >= ?"
    many = db.execute(f"SELECT count(*) FROM (SELECT 1 {where} LIMIT ?)", (-old, most)).fetchone()[0]
    fresh = db.execute(f"SELECT count(*) FROM (SELECT 1 {where} AND unread > 0 LIMIT ?)", (-old, most)).fetchone()[0]
    return int(many) if many == most else max(0, many - fresh)


def inbox_rows(db: Db, found: list[tuple[object, ...]]) -> list[InboxRow]:
    """Inbox rows of what a query with `COLUMNS` found."""
    people = [find.split(str(row[6]) if row[6] else (str(row[7]) if row[7] else None)) for row in found]
    names = find.names(db, (id for ids in people for id in ids))
    return [_row(row, tuple(names.get(id, "?") for id in ids)) for row, ids in zip(found, people, strict=True)]


def _row(row: tuple[object, ...], people: tuple[str, ...]) -> InboxRow:
    type = ItemType(str(row[1]))
    calls = ItemType(str(row[16])) if row[16] else type
    thread = ItemId(str(row[0])) if type is ItemType.THREAD else ItemId(str(row[14])) if row[14] else None
    return InboxRow(
        id=ItemId(str(row[0])),
        type=calls,
        account=str(row[2]),
        place=str(row[3] or ""),
        place_id=ItemId(str(row[4] or "")),
        title=str(row[5]),
        people=people,
        tier=Tier(str(row[8])) if row[8] else None,
        due=read_due(str(row[9])) if row[9] else None,
        state=State(str(row[10])),
        unread=int(str(row[11])),
        updated=Instant(int(str(row[12]))),
        url=str(row[13]) if row[13] else None,
        thread=thread,
        later=Instant(int(str(row[15]))) if row[15] else None,
    )
