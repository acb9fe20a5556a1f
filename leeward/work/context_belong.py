"""Which lines of a window belong with its middle line: the ties judged once more, now that what came after is known.

The chain of answers looks back only. Here a second small network reads, for each line around, its tie beside what the
others say: whether its author takes part elsewhere in the window, who spoke to whom, how large the conversation is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log

from msgspec import Struct

from leeward.work.context_cells import (
    ANYBODY,
    FEW,
    GAPS,
    KINDS,
    NOBODY,
    ODDS,
    ODDS_AT,
    RANKS_AT,
    ROUGHLY,
    SHARES,
    SHARES_AT,
    SIZES_AT,
    minutes,
    roughly,
    towards,
)
from leeward.work.context_model import Model
from leeward.work.context_ties import Tied

LEAST = 0.015
"""What the chain of answers takes for less likely is not asked for again."""

_PAUSE_MS = 6 * 3_600_000
_OVERNIGHT = 0.5  # what only seems to belong may not belong over a night: the rooms learned from never pause so long


class Hints(Struct, frozen=True):
    """What the owner's own corrections say: log odds by line id for one target, and for all lines of its place."""

    nudges: Mapping[str, float] = {}
    lean: float = 0.0


def _odds(share: float) -> int:
    return bisect_left(ODDS_AT, log((share + 1e-4) / (1 - share + 1e-4)))


def _share(share: float) -> int:
    return bisect_left(SHARES_AT, share)


class Around:
    """The middle line of a window with the lines around it, oldest first, and what is the same for all pairs of them."""

    def __init__(self, at: Tied, others: Sequence[Tied]) -> None:
        self.at, self.others = at, others
        self._seqs = [other.placed.heard.seq for other in others]
        self.ties = [at.tie(seq) for seq in self._seqs]
        self._size = bisect_left(SIZES_AT, sum(self.ties))
        self._begins = _share(at.placed.starts)
        self._spoke: Counter[tuple[str, str]] = Counter()
        for one in (*others, at):
            if one.placed.heard.said.to is not None:
                self._spoke[one.line.author, one.placed.heard.said.to] += 1
        self._by: dict[str, list[int]] = {}
        self._beside: list[tuple[int, int]] = [(NOBODY, NOBODY)] * len(others)
        self._sums: dict[str, float] = {}
        for n, other in enumerate(others):
            self._by.setdefault(other.line.author, []).append(n)
        for author, lines in self._by.items():
            steps = [NOBODY, *[_share(self.ties[n]) for n in lines], NOBODY]
            self._sums[author] = sum([self.ties[n] for n in lines])
            for place, n in enumerate(lines):
                self._beside[n] = (steps[place], steps[place + 2])
        heard = at.placed.heard
        self._ours = self._by.get(heard.author, [])
        self._mine = (
            next((others[n] for n in reversed(self._ours) if self._seqs[n] < heard.seq), None),
            next((others[n] for n in self._ours if self._seqs[n] > heard.seq), None),
        )
        self._partners = self._by.get(heard.said.to or "", [])
        self._ranks = [0] * len(others)
        for rank, n in enumerate(sorted(range(len(others)), key=lambda n: -self.ties[n])):
            self._ranks[n] = rank if rank < FEW else FEW - 1 + bisect_left(RANKS_AT, rank)

    def cells(self, n: int) -> tuple[int, ...]:
        """The cells of BELONG for the middle line and the line `n` around it."""
        at, other, seq, tie = self.at, self.others[n], self._seqs[n], self.ties[n]
        here, there = at.placed.heard, other.placed.heard
        same, later, named = int(here.author == there.author), int(there.seq > here.seq), int(here.style > 1)
        late, early = (there, here) if later else (here, there)
        odds, share = _odds(tie), _share(tie)
        count = len(self._by[there.author]) - 1
        theirs = _share((self._sums[there.author] - tie) / count) if count else NOBODY
        before, after = self._beside[n]
        mine, next_ = self._mine
        to = there.said.to
        partner = NOBODY if to is None else self._partner(to, n)
        return (
            (odds * 2 + same) * 2 + named,
            (_share(at.answering(other)) * 2 + later) * 2 + same,
            ((later * ROUGHLY + roughly(late.seq - early.seq)) * 2 + same) * 2 + named,
            (later * GAPS + minutes(late.minute - early.minute)) * 2 + same,
            (towards(here.said, there.author) * 4 + towards(there.said, here.author)) * 2 + later,
            (theirs * FEW + min(count, FEW - 1)) * 2 + same,
            (self._with(self._ours, n) * FEW + min(len(self._ours) - same, FEW - 1)) * 2 + same,
            before * ANYBODY + after,
            (NOBODY if mine is None else _share(mine.tie(seq))) * ANYBODY
            + (NOBODY if next_ is None else _share(next_.tie(seq))),
            self._size * ODDS + odds,
            self._begins * 2 + later,
            _share(other.placed.starts) * 2 + later,
            (self._times(here.author, there.author) * FEW + self._times(there.author, here.author)) * 2 + same,
            (min(len(here.said.words & there.said.words), 5) * 2 + same) * 2 + later,
            self._ranks[n] * SHARES + share,
            (_kind_of(to, here.author, partner) * ANYBODY + partner) * 2 + later,
            here.said.kind * KINDS + there.said.kind,
            (self._with(self._partners, n) * 2 + later) * 2 + same,
        )

    def _times(self, author: str, to: str) -> int:
        return min(self._spoke.get((author, to), 0), FEW - 1)

    def _partner(self, author: str, n: int) -> int:
        """How surely the other lines of `author` belong with the middle line."""
        lines = self._by.get(author, [])
        own = n in lines
        count = len(lines) - own
        return _share((self._sums[author] - (self.ties[n] if own else 0.0)) / count) if count else NOBODY

    def _with(self, lines: Sequence[int], n: int) -> int:
        """How surely other lines of the window belong with the line `n`."""
        seq, others = self._seqs[n], self.others
        ties = [others[k].tie(seq) for k in lines if k != n]
        return _share(sum(ties) / len(ties)) if ties else NOBODY


def _kind_of(to: str | None, author: str, partner: int) -> int:
    return 0 if to is None else 1 if to == author else 2 if partner == NOBODY else 3


def belonging(model: Model, at: Tied, others: Sequence[Tied]) -> list[float]:
    """How surely each of `others` (oldest first) belongs with `at`, 0 to 1."""
    around = Around(at, others)
    return [
        1.0 if at.sure(other) else model.belongs(around.cells(n)) if around.ties[n] >= LEAST else around.ties[n]
        for n, other in enumerate(others)
    ]


def judged(model: Model, at: Tied, others: Sequence[Tied], hints: Hints) -> tuple[list[float], float]:
    """How surely each of `others` belongs with `at`, and how surely none does, with the owner's hints heeded."""
    shares = [
        share * _OVERNIGHT if abs(at.line.at - other.line.at) > _PAUSE_MS and not at.sure(other) else share
        for other, share in zip(others, belonging(model, at, others), strict=True)
    ]
    none = alone(at, others)
    if not hints.nudges and not hints.lean:
        return shares, none
    nudges = [hints.lean + hints.nudges.get(other.line.id, 0.0) for other in others]
    nudged = [
        share if at.sure(other) else _nudged(share, nudge)
        for other, share, nudge in zip(others, shares, nudges, strict=True)
    ]
    return nudged, _nudged(none, -max(hints.lean, *nudges)) if nudges else none


def _nudged(share: float, nudge: float) -> float:
    """`share` with `nudge` added to its log odds; what is certain stays so."""
    if not 0 < share < 1:
        return share
    return 1 / (1 + (1 - share) / share * exp(-nudge))


def alone(at: Tied, others: Sequence[Tied]) -> float:
    """How likely `at` stands alone in its window: it answers none of `others`, and none of them answers it."""
    seq = at.placed.heard.seq
    share = 1.0 - sum(at.direct.get(other.placed.heard.seq, 0.0) for other in others)
    for other in others:
        share *= 1.0 - min(other.direct.get(seq, 0.0), 1.0)
    return max(0.0, share)


def chosen(shares: Sequence[float], alone: float) -> set[int]:
    """Which of the lines are taken, so that the expected F1 of what is taken is highest; none where it is likelier alone.

    `shares` are the probabilities that the lines belong, `alone` that none does. A set of k lines is expected to score
    twice what it holds over k and the size of the conversation, taken by its expectation.
    """
    order = sorted(range(len(shares)), key=lambda n: -shares[n])
    size, held, best, most = sum(shares), 0.0, alone, 0
    for count, n in enumerate(order, 1):
        held += shares[n]
        score = 2 * held / (count + size)
        if score > best:
            best, most = score, count
    return set(order[:most])
