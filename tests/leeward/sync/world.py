"""A service that holds objects, loses answers on command, and a connector over it; no HTTP, the seam is the Trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leeward.errors import Conflict, Forbidden, Gone, SignInNeeded, Trouble, TryLater
from leeward.model import (
    AccountUid,
    Batch,
    Body,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Person,
    Place,
    RemoteId,
    Sent,
    Status,
    Task,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Can, Login, Manifest, Upload
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from leeward.testing.clock import FakeClock
from leeward.work import edit, instep
from leeward.work.conversations import cut_flat

PLACE = RemoteId("p")
ROOM = RemoteId("r")
EVERYTHING = frozenset(Can) - {Can.PUSH, Can.BUSY, Can.STATUS, Can.QUIET, Can.HOURS}
STEPS = (cut_flat, edit.keep_ours, instep.follow)


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Made:
    """An object at the service; `version` moves with every change."""

    id: str
    kind: ItemType
    key: str
    title: str = ""
    text: str = ""
    status: str = "open"
    version: int = 1
    at: int = 0
    changes: list[str] = field(default_factory=list)


Fault = Callable[[str], BaseException | None]
"""Told "before" and "after" a write; what it returns is raised."""


class Service:
    """What is really there, whatever anybody was told."""

    def __init__(self) -> None:
        self.made: dict[str, Made] = {}
        self.faults: list[Fault | None] = []
        self.read_faults: list[Trouble | None] = []
        self.lag_s = 0.0
        self.calls: list[tuple[str, str]] = []
        self.posted_to: list[str] = []
        self.marked: list[tuple[str | None, str | None]] = []
        self.batches: list[Batch | Trouble] = []
        self.waiting: dict[str, tuple[Made, str | None]] = {}
        self.refuses_later: Trouble | None = None

    def post_due(self, now: int) -> None:
        """What waits is posted at its time, whatever anybody looks at."""
        for id, (one, _thread) in list(self.waiting.items()):
            if one.at <= now:
                del self.waiting[id]
                one.id = f"{ItemType.MESSAGE}-{len(self.made) + 1}"
                self.made[one.id] = one

    def of(self, kind: ItemType) -> list[Made]:
        return [one for one in self.made.values() if one.kind is kind]

    def put(self, kind: ItemType, key: str, **rest: str) -> Made:
        one = Made(f"{kind}-{len(self.made) + 1}", kind, key, rest.get("title", ""), rest.get("text", ""))
        one.status = rest.get("status", "open")
        self.made[one.id] = one
        return one


class Scripted:
    """A connector over a Service."""

    def __init__(self, service: Service, clock: FakeClock) -> None:
        self.service, self.clock = service, clock

    async def check(self) -> Identity:
        return Identity(Person(RemoteId("me"), "Sam", me=True))

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        if self.service.read_faults and (trouble := self.service.read_faults.pop(0)) is not None:
            raise trouble
        yield self._state()
        while self.service.batches:
            found = self.service.batches.pop(0)
            if isinstance(found, Trouble):
                raise found
            yield found

    def _state(self) -> Batch:
        places = (Place(PLACE, "Board", tasks=True, notes=True), Place(ROOM, "Room", flat=True))
        tasks = tuple(
            Task(RemoteId(one.id), PLACE, one.title, one.text, Status(one.status), version=str(one.version),
                 key=Key(one.key) if one.key else None, url=f"https://x.example/{one.id}", updated=Instant(one.version))
            for one in self.service.of(ItemType.TASK)
            if self.clock.now() >= one.at + self.service.lag_s * 1000
        )  # fmt: skip
        return Batch(places=places, people=(Person(RemoteId("me"), "Sam", me=True),), tasks=tasks, cursor="c")

    def _fault(self) -> Fault | None:
        return self.service.faults.pop(0) if self.service.faults else None

    async def _write(self, verb: str, key: str, act: Callable[[], Sent]) -> Sent:
        await asyncio.sleep(0)
        self.service.calls.append((verb, key))
        fault = self._fault()
        if fault is not None and (broken := fault("before")) is not None:
            raise broken
        answer = act()
        if fault is not None and (broken := fault("after")) is not None:
            raise broken
        return answer

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        def act() -> Sent:
            one = self.service.put(ItemType.TASK, key, title=draft.title, text=draft.body.own)
            one.at = self.clock.now()
            return Sent(RemoteId(one.id), f"https://x.example/{one.id}", "1")

        return await self._write("create", key, act)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        def act() -> Sent:
            one = self.service.made.get(task)
            if one is None:
                raise Gone("It is not there.")
            if seen is not None and seen != str(one.version):
                raise Conflict("It changed there.")
            for name in sorted(change.fields):
                setattr(one, name, str(getattr(change, name)))
            one.version += 1
            one.changes.append(key)
            return Sent(task, None, str(one.version))

        return await self._write("update", key, act)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        def act() -> Sent:
            one = self.service.made[note]
            if seen is not None and seen != str(one.version):
                raise Conflict("It changed there.")
            one.title, one.text, one.version = draft.title, draft.text, one.version + 1
            return Sent(note, None, str(one.version))

        return await self._write("update_note", key, act)

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        files: tuple[Upload, ...] = (),
        *,
        key: Key,
        reply_to: RemoteId | None = None,
    ) -> Sent:
        def act() -> Sent:
            one = self.service.put(ItemType.MESSAGE, key, text=body.own)
            one.at = self.clock.now()
            self.service.posted_to.append(place)
            return Sent(RemoteId(one.id), None, "1")

        return await self._write("post", key, act)

    async def send_at(self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key) -> Sent:
        if self.service.refuses_later is not None:
            raise self.service.refuses_later

        def act() -> Sent:
            one = Made(f"later-{len(self.service.calls)}", ItemType.MESSAGE, key, text=body.own, at=at)
            self.service.waiting[one.id] = (one, thread)
            return Sent(RemoteId(one.id))

        return await self._write("send_at", key, act)

    async def unsend(self, place: RemoteId, waiting: RemoteId) -> None:
        def act() -> Sent:
            self.service.post_due(self.clock.now())
            if self.service.waiting.pop(waiting, None) is None:
                raise Gone("It was posted.")
            return Sent(waiting)

        await self._write("unsend", waiting, act)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        self.service.marked.append((thread, upto))

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        if self.service.read_faults and (trouble := self.service.read_faults.pop(0)) is not None:
            raise trouble
        self.service.post_due(self.clock.now())
        for one in self.service.of(what):
            if one.key == key and self.clock.now() >= one.at + self.service.lag_s * 1000:
                return Sent(RemoteId(one.id), f"https://x.example/{one.id}", str(one.version))
        return None

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        def act() -> Sent:
            if body is None:
                del self.service.made[message]
            return Sent(message)

        return await self._write("edit", key, act)


class Listing(Scripted):
    """One that also shows what waits."""

    async def find_waiting(
        self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key
    ) -> Sent | None:
        if self.service.read_faults and (trouble := self.service.read_faults.pop(0)) is not None:
            raise trouble
        self.service.post_due(self.clock.now())
        for id, (one, there) in self.service.waiting.items():
            if (one.text, one.at, there) == (body.own, at, thread):
                return Sent(RemoteId(id))
        return None


def lost_before(when: str) -> Trouble | None:
    """The request never arrived, and nobody knows."""
    return TryLater("No answer.", after_s=1.0) if when == "before" else None


def lost_after(when: str) -> Trouble | None:
    """It arrived, the answer did not."""
    return TryLater("No answer.", after_s=1.0) if when == "after" else None


def busy(when: str) -> Trouble | None:
    return TryLater("Too many requests.", after_s=7.0, taken=False) if when == "before" else None


def unsigned(when: str) -> Trouble | None:
    return SignInNeeded("The token was refused.", "Sign in again.") if when == "before" else None


def refused(when: str) -> Trouble | None:
    return Forbidden("Not allowed.") if when == "before" else None


def nonsense(when: str) -> Exception | None:
    """It arrived; what came back made no sense to us: a bug, not a Trouble."""
    return ValueError("nonsense") if when == "after" else None


def killed_before(when: str) -> BaseException | None:
    return KilledError() if when == "before" else None


def killed_after(when: str) -> BaseException | None:
    return KilledError() if when == "after" else None


class World:
    """One account over a Service, and a process that can be ended and begun again over the same file."""

    def __init__(
        self,
        folder: Path,
        *,
        can: frozenset[Can] = EVERYTHING,
        names: tuple[str, ...] = ("work",),
        makes: type[Scripted] = Scripted,
    ) -> None:
        self.folder, self.can, self.names, self.makes = folder, can, names, makes
        self.clock = FakeClock()
        self.services = {name: Service() for name in names}
        self.begin()

    @property
    def service(self) -> Service:
        return self.services[self.names[0]]

    def begin(self) -> None:
        self.store = Store(self.folder)
        self.lock = SyncLock(self.folder)
        lives = []
        for name in self.names:
            uid = self.store.write(_account, name, self.clock.now()).result()
            manifest = Manifest("scripted", "Scripted", self.can, "x:Y")
            connector = self.makes(self.services[name], self.clock)
            lives.append(Live(uid, Login(name, "scripted", "https://x.example"), manifest, connector))
        self.lives = {live.name: live for live in lives}
        self.lock.take("sync", self.clock.now())
        self.engine = Engine(self.store, lives, self.clock, STEPS, self.lock, instep.completed)

    @property
    def uid(self) -> str:
        return self.lives[self.names[0]].uid

    def end(self) -> None:
        self.lock.release()
        self.store.close()

    def again(self) -> None:
        self.end()
        self.begin()

    def round(self, *names: str) -> None:
        """One sync; a kill ends the process and begins another."""
        try:
            asyncio.run(self.engine.round(names))
        except KilledError:
            self.again()

    def settle(self, rounds: int = 12) -> None:
        """Sync until nothing is on its way any more."""
        for _round in range(rounds):
            self.round()
            if not self.waiting():
                return
            self.clock.advance(120)

    def waiting(self) -> int:
        query = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'unsure')"
        return int(self.ask(query)[0][0])

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        def act(db: Db) -> list[tuple[Any, ...]]:
            return db.execute(query, values).fetchall()

        return self.store.read(act).result()

    def do(self, act: Callable[..., Any], *args: object, **named: object) -> Any:
        return self.store.write(lambda db: act(db, self.clock.now(), *args, **named)).result()


def _account(db: Db, name: str, now: Instant) -> AccountUid:
    return accounts.ensure(db, name, "scripted", "https://x.example", now=now, since=Instant(0))


@contextmanager
def world(folder: Path, *, can: frozenset[Can] = EVERYTHING, names: tuple[str, ...] = ("work",)) -> Iterator[World]:
    made = World(folder, can=can, names=names)
    try:
        yield made
    finally:
        made.end()
