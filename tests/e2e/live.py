"""A connector as the program builds it, over the real door; every use is a fresh one, as after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec.structs import replace

from connectors import make, manifest
from connectors.http import Door
from leeward.clock import SystemClock
from leeward.model import Batch, Focus, Message, Note, RemoteId, Task, Thread
from leeward.ports import Login, Secret
from tests.e2e.caldav_servers import CalDav
from tests.e2e.synapse import Synapse, User

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pulled:
    """All batches of one pull as one, and the last cursor."""

    all: Batch
    cursor: str | None

    @property
    def messages(self) -> dict[RemoteId, Message]:
        """Lines people wrote, each as it was told last."""
        return {message.id: message for message in self.all.messages if not message.notice}

    @property
    def tasks(self) -> dict[RemoteId, Task]:
        return {task.id: task for task in self.all.tasks}

    @property
    def notes(self) -> dict[RemoteId, Note]:
        return {note.id: note for note in self.all.notes}

    @property
    def threads(self) -> dict[RemoteId, Thread]:
        return {thread.id: thread for thread in self.all.threads}


@dataclass(frozen=True, slots=True)
class Live:
    """One account. Nothing is kept from one call to the next but what the caller keeps."""

    login: Login
    secret: str

    def run(self, use: Callable[[Any], Awaitable[T]]) -> T:
        """Hand a new connector to `use`."""

        async def once() -> T:
            clock = SystemClock()
            async with Door(manifest(self.login.kind), self.login, Secret(self.secret), clock) as door:
                return await use(make(self.login, door, clock))

        return asyncio.run(once())

    def pull(self, cursor: str | None = None, focus: Focus | None = None) -> Pulled:
        """One whole pull."""

        async def gather(connector: Any) -> list[Batch]:
            return [batch async for batch in connector.pull(cursor, focus or Focus())]

        batches = self.run(gather)
        last = cursor
        merged = Batch()
        for batch in batches:
            last = batch.cursor or last
            names = ("places", "people", "threads", "messages", "tasks", "notes", "todos", "read", "gone", "complete")
            rows: dict[str, Any] = {name: (*getattr(merged, name), *getattr(batch, name)) for name in (*names, "moved")}
            merged = replace(merged, **rows, oddities=merged.oddities + batch.oddities)
        return Pulled(merged, last)


def matrix(server: Synapse, user: User, *rooms: str) -> Live:
    """A Matrix account that reads these rooms, or all of its user's."""
    return Live(Login("chat", "matrix", server.url, places=rooms), user.token)


def caldav(server: CalDav, *lists: str) -> Live:
    """A CalDAV account that reads these lists, named by address or title."""
    login = Login("tasks", "caldav", server.url, user=server.user, places=lists, zone="Europe/Amsterdam")
    return Live(login, server.password)
