"""What is remembered between pulls: how far each place was read, what waits, and which notes are known in which state."""

from __future__ import annotations

import json

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.zoom.api.shape import Row, ident, number, obj, text
from leeward.model import Instant, RemoteId


class Gap(Struct, frozen=True):
    """Lines still to be read: those of [since, until], at most `left` of them."""

    since: int
    until: int
    left: int


class Mark(Struct, frozen=True):
    """Where a place stands, in milliseconds.

    newest: its newest line. back: from where its newest lines are read again. low: everything since then was listed.
    stamp: what the list of conversations said of its newest line when it was read last.
    threads: roots of threads still to be read, with when they began. below: roots older than `low` that are threads.
    """

    newest: int = 0
    back: int = 0
    low: int = 0
    stamp: int = 0
    gaps: tuple[Gap, ...] = ()
    threads: dict[str, int] = field(default_factory=dict)
    below: tuple[str, ...] = ()

    def without(self, root: str) -> Mark:
        """The thread `root` was read."""
        return replace(self, threads={id: at for id, at in self.threads.items() if id != root})


class Reminder(Struct, frozen=True):
    """A reminder on a message: where that is, when it rings, whether it was told already, and what it says."""

    place: str
    at: int
    shown: bool
    title: str
    thread: str = ""


class Cursor(Struct):
    """since: until when the list of conversations was read. due: places that moved and were not read yet.

    narrow: Zoom refused a long stretch of time, so the past is asked for month by month. notes: digests of recordings
    and summaries of the last weeks. noted: until when each sort of note was listed. reminders: by the id of their message.
    """

    me: str = ""
    since: int = 0
    narrow: bool = False
    at: dict[str, Mark] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    noted: dict[str, int] = field(default_factory=dict)
    reminders: dict[str, Reminder] = field(default_factory=dict)

    def mark(self, place: str) -> Mark:
        """Where a place stands; at the beginning when nothing is known of it."""
        return self.at.get(place, Mark())

    def dump(self) -> str:
        """As it is stored; the same position makes the same text."""
        at = {place: _packed(mark) for place, mark in sorted(self.at.items())}
        held = {"me": self.me, "since": self.since, "narrow": self.narrow, "at": at, "due": self.due}
        held |= {"notes": dict(sorted(self.notes.items())), "noted": dict(sorted(self.noted.items()))}
        kept = {id: [one.place, one.at, one.shown, one.title, one.thread] for id, one in sorted(self.reminders.items())}
        return json.dumps(held | {"reminders": kept}, separators=(",", ":"))


def _packed(mark: Mark) -> Row:
    found: dict[str, object] = {"n": mark.newest, "b": mark.back, "l": mark.low, "s": mark.stamp}
    found |= {"g": [[gap.since, gap.until, gap.left] for gap in mark.gaps]} if mark.gaps else {}
    found |= {"t": dict(sorted(mark.threads.items()))} if mark.threads else {}
    return found | ({"r": list(mark.below)} if mark.below else {})


def load(stored: str | None, me: RemoteId) -> Cursor:
    """What `dump` made; a beginning for anything else, and for another person's."""
    try:
        held = obj(json.loads(stored)) if stored else {}
    except ValueError:
        held = {}
    if held.get("me") != me:
        return Cursor(me)
    reminders = {
        id: Reminder(text(told[0]), number(told[1]) or 0, told[2] is True, text(told[3]), text(told[4]))
        for id, told in obj(held.get("reminders")).items()
        if isinstance(told, list) and len(told) == 5
    }
    return Cursor(
        me,
        number(held.get("since")) or 0,
        held.get("narrow") is True,
        {place: _mark(obj(told)) for place, told in obj(held.get("at")).items()},
        _numbers(held.get("due")),
        {id: text(digest) for id, digest in obj(held.get("notes")).items()},
        _numbers(held.get("noted")),
        reminders,
    )


def _numbers(value: object) -> dict[str, int]:
    return {name: found for name, told in obj(value).items() if (found := number(told)) is not None}


def _mark(held: Row) -> Mark:
    gaps, below = held.get("g"), held.get("r")
    newest, back, low, stamp = (number(held.get(name)) or 0 for name in ("n", "b", "l", "s"))
    return Mark(
        newest,
        back,
        low,
        stamp,
        tuple(
            Gap(number(each[0]) or 0, number(each[1]) or 0, number(each[2]) or 0)
            for each in (gaps if isinstance(gaps, list) else ())
            if isinstance(each, list) and len(each) == 3
        ),
        {id: at for id, at in _numbers(held.get("t")).items() if ident(id)},
        tuple(text(each) for each in (below if isinstance(below, list) else ()) if ident(each)),
    )


def beginning(newest: int, history: int, now: Instant) -> tuple[int, tuple[Gap, ...]]:
    """Where the first reading of a place starts, and what is left for later: all that is older."""
    start = max(0, min(newest or now, now) - FIRST_MS)
    return start, ((Gap(0, start, history),) if history > 0 else ())


FIRST_MS = 30 * 86_400_000
"""How far back a place is read at once when it is met first."""
