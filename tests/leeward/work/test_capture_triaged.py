"""A line of which the service itself says that a task was made of it: no second one is made."""

from __future__ import annotations

from pathlib import Path

from leeward.model import ItemId, ItemType, Message, RemoteId, Thread
from leeward.store import own
from leeward.store.db import write
from leeward.work.capture import Captured, Order, capture, earlier
from tests.leeward.store.hand import MINUTE, NOW, PROJECT, ROOM, Hand, base, opened, said, task

ROOT = RemoteId("room/801")
TASK = RemoteId("86x")


def talk(hand: Hand, *, known: bool = True, of: RemoteId = TASK) -> None:
    lines: tuple[Message, ...] = (
        said("801", "The gate does not close", NOW, thread=ROOT, place=ROOM),
        said("801/802", "since Friday", NOW + MINUTE, "bo", thread=ROOT, place=ROOM, reply_to=("801",)),
    )
    threads = (Thread(ROOT, ROOM, "The gate does not close", task=of),)
    tasks = (task(str(of), title="Mend the gate"),) if known else ()
    hand.take(base(messages=lines, threads=threads, tasks=tasks))
    write(hand.db, own.ensure_local, NOW)


def made(hand: Hand, line: str, *, again: bool = False) -> Captured:
    order = Order(hand.line(line), ItemId(hand.id("place", PROJECT)), "Mend the gate", again=again)
    found = hand.act(capture, order)
    assert isinstance(found, Captured)
    return found


def test_the_line_it_was_made_of_gives_that_task_and_sends_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        talk(hand)
        found = made(hand, "801")
        assert (found.task, found.new) == (hand.id(ItemType.TASK, TASK), False)
        assert hand.one("SELECT count(*) FROM outbox") == 0


def test_an_answer_below_it_may_become_a_task_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        talk(hand)
        assert earlier(db, hand.line("801/802")) is None
        assert made(hand, "801/802").new


def test_again_makes_another_one(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        talk(hand)
        assert made(hand, "801", again=True).new


def test_a_task_that_is_not_here_stops_nobody(tmp_path: Path) -> None:
    """It lies in a list that is not read, or was deleted: nothing could be shown in its place."""
    with opened(tmp_path) as db:
        hand = Hand(db)
        talk(hand, known=False)
        assert earlier(db, hand.line("801")) is None
        assert made(hand, "801").new


def test_where_thread_and_task_are_one_its_lines_are_about_it(tmp_path: Path) -> None:
    """The first line of an issue may become a task elsewhere, as any other of its lines."""
    with opened(tmp_path) as db:
        hand = Hand(db)
        talk(hand, of=ROOT)
        assert earlier(db, hand.line("801")) is None
