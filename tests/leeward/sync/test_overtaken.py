"""What overtakes what: copies of our objects, listings older than our own change, pulls that are given up, clocks apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from leeward.model import Batch, Focus, Instant, ItemType, Key, Message, Note, RemoteId, Sent, Status, Task, TaskChange
from leeward.store import read
from leeward.store.db import Db
from leeward.store.ingest import ingest
from leeward.sync.account import Told
from leeward.sync.pull import pull
from leeward.work import acts, edit, noting
from leeward.work.reversing import reverse
from tests.leeward.sync.test_outbox import line, make, seed
from tests.leeward.sync.world import (
    EVERYTHING,
    PLACE,
    ROOM,
    STEPS,
    Fault,
    KilledError,
    Made,
    Scripted,
    World,
    killed_after,
    lost_after,
    lost_before,
    world,
)


def listed(one: str, title: str, version: str, status: Status = Status.OPEN, key: str = "") -> Task:
    url = f"https://x.example/{one}"
    return Task(RemoteId(one), PLACE, title, status=status, version=version, url=url, key=Key(key) if key else None)


def test_a_copy_of_our_task_with_our_key_in_it_is_another_task(tmp_path: Path) -> None:
    """Cloning an issue, or copying a calendar object, copies the key with the text."""
    with world(tmp_path) as here:
        here.round()
        ours = here.do(make, here.uid, "the first")
        here.settle()
        (made,) = here.service.of(ItemType.TASK)
        here.service.put(ItemType.TASK, made.key, title="the copy")
        for _time in range(2):
            here.round()
            found = {row.title: row for row in here.store.read(read.tasks).result()}
            assert set(found) == {"the first", "the copy"}
            assert found["the first"].id == ours
            assert found["the first"].url == f"https://x.example/{made.id}"


def test_our_task_that_moved_there_stays_ours(tmp_path: Path) -> None:
    """Moved to another calendar it has another name; what it was called before is gone."""
    with world(tmp_path) as here:
        here.round()
        ours = here.do(make, here.uid, "the first")
        here.settle()
        (made,) = here.service.of(ItemType.TASK)
        del here.service.made[made.id]
        here.service.batches = [
            Batch(gone=((ItemType.TASK, RemoteId(made.id)),)),
            Batch(tasks=(listed("moved", "the first", "1", key=made.key),)),
        ]
        here.round()
        (row,) = here.store.read(read.tasks).result()
        assert (row.id, row.url) == (ours, "https://x.example/moved")


@pytest.mark.parametrize("changes", [1, 2])
def test_a_listing_from_before_our_change_brings_nothing_back(tmp_path: Path, changes: int) -> None:
    """A pull and a write cross: the page was asked for first and is stored last. A link would carry it to the other side."""
    with world(tmp_path) as here:
        id = seed(here, "old")
        (one,) = here.service.of(ItemType.TASK)
        for change in range(changes):
            here.do(edit.set_task, id, {"title": f"new {change}", "status": "done"})
            here.settle()
        last = f"new {changes - 1}"
        here.service.made[one.id].at = here.clock.now() + 3_600_000  # its own listing says nothing now
        for version in range(1, changes + 1):
            before = ("old", "1", Status.OPEN) if version == 1 else ("new 0", "2", Status.DONE)
            here.service.batches = [Batch(tasks=(listed(one.id, *before),))]
            here.round()
            row = here.store.read(read.task, id).result()
            assert row is not None
            assert (row.title, row.status) == (last, "done")
            assert here.ask("SELECT version FROM task WHERE id = ?", id) == [(str(changes + 1),)]


def test_what_is_newer_than_our_change_is_taken(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "old")
        here.do(edit.set_task, id, {"title": "new"})
        here.settle()
        (one,) = here.service.of(ItemType.TASK)
        one.title, one.version = "old", 3
        here.round()
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert row.title == "old"


class Hanging(Scripted):
    """Says one page and then nothing more."""

    asked: list[str | None]
    reached: asyncio.Event

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        self.asked.append(cursor)
        text = Message(RemoteId("m"), ROOM, RemoteId("a"), Instant(1), "said")
        yield Batch(messages=(text,), cursor="behind the page")
        self.reached.set()
        await asyncio.Event().wait()


def test_a_pull_that_is_given_up_skips_nothing_when_it_goes_on(tmp_path: Path) -> None:
    """An account is signed in anew, or another process takes over: pages that came were not stored yet."""
    Hanging.asked = []
    here = World(tmp_path, can=EVERYTHING, makes=Hanging)
    try:
        live = here.lives["work"]

        async def give_up() -> None:
            Hanging.reached = asyncio.Event()
            pulling = asyncio.ensure_future(pull(here.store, live, here.clock, STEPS, Told("work"), Focus()))
            await Hanging.reached.wait()
            pulling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pulling

        here.do(lambda db, _now: db.execute("INSERT INTO cursor VALUES (?, 'stored')", (here.uid,)))
        asyncio.run(give_up())
        asyncio.run(give_up())
        assert Hanging.asked == ["stored", "stored"]
    finally:
        here.end()


class Behind(Scripted):
    """Its clock is an hour behind ours, and it searches from `since` on, as most do."""

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        found = await super().find_sent(what, place, thread, key, since)
        return found if found is not None and self.service.made[found.id].at - 3_600_000 >= since else None


def test_a_service_whose_clock_is_behind_gets_nothing_twice(tmp_path: Path) -> None:
    here = World(tmp_path, can=EVERYTHING, makes=Behind)
    try:
        here.lives["work"].skew_s = lambda: 3600.0
        here.round()
        here.do(line, here.uid, "once", "x")
        here.service.faults = [killed_after]
        here.round()
        here.lives["work"].skew_s = lambda: 3600.0
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["once"]
    finally:
        here.end()


def test_ticking_off_a_repeating_task_names_the_instance_that_was_meant(tmp_path: Path) -> None:
    """By the time it is sent, somebody else may have finished it, and the next one be the present one."""
    instances: list[object] = []

    class Told(Scripted):
        async def update(
            self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None
        ) -> Sent:
            instances.append(change.instance)
            return await super().update(place, task, change, key=key, seen=seen)

    here = World(tmp_path, can=EVERYTHING, makes=Told)
    try:
        id = seed(here, "water the plants")
        (one,) = here.service.of(ItemType.TASK)
        one.at = here.clock.now() + 3_600_000  # its own listing says nothing now
        plain = listed(one.id, one.title, "1")
        here.service.batches = [Batch(tasks=(replace(plain, recurring=True, due=date(2026, 11, 23)),))]
        here.round()
        here.do(edit.set_task, id, {"status": "done"})
        here.service.batches = [Batch(tasks=(replace(plain, recurring=True, due=date(2026, 11, 24), version="1"),))]
        here.settle()
        assert instances == [date(2026, 11, 23)]
        here.do(edit.set_task, id, {"title": "water them"})
        here.settle()
        assert instances[1:] == [None]
    finally:
        here.end()


def change(db: Db, now: Instant, id: str) -> None:
    with acts.act(db, now, "changed", [("own", id)]) as act:
        act.outbox += edit.set_task(db, now, id, {"title": "ours", "status": "done"})


def test_undo_shows_what_was_changed_there_meanwhile_and_nothing_is_written_over_it(tmp_path: Path) -> None:
    """What stood here before is old by then, and no pull would bring the news a second time."""
    with world(tmp_path) as here:
        id = seed(here, "before")
        (one,) = here.service.of(ItemType.TASK)
        here.do(change, id)
        one.title, one.version = "theirs", 2
        news = replace(listed(one.id, "theirs", "2", Status.DOING), native_status="In review")
        here.do(lambda db, now: ingest(db, here.uid, (Batch(tasks=(news,)),), STEPS, now))
        one.at = here.clock.now() + 3_600_000  # its own listing says nothing any more
        here.do(acts.undo)
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.status, row.native_status) == ("theirs", "doing", "In review")
        here.do(edit.set_task, id, {"text": "more"})
        here.settle()
        assert (one.title, one.text) == ("theirs", "more")


def test_undo_of_the_second_change_shows_the_first_that_still_waits(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        (one,) = here.service.of(ItemType.TASK)
        here.do(edit.set_task, id, {"title": "first", "text": "words"})
        here.do(change, id)
        news = Batch(tasks=(listed(one.id, "theirs", "2"),))
        here.do(lambda db, now: ingest(db, here.uid, (news,), STEPS, now))
        here.do(acts.undo)
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.text, row.status) == ("first", "words", "open")


def test_undo_of_what_was_sent_leaves_alone_what_somebody_else_changed_since(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        (one,) = here.service.of(ItemType.TASK)
        here.do(change, id)
        here.settle()
        one.title, one.version = "theirs", one.version + 1
        here.round()
        undone = here.do(acts.undo)
        assert undone.sent
        here.do(reverse, undone.sent)
        here.settle()
        assert (one.title, one.status) == ("theirs", "open")
        assert any("title" in entry.say for entry in here.store.read(read.journal, id).result())


def test_undo_of_a_note_leaves_alone_what_somebody_else_wrote_since(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        note = Note(RemoteId("n"), PLACE, "Minutes", "before", Instant(1), version="1")
        here.service.made["n"] = Made("n", ItemType.NOTE, "", "Minutes", "before")
        here.service.batches = [Batch(notes=(note,))]
        here.round()
        id = str(here.ask("SELECT id FROM item WHERE remote = 'n'")[0][0])
        (row,) = here.do(noting.edit_note, id, "ours")
        here.settle()
        later = replace(note, text="theirs", version="3")
        here.service.made["n"].version, here.service.made["n"].text = 3, "theirs"
        here.service.batches = [Batch(notes=(later,))]
        here.round()
        assert here.do(reverse, [row]) == []
        here.settle()
        assert here.service.made["n"].text == "theirs"


@pytest.mark.parametrize("fault", [lost_before, lost_after, killed_after])
def test_undo_of_a_change_whose_answer_was_lost_takes_it_back_there_too(tmp_path: Path, fault: Fault) -> None:
    """It waits for its next try, but it may have arrived: dropping it would only hide what stands there."""
    with world(tmp_path) as here:
        id = seed(here, "before")
        (one,) = here.service.of(ItemType.TASK)
        here.do(change, id)
        here.service.faults = [fault, lost_before, lost_before, lost_before, lost_before]
        here.clock.advance(6)
        with suppress(KilledError):
            asyncio.run(here.engine._sender.ready())
        undone = here.do(acts.undo)
        assert undone.sent
        here.do(reverse, undone.sent)
        here.service.faults = []
        here.settle()
        assert (one.title, one.status) == ("before", "open")
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.status, row.state) == ("before", "open", "sent")
