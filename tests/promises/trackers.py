"""Two trackers that keep items with a discussion, lose answers on command, and remember who wrote what; no HTTP.

The seam is the Trouble. `checks`: whether a change of an older version is refused. `tidies`: whether it rewrites titles, as
services do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from leeward.errors import Conflict, Gone, Trouble, TryLater
from leeward.model import (
    Batch,
    Body,
    Due,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    Message,
    Person,
    Place,
    RemoteId,
    Sent,
    Status,
    Task,
    TaskChange,
    Thread,
)
from leeward.ports import Upload
from leeward.testing.clock import FakeClock
from tests.leeward.sync.world import KilledError

PLACE = RemoteId("p")
PEOPLE = ("me", "ana", "bo")
ITEM, TALK = RemoteId("t1"), RemoteId("d1")


@dataclass
class Said:
    """A line of the discussion; `key` is leeward's, where leeward wrote it."""

    id: str
    author: str
    text: str
    key: str | None
    at: Instant


@dataclass
class Write:
    """One change of one field: what stood there, what stands there now, and whether leeward wrote it."""

    field: str
    before: Any
    after: Any
    ours: bool


@dataclass
class Tracker:
    """What is really there, whatever anybody was told."""

    clock: FakeClock
    checks: bool = True
    tidies: bool = False
    title: str = "Mend it"
    status: Status = Status.OPEN
    due: Due | None = None
    assignees: tuple[str, ...] = ()
    version: int = 1
    gone: bool = False
    lines: list[Said] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    calls: int = 0

    def set(self, name: str, value: Any, *, ours: bool) -> None:
        """A field changes; a tracker that tidies rewrites titles."""
        if name == "title" and self.tidies:
            value = " ".join(str(value).split()).rstrip(".")
        before = getattr(self, name)
        if before != value:
            self.writes.append(Write(name, before, value, ours))
            setattr(self, name, value)
        self.version += 1

    def say(self, author: str, text: str, key: str | None = None) -> Said:
        """A line at the end of the discussion."""
        self.clock.advance(1)
        line = Said(f"n{len(self.lines) + 1}", author, text, key, self.clock.now())
        self.lines.append(line)
        return line


class Connector:
    """A connector over a tracker."""

    def __init__(self, tracker: Tracker, clock: FakeClock) -> None:
        self.tracker, self.clock = tracker, clock

    async def check(self) -> Identity:
        return Identity(Person(RemoteId("me"), "Sam", me=True))

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        one = self.tracker
        people = tuple(
            Person(RemoteId(who), who.title(), me=who == "me", address=f"{who}@x.example", verified=True)
            for who in PEOPLE
        )
        places = (Place(PLACE, "Board", tasks=True, threads=True),)
        if one.gone:
            yield Batch(places=places, people=people, gone=((ItemType.TASK, ITEM),), cursor=str(one.version))
            return
        item = Task(
            ITEM, PLACE, one.title, status=one.status, due=one.due, thread=TALK, version=str(one.version),
            assignees=tuple(map(RemoteId, one.assignees)), updated=Instant(one.version), url="https://x.example/t1",
        )  # fmt: skip
        said = tuple(
            Message(
                RemoteId(line.id),
                PLACE,
                RemoteId(line.author),
                line.at,
                line.text,
                TALK,
                key=Key(line.key) if line.key else None,
            )
            for line in one.lines
        )
        talk = Thread(TALK, PLACE, one.title, task=ITEM)
        yield Batch(
            places=places, people=people, threads=(talk,), tasks=(item,), messages=said, cursor=str(one.version)
        )

    async def _write(self, act: Callable[[], Sent]) -> Sent:
        await asyncio.sleep(0)
        self.tracker.calls += 1
        fault = self.tracker.faults.pop(0) if self.tracker.faults else ""
        broken = _broken(fault)
        if broken is not None and fault.endswith("before"):
            raise broken
        answer = act()
        if broken is not None:
            raise broken
        return answer

    async def create(self, draft: object, *, key: Key) -> Sent:
        raise AssertionError("nobody makes tasks here")

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        def act() -> Sent:
            one = self.tracker
            if one.gone:
                raise Gone("It is not there.")
            if one.checks and seen is not None and seen != str(one.version):
                raise Conflict("It changed there.")
            for name in sorted(change.fields):
                value = getattr(change, name)
                one.set(name, tuple(map(str, value)) if name == "assignees" else value, ours=True)
            return Sent(task, None, str(one.version))

        return await self._write(act)

    async def post(
        self, place: RemoteId, thread: RemoteId | None, body: Body, files: tuple[Upload, ...] = (), *, key: Key,
        reply_to: RemoteId | None = None,
    ) -> Sent:  # fmt: skip
        def act() -> Sent:
            if self.tracker.gone:
                raise Gone("It is not there.")
            return Sent(RemoteId(self.tracker.say("me", body.own or body.quoted, key).id), None, "1")

        return await self._write(act)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        return None

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        found = next((line for line in self.tracker.lines if line.key == key), None)
        return Sent(RemoteId(found.id), None, "1") if found is not None else None


FAULTS = ("lost before", "lost after", "busy before", "killed before", "killed after", "nonsense after")


def _broken(fault: str) -> BaseException | None:
    kind = fault.partition(" ")[0]
    found: dict[str, BaseException | Trouble] = {
        "lost": TryLater("No answer.", after_s=1.0),
        "busy": TryLater("Too many requests.", after_s=7.0, taken=False),
        "killed": KilledError(),
        "nonsense": ValueError("nonsense"),
    }
    return found.get(kind)


DAYS = tuple(date(2026, 6, day) for day in range(1, 29))
