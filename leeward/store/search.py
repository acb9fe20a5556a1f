"""Search: newest first, from two letters on, with `is: by: in: before: after:`."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct, field

from leeward.errors import Usage
from leeward.model import Instant, ItemId, ItemType
from leeward.rows import Found
from leeward.store import fts
from leeward.store.db import Db
from leeward.text import clean, one_line
from leeward.words import _
from leeward.zones import instant, system_zone, zone

_FILTER = re.compile(r'(?<!\S)(is|by|in|before|after):("[^"]*"|\S+)')
_ITEM_TYPES = {"task": "task", "note": "note", "thread": "thread", "message": "message", "decision": "note"}
_STEP = 400
_MOST = 20_000
SNIPPET = 160
_EVER = (-(1 << 62), 1 << 62)


class Query(Struct):
    """A search, taken apart."""

    words: str
    types: set[str] = field(default_factory=set)
    label: str | None = None
    by: str | None = None
    place: str | None = None
    low: int = _EVER[0]
    high: int = _EVER[1]


def parse(text: str) -> Query:
    """Read a query. Raises `Usage` for a filter that means nothing."""
    text = clean(text)
    query = Query(" ".join(_FILTER.sub(" ", text).split()))
    for name, value in _FILTER.findall(text):
        _take(query, name, value.strip('"'))
    return query


def _take(query: Query, name: str, value: str) -> None:
    if name == "is":
        if value not in _ITEM_TYPES:
            raise Usage(
                _("There is no is:{value}.").format(value=value),
                _("There are is:task, is:note, is:thread, is:message and is:decision."),
            )
        query.types.add(_ITEM_TYPES[value])
        query.label = "decision" if value == "decision" else query.label
    elif name == "by":
        query.by = value.lower()
    elif name == "in":
        query.place = value.lower().lstrip("#")
    else:
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise Usage(_("{value} is no date.").format(value=value), _("Write it like 2026-11-24.")) from error
        at = instant(datetime.combine(day, time.min), zone(system_zone())) << 12
        if name == "before":
            query.high = at
        else:
            query.low = at


def search(db: Db, text: str, limit: int = 50) -> list[Found]:
    """The newest `limit` hits. Raises `Usage` for a query that cannot be read."""
    query = parse(text)
    wanted = fts.match(query.words)
    dated = query.low > _EVER[0] or query.high < _EVER[1]
    if wanted is None and not (query.types or query.by or query.place or dated):
        return []
    found: list[Found] = []
    high, seen = query.high, 0
    while len(found) < limit and seen < _MOST:
        numbers = _numbers(db, query, wanted, high)
        for n in numbers:
            hit = _hit(db, query, n)
            if hit is not None:
                found.append(hit)
                if len(found) == limit:
                    return found
        seen += len(numbers)
        if len(numbers) < _STEP:
            break
        high = numbers[-1]
    return found


def _numbers(db: Db, query: Query, wanted: str | None, high: int) -> list[int]:
    if wanted is not None:
        rows = db.execute(
            "SELECT rowid FROM fts WHERE fts MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?",
            (wanted, high, query.low, _STEP),
        )
        return [n for (n,) in rows]
    both = []
    for table in ("message", "item"):
        rows = db.execute(
            f"SELECT n FROM {table} WHERE n < ? AND n >= ? ORDER BY n DESC LIMIT ?",
            (high, query.low, _STEP),
        )
        both += [n for (n,) in rows]
    return sorted(both, reverse=True)[:_STEP]


_MESSAGE = (
    "SELECT message.id, item.title, message.text, message.at, message.thread, person.name, place.title, message.silent"
    " FROM message LEFT JOIN item ON item.id = message.thread LEFT JOIN person ON person.id = message.author"
    " LEFT JOIN place ON place.id = message.place WHERE message.n = ?"
)
_ITEM = (
    "SELECT item.id, item.type, item.title, coalesce(task.text, note.text, ''), item.thread, person.name,"
    " place.title, item.gone OR (item.cut AND item.first_n IS NULL), note.label FROM item LEFT JOIN task USING (id) LEFT JOIN note USING (id)"
    " LEFT JOIN person ON person.id = item.author LEFT JOIN place ON place.id = item.place WHERE item.n = ?"
)


def _hit(db: Db, query: Query, n: int) -> Found | None:
    if n % 2 == 0:
        row: tuple[Any, ...] | None = db.execute(_MESSAGE, (n,)).fetchone()
        if (
            row is None
            or row[7] & 5
            or (query.types and "message" not in query.types)
            or not _fits(query, row[5], row[6])
        ):
            return None
        title = row[1] or one_line(row[2], 80)
        return Found(
            ItemId(row[0]), ItemType.MESSAGE, title, _snippet(row[2], query.words), Instant(row[3]), _thread(row[4])
        )
    row = db.execute(_ITEM, (n,)).fetchone()
    if row is None or row[7] or (query.types and row[1] not in query.types) or not _fits(query, row[5], row[6]):
        return None
    if query.label and row[8] != query.label:
        return None
    thread = ItemId(row[0]) if row[1] == "thread" else _thread(row[4])
    since = Instant(n >> 12)  # what it stands by; its last change would lie beside rows of another day
    return Found(ItemId(row[0]), ItemType(row[1]), row[2], _snippet(row[3] or row[2], query.words), since, thread)


def _thread(stored: str | None) -> ItemId | None:
    return ItemId(stored) if stored else None


def _fits(query: Query, author: str | None, place: str | None) -> bool:
    if query.by and query.by not in (author or "").lower():
        return False
    return not query.place or query.place in (place or "").lower()


def _snippet(text: str, words: str) -> str:
    """The part of a text around the first word that was asked for."""
    line = one_line(text, 100_000)
    first = words.strip('"').split(" ")[0].lower() if words else ""
    at = line.lower().find(first) if first else 0
    start = 0 if at < SNIPPET // 2 else at - SNIPPET // 3
    cut = line[start : start + SNIPPET]
    return ("…" if start else "") + cut + ("…" if start + SNIPPET < len(line) else "")
