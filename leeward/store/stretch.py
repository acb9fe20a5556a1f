"""Any stretch of a long list by keyset: after a row, before one, around one, or its end. The cost is the page's alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from leeward.rows import InboxRow, MessageRow, NoteRow, TaskRow
from leeward.store import inbox, read
from leeward.store.db import Db
from leeward.store.glance import NEVER

Row = TypeVar("Row")


class Where(Struct, frozen=True):
    """Which stretch: at most one of `after`, `before`, `around` (ids) and `end`."""

    limit: int = 120
    after: str | None = None
    before: str | None = None
    around: str | None = None
    end: bool = False


class Stretch(Struct, Generic[Row], frozen=True):
    """Rows in order, and whether the list goes on at either side."""

    rows: tuple[Row, ...]
    more_before: bool
    more_after: bool


class _List(Struct, frozen=True):
    """A list: what is selected, the columns that order it, and how a row's place in it is found by its id.

    `parts` are further conditions that cut it into stretches in order, each a walk along an index of its own.
    """

    select: str
    where: str
    params: tuple[object, ...]
    key: tuple[str, ...]
    spot: str
    parts: tuple[str, ...] = ("1",)


class Want(Struct, frozen=True):
    """What of a list is wanted; None and empty mean everything.

    `fyi` keeps apart what is folded: "without", "only" FYI, or "earlier": what was read, has neither tier nor due, and
    last moved before `old`.
    """

    pick: str = "inbox"
    tiers: frozenset[str] | None = None
    fyi: str = "with"
    old: int | None = None
    account: str | None = None
    place: str | None = None
    person: str | None = None
    status: str | None = None
    mine: bool = False
    unread: bool = False
    text: str = ""


def _filters(want: Want) -> tuple[list[str], list[object]]:
    """Conditions on `item` that every list shares."""
    found: list[str] = []
    params: list[object] = []
    if want.tiers is not None:
        found.append(f"coalesce(item.tier, 'none') IN ({','.join('?' * len(want.tiers))})")
        params += sorted(want.tiers)
    for column, value in (("account.name", want.account), ("item.place", want.place)):
        if value is not None:
            found.append(f"{column} = ?")
            params.append(value)
    if want.person is not None:
        found.append("(instr(coalesce(item.people, ''), ?) OR item.author = ?)")
        params += [want.person, want.person]
    if want.unread:
        found.append("item.unread > 0")
    for word in want.text.split():
        found.append("(instr(lower(item.title), ?) OR instr(lower(coalesce(place.title, '')), ?))")
        params += [word.lower(), word.lower()]
    return found, params


_PICKS = {
    "inbox": "item.listed = 1",
    "later": "item.later IS NOT NULL AND item.state = 'later'",
    "waiting": "item.id IN (SELECT coalesce(thread, item) FROM notice WHERE state IN ('held', 'info'))",
    "promises": "0",
    "done": "item.state = 'done' AND item.type = 'thread' AND item.gone = 0 AND item.first_n IS NOT NULL",
    "all": "item.type = 'thread' AND item.gone = 0 AND item.first_n IS NOT NULL",
}
_BY_TIER = ("item.rank", "item.due_sort", "item.recent", "item.id")
_SPOT = "SELECT {columns} FROM item WHERE id = ?"


def inbox_stretch(db: Db, want: Want, where: Where) -> Stretch[InboxRow]:
    """A stretch of the inbox, or of one of its other picks."""
    conditions, params = _filters(want)
    conditions.insert(0, _PICKS[want.pick])
    parts: tuple[str, ...] = ("1",)
    if want.fyi != "with" and want.pick == "inbox":
        conditions.append({"only": "item.rank = 3", "earlier": "item.unread = 0"}.get(want.fyi, "item.rank < 3"))
        if want.old is not None and want.fyi != "only":
            parts = _parts(want)
            params = [*params, want.old]
    key = {"inbox": _BY_TIER, "later": ("item.later", "item.id")}.get(want.pick, ("item.recent", "item.id"))
    spot = f"SELECT {inbox.SPOT} FROM item WHERE id = ?" if want.pick == "inbox" else _spot(key)
    asked = _List(f"SELECT {inbox.COLUMNS}{inbox.FROM}", " AND ".join(conditions), tuple(params), key, spot, parts)
    return _stretch(db, asked, where, inbox.inbox_rows)


def _parts(want: Want) -> tuple[str, ...]:
    """The old part of the inbox is its end, and may be long: only what is unread of it stands in the list."""
    bound = f"(item.rank, item.due_sort, item.recent) {{}} (2, {NEVER}, -?)"
    if want.fyi == "earlier":
        return (f"{bound.format('>=')} AND item.rank = 2",)
    return (bound.format("<"), f"{bound.format('>=')} AND item.unread > 0")


def _spot(key: Sequence[str]) -> str:
    return _SPOT.format(columns=", ".join(key))


def task_stretch(db: Db, want: Want, where: Where) -> Stretch[TaskRow]:
    """A stretch of the tasks."""
    conditions, params = _filters(want)
    conditions[:0] = ["item.type = 'task'", "item.gone = 0"]
    if want.status is not None:
        conditions.append("task.status = ?")
        params.append(want.status)
    if want.mine:
        conditions.append(
            "(task.mine OR account.kind = 'local' OR (task.assignees IS NULL AND place.reach = 'only me'))"
        )
    asked = _List(read.TASKS, " AND ".join(conditions), tuple(params), _BY_TIER, _spot(_BY_TIER))
    return _stretch(db, asked, where, read.task_rows)


def note_stretch(db: Db, want: Want, where: Where) -> Stretch[NoteRow]:
    """A stretch of the notes, newest first."""
    conditions, params = _filters(want)
    key = ("item.recent", "item.id")
    select, _where, _rest = read.NOTE.partition(" WHERE ")
    asked = _List(select, " AND ".join(["item.gone = 0", *conditions]), tuple(params), key, _spot(key))
    return _stretch(db, asked, where, read.note_rows)


def message_stretch(db: Db, thread: str, where: Where) -> Stretch[MessageRow]:
    """A stretch of a thread's lines, oldest first."""
    asked = _List(read.MESSAGE, "message.thread = ?", (thread,), ("message.n",), "SELECT n FROM message WHERE id = ?")
    return _stretch(db, asked, where, read.message_rows)


def _stretch(
    db: Db, asked: _List, where: Where, make: Callable[[Db, list[tuple[Any, ...]]], list[Row]]
) -> Stretch[Row]:
    if where.end:
        rows, more = _backward(db, asked, None, where.limit)
        return Stretch(tuple(make(db, rows)), more, more_after=False)
    edge = where.after or where.before or where.around
    spot = db.execute(asked.spot, (edge,)).fetchone() if edge else None
    if spot is None or None in spot:  # it is not here any more, or has no place in this list
        rows, more = _forward(db, asked, None, where.limit)
        return Stretch(tuple(make(db, rows)), more_before=False, more_after=more)
    if where.after:
        rows, more = _forward(db, asked, spot, where.limit)
        return Stretch(tuple(make(db, rows)), more_before=True, more_after=more)
    if where.before:
        rows, more = _backward(db, asked, spot, where.limit)
        return Stretch(tuple(make(db, rows)), more, more_after=True)
    before, more_before = _backward(db, asked, spot, where.limit // 2)
    after, more_after = _forward(db, asked, spot, where.limit - len(before), inclusive=True)
    return Stretch(tuple(make(db, [*before, *after])), more_before, more_after)


def _forward(
    db: Db, asked: _List, spot: tuple[object, ...] | None, limit: int, *, inclusive: bool = False
) -> tuple[list[tuple[Any, ...]], bool]:
    sign = ">=" if inclusive else ">"
    return _page(db, asked, spot, limit, sign, "ASC")


def _backward(db: Db, asked: _List, spot: tuple[object, ...] | None, limit: int) -> tuple[list[tuple[Any, ...]], bool]:
    rows, more = _page(db, asked, spot, limit, "<", "DESC")
    return rows[::-1], more


def _page(
    db: Db, asked: _List, spot: tuple[object, ...] | None, limit: int, sign: str, order: str
) -> tuple[list[tuple[Any, ...]], bool]:
    rows: list[tuple[Any, ...]] = []
    for part in asked.parts if order == "ASC" else asked.parts[::-1]:
        if len(rows) <= limit:
            rows += _part(db, asked, part, spot, limit + 1 - len(rows), sign, order)
    return rows[:limit], len(rows) > limit


def _part(
    db: Db, asked: _List, part: str, spot: tuple[object, ...] | None, limit: int, sign: str, order: str
) -> list[tuple[Any, ...]]:
    keys = ", ".join(asked.key)
    marks = ", ".join("?" * len(asked.key))
    edge = f" AND ({keys}) {sign} ({marks})" if spot is not None else ""
    ordered = ", ".join(f"{column} {order}" for column in asked.key)
    query = f"{asked.select} WHERE {asked.where} AND {part}{edge} ORDER BY {ordered} LIMIT ?"
    return db.execute(query, (*asked.params, *(spot or ()), limit)).fetchall()
