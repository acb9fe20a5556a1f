"""Lines that promise or ask for something: kept as they are read, listed while nothing has come of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from leeward.model import ItemId
from leeward.rows import PromiseRow
from leeward.store import read
from leeward.store.db import Db

MOST_COUNTED = 100
"""The number beside the view is counted no further."""

KINDS = frozenset(("promise", "request", "later", "question"))
"""What a line may leave open; such a word in a filter asks for that kind."""

READ = "promises read"
RULES = "1"
"""Which rules the lines were read by; a change of the rules reads them all again."""

OPEN = (
    "promise.open = 1 AND message.id = promise.message AND message.silent IN (0, 2) AND NOT EXISTS (SELECT 1 FROM dismissed"
    " WHERE dismissed.message = promise.message) AND NOT EXISTS (SELECT 1 FROM link WHERE link.message = promise.message"
    " AND link.gone IS NULL)"
)
"""What makes a row of `promise` one to show: no answer, no dismissal, no task."""

_ROW = "SELECT message.id, promise.kind, promise.words, account.name, coalesce(place.title, ''), item.title"
_FROM = (
    " FROM promise JOIN message ON message.n = promise.n JOIN item ON item.id = message.thread AND item.gone = 0"
    " JOIN account ON account.uid = message.account LEFT JOIN place ON place.id = message.place"
)


def page(
    db: Db,
    limit: int,
    *,
    after: str | None = None,
    before: str | None = None,
    mine: bool = False,
    text: str = "",
    account: str | None = None,
) -> list[PromiseRow]:
    """Open lines, newest first: the next `limit` after the line `after`, or those just before the line `before`."""
    edge = after or before
    spot = db.execute("SELECT n FROM message WHERE id = ?", (edge,)).fetchone() if edge else None
    where, params = [OPEN], []
    if spot is not None:
        where.append(f"promise.n {'<' if after else '>'} ?")
        params.append(spot[0])
    if mine:
        where.append("message.silent = 2")
    if account is not None:
        where.append("account.name = ?")
        params.append(account)
    for word in text.lower().split():
        if word in KINDS:
            where.append("promise.kind = ?")
            params.append(word)
            continue
        where.append("(instr(lower(message.text), ?) OR instr(lower(coalesce(place.title, '')), ?))")
        params += [word, word]
    order = "ASC" if before and not after else "DESC"
    found = db.execute(
        f"{_ROW}{_FROM} WHERE {' AND '.join(where)} ORDER BY promise.n {order} LIMIT ?",
        (*params, limit),
    ).fetchall()
    return _rows(db, found if order == "DESC" else found[::-1])


def _rows(db: Db, found: Sequence[tuple[Any, ...]]) -> list[PromiseRow]:
    lines = {line.id: line for line in read.lines_of(db, [row[0] for row in found])}
    return [PromiseRow(lines[ItemId(row[0])], *row[1:]) for row in found if row[0] in lines]


def one(db: Db, id: str) -> PromiseRow | None:
    """One line, while it is open."""
    found = db.execute(f"{_ROW}{_FROM} WHERE {OPEN} AND promise.message = ?", (id,)).fetchall()
    return next(iter(_rows(db, found)), None)


def count(db: Db) -> int:
    """How many lines are open; counted up to `MOST_COUNTED`."""
    row = db.execute(f"SELECT count(*) FROM (SELECT 1{_FROM} WHERE {OPEN} LIMIT ?)", (MOST_COUNTED,)).fetchone()
    return int(row[0])


def known(db: Db) -> bool:
    """Tell whether every line here was read by the rules of today."""
    return db.execute("SELECT 1 FROM habit WHERE name = ? AND value = ?", (READ, RULES)).fetchone() is not None


def keep(db: Db, rows: Iterable[tuple[str, int, str, str]]) -> None:
    """Remember what lines leave open: (message, n, kind, words)."""
    db.executemany("INSERT OR REPLACE INTO promise VALUES (?, ?, ?, ?, 1)", rows)


def forget(db: Db, messages: Iterable[str]) -> None:
    """These lines leave nothing open."""
    db.executemany("DELETE FROM promise WHERE message = ?", [(id,) for id in messages])


def settle(db: Db, messages: Iterable[tuple[bool, str]]) -> None:
    """Remember whether lines are still open."""
    db.executemany("UPDATE promise SET open = ?1 WHERE message = ?2 AND open <> ?1", messages)


def is_line(db: Db, id: str) -> bool:
    """Tell whether an id names a line that leaves something open."""
    return db.execute("SELECT 1 FROM promise WHERE message = ?", (id,)).fetchone() is not None
