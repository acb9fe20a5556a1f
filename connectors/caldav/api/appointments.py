"""When an appointment keeps its owner busy: opaque, not cancelled, not declined, each instance of a series for itself.

A series whose rule we do not follow tells nothing rather than something wrong. Source: RFC 5545, 3.6.1 and 3.8.2.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from connectors.caldav.api.ical import Component, Line
from connectors.caldav.api.objects import Here
from connectors.caldav.api.people import address_id
from connectors.caldav.api.repeat import instances, repeats
from connectors.caldav.api.rules import UnknownRuleError
from connectors.caldav.api.when import Wall, Zones, at_moment, duration_of, wall_of, zones_of
from leeward.model import Due, Instant
from leeward.ports import Span

EVENT = "VEVENT"
_MOVED_MS = 31 * 24 * 3600 * 1000
"""How far an instance that was moved by hand may have come from."""

_WAITING = frozenset({"TENTATIVE", "NEEDS-ACTION"})


def spans(calendar: Component, here: Here, within: tuple[Instant, Instant]) -> Iterator[Span]:
    """The busy times of one object that touch `within`."""
    zones = zones_of(calendar, here.zone)
    found = calendar.inner(EVENT)
    series = {each.value("UID") for each in found if not each.line("RECURRENCE-ID")}
    for event in found:
        alone = event.line("RECURRENCE-ID") is not None
        if alone and event.value("UID") in series:
            continue
        try:
            told = _one(event, here, zones) if alone or not repeats(event) else _each(event, calendar, here, within)
            yield from (span for span in told if span.start < within[1] and span.end > within[0])
        except UnknownRuleError:
            continue


def _one(event: Component, here: Here, zones: Zones) -> Iterator[Span]:
    start = event.line("DTSTART")
    read = wall_of(start.value) if start else None
    if start is None or read is None or not _counts(event, here):
        return
    yield from _span(event, read[0], start, here, zones)


def _each(series: Component, calendar: Component, here: Here, within: tuple[Instant, Instant]) -> Iterator[Span]:
    zones = zones_of(calendar, here.zone)
    start = series.line("DTSTART")
    for one in instances(series, calendar, zones):
        at = _instant(one.at, zones)
        if at is not None and at > within[1] + _MOVED_MS:
            return
        if one.override is not None:
            yield from _one(one.override, here, zones)
        elif start is not None and at is not None and at > within[0] - _MOVED_MS and _counts(series, here):
            yield from _span(series, one.wall, start, here, zones)


def _span(event: Component, wall: Wall, start: Line, here: Here, zones: Zones) -> Iterator[Span]:
    begin = _instant(at_moment(wall, start, zones), zones)
    end = _end(event, wall, start, zones)
    if begin is not None and end is not None and begin < end:
        yield Span(begin, end, _tentative(event, here), not isinstance(wall, datetime))


def _end(event: Component, wall: Wall, start: Line, zones: Zones) -> Instant | None:
    """As long after its start as the first one's end, by the clock on the wall; a day alone lasts that day."""
    said, first = event.line("DTEND"), wall_of(start.value)
    last = wall_of(said.value) if said else None
    try:
        if said is not None and last is not None and first is not None:
            return _instant(at_moment(last[0] + (_plain(wall) - _plain(first[0])), said, zones), zones)
        length = duration_of(event.value("DURATION"))
        if not isinstance(wall, datetime):
            return _instant(wall + (length or timedelta(days=1)), zones)
        return _instant(at_moment(wall + length, start, zones), zones) if length else None
    except OverflowError:
        return None


def _plain(wall: Wall) -> datetime:
    return wall if isinstance(wall, datetime) else datetime.combine(wall, time.min)


def _instant(due: Due | None, zones: Zones) -> Instant | None:
    """A date begins with its midnight here."""
    return zones.instant(datetime.combine(due, time.min), None) if isinstance(due, date) else due


def _counts(event: Component, here: Here) -> bool:
    if event.value("TRANSP").upper() == "TRANSPARENT" or event.value("STATUS").upper() == "CANCELLED":
        return False
    return _answer(event, here) != "DECLINED"


def _tentative(event: Component, here: Here) -> bool:
    return event.value("STATUS").upper() == "TENTATIVE" or _answer(event, here) in _WAITING


def _answer(event: Component, here: Here) -> str:
    """What the owner answered to the invitation; "" where they were not invited."""
    mine: list[Line] = [each for each in event.lines("ATTENDEE") if address_id(each.value) in here.mine]
    return (mine[0].param("PARTSTAT") or "NEEDS-ACTION").upper() if mine else ""
