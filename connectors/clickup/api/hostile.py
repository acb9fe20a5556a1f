"""Values out of ClickUp's JSON: its ids and stamps, beside what every kind shares."""

from __future__ import annotations

import re
from typing import Any

from connectors.hostile import Odd, Row, obj, rows, text
from leeward.model import Instant, RemoteId

__all__ = ["Odd", "Row", "ident", "number", "obj", "rows", "stamp", "text"]

_IDENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,14}")


def ident(value: Any) -> RemoteId | None:
    """An id, which may come as a number; only what can stand in a path as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _IDENT.fullmatch(value) else None


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
