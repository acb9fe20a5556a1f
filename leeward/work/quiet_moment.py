"""What would ring at one moment of a painted week, in a few sentences."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from leeward import zones
from leeward.model import Instant
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_course import day_of
from leeward.work.quiet_edit import WEEK, Draft, week_of
from leeward.work.quiet_now import Source, status
from leeward.work.quiet_plan import Plan, Surroundings, plan
from leeward.work.quiet_settings import DigestTime, Every, Override, QuietConfig, Schedule
from leeward.work.quiet_windows import DAY_MINUTES, DAYS
from leeward.work.quiet_words import clock, through


def moment(minute: int) -> str:
    """A minute of the week: "Mon 09:00"."""
    day, rest = divmod(minute % WEEK, DAY_MINUTES)
    return f"{DAYS[day].capitalize()} {clock(rest)}"


def with_week(config: QuietConfig, name: str, draft: Draft) -> QuietConfig:
    """The settings as they would be with a painted week; a schedule that is new counts where there was none."""
    old = config.named(name)
    made = Schedule(name, draft.quiet, week_of(draft.lines), old.timezone if old else None)
    others = tuple(made if one.name == name else one for one in config.schedules)
    return replace(config, schedules=others if old else (*others, made), schedule=config.schedule or name)


def would_ring(
    config: QuietConfig, name: str, draft: Draft, minute: int, around: Surroundings, now: Instant
) -> list[str]:
    """What would happen there, at its coming day, to something for today, for 48 h, plain, and for information.

    Dates, trips, busy times and one-offs are told where they, and not the painted week, decide.
    """
    asked = plan(replace(with_week(config, name, draft), schedule=name), around)
    at = _coming(asked, minute, now)
    found = status(asked, at)
    zone = asked.zone_at(at)
    until = _("for good") if found.until is None else _("until {time}").format(time=_time(found.until, at, zone))
    time = _time(at, now, zone)
    words = _("{time} is quiet {until}.") if found.quiet else _("{time} rings {until}.")
    said = [words.format(time=time, until=until)]
    trip = asked.trip_at(at)
    if trip is not None:
        said.append(_("Then you are in {zone}: its clock counts.").format(zone=trip.timezone))
    if found.source not in {Source.WINDOW, Source.NOTHING}:
        painted = _("rings") if draft.open_at(minute) else _("is quiet")
        said.append(_("{why} As painted it {painted}.").format(why=found.why, painted=painted))
    if found.quiet:
        said += [_through(config), _("48 h and plain lines: wait {until}.").format(until=until)]
    else:
        said.append(_("today: at once, with sound. 48 h and plain lines: at once, without."))
    said.append(_("FYI: never alone, in its digest {time}.").format(time=digest_words(config.green)))
    others = [rule for rule in config.overrides if rule.schedule is not None or rule.mute]
    if others:
        said.append(_("Elsewhere: {rules}.").format(rules=", ".join(_rule(rule) for rule in others[:4])))
    return said


def _coming(asked: Plan, minute: int, now: Instant) -> Instant:
    """The instant at which that minute of the week comes, today's past ones included."""
    today = quiet.wall_date(asked, now)
    day, rest = divmod(minute % WEEK, DAY_MINUTES)
    coming = today + timedelta(days=(day - today.weekday()) % len(DAYS))
    return Instant(quiet.instant_of(asked.course, day_of(coming), rest * 60) * 1000)


def _time(when: Instant, now: Instant, zone: str) -> str:
    """A time with its day, and its date where that is not within six days."""
    there, today = (zones.wall(at, zones.zone(zone)) for at in (when, now))
    near = -1 < (there.date() - today.date()).days < len(DAYS)
    day = DAYS[there.weekday()].capitalize()
    return f"{day} {there:%H:%M}" if near else f"{day} {there.day} {there:%b} {there:%H:%M}"


def digest_words(time: DigestTime) -> str:
    """When the digest comes: "daily 16:30"."""
    at = clock(time.minute)
    if time.every is Every.WEEK:
        return f"weekly {DAYS[time.day]} {at}"
    if time.every is Every.MONTH:
        return f"monthly {time.day} {at}"
    return f"{time.every.value} {at}"


def _through(config: QuietConfig) -> str:
    red, reasons = config.red, through(config)
    if not reasons:
        return _("today: waits too; nothing breaks through.")
    most = "" if red.at_most is None else _(", at most {n} in one stretch").format(n=red.at_most)
    return _("today: rings for {reasons}{most}; else it waits.").format(reasons=reasons, most=most)


def _rule(rule: Override) -> str:
    named = rule.thread or rule.place or rule.account or rule.kind or ""
    return f"{named} ({rule.schedule or _('muted')})"
