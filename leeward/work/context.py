"""The lines that travel with a line when it becomes a task: pure, without store and clock.

Replies, quotes and the service's own threads are certain. Everything else is told by a learned model: a first network
weighs what each line answers (`context_flow`), the chain of answers ties the lines of a window (`context_ties`), a
second network judges each tie once more (`context_belong`). What is taken is the set that is expected to fit best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from leeward.work.context_belong import Hints, chosen, judged
from leeward.work.context_lines import Line
from leeward.work.context_ties import WINDOW, Tied, Ties
from leeward.work.context_why import why

_BEFORE = 80  # lines before the target that are read; older ones hardly change anything
__all__ = ["WINDOW", "Choice", "Hints", "Line", "Mark", "choose", "context", "parents", "ranked"]


class Mark(Struct, frozen=True):
    """A line that may travel along: `score` is 0 to 1, `why` a few words for a person."""

    id: str
    score: float
    why: str


class Choice(Struct, frozen=True):
    """Every line of a window with its score, oldest first, and the ids of those that are taken."""

    marks: tuple[Mark, ...] = ()
    taken: frozenset[str] = frozenset()


def choose(
    lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None, hints: Hints | None = None
) -> Choice:
    """The lines around `target`, from 20 lines before it to 20 after, and which of them should travel with it.

    `lines` are those of one place, oldest first; a window of 200 around the target is as good as all. `names` gives the
    display names of authors, `hints` what the owner's own corrections say here. Unknown targets and notices have none.
    """
    ties, window, at = _window(lines, target, names)
    if at is None:
        return Choice()
    others = [other for other in window if other is not at]
    shares, alone = judged(ties.model, at, others, hints or Hints())
    marks = tuple(
        Mark(other.line.id, round(share, 3), why(ties.model, at, other, share, names or {}))
        for other, share in zip(others, shares, strict=True)
    )
    return Choice(marks, frozenset(marks[n].id for n in chosen(shares, alone)))


def context(
    lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None, hints: Hints | None = None
) -> list[Mark]:
    """The other lines that should travel with the line `target`, oldest first; see `choose`."""
    choice = choose(lines, target, names=names, hints=hints)
    return [mark for mark in choice.marks if mark.id in choice.taken]


def ranked(
    lines: Sequence[Line], target: str, *, names: Mapping[str, str] | None = None, hints: Hints | None = None
) -> list[Mark]:
    """Every line of the window around `target` with its score, oldest first: what widening a choice goes through."""
    return list(choose(lines, target, names=names, hints=hints).marks)


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
    """The lines around `target` with their ties, read after some lines before them."""
    ties = Ties(names)
    index = next((index for index, line in enumerate(lines) if line.id == target), None)
    if index is None or lines[index].notice:
        return ties, [], None
    before = _take(lines, range(index - 1, -1, -1), _BEFORE)[::-1]
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
