"""One set of quiet rules as data, and its course: what is quiet on each UTC day, in seconds since 1970.

The clock on the wall decides: windows, dates and wall spans are compared with what a clock in the zone shows, so a
skipped hour never matches and a repeated one matches twice. Everything else is read off the course.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from enum import Enum
from functools import cached_property
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from leeward import zones
from leeward.model import Instant
from leeward.work.quiet_windows import DAY_MINUTES, Stretch, Stretches, Window, clip, complement, merge, paint

DAY = 86_400
_FIRST_DAY = date(1970, 1, 1).toordinal()
_KEPT_DAYS = 2_000
_FIRST_SECOND, _LAST_SECOND = -62_100_000_000, 253_370_000_000  # the years 2 and 9998: datetime ends soon after

Week: TypeAlias = tuple[tuple[Window, ...], ...]


class Do(Enum):
    """What a date entry does."""

    QUIET = "quiet"
    OPEN = "open"
    LIKE = "like"
    REPLACE = "replace"


class DateRule(Struct, frozen=True):
    """Whole wall dates, both ends included. `day` is for LIKE, `windows` for REPLACE. `why` is the owner's word."""

    first: date
    last: date
    do: Do
    day: int = 0
    windows: tuple[Window, ...] = ()
    why: str = ""


class WallSpan(Struct, frozen=True):
    """From one wall time to another, end excluded."""

    start: datetime
    end: datetime
    quiet: bool
    why: str = ""


class Spell(Struct, frozen=True):
    """From one instant to another, end excluded; `end` None never ends. A one-off, a busy time, an exact exception."""

    start: Instant
    end: Instant | None
    quiet: bool
    why: str = ""


class Segment(NamedTuple):
    """UTC seconds [start, end) during which the clock on the wall is `offset` seconds ahead of UTC."""

    start: int
    end: int
    offset: int


class Course(Protocol):
    """What the queries ask: both answers cover one UTC day, counted from 1970-01-01."""

    def segments(self, day: int) -> tuple[Segment, ...]:
        """How the wall clock runs on that UTC day."""
        ...

    def quiet(self, day: int) -> Stretches:
        """The quiet seconds of that UTC day."""
        ...


class Rules(Struct, frozen=True, dict=True):
    """One rule set. `week` holds the windows that start on each weekday; `mode_quiet`: quiet inside them, else outside.

    Not slotted, so that the course is made once for each rule set.
    """

    zone: str
    mode_quiet: bool = True
    week: Week = ((),) * 7
    dates: tuple[DateRule, ...] = ()
    spans: tuple[WallSpan | Spell, ...] = ()
    now: tuple[Spell, ...] = ()

    @cached_property
    def course(self) -> Course:
        """The rules laid out in time."""
        return SingleCourse(self)


class Leg(Struct, frozen=True):
    """A part of time, from `start` to `end` (None: without bound), in which a course of its own counts."""

    start: Instant | None
    end: Instant | None
    course: Course


class SingleCourse:
    """The course of one rule set in one zone."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._zone: tzinfo = zones.zone(rules.zone)
        self._reach = _reach(rules)
        self._spans = tuple(_seconds_of(span) for span in rules.spans)
        self._quiet: dict[int, Stretches] = {}
        self._segments: dict[int, tuple[Segment, ...]] = {}

    def segments(self, day: int) -> tuple[Segment, ...]:
        """How the wall clock runs on that UTC day."""
        known = self._segments.get(day)
        if known is None:
            if len(self._segments) > _KEPT_DAYS:
                self._segments.clear()
            known = self._segments[day] = tuple(_segments(self._offset, day * DAY))
        return known

    def quiet(self, day: int) -> Stretches:
        """The quiet seconds of that UTC day."""
        known = self._quiet.get(day)
        if known is None:
            if len(self._quiet) > _KEPT_DAYS:
                self._quiet.clear()
            known = self._quiet[day] = self._lay_out(day)
        return known

    def _offset(self, second: int) -> int:
        shift = datetime.fromtimestamp(min(max(second, _FIRST_SECOND), _LAST_SECOND), self._zone).utcoffset()
        return 0 if shift is None else shift.days * DAY + shift.seconds

    def _lay_out(self, day: int) -> Stretches:
        laid: list[Stretch] = []
        for segment in self.segments(day):
            laid.extend(self._in_segment(segment))
        return overlay(merge(laid), self._rules.now, day)

    def _in_segment(self, segment: Segment) -> Stretches:
        start, end, offset = segment
        laid: list[Stretch] = []
        for wall_day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
            base = wall_day * DAY - offset
            laid.extend(clip(((base + a * 60, base + b * 60) for a, b in self._wall_day(wall_day)), start, end))
        stretches = merge(laid)
        for first, last, on_wall, quiet in self._spans:
            shift = offset if on_wall else 0
            stretches = paint(stretches, max(start, first - shift), min(end, last - shift), fill=quiet)
        return stretches

    def _wall_day(self, day: int) -> Stretches:
        """The quiet minutes of a wall date, before spans."""
        entry = self._entry(day)
        if entry is not None and entry.do in {Do.QUIET, Do.OPEN}:
            return ((0, DAY_MINUTES),) if entry.do is Do.QUIET else ()
        covered: list[Stretch] = []
        for back in range(self._reach + 1):
            before = back * DAY_MINUTES
            covered.extend((w.start - before, w.end - before) for w in self._starting(day - back) if w.end > before)
        stretches = clip(merge(covered), 0, DAY_MINUTES)
        return stretches if self._rules.mode_quiet else complement(stretches, 0, DAY_MINUTES)

    def _starting(self, day: int) -> tuple[Window, ...]:
        entry = self._entry(day)
        if entry is not None and entry.do is Do.REPLACE:
            return entry.windows
        if entry is not None and entry.do is Do.LIKE:
            return self._rules.week[entry.day]
        return self._rules.week[(day + 3) % 7]

    def _entry(self, day: int) -> DateRule | None:
        if not self._rules.dates:
            return None
        ordinal = day + _FIRST_DAY
        for entry in reversed(self._rules.dates):
            if entry.first.toordinal() <= ordinal <= entry.last.toordinal():
                return entry
        return None


class JoinedCourse:
    """Several courses, each for its own time (planned travel), under one list of one-offs. Legs are in order of time."""

    def __init__(self, legs: tuple[Leg, ...], now: tuple[Spell, ...] = ()) -> None:
        self._legs = tuple((_floor(leg.start, -1), _floor(leg.end, 1), leg.course) for leg in legs)
        self._now = now
        self._quiet: dict[int, Stretches] = {}
        self._segments: dict[int, tuple[Segment, ...]] = {}

    def segments(self, day: int) -> tuple[Segment, ...]:
        """How the wall clock runs on that UTC day."""
        known = self._segments.get(day)
        if known is None:
            if len(self._segments) > _KEPT_DAYS:
                self._segments.clear()
            known = self._segments[day] = self._cut(day)
        return known

    def quiet(self, day: int) -> Stretches:
        """The quiet seconds of that UTC day."""
        known = self._quiet.get(day)
        if known is None:
            if len(self._quiet) > _KEPT_DAYS:
                self._quiet.clear()
            laid = (part for first, last, course in self._on(day) for part in clip(course.quiet(day), first, last))
            known = self._quiet[day] = overlay(merge(laid), self._now, day)
        return known

    def _cut(self, day: int) -> tuple[Segment, ...]:
        return tuple(
            Segment(max(start, first), min(end, last), offset)
            for first, last, course in self._on(day)
            for start, end, offset in course.segments(day)
            if start < last and end > first
        )

    def _on(self, day: int) -> list[tuple[int, int, Course]]:
        return [leg for leg in self._legs if leg[0] < (day + 1) * DAY and leg[1] > day * DAY]


def overlay(stretches: Stretches, spells: tuple[Spell, ...], day: int) -> Stretches:
    """Lay spells over one UTC day; the later one wins."""
    start, end = day * DAY, (day + 1) * DAY
    for spell in spells:
        first, last = _floor(spell.start, -1), _floor(spell.end, 1)
        stretches = paint(stretches, max(start, first), min(end, last), fill=spell.quiet)
    return stretches


def day_of(when: date) -> int:
    """A wall date as days since 1970."""
    return when.toordinal() - _FIRST_DAY


def date_of(day: int) -> date:
    """Days since 1970 as a date."""
    return date.fromordinal(day + _FIRST_DAY)


def _floor(instant: Instant | None, endless: int) -> int:
    return endless * (1 << 62) if instant is None else instant // 1000


def _seconds_of(span: WallSpan | Spell) -> tuple[int, int, bool, bool]:
    if isinstance(span, Spell):
        return _floor(span.start, -1), _floor(span.end, 1), False, span.quiet
    return _wall_seconds(span.start), _wall_seconds(span.end), True, span.quiet


def _wall_seconds(wall: datetime) -> int:
    return day_of(wall.date()) * DAY + wall.hour * 3600 + wall.minute * 60 + wall.second


def _reach(rules: Rules) -> int:
    """How many days before a date may still cover it."""
    windows = [w for day in rules.week for w in day]
    windows.extend(w for entry in rules.dates for w in entry.windows)
    return max(((w.end - 1) // DAY_MINUTES for w in windows), default=0)


def _segments(offset: Callable[[int], int], start: int) -> list[Segment]:
    """Cut a UTC day where the offset changes. No zone changes twice within twelve hours."""
    parts: list[Segment] = []
    for first in (start, start + DAY // 2):
        last = first + DAY // 2
        before, after = offset(first), offset(last)
        jump = last if before == after else _jump(offset, first, last)
        for part in (Segment(first, jump, before), Segment(jump, last, after)):
            if part.start == part.end:
                continue
            if parts and parts[-1].offset == part.offset:
                part = Segment(parts.pop().start, part.end, part.offset)  # noqa: PLW2901  the two halves are one
            parts.append(part)
    return parts


def _jump(offset: Callable[[int], int], first: int, last: int) -> int:
    """The first second in (first, last] with the offset of `last`."""
    after = offset(last)
    while last - first > 1:
        middle = (first + last) // 2
        if offset(middle) == after:
            last = middle
        else:
            first = middle
    return last
