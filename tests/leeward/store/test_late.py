"""Lines whose sender's clock is behind ours come after later ones: they are news all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeward.model import Batch, Instant, ReadUpTo, RemoteId, State
from leeward.work import triage
from tests.leeward.store.hand import DAY, HOUR, MINUTE, NOW, ROOM, Hand, base, opened, said, thread


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with opened(tmp_path) as db:
        yield Hand(db)


def first(hand: Hand, flat: bool) -> str:
    """A thread with a line of now, of its own or cut from a flat room."""
    where = None if flat else "t"
    threads = () if flat else (thread("t"),)
    hand.take(base(threads=threads, messages=(said("m1", "is the tide in yet?", NOW, thread=where),)))
    return hand.thread_of("m1")


def late(hand: Hand, flat: bool, who: str = "bo", at: int = NOW - 10 * MINUTE) -> None:
    where = None if flat else "t"
    hand.take(Batch(messages=(said("m2", "no, at nine", at, who, thread=where, reply_to=(RemoteId("m1"),)),)))


@pytest.mark.parametrize("flat", [False, True])
def test_a_late_line_brings_a_cleared_thread_back(hand: Hand, flat: bool) -> None:
    id = first(hand, flat)
    hand.act(triage.done, [id])
    late(hand, flat)
    there = hand.item(hand.thread_of("m2"))
    assert (there["state"], there["listed"]) == (State.NEW, 1)
    assert there["unread"] >= 1


def test_a_late_line_wakes_what_was_put_off(hand: Hand) -> None:
    id = first(hand, flat=False)
    hand.act(triage.later, [id], Instant(NOW + HOUR))
    assert hand.item(id)["state"] == State.LATER
    late(hand, flat=False)
    assert hand.item(id)["state"] == State.NEW


def test_ones_own_late_line_brings_nothing_back(hand: Hand) -> None:
    id = first(hand, flat=False)
    hand.act(triage.done, [id])
    late(hand, flat=False, who="me")
    assert hand.item(id)["state"] == State.DONE


def test_what_was_read_elsewhere_with_it_stays_read(hand: Hand) -> None:
    """The marker comes with the line, so that it was seen where the marker was moved."""
    id = first(hand, flat=True)
    line = said("m2", "no, at nine", NOW - 10 * MINUTE, "bo", reply_to=(RemoteId("m1"),))
    hand.take(Batch(messages=(line,), read=(ReadUpTo(ROOM, RemoteId("m1")),)))
    assert hand.item(id)["unread"] == 0
    assert hand.item(hand.thread_of("m2"))["unread"] == 0


def test_a_line_that_comes_after_the_echo_of_ones_own_marker_is_news(hand: Hand) -> None:
    id = first(hand, flat=False)
    hand.act(triage.done, [id])
    hand.take(Batch(read=(ReadUpTo(RemoteId("project"), RemoteId("m1"), RemoteId("t")),)))
    late(hand, flat=False)
    assert hand.item(id)["state"] == State.NEW


def test_history_of_before_the_account_stays_read(hand: Hand) -> None:
    id = first(hand, flat=False)
    hand.act(triage.done, [id])
    late(hand, flat=False, at=NOW - 40 * DAY)
    assert hand.item(id)["state"] == State.DONE
