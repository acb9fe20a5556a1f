"""Busy times come in at most every 15 minutes and without titles; quiet goes out once, and is cleared once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import TryLater
from leeward.model import AccountUid, Instant
from leeward.ports import Can, Login, Manifest, Span
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.busy import EVERY_MS, BusyTimes
from leeward.sync.lock import SyncLock
from leeward.sync.outward import Outward, State
from leeward.testing.clock import FakeClock
from leeward.work import quiet_around
from leeward.work.quiet_course import Spell
from leeward.work.quiet_settings import Busy

HOUR = 3_600_000


class Service:
    """A calendar and a status, as a connector tells and sets them."""

    def __init__(self) -> None:
        self.spans: tuple[Span, ...] = ()
        self.asked: list[tuple[str, ...]] = []
        self.set: list[tuple[bool, Instant | None, str | None]] = []
        self.breaks = False
        self.calendars = ("Work", "Home")

    async def busy(self, calendars: tuple[str, ...], since: Instant, until: Instant) -> tuple[Span, ...]:
        self.asked.append(calendars)
        if self.breaks:
            raise TryLater("The calendar server did not answer.")
        return self.spans

    async def unknown_calendars(self, calendars: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in calendars if name not in self.calendars)

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        if self.breaks:
            raise TryLater("It did not answer.")
        self.set.append((quiet, until, remembered))
        return f"set {len(self.set)}" if quiet else None


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store = Store(folder)
        self.lock = SyncLock(folder)
        assert self.lock.take("test", self.clock.now())
        self.service = Service()
        manifest = Manifest("x", "X", frozenset({Can.BUSY, Can.QUIET}), None)
        connector: Any = self.service
        self.live = Live(AccountUid("uid1"), Login("work", "x", ""), manifest, connector)
        self.busy, self.outward = BusyTimes(self.store, self.clock, self.lock), Outward(self.store, self.clock)

    def fresh(self) -> None:
        self.busy, self.outward = BusyTimes(self.store, self.clock, self.lock), Outward(self.store, self.clock)

    async def refresh(self, *calendars: str) -> bool:
        return await self.busy.refresh([self.live], calendars)

    async def carry(self, state: State | None) -> None:
        await self.outward.carry([self.live], {} if state is None else {self.live.uid: state})

    def times(self, **chosen: Any) -> list[tuple[int, int | None]]:
        settings = Busy(("Work",), **chosen)
        spells: tuple[Spell, ...] = self.store.read(quiet_around.busy_times, settings).result()
        return [(spell.start, spell.end) for spell in spells]


def run(folder: Path, act: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    world = World(folder)
    try:
        asyncio.run(act(world))
    finally:
        world.lock.release()
        world.store.close()


def test_it_asks_every_quarter_of_an_hour_and_at_once_for_other_calendars(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        now = world.clock.now()
        world.service.spans = (Span(now, Instant(now + HOUR)),)
        assert await world.refresh("Work")
        assert not await world.refresh("Work")
        world.fresh()
        await world.refresh("Work")
        assert len(world.service.asked) == 1
        await world.refresh("Work", "Home")
        assert len(world.service.asked) == 2
        world.clock.advance(EVERY_MS / 1000)
        assert not await world.refresh("Work", "Home")
        assert len(world.service.asked) == 3
        assert not await world.refresh()
        assert len(world.service.asked) == 3

    run(tmp_path, act)


def test_a_calendar_that_nobody_has_is_named(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        def said() -> tuple[str, ...] | None:
            return world.busy.unknown

        assert said() is None
        await world.refresh("Work", "Wrok")
        assert said() == ("Wrok",)
        world.fresh()
        await world.refresh("Work", "Wrok")
        assert said() is None  # it was not asked again: what was said stands
        world.clock.advance(EVERY_MS / 1000)
        await world.refresh("Work", "Home")
        assert said() == ()
        await world.busy.refresh([], ["Work"])
        assert said() == ("Work",)

    run(tmp_path, act)


def test_the_settings_say_what_counts_and_with_how_much_slack(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        a, minute = world.clock.now(), 60_000
        world.service.spans = (
            Span(a, Instant(a + HOUR)),
            Span(Instant(a + HOUR), Instant(a + 2 * HOUR)),
            Span(Instant(a + 5 * HOUR), Instant(a + 6 * HOUR), tentative=True),
            Span(Instant(a + 20 * HOUR), Instant(a + 44 * HOUR), all_day=True),
        )
        await world.refresh("Work")
        assert world.times() == [(a, a + 2 * HOUR)]
        assert world.times(tentative=True, slack_min=5) == [
            (a - 5 * minute, a + 2 * HOUR + 5 * minute),
            (a + 5 * HOUR - 5 * minute, a + 6 * HOUR + 5 * minute),
        ]
        assert len(world.times(all_day=True)) == 2
        assert world.store.read(quiet_around.busy_times, Busy()).result() == ()

    run(tmp_path, act)


def test_what_was_known_stays_while_the_calendar_does_not_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(world: World) -> None:
        now = world.clock.now()
        world.service.spans = (Span(now, Instant(now + HOUR)),)
        await world.refresh("Work")
        world.service.breaks = True
        for _round in range(3):
            world.clock.advance(EVERY_MS / 1000)
            assert not await world.refresh("Work")
        assert len(world.times()) == 1
        assert len([record for record in caplog.records if "busy times" in record.getMessage()]) == 1
        world.service.breaks, world.service.spans = False, ()
        world.clock.advance(EVERY_MS / 1000)
        assert await world.refresh("Work")
        assert world.times() == []

    with caplog.at_level(logging.WARNING, "leeward.sync"):
        run(tmp_path, act)


def test_quiet_is_told_again_when_its_end_moves_and_cleared_with_what_was_remembered(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        eight = Instant(world.clock.now() + 8 * HOUR)
        await world.carry(State(False))
        for _round in range(3):
            await world.carry(State(True, eight))
        world.fresh()
        await world.carry(State(True, Instant(eight - 30_000)))
        await world.carry(State(True, Instant(eight - HOUR)))
        await world.carry(State(True, Instant(eight - HOUR)))
        await world.carry(State(True, Instant(eight + HOUR)))
        await world.carry(State(True, None))
        await world.carry(State(True, None))
        await world.carry(State(True, eight))
        await world.carry(State(False))
        await world.carry(State(False))
        assert world.service.set == [
            (True, eight, None),
            (True, eight - HOUR, "set 1"),
            (True, eight + HOUR, "set 2"),
            (True, None, "set 3"),
            (True, eight, "set 4"),
            (False, None, "set 5"),
        ]

    run(tmp_path, act)


def test_an_account_that_wants_it_no_longer_is_cleared_and_a_failure_is_tried_again_later(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        await world.carry(State(True))
        world.service.breaks = True
        await world.carry(None)
        world.service.breaks = False
        await world.carry(None)
        assert len(world.service.set) == 1
        world.clock.advance(301)
        await world.carry(None)
        assert world.service.set[1:] == [(False, None, "set 1")]

    run(tmp_path, act)
