from __future__ import annotations

import random

import pytest

from leeward.work import context_flow
from leeward.work.context_cues import PAIR_SIZES, START_SIZES, Heard, Talk, pair, start
from leeward.work.context_flow import Flow
from leeward.work.context_lines import MINUTE, UNKNOWN, Line, Names, read
from leeward.work.context_weights import PAIR, START


def test_there_is_a_weight_for_every_cue() -> None:
    assert tuple(map(len, PAIR)) == PAIR_SIZES
    assert tuple(map(len, START)) == START_SIZES


def test_every_cue_is_a_cell_of_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is said: a cell beyond its table would be an error, one in the wrong row a wrong weight."""
    seen: list[tuple[tuple[int, ...], tuple[int, ...]]] = []

    def watched(line: Heard, before: Heard, shared: int, talk: Talk | None) -> tuple[int, ...]:
        cells = pair(line, before, shared, talk)
        seen.append((cells, start(line, before)))
        return cells

    monkeypatch.setattr(context_flow, "pair", watched)
    dice = random.Random(4)
    flow = Flow()
    words = [
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
    ]
    for n in range(800):
        text = " ".join(dice.choices(words, k=dice.randrange(20)))
        flow.push(Line(str(n), n * dice.randrange(3) * MINUTE, dice.choice(["ann", "bob", "cleo", "dan"]), text))
    assert len(seen) > 3000
    for pairs, starts in seen:
        assert all(0 <= cell < size for cell, size in zip(pairs, PAIR_SIZES, strict=True))
        assert all(0 <= cell < size for cell, size in zip(starts, START_SIZES, strict=True))


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
