"""One-offs said in words, and what is in force now with the reason for it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import Enum, auto

from msgspec import Struct

from leeward import zones
from leeward.model import Instant
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_course import DateRule, Do, Spell, WallSpan
from leeward.work.quiet_plan import Plan
from leeward.work.quiet_text import minutes
from leeward.work.quiet_windows import DAYS, BadRule, clock_minutes

ASKS_AFTER_MS = 24 * 3600 * 1000
_OPENING_MIN = 9 * 60
_UNTIL = re.compile(r"(?:(?P<day>[a-z]+|[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ t]+|$))?(?P<clock>[0-9]{1,2}:[0-9]{2})?")


class Source(Enum):
    """What decides at an instant."""

    ONEOFF = auto()
    BUSY = auto()
    SPAN = auto()
    DATE = auto()
    WINDOW = auto()
    NOTHING = auto()


class Status(Struct, frozen=True):
    """What is in force. `until` is the next change, None when there is none in sight; `asks`: whether it is still wanted."""

    quiet: bool
    until: Instant | None
    schedule: str | None
    timezone: str
    why: str
    source: Source
    asks: bool = False


def oneoff(text: str, now: Instant, asked: Plan) -> Spell:
    """A one-off from words: "2h", "for 30m", "until tomorrow 9:00", "until next week", "open for 1h", "until I say so".

    It is quiet unless the words begin with "open". Wall times become instants now, in the zone that counts now, and do
    not travel later. Raises `BadRule` with a sentence.
    """
    plain = " ".join(text.lower().split())
    is_open = plain == "open" or plain.startswith("open ")
    plain = plain.removeprefix("open").strip() if is_open else plain.removeprefix("quiet").removeprefix("on").strip()
    if plain in {"", "until i say so"}:
        return Spell(now, None, quiet=not is_open)
    if plain.startswith("until "):
        end = _until(plain.removeprefix("until "), now, asked, is_open=is_open)
    else:
        end = Instant(now + minutes(plain.removeprefix("for ")) * 60_000)
    if end <= now:
        raise BadRule(_("{text} is over already.").format(text=text))
    return Spell(now, end, quiet=not is_open)


def spell_words(spell: Spell, now: Instant, zone: str) -> str:
    """A one-off in words: "quiet until Mon 09:00", "rings until you say so"."""
    until = _("until you say so")
    if spell.end is not None:
        until = _("until {time}").format(time=short_time(spell.end, now, zone))
    return (_("quiet {until}") if spell.quiet else _("rings {until}")).format(until=until)


def status(asked: Plan, now: Instant) -> Status:
    """What is in force at that instant, until when, and why."""
    still = quiet.is_quiet(asked, now)
    until = quiet.next_open(asked, now) if still else quiet.next_quiet(asked, now)
    source, why, since = _reason(asked, now, quiet=still)
    asks = source is Source.ONEOFF and until is None and since is not None and now - since >= ASKS_AFTER_MS
    return Status(still, until, asked.schedule, asked.zone_at(now), why, source, asks)


def short_time(when: Instant, now: Instant, zone: str) -> str:
    """The shortest that says enough: "12:30", "Mon 09:00" or "24 Dec 09:00"."""
    there = zones.wall(when, zones.zone(zone))
    today = zones.wall(now, zones.zone(zone)).date()
    clock = f"{there:%H:%M}"
    if there.date() == today:
        return clock
    if today < there.date() <= today + timedelta(days=6):
        return f"{DAYS[there.weekday()].capitalize()} {clock}"
    return f"{there.day} {there:%b} {clock}" if there.year == today.year else f"{there.date()} {clock}"


def line(found: Status, now: Instant, waiting: int) -> str:
    """The status line's words: "rings until 12:30", "quiet until Mon 09:00 · 7 waiting"."""
    until = None if found.until is None else short_time(found.until, now, found.timezone)
    if found.quiet:
        said = _("quiet until {time}").format(time=until) if until else _("quiet until you say so")
        if until is None and found.source is not Source.ONEOFF:
            said = _("quiet")
    else:
        said = _("rings until {time}").format(time=until) if until else _("rings")
    return _("{said} · {n} waiting").format(said=said, n=waiting) if waiting else said


def _reason(asked: Plan, now: Instant, *, quiet: bool) -> tuple[Source, str, Instant | None]:
    """What decides, in a sentence, and since when if it is a one-off."""
    zone = asked.zone_at(now)
    for spell in reversed(asked.around.oneoffs):
        if _holds(spell, now):
            since = short_time(spell.start, now, zone)
            said = _("You asked for quiet at {time}.") if spell.quiet else _("You asked to be rung at {time}.")
            return Source.ONEOFF, said.format(time=since), spell.start
    wall = zones.wall(now, zones.zone(zone))
    written = _written_span(asked, now, wall)
    if written is not None:
        state = _("quiet") if quiet else _("open")
        named = written.why or _("an exception")
        return Source.SPAN, _("The settings say {state} now: {why}.").format(state=state, why=named), None
    if any(_holds(spell, now) for spell in asked.around.busy):
        return Source.BUSY, _("The calendar says busy."), None
    dated = _date_reason(asked, wall.date())
    if dated is not None:
        return Source.DATE, dated, None
    if asked.schedule is None:
        return Source.NOTHING, _("No quiet hours set."), None
    state = _("is quiet now") if quiet else _("is open now")
    return Source.WINDOW, _('Schedule "{name}" {state}.').format(name=asked.schedule, state=state), None


def _holds(spell: Spell, now: Instant) -> bool:
    return spell.start <= now and (spell.end is None or now < spell.end)


def _written_span(asked: Plan, now: Instant, wall: datetime) -> WallSpan | Spell | None:
    for entry in reversed(asked.config.excepts):
        if isinstance(entry, WallSpan) and entry.start <= wall < entry.end:
            return entry
        if isinstance(entry, Spell) and _holds(entry, now):
            return entry
    return None


def _date_reason(asked: Plan, day: date) -> str | None:
    for entry in reversed(asked.config.excepts):
        if isinstance(entry, DateRule) and entry.first <= day <= entry.last:
            if entry.do not in {Do.QUIET, Do.OPEN}:
                return None
            state = _("quiet") if entry.do is Do.QUIET else _("open")
            why = entry.why or _("an exception")
            return _("{day} is {state}: {why}.").format(day=day, state=state, why=why)
    for when, name in asked.around.holidays:
        if when == day and day not in asked.config.holidays_off:
            return _("{day} is a holiday: {why}.").format(day=day, why=name)
    return None


def _until(text: str, now: Instant, asked: Plan, *, is_open: bool) -> Instant:
    found = _UNTIL.fullmatch(text)
    zone = zones.zone(asked.zone_at(now))
    wall = zones.wall(now, zone)
    if text == "next week":
        return _opening(asked, wall.date() + timedelta(days=7 - wall.weekday()))
    if found is None or not (found["day"] or found["clock"]):
        raise BadRule(_("{text} is no time. Write such as tomorrow 9:00, mon 9:00 or 17:30.").format(text=text))
    day = _day(found["day"], wall.date(), text)
    if found["clock"] is None:
        return zones.instant(datetime.combine(day, datetime.min.time()), zone) if is_open else _opening(asked, day)
    clock = clock_minutes(found["clock"].zfill(5))
    end = zones.instant(datetime.combine(day, datetime.min.time()) + timedelta(minutes=clock), zone)
    if end <= now and found["day"] is None:
        day += timedelta(days=1)
        end = zones.instant(datetime.combine(day, datetime.min.time()) + timedelta(minutes=clock), zone)
    return end


def _day(name: str | None, today: date, text: str) -> date:
    if name is None or name == "today":
        return today
    if name == "tomorrow":
        return today + timedelta(days=1)
    if name in DAYS:
        return today + timedelta(days=(DAYS.index(name) - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(name)
    except ValueError as error:
        raise BadRule(
            _("{text} is no time. Write such as tomorrow 9:00, mon 9:00 or 17:30.").format(text=text)
        ) from error


def _opening(asked: Plan, day: date) -> Instant:
    """When it opens on that date or after; 09:00 where it is open at midnight already."""
    zone = zones.zone(asked.config.timezone if asked.config.timezone != "system" else asked.around.machine_zone)
    start = datetime.combine(day, datetime.min.time())
    midnight = zones.instant(start, zone)
    opens = quiet.next_open(asked, midnight)
    if opens is None or opens == midnight:
        return zones.instant(start + timedelta(minutes=_OPENING_MIN), zone)
    return opens
