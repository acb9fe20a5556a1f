"""How soon: the plain words by which a sender says it, what counts when the owner says otherwise, and the order it makes.

Words act only from what the sender wrote: quoted lines and code never set a tier or a due.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from leeward import zones
from leeward.model import Due, Instant, Tier
from leeward.work.tiers_own import own_lines
from leeward.work.tiers_title import assignee_of, title_of
from leeward.work.tiers_when import parse_when, read_when
from leeward.work.tiers_words import SHORT_DUTCH

__all__ = [
    "assignee_of",
    "due_instant",
    "is_urgent",
    "own_lines",
    "parse_when",
    "rank",
    "read_due",
    "read_tier",
    "title_of",
]

_TIERS = {
    "red": Tier.RED,
    "today": Tier.RED,
    "rood": Tier.RED,
    "vandaag": Tier.RED,
    "urgent": Tier.RED,
    "dringend": Tier.RED,
    "spoed": Tier.RED,
    "yellow": Tier.YELLOW,
    "48h": Tier.YELLOW,
    "48u": Tier.YELLOW,
    "geel": Tier.YELLOW,
    "green": Tier.GREEN,
    "fyi": Tier.GREEN,
    "groen": Tier.GREEN,
}
_URGENT = frozenset(("urgent", "dringend", "spoed"))
_TAG = rf"\[\s*({'|'.join(_TIERS)}|48 [hu])\s*\]"
_LEADING = re.compile(rf"\s*(?:@?[\w.-]{{1,40}}[:,]\s+|@[\w.-]{{1,40}}\s+)?{_TAG}", re.IGNORECASE)
_TRAILING = re.compile(rf"{_TAG}\s*[.!?]?\s*$", re.IGNORECASE)
_DUE = re.compile(
    r"(?<![\w-])(no later than|not later than|by|before|due|until|till|deadline|within|"
    r"v[o\u00f3][o\u00f3]r|uiterlijk|tegen|tot|binnen)(?![\w-])(?:\s+(?:on|at|is|op|om|the|by))?\s*:?\s+(?=(\S+))",
    re.IGNORECASE,
)
_DUTCH = frozenset(("voor", "v\u00f3\u00f3r", "uiterlijk", "tegen", "tot", "binnen"))
_ORDER = {Tier.RED: 0, Tier.YELLOW: 1, None: 2, Tier.GREEN: 3}
_NEVER = Instant(2**62)


def read_tier(text: str) -> Tier | None:
    """The tier a message asks for: `[red]` `[today]` `[urgent]`, `[yellow]` `[48h]`, `[green]` `[fyi]` at a line's start or end."""
    tag = _tag_of(text)
    return None if tag is None else _TIERS[tag]


def is_urgent(text: str) -> bool:
    """Whether the sender calls it urgent: for today, and not to wait in quiet hours."""
    return _tag_of(text) in _URGENT


def _tag_of(text: str) -> str | None:
    for line in own_lines(text):
        found = _LEADING.match(line) or _TRAILING.search(line[-200:])
        if found is not None:
            return found[1].lower().replace(" ", "")
    return None


def read_due(text: str, at: Instant, zone: str) -> Due | None:
    """The day or instant by which a message asks for something ("by Fri 16:00", "before 17:00", "voor morgen 9u").

    `at` is when it was written, `zone` the sender's: "by 17:00" is theirs. A zone nobody knows is taken for UTC.
    """
    try:
        zones.zone(zone)
    except ValueError:
        zone = "UTC"
    for line in own_lines(text):
        for found in _DUE.finditer(line):
            due = _asked(line, found, at, zone)
            if due is not None:
                return due
    return None


def _asked(line: str, found: re.Match[str], at: Instant, zone: str) -> Due | None:
    word, first = found[1].lower(), found[2].lower().rstrip(".,;!?)")
    rest = line[found.end() :]
    if word in {"within", "binnen"}:
        return read_when(f"in {rest}", at, zone)
    if first in SHORT_DUTCH and word not in _DUTCH:
        return None
    return read_when(rest, at, zone)


def due_instant(due: Due, zone: str) -> Instant:
    """When a due is over: a date ends with its day in `zone` (the reader's). Raises ValueError for an unknown zone."""
    if isinstance(due, date):
        return zones.instant(datetime.combine(due, time(23, 59, 59)), zones.zone(zone))
    return due


def rank(tier: Tier | None, due: Due | None, zone: str = "UTC") -> tuple[int, Instant]:
    """The key that sorts the inbox: red, yellow, none, green; within a tier what is due first, then what is not due."""
    return _ORDER[tier], _NEVER if due is None else due_instant(due, zone)
