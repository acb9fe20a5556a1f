"""When a property means: a date, an instant in UTC, in a named zone, in the object's own zone, or floating.

Floating times are the owner's wall clock. A zone is looked up by its name first, then among Microsoft's names, then in
the object's own VTIMEZONE; what is found nowhere is taken as floating.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct, field

from connectors.caldav.api.ical import Component, Line, line, render
from connectors.caldav.api.rules import UnknownRuleError, read_rule
from leeward import zones
from leeward.model import Due, Instant

Wall: TypeAlias = date | datetime
"""What a property says by itself: a date, or a naive time."""

_DATE = re.compile(r"[0-9]{8}\Z")
_TIME = re.compile(r"([0-9]{8}T[0-9]{6})(Z?)\Z", re.IGNORECASE)
_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<weeks>[0-9]{1,5})W)?(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,7})M)?(?:(?P<seconds>[0-9]{1,8})S)?)?\Z"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,39}(?:/[A-Za-z0-9_+-]{1,40}){0,2}")
MAX_CHANGES = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Zones(Struct, frozen=True):
    """How to read times of one object: the owner's zone, and the zones the object brings along."""

    mine: str = "UTC"
    own: Mapping[str, str] = field(default_factory=dict)

    def instant(self, wall: datetime, tzid: str | None) -> Instant | None:
        """When a wall clock in the zone `tzid` (None: the owner's) shows `wall`; None beyond what time can be."""
        name = known_zone(tzid) if tzid else None
        definition = self.own.get(tzid) if tzid and not name else None
        own = _own_zone(definition) if definition else None
        try:
            if own is not None:
                return Instant((wall.replace(tzinfo=own) - _EPOCH) // timedelta(milliseconds=1))
            return zones.instant(wall, zones.zone(name or known_zone(self.mine) or "UTC"))
        except (OverflowError, ValueError):
            return None


def zones_of(calendar: Component, mine: str) -> Zones:
    """The zones of one object, its definitions kept as text until one is needed."""
    own = {each.value("TZID"): each for each in calendar.inner("VTIMEZONE")}
    return Zones(mine, {name: render(each) for name, each in own.items() if name and _bounded(each)})


def _bounded(zone: Component) -> bool:
    """Whether the rules of a VTIMEZONE are those of a zone: a stranger's could keep the library busy for hours."""
    changes = [each for each in zone.body if isinstance(each, Component)]
    if len(changes) > MAX_CHANGES:
        return False
    try:
        rules = [read_rule(said.value) for each in changes for said in each.lines("RRULE")]
    except UnknownRuleError:
        return False
    return all(
        rule.every == "YEARLY"
        and rule.interval == 1
        and not rule.positions
        and max(map(abs, rule.month_days), default=0) < 29
        for rule in rules
    )


@lru_cache(maxsize=256)
def known_zone(tzid: str) -> str | None:
    """The IANA name behind a TZID: itself, the end of a path such as /vendor/Europe/Berlin, or Microsoft's word for it."""
    parts = tzid.strip().strip("/").split("/")
    for name in ("/".join(parts[start:]) for start in range(max(0, len(parts) - 3), len(parts))):
        if _is_zone(name):
            return name
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    translated = WINDOWS_TO_OLSON.get(tzid.strip())
    return translated if translated and _is_zone(translated) else None


def _is_zone(name: str) -> bool:
    if not _NAME.fullmatch(name):
        return False
    try:
        zones.zone(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)
def _own_zone(definition: str) -> tzinfo | None:
    """The rules a VTIMEZONE describes; None where the library cannot make sense of them, whatever it raises."""
    from icalendar import Timezone

    try:
        described = Timezone.from_ical(definition)
        zone = described.to_tz() if isinstance(described, Timezone) else None
        if zone is not None:
            zone.utcoffset(datetime(2026, 1, 1))  # noqa: DTZ001 # a naive time is what a zone is asked with
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, ArithmeticError):
        return None
    return zone if isinstance(zone, tzinfo) else None


def wall_of(text: str) -> tuple[Wall, bool] | None:
    """Read DATE or DATE-TIME: what it says, and whether that is UTC. None for anything else."""
    value = text.strip()
    try:
        if _DATE.match(value):
            return datetime.strptime(value, "%Y%m%d").date(), False  # noqa: DTZ007 # a date has no zone
        found = _TIME.match(value)
        if not found:
            return None
        leap = found[1][:-2] + "59" if found[1].endswith("60") else found[1]
        return datetime.strptime(leap.upper(), "%Y%m%dT%H%M%S"), bool(found[2])  # noqa: DTZ007 # its zone stands beside it
    except ValueError:
        return None


def moment(said: Line | None, zones_here: Zones) -> Due | None:
    """What a date property means; None where there is none or it cannot be read."""
    read = wall_of(said.value) if said else None
    if said is None or read is None:
        return None
    return at_moment(read[0], said, zones_here)


def at_moment(wall: Wall, like: Line, zones_here: Zones) -> Due | None:
    """What `wall` means if it stood in the line `like`."""
    if not isinstance(wall, datetime):
        return wall
    zulu = like.value.strip().upper().endswith("Z")
    return zones_here.instant(wall, "UTC" if zulu else like.param("TZID"))


def instant_of(said: Line | None) -> Instant | None:
    """A stamp such as LAST-MODIFIED, which is UTC by rule; a date or another zone is not looked at."""
    read = wall_of(said.value) if said else None
    if read is None or not isinstance(read[0], datetime):
        return None
    return Instant((read[0].replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1))


def duration_of(text: str) -> timedelta | None:
    """Read a DURATION."""
    found = _DURATION.match(text.strip().upper())
    if not found or not any(found.group(name) for name in ("weeks", "days", "hours", "minutes", "seconds")):
        return None
    parts = {name: int(found.group(name) or 0) for name in ("weeks", "days", "hours", "minutes", "seconds")}
    length = timedelta(**parts)
    return -length if found["sign"] == "-" else length


def stamp(now: int) -> str:
    """An instant as iCalendar writes UTC. Raises nothing: beyond the years 1 to 9999 the nearest end is written."""
    seconds = min(max(now // 1000, -62_135_596_800), 253_402_300_799)
    return _wire(datetime(1970, 1, 1) + timedelta(seconds=seconds)) + "Z"  # noqa: DTZ001 # written with its Z


def _wire(wall: Wall) -> str:
    """A wall time or date in wire form; strftime would drop the zeros of early years."""
    day = f"{wall.year:04}{wall.month:02}{wall.day:02}"
    if not isinstance(wall, datetime):
        return day
    return f"{day}T{wall.hour:02}{wall.minute:02}{wall.second:02}"


def due_line(name: str, due: Due) -> Line:
    """DUE and its like: a date as VALUE=DATE, an instant in UTC."""
    if isinstance(due, date):
        return line(name, _wire(due), (("VALUE", "DATE"),))
    return line(name, stamp(due))


def same_form(name: str, wall: Wall, like: Line) -> Line:
    """A line `name` for `wall`, in the form (date, UTC, zone, floating) of the line `like`."""
    zulu = "Z" if isinstance(wall, datetime) and like.value.strip().upper().endswith("Z") else ""
    params = tuple(pair for pair in like.params if pair[0] in {"VALUE", "TZID"})
    return line(name, _wire(wall) + zulu, params)
