"""From settings to a plan: which schedule counts in which zone, with exceptions, travel, busy times and one-offs.

Made afresh at every evaluation (the machine's zone and the calendar move while the program runs); plans of the same
inputs are kept, so that asking again costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from leeward import zones
from leeward.model import Instant, Tier
from leeward.work import quiet
from leeward.work.quiet_course import Course, DateRule, Do, JoinedCourse, Leg, Rules, Spell, WallSpan, date_of, day_of
from leeward.work.quiet_settings import SYSTEM, DigestTime, DueKind, Every, Override, QuietConfig, Schedule, Trip

_MINUTE_MS = 60_000
_FAR = date(9000, 1, 1)


class Surroundings(Struct, frozen=True):
    """What the settings do not hold: the machine's zone, one-offs, the calendar's busy times, public holidays."""

    machine_zone: str
    oneoffs: tuple[Spell, ...] = ()
    busy: tuple[Spell, ...] = ()
    holidays: tuple[tuple[date, str], ...] = ()


class Subject(Struct, frozen=True):
    """What a rule may match: a thread's, place's and account's names as the owner may write them, and the kind."""

    threads: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    account: str = ""
    kind: str = ""


class Plan(Struct, frozen=True):
    """Something that can be asked like a rule set. `schedule` is None when none counts; `override` chose it, if one did."""

    course: Course
    schedule: str | None
    config: QuietConfig
    around: Surroundings
    override: Override | None = None

    @property
    def name(self) -> str:
        """The schedule's name for keys and journals; "-" where there is none."""
        return self.schedule or "-"

    def zone_at(self, now: Instant) -> str:
        """The zone whose clock counts at that instant."""
        return _zone_at(self.config, self.config.named(self.schedule), self.around.machine_zone, now)

    def trip_at(self, now: Instant) -> Trip | None:
        """The trip that is on at that instant."""
        times = _trip_times(self.config.trips)
        return next((trip for start, end, trip in times if start <= now < end), None)


def plan(config: QuietConfig, around: Surroundings, subject: Subject | None = None) -> Plan:
    """The plan that counts in general, or for one thing that came in."""
    return _plan(config, around, None if subject is None else matching(config, subject, schedules=True))


def matching(config: QuietConfig, subject: Subject, *, schedules: bool) -> Override | None:
    """The most specific rule that names a schedule (or mutes): thread, then place, then account, then kind."""
    best: tuple[int, Override] | None = None
    for override in config.overrides:
        rank = _rank(override, subject)
        counts = override.schedule is not None if schedules else override.mute
        if rank and counts and (best is None or rank >= best[0]):
            best = (rank, override)
    return None if best is None else best[1]


def muted(config: QuietConfig, subject: Subject, now: Instant, zone: str) -> Override | None:
    """The rule that mutes this thing now, if one does."""
    found = matching(config, subject, schedules=False)
    if found is None or found.until is None:
        return found
    until = found.until
    ends = zones.instant(until, zones.zone(zone)) if isinstance(until, datetime) else until
    return found if now < ends else None


def due_at(asked: Plan, tier: Tier | None, at: Instant) -> Instant | None:
    """Until when something of that tier, come at that instant, wants an answer; None for green and for never."""
    rule = asked.config.due_of(tier)
    if rule is None:
        return None
    if rule.kind is DueKind.TODAY:
        return quiet.due_today(asked, at)
    if rule.kind is DueKind.WORKDAYS:
        return quiet.due_workdays(asked, at, rule.amount)
    if rule.kind is DueKind.OPEN:
        return quiet.due_open_minutes(asked, at, rule.amount)
    return Instant(at + rule.amount * _MINUTE_MS)


def next_digest(asked: Plan, after: Instant) -> Instant | None:
    """The first time after that instant at which the digest of what is for information falls due, quiet or not."""
    time = asked.config.green
    start = day_of(quiet.wall_date(asked, after))
    for day in range(start, start + 70):
        if _digest_day(asked, time, day):
            due = Instant(quiet.instant_of(asked.course, day, time.minute * 60) * 1000)
            if due > after:
                return due
    return None


def _digest_day(asked: Plan, time: DigestTime, day: int) -> bool:
    when = date_of(day)
    last = (when + timedelta(days=1)).day == 1
    if time.every is Every.WEEK:
        return when.weekday() == time.day
    if time.every is Every.MONTH:
        return when.day == time.day or (last and when.day < time.day)
    if time.every is Every.LAST_DAY:
        return last
    if time.every is Every.LAST_WORKDAY:
        return bool(quiet.open_on(asked, day)) and not any(quiet.open_on(asked, later) for later in _rest_of_month(day))
    return True


def _rest_of_month(day: int) -> Iterator[int]:
    month = date_of(day).month
    day += 1
    while date_of(day).month == month:
        yield day
        day += 1


def _rank(override: Override, subject: Subject) -> int:
    """How specific the match is: 0 where the rule does not match; a rule matches only if all it names do."""
    asked = (
        (override.thread, subject.threads, 8),
        (override.place, subject.places, 4),
        (override.account, {subject.account}, 2),
        (override.kind, {subject.kind}, 1),
    )
    if any(name is not None and name not in known for name, known, _weight in asked):
        return 0
    return sum(weight for name, _known, weight in asked if name is not None)


@lru_cache(maxsize=64)
def _plan(config: QuietConfig, around: Surroundings, override: Override | None) -> Plan:
    chosen = override.schedule if override is not None else config.schedule
    home = _rules(config, around, config.named(chosen), None).course
    legs: list[Leg] = []
    begin: Instant | None = None
    for start, end, trip in _trip_times(config.trips):
        legs.append(Leg(begin, start, home))
        name = chosen if override is not None else trip.schedule or chosen
        legs.append(Leg(start, end, _rules(config, around, config.named(name), trip.timezone).course))
        begin = end
    legs.append(Leg(begin, None, home))
    return Plan(JoinedCourse(tuple(legs), around.oneoffs), chosen, config, around, override)


def _trip_times(trips: tuple[Trip, ...]) -> list[tuple[Instant, Instant, Trip]]:
    """When each trip counts; where several overlap the one that starts last, and of two such the later written."""
    times = [(*_bounds(trip), trip) for trip in trips]
    edges = sorted({edge for start, end, _trip in times for edge in (start, end)})
    found: list[tuple[Instant, Instant, Trip]] = []
    for first, last in pairwise(edges):
        on = [(start, n) for n, (start, end, _trip) in enumerate(times) if start <= first and last <= end]
        if on:
            found.append((first, last, times[max(on)[1]][2]))
    return found


def _bounds(trip: Trip) -> tuple[Instant, Instant]:
    zone = zones.zone(trip.timezone)
    start = datetime.combine(min(trip.first, _FAR), datetime.min.time())
    end = datetime.combine(min(trip.last, _FAR) + timedelta(days=1), datetime.min.time())
    return zones.instant(start, zone), zones.instant(end, zone)


def _rules(config: QuietConfig, around: Surroundings, schedule: Schedule | None, trip_zone: str | None) -> Rules:
    holidays = tuple(
        DateRule(day, day, Do.QUIET, why=name) for day, name in around.holidays if day not in config.holidays_off
    )
    dates = tuple(entry for entry in config.excepts if isinstance(entry, DateRule))
    spans = tuple(entry for entry in config.excepts if isinstance(entry, WallSpan | Spell))
    return Rules(
        zone=trip_zone or _home_zone(config, schedule, around.machine_zone),
        mode_quiet=schedule is None or schedule.mode_quiet,
        week=schedule.week if schedule is not None else ((),) * 7,
        dates=holidays + dates,
        spans=around.busy + spans,
    )


def _home_zone(config: QuietConfig, schedule: Schedule | None, machine_zone: str) -> str:
    named = schedule.timezone if schedule is not None and schedule.timezone else config.timezone
    return machine_zone if named == SYSTEM else named


def _zone_at(config: QuietConfig, schedule: Schedule | None, machine_zone: str, now: Instant) -> str:
    for start, end, trip in _trip_times(config.trips):
        if start <= now < end:
            return trip.timezone
    return _home_zone(config, schedule, machine_zone)


def dates_named(asked: Plan) -> Mapping[date, str]:
    """What the owner or the calendar of holidays calls a date; for the edge of a drawing."""
    named = {day: name for day, name in asked.around.holidays if day not in asked.config.holidays_off}
    for entry in asked.config.excepts:
        if isinstance(entry, DateRule):
            length = min((entry.last - entry.first).days, 400)
            named.update({entry.first + timedelta(days=n): entry.why or entry.do.value for n in range(length + 1)})
    for trip in asked.config.trips:
        where = trip.why or trip.timezone.rpartition("/")[2].replace("_", " ")
        for n in range(min((trip.last - trip.first).days, 400) + 1):
            day = trip.first + timedelta(days=n)
            named[day] = ", ".join(word for word in (named.get(day), where) if word)
    return named
