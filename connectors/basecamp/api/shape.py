"""Values out of Basecamp's JSON: ids that pass what a float holds, stamps in ISO 8601, days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from connectors.hostile import Odd, Row, obj, rows, text
from leeward.model import Instant

__all__ = ["Odd", "Row", "day", "flag", "number", "obj", "rows", "stamp", "text"]

_NUMBER = re.compile(r"[0-9]{1,19}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def number(value: Any) -> str | None:
    """An id as text; Basecamp writes numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**19:
        return str(value)
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def stamp(value: Any) -> Instant | None:
    """An instant; None for what is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return Instant(round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


def day(value: Any) -> date | None:
    """A calendar day, also out of a stamp that begins with one."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def flag(row: Row, name: str) -> bool:
    """True only where the service says so in so many words."""
    return row.get(name) is True


def whole(value: Any) -> str:
    """A text that can be stored: half a surrogate pair becomes the replacement mark."""
    return _SURROGATE.sub("\ufffd", text(value))
