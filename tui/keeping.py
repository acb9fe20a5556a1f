"""A line that is being typed is kept while it is typed, so that no end of the program takes it along."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tui.bars import Bar
from tui.field import Field

if TYPE_CHECKING:
    from tui.screens.workspace import Workspace

KEEP_S = 0.5
"""A text is kept so long after it changed, whether or not the typing goes on."""


class Keeper:
    """Keeps texts by the keys of their drafts."""

    def __init__(self, stage: Workspace) -> None:
        self._stage = stage
        self._texts: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    def typed(self, key: str, text: str) -> None:
        """Keep `text`, soon."""
        self._texts[key] = text
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(KEEP_S, self._keep)

    def _keep(self) -> None:
        self._timer = None
        texts, self._texts = self._texts, {}
        if self._stage.is_attached:
            for key, text in texts.items():
                self._stage.load(partial(self._stage.desk.draft_save, key, text), f"draft {key}")

    async def forget(self, key: str) -> None:
        """It was used, or given up."""
        self._texts.pop(key, None)
        self._refused.pop(key, None)
        await self._stage.desk.draft_save(key, "")

    def ask(self, key: str, bar: Bar) -> None:
        """Ask with a bar whose line is kept; what was typed there before the program ended stands in it again.

        The bar is there at once: a key that follows is never taken for a command while the draft is read.
        """
        stage, typed, start = self._stage, bar.typed, bar.field
        assert typed is not None

        async def left() -> None:
            await self.forget(key)

        async def used() -> None:
            if not stage.failed:  # what could not be done stands in the line again when it is asked for next
                await self.forget(key)

        def accepted(text: str) -> str | None:
            said = typed(text)
            if not said:
                self._refused[key] = text  # until it was done: a full disk takes no draft either
                stage.do(used)  # after the verb that took the text
            return said

        async def fill() -> None:
            draft = self._refused.get(key) or await stage.desk.draft_load(key)
            if draft and stage.bar_model is bar and bar.field == start:
                bar.field = Field.of(draft)
                stage.draw_bar()

        bar.typed = accepted
        bar.changed = lambda text: self.typed(key, text)
        bar.left = lambda: stage.do(left)
        stage.ask(bar)
        stage.load(fill, "draft of a line")
