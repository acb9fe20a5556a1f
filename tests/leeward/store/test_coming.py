"""One's own lines that a service does not show yet: each once, with the outbox's word, until the real one is here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.model import ItemType, RemoteId, Sent
from leeward.store import outbox, read, stretch
from leeward.store.inbox import rows as inbox_rows
from leeward.store.stretch import Where
from leeward.sync.answer import answer
from leeward.sync.outbox import arrived
from leeward.work import acts, posting
from tests.leeward.store.hand import HOUR, MINUTE, NOW, Hand, base, opened, said, thread
from tests.leeward.work.test_capture import made, team


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with opened(tmp_path) as db:
        found = Hand(db)
        found.take(base(threads=(thread("t"),), messages=(said("m1", "who can look?", NOW, thread="t"),)))
        found.tick()
        yield found


def reply(hand: Hand, text: str = "I can", **rest: object) -> int:
    row = hand.act(posting.reply, hand.thread("t"), text, **rest)
    assert isinstance(row, int)
    return row


def coming(hand: Hand, id: str | None = None) -> list[tuple[str, str | None]]:
    return [(row.text, row.sending) for row in outbox.coming(hand.db, hand.now, id or hand.thread("t"))]


def settle(hand: Hand, row: int, state: str, **facts: Any) -> None:
    hand.act(lambda db, _now: outbox.settle(db, row, state, **facts))


def sent(hand: Hand, row: int, remote: str = "m2") -> None:
    """As the sender leaves a row whose request was answered."""
    settle(hand, row, "queued", started=hand.now)
    hand.act(lambda db, now: arrived(db, row, "team", Sent(RemoteId(remote), None), now))


def key(hand: Hand, row: int) -> str:
    return str(outbox.get(hand.db, row).key)


@pytest.mark.parametrize("state", ["queued", "unsure", "asks", "failed"])
def test_a_line_carries_the_outboxs_word(hand: Hand, state: str) -> None:
    row = reply(hand, files=[{"name": "plan.pdf", "data": ""}])
    settle(hand, row, state)
    (line,) = outbox.coming(hand.db, hand.now, hand.thread("t"))
    assert (line.text, line.sending, line.mine, line.unread, line.at) == ("I can", state, True, False, hand.now)
    assert [file.name for file in line.files] == ["plan.pdf"]
    assert hand.one("SELECT count(*) FROM message WHERE id = ?", line.id) == 0


def test_lines_stand_in_order_and_in_their_own_thread_only(hand: Hand) -> None:
    for text in ("one", "two"):
        reply(hand, text)
        hand.tick()
    hand.take(base(threads=(thread("u"),), messages=(said("n1", "else", NOW, thread="u"),)))
    assert coming(hand) == [("one", "queued"), ("two", "queued")]
    assert coming(hand, hand.thread("u")) == []


def test_what_is_dropped_or_undone_is_gone_and_redone_is_back(hand: Hand) -> None:
    row = reply(hand)
    hand.act(lambda db, now: answer(db, row, "drop", now))
    assert coming(hand) == []
    reply(hand, "again")
    hand.act(acts.undo)
    assert coming(hand) == []
    hand.act(acts.redo)
    assert coming(hand) == [("again", "queued")]


def test_a_text_that_was_changed_is_shown_as_it_is_and_made_harmless(hand: Hand) -> None:
    row = reply(hand)
    settle(hand, row, "queued", doc=outbox.get(hand.db, row).doc | {"text": "I \x1b[31mcan"})
    ((text, _state),) = coming(hand)
    assert "\x1b" not in text
    assert text.startswith("I ")
    assert text != "I can"


def test_a_sent_line_stays_until_the_real_one_is_here_known_by_its_id(hand: Hand) -> None:
    sent(hand, reply(hand))
    assert coming(hand) == [("I can", "sent")]
    hand.take(base(messages=(said("m2", "I can", hand.now, "me", thread="t"),)))
    assert coming(hand) == []
    assert [row.text for row in read.messages(hand.db, hand.thread("t"))] == ["who can look?", "I can"]


def test_the_real_line_is_known_by_our_key_also_before_its_answer_is(hand: Hand) -> None:
    row = reply(hand)
    settle(hand, row, "unsure", started=hand.now)
    hand.take(base(messages=(said("m9", "*I can*", hand.now, "me", thread="t", key=key(hand, row)),)))
    assert coming(hand) == []
    sent(hand, row, "another name")
    assert coming(hand) == []


def test_a_sent_line_that_never_comes_back_does_not_stay_for_good(hand: Hand) -> None:
    sent(hand, reply(hand))
    hand.tick(outbox.FRESH_MS - 1)
    assert coming(hand) == [("I can", "sent")]
    hand.tick(1)
    assert coming(hand) == []


def test_a_sent_line_that_is_taken_back_is_gone(hand: Hand) -> None:
    row = reply(hand)
    sent(hand, row)
    hand.act(lambda db, now: outbox.take_back(db, now, outbox.get(db, row)))
    assert coming(hand) == []


def test_a_line_that_waits_at_its_service_stands_at_its_time_until_then(hand: Hand) -> None:
    at = hand.now + HOUR
    row = reply(hand, at=at)
    result = {"id": "scheduled", "waiting": True}
    settle(hand, row, "sent", due=at, started=hand.now, result=result)
    (line,) = outbox.coming(hand.db, hand.now, hand.thread("t"))
    assert (line.at, line.sending) == (at, "queued")
    hand.tick(HOUR)
    assert coming(hand) == []


def test_a_thread_that_is_told_of_a_task_shows_what_it_will_be_told(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        chat = team(db)
        made(chat, reply=True)
        assert coming(chat, chat.thread_of("a3")) == [("Task: Write down why it stopped", "queued")]


def test_counts_stretches_and_what_is_unread_know_nothing_of_it(hand: Hand) -> None:
    id = hand.thread("t")

    def seen() -> tuple[object, ...]:
        lines = stretch.message_stretch(hand.db, id, Where(5, end=True)).rows
        (row,) = inbox_rows(hand.db, [id])
        return [line.id for line in lines], [line.id for line in read.messages(hand.db, id)], row.unread, row.updated

    before = seen()
    reply(hand)
    assert coming(hand)
    assert seen() == before
    assert [line.id for line in read.messages(hand.db, id)] == [hand.id(ItemType.MESSAGE, "m1")]


def test_a_thread_with_many_sent_lines_is_asked_by_its_index(hand: Hand) -> None:
    values = (hand.thread("t"), NOW, NOW - MINUTE)
    plan = [str(row[3]) for row in hand.db.execute(f"EXPLAIN QUERY PLAN {outbox._COMING}", values)]
    scans = [step for step in plan if step.startswith("SCAN") and "json_each" not in step]
    assert not scans
    assert any("outbox_item" in step for step in plan)
    assert any("message_key" in step for step in plan)
