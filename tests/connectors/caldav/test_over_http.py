"""The fake over real HTTP and behind the real door: what a person gets from `python -m tests.fakes caldav`."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from connectors.caldav.connector import CalDav
from connectors.http import Door
from connectors.manifests.caldav import MANIFEST as CALDAV
from leeward.clock import SystemClock
from leeward.errors import Conflict
from leeward.model import Body, Key, RemoteId, Status, TaskChange, TaskDraft
from leeward.ports import Login, Secret
from leeward.testing.mirror import Mirror
from tests.fakes.base import Answer, Asked, LostError, Service
from tests.fakes.caldav import make
from tests.fakes.serve import Serving

TASKS = RemoteId("/sam/tasks/")


def login(base: str) -> Login:
    return Login("home", "caldav", base, "sam", zone="Europe/Amsterdam")


def test_a_task_is_made_pulled_and_done() -> None:
    async def work(base: str) -> None:
        async with Door(CALDAV, login(base), Secret("app-password"), SystemClock()) as door:
            connector = CalDav(login(base), door, SystemClock())
            identity = await connector.check()
            assert identity.places == 2
            sent = await connector.create(TaskDraft(TASKS, "Mend", Body("own")), key=Key("lwkey"))
            mirror = Mirror()
            await mirror.pull(connector)
            assert mirror["tasks"][sent.id].version == sent.version
            change = TaskChange(frozenset({"status"}), status=Status.DONE)
            await connector.update(TASKS, sent.id, change, key=Key("lwdone"), seen=sent.version)
            await mirror.pull(connector)
            assert mirror["tasks"][sent.id].status is Status.DONE
            with pytest.raises(Conflict):
                await connector.update(TASKS, sent.id, change, key=Key("lwlate"), seen=sent.version)

    with Serving(make(None)) as serving:
        asyncio.run(work(serving.base))


def test_an_answer_lost_on_the_wire_makes_no_second_task() -> None:
    lost: list[str] = []

    def lose_first(service: Service, asked: Asked) -> Answer | None:
        if asked.method == "PUT" and not lost:
            lost.append(asked.path)
            service.answer(asked)
            raise LostError(arrived=True)
        return None

    async def work(base: str) -> None:
        async with Door(CALDAV, login(base), Secret("app-password"), SystemClock(), chance=lambda: 0.0) as door:
            connector = CalDav(login(base), door, SystemClock())
            sent = await connector.create(TaskDraft(TASKS, "Mend", Body("own")), key=Key("lwkey"))
            assert sent.id == "/sam/tasks/lwkey.ics"

    service = make(None)
    with Serving(service) as serving:
        serving.fault = lose_first
        asyncio.run(work(serving.base))
    assert lost
    assert len(service.shelf("tasks").items) == 1


def test_a_list_of_tasks_fills_it_with_days_and_instants(tmp_path: Path) -> None:
    seed = tmp_path / "tasks.json"
    seed.write_text(
        '[{"title": "Sail", "due": "2026-11-24"}, {"title": "Ring", "due": "2026-11-24T16:00:00Z"}, {"title": "Rest"}]'
    )

    async def work(base: str) -> Mirror:
        async with Door(CALDAV, login(base), Secret("app-password"), SystemClock()) as door:
            mirror = Mirror()
            await mirror.pull(CalDav(login(base), door, SystemClock()))
            return mirror

    with Serving(make(seed)) as serving:
        tasks = asyncio.run(work(serving.base))["tasks"].values()
    assert {task.title: task.due for task in tasks} == {
        "Sail": date(2026, 11, 24),
        "Ring": 1_795_536_000_000,
        "Rest": None,
    }
