"""One run of the screen: the store, the engine in the screen's own loop, the ways to ring, and the terminal given back."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from leeward.store.db import Db
from leeward.text import clean
from tui.ghost import Ghost, moves
from tui.running import Running, start
from tui.wiring import Home

if TYPE_CHECKING:
    from tui.ring import Answer


def run_screen(home: Home, begin: str = "") -> str | None:
    """Open the workspace and run it until it is left; gives what the first screen chose: demo, import, connect, or nothing.

    `begin` is the verb to begin with.

    The collector rests while modules are loaded and the first frame is drawn: what is made then lives as long as the
    program, and the screen freezes it before it lets the collector run again.
    """
    os.environ.setdefault("TEXTUAL_FPS", "500")  # Textual draws on a clock: a key would wait for its next tick
    gc.disable()
    try:
        return _one_run(home, begin)
    finally:
        gc.enable()


def _one_run(home: Home, begin: str) -> str | None:
    from tui import ring

    answer = ring.query(sys.stdin.fileno()) if home.config.quiet.channels.order else None
    running = start(home, assembled=False)
    try:
        return _show(home, running, answer, begin)
    finally:
        import asyncio

        asyncio.run(running.close())


def _show(home: Home, running: Running, answer: Answer | None, begin: str) -> str | None:
    from tui import desk_queries, sparing
    from tui.desk_first import FirstDesk
    from tui.times import wall_clock

    desk = FirstDesk(home, running)
    sparing.load_app()
    from tui.app import Options
    from tui.odd_settings import odd_theme
    from tui.screen_app import LiveApp

    known, habits = running.store.read(_anything).result(), running.store.read(desk_queries.habits).result()
    config = home.config
    width = habits.get("list width", "")
    typed = answer.typed if answer else b""
    moved = Ghost.shown.typed(typed) if Ghost.shown else moves(typed)
    options = Options(
        theme=habits.get("theme", config.theme) if not home.safe else config.theme,
        keys=config.keys,
        lines={name: f"{config.path.name}:{config.line('keys', name)}" for name in config.keys} if config.path else {},
        list_width=int(width) if width.isdecimal() else None,
        sample=home.sample,
        begin=begin,
        mouse=home.config.ui.mouse,
        problems=[clean(str(problem)) for problem in [*home.problems, *odd_theme(config)]],
        moves=moved,
        first_start=not config.accounts and not known and not home.sample,
    )
    app = LiveApp(desk, wall_clock(home.clock), options, home, running, answer)
    if home.guard is not None:
        home.guard.screen(on=True)
    try:
        return app.run_and_tell(mouse=options.mouse)
    finally:
        if home.guard is not None:
            home.guard.screen(on=False)


def _anything(db: Db) -> bool:
    return db.execute("SELECT 1 FROM item LIMIT 1").fetchone() is not None
