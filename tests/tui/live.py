"""The real workspace over a real store, driven by keys in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from leeward.paths import find
from leeward.ports import Clock
from leeward.zones import wall, zone
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen
from tui.app import Options
from tui.cli import World
from tui.desk_store import StoreDesk
from tui.running import start
from tui.screen_app import LiveApp
from tui.wiring import Home


def live(
    folder: Path,
    clock: Clock,
    scenario: Callable[[Screen], Awaitable[None]],
    *,
    outside: Any = None,
    size: tuple[int, int] = (120, 40),
    change: Callable[[StoreDesk], None] = lambda _desk: None,
) -> None:
    """Open the workspace over the store in `folder`, run the scenario, leave."""

    async def run() -> None:
        home = Home(find(None, str(folder)), outside or World(), clock)
        running = start(home)
        desk = StoreDesk(home, running)
        change(desk)
        options = Options(follow_s=0, colours=1 << 24)
        app = LiveApp(desk, lambda at: wall(at, zone("UTC")), options, home, running, None)
        try:
            async with app.run_test(size=size) as pilot:
                screen = Screen(app, pilot, cast("MemoryDesk", desk))
                await screen.settle()
                await scenario(screen)
        finally:
            await running.close()

    asyncio.run(run())


async def go_to(screen: Screen, title: str) -> None:
    """Put the list's cursor on the row that begins so, with keys."""
    await screen.heard()
    await screen.press("g", "g")
    for _each in range(200):
        if str(getattr(screen.stage.row, "title", "")).startswith(title):
            return
        await screen.press("j")
    raise AssertionError(f"no row {title}")
