from __future__ import annotations

import random
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from leeward.work import context_cells, context_flow
from leeward.work.context_belong import Around
from leeward.work.context_cells import BELONG, PAIR, PLACE, SPOKEN, START
from leeward.work.context_flow import Flow
from leeward.work.context_lines import MINUTE, TRAITS, UNKNOWN, Line, Names, read
from leeward.work.context_ties import Ties

WORDS = [
    "ann:",
    "bob:",
    "@cleo",
    "zed,",
    "who",
    "thanks",
    "but",
    "!help",
    "https://x.y",
    "vault",
    "lock",
    "?",
    "hi",
    "...",
    "a_b=3",
]


def test_every_cue_is_a_cell_of_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is said: a cell beyond its table would be an error, one in the wrong row a wrong weight."""
    seen: dict[str, int] = {}

    def watch(name: str, sizes: Sequence[tuple[str, int]], module: ModuleType) -> None:
        found = getattr(module, name)

        def watched(*args: Any) -> tuple[int, ...]:
            cells: tuple[int, ...] = found(*args)
            seen[name] = seen.get(name, 0) + 1
            assert all(0 <= cell < size for cell, (_table, size) in zip(cells, sizes, strict=True))
            return cells

        monkeypatch.setattr(module, name, watched)

    watch("pair", PAIR, context_flow)
    watch("start", START, context_flow)
    watch("spoken", SPOKEN, context_cells)
    watch("place", PLACE, context_cells)
    dice = random.Random(4)
    flow = Flow()
    for n in range(800):
        text = " ".join(dice.choices(WORDS, k=dice.randrange(20)))
        author = dice.choice(["ann", "bob", "cleo", "dan", "helpbot"])
        heard = flow.push(Line(str(n), n * dice.randrange(3) * MINUTE, author, text)).heard
        assert all(0 <= trait < TRAITS for trait in heard.said.traits)
    assert seen["pair"] > 3000
    assert min(seen.values()) >= 800


def test_the_cells_of_a_window_are_cells_of_their_tables() -> None:
    dice = random.Random(5)
    ties = Ties()
    window = [
        ties.push(Line(str(n), n * MINUTE, dice.choice("abcdefg"), " ".join(dice.choices(WORDS, k=8))))
        for n in range(41)
    ]
    for at in window:
        others = [other for other in window if other is not at]
        around = Around(at, others)
        for n in range(len(others)):
            cells = around.cells(n)
            assert all(0 <= cell < size for cell, (_table, size) in zip(cells, BELONG, strict=True))


def test_shares_of_a_line_add_up_to_one() -> None:
    flow = Flow()
    for n in range(50):
        placed = flow.push(Line(str(n), n * MINUTE, "abc"[n % 3], f"{'bca'[n % 3]}: word{n} word{n % 7}"))
        assert abs(placed.starts + sum(share for _before, share in placed.answers) - 1) < 1e-9


def names(**shown: str) -> Names:
    known = Names(shown)
    for author in shown:
        known.meet(author)
    return known


def test_whom_a_line_speaks_to() -> None:
    known = names(U1="Maria Lopez", U2="sam_", U3="linux")

    def to(text: str) -> str | None:
        return read(Line("x", 0, "U9", text), known).to

    assert to("sam: look") == "U2"
    assert to("SAM_, look") == "U2"
    assert to("@maria look") == "U1"
    assert to("<sam_> look") == "U2"
    assert to("thanks sam") == "U2"
    assert to("bert: look") == UNKNOWN
    assert to("note: look") is None
    assert to("yes, look") is None
    assert to("I told sam to look") is None
    assert read(Line("x", 0, "U9", "I told sam to look"), known).names == {"U2"}
    assert read(Line("x", 0, "U2", "sam: said so"), known).to in {None, UNKNOWN}


def test_a_sure_mention_beats_a_first_name() -> None:
    known = names(U1="Maria Lopez", U2="Maria Ortiz")
    assert read(Line("x", 0, "U9", "@Maria Ortiz look", mentions=("U2",)), known).to == "U2"


def test_scripts_without_spaces_share_pairs_of_letters() -> None:
    known = Names()
    one, other = (
        read(Line("x", 0, "a", text), known).words for text in ("\u526f\u672c\u5ef6\u8fdf", "\u770b\u526f\u672c")
    )
    assert one & other == {"\u526f\u672c"}


def test_names_are_known_with_wide_marks_and_polite_ends() -> None:
    known = names(U1="\u7530\u4e2d", U2="\u05d3\u05e0\u05d9")
    assert read(Line("x", 0, "U9", "\u7530\u4e2d\uff1a\u898b\u3066"), known).to == "U1"
    assert read(Line("x", 0, "U9", "\u7530\u4e2d\u3055\u3093\u3001\u898b\u3066"), known).to == "U1"
    assert read(Line("x", 0, "U9", "\u05d3\u05e0\u05d9: \u05ea\u05e1\u05ea\u05db\u05dc"), known).to == "U2"


def test_pictures_are_words() -> None:
    assert read(Line("x", 0, "a", "\U0001f355\u2615!"), Names()).words == {"\U0001f355", "\u2615"}
