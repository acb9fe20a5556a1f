"""The next days as data for scripts and as a drawing for people: one row a day, one column for half an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import Struct

from leeward import zones
from leeward.model import Instant
from leeward.text import cut_to, one_line
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_course import DAY, Segment, date_of, day_of
from leeward.work.quiet_eval import stamp
from leeward.work.quiet_now import short_time
from leeward.work.quiet_plan import Plan, dates_named
from leeward.work.quiet_windows import DAYS, Stretches, clip

_QUARTER = 900
_QUIET, _OPEN, _FIRST, _SECOND, _SKIPPED = "·", "█", "▌", "▐", " "
_NOW_QUIET, _NOW_OPEN = "┼", "╋"
_MARGIN = 10
_MOST = 400


class Day(Struct, frozen=True):
    """A wall date: its open seconds as stretches of UTC, its length, and what somebody calls it."""

    date: date
    open: Stretches
    length_s: int
    named: str = ""

    @property
    def open_hours(self) -> float:
        """Open hours that pass."""
        return round(sum(end - start for start, end in self.open) / 3600, 2)


def days(asked: Plan, now: Instant, count: int = 7) -> list[Day]:
    """The wall date of now and those after it, at least one; a date that the zone skips is left out."""
    names = dates_named(asked)
    count = min(max(count, 1), _MOST)
    first = day_of(quiet.wall_date(asked, now))
    found = []
    for number in range(first, first + count):
        length = sum(end - start for start, end, _offset in _parts(asked, number))
        if length:
            when = date_of(number)
            found.append(Day(when, quiet.open_on(asked, number), length, names.get(when, "")))
    return found


def changes(asked: Plan, now: Instant, count: int = 3) -> list[tuple[Instant, bool]]:
    """The next changes: when, and whether it becomes quiet."""
    found: list[tuple[Instant, bool]] = []
    at, still = now, quiet.is_quiet(asked, now)
    while len(found) < count:
        following = quiet.next_open(asked, at) if still else quiet.next_quiet(asked, at)
        if following is None:
            break
        at, still = following, not still
        found.append((at, still))
    return found


def as_json(asked: Plan, now: Instant, count: int = 7) -> dict[str, Any]:
    """`{"stretches": quiet ones of these days, "days": …, "changes": …}`, all instants ISO 8601 UTC."""
    shown = days(asked, now, count)
    first, last = day_of(shown[0].date), day_of(shown[-1].date)
    start = Instant(quiet.instant_of(asked.course, first, 0) * 1000)
    end = Instant(quiet.instant_of(asked.course, last + 1, 0) * 1000)
    return {
        "stretches": [[stamp(a), stamp(b)] for a, b in quiet.stretches(asked, start, end)],
        "days": [_day_json(day) for day in shown],
        "changes": [{"at": stamp(at), "quiet": still} for at, still in changes(asked, now)],
    }


def drawing(asked: Plan, now: Instant, count: int = 7, width: int = 80) -> list[str]:
    """Lines of at most `width` cells: a head, a row for each day, and the next three changes."""
    zone = asked.zone_at(now)
    title = f"{asked.schedule} · {zone}" if asked.schedule else _("no quiet hours set · {zone}").format(zone=zone)
    head = " " * _MARGIN + "".join(f"{hour:<6}" for hour in range(0, 24, 3))
    rows = [_row(asked, day, now) for day in days(asked, now, count)]
    following = ", ".join(
        (_("quiet from {time}") if still else _("rings from {time}")).format(time=short_time(at, now, zone))
        for at, still in changes(asked, now)
    )
    legend = _("{open} rings  {quiet} quiet  {now} now").format(open=_OPEN, quiet=_QUIET, now=_NOW_QUIET)
    lines = [" " + one_line(title), head.rstrip(), *rows, " " + following, " " + legend]
    return [cut_to(text, width) for text in lines if text.strip()]


def _day_json(day: Day) -> dict[str, Any]:
    opened = [[stamp(Instant(a * 1000)), stamp(Instant(b * 1000))] for a, b in day.open]
    return {
        "date": day.date.isoformat(),
        "hours": day.open_hours,
        "open": opened,
        "day_hours": day.length_s / 3600,
        "named": day.named,
    }


def _row(asked: Plan, day: Day, now: Instant) -> str:
    cells = cells_of(asked, day, now)
    name = f" {DAYS[day.date.weekday()].capitalize()} {day.date.day:>2}"
    notes = []
    if day.length_s != DAY:
        notes.append(_("{hours} h day").format(hours=f"{day.length_s / 3600:g}"))
    if day.named:
        notes.append(one_line(day.named, 60))
    return f"{name:<{_MARGIN}}{cells} {day.open_hours:>5.1f} h {' '.join(notes)}".rstrip()


def cells_of(asked: Plan, day: Day, now: Instant | None) -> str:
    """48 columns, one for half an hour on the wall; half blocks where a quarter is open; blank where the clock skips."""
    number = day_of(day.date)
    parts = list(_parts(asked, number))
    quarters = [_quarter(parts, day.open, number * DAY + n * _QUARTER) for n in range(96)]
    cells = [_cell(quarters[n], quarters[n + 1]) for n in range(0, 96, 2)]
    if now is not None and quiet.wall_date(asked, now) == day.date:
        wall = zones.wall(now, zones.zone(asked.zone_at(now)))
        column = (wall.hour * 60 + wall.minute) // 30
        cells[column] = _NOW_QUIET if quiet.is_quiet(asked, now) else _NOW_OPEN
    return "".join(cells)


def _cell(first: bool | None, second: bool | None) -> str:
    if first is None and second is None:
        return _SKIPPED
    if first and second is not False:
        return _OPEN
    if first:
        return _FIRST
    return _SECOND if second else _QUIET


def _quarter(parts: Iterable[Segment], opened: Stretches, wall: int) -> bool | None:
    """Whether at least half of a quarter of an hour on the wall is open; None where the clock skips it."""
    elapsed = ringing = 0
    for start, end, offset in parts:
        first, last = max(start, wall - offset), min(end, wall + _QUARTER - offset)
        if first < last:
            elapsed += last - first
            ringing += sum(b - a for a, b in clip(opened, first, last))
    return None if not elapsed else ringing * 2 >= elapsed


def _parts(asked: Plan, number: int) -> Iterable[Segment]:
    """The segments of one wall date, cut to it."""
    for utc_day in range(number - 1, number + 2):
        for start, end, offset in asked.course.segments(utc_day):
            first, last = max(start, number * DAY - offset), min(end, (number + 1) * DAY - offset)
            if first < last:
                yield Segment(first, last, offset)
