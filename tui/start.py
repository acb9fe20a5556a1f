"""Opening the screen in the order that makes it quick: settings of Textual first, then its import, the rest behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from leeward.model import Instant
from tui.desk import Desk

if TYPE_CHECKING:
    from tui.app import Options

FPS = "120"


def open_workspace(
    desk: Desk, wall: Callable[[Instant], datetime], options: Callable[[], Options] | None = None
) -> str | None:
    """Show the workspace until it is left.

    The collector rests while modules are loaded and the first frame is drawn: what is made then lives as long as the
    program, and the screen freezes it before it lets the collector run again.
    """
    os.environ.setdefault("TEXTUAL_FPS", FPS)
    gc.disable()
    try:
        from tui.app import run

        return run(desk, wall, options() if options is not None else None)
    finally:
        gc.enable()
