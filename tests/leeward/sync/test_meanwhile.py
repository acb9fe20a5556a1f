"""What its owner, or another process, does to waiting changes while the sender is busy with one before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Conflict, Forbidden, Gone, SignInNeeded, Trouble, Usage
from leeward.model import Batch, Instant, ItemType, Place, RemoteId
from leeward.store import outbox, read
from leeward.store.db import Db
from leeward.sync.answer import answer
from leeward.sync.outbox import ROUNDS
from leeward.work import acts, edit, posting
from tests.leeward.sync.test_outbox import line, make
from tests.leeward.sync.world import ROOM, Fault, KilledError, World, killed_after, killed_before, lost_before, world


def meanwhile(does: Callable[[], Any]) -> Fault:
    """A write during which somebody else does something here; it succeeds."""

    def fault(when: str) -> None:
        if when == "before":
            does()

    return fault


def rename(db: Db, now: Instant, id: str, title: str) -> None:
    with acts.act(db, now, "renamed", [("own", id)]) as act:
        act.outbox += edit.set_task(db, now, id, {"title": title})


def room(here: World) -> str:
    return str(here.ask("SELECT id FROM place WHERE remote = ?", ROOM)[0][0])


def test_what_is_undone_while_another_change_is_being_sent_is_not_sent(tmp_path: Path) -> None:
    """Its grace is over, but it has not left yet: undo says that it dropped it, and it must be so."""
    with world(tmp_path) as here:
        here.round()
        here.do(line, here.uid, "first", "x")
        here.do(posting.post, room(here), "second")
        here.service.faults = [meanwhile(lambda: here.do(acts.undo))]
        here.round()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["first"]
        assert here.store.read(outbox.listed).result() == []


def test_what_is_changed_while_another_change_is_being_sent_is_sent_as_it_is_now(tmp_path: Path) -> None:
    """A waiting create takes a change along; the row that was read before must not go out in its place."""
    with world(tmp_path) as here:
        here.round()
        here.do(line, here.uid, "first", "x")
        task = here.do(make, here.uid, "old title")
        here.service.faults = [meanwhile(lambda: here.do(rename, task, "new title"))]
        here.settle()
        assert [one.title for one in here.service.of(ItemType.TASK)] == ["new title"]
        row = here.store.read(read.task, task).result()
        assert row is not None
        assert (row.title, row.state) == ("new title", "sent")


def test_a_row_that_was_put_off_meanwhile_waits(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(line, here.uid, "first", "x")
        second = here.do(line, here.uid, "second", "y")
        later = Instant(here.clock.now() + 3_600_000)

        def put_off(db: Db, _now: Instant) -> None:
            db.execute("UPDATE outbox SET due = ? WHERE row = ?", (later, second))

        here.service.faults = [meanwhile(lambda: here.do(put_off))]
        here.round()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["first"]
        here.clock.advance(3_601)
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["first", "second"]


@pytest.mark.parametrize("choice", ["send", "drop"])
def test_a_row_that_is_being_sent_is_neither_dropped_nor_sent_anew(tmp_path: Path, choice: str) -> None:
    """Nobody knows yet what becomes of it: dropping would hide what the service gets, sending would double it."""
    said: list[str] = []
    with world(tmp_path) as here:
        here.round()
        row = here.do(line, here.uid, "once", "x")

        def decide() -> None:
            try:
                here.store.write(answer, row, choice, here.clock.now()).result()
            except Usage as usage:
                said.append(usage.what)

        here.service.faults = [meanwhile(decide)]
        here.round()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["once"]
        assert here.store.read(outbox.listed).result() == []
        assert bool(said) == (choice == "drop")


def test_what_may_have_arrived_is_looked_for_also_when_its_owner_says_send(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        row = here.do(line, here.uid, "once", "x")
        here.service.faults = [killed_after]
        here.round()
        here.store.write(answer, row, "send", here.clock.now()).result()
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["once"]
        assert here.store.read(outbox.listed).result() == []


def test_a_row_without_a_sender_can_be_dropped(tmp_path: Path) -> None:
    """The process that sent it died, and its account was not asked since."""
    with world(tmp_path) as here:
        here.round()
        row = here.do(line, here.uid, "once", "x")
        here.service.faults = [killed_before]
        here.round()
        here.clock.advance(301)
        here.store.write(answer, row, "drop", here.clock.now()).result()
        here.settle()
        assert here.service.of(ItemType.MESSAGE) == []


def test_a_trouble_of_one_account_lets_the_others_finish_before_anything_is_read_anew(tmp_path: Path) -> None:
    """What another account is still sending would look as if its process had died, and be sent a second time."""
    with world(tmp_path, names=("work", "home")) as here:
        here.round()
        here.do(line, here.lives["work"].uid, "a", "x")
        here.do(line, here.lives["home"].uid, "b", "y")
        here.clock.advance(6)
        here.services["work"].faults = [killed_before]
        with pytest.raises(KilledError):
            asyncio.run(here.engine._sender.ready())
        assert [one.text for one in here.services["home"].of(ItemType.MESSAGE)] == ["b"]
        states = here.ask("SELECT state FROM outbox WHERE account = ?", here.lives["home"].uid)
        assert states == [("sent",)]


@pytest.mark.parametrize("trouble", [Gone("It is not there."), Forbidden("It is not for you.")])
def test_what_cannot_be_looked_for_any_more_is_asked_about_and_holds_up_nothing_for_ever(
    tmp_path: Path, trouble: Trouble
) -> None:
    """The thread that a line went to was deleted, or closed to us, before we could look."""
    with world(tmp_path) as here:
        here.round()
        here.do(line, here.uid, "once", "x")
        here.service.faults = [lost_before]
        here.service.read_faults = [None, trouble]
        here.round()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        assert trouble.what in row.why
        here.store.write(answer, row.row, "send", here.clock.now()).result()
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["once"]


def test_a_refused_token_stops_the_account_also_where_the_change_may_have_arrived(tmp_path: Path) -> None:
    """The first answer was lost, and the repeat of it was refused."""
    with world(tmp_path) as here:
        here.round()
        here.do(line, here.uid, "once", "x")
        here.service.faults = [lambda when: SignInNeeded("Refused.", taken=True) if when == "after" else None]
        here.round()
        assert here.lives["work"].stopped
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "unsure"


@pytest.mark.parametrize("choice", ["send", "drop"])
def test_a_line_for_a_room_that_was_replaced_meanwhile_is_asked_about(tmp_path: Path, choice: str) -> None:
    """The old room takes no lines any more, and who reads the new one was not known when it was written."""
    with world(tmp_path) as here:
        here.round()
        here.do(posting.post, room(here), "once")
        new = Place(RemoteId("r2"), "Room, renewed", flat=True)
        here.service.batches = [Batch(moved=((ROOM, new.id),), places=(new,))]
        here.round()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        assert "Room, renewed" in row.why
        assert here.service.posted_to == []
        here.store.write(answer, row.row, choice, here.clock.now()).result()
        here.settle()
        assert here.service.posted_to == ([new.id] if choice == "send" else [])
        assert here.store.read(outbox.listed).result() == []


def test_what_stands_in_the_way_of_a_create_for_good_is_asked_about(tmp_path: Path) -> None:
    """Something else is at our path: it is looked for once, and then no more."""
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [lambda when: Conflict("Something else is there already.")] * 40
        here.settle()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        assert "Something else" in row.why
        assert len(here.service.calls) == 2


def test_what_never_gets_an_answer_is_not_sent_for_ever(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [lost_before] * 100
        here.settle(rounds=60)
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        assert len(here.service.calls) == ROUNDS
        here.service.faults = []
        here.store.write(answer, row.row, "send", here.clock.now()).result()
        here.settle()
        assert len(here.service.of(ItemType.TASK)) == 1
