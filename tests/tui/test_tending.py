"""The housekeeping of quiet hours: settings, clock, zone, holidays and what waits, and nothing written for nothing."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from leeward.model import Instant
from leeward.store.db import Db
from leeward.work import quiet_now, quiet_remarks, quiet_store
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_course import Spell
from leeward.work.quiet_plan import plan
from leeward.work.quiet_rules import read_instant as at
from tests.tui.quiet_home import SETTINGS, QuietHome, query
from tui.running import Running
from tui.tending import Tending

NIGHT = at("2026-11-20T20:40:00Z")  # Friday 21:40
MONDAY = at("2026-11-23T08:00:00Z")
HOUR = 3600


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[QuietHome]:
    yield QuietHome(tmp_path, NIGHT)
    logging.getLogger("leeward").handlers.clear()


def run(desk: QuietHome, act: Callable[[Running, Tending], Awaitable[None]]) -> None:
    async def whole() -> None:
        running = desk.start()
        try:
            assert running.lock.take("test", desk.clock.now())
            await running.engine.round()
            await act(running, Tending(desk.home, running))
        finally:
            await running.close()

    asyncio.run(whole())


def changes(running: Running) -> int:
    return int(running.store.write(lambda db: db.total_changes).result())


def test_what_came_at_night_is_one_popup_at_the_opening_and_a_quiet_round_writes_nothing(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        desk.say("Pump fails")
        desk.say("Pump fails again")
        desk.clock.advance(60)
        await running.engine.round()
        await tending.round()
        before = changes(running)
        for _round in range(5):
            desk.clock.advance(20)
            assert await tending.round() == 0
        assert changes(running) == before
        desk.clock.advance((MONDAY - desk.clock.now()) / 1000)
        assert await tending.round() == 1
        assert await tending.round() == 0
        assert [shown.title for shown in desk.outside.popups.shown.values()] == ["leeward: 2 waiting"]

    run(desk, act)


def edited(desk: QuietHome, text: str) -> None:
    desk.settings(text)
    os.utime(desk.folders.config, ns=(1, desk.clock.now() * 1_000_000))


def test_edited_settings_count_at_the_next_round_and_a_mistake_keeps_the_last_good_ones(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        desk.say()
        desk.clock.advance(60)
        await running.engine.round()
        await tending.round()
        edited(desk, SETTINGS.replace("09:00-12:30", "9-12"))
        await tending.round()
        good = running.notices.config
        assert good.schedules[0].week[0][0].start == 9 * 60
        said = running.store.read(quiet_remarks.said, desk.clock.now()).result()
        assert "9-12 has no minutes. Write 09:00-12:00." in said["settings"]
        assert query(running, "SELECT state FROM notice") == [("held",)]
        desk.clock.advance(60)
        edited(desk, SETTINGS.replace('"mon-fri 13:00-17:30"', '"daily 13:00-24:00"'))
        assert await tending.round() == 1
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}
        assert running.notices.config != good

    run(desk, act)


def test_a_machine_that_travelled_says_so_once(desk: QuietHome, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settings(SETTINGS.replace('timezone = "Europe/Amsterdam"', 'timezone = "system"'))

    async def act(running: Running, tending: Tending) -> None:
        await tending.round()
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}
        monkeypatch.setenv("TZ", "America/New_York")
        await tending.round()
        now = desk.clock.now()

        def why(db: Db) -> str:
            asked = plan(desk.home.config.quiet, surroundings(db, now, desk.home.config.quiet))
            status = quiet_now.status(asked, now)
            return quiet_remarks.why(db, status, now)

        assert running.store.read(why).result() == (
            'Schedule "work" is open now. You are now in America/New_York. Windows follow the clock here.'
            " `leeward quiet zone Europe/Amsterdam` keeps Europe/Amsterdam."
        )
        before = changes(running)
        desk.clock.advance(13 * HOUR)
        await tending.round()
        assert changes(running) == before
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}

    run(desk, act)


def test_a_zone_that_is_named_stays_and_nothing_is_said(desk: QuietHome, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(running: Running, tending: Tending) -> None:
        await tending.round()
        monkeypatch.setenv("TZ", "America/New_York")
        await tending.round()
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}

    run(desk, act)


def test_holidays_are_read_once_a_year_and_region_and_are_quiet(desk: QuietHome) -> None:
    desk.settings(SETTINGS.replace("[quiet.schedules", 'holidays = ["NL", "ZZ"]\n[quiet.schedules'))
    desk.outside.days = [(date(2026, 11, 23), "Test day")]

    async def act(running: Running, tending: Tending) -> None:
        for _round in range(3):
            await tending.round()
        assert desk.outside.asked_days == [(("NL", "ZZ"), 2026)]
        assert "ZZ" in running.store.read(quiet_remarks.said, desk.clock.now()).result()["holidays"]
        desk.clock.advance(HOUR)  # what could not be read is tried again
        await tending.round()
        assert len(desk.outside.asked_days) == 2
        edited(desk, desk.folders.config.read_text().replace(', "ZZ"', ""))
        for _round in range(3):
            desk.clock.advance(HOUR)
            await tending.round()
        assert len(desk.outside.asked_days) == 3
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}
        config = desk.home.config.quiet
        around = running.store.read(surroundings, MONDAY, config).result()
        assert quiet_now.status(plan(config, around), MONDAY).why == "2026-11-23 is a holiday: Test day."
        desk.clock.advance(60 * 24 * HOUR)
        await tending.round()
        assert desk.outside.asked_days[-1] == (("NL",), 2027)

    run(desk, act)


def test_a_clock_that_jumps_is_logged_and_judged_at_once(desk: QuietHome, caplog: pytest.LogCaptureFixture) -> None:
    async def act(running: Running, tending: Tending) -> None:
        desk.say()
        desk.clock.advance(60)
        await running.engine.round()
        await tending.round()
        desk.clock._now = Instant(MONDAY)  # the machine slept: the wall moved, the monotonic clock did not
        with caplog.at_level(logging.WARNING, "leeward.quiet"):
            assert await tending.round() == 1
            desk.clock._now = Instant(NIGHT)  # set back: nothing comes twice
            assert await tending.round() == 0
            desk.clock._now = Instant(MONDAY)
            assert await tending.round() == 0
        jumps = [record.getMessage() for record in caplog.records if "jumped" in record.getMessage()]
        assert len(jumps) == 3
        assert jumps[0].startswith("the clock jumped by +2")

    run(desk, act)


def test_until_i_say_so_asks_after_a_day(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        now = desk.clock.now()
        running.store.write(quiet_store.add_oneoff, Spell(now, None, quiet=True)).result()

        def why(db: Db) -> str:
            later = desk.clock.now()
            config = desk.home.config.quiet
            status = quiet_now.status(plan(config, surroundings(db, later, config)), later)
            return quiet_remarks.why(db, status, later)

        assert running.store.read(why).result() == "You asked for quiet at 21:40."
        desk.clock.advance(24 * HOUR)
        assert "still wanted?" in running.store.read(why).result()

        def screen(db: Db) -> list[str]:
            later, config = desk.clock.now(), desk.home.config.quiet
            status = quiet_now.status(plan(config, surroundings(db, later, config)), later)
            return quiet_remarks.told(db, status, later)

        assert running.store.read(screen).result() == [
            "You said so over a day ago: is it still wanted? z, then 0 ends it."
        ]

    run(desk, act)


def test_what_is_older_than_a_month_is_forgotten(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        desk.say()
        desk.clock.advance(60)
        await running.engine.round()
        desk.clock.advance((MONDAY - desk.clock.now()) / 1000)
        await tending.round()
        assert query(running, "SELECT state FROM notice") == [("shown",)]
        desk.clock.advance(26 * 24 * HOUR)
        await tending.round()
        assert len(query(running, "SELECT 1 FROM notice WHERE state = 'shown'")) == 1
        desk.clock.advance(6 * 24 * HOUR)
        await tending.round()
        assert query(running, "SELECT 1 FROM notice WHERE state = 'shown'") == []

    run(desk, act)


def test_an_account_that_wants_it_shows_quiet_and_shows_it_no_more_when_it_opens(desk: QuietHome) -> None:
    desk.settings(SETTINGS.replace('kind = "gitlab"', 'kind = "gitlab"\noutward = true'))

    async def act(running: Running, tending: Tending) -> None:
        await tending.round()
        service = desk.outside.service
        assert service.status_of(desk.outside.me)["message"] == "Quiet hours"
        asked = len(desk.outside.http.asked)
        await tending.round()
        assert len(desk.outside.http.asked) == asked
        desk.clock.advance((MONDAY - desk.clock.now()) / 1000)
        await tending.round()
        assert service.status_of(desk.outside.me)["message"] == ""

    run(desk, act)


def test_an_account_that_did_not_ask_for_it_shows_nothing(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        await tending.round()
        assert desk.outside.service.statuses == {}

    run(desk, act)


def test_a_calendar_that_nobody_has_is_said_until_it_is_mended_and_only_once_written(desk: QuietHome) -> None:
    desk.settings(SETTINGS + '\n[quiet.busy]\ncalendars = ["Wrok"]\n')

    async def act(running: Running, tending: Tending) -> None:
        await tending.round()
        said = running.store.read(quiet_remarks.said, desk.clock.now()).result()
        assert said["calendars"] == "No calendar is called Wrok: mend [quiet.busy] calendars."
        before = changes(running)
        await tending.round()
        assert changes(running) == before
        desk.clock.advance(60)
        edited(desk, SETTINGS)
        await tending.round()
        assert running.store.read(quiet_remarks.said, desk.clock.now()).result() == {}

    run(desk, act)


def test_what_rang_is_taken_down_as_read_when_it_is(desk: QuietHome) -> None:
    async def act(running: Running, tending: Tending) -> None:
        desk.say("Pump fails")
        desk.clock.advance(60)
        await running.engine.round()
        desk.clock.advance((MONDAY - desk.clock.now()) / 1000)
        assert await tending.round() == 1
        assert query(running, "SELECT state, read_at FROM notice") == [("shown", None)]
        ((host,),) = query(running, "SELECT host FROM delivery")
        assert host is None  # the stand-in for the desktop is no way of this machine's
        running.store.write(lambda db: db.execute("UPDATE item SET read_n = 1 << 60")).result()
        desk.clock.advance(20)
        await tending.round()
        assert query(running, "SELECT state, read_at FROM notice") == [("shown", desk.clock.now())]

    run(desk, act)
