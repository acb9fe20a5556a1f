"""Conversations cut from a flat channel: each line joins a conversation that runs, or starts one. Pure and causal.

A line is placed by what was said before it, by the model of `context`. What is settled is never moved by us; only the
user splits and joins. The service's own threads are conversations already and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leeward.work.context_cells import Heard
from leeward.work.context_flow import MEMORY, Flow
from leeward.work.context_lines import Line

__all__ = ["LOOK_BACK", "Cutter", "cut", "join", "split"]

LOOK_BACK = MEMORY
"""Lines before the new ones that are worth handing to `cut`; older ones are never joined."""

_BEGINS_BEFORE = 0.8  # how surely a settled beginning must answer a line that came late, to take it in


class Cutter:
    """The cut of one place as its lines come; holds the last lines only, so it can be kept while the program runs."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._flow = Flow(names)

    def push(self, line: Line, root: str | None = None) -> str:
        """The conversation of `line`, named by its first line; `root` where that is settled. No notices, no threads."""
        return self._flow.push(line, root).heard.root

    def answers(self, line: Line) -> str | None:
        """The conversation that `line` surely answers, had it come now; None where that is not clear."""
        placed = self._flow.weigh(line)
        shares: dict[str, float] = {}
        for before, share in placed.answers:
            shares[before.root] = shares.get(before.root, 0.0) + share
        best = max(shares, key=shares.__getitem__, default=None)
        if best is None or shares[best] < _BEGINS_BEFORE:
            return None
        to = placed.heard.said.to
        people = {before.author for before, _share in placed.answers if before.root == best}
        return best if placed.sure or to is None or to in people else None


def cut(lines: Sequence[Line], settled: Mapping[str, str], *, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The conversations of the lines that have none yet: line id to the id of the conversation's first line at birth.

    `lines` are recent ones of one flat place, oldest first, the new ones among them (some may be older than settled
    ones: history that came late); `settled` maps lines to conversations and is never contradicted. Notices and lines of
    the service's own threads get none.
    """
    cutter = Cutter(names)
    fresh: dict[str, str] = {}
    begun: set[str] = set()
    absorbed: dict[str, str] = {}
    for line in lines:
        if line.notice or line.thread is not None or line.id in fresh:
            continue
        root = settled.get(line.id)
        if root is None:
            fresh[line.id] = own = cutter.push(line)
            if own == line.id:
                begun.add(own)
            continue
        if begun and root == line.id and (before := cutter.answers(line)) in begun:
            assert before is not None
            absorbed[before] = root  # what came late turns out to be the beginning of a settled conversation
            begun.discard(before)
        cutter.push(line, root)
    return {id: absorbed.get(root, root) for id, root in fresh.items()} if absorbed else fresh


def split(lines: Sequence[Line], at: str, *, names: Mapping[str, str] | None = None) -> list[str]:
    """The lines that leave a conversation when it is split at the line `at`: that line and what answers it after.

    `lines` are all lines of the conversation, oldest first. Nothing leaves at its first line, nor at an unknown one.
    """
    flow = Flow(names)
    spoken = [line for line in lines if not line.notice]
    if at not in {line.id for line in spoken[1:]}:
        return []
    leaving = [at]
    moved = {at}
    begun = False
    for line in spoken:
        placed = flow.push(line)
        begun = begun or line.id == at
        if begun and line.id != at and _weight(placed.answers, moved) > sum(s for _, s in placed.answers) / 2:
            moved.add(line.id)
            leaving.append(line.id)
    return leaving


def _weight(answers: tuple[tuple[Heard, float], ...], moved: set[str]) -> float:
    return sum(share for before, share in answers if before.id in moved)


def join(one: Sequence[Line], other: Sequence[Line]) -> list[str]:
    """The lines that move when two conversations become one: all of the one that began later, oldest first."""
    if not one or not other:
        return []
    first, second = sorted((one, other), key=lambda lines: (lines[0].at, lines[0].id))
    kept = {line.id for line in first}
    return [line.id for line in second if line.id not in kept]
