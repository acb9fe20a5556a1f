"""Rounds: a broken account leaves the others alone, quiet rounds write nothing, neighbours are heard."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from leeward.errors import Problem, SignInNeeded, TryLater
from leeward.events import AccountTold, Changed, Event
from leeward.model import Batch, Focus, Instant, ItemType, Message, RemoteId
from leeward.ports import Can
from leeward.store import accounts, inbox, lanes, outbox
from leeward.store.db import write
from leeward.sync.account import Live, Told
from leeward.sync.backoff import MOST_S, wait_s
from leeward.sync.engine import grant, granted, wish, wished
from leeward.sync.lock import SyncLock, held, holder
from tests.leeward.store.hand import NOW, opened
from tests.leeward.sync.test_outbox import make
from tests.leeward.sync.world import EVERYTHING, ROOM, Scripted, World, world


def told(here: World, *names: str) -> list[Told]:
    return asyncio.run(here.engine.round(names))


def test_a_broken_account_leaves_the_others_alone(tmp_path: Path) -> None:
    with world(tmp_path, names=("bad", "good", "buggy")) as here:
        here.services["bad"].read_faults = [SignInNeeded("The token was refused.", "Sign in again.")]
        here.services["buggy"].batches = [Batch(messages=(None,))]  # type: ignore[arg-type]  # a connector's bug
        here.services["good"].batches = [
            Batch(messages=(Message(RemoteId("m"), ROOM, RemoteId("a"), Instant(NOW), "hi"),))
        ]
        by_name = {one.account: one for one in told(here)}
        assert by_name["bad"].trouble == ("The token was refused.", "Sign in again.")
        assert by_name["buggy"].trouble is not None
        assert by_name["good"].trouble is None
        assert by_name["good"].pulled["messages"] == 1
        health = here.store.read(accounts.health).result()
        assert {name: row[0] for name, row in health.items()} == {"bad": False, "good": True, "buggy": False}


def test_what_came_before_a_failure_stays(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        line = Message(RemoteId("m"), ROOM, RemoteId("a"), Instant(NOW), "said before it broke")
        here.service.batches = [Batch(messages=(line,)), TryLater("No connection.", "Trying again.")]
        (one,) = told(here)
        assert one.trouble == ("No connection.", "Trying again.")
        assert one.pulled["messages"] == 1
        (row,) = here.store.read(inbox.page).result()
        assert row.title == "said before it broke"


def test_a_pause_that_goes_on_tells_its_new_end_and_is_no_news(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with world(tmp_path) as here, caplog.at_level(logging.INFO, "leeward.sync"):
        here.round()
        for end in ("10:15", "10:15", "10:30"):
            here.service.read_faults = [TryLater("A pause is asked for.", f"Going on at {end}.", taken=False)] * 2
            here.round()
            (_ok, what, do, _odd) = here.store.read(accounts.health).result()["work"]
            assert (what, do) == ("A pause is asked for.", f"Going on at {end}.")
        assert [record.getMessage() for record in caplog.records] == ["account work: A pause is asked for."]


def test_it_is_logged_once_when_it_breaks_and_once_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    with world(tmp_path) as here, caplog.at_level(logging.INFO, "leeward.sync"):
        here.store.bus.listen(events.append)
        here.round()
        here.service.read_faults = [TryLater("No connection.", "Trying again.", taken=False)] * 5
        for _round in range(8):
            here.round()
        said = [(record.levelname, record.getMessage()) for record in caplog.records]
        assert said == [("WARNING", "account work: No connection."), ("INFO", "account work works again")]
        assert [event.what for event in events if isinstance(event, AccountTold)] == ["No connection.", None]


def test_a_failing_service_hides_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.service.put(ItemType.TASK, "", title="Keep me")
        here.round()
        before = here.ask("SELECT id, gone, state FROM item")
        here.service.read_faults = [TryLater("x"), SignInNeeded("x"), Problem("x"), TryLater("x")]
        for _round in range(5):
            here.round()
        assert here.ask("SELECT id, gone, state FROM item") == before


def test_what_came_before_a_failure_stays_and_the_rest_is_asked_again(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        asked: list[str | None] = []

        async def pull(cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
            asked.append(cursor)
            for number in range(3):
                if number == 2 and len(asked) == 1:
                    raise TryLater("No connection.", taken=False)
                line = Message(RemoteId(f"m{number}"), ROOM, RemoteId("a"), Instant(NOW + number), f"{number} " * 3)
                yield Batch(messages=(line,) * 1, cursor=f"{number}")

        here.lives["work"].connector.pull = pull  # type: ignore[method-assign]
        from leeward.sync import pull as pull_module

        before = pull_module.ROWS_A_TRANSACTION
        pull_module.ROWS_A_TRANSACTION = 1
        try:
            here.round()
            assert here.ask("SELECT count(*) FROM message")[0][0] == 2
            assert here.store.read(accounts.cursor, here.uid).result() == "1"
            here.round()
        finally:
            pull_module.ROWS_A_TRANSACTION = before
        assert asked[1] == "1"
        assert here.ask("SELECT count(*) FROM message")[0][0] == 3


def test_a_round_with_nothing_new_writes_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.service.put(ItemType.TASK, "", title="A task")
        for _round in range(2):
            here.round()
        watcher = lanes.Store(tmp_path)
        try:
            watcher.others_wrote().result()
            wal = tmp_path / "leeward.db-wal"
            stamps = (wal.stat().st_mtime_ns, wal.stat().st_size, (tmp_path / "leeward.db").stat().st_mtime_ns)
            events: list[Event] = []
            here.store.bus.listen(events.append)
            for _round in range(3):
                here.clock.advance(60)
                here.round()
            assert not watcher.others_wrote().result()
            assert stamps == (wal.stat().st_mtime_ns, wal.stat().st_size, (tmp_path / "leeward.db").stat().st_mtime_ns)
            assert not [event for event in events if isinstance(event, Changed)]
        finally:
            watcher.close()
        assert holder(tmp_path)["last"]["work"] == here.clock.now()


def test_what_was_written_before_the_clock_was_set_back_is_not_left_behind(tmp_path: Path) -> None:
    year = 365 * 86_400_000
    with world(tmp_path, can=EVERYTHING - {Can.SEND_LATER}) as here:
        here.round()
        here.clock.advance(year / 1000)
        here.do(make, here.uid, "Written in the wrong year")
        at = here.clock.now() + year
        later: dict[str, object] = {
            "place": ROOM,
            "thread": None,
            "text": "Happy new year",
            "reply_to": None,
            "files": [],
            "at": at,
        }
        row = here.do(outbox.put, here.uid, "post", later, grace_ms=year)
        here.clock._now = Instant(here.clock.now() - year)
        asyncio.run(here.engine.tidy())
        here.clock.advance(6)
        here.round()
        assert [one.title for one in here.service.of(ItemType.TASK)] == ["Written in the wrong year"]
        assert [(one.row, one.due) for one in here.store.read(outbox.listed).result()] == [(row, at)]


def test_two_pulls_of_an_account_follow_one_another(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        inside = 0
        most = 0
        connector = here.lives["work"].connector
        whole = connector.pull

        async def pull(cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            async for batch in whole(cursor, focus):
                yield batch
            inside -= 1

        connector.pull = pull  # type: ignore[method-assign]

        async def several() -> None:
            await asyncio.gather(*(here.engine.round() for _each in range(3)))

        asyncio.run(several())
        assert most == 1


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is another connection's business
            await asyncio.sleep(0.005)


class RealSleep:
    """The fake clock, but a sleep lets the loop breathe: the living sync runs in real time here."""

    def __init__(self, here: World) -> None:
        self._clock = here.clock

    def now(self) -> Instant:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0.01)


def test_the_holder_grants_every_wish_for_a_round(tmp_path: Path) -> None:
    with world(tmp_path) as here, opened(tmp_path) as other:
        here.engine.clock = RealSleep(here)
        write(other, wish, "before", [])  # asked before the holder looks for the first time

        async def both() -> None:
            stop = asyncio.Event()
            living = asyncio.ensure_future(here.engine.live(stop))
            await until(lambda: granted(other, "before") is not None)
            for token in ("one", "two", "three"):
                write(other, wish, token, ["work"])
            await until(lambda: all(granted(other, token) is not None for token in ("one", "two", "three")))
            stop.set()
            await living

        asyncio.run(both())
        assert wished(other) is None
        reports = granted(other, "two")
        assert reports is not None
        assert [(one.account, one.trouble) for one in reports] == [("work", None)]


def test_a_report_comes_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        report = [Told("a", {"messages": 2}, 3, ("What.", "Do."), 7), Told("b")]
        write(db, wish, "t", ["a"])
        write(db, grant, "t", report)
        assert granted(db, "t") == report
        for number in range(20):
            write(db, grant, f"{number}", [])
        assert granted(db, "t") is None


def test_the_living_sync_sends_what_another_process_wrote_and_survives_a_full_disk(tmp_path: Path) -> None:
    with world(tmp_path) as here, opened(tmp_path) as other:
        here.round()
        here.engine.clock = RealSleep(here)
        here.engine._sender._clock = here.engine.clock
        failures = 0
        whole = here.engine._sender.ready

        async def ready(only: frozenset[str] | None = None) -> bool:
            nonlocal failures
            failures += 1
            if failures <= 2:
                raise Problem("The disk is full.", "Make room; nothing was changed.")
            return await whole(only)

        here.engine._sender.ready = ready  # type: ignore[method-assign]

        async def run() -> None:
            stop = asyncio.Event()
            living = asyncio.ensure_future(here.engine.live(stop))
            write(other, make, here.clock.now(), here.uid)
            await until(lambda: bool(here.service.made))
            stop.set()
            await living

        asyncio.run(run())
        assert failures > 2
        assert len(here.service.made) == 1


def test_later_wakes_while_it_lives(tmp_path: Path) -> None:
    from leeward.work import triage

    with world(tmp_path) as here:
        line = Message(RemoteId("m"), ROOM, RemoteId("a"), Instant(NOW), "hi there")
        here.service.batches = [Batch(messages=(line,))]
        here.round()
        (row,) = here.store.read(inbox.page).result()
        here.do(triage.later, [row.id], Instant(here.clock.now() + 3_600_000))
        assert here.store.read(inbox.page).result() == []
        asyncio.run(here.engine.tidy())
        assert here.store.read(inbox.page).result() == []
        here.clock.advance(3601)
        asyncio.run(here.engine.tidy())
        assert [one.id for one in here.store.read(inbox.page).result()] == [row.id]


def test_one_process_holds_the_lock(tmp_path: Path) -> None:
    one, other = SyncLock(tmp_path), SyncLock(tmp_path)
    assert one.take("screen", NOW)
    assert one.take("screen", NOW)
    assert not other.take("watch", NOW)
    assert held(tmp_path)
    one.succeeded("work", Instant(NOW + 5))
    assert holder(tmp_path)["who"] == "screen"
    one.release()
    assert not held(tmp_path)
    assert other.take("watch", NOW)
    assert other.last == {"work": NOW + 5}
    other.release()


def test_a_full_disk_keeps_nobody_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the file only tells of the lock, which is the kernel's."""

    def full(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    lock = SyncLock(tmp_path)
    assert lock.take("sync", NOW)
    lock.succeeded("work", NOW)
    assert held(tmp_path)
    lock.release()


def test_who_gets_the_lock_again_goes_on_where_the_store_is(tmp_path: Path) -> None:
    """Another process held it meanwhile: what this one remembers of its last pull is old."""
    asked: list[str | None] = []

    class Asked(Scripted):
        async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
            asked.append(cursor)
            async for batch in super().pull(cursor, focus):
                yield batch

    here = World(tmp_path, makes=Asked)
    try:
        here.engine.clock = RealSleep(here)
        here.round()
        here.do(lambda db, _now: db.execute("UPDATE cursor SET value = 'further'"))

        async def live() -> None:
            stop = asyncio.Event()
            living = asyncio.ensure_future(here.engine.live(stop))
            await until(lambda: len(asked) > 1)
            stop.set()
            await living

        asyncio.run(live())
        assert asked[:2] == [None, "further"]
    finally:
        here.end()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b'{"last": 5}', b'{"last": {"a": "b"}}', b"\xff\xfe"])
def test_a_spoilt_lock_file_stops_nobody(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sync.lock").write_bytes(content)
    lock = SyncLock(tmp_path)
    assert lock.take("sync", NOW)
    lock.succeeded("a", NOW)
    lock.release()
    assert holder(tmp_path)["last"] == {"a": NOW}


def test_waiting_grows_and_never_undercuts_what_was_told() -> None:
    assert 5.0 <= wait_s(1) <= 5.5
    assert 10.0 <= wait_s(2) <= 11.0
    assert wait_s(50) <= MOST_S * 1.1
    for told_s in (0.0, 1.0, 37.5, 900.0):
        for failures in range(8):
            assert wait_s(failures, told_s) >= told_s
    assert wait_s(1, 86_400.0) <= MOST_S * 1.1


def test_an_account_signed_in_anew_is_pulled_by_one_alone(tmp_path: Path) -> None:
    """The connector with the token that was refused rests from then on, also what it listens to."""
    with world(tmp_path) as here:
        old = here.lives["work"]
        pulls: list[str] = []
        begun, again = asyncio.Event(), asyncio.Event()

        def counting(name: str) -> Scripted:
            class Counting(Scripted):
                async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
                    pulls.append(name)
                    begun.set()
                    if pulls.count("new") == 2:
                        again.set()
                    async for batch in super().pull(cursor, focus):
                        yield batch

            return Counting(here.service, here.clock)

        old.connector = counting("old")
        new = Live(old.uid, old.login, old.manifest, counting("new"), poll_s=0.01)
        old.poll_s = 0.01

        async def whole() -> None:
            stop = asyncio.Event()
            living = asyncio.ensure_future(here.engine.live(stop))
            await begun.wait()
            here.engine.join(new)
            told = len(pulls)
            await again.wait()
            stop.set()
            await living
            assert set(pulls[told:]) == {"new"}

        asyncio.run(whole())
