"""The short texts a person writes about quiet hours: windows, durations, dues, digests. Each raises `BadRule`."""

from __future__ import annotations

import re

from leeward import zones
from leeward.words import _
from leeward.work.quiet_settings import DigestTime, DueKind, DueRule, Every, Hours
from leeward.work.quiet_windows import DAY_MINUTES, DAYS, BadRule, Window, clock_minutes, weekday, window

_HOURS_ONLY = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\s*-\s*([0-9]{1,2})(?::([0-9]{2}))?")
_LONG = re.compile(r"([a-z]{3})\s+([0-9:]+)\s*-\s*([a-z]{3})\s+([0-9:]+)")
_DAYS = re.compile(r"[a-z]+(?:\s*[-,]\s*[a-z]+)*")
_PART = re.compile(r"([0-9]{1,6})\s*(d|h|min|m)")
_LONGEST = 3660 * DAY_MINUTES
_UNITS = {"d": DAY_MINUTES, "h": 60, "min": 1, "m": 1}


def windows(text: str) -> list[tuple[int, Window]]:
    """Pairs of weekday and window: "mon-fri 09:00-12:30", "daily 22:00-07:00" or "fri 18:00 - mon 08:00"."""
    plain = " ".join(text.lower().split())
    long = _LONG.fullmatch(plain)
    if long is not None:
        return [_over_days(*long.groups())]
    named = _DAYS.match(plain)
    if named is None:
        raise BadRule(_("names no days. Write daily, or such as mon-fri, before the times."))
    shape = clock_range(plain[named.end() :].strip())
    return [(day, shape) for day in _days(named[0])]


def clock_range(text: str) -> Window:
    """A window of one day: "09:00-12:30"."""
    found = _HOURS_ONLY.fullmatch(text)
    if found is None:
        raise BadRule(_("{text} is no time span. Write such as 09:00-17:00.").format(text=text or '""'))
    first, first_minutes, last, last_minutes = found.groups()
    if first_minutes is None or last_minutes is None or len(first) < 2 or len(last) < 2:
        better = f"{int(first):02}:{first_minutes or '00'}-{int(last):02}:{last_minutes or '00'}"
        said = _("{text} has no minutes. Write {better}.")
        if first_minutes and last_minutes:
            said = _("{text} has an hour of one digit. Write {better}.")
        raise BadRule(said.format(text=text, better=better))
    return window(f"{first}:{first_minutes}", f"{last}:{last_minutes}")


def minutes(text: str) -> int:
    """A duration such as "2h", "1h 30m", "90 min" or "3d" in minutes."""
    plain = text.strip().lower()
    parts = _PART.findall(plain)
    if not parts or _PART.sub("", plain).strip():
        raise BadRule(_("{text} is no length of time. Write such as 30m or 2h.").format(text=text))
    total = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if total < 1:
        raise BadRule(_("{text} is no time at all.").format(text=text))
    if total > _LONGEST:
        raise BadRule(_("{text} is longer than ten years.").format(text=text))
    return total


def due_rule(text: str) -> DueRule:
    """How soon something is due: "today", "2 workdays", "48h open" or "48h"."""
    plain = " ".join(text.lower().split())
    if plain == "today":
        return DueRule(DueKind.TODAY)
    days = re.fullmatch(r"([0-9]{1,3}) workdays?", plain)
    if days is not None and int(days[1]) > 0:
        return DueRule(DueKind.WORKDAYS, int(days[1]))
    counted, of_open = plain.removesuffix("open"), plain.endswith("open")
    try:
        return DueRule(DueKind.OPEN if of_open else DueKind.CLOCK, minutes(counted))
    except BadRule as error:
        said = _("{text} says no due time. Write today, 2 workdays, 48h open or 48h.")
        raise BadRule(said.format(text=text)) from error


def digest_time(text: str) -> DigestTime:
    """When a digest comes: "daily 16:30", "weekly fri 15:00", "monthly 1 09:00", "monthly last-workday 09:00"."""
    parts = text.lower().split()
    minute = clock_minutes(parts[-1]) if parts else 0
    match parts:
        case ["daily", _clock]:
            return DigestTime(Every.DAY, minute)
        case ["weekly", day, _clock]:
            return DigestTime(Every.WEEK, minute, weekday(day))
        case ["monthly", "last", _clock]:
            return DigestTime(Every.LAST_DAY, minute)
        case ["monthly", "last-workday", _clock]:
            return DigestTime(Every.LAST_WORKDAY, minute)
        case ["monthly", day, _clock] if day.isascii() and day.isdigit() and 1 <= int(day) <= 31:
            return DigestTime(Every.MONTH, minute, int(day))
    said = _("{text} is no time for a digest. Write such as daily 16:30, weekly fri 15:00 or monthly last 09:00.")
    raise BadRule(said.format(text=text))


def repeat(text: str) -> tuple[int, int]:
    """How often in how many milliseconds: "2 in 10m"."""
    found = re.fullmatch(r"\s*([0-9]{1,3})\s+in\s+(.+)", text)
    if found is None or int(found[1]) < 2:
        raise BadRule(_("{text} says no repeat. Write such as 2 in 10m.").format(text=text))
    return int(found[1]), minutes(found[2]) * 60_000


def hours_of(text: str) -> Hours:
    """Somebody's hours: "mon-fri 09:00-17:00", "mon-thu 10:00-16:00; fri 10:00-14:00 in Europe/Lisbon"."""
    plain, _in, place = text.partition(" in ")
    named = place.strip() or None
    if named is not None:
        try:
            zones.zone(named)
        except ValueError as error:
            raise BadRule(str(error)) from error
    days: list[list[Window]] = [[] for _day in DAYS]
    for part in plain.split(";"):
        for day, shape in windows(part.strip()):
            days[day].append(shape)
    return Hours(tuple(tuple(day) for day in days), named)


def allowance(text: str) -> int:
    """How many may break through: "3 per quiet"."""
    found = re.fullmatch(r"\s*([0-9]{1,4})\s+per\s+quiet\s*", text)
    if found is None:
        raise BadRule(_("{text} says no allowance. Write such as 3 per quiet.").format(text=text))
    return int(found[1])


def _days(text: str) -> list[int]:
    if text == "daily":
        return list(range(7))
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        begin = weekday(first)
        length = (weekday(last) - begin) % 7 if dash else 0
        found.update((begin + n) % 7 for n in range(length + 1))
    return sorted(found)


def _over_days(first: str, start: str, last: str, end: str) -> tuple[int, Window]:
    day = weekday(first)
    begin, finish = clock_minutes(start), clock_minutes(end, end=True)
    over = (weekday(last) - day) % 7
    if over == 0 and begin == finish:
        raise BadRule(_("starts when it ends. For a whole day write 00:00-24:00; for none, delete it."))
    if over == 0 and finish < begin:
        over = len(DAYS)
    return day, Window(begin, over * DAY_MINUTES + finish)
