"""The engine: rounds on demand, and the living sync behind a screen or `watch`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict

from leeward.errors import Trouble
from leeward.events import BY_OTHERS, AccountTold, Changed, Event, Progress
from leeward.model import Focus
from leeward.ports import Can, Clock
from leeward.store import derive, outbox
from leeward.store.db import Db
from leeward.store.ingest import Step
from leeward.store.lanes import Store
from leeward.sync import backoff
from leeward.sync.account import Live, Told
from leeward.sync.lock import SyncLock
from leeward.sync.outbox import Sender, Updated
from leeward.sync.pull import note_health, pull
from leeward.sync.view import View

log = logging.getLogger("leeward.sync")
HOUSEKEEPING_S = 20.0
OTHERS_S = 1.0
_REPORTS = 8


class Engine:
    """Pulls and sends for the accounts it was given, as long as this process holds the lock."""

    def __init__(
        self,
        store: Store,
        lives: Sequence[Live],
        clock: Clock,
        steps: Sequence[Step],
        lock: SyncLock,
        updated: Updated | None = None,
    ) -> None:
        self.store, self.clock, self.lock = store, clock, lock
        self.lives: dict[str, Live] = {live.uid: live for live in lives}
        self.focus = Focus()
        self._steps = steps
        self._sender = Sender(store, self.lives, clock, self._refresh, updated)
        self._wakes: dict[str, asyncio.Event] = {}
        self._mail = asyncio.Event()
        self._parts: set[asyncio.Task[None]] = set()
        self._parts_of: dict[str, list[asyncio.Task[None]]] = {}
        self._alive = False
        self._view = View(store, clock)

    async def round(self, names: Sequence[str] = ()) -> list[Told]:
        """Pull and send once, for all accounts or the named ones; waits out the grace of what is queued."""
        chosen = [live for live in self.lives.values() if not names or live.name in names]
        told: dict[str, Told] = {live.uid: Told(live.name) for live in chosen}
        await self._pull_all(chosen, told)
        self._sender.sent = {}
        await self._sender.drain(frozenset(told))
        again = [live for live in chosen if self._sender.sent.get(live.uid) and not live.stopped]
        await self._pull_all(again, {live.uid: Told(live.name) for live in again})
        for uid, count in self._sender.sent.items():
            if uid in told:
                told[uid].sent = count
        return list(told.values())

    async def _pull_all(self, lives: Sequence[Live], told: Mapping[str, Told]) -> None:
        total = len(lives)
        for done, finished in enumerate(asyncio.as_completed([self._pull(live, told[live.uid]) for live in lives]), 1):
            await finished
            self.store.bus.publish(Progress("sync", done, total))

    async def _pull(self, live: Live, told: Told) -> None:
        async with live.pulling:  # two at once would begin where the other has not stored yet
            await self._pull_alone(live, told)

    async def _pull_alone(self, live: Live, told: Told) -> None:
        live.asked_s = self.clock.monotonic()
        try:
            await pull(self.store, live, self.clock, self._steps, told, self.focus)
        except Trouble as trouble:  # it was noted already; the time to wait is the poller's business
            log.debug("account %s: %s", live.name, trouble)
        news = await asyncio.wrap_future(
            self.store.write(note_health, live.uid, self.clock.now(), told.trouble)
            if await asyncio.wrap_future(self.store.read(_health_differs, live.uid, told.trouble))
            else self.store.read(_no_news)
        )
        if told.trouble is None:
            self.lock.succeeded(live.name, self.clock.now(), live.skew_s())
        if news:
            if told.trouble:
                log.warning("account %s: %s", live.name, told.trouble[0])
            else:
                log.info("account %s works again", live.name)
            self.store.bus.publish(AccountTold(live.name, *(told.trouble or (None, ""))))

    async def _refresh(self, live: Live) -> None:
        await self._pull(live, Told(live.name))

    async def live(self, stop: asyncio.Event, tick: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Sync until `stop`: poll and listen per account, send what is written, wake what slept. `tick` is housekeeping."""
        loop = asyncio.get_running_loop()

        def heard(event: Event) -> None:
            if isinstance(event, Changed) and "outbox" in event.keys:
                loop.call_soon_threadsafe(self._mail.set)

        end = self.store.bus.listen(heard)
        self._alive = True
        for live in self.lives.values():
            live.cursor = None  # another process may have held the lock since, and gone further
            self._begin(live)
        for part in (self._postman, lambda: self._housekeeper(tick), self._neighbour):
            self._spawn(part)
        try:
            await stop.wait()
        finally:
            self._alive = False
            end()
            for task in self._parts:
                task.cancel()
            await asyncio.gather(*self._parts, return_exceptions=True)

    def join(self, live: Live) -> None:
        """Take in an account that was connected, or signed in anew, while this runs; what listened before it is ended."""
        for task in self._parts_of.pop(live.uid, ()):
            task.cancel()
        self.lives[live.uid] = live
        if self._alive:
            self._begin(live)

    def _begin(self, live: Live) -> None:
        self._wakes[live.uid] = asyncio.Event()
        own = [self._spawn(lambda: self._poller(live))]
        if live.can(Can.PUSH):
            own.append(self._spawn(lambda: self._listener(live)))
        self._parts_of[live.uid] = own

    def _spawn(self, part: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._contained(part))
        self._parts.add(task)
        task.add_done_callback(self._parts.discard)
        return task

    def wake(self, name: str | None = None) -> None:
        """Pull now: one account, or all."""
        for live in self.lives.values():
            if name in {None, live.name} and live.uid in self._wakes:
                live.stopped = live.stopped and name is None
                self._wakes[live.uid].set()

    async def _contained(self, part: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a part; what stops it is logged whole, ends no other part, and not for good: it begins again."""
        failures = 0
        while True:
            try:
                await part()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a part of the sync stopped")
                failures += 1
                await self.clock.sleep(backoff.wait_s(failures))
            else:
                return

    async def _poller(self, live: Live) -> None:
        wake = self._wakes[live.uid]
        while True:
            wake.clear()
            told = Told(live.name)
            if not live.stopped:
                await self._pull(live, told)
            pause = live.poll_s
            if told.trouble is not None:
                wait = backoff.wait_s(live.failures)
                pause = wait if live.rests else max(pause, wait)
            try:
                async with asyncio.timeout(pause):
                    await wake.wait()
            except TimeoutError:
                continue

    async def _listener(self, live: Live) -> None:
        failures = 0
        while True:
            try:
                await live.service.listen(self._wakes[live.uid].set)
                failures = 0
            except Trouble:
                failures += 1
            await self.clock.sleep(backoff.wait_s(failures) if failures else 1.0)

    async def _postman(self) -> None:
        while True:
            self._mail.clear()
            if self.lives:
                await self._sender.ready()
            due = await self._sender.next_due() if self.lives else None
            pause = HOUSEKEEPING_S if due is None else max(0.05, min(HOUSEKEEPING_S, (due - self.clock.now()) / 1000))
            try:
                async with asyncio.timeout(pause):
                    await self._mail.wait()
            except TimeoutError:
                continue

    async def _housekeeper(self, tick: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        while True:
            await self._keep_house(tick)
            await self.clock.sleep(HOUSEKEEPING_S)

    async def _keep_house(self, tick: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        await self.tidy()
        if tick is not None:
            await tick()

    async def tidy(self) -> None:
        """Bring back what slept, raise what is due, and send what a clock that was set back left behind.

        Writes only where there is something.
        """
        now = self.clock.now()
        if await asyncio.wrap_future(self.store.read(outbox.stranded, now)):
            await asyncio.wrap_future(self.store.write(outbox.float_off, now))
        if await asyncio.wrap_future(self.store.read(derive.stirs, now)):
            await asyncio.wrap_future(self.store.write(derive.wake, now))

    async def _neighbour(self) -> None:
        """Notice what other processes write: their outbox rows are sent by us, their wish for a round is granted."""
        first = True  # somebody may have asked before we held the lock
        while True:
            if await asyncio.wrap_future(self.store.others_wrote()) or first:
                first = False
                self.store.bus.publish(BY_OTHERS)
                while (wanted := await asyncio.wrap_future(self.store.read(wished))) is not None:
                    report = await self.round(wanted["names"])
                    await asyncio.wrap_future(self.store.write(grant, wanted["token"], report))
            for live in await self._view.news(self.lives.values(), self.focus):
                self._wakes[live.uid].set()
            await self.clock.sleep(OTHERS_S)


def _health_differs(db: Db, uid: str, trouble: tuple[str, str] | None) -> bool:
    row = db.execute("SELECT ok, what, do FROM health WHERE account = ?", (uid,)).fetchone()
    what, do = trouble or (None, "")
    return row is None or bool(row[0]) != (trouble is None) or row[1] != what or (row[2] or "") != do


def _no_news(_db: Db) -> bool:
    return False


def wish(db: Db, token: str, names: Sequence[str]) -> None:
    """Ask the process that holds the lock for a round."""
    doc = json.dumps({"token": token, "names": list(names)})
    db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (f"round wanted {token}", doc))


def wished(db: Db) -> dict[str, Any] | None:
    """A round another process asked for and was not granted yet."""
    row = db.execute("SELECT value FROM habit WHERE name GLOB 'round wanted *' LIMIT 1").fetchone()
    if row is None:
        return None
    doc: dict[str, Any] = json.loads(row[0])
    return doc


def grant(db: Db, token: str, report: Sequence[Told]) -> None:
    """Report a round to the process that asked for it; the last few reports are kept until they are read."""
    told = [asdict(one) for one in report]
    db.execute("DELETE FROM habit WHERE name = ?", (f"round wanted {token}",))
    row = db.execute("SELECT value FROM habit WHERE name = 'rounds done'").fetchone()
    done = [*(json.loads(row[0]) if row else []), {"token": token, "told": told}]
    db.execute("INSERT OR REPLACE INTO habit VALUES ('rounds done', ?)", (json.dumps(done[-_REPORTS:]),))


def granted(db: Db, token: str) -> list[Told] | None:
    """What a round that this process asked for brought; None while it is under way."""
    row = db.execute("SELECT value FROM habit WHERE name = 'rounds done'").fetchone()
    for report in json.loads(row[0]) if row else []:
        if report["token"] == token:
            return [
                Told(**{**one, "trouble": tuple(one["trouble"]) if one["trouble"] else None}) for one in report["told"]
            ]
    return None
