"""Contexts of whole rooms, read and written as JSON lines: one prediction for every line that is no notice."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from leeward.errors import Problem
from leeward.words import _
from leeward.work.context import answered
from leeward.work.context_belong import Hints, chosen, judged
from leeward.work.context_lines import MINUTE, Line
from leeward.work.context_ties import WINDOW, Tied, Ties

_LAST = 10**12  # minutes; later times are nonsense, and only gaps matter


class _BadLineError(Exception):
    """A line of the input that is no message; its sentence says why."""


class _Room:
    """One room as it is read: a line is answered for once the lines after it are known."""

    def __init__(self, room: str | int) -> None:
        self._room = room
        self._ties = Ties()
        self._ids: dict[str, str | int] = {}
        self._around: deque[Tied] = deque()
        self._next = 0  # the place in `_around` of the first line that waits for its answer
        self._count = 0

    def push(self, id: str | int, at: int, author: str, text: str) -> Iterator[dict[str, Any]]:
        self._count += 1
        inner = str(self._count)  # ids may repeat in a broken log; our own numbers do not
        self._ids[inner] = id
        self._around.append(self._ties.push(Line(inner, at, author, text)))
        if len(self._around) - self._next > WINDOW:
            yield self._answer()

    def finish(self) -> Iterator[dict[str, Any]]:
        while self._next < len(self._around):
            yield self._answer()

    def _answer(self) -> dict[str, Any]:
        at = self._around[self._next]
        first = max(0, self._next - WINDOW)
        window = [self._around[n] for n in range(first, min(len(self._around), self._next + WINDOW + 1))]
        ids = self._ids
        others = [one for one in window if one is not at]
        taken = chosen(*judged(self._ties.model, at, others, _NO_HINTS))
        travels = [ids[others[n].line.id] for n in sorted(taken)]
        replied = [ids[id] for id in answered(at)]
        own = ids[at.line.id]
        self._next += 1
        if self._next > WINDOW:
            self._around.popleft()
            self._next -= 1
        ids.pop(str(self._count - _KEPT), None)
        return {"room": self._room, "id": own, "context": travels, "reply_to": replied or [own]}


_NO_HINTS = Hints()
_KEPT = 400  # ids that can still be named: those remembered, and the window around them


def batch(lines: Iterable[str], name: str = "stdin") -> Iterator[dict[str, Any]]:
    """Predictions for messages in JSON lines (`room, id, ts, user, text, system?`), `ts` in minutes.

    Yields `{"room", "id", "context": [ids], "reply_to": [ids]}` for each line that is no notice; a line that starts a
    conversation answers itself. Answers within the input (`reply_to`, `conv`) are not looked at. Rooms may take turns;
    each line is answered for when the next twenty of its room are known. Raises Problem with `name:line` for a bad line.
    """
    rooms: dict[str | int, _Room] = {}
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            message = _message(raw)
        except _BadLineError as wrong:
            raise Problem(f"{name}:{number}  {wrong}", _("Every line must be one message as JSON.")) from None
        if message is None:
            continue
        room, id, at, author, text = message
        known = rooms.get(room)
        if known is None:
            known = rooms[room] = _Room(room)
        yield from known.push(id, at, author, text)
    for known in rooms.values():
        yield from known.finish()


def _message(raw: str) -> tuple[str | int, str | int, int, str, str] | None:
    """(room, id, at, author, text) of one line; None for a notice. Raises _BadLineError with a sentence."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise _BadLineError(_("This line is no JSON.")) from None
    if not isinstance(found, dict):
        raise _BadLineError(_("This line is JSON, but no object."))
    room, id = _name(found, "room"), _name(found, "id")
    at = found.get("ts")
    if isinstance(at, bool) or not isinstance(at, int | float) or not isfinite(at):
        raise _BadLineError(_("ts must be a number of minutes."))
    author, text = found.get("user"), found.get("text")
    if not isinstance(text, str):
        raise _BadLineError(_("text must be a string."))
    if author is not None and not isinstance(author, str):
        raise _BadLineError(_("user must be a string."))
    if found.get("system"):
        return None
    return room, id, int(min(max(at, -_LAST), _LAST) * MINUTE), author or "", text


def _name(found: dict[str, Any], key: str) -> str | int:
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _BadLineError(_("{key} must be a string or a whole number.").format(key=key))
    return value
