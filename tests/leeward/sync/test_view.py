"""Accounts whose service forbids asking over and over: asked when they come on the screen, and not all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from leeward.errors import TryLater
from leeward.model import Batch, Focus, Place, RemoteId, Watched
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.view import AGAIN_S, View
from tests.leeward.sync.test_engine import RealSleep, until
from tests.leeward.sync.world import ROOM, World, world

DAY_S = 86_400.0
OTHER = RemoteId("elsewhere")


def resting(here: World, name: str, poll_s: float = DAY_S) -> Live:
    live = here.lives[name]
    live.manifest = replace(live.manifest, rest_s=DAY_S)
    live.poll_s = poll_s
    return live


def stored(here: World) -> None:
    """Both accounts have places of their own."""
    here.services["resting"].batches = [Batch(places=(Place(ROOM, "Room", flat=True),))]
    here.services["other"].batches = [Batch(places=(Place(OTHER, "Elsewhere", flat=True),))]
    asyncio.run(here.engine.round(()))


def news(here: World, view: View, *places: RemoteId, thread: str = "") -> list[str]:
    watched = (Watched(RemoteId(thread), places[0]),) if thread else ()
    return [live.name for live in asyncio.run(view.news(here.lives.values(), Focus(places, watched)))]


def test_what_comes_on_the_screen_asks_its_own_account_alone(tmp_path: Path) -> None:
    with world(tmp_path, names=("resting", "other")) as here:
        live = resting(here, "resting")
        stored(here)
        view = View(here.store, here.clock)
        assert news(here, view, ROOM) == []
        here.clock.advance(AGAIN_S)
        assert news(here, view, OTHER) == []
        assert news(here, view, ROOM, OTHER) == ["resting"]
        live.stopped = True
        assert news(here, view, ROOM) == []


def test_going_on_looking_asks_nothing(tmp_path: Path) -> None:
    with world(tmp_path, names=("resting", "other")) as here:
        resting(here, "resting")
        stored(here)
        view = View(here.store, here.clock)
        here.clock.advance(AGAIN_S)
        assert news(here, view, ROOM, thread="one") == ["resting"]
        here.clock.advance(10 * AGAIN_S)
        assert news(here, view, ROOM, thread="one") == []
        assert news(here, view, ROOM, thread="two") == ["resting"]


def test_an_owner_who_wants_another_pause_gets_it(tmp_path: Path) -> None:
    with world(tmp_path, names=("resting", "other")) as here:
        assert not resting(here, "resting", poll_s=300.0).rests
        stored(here)
        here.clock.advance(AGAIN_S)
        assert news(here, View(here.store, here.clock), ROOM) == []


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.ensure_future(engine.live(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


def test_a_running_program_asks_when_it_starts_and_again_on_view(tmp_path: Path) -> None:
    with world(tmp_path, names=("resting", "other")) as here:
        live = resting(here, "resting")
        stored(here)
        before = live.asked_s
        here.clock.advance(1)
        here.engine.clock = RealSleep(here)

        async def whole() -> None:
            async with running(here.engine):
                await until(lambda: live.asked_s != before)
                first = live.asked_s
                assert first is not None
                here.clock.advance(AGAIN_S)
                here.engine.focus = Focus((ROOM,))
                await until(lambda: live.asked_s is not None and live.asked_s > first)

        asyncio.run(whole())


def test_after_trouble_a_resting_account_is_tried_again_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world(tmp_path, names=("resting", "other")) as here:
        live = resting(here, "resting")
        here.services["resting"].read_faults = [TryLater("No connection.", "Is the network up?")]
        waits: list[float] = []
        real = asyncio.timeout

        def timeout(seconds: float | None) -> asyncio.Timeout:
            waits.append(seconds or 0.0)
            return real(seconds)

        here.engine.clock = RealSleep(here)
        monkeypatch.setattr("leeward.sync.engine.asyncio.timeout", timeout)

        async def whole() -> None:
            async with running(here.engine):
                await until(lambda: live.failures == 1 and any(0 < wait < 600 for wait in waits))

        asyncio.run(whole())
