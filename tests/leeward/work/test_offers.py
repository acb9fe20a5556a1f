"""A better idea about a conversation is offered, never forced."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.work import offers
from leeward.work.context_lines import MINUTE, Line
from leeward.work.conversations import join_threads, split_at
from leeward.work.offers import Offer
from tests.leeward.store.hand import NOW, Hand, base, opened, said
from tests.leeward.work.test_context import interleaved
from tui.cli import main

INCIDENT = (
    ("ana", "is the replica lagging again? writes to reports take ages"),
    ("bo", "ana: which replica, the one in Dublin?"),
    ("ana", "bo: yes the Dublin replica, lag is 40 minutes"),
    ("bo", "ana: the retention job holds a lock, I can move it"),
)
LINES = tuple(said(f"i{n}", text, NOW + n * MINUTE, who) for n, (who, text) in enumerate(INCIDENT))


def test_two_halves_of_a_conversation_are_offered_to_be_joined() -> None:
    lines = interleaved()
    settled = {line.id: "noise" if line.id.startswith("n") else "incident" for line in lines}
    assert offers.offers(lines, settled, "incident") == []
    assert offers.offers(lines, settled, "noise") == []
    halves = {**settled, "i2": "later", "i3": "later"}
    assert offers.offers(lines, halves, "incident") == [Offer("i2", "later")]
    assert offers.offers(lines, halves, "later") == [Offer("i2", "incident")]


def test_a_line_of_another_conversation_is_offered_to_be_split() -> None:
    lines = interleaved()
    settled = {line.id: "one" for line in lines if line.id.startswith("i") or line.id == "n1"}
    settled |= {"n0": "two", "n2": "two"}
    assert Offer("n1") in offers.offers(lines, settled, "one")


def test_nothing_is_offered_for_what_is_not_there() -> None:
    assert offers.offers([], {}, "x") == []
    assert offers.offers([Line("a", 0, "ann", "hello")], {}, "x") == []


def test_an_offer_stands_in_the_journal_until_its_owner_has_settled_it(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=LINES))
        first = hand.thread_of("i0")
        assert hand.thread_of("i3") == first
        assert offers.why(db, first) == []
        fresh = str(hand.act(split_at, hand.line("i2")))
        assert offers.why(db, first) == [], "what the owner split is never offered to be joined"
        hand.act(lambda db, _now: db.execute("DELETE FROM pinned_cut"))
        (row,) = offers.why(db, first)
        assert row.say.startswith("“bo: yes the Dublin replica")
        assert f"leeward thread join {first[:12]} {fresh[:12]}" in row.say
        before = [hand.thread_of(f"i{n}") for n in range(4)]
        hand.take(base(messages=(said("i4", "bo: thanks", NOW + 5 * MINUTE, "ana"),)))
        assert [hand.thread_of(f"i{n}") for n in range(4)] == before, "and nothing moves by itself"
        hand.act(join_threads, first, fresh)
        assert offers.why(db, first) == []
        assert offers.why(db, "nowhere") == []


def test_the_command_line_tells_an_offer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=LINES))
        first = hand.thread_of("i0")
        hand.act(split_at, hand.line("i2"))
        hand.act(lambda db, _now: db.execute("DELETE FROM pinned_cut"))
    main(["--data", str(tmp_path), "--plain", "why", first])
    assert f"leeward thread join {first[:12]}" in capsys.readouterr().out
