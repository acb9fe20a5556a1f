"""Take values out of JSON a stranger sent: what is not as it should be is None or empty, and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from leeward.model import Instant, RemoteId

Row: TypeAlias = Mapping[str, Any]
_NUMBER = re.compile(r"[0-9]{1,20}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Odd:
    """How many things in the answers were not as they should be."""

    count: int = 0


def rows(document: Any, odd: Odd) -> Iterator[Row]:
    """The objects of a list; anything else in it, or no list at all, is odd."""
    if not isinstance(document, list):
        odd.count += 1
        return
    for each in document:
        if isinstance(each, dict):
            yield each
        else:
            odd.count += 1


def ident(value: Any) -> RemoteId | None:
    """An id, which may come as a number or as a text of digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def text(value: Any) -> str:
    """A text, or ""."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; objects with a `name` (labels in detail) count by it."""
    if not isinstance(value, list):
        return ()
    named = (each.get("name") if isinstance(each, dict) else each for each in value)
    return tuple(each for each in named if isinstance(each, str) and each)


def obj(value: Any) -> Row:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def count(value: Any) -> int:
    """A number of things, which may come as a text; 0 for anything else."""
    found = ident(value)
    return int(found) if found is not None else 0


def stamp(value: Any) -> Instant | None:
    """An ISO 8601 instant."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return Instant(round((aware - _EPOCH).total_seconds() * 1000))
    except (ValueError, OverflowError):
        return None


def iso(instant: Instant) -> str:
    """An instant as GitLab writes it."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(value: Any) -> date | None:
    """A calendar date."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
