"""Take values out of JSON a stranger sent: what is not as it should be is None or empty, and counted.

Shared by the kinds whose services answer in JSON; what only one service writes (its ids, stamps of its own) stays with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from msgspec import Struct

from leeward.model import Instant

Row: TypeAlias = Mapping[str, Any]


class Odd(Struct):
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


def text(value: Any) -> str:
    """A text, or ""."""
    return value if isinstance(value, str) else ""


def obj(value: Any) -> Row:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def stamp(value: Any) -> Instant | None:
    """An ISO 8601 date and time in UTC milliseconds, one without a zone taken as UTC; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return Instant(round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        return None
