"""Questions to a set of quiet rules: quiet now, when next, for how long, due when.

Instants are UTC milliseconds. Whatever has a `course` can be asked: one rule set, or a whole plan with its travel.
Searches end after 400 days with None. Open time is elapsed time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Protocol

from leeward.model import Instant
from leeward.work.quiet_course import DAY, Course, Rules, Segment, date_of
from leeward.work.quiet_windows import Stretches, clip, complement, merge

HORIZON_S = 400 * DAY
_MINUTE_MS = 60_000

__all__ = [
    "Laid",
    "Rules",
    "due_open_minutes",
    "due_today",
    "due_workdays",
    "instant_of",
    "is_quiet",
    "next_open",
    "next_quiet",
    "open_minutes",
    "open_on",
    "since",
    "stretches",
    "wall_date",
]


class Laid(Protocol):
    """Anything laid out in time."""

    @property
    def course(self) -> Course:
        """What is quiet on each UTC day."""
        ...


def is_quiet(rules: Laid, instant: Instant) -> bool:
    """Whether it is quiet at that instant."""
    second = instant // 1000
    parts = rules.course.quiet(second // DAY)
    at = bisect_right(parts, (second, 1 << 62)) - 1
    return at >= 0 and parts[at][1] > second


def next_open(rules: Laid, instant: Instant) -> Instant | None:
    """The first open instant from then on; itself when it is open."""
    return _next(rules, instant, quiet=False)


def next_quiet(rules: Laid, instant: Instant) -> Instant | None:
    """The first quiet instant from then on; itself when it is quiet."""
    return _next(rules, instant, quiet=True)


def since(rules: Laid, instant: Instant) -> Instant:
    """When the state that holds at that instant began; at most 400 days back."""
    second = instant // 1000
    still = is_quiet(rules, instant)
    begin = second
    for day in range(second // DAY, (second - HORIZON_S) // DAY - 1, -1):
        parts = rules.course.quiet(day)
        runs = parts if still else complement(parts, day * DAY, (day + 1) * DAY)
        before = [run for run in runs if run[0] <= second]
        if not before or before[-1][1] < begin:
            break
        begin = before[-1][0]
        if begin > day * DAY:
            break
    return Instant(begin * 1000)


def stretches(rules: Laid, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
    """The longest quiet stretches in [start, end), cut to it."""
    first, last = start // 1000, -(-end // 1000)
    found = merge(part for day in _days(first, last) for part in clip(rules.course.quiet(day), first, last))
    return [(Instant(max(a * 1000, start)), Instant(min(b * 1000, end))) for a, b in found]


def open_minutes(rules: Laid, start: Instant, end: Instant) -> int:
    """How many whole open minutes [start, end) has."""
    if end <= start:
        return 0
    quiet_ms = sum(b - a for a, b in stretches(rules, start, end))
    return (end - start - quiet_ms) // _MINUTE_MS


def due_open_minutes(rules: Laid, instant: Instant, minutes: int) -> Instant | None:
    """The earliest instant with that many open minutes between."""
    left, limit = minutes * _MINUTE_MS, instant + HORIZON_S * 1000
    if left <= 0:
        return instant
    for start, end in _open_runs(rules.course, instant // 1000):
        first = max(start * 1000, instant)
        if first >= limit:
            break
        if end * 1000 - first >= left:
            due = first + left
            return Instant(due) if due <= limit else None
        left -= end * 1000 - first
    return None


def due_workdays(rules: Laid, instant: Instant, days: int) -> Instant | None:
    """The same wall time that many working dates later; from 00:00 of the next one when it is none itself."""
    course = rules.course
    day, second = _wall(course, instant // 1000)
    rest = instant % 1000
    limit = day + HORIZON_S // DAY
    if not open_on(rules, day):
        second = rest = 0
        day = _next_working(rules, day + 1, limit)
    for _ in range(days):
        day = _next_working(rules, day + 1, limit)
    if day > limit:
        return None
    return Instant(instant_of(course, day, second) * 1000 + rest)


def due_today(rules: Laid, instant: Instant) -> Instant | None:
    """The end of the last open minute of that wall date; of the next date that has one where none is left."""
    day, _ = _wall(rules.course, instant // 1000)
    for later in range(HORIZON_S // DAY + 1):
        open_then = open_on(rules, day + later)
        if open_then and open_then[-1][1] * 1000 > instant:
            due = Instant(open_then[-1][1] * 1000)
            return due if due <= instant + HORIZON_S * 1000 else None
    return None


def open_on(rules: Laid, day: int) -> Stretches:
    """The open seconds of a wall date (days since 1970); empty where it is no working date."""
    course = rules.course
    found: list[tuple[int, int]] = []
    for segment in _near(course, day):
        base = day * DAY - segment.offset
        start, end = max(segment.start, base), min(segment.end, base + DAY)
        if start < end:
            found.extend(complement(clip(course.quiet(start // DAY), start, end), start, end))
    return merge(found)


def wall_date(rules: Laid, instant: Instant) -> date:
    """The date on the wall."""
    return date_of(_wall(rules.course, instant // 1000)[0])


def instant_of(course: Course, day: int, second: int) -> int:
    """The UTC second at which the wall shows that second of that date: the jump when skipped, the first when twice."""
    wall = day * DAY + second
    for start, end, offset in _near(course, day):
        if wall < start + offset:
            return start
        if wall < end + offset:
            return wall - offset
    raise ValueError(f"the wall never shows {date_of(day)}")


def _next(rules: Laid, instant: Instant, *, quiet: bool) -> Instant | None:
    if is_quiet(rules, instant) == quiet:
        return instant
    second = instant // 1000
    for day in range(second // DAY, (second + HORIZON_S) // DAY + 1):
        parts = rules.course.quiet(day)
        for start, end in parts if quiet else complement(parts, day * DAY, (day + 1) * DAY):
            if end > second:
                return Instant(start * 1000) if start <= second + HORIZON_S else None
    return None


def _days(first: int, last: int) -> range:
    return range(first // DAY, (last - 1) // DAY + 1)


def _open_runs(course: Course, second: int) -> Iterator[tuple[int, int]]:
    for day in range(second // DAY, (second + HORIZON_S) // DAY + 1):
        yield from clip(complement(course.quiet(day), day * DAY, (day + 1) * DAY), second, 1 << 62)


def _near(course: Course, day: int) -> Iterator[Segment]:
    """Every segment in which that wall date may lie: clocks are up to 15 hours ahead of UTC and 13 behind."""
    for utc_day in range(day - 1, day + 2):
        yield from course.segments(utc_day)


def _wall(course: Course, second: int) -> tuple[int, int]:
    for start, end, offset in course.segments(second // DAY):
        if start <= second < end:
            return divmod(second + offset, DAY)
    raise ValueError("no part of the course covers this instant")


def _next_working(rules: Laid, day: int, limit: int) -> int:
    while day <= limit and not open_on(rules, day):
        day += 1
    return day
