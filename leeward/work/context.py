"""The lines that travel with a line when it becomes a task: pure, without store and clock.

Replies, quotes and the service's own threads are certain. Everything else is told by cues (who speaks to whom, who goes
on, what was asked, pauses, rare words in common), each with a weight; see `context_cues` and `context_weights`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from leeward.text import one_line
from leeward.words import _, n_
from leeward.work.context_flow import MEMORY
from leeward.work.context_lines import MINUTE, UNKNOWN, Line
from leeward.work.context_ties import WINDOW, Tied, Ties

__all__ = ["WINDOW", "Line", "Mark", "context", "parents", "ranked"]

TAKE = 0.33
"""From this score on a line travels along."""

_ANSWERS = 0.3
_HOUR = 60
_DAY = 24 * _HOUR


class Mark(Struct, frozen=True):
    """A line that may travel along: `score` is 0 to 1, `why` a few words for a person."""

    id: str
    score: float
    why: str


def context(lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None) -> list[Mark]:
    """The other lines that should travel with the line `target`, oldest first, from 20 lines before it to 20 after.

    `lines` are those of one place, oldest first; a window of 200 around the target is as good as all. `names` gives the
    display names of authors. Unknown targets and notices have no context.
    """
    return [mark for mark in ranked(lines, target, names=names) if mark.score >= TAKE]


def ranked(lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None) -> list[Mark]:
    """Every line of the window around `target` with its score, oldest first: what widening a choice goes through."""
    ties, window, at = _window(lines, target, names)
    if at is None:
        return []
    return [
        Mark(other.line.id, round(ties.tie(at, other), 3), _why(at, other, names or {}))
        for other in window
        if other is not at
    ]


def parents(lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The lines that `target` answers; none when it starts a conversation, or is not there."""
    _ties, _around, at = _window(lines, target, names)
    return () if at is None else answered(at)


def answered(tied: Tied) -> tuple[str, ...]:
    """The ids a placed line answers: all of a sure reply, else the likeliest, none when it more likely starts."""
    placed = tied.placed
    if placed.sure:
        return tuple(before.id for before, _share in placed.answers)
    if placed.heard.root == placed.heard.id:
        return ()
    likely = [(share, before.id) for before, share in placed.answers if before.root == placed.heard.root]
    return (max(likely)[1],)


def _window(
    lines: Sequence[Line], target: str, names: Mapping[str, str] | None
) -> tuple[Ties, list[Tied], Tied | None]:
    """The lines around `target` with their ties, read after as many lines before them as are remembered."""
    ties = Ties(names)
    index = next((index for index, line in enumerate(lines) if line.id == target), None)
    if index is None or lines[index].notice:
        return ties, [], None
    before = _take(lines, range(index - 1, -1, -1), MEMORY + 2 * WINDOW)[::-1]
    after = _take(lines, range(index + 1, len(lines)), WINDOW)
    taken = [*before, lines[index], *after]
    for line in taken:
        ties.meet(line.author)
    tied = [ties.push(line) for line in taken]
    return ties, tied[max(0, len(before) - WINDOW) :], tied[len(before)]


def _take(lines: Sequence[Line], indices: range, most: int) -> list[Line]:
    taken: list[Line] = []
    for index in indices:
        if len(taken) == most:
            break
        if not lines[index].notice:
            taken.append(lines[index])
    return taken


def _why(at: Tied, other: Tied, names: Mapping[str, str]) -> str:
    """Why `other` travels with `at` (or does not): relation, distance in time, words in common."""
    parts = [_relation(at, other, names), _apart(other.line.at - at.line.at)]
    shared = sorted(at.placed.heard.said.words & other.placed.heard.said.words, key=lambda word: (-len(word), word))
    if shared:
        parts.append(_("shares {words}").format(words=", ".join(f"'{word[:30]}'" for word in shared[:2])))
    return one_line(", ".join(parts))


def _relation(at: Tied, other: Tied, names: Mapping[str, str]) -> str:
    def name(author: str) -> str:
        return names.get(author, author)

    here, there = at.placed.heard, other.placed.heard
    if here.thread is not None and here.thread == there.thread:
        return _("same thread")
    late, early = (other, at) if there.seq > here.seq else (at, other)
    share = sum(share for before, share in late.placed.answers if before is early.placed.heard)
    if here.author == there.author:
        return _("{name} goes on").format(name=name(there.author)) if share >= _ANSWERS else _("the same author")
    if share >= _ANSWERS:
        said = _("answers {name}") if late is other else _("answered by {name}")
        return said.format(name=name(here.author))
    to = there.said.to
    if to is not None and to != UNKNOWN:
        return _("speaks to {name}").format(name=name(to))
    return _("same conversation") if there.root == here.root else _("nearby")


def _apart(milliseconds: int) -> str:
    minutes = abs(milliseconds) // MINUTE
    if minutes == 0:
        return _("within a minute")
    if minutes < _HOUR:
        text = _("{n} min")
        count = minutes
    elif minutes < _DAY:
        text, count = _("{n} h"), minutes // _HOUR
    else:
        count = minutes // _DAY
        text = n_("{n} day", "{n} days", count)
    span = text.format(n=count)
    return (_("{span} later") if milliseconds > 0 else _("{span} earlier")).format(span=span)
