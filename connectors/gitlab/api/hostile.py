"""Values out of GitLab's JSON: its ids, counts and days, beside what every kind shares."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from connectors.hostile import Odd, Row, obj, rows, stamp, text
from leeward.model import Instant, RemoteId

__all__ = ["Odd", "Row", "count", "day", "ident", "iso", "obj", "rows", "stamp", "text", "texts"]

_NUMBER = re.compile(r"[0-9]{1,20}")


def ident(value: Any) -> RemoteId | None:
    """An id, which may come as a number or as a text of digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; objects with a `name` (labels in detail) count by it."""
    if not isinstance(value, list):
        return ()
    named = (each.get("name") if isinstance(each, dict) else each for each in value)
    return tuple(each for each in named if isinstance(each, str) and each)


def count(value: Any) -> int:
    """A number of things, which may come as a text; 0 for anything else."""
    found = ident(value)
    return int(found) if found is not None else 0


def iso(instant: Instant) -> str:
    """An instant as GitLab writes it."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(value: Any) -> date | None:
    """A calendar date."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
