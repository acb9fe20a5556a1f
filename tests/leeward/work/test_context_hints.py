"""The owner's own corrections as gentle evidence for the next context."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.model import ItemId
from leeward.store import own
from leeward.store.db import Db, write
from leeward.work import acts
from leeward.work.capture import Order, capture, propose
from leeward.work.context import Choice, Hints, Line, Mark, choose
from leeward.work.context_hints import choice, hints, lean, note_ticks, ticks, told
from leeward.work.context_lines import MINUTE
from leeward.work.conversations import around, join_threads, split_at
from tests.leeward.store.hand import NOW, Hand, base, opened, said

LINES = tuple(
    said(f"m{n}", text, NOW + n * MINUTE, who)
    for n, (who, text) in enumerate(
        (
            ("ana", "the disk of db-2 is nearly full again"),
            ("bo", "lunch at noon?"),
            ("ana", "the retention job did not run since Friday"),
            ("bo", "noodles or pizza"),
            ("ana", "someone should look at the job"),
        )
    )
)


def team(db: Db) -> Hand:
    hand = Hand(db)
    hand.take(base(messages=LINES))
    write(db, own.ensure_local, NOW)
    return hand


def score(hand: Hand, target: str, other: str) -> float:
    return next(mark.score for mark in choice(hand.db, hand.line(target)).marks if mark.id == hand.line(other))


def take(hand: Hand, target: str, *lines: str, again: bool = False) -> None:
    chosen = tuple(hand.line(line) for line in lines)
    hand.act(capture, Order(hand.line(target), ItemId("local-place"), "A task", context=chosen, again=again))


def test_hints_raise_and_lower_scores_and_never_decide() -> None:
    lines = [
        Line("a", 0, "ann", "bob: did the vault backup finish?"),
        Line("b", MINUTE, "bob", "ann: it did, at six"),
        Line("c", 2 * MINUTE, "cleo", "who has the key of the shed?"),
    ]

    def scores(found: Hints | None) -> list[float]:
        return [mark.score for mark in choose(lines, "b", hints=found).marks]

    plain = scores(None)
    assert scores(Hints()) == plain
    nudged = scores(Hints({"a": -1.0, "c": 1.0}))
    assert nudged[0] < plain[0]
    assert nudged[1] > plain[1]
    assert scores(Hints(lean=0.5))[1] > plain[1] > scores(Hints(lean=-0.5))[1]
    assert choose(lines, "b", hints=Hints({"a": -1.0})).taken == {"a"}, "gentle: what plainly belongs still does"


def test_a_join_and_a_split_are_remembered(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        before = score(hand, "m1", "m0")
        if hand.thread_of("m0") == hand.thread_of("m1"):
            hand.act(split_at, hand.line("m1"))
            assert score(hand, "m1", "m0") < before
        else:
            hand.act(join_threads, hand.thread_of("m0"), hand.thread_of("m1"))
            assert score(hand, "m1", "m0") > before


def test_ticked_lines_belong_together_next_time_and_undo_forgets_it(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        together, apart = score(hand, "m2", "m0"), score(hand, "m2", "m1")
        take(hand, "m4", "m0", "m2")
        assert score(hand, "m2", "m0") > together
        assert score(hand, "m2", "m1") < apart
        hand.act(acts.undo)
        assert score(hand, "m2", "m0") == together
        assert score(hand, "m2", "m1") == apart


def test_a_choice_says_something_of_the_lines_amid_it_only() -> None:
    ids = ["a", "b", "c", "d", "e"]
    assert told(ids, {"b", "d"}, "b") == {"c": -1.0, "d": 1.5}
    assert told(ids, {"b", "d"}, "c") == {"b": -1.0, "d": -1.0}
    assert told(ids, {"b", "d"}, "e") == {}
    assert told(ids, {"b"}, "b") == {}
    assert told(ids, {"x", "y"}, "b") == {}


def test_a_place_where_lines_are_added_leans_towards_more(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        place = hand.id("place", "room")
        assert ticks(db, place) == (0, 0)
        proposed = {mark.id for mark in choice(db, hand.line("m4")).marks} - choice(db, hand.line("m4")).taken
        take(hand, "m4", *(f"m{n}" for n in range(4)))
        assert ticks(db, place) == (len(proposed), 0)
        assert hints(db, around(db, hand.line("m3")), hand.line("m3")).lean == lean(len(proposed), 0)
        assert propose(db, hand.line("m3"), "UTC").taken is not None


def test_what_is_taken_as_offered_leaves_no_trace(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        place = hand.id("place", "room")
        offered = Choice((Mark("a", 0.9, ""), Mark("b", 0.1, "")), frozenset({"a"}))
        write(db, note_ticks, place, offered, ["a", "far away"])
        assert ticks(db, place) == (0, 0)
        write(db, note_ticks, place, offered, ["b"])
        assert ticks(db, place) == (1, 1)
        for _ in range(60):
            write(db, note_ticks, place, offered, ["a", "b"])
        assert sum(ticks(db, place)) <= 40, "older choices fade"


@pytest.mark.parametrize(("ticked", "unticked", "sign"), [(0, 0, 0), (9, 0, 1), (0, 9, -1), (500, 0, 1)])
def test_the_lean_is_bounded(ticked: int, unticked: int, sign: int) -> None:
    found = lean(ticked, unticked)
    assert (found > 0) - (found < 0) == sign
    assert abs(found) <= 0.7
