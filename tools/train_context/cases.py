"""Rooms as rows of cells: what the flow saw of each annotated line, and which of its possibilities were right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leeward.work import context_cells as cells
from leeward.work.context_cells import Heard
from leeward.work.context_flow import Cues, Flow, Placed
from leeward.work.context_lines import TRAITS
from leeward.work.context_model import Model
from tools.train_context.rooms import Room, Said

WARM = 200
"""Lines before the annotated stretch that are heard first."""

Cells = NDArray[np.int32]
Flags = NDArray[np.bool_]


def offsets(tables: Iterable[tuple[str, int]]) -> tuple[Cells, int]:
    """Where each table begins when all are laid one after another, and how long they are together."""
    sizes = [size for _name, size in tables]
    return np.cumsum([0, *sizes[:-1]], dtype=np.int32), sum(sizes)


PAIR, PAIRS = offsets(cells.PAIR)
START, STARTS = offsets(cells.START)
LATE, LATES = offsets((*cells.SPOKEN, *cells.PLACE, ("traits", TRAITS)))
EARLY, EARLIES = offsets((*cells.SPOKEN, ("traits", TRAITS)))


class Cases(NamedTuple):
    """Possibilities row by row, those of one line together, the first of them "it starts a conversation".

    `line` and `before` number the lines (`before` is -1 for a beginning); `pair` holds cells of PAIR by row, `start` of
    START by line; `late` and `early` the cells of each line, of differing count. `right` marks what was answered, `kin`
    what is of the same conversation. `room` is a number by group of rows.
    """

    late: list[list[int]]
    early: list[list[int]]
    start: Cells
    pair: Cells
    line: Cells
    before: Cells
    right: Flags
    kin: Flags
    room: Cells


class Watched(Flow):
    """A flow that writes down what it sees. Without weights it settles each line as people did, or by a rough guess."""

    def __init__(self, room: Room, weights: Model | None, store: _Store) -> None:
        super().__init__(None, weights or _NONE)
        self._taught = weights is None
        self._said = {said.line.id: said for said in room.lines}
        self._store = store

    def cues(self, heard: Heard) -> Cues:
        found = super().cues(heard)
        self._store.add(heard, found, self._said)
        return found

    def weighed(self, heard: Heard) -> Placed:
        if not self._taught:
            return super().weighed(heard)
        before = self._teacher(heard, self.cues(heard).candidates)
        return Placed(heard, ((before, 1.0),), 0.0) if before else Placed(heard, (), 1.0)

    def _teacher(self, heard: Heard, candidates: list[Heard]) -> Heard | None:
        said = self._said[heard.id]
        if said.conv is not None:
            right = [one for one in candidates if one.id in said.answers]
            kin = [one for one in candidates if self._said[one.id].conv == said.conv]
            return (right or kin or [None])[0]
        if heard.said.to is not None:
            spoken = [one for one in candidates if one.author == heard.said.to]
            if spoken:
                return spoken[0]
        if heard.own is not None and heard.seq - heard.own.seq < 15:
            return heard.own
        return candidates[0] if candidates and heard.pause <= 2 and not heard.said.asks else None


class _Nothing(Model):
    """Stands for weights where none are asked."""

    def __init__(self) -> None:
        self.vocabulary = {}


_NONE = _Nothing()


class _Store:
    def __init__(self, words: dict[str, int]) -> None:
        self._words = words
        self._lines: dict[int, int] = {}
        self.room = -1
        self.late: list[list[int]] = []
        self.early: list[list[int]] = []
        self.start: list[tuple[int, ...]] = []
        self.pair: list[tuple[int, ...]] = []
        self.rows: list[tuple[int, int, bool, bool]] = []
        self.rooms: list[int] = []

    def next_room(self) -> None:
        self.room += 1
        self._lines = {}

    def add(self, heard: Heard, cues: Cues, by_id: dict[str, Said]) -> None:
        number = self._lines[heard.seq] = len(self.late)
        self._write(heard, cues)
        said = by_id[heard.id]
        if said.conv is None:
            return
        begins = heard.id in said.answers
        self.rows.append((number, -1, begins, begins))
        self.pair.append((0,) * len(PAIR))
        self.rooms.append(self.room)
        for before, found in zip(cues.candidates, cues.pairs, strict=True):
            right = before.id in said.answers
            kin = right or before.id == said.conv or by_id[before.id].conv == said.conv
            self.rows.append((number, self._lines[before.seq], right, kin))
            self.pair.append(found)

    def _write(self, heard: Heard, cues: Cues) -> None:
        words = [self._words[piece] for piece in heard.said.pieces if piece in self._words]
        spoken, place, traits = cells.spoken(heard), cells.place(heard), heard.said.traits
        late = [int(at) + cell for at, cell in zip(LATE, (*spoken, *place), strict=False)]
        early = [int(at) + cell for at, cell in zip(EARLY, spoken, strict=False)]
        self.late.append(late + [int(LATE[-1]) + trait for trait in traits] + [LATES + word for word in words])
        self.early.append(early + [int(EARLY[-1]) + trait for trait in traits] + [EARLIES + word for word in words])
        self.start.append(cues.start)


def cases(found: Iterable[Room], words: list[str], weights: Model | None) -> Cases:
    """All annotated lines of the rooms as a flow with these weights sees them; without weights, as people settled them."""
    store = _Store({word: at for at, word in enumerate(words)})
    for room in found:
        store.next_room()
        flow = Watched(room, weights, store)
        for said in room.lines[max(0, room.first - WARM) : room.last + 1]:
            flow.push(said.line)
    rows = np.array(store.rows, dtype=np.int32)
    return Cases(
        store.late,
        store.early,
        np.array(store.start, dtype=np.int32) + START,
        np.array(store.pair, dtype=np.int32) + PAIR,
        rows[:, 0],
        rows[:, 1],
        rows[:, 2].astype(bool),
        rows[:, 3].astype(bool),
        np.array(store.rooms, dtype=np.int32),
    )
