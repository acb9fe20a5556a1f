"""Driving the workspace by keys and reading it back as text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from tests.tui.desk import MemoryDesk, wall
from tui.app import Leeward, Options

FIXTURES = Path(__file__).with_name("dumps")
Scenario = Callable[["Screen"], Awaitable[None]]


class Screen:
    """A running workspace, its desk and its pilot."""

    def __init__(self, app: Leeward, pilot: Pilot[str | None], desk: MemoryDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk
        self.stage = app.workspace

    async def press(self, *keys: str) -> None:
        """Keys by Textual's names, each handled to its end before the next."""
        for key in keys:
            await self.send(key)
            await self.settle()

    async def send(self, key: str) -> None:
        """One key as the terminal hands it in."""
        name = {"slash": "/", "colon": ":", "question_mark": "?", "plus": "+", "minus": "-"}.get(key, key)
        character = name if len(name) == 1 else {"space": " ", "enter": "\r", "escape": "\x1b", "tab": "\t"}.get(name)
        await self.app.on_event(events.Key(key, character))

    async def settle(self) -> None:
        """Until every read and every queued verb is through, and drawn."""
        for _ in range(4):
            await self._idle()
            waiting = [worker for worker in self.app.workers if worker.group != "verbs" and not worker.is_finished]
            if waiting:
                await self.app.workers.wait_for_complete(waiting)
            await self.stage._verbs.join()
            self.stage._release()  # a frame that is held back for a moment
            self.app.screen._on_timer_update()
        await self._idle()

    async def _idle(self) -> None:
        """Until no widget has a message left."""
        calm = 0
        while calm < 3:
            await asyncio.sleep(0)
            pumps = (self.app, *self.app._registry)
            calm = calm + 1 if all(pump._message_queue.empty() for pump in pumps) else 0

    async def heard(self) -> None:
        """Until what the desk told has reached the screen."""
        await asyncio.sleep(0)
        assert self.stage._bridge is not None
        self.stage._bridge.post()
        await self.settle()

    def dump(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips) + "\n"

    @property
    def foot(self) -> str:
        return self.dump().rstrip("\n").split("\n")[-1].strip()

    @property
    def here(self) -> str:
        """The id of the row under the list's cursor."""
        return str(self.stage.listing.key_of(self.stage.list.item))

    @property
    def last(self) -> str:
        """The id of the reader's last loaded line."""
        feed = self.stage.doc.feed
        assert feed is not None
        return str(feed.rows[-1].id)

    def same_as(self, name: str) -> None:
        """The screen as it was when somebody looked at it and found it right."""
        path = FIXTURES / f"{name}.txt"
        if os.environ.get("LEEWARD_WRITE_DUMPS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.dump(), encoding="utf-8")
        assert self.dump() == path.read_text(encoding="utf-8")


def drive(
    scenario: Scenario,
    *,
    size: tuple[int, int] = (120, 40),
    desk: MemoryDesk | None = None,
    options: Options | None = None,
) -> None:
    """Run a scenario on a workspace over a desk in memory."""

    async def run() -> None:
        memory = desk or MemoryDesk()
        app = Leeward(memory, wall, options or Options(follow_s=0, colours=1 << 24))
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, memory)
            await screen.settle()
            await scenario(screen)

    asyncio.run(run())
