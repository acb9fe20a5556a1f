"""Reads what Zoom's JSON may hold: the right type or nothing. Its numbers may come as texts, its ids in braces."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from connectors.hostile import Odd, Row, obj, rows, stamp
from leeward.model import Instant, RemoteId

__all__ = ["Odd", "Row", "ident", "instant", "iso", "moment", "number", "obj", "rows", "text"]

_IDENT = re.compile(r"[^\s/?#{}\x00-\x1f\x7f]{1,200}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SECONDS_END = 10**11
"""What is smaller than this is no stamp in milliseconds of our time, but one in seconds."""


def text(value: object) -> str:
    """`value` as text that can be stored, or "": half a surrogate pair becomes the replacement mark."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def ident(value: object) -> RemoteId | None:
    """An id; the same one comes with braces here and without them there, and some come as numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    bare = value.strip("{}") if isinstance(value, str) else ""
    return RemoteId(bare) if _IDENT.fullmatch(bare) and not _SURROGATE.search(bare) else None


def number(value: object) -> int | None:
    """A count or a size, which may come as a text or as 12.0."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**15:
        return None
    return int(value)


def instant(value: object) -> Instant | None:
    """A `timestamp` in milliseconds since 1970; seconds, and the words of a date, are understood as well."""
    found = number(value)
    if found is None:
        return moment(value)
    return Instant(found if found >= _SECONDS_END else found * 1000) if found else None


def moment(value: object) -> Instant | None:
    """A date and time as Zoom writes them; without a zone they are UTC."""
    return stamp(value) if isinstance(value, str) and len(value) >= 10 else None


def iso(at: int) -> str:
    """An instant as Zoom wants to be asked: whole seconds, downwards."""
    return datetime.fromtimestamp(max(0, at) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
