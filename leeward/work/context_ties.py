"""How likely two lines belong to one conversation: the chance that a line answers another, carried along the chain."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from leeward.work.context_flow import MEMORY, Flow, Placed
from leeward.work.context_lines import Line

PAUSE_MS = 6 * 3_600_000
OVERNIGHT = 0.5
WINDOW = 20
"""Lines on each side of a line among which its context is looked for; notices do not count."""

_REACH = 2 * WINDOW
_FAINT = 0.01


class Tied(Struct, frozen=True):
    """A line with its ties: `near[n]` is the probability that it belongs with the line of sequence number n."""

    line: Line
    placed: Placed
    near: Mapping[int, float]


class Ties:
    """The ties of a place as its lines flow by; what it holds does not grow with the place."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._flow = Flow(names)
        self._tied: dict[int, Tied] = {}

    def meet(self, author: str) -> None:
        """`author` is around, though nothing of theirs was heard yet."""
        self._flow.meet(author)

    def push(self, line: Line) -> Tied:
        """Take the next line (no notice)."""
        placed = self._flow.push(line)
        seq = placed.heard.seq
        near: dict[int, float] = {}
        for before, share in placed.answers:
            if share >= _FAINT:
                self._carry(near, before.seq, share, seq)
        tied = Tied(line, placed, near)
        self._tied[seq] = tied
        self._tied.pop(seq - MEMORY - 1, None)
        return tied

    def _carry(self, near: dict[int, float], before: int, share: float, seq: int) -> None:
        """Add to `near` what answering `before` with probability `share` says about the lines around it."""
        oldest = seq - _REACH
        if before >= oldest:
            near[before] = near.get(before, 0.0) + share
        reached = self._tied.get(before)
        if reached is None:
            return
        for other, tie in reached.near.items():
            if other >= oldest:
                near[other] = near.get(other, 0.0) + share * tie
        for other in range(max(before + 1, oldest), seq):
            between = self._tied.get(other)
            if between is not None and (tie := between.near.get(before, 0.0)):
                near[other] = near.get(other, 0.0) + share * tie

    def tie(self, one: Tied, other: Tied) -> float:
        """How surely two lines belong together, 0 to 1."""
        late, early = (one, other) if one.placed.heard.seq > other.placed.heard.seq else (other, one)
        if late.line.thread is not None and late.line.thread == early.line.thread:
            return 1.0
        if late.placed.sure and any(before is early.placed.heard for before, _ in late.placed.answers):
            return 1.0
        near = min(late.near.get(early.placed.heard.seq, 0.0), 1.0)
        # What only seems to belong does not belong over a night: the cues were learnt where nobody pauses so long.
        return near * OVERNIGHT if late.line.at - early.line.at > PAUSE_MS else near
