"""Take values out of JSON a stranger sent: what is not as it should be is None or empty, and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from leeward.model import Instant, RemoteId

Row: TypeAlias = Mapping[str, Any]
_IDENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,14}")


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
    """An id, which may come as a number; only what can stand in a path as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _IDENT.fullmatch(value) else None


def text(value: Any) -> str:
    """A text, or ""."""
    return value if isinstance(value, str) else ""


def obj(value: Any) -> Row:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> int | None:
    """A whole number, which may come as a text or as 12.0."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**14
    return int(value) if fits else None


def stamp(value: Any) -> Instant | None:
    """Milliseconds since 1970; 0 is how ClickUp says never."""
    found = number(value)
    return Instant(found) if found else None
