"""Half-open stretches of whole numbers, and windows of a day: the arithmetic under the quiet rules.

A stretch is `(start, end)` with `start < end`; a tuple of stretches is sorted, disjoint and has no two that touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from leeward.words import _

Stretch: TypeAlias = tuple[int, int]
Stretches: TypeAlias = tuple[Stretch, ...]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")


class BadRule(ValueError):
    """A rule that says nothing clear; the text is a whole sentence for the person who wrote it."""


class Window(Struct, frozen=True):
    """Minutes after 00:00 of the date on which it starts; `end` is past 1440 when it runs over midnight."""

    start: int
    end: int


def clock_minutes(text: object, *, end: bool = False) -> int:
    """Read "HH:MM" as minutes; "24:00" only as an end. Raises `BadRule`."""
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadRule(_("{text} is no time. Write HH:MM, such as 09:00.").format(text=text))
    hour, minute = int(found[1]), int(found[2])
    if hour == 24 and minute == 0 and end:
        return DAY_MINUTES
    if hour == 24 and minute == 0:
        raise BadRule(_("24:00 is an end, not a start. Write 00:00 of the next day."))
    if hour > 23 or minute > 59:
        raise BadRule(_("{text} is on no clock. The day goes from 00:00 to 24:00.").format(text=text))
    return hour * 60 + minute


def window(start: object, end: object) -> Window:
    """One window of one day; an end before its start lies on the next day. Raises `BadRule`."""
    first = clock_minutes(start)
    last = clock_minutes(end, end=True)
    if first == last or (first, last) == (0, 0):
        raise BadRule(_("starts when it ends. For a whole day write 00:00-24:00; for none, delete it."))
    if last < first:
        last += DAY_MINUTES
    return Window(first, last)


def weekday(name: object) -> int:
    """The number of a day, Monday 0. Raises `BadRule`."""
    if not isinstance(name, str) or name not in DAYS:
        raise BadRule(_("{name} is no day. The days are {days}.").format(name=name, days=", ".join(DAYS)))
    return DAYS.index(name)


def merge(stretches: Iterable[Stretch]) -> Stretches:
    """The union; what touches becomes one."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        elif start < end:
            merged.append((start, end))
    return tuple(merged)


def without(stretches: Stretches, start: int, end: int) -> Stretches:
    """What is left when [start, end) is taken away."""
    left: list[Stretch] = []
    for first, last in stretches:
        if first < min(last, start):
            left.append((first, min(last, start)))
        if max(first, end) < last:
            left.append((max(first, end), last))
    return tuple(left)


def paint(stretches: Stretches, start: int, end: int, *, fill: bool) -> Stretches:
    """Lay [start, end) over what is there: filled or taken away."""
    if start >= end:
        return stretches
    return merge((*stretches, (start, end))) if fill else without(stretches, start, end)


def complement(stretches: Stretches, start: int, end: int) -> Stretches:
    """What [start, end) has outside the stretches."""
    rest: Stretches = ((start, end),) if start < end else ()
    for first, last in stretches:
        rest = without(rest, first, last)
    return rest


def clip(stretches: Iterable[Stretch], start: int, end: int) -> Stretches:
    """The part of sorted stretches that lies in [start, end)."""
    return tuple((max(first, start), min(last, end)) for first, last in stretches if first < end and last > start)
