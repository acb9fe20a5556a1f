"""Values out of Basecamp's JSON: ids that pass what a float holds, stamps in ISO 8601, days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from connectors.hostile import Odd, Row, obj, rows, stamp, text

__all__ = ["Odd", "Row", "day", "flag", "number", "obj", "rows", "stamp", "text"]

_NUMBER = re.compile(r"[0-9]{1,19}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def number(value: Any) -> str | None:
    """An id as text; Basecamp writes numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**19:
        return str(value)
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None


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
