"""The address of a task is its own object's, unless its owner gave it one."""

from __future__ import annotations

import asyncio

from connectors.caldav.connector import CalDav
from leeward.model import Body, Focus, Key, Task, TaskDraft
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from tests.fakes.base import FakeHttp
from tests.fakes.caldav import make

KEY = Key("lwaddress")


def _connector() -> CalDav:
    service = make(None)
    service.base = "https://dav.example.org"
    http = FakeHttp(service, "app-password", "basic", "sam")
    return CalDav(Login("tasks", "caldav", service.base, user="sam"), http, FakeClock())


def test_a_captured_task_is_found_at_its_own_address_not_at_the_line_it_came_from() -> None:
    async def tasks(connector: CalDav) -> list[Task]:
        return [task async for batch in connector.pull(None, Focus()) for task in batch.tasks]

    async def story() -> tuple[str | None, list[Task]]:
        connector = _connector()
        places = [place async for batch in connector.pull(None, Focus()) for place in batch.places if place.tasks]
        draft = TaskDraft(places[0].id, "Look at the disk", Body("", "> quoted", "https://matrix.to/#/line"))
        sent = await connector.create(draft, key=KEY)
        return sent.url, await tasks(connector)

    url, every = asyncio.run(story())
    made = next(task for task in every if task.key == KEY)
    assert url is not None
    assert url.startswith("http")
    assert made.url == url
    assert made.url.endswith(made.id)
