"""A store in a folder of its own, and short ways to write what a service says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leeward.ids import item_id
from leeward.model import (
    AccountUid,
    Batch,
    Instant,
    ItemId,
    ItemType,
    Message,
    Note,
    Person,
    Place,
    RemoteId,
    Task,
    Thread,
    Todo,
)
from leeward.store import accounts
from leeward.store.db import Db, open_db, write
from leeward.store.ingest import Step, ingest
from leeward.store.intake import Intake
from leeward.testing.clock import START
from leeward.work import edit, instep
from leeward.work.conversations import cut_flat
from leeward.work.steps import read_tiers

NOW = START
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STEPS: tuple[Step, ...] = (cut_flat, read_tiers, edit.keep_ours, instep.follow)
"""The steps of a pull but the last one, which needs settings."""

ROOM = RemoteId("room")
PROJECT = RemoteId("project")
ME = Person(RemoteId("me"), "Sam Vermeer", handle="sam", me=True)
ANA = Person(RemoteId("ana"), "Ana Duarte", handle="ana")
BO = Person(RemoteId("bo"), "Bo Lind", handle="bo")


@contextmanager
def opened(folder: Path) -> Iterator[Db]:
    db = open_db(folder)
    try:
        yield db
    finally:
        db.close()


class Hand:
    """One account at one service, and the clock in the reader's hand."""

    def __init__(self, db: Db, name: str = "team", since: int = NOW - 30 * DAY, kind: str = "matrix") -> None:
        self.db = db
        self.now = NOW
        self.uid: AccountUid = write(
            db, accounts.ensure, name, kind, "https://x.example", now=NOW, since=Instant(since)
        )

    def tick(self, ms: int = MINUTE) -> Instant:
        self.now = Instant(self.now + ms)
        return self.now

    def take(self, *batches: Batch, steps: Sequence[Step] = STEPS) -> Intake:
        return write(self.db, ingest, self.uid, batches, steps, self.now)

    def id(self, kind: ItemType | str, remote: str) -> ItemId:
        return item_id(self.uid, kind, remote)

    def thread(self, remote: str) -> ItemId:
        return self.id(ItemType.THREAD, remote)

    def line(self, remote: str) -> ItemId:
        return self.id(ItemType.MESSAGE, remote)

    def thread_of(self, remote: str) -> str:
        return str(self.one("SELECT thread FROM message WHERE id = ?", self.line(remote)))

    def item(self, id: str) -> dict[str, Any]:
        cursor = self.db.execute("SELECT * FROM item WHERE id = ?", (id,))
        row = cursor.fetchone()
        assert row is not None, f"no item {id}"
        return dict(zip([column[0] for column in cursor.description], row, strict=True))

    def one(self, query: str, *values: object) -> Any:
        row = self.db.execute(query, values).fetchone()
        return None if row is None else row[0]

    def act(self, function: Any, *args: object, **named: object) -> Any:
        return write(self.db, function, self.now, *args, **named)


def room(**rest: Any) -> Place:
    return Place(ROOM, "Harbour", flat=True, threads=True, **rest)


def project(**rest: Any) -> Place:
    return Place(PROJECT, "harbour/api", tasks=True, threads=True, notes=True, **rest)


def base(**rest: Any) -> Batch:
    """The places and people nearly every test needs."""
    return Batch(places=(room(), project()), people=(ME, ANA, BO), **rest)


def said(
    remote: str, text: str, at: int = NOW, who: str | None = "ana", thread: str | None = None, **rest: Any
) -> Message:
    """A line of the flat room, or of a thread of the project."""
    place = rest.pop("place", PROJECT if thread else ROOM)
    return Message(
        RemoteId(remote),
        place,
        RemoteId(who) if who else None,
        Instant(at),
        text,
        RemoteId(thread) if thread else None,
        **rest,
    )


def thread(remote: str, title: str = "A thread", **rest: Any) -> Thread:
    return Thread(RemoteId(remote), rest.pop("place", PROJECT), title, **rest)


def task(remote: str, title: str = "A task", **rest: Any) -> Task:
    return Task(RemoteId(remote), rest.pop("place", PROJECT), title, **{"updated": NOW, **rest})


def note(remote: str, title: str = "A note", text: str = "", **rest: Any) -> Note:
    return Note(RemoteId(remote), rest.pop("place", PROJECT), title, text, rest.pop("updated", NOW), **rest)


def todo(remote: str, title: str = "A to-do", **rest: Any) -> Todo:
    return Todo(RemoteId(remote), rest.pop("place", PROJECT), title, rest.pop("at", NOW), **rest)
