"""Reading a weekly schedule out of a calendar file, ours or anybody's: weekly VEVENTs or a VAVAILABILITY (RFC 7953)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct, field

from connectors.caldav.api.ical import Component, Line, UnreadableError, parse
from connectors.caldav.api.rules import Rule, UnknownRuleError, read_rule
from connectors.caldav.api.when import duration_of, known_zone, wall_of
from leeward.errors import Problem
from leeward.text import one_line
from leeward.words import _
from leeward.work.quiet_ics import Imported
from leeward.work.quiet_windows import DAY_MINUTES, Window

_MOST = 500
_LONGEST = timedelta(days=7)


def read_week(text: str, now: datetime) -> Imported:
    """A schedule out of a calendar file; `now` (naive, UTC) tells what has ended. Raises `Problem`."""
    try:
        calendar = parse(text)
    except UnreadableError as error:
        raise Problem(_("This is no calendar file."), _("Give a file that ends in .ics.")) from error
    mode = calendar.value("X-LEEWARD-MODE").lower()
    events, available = (
        calendar.inner("VEVENT"),
        [inner for each in calendar.inner("VAVAILABILITY") for inner in each.inner("AVAILABLE")],
    )
    reading = _Reading(now)
    if mode in {"open", "quiet"} and events:
        reading.take(events)
    elif available or calendar.inner("VAVAILABILITY"):
        mode = "open"
        reading.take(available)
    else:
        mode = "quiet"
        reading.take([each for each in events if reading.counts(each)])
    week = tuple(tuple(day) for day in reading.days)
    if not any(week):
        raise Problem(_("Nothing in this file happens every week."), " ".join(reading.left_out[:3]))
    name = calendar.text("X-LEEWARD-SCHEDULE") or calendar.text("X-WR-CALNAME")
    return Imported(one_line(name, 60), reading.zone, mode == "quiet", week, tuple(dict.fromkeys(reading.left_out)))


class _Reading(Struct):
    now: datetime
    days: list[list[Window]] = field(default_factory=lambda: [[] for _day in range(7)])
    left_out: list[str] = field(default_factory=list)
    zone: str | None = None
    _zoned: bool = False

    def take(self, components: list[Component]) -> None:
        """Add the windows of weekly components."""
        for component in components[:_MOST]:
            name = one_line(component.text("SUMMARY"), 40) or _("an entry without a title")
            try:
                shape, days = self._read(component, name)
            except _LeftOutError as error:
                self.left_out.append(_("“{name}” was left out: {why}.").format(name=name, why=error))
                continue
            for day in days:
                if shape not in self.days[day]:
                    self.days[day].append(shape)

    def counts(self, event: Component) -> bool:
        """Whether an appointment of somebody's calendar keeps them busy."""
        return event.value("TRANSP").upper() != "TRANSPARENT" and event.value("STATUS").upper() != "CANCELLED"

    def _read(self, component: Component, name: str) -> tuple[Window, tuple[int, ...]]:
        start, ruled = component.line("DTSTART"), component.line("RRULE")
        read = wall_of(start.value) if start else None
        if start is None or read is None:
            raise _LeftOutError(_("it has no start"))
        if ruled is None or component.line("RECURRENCE-ID"):
            raise _LeftOutError(_("it does not repeat every week"))
        first, zulu = read
        days = tuple(_days(self._rule(ruled), first))
        length = _length(component, first)
        if not timedelta(0) < length <= _LONGEST:
            raise _LeftOutError(_("it has no length, or one of more than a week"))
        self._place(start, zulu=zulu, timed=isinstance(first, datetime))
        if "UNTIL" in ruled.value.upper():
            self.left_out.append(_("“{name}”: that it ends one day was left out.").format(name=name))
        if component.line("EXDATE") or component.line("RDATE"):
            self.left_out.append(_("“{name}”: its single dates were left out.").format(name=name))
        begin = first.hour * 60 + first.minute if isinstance(first, datetime) else 0
        return Window(begin, begin + round(length.total_seconds() / 60)), days

    def _rule(self, said: Line) -> Rule:
        try:
            rule = read_rule(said.value)
        except UnknownRuleError:
            raise _LeftOutError(_("its rule is not understood")) from None
        if rule.every not in {"WEEKLY", "DAILY"} or rule.interval != 1 or rule.months or rule.month_days:
            raise _LeftOutError(_("it does not repeat every week"))
        until = wall_of(rule.until) if rule.until else None
        if rule.count is not None or (until is not None and _plain(until[0]) < self.now):
            raise _LeftOutError(_("it comes to an end"))
        return rule

    def _place(self, start: Line, *, zulu: bool, timed: bool) -> None:
        """One schedule has one zone: the first that is named."""
        if not timed:
            return
        said = start.param("TZID")
        zone = "UTC" if zulu else known_zone(said) if said else None
        if said and zone is None:
            raise _LeftOutError(_("its zone {zone} is not known").format(zone=one_line(said, 40)))
        if not self._zoned:
            self.zone, self._zoned = zone, True
        elif zone != self.zone:
            raise _LeftOutError(_("it is in another zone than the rest"))


class _LeftOutError(Exception):
    """Why one component does not come along."""


def _days(rule: Rule, first: date) -> Iterator[int]:
    if rule.days:
        yield from sorted({weekday for _nth, weekday in rule.days})
    elif rule.every == "DAILY":
        yield from range(7)
    else:
        yield first.weekday()


def _length(component: Component, first: date) -> timedelta:
    """By the clock on the wall; a date alone lasts its day."""
    end = component.line("DTEND")
    last = wall_of(end.value) if end else None
    if last is not None:
        return _plain(last[0]) - _plain(first)
    told = duration_of(component.value("DURATION"))
    if told is not None:
        return told
    return timedelta(0) if isinstance(first, datetime) else timedelta(minutes=DAY_MINUTES)


def _plain(wall: date) -> datetime:
    return wall if isinstance(wall, datetime) else datetime.combine(wall, time.min)
