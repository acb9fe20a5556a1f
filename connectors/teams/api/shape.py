"""Values out of Graph's JSON, and how places, lines, tasks and pages are called: ids joined by `/`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from connectors.hostile import Odd, Row, obj, rows, text
from leeward.model import Instant, RemoteId

__all__ = ["Odd", "Row", "flag", "ident", "instant", "iso", "obj", "part", "rows", "text", "whole"]

TODO, PLAN, PLANNER, ONENOTE, PAGE = "todo", "plan", "planner", "onenote", "page"
OWN_WORDS = frozenset({TODO, PLAN, PLANNER, ONENOTE, PAGE})
"""What an id begins with that is neither a channel's nor a chat's."""

_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9:@._=!+,*~'-]{0,400}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def ident(value: object) -> RemoteId | None:
    """An id, also where a number came in its place."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _PART.fullmatch(value) else None


def part(id: str) -> str:
    """An id as one part of a path."""
    return quote(id, safe="")


def flag(value: object) -> bool:
    """True, also written as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def whole(value: object) -> int | None:
    """A number, also written as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def instant(value: object) -> Instant | None:
    """A stamp such as 2021-03-28T20:48:29.832Z in UTC milliseconds; one without a zone counts as UTC."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        at = (found - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
    return Instant(at) if 0 <= at < 2**45 else None


def iso(at: int) -> str:
    """An instant as Graph writes it."""
    when = _EPOCH + timedelta(milliseconds=at)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def split(id: str, count: int) -> list[str] | None:
    """The parts of an id made of `count` of them; None where it is another's."""
    parts = id.split("/")
    return parts if len(parts) == count and all(_PART.fullmatch(each) for each in parts) else None


def channel_of(place: str) -> tuple[str, str] | None:
    """Team and channel of a place; None for any other place."""
    found = split(place, 2)
    return None if found is None or found[0] in OWN_WORDS else (found[0], found[1])


def chat_of(place: str) -> str | None:
    """The chat of a place; None for any other place."""
    return place if split(place, 1) else None


def list_of(place: str, word: str) -> str | None:
    """The list, plan or section behind a place that begins with `word`."""
    found = split(place, 2)
    return found[1] if found and found[0] == word else None


def root_of(thread: str) -> tuple[str, str, str] | None:
    """Team, channel and first post of a thread."""
    found = split(thread, 3)
    return None if found is None or found[0] in OWN_WORDS else (found[0], found[1], found[2])
