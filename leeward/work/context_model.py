"""The learned weights of the context: read when first needed, summed in whole numbers, in plain Python.

Two small networks of one hidden layer. The first weighs which of the lines before (or none) a line answers; the second
judges how surely two lines of a window belong together. Each cell of a table is a row of small whole numbers: the first
goes straight to the score, the others to the hidden sums. A row is held as one long integer, sixteen bits a number, so
that adding two rows is one addition. `tools/train_context` learns the weights.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from functools import cache
from math import exp
from pathlib import Path
from struct import Struct
from typing import Any

from leeward.work import context_cells as cells
from leeward.work.context_cells import Heard
from leeward.work.context_lines import TRAITS

Row = int
Table = tuple[Row, ...]
Sizes = Iterable[tuple[str, int]]

FILE = Path(__file__).with_name("context_model.json")
_HALF = 1 << 15  # added to every number before a row is taken apart, so that none is below zero
_UNSIGNED = bytes((byte + 128) % 256 for byte in range(256))


def _ones(width: int) -> Row:
    return sum(1 << 16 * at for at in range(width))


class Tables:
    """Rows of weights by table and cell, from one run of signed bytes."""

    def __init__(self, packed: str, width: int) -> None:
        numbers = a2b_base64(packed).translate(_UNSIGNED)
        wide = bytearray(2 * len(numbers))
        wide[::2] = numbers
        each, less = 2 * width, 128 * _ones(width)
        self._rows = tuple(
            int.from_bytes(wide[at : at + each], "little") - less for at in range(0, len(wide) - each + 1, each)
        )
        self._at = 0

    def take(self, sizes: Sizes) -> tuple[Table, ...]:
        """The next tables. Raises ValueError where the weights are too few."""
        found = []
        for _name, size in sizes:
            table = self._rows[self._at : self._at + size]
            if len(table) < size:
                raise ValueError("the weights do not fit the tables")
            self._at += size
            found.append(table)
        return tuple(found)


class Out:
    """The end of a network: its bias, and what its sums say."""

    def __init__(self, found: dict[str, Any]) -> None:
        bias = [int(number) for number in found["bias"]]
        width = len(bias)
        self.bias: Row = sum(number << 16 * at for at, number in enumerate(bias))
        self._straight = float(found["straight"])
        self._hidden = tuple(float(weight) for weight in found["hidden"])
        self._bytes, self._half = 2 * width, _HALF * _ones(width)
        self._apart = Struct(f"<{width}H").unpack

    def score(self, row: Row) -> float:
        """What the network says for these sums."""
        numbers: tuple[int, ...] = self._apart((row + self._half).to_bytes(self._bytes, "little"))
        straight, *hidden = numbers
        return (straight - _HALF) * self._straight + sum(
            [weight * (number - _HALF) for weight, number in zip(self._hidden, hidden, strict=True) if number > _HALF]
        )


def _sum(tables: Sequence[Table], found: Sequence[int]) -> Row:
    return sum([table[cell] for table, cell in zip(tables, found, strict=True)])


class Model:
    """The weights of both networks. Raises ValueError where the text does not fit the tables."""

    def __init__(self, text: str) -> None:
        found = json.loads(text)
        words = found["vocabulary"].split(" ")
        self.vocabulary = {word: at for at, word in enumerate(words)}
        more = (("traits", TRAITS), ("words", len(words)))
        tables = Tables(found["answers"], len(found["to answer"]["bias"]))
        self._pair = tables.take(cells.PAIR)
        self._start = tables.take(cells.START)
        self._late = tables.take((*cells.SPOKEN, *cells.PLACE))
        self._late_more = tables.take(more)
        self._early = tables.take(cells.SPOKEN)
        self._early_more = tables.take(more)
        self._to_answer, self._to_start = Out(found["to answer"]), Out(found["to start"])
        self._to_belong = Out(found["to belong"])
        self._belong = Tables(found["belong"], len(found["to belong"]["bias"])).take(cells.BELONG)

    def _more(self, line: Heard, more: tuple[Table, ...]) -> Row:
        traits, words = more
        known, said = self.vocabulary, line.said
        return sum([traits[trait] for trait in said.traits]) + sum(
            [words[known[piece]] for piece in said.pieces if piece in known]
        )

    def late(self, line: Heard) -> Row:
        """The sums of a line that may answer."""
        return _sum(self._late, cells.spoken(line) + cells.place(line)) + self._more(line, self._late_more)

    def early(self, line: Heard) -> Row:
        """The sums of a line that may be answered; worked out once a line."""
        if line.early is None:
            own = _sum(self._early, cells.spoken(line)) + self._more(line, self._early_more)
            line.early = own + self._to_answer.bias
        return line.early

    def starts(self, late: Row, start: Sequence[int]) -> float:
        """The score of "it starts a conversation"."""
        return self._to_start.score(late + _sum(self._start, start) + self._to_start.bias)

    def answers(self, late: Row, early: Row, pair: Sequence[int]) -> float:
        """The score of "it answers that one"."""
        return self._to_answer.score(late + early + _sum(self._pair, pair))

    def parts(self, late: Row, early: Row, pair: Sequence[int]) -> list[float]:
        """What each cell of a pair adds to its score: the score less what it would be without that cell."""
        rows = [table[cell] for table, cell in zip(self._pair, pair, strict=True)]
        row = late + early + sum(rows)
        score = self._to_answer.score
        return [score(row) - score(row - one) for one in rows]

    def belongs(self, found: Sequence[int]) -> float:
        """How surely two lines belong together, 0 to 1, by their cells of the second network."""
        out = self._to_belong
        return 1 / (1 + exp(-max(-30.0, min(out.score(_sum(self._belong, found) + out.bias), 30.0))))


@cache
def model() -> Model:
    """The weights that come with leeward; the first call reads them."""
    return Model(FILE.read_text("utf-8"))
