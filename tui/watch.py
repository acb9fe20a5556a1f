"""`leeward watch`: the engine without a screen, and the user service that starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

from leeward.errors import Problem, Trouble
from leeward.events import BY_OTHERS, Event
from leeward.paths import write_atomic
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.words import _
from tui.commands import answers
from tui.running import Running, start
from tui.tending import Tending
from tui.wiring import Home


async def watch(home: Home) -> int:
    """Sync and ring until TERM, HUP or INT; steps aside while a screen holds the lock."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    running = start(home)
    try:
        while not stop.is_set():
            if running.lock.take("watch", home.clock.now()):
                await _hold(home, running, stop)
            else:
                await _pause(stop, 5.0)
    finally:
        await running.close()
    return 0


async def _hold(home: Home, running: Running, stop: asyncio.Event) -> None:
    """Live until stopped or until a screen wants the lock."""
    ended = asyncio.Event()

    async def until() -> None:
        parts = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(_asked_aside(running.store))]
        _done, rest = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        ended.set()

    tending = Tending(home, running)

    async def tick() -> None:
        await tending.round()

    waiter = asyncio.ensure_future(until())
    await running.engine.live(ended, tick)
    await waiter
    if not stop.is_set():
        running.lock.release()
        await _pause(stop, 5.0)


async def _asked_aside(store: Store) -> None:
    """Wait until a screen asks for the lock: what other processes write is noticed within a second."""
    loop, wrote = asyncio.get_running_loop(), asyncio.Event()

    def heard(event: Event) -> None:
        if event == BY_OTHERS:
            loop.call_soon_threadsafe(wrote.set)

    end = store.bus.listen(heard)
    try:
        while True:
            wrote.clear()
            with contextlib.suppress(Trouble):  # a store that cannot be read now is asked again
                if await asyncio.wrap_future(store.read(lock_wanted)):
                    return
            await wrote.wait()
    finally:
        end()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def want_lock(db: Db, who: str) -> None:
    """A screen that opens asks the watcher to step aside."""
    db.execute("INSERT OR REPLACE INTO habit VALUES ('lock wanted', ?)", (who,))


async def ask_aside(store: Store) -> None:
    """Let the watcher know that a screen waits for the lock; nothing is written where it knows already."""
    if not await asyncio.wrap_future(store.read(lock_wanted)):
        await asyncio.wrap_future(store.write(want_lock, str(os.getpid())))


def lock_wanted(db: Db) -> bool:
    """Whether a screen that is still running wants the lock."""
    row = db.execute("SELECT value FROM habit WHERE name = 'lock wanted'").fetchone()
    if row is None or not row[0].isdigit():
        return False
    try:
        os.kill(int(row[0]), 0)
    except OSError:
        return False
    return True


def install(home: Home, *, yes: bool = False) -> int:
    """Show the user service, then write it. No secret stands in it."""
    path, text, after = _unit(home)
    answers.lines([f"# {path}", text])
    if not yes:
        if not sys.stdin.isatty():
            raise Problem(_("Nothing was written."), _("Run it in a terminal, or add --yes."))
        answers.say(_("Write this file? [y/N]"))
        if sys.stdin.readline().strip().lower() not in {"y", "yes", "j", "ja"}:
            return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text, 0o644)
    answers.say(_("Written. Start it with: {command}").format(command=after))
    return 0


def _unit(home: Home) -> tuple[Path, str, str]:
    command = _program()
    folders = home.folders
    args = [command, "watch", "--data", str(folders.data), "--config", str(folders.config)]
    if sys.platform == "darwin":
        path = Path.home() / "Library/LaunchAgents/leeward.watch.plist"
        words = "".join(f"<string>{_xml(word)}</string>" for word in args)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict><key>Label</key><string>leeward.watch</string>'
            f"<key>ProgramArguments</key><array>{words}</array><key>RunAtLoad</key><true/>"
            "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict></dict></plist>\n"
        )
        return path, text, f"launchctl load {shlex.quote(str(path))}"
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = folder / "systemd/user/leeward-watch.service"
    text = (
        "[Unit]\nDescription=leeward, in the background\nAfter=graphical-session.target\n\n[Service]\n"
        f"ExecStart={' '.join(_quoted(word) for word in args)}\nRestart=on-failure\nRestartSec=30\n\n"
        "[Install]\nWantedBy=default.target\n"
    )
    return path, text, "systemctl --user enable --now leeward-watch"


def _program() -> str:
    """The whole path of this program: a service has no folder of its own, and may find another leeward by its name."""
    called = Path(sys.argv[0])
    found = called if called.name == "leeward" and called.exists() else Path(shutil.which("leeward") or called)
    return str(found.absolute())


def _quoted(word: str) -> str:
    """A word of a systemd command line."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _xml(word: str) -> str:
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
