"""How likely two lines belong to one conversation: the chance that a line answers another, carried along the chain."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from leeward.work.context_flow import MEMORY, Flow, Placed
from leeward.work.context_lines import Line
from leeward.work.context_model import Model

WINDOW = 20
"""Lines on each side of a line among which its context is looked for; notices do not count."""

_REACH = 2 * WINDOW
_FAINT = 0.005


class Tied(Struct, frozen=True, eq=False):
    """A line with its ties: `near[n]` is the probability that it belongs with the line of sequence number n.

    `near` holds lines before it, `after` those that came since, `direct` the chance that it answers a line itself.
    """

    line: Line
    placed: Placed
    near: Mapping[int, float]
    direct: Mapping[int, float]
    after: dict[int, float] = field(default_factory=dict)

    def tie(self, seq: int) -> float:
        """How likely it belongs with the line of sequence number `seq` by the chain of answers, 0 to 1."""
        found = self.near.get(seq)
        return self.after.get(seq, 0.0) if found is None else found

    def answering(self, other: Tied) -> float:
        """How likely the later of the two answers the earlier."""
        mine, theirs = self.placed.heard.seq, other.placed.heard.seq
        return self.direct.get(theirs, 0.0) if mine > theirs else other.direct.get(mine, 0.0)

    def sure(self, other: Tied) -> bool:
        """Whether reply, quote or thread say that the two belong together."""
        if self.line.thread is not None and self.line.thread == other.line.thread:
            return True
        late, early = (self, other) if self.placed.heard.seq > other.placed.heard.seq else (other, self)
        return late.placed.sure and any(before is early.placed.heard for before, _share in late.placed.answers)


class Ties:
    """The ties of a place as its lines flow by; what it holds does not grow with the place."""

    def __init__(self, names: Mapping[str, str] | None = None, weights: Model | None = None) -> None:
        self._flow = Flow(names, weights)
        self.model = self._flow.model
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
                self._carry(near, before.seq, share, seq - _REACH)
        tied = Tied(line, placed, near, {before.seq: share for before, share in placed.answers})
        for other, tie in near.items():
            if tie >= _FAINT:
                self._tied[other].after[seq] = min(tie, 1.0)
            if tie > 1:  # by rounding only, but for lines that surely answer several
                near[other] = 1.0
        self._tied[seq] = tied
        self._tied.pop(seq - MEMORY - 1, None)
        return tied

    def _carry(self, near: dict[int, float], before: int, share: float, oldest: int) -> None:
        """Add to `near` what answering `before` with probability `share` says about the lines around it."""
        if before >= oldest:
            near[before] = near.get(before, 0.0) + share
        reached = self._tied.get(before)
        if reached is None:
            return
        for around in (reached.near, reached.after):
            for other, tie in around.items():
                if other >= oldest:
                    near[other] = near.get(other, 0.0) + share * tie
