"""Repeating tasks: which instance is the present one, and an override that changes it alone.

The series itself is never written: an instance that is ticked off gets a component of its own with RECURRENCE-ID.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from heapq import merge
from itertools import islice

from msgspec import Struct

from connectors.caldav.api.ical import Component, Line
from connectors.caldav.api.rules import UnknownRuleError, days_of, read_rule
from connectors.caldav.api.when import Wall, Zones, at_moment, duration_of, moment, same_form, wall_of
from leeward.errors import NotSupported
from leeward.model import Due
from leeward.words import _

MAX_INSTANCES = 6_000
_SERIES = ("RRULE", "RDATE", "EXDATE", "EXRULE")


class Instance(Struct, frozen=True):
    """One instance of a series: when it is by its own clock, what that means, and its override if it has one."""

    wall: Wall
    at: Due
    override: Component | None


def repeats(task: Component) -> bool:
    """Whether a component is a series."""
    return any(task.line(name) for name in ("RRULE", "RDATE"))


def anchor(task: Component) -> Line:
    """The line the series is counted from: DTSTART, or DUE where a program left DTSTART out."""
    line = task.line("DTSTART") or task.line("DUE")
    if line is None or wall_of(line.value) is None:
        raise UnknownRuleError("no start")
    return line


def overrides(task: Component, calendar: Component) -> list[Component]:
    """The components that stand for single instances of `task`."""
    uid = task.value("UID")
    return [each for each in calendar.inner(task.name) if each.line("RECURRENCE-ID") and each.value("UID") == uid]


def instances(task: Component, calendar: Component, zones: Zones) -> Iterator[Instance]:
    """Every instance in order, at most some thousands. Raises `UnknownRuleError` for a rule we do not follow."""
    start = anchor(task)
    own: dict[Due, Component] = {}
    for each in overrides(task, calendar):
        said = each.line("RECURRENCE-ID")
        if said and (said.param("RANGE") or each.line("RRULE")):
            raise UnknownRuleError("RANGE")
        at = moment(said, zones)
        if at is not None:
            own[at] = each
    without = {at for line in task.lines("EXDATE") for at in _several(line, zones)}
    last: Wall | None = None
    for wall in islice(_walls(task, start, zones), MAX_INSTANCES):
        at = at_moment(wall, start, zones)
        if at is not None and at not in without and wall != last:
            yield Instance(wall, at, own.get(at))
        last = wall


def _walls(task: Component, start: Line, zones: Zones) -> Iterator[Wall]:
    """What the clock on the wall shows at each instance."""
    read = wall_of(start.value)
    assert read is not None
    first = read[0]
    if task.line("EXRULE") or len(task.lines("RRULE")) > 1:
        raise UnknownRuleError("EXRULE or more than one RRULE")
    rule = task.line("RRULE")
    ruled = _ruled(rule.value, first, start, zones) if rule else iter([first])
    extra = sorted((w for line in task.lines("RDATE") for w in _extra(line, start, first)), key=_sortable)
    return merge(ruled, extra, key=_sortable)


def _sortable(wall: Wall) -> datetime:
    return wall if isinstance(wall, datetime) else datetime.combine(wall, time.min)


def _ruled(value: str, first: Wall, start: Line, zones: Zones) -> Iterator[Wall]:
    rule = read_rule(value)
    until = wall_of(rule.until) if rule.until else None
    if rule.until and until is None:
        raise UnknownRuleError(value[:80])
    for day in days_of(rule, first.date() if isinstance(first, datetime) else first):
        wall = datetime.combine(day, first.time()) if isinstance(first, datetime) else day
        if until and _past(wall, until, start, zones):
            return
        yield wall


def _past(wall: Wall, until: tuple[Wall, bool], start: Line, zones: Zones) -> bool:
    """Whether an instance lies after the last moment of its rule."""
    end, zulu = until
    if not isinstance(end, datetime) or not isinstance(wall, datetime):
        return _day(wall) > _day(end)
    if not zulu:
        return wall > end
    at, limit = at_moment(wall, start, zones), zones.instant(end, "UTC")
    return isinstance(at, date) or at is None or limit is None or at > limit


def _day(wall: Wall) -> date:
    return wall.date() if isinstance(wall, datetime) else wall


def _several(line: Line, zones: Zones) -> Iterator[Due]:
    for value in line.value.split(","):
        read = wall_of(value)
        at = at_moment(read[0], Line(line.raw, line.name, line.params, value), zones) if read else None
        if at is not None:
            yield at


def _extra(line: Line, start: Line, first: Wall) -> Iterator[Wall]:
    """RDATE in the form of the first instance; another form or a period is beyond us."""
    for value in line.value.split(","):
        read = wall_of(value)
        zulu = start.value.strip().upper().endswith("Z")
        if not read or isinstance(read[0], datetime) != isinstance(first, datetime) or read[1] != zulu:
            raise UnknownRuleError("RDATE")
        if line.param("TZID") != start.param("TZID"):
            raise UnknownRuleError("RDATE")
        yield read[0]


def due_of(task: Component, instance: Instance, zones: Zones) -> Due | None:
    """When an instance is due: its override's word, else as long after its start as the first one was."""
    if instance.override:
        own = moment(instance.override.line("DUE"), zones)
        if own is not None:
            return own
    start, due = anchor(task), task.line("DUE")
    shifted = _shifted(start, due, instance)
    if due is not None and shifted is not None:
        return at_moment(shifted, due, zones)
    length = duration_of(task.value("DURATION"))
    if length is not None and isinstance(instance.wall, datetime):
        return at_moment(instance.wall + length, start, zones)
    return _day(instance.wall) + length if length is not None else None


def _shifted(start: Line, due: Line | None, instance: Instance) -> Wall | None:
    """DUE moved along with its instance, by the clock on the wall."""
    first, end = wall_of(start.value), wall_of(due.value) if due else None
    if not first or not end:
        return None
    later = _sortable(instance.wall) - _sortable(first[0])
    try:
        return end[0] + later
    except OverflowError:
        return None


def new_override(task: Component, instance: Instance) -> Component:
    """A component for one instance: the series' words without its rule, its alarms and its key."""
    start, due = anchor(task), task.line("DUE")
    shifted = _shifted(start, due, instance)
    one = Component(task.name, [each for each in task.body if isinstance(each, Line)])
    one.drop(*_SERIES, "X-LEEWARD-KEY")
    if task.line("DTSTART"):
        one.put("DTSTART", same_form("DTSTART", instance.wall, start))
    if due is not None and shifted is not None:
        one.put("DUE", same_form("DUE", shifted, due))
    one.put("RECURRENCE-ID", same_form("RECURRENCE-ID", instance.wall, start))
    return one


def not_followed() -> NotSupported:
    """What a person reads where a rule is beyond us."""
    return NotSupported(
        _("leeward does not follow the way this task repeats."), _("Change it in the program that made it.")
    )
