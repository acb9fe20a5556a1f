"""The workspace with its engine: syncs, sends and rings in the screen's loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.driver import Driver
from textual.events import AppBlur, AppFocus

from leeward.errors import Trouble
from leeward.model import Instant
from leeward.store import notices
from leeward.store.db import Db
from leeward.text import clean
from tui import crash, ghost, ring
from tui.app import Leeward, Options
from tui.running import Running
from tui.status import trouble_of
from tui.title import Title, words
from tui.wiring import Home

if TYPE_CHECKING:
    from leeward.work.channels import Found
    from tui.desk import Desk
    from tui.desk_first import FirstDesk
    from tui.desk_store import StoreDesk
    from tui.tending import Tending

_ASIDE_S = 1.0
FIRST_S = 0.6
"""The first moment belongs to who opened the program: until then no key competes with the engine for the processor."""

_SOON = ("tui.desk_hours", "tui.screens.capture_panel", "leeward.work.capture", "leeward.work.context")


class LiveApp(Leeward):
    """Holds the sync lock while it is open; a watcher steps aside for it."""

    def __init__(
        self,
        desk: FirstDesk | StoreDesk,
        wall: Callable[[Instant], datetime],
        options: Options,
        home: Home,
        running: Running,
        answer: ring.Answer | None,
    ) -> None:
        super().__init__(cast("Desk", desk), wall, options)
        self._home, self._round, self._answer = home, running, answer
        self._stop = asyncio.Event()
        self._tending: Tending | None = None
        self._title = Title(self._say)
        self._told: list[str] = []
        self._engine_task: asyncio.Task[None] | None = None
        self._looks: bool | None = None  # a terminal that never said so is not counted on
        self._desk = desk

    def on_ready(self) -> None:
        """The screen is drawn: now the engine may begin."""
        self._engine_task = asyncio.create_task(self._engine())
        self.run_worker(self._welcome(), group="welcome", exit_on_error=False)

    async def on_unmount(self) -> None:
        """End the engine before the store closes."""
        self._stop.set()
        if self._engine_task is not None:
            await self._engine_task
        await self._round.close_doors()
        self._title.end()
        with contextlib.suppress(Trouble):  # a full disk is no reason not to leave
            await asyncio.wrap_future(self._round.store.write(self._left, self._home.clock.now()))

    def _left(self, db: Db, now: Instant) -> None:
        """What was shown was seen; the next start begins in these colours."""
        notices.seen(db, now)
        stage = self.workspace
        inks = " ".join(f"{name}={stage.pens.palette.ink(name)}" for name in ghost.INKS)
        db.execute(
            "INSERT INTO habit VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            " WHERE value <> excluded.value",
            (ghost.HABIT, f"{inks} list={stage.list_width}"),
        )

    def on_app_focus(self, _event: AppFocus) -> None:
        """The terminal says that it is looked at."""
        self._looks = True
        if self._round.lock.held:
            self.run_worker(self._tick(), group="tending", exclusive=True, exit_on_error=False)

    @on(Driver.SignalResume)
    def come_back(self) -> None:
        """The shell let us go on after it had stopped us: the terminal shows nothing of ours any more."""
        self.refresh(layout=True)

    def on_app_blur(self, _event: AppBlur) -> None:
        """The terminal says that it is not looked at."""
        self._looks = False

    async def _welcome(self) -> None:
        """What waited while nobody was here is said once, in place."""
        tiers = await asyncio.wrap_future(self._round.store.write(notices.welcome, self._home.clock.now()))
        if tiers and not self._options.problems:
            from leeward.work.notify_log import away

            self.workspace.banner(away(tiers))

    async def _engine(self) -> None:
        if await self._stopped(FIRST_S):
            return
        from leeward.work.channels import on_screen
        from tui.tending import Tending

        running, home, shown = self._round, self._home, self._desk
        await asyncio.to_thread(self._rest)
        shown.rest()
        running.notices.on_screen = lambda thread: on_screen(
            thread, shown.shown[0] if shown.shown else None, looks=self._looks
        )
        self.workspace.think()
        self._tending = Tending(home, running)
        if running.troubles and not self._options.problems:
            name, (what, do) = next(iter(running.troubles.items()))
            self.workspace.banner(clean(trouble_of(name, what, do)))
        if await self._waited():
            await running.engine.live(self._stop, self._tick)

    async def _waited(self) -> bool:
        """Wait for the lock, showing meanwhile what others write; False where the end came before it."""
        from leeward.events import BY_OTHERS
        from tui.watch import ask_aside

        running, unheard = self._round, True
        while not running.lock.take("screen", self._home.clock.now()):
            with contextlib.suppress(Trouble):  # on a full disk it asks again later
                await ask_aside(running.store)
            if await asyncio.wrap_future(running.store.others_wrote()) or unheard:
                unheard = False
                running.store.bus.publish(BY_OTHERS)
            if await self._stopped(_ASIDE_S):
                return False
        return True

    async def _stopped(self, seconds: float) -> bool:
        """Whether the end came within that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True

    def _rest(self) -> None:
        """Load what the first second did not need, so that the first verb does not wait for it."""
        from importlib import import_module

        self._desk.acting()
        self.keying.load()
        for name in _SOON:
            import_module(name)
        self._round.assemble()

    async def _tick(self) -> None:
        if self._home.sample or self._tending is None:
            return  # nobody is waiting in a sample
        await self._tending.round(self._terminal())
        from tui.desk_hours import waits

        config = self._home.config.quiet
        status, waiting, remarks = await asyncio.wrap_future(
            self._round.store.read(waits, config, self._home.clock.now())
        )
        self._title.show(words(config.badge, waiting, quiet=status.quiet))
        news = [said for said in remarks if said not in self._told]
        self._told = remarks
        if news:
            self.workspace.banner(clean(news[-1]))

    def _say(self, text: str) -> None:
        """Write to the terminal itself, between what is drawn."""
        if self._driver is not None:
            self._driver.write(text)

    def _terminal(self) -> Found:
        """The terminal as a way to ring, through the driver that draws, so that no two writes mix."""
        from leeward.work.channels import Found

        driver = self._driver
        if driver is None or self._home.config.quiet.channels.terminal == "off":
            return Found("terminal", None, "")
        way = ring.way_for(os.environ, self._answer or ring.Answer(), self._home.config.quiet.channels.terminal)

        def write(data: bytes) -> None:
            self.call_from_thread(driver.write, data.decode("utf-8", "replace"))

        channel = ring.TerminalChannel(
            way, write, answer=self._answer, tmux="TMUX" in os.environ, program=ring.program(os.environ)
        )
        return Found("terminal", channel, channel.say())

    def _fatal_error(self) -> None:
        """Textual would print local variables, tokens and messages among them; ours go into a redacted report."""
        self.bell()
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        """A bug ends the screen, the terminal comes back, the report is written."""
        if self._exception is None:
            self._exception = error
        self._return_code = crash.BUG
        self._fatal_error()

    def run_and_tell(self, **named: Any) -> str | None:
        """Run; a bug that ended it is raised again, for the guard around the program."""
        chosen = self.run(**named)
        if self._exception is not None:
            raise self._exception
        return chosen
