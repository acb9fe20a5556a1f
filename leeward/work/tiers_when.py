"""Days and times as people write them ("Fri 16:00", "di 9u", "in 2h", "24 Nov"), read relative to an instant and a zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from msgspec import Struct

from leeward import zones
from leeward.model import Due, Instant
from leeward.work.tiers_words import ALONE, AS, AT, DAYS_AHEAD, MONTHS, NEXT, ON, PARTS, THIS, UNITS, WEEKDAYS

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(z|[+-]\d\d:?\d\d)?)?(?![\d:-])"
)
_NUMERIC = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})$")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d)(?:u|uur|h)?|(?:u|uur|h)(\d\d)?)$")
_TWELVE = re.compile(r"(\d{1,2})(?::(\d\d))?(am|pm)$")
_DURATION = re.compile(r"(\d{1,4})([a-z]+)(?:(\d{1,2})m?)?$")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|e|ste|de)?$")
_WORD = re.compile(r"\S+")
_WEEK = 7
_LONGEST = 400  # letters: no time is written longer

Found = tuple[Due, int]
"""What was read, and how many words it took."""


class _Now(Struct, frozen=True):
    """The instant times are read from: UTC milliseconds, the wall time there, the zone.

    `typed`: the owner typed it and nothing else; then "Fri" on a Friday is a week from now, and "2h" is a span.
    """

    instant: Instant
    wall: datetime
    zone: str
    typed: bool

    def at(self, wall: datetime) -> Instant:
        return zones.instant(wall, zones.zone(self.zone))


def parse_when(text: str, now: Instant, zone: str) -> Due | None:
    """The day or instant `text` names and nothing besides ("di 9u", "in 2h", "tomorrow 9:00", "mon", ISO forms).

    A time without a day is the next such time; a weekday is never today. None where `text` says something else.
    Raises ValueError for an unknown zone.
    """
    words = _split(text)
    found = _read(words, _now(now, zone, typed=True)) if words else None
    return found[0] if found is not None and found[1] == len(words) else None


def read_when(text: str, at: Instant, zone: str) -> Due | None:
    """The day or instant at the beginning of running text; "Fri" may be today. Raises ValueError for an unknown zone."""
    words = _split(text)
    found = _read(words, _now(at, zone, typed=False)) if words else None
    return found[0] if found is not None else None


def _now(instant: Instant, zone: str, *, typed: bool) -> _Now:
    return _Now(instant, zones.wall(instant, zones.zone(zone)), zone, typed)


def _split(text: str) -> list[str]:
    plain = (word.strip(",;()").rstrip("!?.") for word in _WORD.findall(text[:_LONGEST].lower()))
    words = " ".join(AS.get(word, word) for word in plain).split()
    for at, (one, two) in enumerate(pairwise(words)):
        if one in THIS and two in PARTS:
            words[at] = "today"
    return words


def _read(words: list[str], now: _Now) -> Found | None:
    try:
        for reader in (_iso, _span, _day_then_time, _time_then_day):
            found = reader(words, now)
            if found is not None:
                return found
    except (OverflowError, ValueError):  # a day that no calendar has, or beyond the year 9999
        return None
    return None


def _iso(words: list[str], now: _Now) -> Found | None:
    text = " ".join(words[:2])
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    taken = found[0].count(" ") + 1
    on = date(int(year), int(month), int(day))
    if hour is None:
        return (on, taken) if words[0] == found[0] else None
    wall = datetime.combine(on, time(int(hour), int(minute), int(second or 0)))
    if found.end() != len(" ".join(words[:taken])):
        return None
    if offset is None:
        return now.at(wall), taken
    moment = datetime.fromisoformat(wall.isoformat() + offset.upper())
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)), taken


def _span(words: list[str], now: _Now) -> Found | None:
    """A span from now: "in 2h", "over 3 dagen", and "2h" or "45 min" by themselves."""
    led = words[0] in {"in", "over", "within", "binnen"}
    rest = words[1:] if led else words
    if not rest:
        return None
    count, unit, extra, taken = _amount(rest)
    if unit is None or count is None:
        return None
    if not led and (not now.typed or any(word.rstrip("r").endswith("u") for word in rest[:taken])):
        return None  # "9u" and "9 uur" are times of the day; so is "by 16h" in running text
    taken += led
    if unit in {"m", "h"}:
        minutes = count * 60 + extra if unit == "h" else count
        return Instant(now.instant + minutes * 60_000), taken
    return (now.wall + timedelta(days=count * (_WEEK if unit == "w" else 1))).date(), taken


def _amount(words: list[str]) -> tuple[int | None, str | None, int, int]:
    """(count, unit, extra minutes, words taken) of "2h30", "2 hours", "an hour", "een uur"."""
    joined = _DURATION.match(words[0])
    if joined is not None and joined[2] in UNITS:
        return int(joined[1]), UNITS[joined[2]], int(joined[3] or 0), 1
    unit = UNITS.get(words[1]) if len(words) > 1 else None
    if words[0] in {"a", "an", "one", "een"}:
        return 1, unit, 0, 2
    if words[0].isascii() and words[0].isdigit() and len(words[0]) < 5:
        return int(words[0]), unit, 0, 2
    return None, None, 0, 0


def _day_then_time(words: list[str], now: _Now) -> Found | None:
    day = _day(words, now)
    if day is None:
        return None
    on, taken, fixed = day
    at = _time(words[taken:], after_day=True)
    if at is None:
        return on, taken
    clock, more = at
    due = datetime.combine(on, clock)
    if not fixed and due <= now.wall:
        due += timedelta(days=_WEEK)
    return now.at(due), taken + more


def _time_then_day(words: list[str], now: _Now) -> Found | None:
    at = _time(words, after_day=False)
    if at is None:
        return None
    clock, taken = at
    skip = 1 if words[taken : taken + 1] and words[taken] in ON else 0
    day = _day(words[taken + skip :], now) if len(words) > taken + skip else None
    if day is not None:
        on, more, fixed = day
        due = datetime.combine(on, clock)
        if not fixed and due <= now.wall:
            due += timedelta(days=_WEEK)
        return now.at(due), taken + skip + more
    due = datetime.combine(now.wall.date(), clock)
    return now.at(due if due > now.wall else due + timedelta(days=1)), taken


def _time(words: list[str], *, after_day: bool) -> tuple[time, int] | None:
    """A time of the day at the beginning of `words`; a bare hour only after a day or "at"."""
    if not words:
        return None
    word, skip = words[0], 0
    if word in AT | {"in"} and len(words) > 1:
        word, skip = words[1], 1
    if word in PARTS and (after_day or word in ALONE):
        return _part(words[skip:], skip)
    if words[0] == "in":
        return None
    following = words[skip + 1] if len(words) > skip + 1 else ""
    for joined, taken in ((word + following, 2), (word, 1)):
        if taken == 1 or following in {"am", "pm", "u", "uur", "h"}:
            clock = _clock(joined)
            if clock is not None:
                return clock, skip + taken
    if (after_day or skip) and word.isascii() and word.isdigit() and int(word) < 24 and following not in MONTHS:
        return time(int(word)), skip + 1
    return None


def _part(words: list[str], skip: int) -> tuple[time, int]:
    """A part of a day, made exact by a time that follows: "tomorrow evening at 7pm"."""
    exact = _time(words[1:], after_day=False) if len(words) > 1 else None
    return (time(PARTS[words[0]]), skip + 1) if exact is None else (exact[0], skip + 1 + exact[1])


def _clock(word: str) -> time | None:
    twelve = _TWELVE.match(word)
    if twelve is not None:
        hour, minute = int(twelve[1]), int(twelve[2] or 0)
        return time(hour % 12 + (12 if twelve[3] == "pm" else 0), minute) if 1 <= hour <= 12 and minute < 60 else None
    found = _TIME.match(word)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


Day = tuple[date, int, bool]
"""A day, the words it took, and whether it is fixed: a weekday whose time has passed moves on by a week."""


def _day(words: list[str], now: _Now) -> Day | None:
    readers: tuple[Callable[[list[str], _Now], Day | None], ...] = (_named, _ending, _weekday, _dated)
    skip = 1 if len(words) > 1 and words[0] in ON | {"the", "de"} else 0
    for reader in readers:
        found = reader(words[skip:], now) if len(words) > skip else None
        if found is not None:
            return found[0], found[1] + skip, found[2]
    return None


def _named(words: list[str], now: _Now) -> Day | None:
    today = now.wall.date()
    first = words[0]
    pair = " ".join(words[:2])
    if first in DAYS_AHEAD:
        return today + timedelta(days=DAYS_AHEAD[first]), 1, True
    if words[:3] == ["day", "after", "tomorrow"]:
        return today + timedelta(days=2), 3, True
    if pair in {"next week", "volgende week"}:
        weekday = WEEKDAYS.get(" ".join(words[2:3]))
        monday = today + timedelta(days=_WEEK - today.weekday())
        return monday + timedelta(days=weekday or 0), 2 if weekday is None else 3, True
    return None


def _ending(words: list[str], now: _Now) -> Day | None:
    """The end of a day, of the working week, of a month."""
    today = now.wall.date()
    next_month = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    for on, short, long in (
        (today + timedelta(days=(4 - today.weekday()) % _WEEK), ("eow", "weekend"), ("week",)),
        (today, ("eod", "cob"), ("day", "dag")),
        (next_month - timedelta(days=1), ("eom",), ("month", "maand")),
    ):
        taken = _ended(words, short, long)
        if taken is not None:
            return on, taken, True
    return None


def _ended(words: list[str], short: tuple[str, ...], long: tuple[str, ...]) -> int | None:
    """How many words say "the end of …": "eow", "end of the week", "eind van de week", "eind deze week"."""
    if words[0] in short:
        return 1
    if words[0] not in {"end", "eind", "einde"}:
        return None
    taken = 1
    while words[taken : taken + 1] and words[taken] in {"of", "van", "the", "de", "this", "deze"}:
        taken += 1
    return taken + 1 if taken > 1 and words[taken : taken + 1] and words[taken] in long else None


def _weekday(words: list[str], now: _Now) -> Day | None:
    today = now.wall.date()
    skip = 1 if len(words) > 1 and words[0] in NEXT | THIS else 0
    weekday = WEEKDAYS.get(words[skip])
    if weekday is None:
        return None
    if " ".join(words[skip + 1 : skip + 3]) in {"next week", "volgende week"}:
        return today + timedelta(days=_WEEK - today.weekday() + weekday), skip + 3, True
    if skip and words[0] == "next":
        return today + timedelta(days=_WEEK - today.weekday() + weekday), 2, True
    ahead = (weekday - today.weekday()) % _WEEK
    timed = _time(words[skip + 1 :], after_day=True) is not None
    if ahead == 0 and now.typed and not timed:
        ahead = _WEEK
    return today + timedelta(days=ahead), skip + 1, False


def _dated(words: list[str], now: _Now) -> Day | None:
    numeric = _NUMERIC.match(words[0])
    if numeric is not None:
        day, mark, month, year = int(numeric[1]), numeric[2], int(numeric[3]), int(numeric[4])
        if mark == "/" and day <= 12:
            return None  # half the world would read the other day
        return date(year, month, day), 1, True
    if len(words) < 2:
        return None
    for first, second in ((0, 1), (1, 0)):
        day_word, month_number = _DAY.match(words[first]), MONTHS.get(words[second])
        if day_word is not None and month_number is not None:
            return _in_year(int(day_word[1]), month_number, words[2:3], now)
    return None


def _in_year(day: int, month: int, following: list[str], now: _Now) -> Day | None:
    """A day of a month: in the year that follows, else the next time it comes round (29 February may take years)."""
    if following and re.fullmatch(r"(?:19|20|21)\d\d", following[0]):
        return date(int(following[0]), month, day), 3, True
    today = now.wall.date()
    for year in range(today.year, today.year + 9):
        try:
            on = date(year, month, day)
        except ValueError:
            continue
        if on >= today:
            return on, 2, True
    return None
