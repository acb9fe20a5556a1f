"""The watcher: it ends when told, steps aside for a screen, and outlives lost networks, tokens and clocks."""

from __future__ import annotations

import asyncio
import configparser
import io
import logging
import os
import plistlib
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Problem
from leeward.ids import own_id
from leeward.store.db import open_db, write
from leeward.sync.account import Told
from leeward.sync.engine import HOUSEKEEPING_S, granted, wish
from leeward.sync.lock import SyncLock, held
from leeward.testing.clock import FakeClock
from leeward.work.quiet_rules import read_instant as at
from tests.fakes.base import never_connect
from tests.tui.quiet_home import SETTINGS, QuietHome
from tui.watch import install, want_lock, watch

OPEN = at("2026-11-20T10:00:00Z")  # Friday 11:00
LIMIT_S = 20.0


class SteadyClock(FakeClock):
    """A clock that stands still while others wait on it for a moment."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[QuietHome]:
    made = QuietHome(tmp_path, OPEN)
    made.clock = SteadyClock(OPEN)
    made.outside.service._now = made.clock.now
    made.home = made.fresh()
    yield made
    logging.getLogger("leeward").handlers.clear()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not true():  # noqa: ASYNC110  another thread or process makes it true
            await asyncio.sleep(0.01)


def outside(desk: QuietHome, act: Callable[..., Any], *args: object) -> Any:
    """As another process: on a connection of its own."""
    db = open_db(desk.folders.data)
    try:
        return write(db, act, *args)
    finally:
        db.close()


async def round_of(desk: QuietHome) -> Told:
    """Ask the watcher for a round, as `leeward sync` does."""
    token = own_id()
    outside(desk, wish, token, ["work"])
    await until(lambda: outside(desk, granted, token) is not None)
    (told,) = outside(desk, granted, token)
    assert isinstance(told, Told)
    return told


def watched(desk: QuietHome, act: Callable[[], Awaitable[None]]) -> int:
    """Run `act` beside a watcher, then end it by TERM. Its exit code."""

    async def whole() -> int:
        watching = asyncio.create_task(watch(desk.home))
        await until(lambda: held(desk.folders.data))
        try:
            await act()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(LIMIT_S):
                code = await watching
        return code

    return asyncio.run(whole())


def test_it_ends_on_term_and_gives_the_lock_back(desk: QuietHome) -> None:
    async def act() -> None:
        assert (await round_of(desk)).trouble is None

    assert watched(desk, act) == 0
    lock = SyncLock(desk.folders.data)
    assert lock.take("test", desk.clock.now())
    lock.release()


def test_it_outlives_a_lost_network_a_revoked_token_and_a_jump_of_the_clock(desk: QuietHome) -> None:
    world, popups = desk.outside, desk.outside.popups

    async def act() -> None:
        world.http.faults = [never_connect] * 20
        assert (await round_of(desk)).trouble is not None
        world.http.faults = []
        desk.clock.advance(60)
        desk.say("Pump fails")
        desk.clock.advance(60)
        assert (await round_of(desk)).trouble is None
        await until(lambda: popups.times.total() == 1)

        token = world.service.tokens.pop(world.service.token)
        trouble = (await round_of(desk)).trouble
        assert trouble is not None
        world.service.tokens[world.service.token] = token
        desk.clock.advance(12 * 3600)  # it is night
        desk.say("Pump fails again")
        desk.clock.advance(60)
        assert (await round_of(desk)).trouble is None
        desk.clock._now = at("2026-11-23T08:00:00Z")  # the machine slept until Monday
        await until(lambda: popups.times.total() == 2)
        desk.clock._now = OPEN  # and somebody set the clock back
        assert (await round_of(desk)).trouble is None

    assert watched(desk, act) == 0
    assert popups.times.total() == 2
    assert max(popups.times.values()) == 1


def test_a_part_that_fails_once_does_not_end_the_housekeeping(
    desk: QuietHome, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, broken = desk.outside.ways, [True]

    def ways(*args: Any) -> Any:
        if broken.pop() if broken else False:
            raise RuntimeError("a way to ring has a bug")
        return honest(*args)

    monkeypatch.setattr(desk.outside, "ways", ways)

    async def act() -> None:
        await round_of(desk)
        desk.clock.advance(60)
        desk.say()
        desk.clock.advance(60)
        await round_of(desk)
        await until(lambda: desk.outside.popups.times.total() == 1)

    with caplog.at_level(logging.ERROR, "leeward"):
        assert watched(desk, act) == 0
    assert broken == []
    assert any(record.exc_info for record in caplog.records)


def test_it_steps_aside_for_a_screen(desk: QuietHome) -> None:
    async def act() -> None:
        outside(desk, want_lock, str(os.getpid()))
        lock = SyncLock(desk.folders.data)
        await until(lambda: lock.take("screen", desk.clock.now()))
        lock.release()

    assert watched(desk, act) == 0


def test_it_steps_aside_when_asked_not_at_its_next_housekeeping(desk: QuietHome) -> None:
    kept = threading.Event()

    class Late(SteadyClock):
        async def sleep(self, seconds: float) -> None:
            if seconds >= HOUSEKEEPING_S:
                kept.set()
                await asyncio.Event().wait()
            await asyncio.sleep(0.01)

    desk.clock = Late(OPEN)
    desk.home = desk.fresh()

    async def act() -> None:
        await until(kept.is_set)
        outside(desk, want_lock, str(os.getpid()))
        lock = SyncLock(desk.folders.data)
        await until(lambda: lock.take("screen", desk.clock.now()))
        lock.release()

    assert watched(desk, act) == 0


def test_the_command_ends_on_term(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SETTINGS.partition("[quiet]")[1] + SETTINGS.partition("[quiet]")[2])
    words = [sys.executable, "-m", "tui.cli", "watch", "--data", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            asyncio.run(until(lambda: held(tmp_path) or process.poll() is not None))
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "a $home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda _name: "/opt/lee ward/bin/leeward")
    return tmp_path / "a $home"


def test_the_systemd_unit_is_shown_before_it_is_written(
    desk: QuietHome, user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    file = user / ".config/systemd/user/leeward-watch.service"
    with pytest.raises(Problem, match="Nothing was written"):
        install(desk.home)
    shown = capsys.readouterr().out
    assert shown.startswith(f"# {file}\n")
    assert not file.exists()
    stdin = io.StringIO("n\ny\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", stdin)
    assert [install(desk.home), file.exists(), install(desk.home), file.exists()] == [1, False, 0, True]
    assert shown.rstrip("\n").endswith(file.read_text().rstrip("\n"))
    unit = configparser.RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the library's own way to keep upper case
    unit.read_string(file.read_text())
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Service"]["ExecStart"].startswith('"/opt/lee ward/bin/leeward" "watch" "--data" "')
    assert desk.outside.service.token not in file.read_text()
    assert "systemctl --user enable --now leeward-watch" in capsys.readouterr().err


def test_words_that_systemd_would_read_otherwise_are_escaped(desk: QuietHome, user: Path) -> None:
    from tui.watch import _quoted

    assert _quoted('a "b" \\ $HOME 100%') == '"a \\"b\\" \\\\ $$HOME 100%%"'


def test_the_unit_names_this_program_by_its_whole_path(
    desk: QuietHome, user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "leeward").touch()
    monkeypatch.setattr("sys.argv", ["bin/leeward", "watch", "--install"])
    assert install(desk.home, yes=True) == 0
    text = (user / ".config/systemd/user/leeward-watch.service").read_text()
    assert f'ExecStart="{tmp_path}/bin/leeward" "watch"' in text


def test_the_launch_agent_is_a_property_list(
    desk: QuietHome, user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert install(desk.home, yes=True) == 0
    file = user / "Library/LaunchAgents/leeward.watch.plist"
    agent = plistlib.loads(file.read_bytes())
    assert agent["Label"] == "leeward.watch"
    assert agent["ProgramArguments"][:3] == ["/opt/lee ward/bin/leeward", "watch", "--data"]
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    said = capsys.readouterr()
    assert "<string>leeward.watch</string>" in said.out
    assert "launchctl load" in said.err


def test_a_popup_that_is_being_shown_when_it_ends_is_marked_and_nothing_hangs(desk: QuietHome) -> None:
    import threading

    showing, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        showing.set()
        go_on.wait(LIMIT_S)

    desk.outside.popups.before = slowly

    async def act() -> None:
        await round_of(desk)
        desk.clock.advance(60)
        desk.say()
        desk.clock.advance(60)
        await round_of(desk)
        await until(showing.is_set)
        asyncio.get_running_loop().call_later(0.1, go_on.set)

    assert watched(desk, act) == 0
    assert outside(desk, lambda db: db.execute("SELECT state FROM notice").fetchall()) == [("shown",)]


def test_a_store_that_is_closed_says_so_and_lets_nobody_wait(tmp_path: Path) -> None:
    from leeward.store.lanes import Store

    store = Store(tmp_path)
    store.close()
    for ask in (store.read, store.write):
        with pytest.raises(Problem, match="closing"):
            ask(lambda _db: None).result(timeout=LIMIT_S)
