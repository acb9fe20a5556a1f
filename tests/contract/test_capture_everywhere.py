"""A line of every kind with threads becomes a task of every kind that takes tasks: once, with its lines, linked back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.testing.harness import FakeHarness
from leeward.ids import item_id
from leeward.model import AccountUid, Instant, ItemId, ItemType, Keep, RemoteId
from leeward.ports import Can, Login
from leeward.rows import OutboxRow, TaskRow
from leeward.store import accounts, outbox, read
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Break, Held
from leeward.work import edit, instep
from leeward.work.capture import Captured, Order, capture
from leeward.work.conversations import cut_flat
from tests.contract.worlds import able, world_of
from tests.fakes.described import Described

TALKS = able(Can.THREADS)
TRACKS = able(Can.TASKS, Can.TASK_WRITE)
PAIRS = [(talk, track) for talk in TALKS for track in TRACKS]
# A lost answer concerns each kind by itself: every kind once at each end, all pairs in a full run.
LOST = [each for each in PAIRS if os.environ.get("LEEWARD_FULL") or TALKS[0] == each[0] or TRACKS[0] == each[1]]
TITLE = "Write down why the job stopped"
BEFORE, LINE = "the retention job has not run since Friday", "someone should write down why it stopped"


class Hands(FakeClock):
    """The clock of the program; the services' own clocks go with it."""

    def __init__(self, worlds: tuple[FakeHarness, ...]) -> None:
        super().__init__(worlds[0].clock.now())
        self._worlds = worlds

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        for each in self._worlds:
            each.advance(seconds)


class Pair:
    """An account that talks and one that keeps tasks, over one store and one engine."""

    def __init__(self, folder: Path, talk: FakeHarness, track: FakeHarness) -> None:
        self.talk, self.track = talk, track
        self.clock = Hands((talk, track))
        self.store, self.lock = Store(folder), SyncLock(folder)
        self.lives = {name: self._live(name, each) for name, each in (("talk", talk), ("track", track))}
        self.lock.take("sync", self.clock.now())
        steps = (cut_flat, edit.keep_ours, instep.follow)
        self.engine = Engine(self.store, list(self.lives.values()), self.clock, steps, self.lock, instep.completed)

    def _live(self, name: str, world: FakeHarness) -> Live:
        kind = world.manifest.kind

        def ensure(db: Db) -> AccountUid:
            return accounts.ensure(db, name, kind, "https://x.example", now=self.clock.now(), since=Instant(0))

        uid = self.store.write(ensure).result()
        return Live(uid, Login(name, kind, "https://x.example"), world.manifest, world.connector())

    def id(self, account: str, what: str, remote: RemoteId) -> ItemId:
        return item_id(self.lives[account].uid, what, remote)

    def settle(self) -> None:
        """Sync until nothing is on its way any more."""
        for _round in range(12):
            told = asyncio.run(self.engine.round())
            assert [one.trouble for one in told] == [None, None]
            if not self.on_their_way():
                return
            self.clock.advance(120)

    def on_their_way(self) -> list[OutboxRow]:
        return [row for row in self.store.read(outbox.listed).result() if row.state != "sent"]

    def capture(self, line: RemoteId) -> Captured:
        message = self.id("talk", ItemType.MESSAGE, line)
        place = self.id("track", "place", self.track.place(ItemType.TASK))
        order = Order(message, place, TITLE, own="Please.", reply=True, keep=Keep.OFF)
        return self.store.write(lambda db: capture(db, self.clock.now(), order)).result()

    def task(self, id: ItemId) -> TaskRow:
        row = self.store.read(read.task, id).result()
        assert row is not None
        return row

    def tasks(self) -> list[TaskRow]:
        return [row for row in self.store.read(read.tasks).result() if row.title == TITLE]

    def remote(self, id: ItemId) -> str | None:
        row = self.store.read(lambda db: db.execute("SELECT remote FROM item WHERE id = ?", (id,)).fetchone()).result()
        return row and str(row[0])

    def made(self) -> dict[RemoteId, Held]:
        return {id_: held for id_, held in self.track.tasks().items() if held.title == TITLE}

    def end(self) -> None:
        self.lock.release()
        self.store.close()


@contextmanager
def pair(folder: Path, talk: str, track: str) -> Iterator[Pair]:
    worlds = []
    for kind in (talk, track):
        found = world_of(kind)
        if found is None:
            pytest.skip(f"{kind} has no world yet")
        worlds.append(_bare(found()))
    made = Pair(folder, *worlds)
    try:
        yield made
        assert [getattr(each.http.service, "wrong", []) for each in worlds] == [[], []]
    finally:
        made.end()


def _bare(world: FakeHarness) -> FakeHarness:
    """Without the published description: each kind's own suite holds its requests to that, and reading it takes seconds."""
    if isinstance(world.http.service, Described):
        world.http.service = world.http.service.service
    return world


def test_the_kinds_with_worlds_are_found() -> None:
    assert {kind for kind in TALKS if world_of(kind)} >= {"gitlab", "matrix", "clickup", "slack"}
    assert {kind for kind in TRACKS if world_of(kind)} >= {"gitlab", "caldav", "clickup"}


@pytest.mark.parametrize(
    ("talk", "track", "answers"), [(*each, "kept") for each in PAIRS] + [(*each, "lost") for each in LOST]
)
def test_a_line_becomes_one_task_and_its_thread_is_told_once(
    tmp_path: Path, talk: str, track: str, answers: str
) -> None:
    with pair(tmp_path, talk, track) as here:
        thread, _first = here.talk.add_thread("db-2 is at 94 % disk")
        here.clock.advance(60)
        here.talk.add_line(BEFORE, thread)
        here.clock.advance(60)
        line = here.talk.add_line(LINE, thread)
        here.clock.advance(60)
        here.settle()
        before = here.talk.lines()

        found = here.capture(line)
        assert here.made() == {}  # capture only enqueues
        assert here.capture(line).task == found.task
        if answers == "lost":
            for world in (here.talk, here.track):
                world.break_next(Break("lost"), "write")
        here.settle()
        check(here, found, before)

        here.clock.advance(3600)
        here.settle()
        check(here, found, before)


def check(here: Pair, found: Captured, before: dict[RemoteId, Held]) -> None:
    """One task there, one answer there, and both name one another."""
    assert here.on_their_way() == []
    ((remote, held),) = here.made().items()
    row = here.task(found.task)
    assert (row.title, row.state) == (TITLE, "sent")
    assert "Please." in held.text
    assert LINE in held.text.replace("\u00a0", " ")
    assert [one.id for one in here.tasks()] == [found.task]  # what the pull brought back is the same row
    assert here.remote(found.task) == remote
    if Can.POST not in here.talk.manifest.can:
        return
    told = {id_: each for id_, each in here.talk.lines().items() if id_ not in before}
    (answer,) = told.values()
    assert TITLE in answer.text
    assert row.url is None or row.url in answer.text
