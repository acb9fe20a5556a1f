"""Instants and dues as the store keeps them."""

from __future__ import annotations

from datetime import date

from leeward.model import Due, Instant

LATEST = 253_370_764_800_000
"""The first day of the year 9999."""


def sane(at: int) -> Instant:
    """An instant within the years a calendar has; what a stranger claims may lie anywhere."""
    return Instant(min(max(at, 0), LATEST))


def sane_or_none(at: int | None) -> Instant | None:
    """The same where there may be none."""
    return None if at is None else sane(at)


def due_text(due: Due | None) -> str | None:
    """A due as it is stored: an ISO date, or milliseconds in digits."""
    if due is None:
        return None
    return due.isoformat() if isinstance(due, date) else str(sane(due))


def read_due(stored: str | None) -> Due | None:
    """The other way round."""
    if stored is None:
        return None
    return date.fromisoformat(stored) if "-" in stored[1:] else Instant(int(stored))
