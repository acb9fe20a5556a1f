"""A schedule as a calendar file: its windows as weekly VEVENTs, its open time as a VAVAILABILITY. Pure text.

Source: RFC 5545 (weekly rules with TZID), RFC 7953 (availability). A night means the same there as here, also when the
clock changes; only a window with an edge inside the skipped or repeated hour differs, and `notes` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from leeward.ids import digest
from leeward.model import Instant
from leeward.text import one_line
from leeward.words import _
from leeward.work.quiet_course import DAY, Rules, Segment, Week, date_of, day_of
from leeward.work.quiet_settings import Schedule
from leeward.work.quiet_windows import DAY_MINUTES, DAYS, Window, complement, merge
from leeward.work.quiet_words import clock
from leeward.zones import wall, zone

_WEEK = 7 * DAY_MINUTES
_YEARS = 10
_LOOKED_AT = 400
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PRODUCT = "-//leeward//leeward//EN"


class Imported(Struct, frozen=True):
    """A schedule that was read from a calendar file. `left_out`: a sentence for each thing that could not come along."""

    name: str
    timezone: str | None
    mode_quiet: bool
    week: Week
    left_out: tuple[str, ...] = ()


def export(schedule: Schedule, zone_name: str, now: Instant) -> str:
    """The whole file, CRLF at the end of each line."""
    stamp = wall(now, zone("UTC"))
    today = wall(now, zone(zone_name)).date()
    writer = _Writer(schedule, zone_name, f"{stamp:%Y%m%dT%H%M%S}Z", today)
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}"),
        f"X-WR-CALNAME:{_text(schedule.name)}",
        f"X-LEEWARD-SCHEDULE:{_text(schedule.name)}",
        f"X-LEEWARD-MODE:{'quiet' if schedule.mode_quiet else 'open'}",
        *_timezone(zone_name, today),
        *writer.events(),
        *writer.availability(),
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def notes(schedule: Schedule, zone_name: str, now: Instant) -> list[str]:
    """Where a window begins or ends inside the skipped or repeated hour: other programs move it, leeward does not."""
    first = day_of(wall(now, zone(zone_name)).date())
    found = []
    for before, after in _changes(zone_name, first, first + _LOOKED_AT):
        low, high = sorted((before.end + before.offset, before.end + after.offset))
        day = low // DAY
        for edge in sorted(set(_edges(schedule.week, day))):
            if low < day * DAY + edge * 60 < high:
                skipped = after.offset > before.offset
                said = _(
                    "{time} is skipped on {day}: leeward has no such moment then, other programs take a later one."
                )
                if not skipped:
                    said = _("{time} comes twice on {day}: leeward means both, other programs the first.")
                found.append(said.format(time=clock(edge), day=date_of(day)))
    return found


def open_minutes(schedule: Schedule) -> int:
    """The open minutes of an ordinary week."""
    parts = (part for day, windows in enumerate(open_week(schedule)) for w in windows for part in _round(day, w))
    return sum(end - start for start, end in merge(parts))


def open_week(schedule: Schedule) -> Week:
    """The open windows of a schedule, whichever way it is written; one over the end of the week stays whole."""
    if not schedule.mode_quiet:
        return schedule.week
    minutes = merge(part for day, windows in enumerate(schedule.week) for w in windows for part in _round(day, w))
    rest = list(complement(minutes, 0, _WEEK))
    if len(rest) > 1 and rest[0][0] == 0 and rest[-1][1] == _WEEK:
        rest[-1] = (rest[-1][0], _WEEK + rest.pop(0)[1])
    days: list[list[Window]] = [[] for _day in DAYS]
    for start, end in rest:
        if (start, end) == (0, _WEEK):
            return ((Window(0, DAY_MINUTES),),) * 7
        day = start // DAY_MINUTES
        days[day].append(Window(start - day * DAY_MINUTES, end - day * DAY_MINUTES))
    return tuple(tuple(day) for day in days)


def _round(day: int, window: Window) -> Iterator[tuple[int, int]]:
    """The minutes of the week that a window covers; what runs over its end comes at its beginning."""
    start, end = day * DAY_MINUTES + window.start, day * DAY_MINUTES + window.end
    yield start, min(end, _WEEK)
    if end > _WEEK:
        yield 0, min(end - _WEEK, _WEEK)


class _Writer(Struct, frozen=True):
    schedule: Schedule
    zone: str
    stamp: str
    today: date

    def events(self) -> Iterator[str]:
        quiet = self.schedule.mode_quiet
        word = _("Quiet") if quiet else _("Open")
        for window, days in _shapes(self.schedule.week):
            yield "BEGIN:VEVENT"
            yield from self._one("event", window, days)
            yield f"SUMMARY:{_text(f'{word}: {self.schedule.name}')}"
            yield f"TRANSP:{'OPAQUE' if quiet else 'TRANSPARENT'}"
            yield "END:VEVENT"

    def availability(self) -> Iterator[str]:
        yield from ("BEGIN:VAVAILABILITY", f"UID:{self._uid('availability')}", f"DTSTAMP:{self.stamp}")
        yield from (f"SUMMARY:{_text(self.schedule.name)}", "BUSYTYPE:BUSY-UNAVAILABLE")
        for window, days in _shapes(open_week(self.schedule)):
            yield "BEGIN:AVAILABLE"
            yield from self._one("available", window, days)
            yield "END:AVAILABLE"
        yield "END:VAVAILABILITY"

    def _one(self, kind: str, window: Window, days: tuple[int, ...]) -> Iterator[str]:
        first = min((day - self.today.weekday()) % 7 for day in days)
        midnight = datetime.combine(self.today + timedelta(days=first), time.min)
        start, end = (midnight + timedelta(minutes=edge) for edge in (window.start, window.end))
        yield f"UID:{self._uid(f'{kind} {days} {window.start} {window.end}')}"
        yield f"DTSTAMP:{self.stamp}"
        yield f"DTSTART;TZID={self.zone}:{start:%Y%m%dT%H%M%S}"
        yield f"DTEND;TZID={self.zone}:{end:%Y%m%dT%H%M%S}"
        yield "RRULE:FREQ=WEEKLY;BYDAY=" + ",".join(_CODES[day] for day in days)

    def _uid(self, what: str) -> str:
        return f"{digest('quiet', self.schedule.name, what)}@leeward"


def _shapes(week: Week) -> list[tuple[Window, tuple[int, ...]]]:
    """Each shape of window with the days it starts on."""
    found: dict[Window, list[int]] = {}
    for day, windows in enumerate(week):
        for window in dict.fromkeys(windows):
            found.setdefault(window, []).append(day)
    return [(window, tuple(days)) for window, days in sorted(found.items(), key=lambda one: (one[1], one[0].start))]


def _edges(week: Week, day: int) -> Iterator[int]:
    """The minutes of a wall date at which a window begins or ends."""
    weekday = date_of(day).weekday()
    for back in range(8):
        for window in week[(weekday - back) % 7]:
            for edge in (window.start, window.end):
                if 0 <= edge - back * DAY_MINUTES < DAY_MINUTES:
                    yield edge - back * DAY_MINUTES


def _changes(zone_name: str, first: int, last: int) -> Iterator[tuple[Segment, Segment]]:
    """Where the zone's clock jumps, between two UTC days."""
    course = Rules(zone_name).course
    before: Segment | None = None
    for day in range(first, last):
        for segment in course.segments(day):
            if before is not None and segment.offset != before.offset:
                yield before, segment
            before = segment


def _timezone(zone_name: str, today: date) -> Iterator[str]:
    """The zone's rules for the coming years, as the jumps of its clock."""
    if zone_name == "UTC":
        return
    first = day_of(today) - 366
    jumps = list(_changes(zone_name, first, first + _YEARS * 366))
    yield from ("BEGIN:VTIMEZONE", f"TZID:{zone_name}")
    if not jumps:
        (only, *_rest) = Rules(zone_name).course.segments(first)
        yield from ("BEGIN:STANDARD", "DTSTART:19700101T000000")
        yield from (f"TZOFFSETFROM:{_offset(only.offset)}", f"TZOFFSETTO:{_offset(only.offset)}", "END:STANDARD")
    for before, after in jumps:
        name = "DAYLIGHT" if after.offset > before.offset else "STANDARD"
        at = datetime.combine(date(1970, 1, 1), time.min) + timedelta(seconds=before.end + before.offset)
        yield from (f"BEGIN:{name}", f"DTSTART:{at:%Y%m%dT%H%M%S}")
        yield from (f"TZOFFSETFROM:{_offset(before.offset)}", f"TZOFFSETTO:{_offset(after.offset)}", f"END:{name}")
    yield "END:VTIMEZONE"


def _offset(seconds: int) -> str:
    sign, left = ("-", -seconds) if seconds < 0 else ("+", seconds)
    rest = f"{left % 60:02}" if left % 60 else ""
    return f"{sign}{left // 3600:02}{left % 3600 // 60:02}{rest}"


def _text(text: str) -> str:
    plain = one_line(text, 120).replace("\\", "\\\\")
    return plain.replace(";", "\\;").replace(",", "\\,")


def _fold(line: str) -> str:
    """No line is longer than 75 octets."""
    pieces, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > 74:
            pieces.append(piece)
            piece = ""
        piece += char
    return "\r\n ".join([*pieces, piece])
