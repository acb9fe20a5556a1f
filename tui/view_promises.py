"""Lines that promise or ask for something, as rows of a list. Pure."""

from __future__ import annotations

from leeward.rows import PromiseRow
from leeward.text import one_line
from leeward.words import _
from tui import times
from tui.times import Face
from tui.view import ACCENT, DIM, RULE, TEXT, Line, Span, fitted, spread
from tui.wrap import left, right

WIDE = 10
"""Cells of the kind's word."""


def kind_word(kind: str) -> str:
    """What is open, in a word."""
    return {
        "promise": _("promise"),
        "request": _("asked"),
        "later": _("put off"),
        "question": _("no answer"),
    }.get(kind, kind)


def _author(row: PromiseRow) -> str:
    return _("you") if row.line.mine else one_line(row.line.author, 40) or _("somebody")


def promise_two(row: PromiseRow, space: int, face: Face, *, ticked: bool = False) -> tuple[Line, Line]:
    """What kind and what was said; below it who, where, and in which conversation."""
    box: Span = ("x " if ticked else "", ACCENT)
    said: Span = (one_line(row.line.text, 300), TEXT)
    first = spread(((left(kind_word(row.kind), WIDE), DIM), box, said), ((times.short(row.line.at, face), DIM),), space)
    about = " · ".join(part for part in (_author(row), one_line(row.place, 60), one_line(row.title, 80)) if part)
    return first, fitted(((" " * WIDE, TEXT), (about, DIM)), space)


def promise_one(row: PromiseRow, space: int, face: Face, *, ticked: bool = False) -> Line:
    """The same in one line; below 60 cells without place and kind."""
    box: Span = ("x " if ticked else "", ACCENT)
    said: Span = (one_line(row.line.text, 300), TEXT)
    at = times.short(row.line.at, face)
    if space < 60:
        return spread((box, said), ((at, DIM),), space)
    room = min(26, space // 4)
    about = " ".join(part for part in (_author(row), one_line(row.place, 40)) if part)
    start = ((left(kind_word(row.kind), WIDE), DIM), ("│ ", RULE), box, said)
    return spread(start, ((left(about, room), DIM), (right(at, 10), DIM)), space)
