"""The week of one schedule as something to paint on: from its lines in the settings to minutes of the week and back.

A week is a ring of 10,080 minutes, Monday 00:00 first; what the schedule's windows cover is marked. Lines that painting
did not touch keep their text; the rest is written anew, days of the same times together, windows over midnight in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from leeward.words import _
from leeward.work import quiet_text
from leeward.work.quiet_course import Week
from leeward.work.quiet_windows import (
    DAY_MINUTES,
    DAYS,
    BadRule,
    Stretch,
    Stretches,
    Window,
    clip,
    complement,
    merge,
    paint,
)
from leeward.work.quiet_words import say_week

WEEK = len(DAYS) * DAY_MINUTES
FIRST = ("mon-fri 09:00-12:30", "mon-fri 13:00-17:30")
"""What a first schedule begins with."""

_SHORT = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\s*-\s*([0-9]{1,2})(?::([0-9]{2}))?")


class Draft(Struct, frozen=True, dict=True):
    """A week being edited. `base`: its lines as the settings have them; `quiet`: they say when it is quiet, not open.

    `marks` is what its windows cover. Not slotted, so that the lines are worked out once.
    """

    base: tuple[str, ...]
    quiet: bool
    marks: Stretches

    @classmethod
    def of(cls, lines: Sequence[str], *, quiet: bool = False) -> Draft:
        """The week of these lines. Raises `BadRule`."""
        return cls(tuple(lines), quiet, marked(lines))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines to write."""
        return written(self.base, self.marks)

    @property
    def changed(self) -> bool:
        """Whether the lines are not those of the settings."""
        return self.lines != self.base

    @property
    def open(self) -> Stretches:
        """The open minutes of the week."""
        return complement(self.marks, 0, WEEK) if self.quiet else self.marks

    def open_in(self, start: int, end: int) -> int:
        """How many minutes of [start, end) are open."""
        return sum(last - first for first, last in clip(self.open, start, end))

    def open_at(self, minute: int) -> bool:
        """Whether it is open in that minute of the week."""
        return any(first <= minute % WEEK < last for first, last in self.open)

    def next_change(self, minute: int) -> int | None:
        """How many minutes on it turns; None where it never does."""
        state = self.open_at(minute)
        edges = sorted((edge - minute) % WEEK or WEEK for stretch in self.open for edge in stretch)
        return next((edge for edge in edges if self.open_at(minute + edge) != state), None)

    def painted(self, start: int, end: int, *, opened: bool) -> Draft:
        """With [start, end) open or quiet; `end` may lie in the next week."""
        return replace(self, marks=laid(self.marks, start, end, fill=opened != self.quiet))

    def on_day(self, day: int) -> Stretches:
        """The open minutes of one day, from its 00:00."""
        begin = day * DAY_MINUTES
        return tuple((a - begin, b - begin) for a, b in clip(self.open, begin, begin + DAY_MINUTES))

    def typed(self, day: int, text: str) -> Draft:
        """With the times of one day as typed: when it is open; what reaches past midnight goes on. Raises `BadRule`."""
        return self.typed_on((day,), text)

    def typed_on(self, days: Iterable[int], text: str) -> Draft:
        """The same for several days at once, so that no day takes away the night that the one before it began."""
        begins = [day * DAY_MINUTES for day in days]
        made, windows = self, times(text)
        for begin in begins:
            made = made.painted(begin, begin + DAY_MINUTES, opened=False)
        for begin in begins:
            for window in windows:
                made = made.painted(begin + window.start, begin + window.end, opened=True)
        return made

    def copied(self, source: int, days: Iterable[int]) -> Draft:
        """With the windows that start on one day also on these, in place of theirs."""
        goals = set(days) - {source}
        pieces = pieces_of(self.marks, crossings(self.base))
        own = [window for day, window in pieces if day == source]
        kept = [(day, window) for day, window in pieces if day not in goals]
        return replace(self, marks=_union([*kept, *((day, window) for day in goals for window in own)]))


class History:
    """Drafts one after the other, to go back and forth through."""

    def __init__(self, first: Draft) -> None:
        self._all: list[tuple[str, Draft]] = [("", first)]
        self._at = 0

    @property
    def now(self) -> Draft:
        """The draft that counts."""
        return self._all[self._at][1]

    def put(self, what: str, draft: Draft) -> bool:
        """A change with its name; False where it changes nothing."""
        if draft.marks == self.now.marks:
            return False
        self._all[self._at + 1 :] = [(what, draft)]
        self._at += 1
        return True

    def undo(self) -> str | None:
        """One step back: its name; None at the beginning."""
        if not self._at:
            return None
        self._at -= 1
        return self._all[self._at + 1][0]

    def redo(self) -> str | None:
        """One step forth: its name; None at the end."""
        if self._at + 1 >= len(self._all):
            return None
        self._at += 1
        return self._all[self._at][0]


def week_of(lines: Sequence[str]) -> Week:
    """The windows of some lines, by the day they start on. Raises `BadRule`."""
    days: list[list[Window]] = [[] for _day in DAYS]
    for line in lines:
        for day, window in quiet_text.windows(line):
            days[day].append(window)
    return tuple(tuple(day) for day in days)


def marked(lines: Iterable[str]) -> Stretches:
    """What some lines cover, on the ring of the week. Raises `BadRule`."""
    return _union([piece for line in lines for piece in quiet_text.windows(line)])


def laid(marks: Stretches, start: int, end: int, *, fill: bool) -> Stretches:
    """Marks with [start, end) filled or taken away, round the end of the week."""
    for first, last in _ring(start, end):
        marks = paint(marks, first, last, fill=fill)
    return marks


def times(text: str) -> list[Window]:
    """The windows of one day as typed: "9-12:30, 13-17:30", "22:00-07:00"; "none" is none, "all" is all day.

    Raises `BadRule` with a sentence.
    """
    plain = " ".join(text.lower().replace("\u2013", "-").split())
    if plain in {"", "none", "-", "quiet"}:
        return []
    if plain in {"all", "open", "all day"}:
        return [Window(0, DAY_MINUTES)]
    found = _SHORT.findall(plain)
    if not found or _SHORT.sub("", plain).replace(",", "").replace("and", "").strip():
        raise BadRule(_("{text} is no time span. Write such as 9-12:30, 13-17:30, all or none.").format(text=text))
    spans = (f"{int(a):02}:{b or '00'}-{int(c):02}:{d or '00'}" for a, b, c, d in found)
    return [quiet_text.clock_range(span) for span in spans]


def days(text: str) -> tuple[int, ...]:
    """The days as typed: "tue-fri", "sat, sun", "daily", "weekdays". Raises `BadRule`."""
    plain = text.strip().lower()
    plain = {"weekdays": "mon-fri", "weekend": "sat-sun", "all": "daily", "": "?"}.get(plain, plain)
    return tuple(sorted({day for day, _window in quiet_text.windows(f"{plain} 00:00-24:00")}))


def written(base: Sequence[str], marks: Stretches) -> tuple[str, ...]:
    """Lines that cover just these marks; those of `base` that no change comes near stay as they are, in their places."""
    moved = _differences(marked(base), marks)
    kept = [not any(_meets(piece, moved) for piece in quiet_text.windows(line)) for line in base]
    stay = [line for line, keeps in zip(base, kept, strict=True) if keeps]
    rest = marks
    for first, last in marked(stay):
        rest = laid(rest, first, last, fill=False)
    touched = [line for line, keeps in zip(base, kept, strict=True) if not keeps]
    fresh = say_week(_by_day(pieces_of(rest, crossings(touched))))
    at = kept.index(False) if touched else len(base)
    return (*base[:at], *fresh, *(line for line, keeps in zip(base[at:], kept[at:], strict=True) if keeps))


def crossings(lines: Iterable[str]) -> frozenset[int]:
    """The midnights, as minutes of the week, that windows of these lines run over."""
    found: set[int] = set()
    for line in lines:
        for day, window in quiet_text.windows(line):
            midnights = range(DAY_MINUTES, window.end, DAY_MINUTES)
            found.update((day * DAY_MINUTES + midnight) % WEEK for midnight in midnights)
    return frozenset(found)


def pieces_of(marks: Stretches, over: frozenset[int]) -> list[tuple[int, Window]]:
    """Marks as windows with the day they start on: cut at midnights, but for those in `over` and for plain nights."""
    whole = list(marks)
    if whole and whole != [(0, WEEK)] and whole[0][0] == 0 and whole[-1][1] == WEEK:
        whole = [*whole[1:-1], (whole[-1][0], WEEK + whole[0][1])]
    found = []
    for start, end in whole:
        cuts = [start, *_cuts(start, end, over), end]
        found += [_placed(first, last) for first, last in pairwise(cuts)]
    return sorted(found, key=lambda piece: (piece[0], piece[1].start))


def _cuts(start: int, end: int, over: frozenset[int]) -> list[int]:
    """The midnights inside a stretch at which one window ends and another begins."""
    first = (start // DAY_MINUTES + 1) * DAY_MINUTES
    midnights = list(range(first, end, DAY_MINUTES))
    if start % DAY_MINUTES == 0 and end - start >= WEEK:
        return midnights
    if start % DAY_MINUTES and end - start <= DAY_MINUTES:
        return []
    return [midnight for midnight in midnights if midnight % WEEK not in over]


def _placed(start: int, end: int) -> tuple[int, Window]:
    day, minute = divmod(start, DAY_MINUTES)
    return day % len(DAYS), Window(minute, minute + end - start)


def _by_day(pieces: Iterable[tuple[int, Window]]) -> Week:
    found: list[list[Window]] = [[] for _day in DAYS]
    for day, window in pieces:
        found[day].append(window)
    return tuple(tuple(day) for day in found)


def _union(pieces: Iterable[tuple[int, Window]]) -> Stretches:
    return merge(
        part
        for day, window in pieces
        for part in _ring(day * DAY_MINUTES + window.start, day * DAY_MINUTES + window.end)
    )


def _ring(start: int, end: int) -> list[Stretch]:
    """[start, end) on the ring of the week, in one part or two."""
    if end - start >= WEEK:
        return [(0, WEEK)]
    length, start = end - start, start % WEEK
    parts = [(start, min(WEEK, start + length)), (0, start + length - WEEK)]
    return [(first, last) for first, last in parts if first < last]


def _differences(old: Stretches, new: Stretches) -> Stretches:
    """What is in one and not in the other."""
    gone = [part for first, last in old for part in complement(clip(new, first, last), first, last)]
    come = [part for first, last in new for part in complement(clip(old, first, last), first, last)]
    return merge([*gone, *come])


def _meets(piece: tuple[int, Window], moved: Stretches) -> bool:
    """Whether a change lies in a window or right beside it."""
    day, window = piece
    start, end = day * DAY_MINUTES + window.start, day * DAY_MINUTES + window.end
    parts = _ring(start - 1, end + 1)
    return any(clip(moved, first, last) for first, last in parts)
