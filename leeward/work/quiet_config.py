"""Checking the `[quiet]` section. Every problem names its line, what was read and what to write.

A section with a problem that is more than a warning should not replace one that worked: the caller keeps the last good
rules in force. What `read` returns is then the part that could be understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from leeward.model import Instant
from leeward.words import _
from leeward.work import quiet_text as texts
from leeward.work.quiet import open_on
from leeward.work.quiet_course import DateRule, Do, Rules, Spell, WallSpan, Week, date_of, day_of
from leeward.work.quiet_reader import Lines, Problem, Reader, header, shown
from leeward.work.quiet_settings import (
    SYSTEM,
    Break,
    Busy,
    Channels,
    Except,
    Hours,
    Override,
    Phone,
    QuietConfig,
    Red,
    Schedule,
    Trip,
)
from leeward.work.quiet_windows import BadRule, Window, weekday

_REGION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_TERMINALS = ("auto", "osc99", "osc777", "osc9", "bell", "off")
_LONG_CLOSED = 15
_KEYS = (
    "timezone", "schedule", "holidays", "holidays_off", "badge", "schedules", "except", "rule", "trip", "tiers",
    "people", "words", "channels", "busy",
)  # fmt: skip


def read(table: Mapping[str, Any], lines: Lines) -> tuple[QuietConfig, list[Problem]]:
    """The whole section. `lines` gives the line of a path from the top of the file, such as ("quiet", "badge")."""
    problems: list[Problem] = []
    top = Reader(table, ("quiet",), lines, problems)
    top.known(*_KEYS)
    schedules = tuple(_schedule(name, part) for name, part in top.table("schedules").named())
    names = tuple(schedule.name for schedule in schedules)
    people, words, tiers = top.table("people"), top.table("words"), top.table("tiers")
    people.known("vip", "hours")
    words.known("red")
    tiers.known("red", "yellow", "green")
    defaults = QuietConfig()
    config = QuietConfig(
        timezone=top.zone("timezone", SYSTEM) or SYSTEM,
        schedule=_default_schedule(top, names),
        schedules=schedules,
        holidays=_holidays(top),
        holidays_off=top.dates("holidays_off"),
        badge=top.choice("badge", ("count", "dot", "none"), "dot"),
        excepts=tuple(made for part in top.tables("except") if (made := _except(part)) is not None),
        overrides=tuple(_override(n, part, names) for n, part in enumerate(top.tables("rule"), 1)),
        trips=tuple(trip for part in top.tables("trip") if (trip := _trip(part, names)) is not None),
        red=_red(tiers.table("red")),
        yellow=_only(tiers.table("yellow"), "due").parsed("due", texts.due_rule, defaults.yellow),
        green=_only(tiers.table("green"), "digest").parsed("digest", texts.digest_time, defaults.green),
        vip=people.texts("vip"),
        hours=_hours(people.table("hours")),
        red_words=words.texts("red"),
        channels=_channels(top.table("channels")),
        busy=_busy(top.table("busy")),
    )
    _warn_of_long_closures(top, config)
    return config, sorted(problems, key=lambda problem: problem[0])


def _only(part: Reader, *keys: str) -> Reader:
    part.known(*keys)
    return part


def _hours(part: Reader) -> tuple[tuple[str, Hours], ...]:
    found = []
    for name in part.names():
        hours = part.parsed(name, texts.hours_of, None)
        if hours is not None:
            found.append((name, hours))
    return tuple(found)


def _default_schedule(top: Reader, names: tuple[str, ...]) -> str | None:
    if "schedule" in top:
        return _schedule_name(top, "schedule", names)
    if len(names) > 1:
        listed = ", ".join(names)
        top.say(
            (), header(top.path), _("does not say which of {names} counts. Write schedule = ….").format(names=listed)
        )
    return names[0] if names else None


def _schedule_name(part: Reader, key: str, names: tuple[str, ...]) -> str | None:
    name = part.maybe(key)
    if not name or name in names:
        return name or None
    if names:
        part.wrong(key, _("no such schedule; there are {names}.").format(names=", ".join(names)))
    else:
        part.wrong(key, _("no such schedule; there are none. Write [quiet.schedules.{name}].").format(name=name))
    return None


def _schedule(name: str, part: Reader) -> Schedule:
    part.known("open", "quiet", "timezone")
    if "open" in part and "quiet" in part:
        part.say((), header(part.path), _("has both open and quiet. Use one."))
    elif "open" not in part and "quiet" not in part:
        part.say((), header(part.path), _("has neither open nor quiet. Write one of them."))
    key = "open" if "open" in part else "quiet"
    return Schedule(name, key == "quiet", _week(part, key), part.zone("timezone", None))


def _week(part: Reader, key: str) -> Week:
    days: list[list[Window]] = [[] for _day in range(7)]
    listed = part.texts(key)
    for n, text in enumerate(listed):
        try:
            for day, window in texts.windows(text):
                days[day].append(window)
        except BadRule as error:
            short = str(error).startswith(_("starts when it ends."))
            said = shown(text) if short or len(listed) > 1 else f"{key} = {shown([text])}"
            part.say((key, n), said, str(error))
    return tuple(tuple(day) for day in days)


def _holidays(top: Reader) -> tuple[str, ...]:
    regions = top.texts("holidays")
    for region in regions:
        if not _REGION.fullmatch(region):
            top.wrong("holidays", _('{region} is no region. Write such as "NL" or "DE-BY".').format(region=region))
    return tuple(region for region in regions if _REGION.fullmatch(region))


def _ends(part: Reader, *, equal: bool) -> tuple[Any, Any] | None:
    """`from` and `to`, of one kind and in order; a missing `to` of a date means that date alone."""
    start = part.raw("from")
    end = part.raw("to") if "to" in part else start
    for key, value in (("from", start), ("to", end)):
        if not isinstance(value, date):
            if key in part:
                part.wrong(key, _("is no date. Write such as 2026-12-24 or 2026-12-05T08:00:00, without quotes."))
            else:
                part.say((), header(part.path), _("has no from. Write such as from = 2026-12-24."))
            return None
    assert isinstance(start, date)
    assert isinstance(end, date)
    if _sort(start) != _sort(end):
        part.wrong("to", _("is not of the same kind as from = {start}.").format(start=shown(start)))
        return None
    if end < start:
        part.wrong("to", _("is before from = {start}.").format(start=shown(start)))
        return None
    if end == start and not equal and isinstance(start, datetime):
        part.wrong("to", _("ends when it starts, at {start}.").format(start=shown(start)))
        return None
    return start, end


def _sort(value: date) -> str:
    if not isinstance(value, datetime):
        return "date"
    return "instant" if value.tzinfo else "wall"


def _except(part: Reader) -> Except | None:
    part.known("from", "to", "do", "why")
    ends = _ends(part, equal=False)
    why = part.text("why")
    do = part.raw("do")
    if ends is None:
        return None
    start, end = ends
    if isinstance(start, datetime):
        if do not in ("quiet", "open"):
            part.wrong("do", _("is not for a time of day. Write quiet or open."))
            return None
        if start.tzinfo:
            return Spell(_instant(start), _instant(end), do == "quiet", why)
        return WallSpan(start, end, do == "quiet", why)
    try:
        return _whole_dates(start, end, do, why)
    except BadRule as error:
        part.wrong("do", str(error))
        return None


def _whole_dates(first: date, last: date, do: object, why: str) -> DateRule:
    if do in ("quiet", "open"):
        return DateRule(first, last, Do.QUIET if do == "quiet" else Do.OPEN, why=why)
    if isinstance(do, str) and do.startswith("like "):
        return DateRule(first, last, Do.LIKE, day=weekday(do.removeprefix("like ").strip().lower()), why=why)
    if isinstance(do, list) and do and all(isinstance(text, str) for text in do):
        return DateRule(first, last, Do.REPLACE, windows=tuple(texts.clock_range(text) for text in do), why=why)
    raise BadRule(_('is nothing to do. Write "quiet", "open", "like mon" or ["15:00-24:00"].'))


def _instant(when: datetime) -> Instant:
    return Instant(round(when.timestamp() * 1000))


def _override(number: int, part: Reader, names: tuple[str, ...]) -> Override:
    part.known("thread", "place", "account", "kind", "schedule", "mute", "until")
    made = Override(
        number,
        thread=part.maybe("thread"),
        place=part.maybe("place"),
        account=part.maybe("account"),
        kind=part.maybe("kind"),
        schedule=_schedule_name(part, "schedule", names),
        mute=part.flag("mute"),
        until=_until(part),
    )
    if not (made.thread or made.place or made.account or made.kind):
        part.say((), header(part.path), _("matches nothing. Name a thread, place, account or kind."))
    if "schedule" not in part and "mute" not in part:
        part.say((), header(part.path), _("does nothing. Write schedule = … or mute = true."))
    return made


def _until(part: Reader) -> datetime | Instant | None:
    until = part.raw("until")
    if until is None:
        return None
    if not isinstance(until, datetime):
        part.wrong("until", _("is no date and time. Write such as 2026-12-01T09:00:00, without quotes."))
        return None
    return _instant(until) if until.tzinfo else until


def _trip(part: Reader, names: tuple[str, ...]) -> Trip | None:
    part.known("from", "to", "timezone", "schedule", "why")
    ends = _ends(part, equal=True)
    zone = part.zone("timezone", None, system=False)
    if "timezone" not in part:
        part.say((), header(part.path), _("has no timezone. Write a place, such as America/New_York."))
    if ends is not None and isinstance(ends[0], datetime):
        part.wrong("from", _("is not a whole date. Write such as 2026-11-30."))
        return None
    schedule = _schedule_name(part, "schedule", names)
    if ends is None or zone is None:
        return None
    return Trip(ends[0], ends[1], zone, schedule, part.text("why"))


def _red(part: Reader) -> Red:
    part.known("due", "breaks_through", "repeat", "at_most")
    default = Red()
    usual = [reason.value for reason in Break if reason in default.breaks_through]
    reasons = part.words_of("breaks_through", tuple(reason.value for reason in Break), usual)
    count, within = part.parsed("repeat", texts.repeat, (default.repeat_count, default.repeat_within_ms))
    return Red(
        due=part.parsed("due", texts.due_rule, default.due),
        breaks_through=frozenset(Break(reason) for reason in reasons),
        repeat_count=count,
        repeat_within_ms=within,
        at_most=part.parsed("at_most", texts.allowance, default.at_most or 0),
    )


def _channels(part: Reader) -> Channels:
    part.known("order", "terminal", "sound", "red_passes", "phone")
    default = Channels()
    phones = []
    for phone in part.tables("phone"):
        phone.known("kind", "url", "topic")
        made = Phone(
            phone.choice("kind", ("ntfy", "gotify", "webhook", "apprise"), "ntfy"),
            phone.text("url"),
            phone.text("topic"),
        )
        if made.kind == "apprise":
            phones.append(made)  # its address holds the credential and lies with the secrets
        elif "url" not in phone:
            phone.say((), header(phone.path), _("has no url. Write such as https://ntfy.example.org."))
        elif not made.url.startswith(("https://", "http://127.0.0.1", "http://[::1]", "http://localhost")):
            phone.wrong("url", _("is no safe address. Write one that begins with https://."))
        else:
            phones.append(made)
    return Channels(
        order=part.words_of("order", default.order, default.order),
        terminal=part.choice("terminal", _TERMINALS, "auto"),
        sound=part.flag("sound", default=True),
        phone=tuple(phones),
        red_passes=part.flag("red_passes"),
    )


def _busy(part: Reader) -> Busy:
    part.known("calendars", "tentative", "all_day", "slack")
    slack = part.parsed("slack", texts.minutes, 0)
    return Busy(part.texts("calendars"), part.flag("tentative"), part.flag("all_day"), slack)


def _warn_of_long_closures(top: Reader, config: QuietConfig) -> None:
    """Say which schedule never opens for a fortnight and more around an exception, or never at all."""
    dates = tuple(entry for entry in config.excepts if isinstance(entry, DateRule))
    for schedule in config.schedules:
        rules = Rules("UTC", schedule.mode_quiet, schedule.week, dates)
        told: date | None = None
        for start in [date(2026, 1, 5), *(entry.first for entry in dates if 1970 <= entry.first.year < 9000)]:
            first, opens = _closed_around(rules, start)
            if first is None or told == first:
                continue
            told = first
            said = _('schedule "{name}" never opens between {first} and {opens}; yellow due dates move past it.')
            if opens is None:
                said = _('schedule "{name}" never opens; nothing will be due.')
            text = header(("quiet", "schedules", schedule.name))
            sentence = said.format(name=schedule.name, first=first, opens=opens)
            top.say(("schedules", schedule.name), text, sentence, warning=True)


def _closed_around(rules: Rules, start: date) -> tuple[date | None, date | None]:
    """The first date of the closed run that `start` is in and the date that opens again, if the run is long."""
    day = day_of(start)
    if open_on(rules, day):
        return None, None
    first = day
    while first > day - 60 and not open_on(rules, first - 1):
        first -= 1
    opens = day
    while opens < day + 400 and not open_on(rules, opens):
        opens += 1
    if opens - first < _LONG_CLOSED:
        return None, None
    return date_of(first), date_of(opens) if opens < day + 400 else None
