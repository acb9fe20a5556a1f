"""The workspace with its engine: what waited is said once, focus wakes a round, the title tells, and all ends cleanly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.events import AppFocus

from leeward.errors import Problem
from leeward.sync.lock import held
from leeward.work.quiet_rules import read_instant as at
from leeward.zones import wall, zone
from tests.tui.quiet_home import SETTINGS, QuietHome
from tests.tui.test_watch import SteadyClock, until
from tui import screen_app
from tui.app import Options
from tui.desk_first import FirstDesk
from tui.running import start
from tui.screen_app import LiveApp
from tui.status import trouble_of
from tui.watch import lock_wanted

NIGHT = at("2026-11-20T20:40:00Z")  # Friday 21:40
MONDAY = at("2026-11-23T08:00:00Z")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[QuietHome]:
    made = QuietHome(tmp_path, NIGHT, SETTINGS + '[quiet.channels]\norder = ["desktop"]\n')
    made.clock = SteadyClock(NIGHT)
    made.outside.service._now = made.clock.now
    made.home = made.fresh()
    yield made
    logging.getLogger("leeward").handlers.clear()


def shown(desk: QuietHome, act: Callable[[LiveApp], object]) -> str:
    """Open the workspace, let `act` wait for something, close it. The banner's text."""

    async def whole() -> str:
        desk.home = desk.fresh()
        running = start(desk.home)
        store_desk = FirstDesk(desk.home, running)
        app = LiveApp(store_desk, lambda when: wall(when, zone("UTC")), Options(), desk.home, running, None)
        try:
            return await looked(app)
        finally:
            await running.close()

    async def looked(app: LiveApp) -> str:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(lambda: held(desk.folders.data))
            found = act(app)
            if asyncio.iscoroutine(found):
                await found
            await pilot.pause()
            return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    return asyncio.run(whole())


def test_what_waited_is_said_once_at_opening(desk: QuietHome) -> None:
    popups = desk.outside.popups

    async def come(app: LiveApp) -> None:
        desk.clock.advance(60)
        desk.say("Pump fails")
        desk.say("Valve leaks")
        desk.clock.advance(60)
        app._round.engine.wake()
        await until(lambda: app._title._shown == "leeward •")

    shown(desk, come)
    assert popups.times.total() == 0

    desk.clock._now = MONDAY
    desk.clock.advance(60)

    async def rings(app: LiveApp) -> None:
        await until(lambda: popups.times.total() == 1)

    shown(desk, rings)
    assert "2 waiting" in next(iter(popups.shown.values())).title


def test_a_digest_that_came_while_nobody_was_here_stands_in_the_banner_once(desk: QuietHome) -> None:
    from tests.tui.test_watch import watched

    async def opened(_app: LiveApp) -> None:
        return None

    shown(desk, opened)

    async def at_night() -> None:
        from tests.tui.test_watch import round_of

        desk.clock.advance(60)
        desk.say("Pump fails")
        desk.say("Valve leaks")
        desk.clock.advance(60)
        await round_of(desk)
        desk.clock._now = MONDAY
        await until(lambda: desk.outside.popups.times.total() == 1)

    assert watched(desk, at_night) == 0
    desk.clock.advance(60)
    assert "2 waited while you were away: 2 in 48 h" in shown(desk, opened)
    assert "while you were away" not in shown(desk, opened)


def test_focus_is_known_only_once_it_is_told_and_asks_for_a_round(desk: QuietHome) -> None:
    async def look(app: LiveApp) -> None:
        assert app._looks is None
        app.post_message(AppFocus())
        await until(lambda: app._looks is True)

    shown(desk, look)


def test_a_mistake_in_edited_settings_stands_in_the_banner(desk: QuietHome) -> None:
    async def edit(app: LiveApp) -> None:
        await until(lambda: bool(app._title._shown))
        desk.settings(SETTINGS.replace("09:00-12:30", "9-12"))
        await until(lambda: bool(app._told))

    assert "9-12 has no minutes. Write 09:00-12:00." in shown(desk, edit)


def test_a_second_screen_shows_what_others_write_and_writes_nothing_while_it_waits(
    desk: QuietHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leeward.store import own
    from leeward.store.lanes import Store
    from leeward.sync.lock import SyncLock
    from tests.tui.test_watch import outside

    monkeypatch.setattr(screen_app, "_ASIDE_S", 0.02)
    first, other = SyncLock(desk.folders.data), Store(desk.folders.data)
    assert first.take("screen", desk.clock.now())

    async def look(app: LiveApp) -> None:
        await until(lambda: app._round.store.read(lock_wanted).result())
        other.others_wrote().result()
        looked, asked = app._round.store.others_wrote, []

        def counted() -> object:
            asked.append(1)
            return looked()

        monkeypatch.setattr(app._round.store, "others_wrote", counted)
        await until(lambda: len(asked) == 10)
        assert not other.others_wrote().result(), "waiting is no news"
        outside(desk, lambda db: own.new_task(db, NIGHT, title="Write it down"))
        await until(lambda: app.workspace.told.counts.tasks == 1)

    try:
        shown(desk, look)
    finally:
        other.close()
        first.release()


def test_an_account_without_its_token_is_named_once(desk: QuietHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_account: str, _name: str = "token") -> None:
        raise Problem("work: the environment has no TOK.", "Set it.")

    keys = desk.outside.secrets(desk.home.config)
    monkeypatch.setattr(keys, "get", none)
    monkeypatch.setattr(desk.outside, "secrets", lambda _config: keys)

    async def wait(app: LiveApp) -> None:
        await until(lambda: bool(app._round.troubles))

    assert " work: the environment has no TOK. Set it." in shown(desk, wait).replace("work: work", "twice")


def test_a_trouble_begins_with_its_account_once() -> None:
    assert trouble_of("work", "work: there is no token.", "Set it.") == "work: there is no token. Set it."
    assert trouble_of("work", "No connection.", None) == "work: No connection."
