"""Where a pull stopped, a project and a sort at a time, and what a thread's version remembers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from connectors.gitlab.api.hostile import ident, obj
from leeward.model import Instant, RemoteId

OVERLAP_MS = 120_000
AHEAD_MS = 300_000
HOUR_MS = 3_600_000
ABSENT = "absent"
"""Said by a side that is not there: no wiki, no licence."""

MAX_HELD = 400
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Mark(Struct):
    """One listing: the newest server stamp taken in, and what was taken in within the overlap before it."""

    at: Instant
    near: dict[str, str] = field(default_factory=dict)

    @property
    def after(self) -> Instant:
        """From where to ask again."""
        return Instant(self.at - OVERLAP_MS)

    def take(self, updated: Instant, iid: str, moved: str, now: Instant | None) -> None:
        """Move on to `updated`, but never beyond what the server calls now."""
        bound = updated if now is None else min(updated, now + AHEAD_MS)
        self.at = Instant(max(self.at, bound))
        self.near[iid] = f"{updated}|{moved}"

    def trim(self) -> None:
        """Forget what lies before the overlap."""
        kept = {iid: held for iid, held in self.near.items() if int(held.partition("|")[0]) >= self.after - 1000}
        self.near = kept

    def knows(self, iid: str, moved: str) -> bool:
        """Whether this very state was taken in already."""
        return self.near.get(iid, "").partition("|")[2] == moved


class Side(Struct, frozen=True):
    """What is looked at now and then only: when that was, by the server's clock, and what it said."""

    at: Instant
    said: str = ""


class Cursor(Struct):
    """The whole position. `waits`: to-dos that were pending. `sides`: wikis, boards and epics."""

    marks: dict[str, Mark] = field(default_factory=dict)
    waits: tuple[RemoteId, ...] = ()
    sides: dict[str, Side] = field(default_factory=dict)

    def rests(self, name: str, now: Instant) -> Side | None:
        """A side that was looked at within the hour, and need not be asked for again."""
        held = self.sides.get(name)
        return held if held is not None and 0 <= now - held.at < HOUR_MS else None

    def dump(self) -> str:
        """As the store keeps it."""
        marks = {name: [mark.at, mark.near] for name, mark in sorted(self.marks.items())}
        sides = {name: [side.at, side.said] for name, side in sorted(self.sides.items())}
        return json.dumps({"v": 1, "marks": marks, "waits": self.waits, "sides": sides}, separators=(",", ":"))


def load(cursor: str | None) -> Cursor:
    """Read a cursor back; one that is damaged or of another version begins anew, which costs time and loses nothing."""
    try:
        document = obj(json.loads(cursor or "{}"))
    except ValueError:
        return Cursor()
    if document.get("v") != 1:
        return Cursor()
    marks = {name: _mark(held) for name, held in obj(document.get("marks")).items()}
    waits = document.get("waits")
    ids = (ident(each) for each in (waits if isinstance(waits, list) else ()))
    sides = {name: side for name, held in obj(document.get("sides")).items() if (side := _side(held))}
    return Cursor({name: mark for name, mark in marks.items() if mark}, tuple(each for each in ids if each), sides)


def _side(held: Any) -> Side | None:
    match held:
        case [int(at), str(said)]:
            return Side(Instant(at), said)
    return None


def _mark(held: Any) -> Mark | None:
    match held:
        case [int(at), dict(near)] if all(_near(each) for each in near.values()):
            return Mark(Instant(at), {str(iid): value for iid, value in near.items()})
    return None


def _near(value: Any) -> bool:
    return isinstance(value, str) and value.partition("|")[0].isdecimal()


def version(moved: str, lines: Iterable[RemoteId] | None) -> str:
    """A thread's version: how far it had moved, and which lines it had, so that a missing one can be asked about."""
    if lines is None:
        return moved
    numbers = sorted(int(each) for each in lines)[-MAX_HELD:]
    steps = [now - before for before, now in zip([0, *numbers], numbers, strict=False)]
    return f"{moved}/{'.'.join(_base36(each) for each in steps)}"


def seal(lines: Iterable[tuple[RemoteId, str | None]]) -> str:
    """A fingerprint of lines by their ids and stamps: what does not tell that a line changed is compared by it."""
    said = "\n".join(f"{line} {stamped or ''}" for line, stamped in lines)
    return hashlib.blake2b(said.encode(errors="replace"), digest_size=8).hexdigest()


def moved_of(held: str | None) -> str:
    """The part of a version that tells whether it moved."""
    return "/".join((held or "").split("/")[:2])


def has_lines(held: str | None) -> bool:
    """Whether a thread of this version was read, and not only listed."""
    return (held or "").count("/") >= 2


def lines_of(held: str | None) -> frozenset[RemoteId]:
    """The lines a version remembers."""
    parts = (held or "").split("/")
    if len(parts) < 3 or not parts[2]:
        return frozenset()
    found, at = set(), 0
    for step in parts[2].split("."):
        try:
            at += int(step, 36)
        except ValueError:
            return frozenset()
        found.add(RemoteId(str(at)))
    return frozenset(found)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
