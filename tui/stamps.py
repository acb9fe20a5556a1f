"""Times as commands answer them in JSON."""

from __future__ import annotations

from datetime import date

_DAY = 86_400_000


def stamp(at: int) -> str:
    """An instant as ISO 8601 UTC, to the second; milliseconds only where there are some."""
    days, rest = divmod(at, _DAY)
    hour, rest = divmod(rest, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    second, milli = divmod(rest, 1000)
    day = date.fromordinal(max(1, min(719_163 + days, date.max.toordinal())))
    return f"{day.isoformat()}T{hour:02}:{minute:02}:{second:02}{f'.{milli:03}' if milli else ''}Z"


def stored_due(stored: str | None) -> str | None:
    """A due as it is stored: an ISO date stays one, digits are an instant."""
    if stored is None or "-" in stored[1:]:
        return stored
    return stamp(int(stored))
