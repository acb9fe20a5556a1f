"""Values out of Miro's JSON: its ids and sizes, beside what every kind shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from connectors.hostile import Odd, Row, obj, rows, stamp, text
from leeward.model import Instant, RemoteId

__all__ = ["Odd", "Row", "ident", "iso", "number", "obj", "rows", "stamp", "text"]

_IDENT = re.compile(r"[A-Za-z0-9_=+-]{1,100}")


def ident(value: Any) -> RemoteId | None:
    """An id, which may come as a number; only what can stand in a path as it is."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return RemoteId(str(value))
    return RemoteId(value) if isinstance(value, str) and _IDENT.fullmatch(value) else None


def number(value: Any) -> float | None:
    """A coordinate or a size."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
    return float(value) if fits else None


def iso(instant: Instant) -> str:
    """An instant as Miro writes it."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
