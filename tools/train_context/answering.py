"""The network that weighs what a line answers: one hidden layer over summed cells, a softmax over a line's possibilities."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.train_context.adam import Adam, Matrix
from tools.train_context.cases import EARLIES, LATES, PAIRS, STARTS, Cases

HIDDEN = 16


@dataclass(frozen=True)
class Plan:
    """How long and how hard it learns. `kin` is the part of the loss that asks for the conversation, not the answer."""

    epochs: int = 8
    rate: float = 0.005
    decay: float = 0.4
    drop: float = 0.2
    kin: float = 0.9
    lines: int = 384


def csr(cells: list[list[int]], width: int) -> sparse.csr_matrix:
    """Rows of cells as a matrix of ones."""
    ends = np.cumsum([0, *map(len, cells)])
    flat = np.fromiter((cell for row in cells for cell in row), dtype=np.int32, count=int(ends[-1]))
    return sparse.csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(cells), width))


def ones(cells: NDArray[np.int32], width: int) -> sparse.csr_matrix:
    """The same where all rows are of one length."""
    rows, each = cells.shape
    ends = np.arange(0, rows * each + 1, each)
    return sparse.csr_matrix((np.ones(rows * each, np.float32), cells.ravel(), ends), shape=(rows, width))


class Lines:
    """Cases made ready: matrices, and where each line's possibilities begin and end."""

    def __init__(self, cases: Cases, words: int) -> None:
        self.cases = cases
        self.late, self.early = csr(cases.late, LATES + words), csr(cases.early, EARLIES + words)
        self.begin = np.flatnonzero(cases.before < 0)
        self.end = np.append(self.begin[1:], len(cases.line))

    def of_rooms(self, keep: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The lines of the rooms that are kept."""
        return np.flatnonzero(keep[self.cases.room])


@dataclass
class Batch:
    """Some lines on their way through the network."""

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    first: NDArray[np.int64]
    begins: NDArray[np.bool_]
    pair: sparse.csr_matrix
    start: sparse.csr_matrix
    late: sparse.csr_matrix
    early: sparse.csr_matrix
    answered: NDArray[np.int64]
    sums: Matrix = field(default_factory=lambda: np.empty((0, 0), np.float32))


def softmax(scores: Matrix, first: NDArray[np.int64], counts: NDArray[np.int64]) -> Matrix:
    top = np.maximum.reduceat(scores, first)
    shares = np.exp(scores - np.repeat(top, counts))
    return shares / np.repeat(np.add.reduceat(shares, first), counts)


class Answering:
    """The weights while they are learned: `pair`, `start`, `late`, `early` by cell, biases, and what leads out."""

    def __init__(self, words: int, seed: int) -> None:
        dice = np.random.default_rng(seed)

        def table(rows: int) -> Matrix:
            found = dice.normal(0, 0.15, (rows, HIDDEN + 1)).astype(np.float32)
            found[:, 0] = 0
            return found

        self.weights = {
            "pair": table(PAIRS),
            "start": table(STARTS),
            "late": table(LATES + words),
            "early": table(EARLIES + words),
            "answer bias": np.zeros(HIDDEN + 1, np.float32),
            "start bias": np.zeros(HIDDEN + 1, np.float32),
            "answer out": dice.normal(0, 0.3, HIDDEN).astype(np.float32),
            "start out": dice.normal(0, 0.3, HIDDEN).astype(np.float32),
        }

    def batch(self, data: Lines, lines: NDArray[np.int64]) -> Batch:
        begin, end, cases = data.begin[lines], data.end[lines], data.cases
        counts = end - begin
        first = np.cumsum(np.append(0, counts[:-1]))
        rows = np.repeat(begin - first, counts) + np.arange(int(counts.sum()))
        begins = np.zeros(len(rows), bool)
        begins[first] = True
        answered, places = np.unique(cases.before[rows[~begins]], return_inverse=True)
        said = cases.line[begin]
        found = Batch(
            rows,
            counts,
            first,
            begins,
            ones(cases.pair[rows[~begins]], PAIRS),
            ones(cases.start[said], STARTS),
            data.late[said],
            data.early[answered],
            places,
        )
        found.sums = self._sums(found)
        return found

    def _sums(self, batch: Batch) -> Matrix:
        weights = self.weights
        late = batch.late @ weights["late"]
        sums = np.empty((len(batch.rows), HIDDEN + 1), np.float32)
        line = np.repeat(np.arange(len(batch.counts)), batch.counts)[~batch.begins]
        early = (batch.early @ weights["early"])[batch.answered]
        sums[~batch.begins] = batch.pair @ weights["pair"] + early + late[line] + weights["answer bias"]
        sums[batch.begins] = batch.start @ weights["start"] + late + weights["start bias"]
        return sums

    def learn(self, data: list[tuple[Lines, NDArray[np.int64]]], plan: Plan, seed: int) -> None:
        """Go through the lines `plan.epochs` times in an order of `seed`."""
        dice = np.random.default_rng(seed)
        adam = Adam(self.weights, plan.rate, plan.decay)
        steps = plan.epochs * sum(-(-len(lines) // plan.lines) for _data, lines in data)
        for _epoch in range(plan.epochs):
            parts = []
            for number, (_data, lines) in enumerate(data):
                mixed = dice.permutation(lines)
                parts += [(number, mixed[at : at + plan.lines]) for at in range(0, len(mixed), plan.lines)]
            for part in dice.permutation(len(parts)):
                number, chosen = parts[part]
                adam.step(self._slopes(data[number][0], np.sort(chosen), plan, dice), steps)

    def _slopes(
        self, data: Lines, lines: NDArray[np.int64], plan: Plan, dice: np.random.Generator
    ) -> dict[str, Matrix]:
        batch = self.batch(data, lines)
        weights, begins = self.weights, batch.begins
        kept = (dice.random((len(batch.rows), HIDDEN)) > plan.drop).astype(np.float32) / (1 - plan.drop)
        active = np.maximum(batch.sums[:, 1:], 0) * kept
        out = np.where(begins[:, None], weights["start out"], weights["answer out"])
        scores = (active * out).sum(1) + batch.sums[:, 0]
        whole = self._error(data, batch, scores, plan)
        back = np.empty_like(batch.sums)
        back[:, 1:] = whole[:, None] * out * (batch.sums[:, 1:] > 0) * kept
        back[:, 0] = whole
        answers, starts = back[~begins], back[begins]
        spread = sparse.csr_matrix(
            (np.ones(len(answers), np.float32), (batch.answered, np.arange(len(answers)))),
            shape=(batch.early.shape[0], len(answers)),
        )
        return {
            "pair": batch.pair.T @ answers,
            "start": batch.start.T @ starts,
            "late": batch.late.T @ np.add.reduceat(back, batch.first, axis=0),
            "early": batch.early.T @ (spread @ answers),
            "answer bias": answers.sum(0),
            "start bias": starts.sum(0),
            "answer out": (active[~begins] * whole[~begins, None]).sum(0),
            "start out": (active[begins] * whole[begins, None]).sum(0),
        }

    def _error(self, data: Lines, batch: Batch, scores: Matrix, plan: Plan) -> Matrix:
        """How the loss grows with each score: shares less what they would be among the right ones only."""
        shares = softmax(scores, batch.first, batch.counts)
        error = np.zeros_like(shares)
        for flags, part in ((data.cases.kin, plan.kin), (data.cases.right, 1 - plan.kin)):
            right = flags[batch.rows].astype(np.float32)
            held = np.add.reduceat(shares * right, batch.first)
            known = np.repeat((np.add.reduceat(right, batch.first) > 0).astype(np.float32), batch.counts)
            error += part * known * (shares - shares * right / np.repeat(np.maximum(held, 1e-9), batch.counts))
        return (error / len(batch.counts)).astype(np.float32)
