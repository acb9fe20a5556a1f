"""The network that says whether two lines of a window belong together: its cases, and how it learns."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leeward.work.context_belong import LEAST, Around
from leeward.work.context_cells import BELONG
from leeward.work.context_model import Model
from leeward.work.context_ties import WINDOW, Tied, Ties
from tools.train_context.adam import Adam, Matrix
from tools.train_context.answering import ones
from tools.train_context.cases import WARM, offsets
from tools.train_context.rooms import Room

HIDDEN = 12
TABLES, CELLS = offsets(BELONG)
_ODDS = (-5.5, -4.5, -3.6, -2.9, -2.3, -1.8, -1.4, -1, -0.6, -0.2, 0.2, 0.6, 1, 1.4, 1.8, 2.3, 2.9, 3.6, 4.5, 5.5)


class Window(NamedTuple):
    """An annotated line with the lines around it; `kin` says which of them are of its conversation."""

    room: int
    at: Tied
    others: list[Tied]
    kin: list[bool]


def windows(room: Room, number: int, model: Model) -> Iterator[Window]:
    """The windows of all annotated lines of a room, as the chain of answers ties them."""
    ties = Ties(None, model)
    begin = max(0, room.first - WARM)
    held: deque[Tied] = deque(maxlen=2 * WINDOW + 1)
    lines = room.lines[begin : room.last + WINDOW + 1]
    for at in range(len(lines) + WINDOW):
        if at < len(lines):
            held.append(ties.push(lines[at].line))
        elif len(held) > 1:
            held.popleft()
        middle = at - WINDOW
        if middle < 0 or middle >= len(lines) or lines[middle].conv is None:
            continue
        low = max(0, middle - WINDOW)
        around = list(held)[-(min(at, len(lines) - 1) - low + 1) :]
        me = middle - low
        others = around[:me] + around[me + 1 :]
        convs = [lines[low + n].conv for n in range(len(around)) if n != me]
        yield Window(number, around[me], others, [conv == lines[middle].conv for conv in convs])


class Pairs(NamedTuple):
    """Pairs of lines as cells; `weight` lets each window count alike, however long its conversation is."""

    cells: NDArray[np.int16]
    kin: NDArray[np.bool_]
    weight: Matrix
    room: NDArray[np.int32]


def pairs(found: Iterator[Window]) -> Pairs:
    """Those pairs of the windows that the network is asked about."""
    cells = array("h")
    kin: list[bool] = []
    weight: list[float] = []
    rooms: list[int] = []
    for window in found:
        around = Around(window.at, window.others)
        each = 1 / (2 + sum(window.kin) ** 0.5)
        for n, tie in enumerate(around.ties):
            if tie >= LEAST:
                cells.extend(around.cells(n))
                kin.append(window.kin[n])
                weight.append(each)
                rooms.append(window.room)
    return Pairs(
        np.frombuffer(cells, np.int16).reshape(-1, len(TABLES)) + TABLES.astype(np.int16),
        np.array(kin),
        np.array(weight, np.float32),
        np.array(rooms, np.int32),
    )


class Belonging:
    """The weights while they are learned; they begin with what the chain of answers says."""

    def __init__(self, seed: int) -> None:
        dice = np.random.default_rng(seed)
        table = dice.normal(0, 0.15, (CELLS, HIDDEN + 1)).astype(np.float32)
        table[:, 0] = 0
        table[: 4 * len(_ODDS), 0] = np.repeat(_ODDS, 4)
        self.weights = {
            "belong": table,
            "bias": np.zeros(HIDDEN + 1, np.float32),
            "out": dice.normal(0, 0.3, HIDDEN).astype(np.float32),
        }

    def learn(self, data: Pairs, keep: NDArray[np.bool_], seed: int, epochs: int = 4) -> None:
        """Go through the pairs that are kept `epochs` times in an order of `seed`."""
        rate, decay, drop, size = 0.003, 0.02, 0.2, 16_384
        dice = np.random.default_rng(seed)
        adam = Adam(self.weights, rate, decay)
        rows = np.flatnonzero(keep)
        steps = epochs * -(-len(rows) // size)
        for _epoch in range(epochs):
            mixed = dice.permutation(rows)
            for at in range(0, len(mixed), size):
                adam.step(self._slopes(data, mixed[at : at + size], drop, dice), steps)

    def _slopes(
        self, data: Pairs, rows: NDArray[np.int64], drop: float, dice: np.random.Generator
    ) -> dict[str, Matrix]:
        weights = self.weights
        matrix = ones(data.cells[rows].astype(np.int32), CELLS)
        sums = matrix @ weights["belong"] + weights["bias"]
        kept = (dice.random((len(rows), HIDDEN)) > drop).astype(np.float32) / (1 - drop)
        active = np.maximum(sums[:, 1:], 0) * kept
        share = 1 / (1 + np.exp(-(sums[:, 0] + active @ weights["out"])))
        worth = data.weight[rows]
        error = (worth * (share - data.kin[rows]) / worth.sum()).astype(np.float32)
        back = np.empty_like(sums)
        back[:, 0] = error
        back[:, 1:] = error[:, None] * weights["out"] * (sums[:, 1:] > 0) * kept
        return {"belong": matrix.T @ back, "bias": back.sum(0), "out": active.T @ error}
