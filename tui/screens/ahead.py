"""Keys pressed ahead: what is typed while its goal is still being opened waits for it, in order, and meets nothing else.

A slow line hands over whole handfuls of keys at once: `r` and a sentence must not become a sentence of verbs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from textual import events

from tui.screens.workspace import Workspace

PATIENCE_S = 2.0
"""After this long a key is handed on all the same: what should open hangs."""

READS = frozenset(
    """task join split join_threads each reply note minutes decision assign why outside edit dismiss links unlink unpush
    go_linked go_capsule go_person copy_link copy_text""".split()  # noqa: SIM905 -- a column of quoted words reads worse
)
"""Verbs that act on what the reader shows, so that it has to show the row under the cursor first."""


class Ahead:
    """Holds keys and pasted text back; `again` hands one in anew."""

    def __init__(self, stage: Workspace, again: Callable[[events.Event], object]) -> None:
        self.stage = stage
        self._again = again
        self._held: deque[events.Key | events.Paste] = deque()
        self._due: events.Key | events.Paste | None = None

    def holds(self, event: events.Key | events.Paste) -> bool:
        """Whether `event` waits; one that has waited is let through."""
        if event is self._due:
            self._due = None
            if self._held:
                self._wait()
            return False
        if not self._held and self._due is None and not self.stage.opening:
            return False
        self._held.append(_copy(event))
        if len(self._held) == 1 and self._due is None:
            self._wait()
        return True

    def _wait(self) -> None:
        self.stage.run_worker(self._opened(), group="ahead", exit_on_error=False)

    async def _opened(self) -> None:
        # The one before may only just have been answered, or may have begun to open something.
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self.stage.opened()
        self.stage.is_open()  # also where it hangs: the keys after this one have waited long enough
        self._due = self._held.popleft()
        self._again(self._due)


def _copy(event: events.Key | events.Paste) -> events.Key | events.Paste:
    """One that was handled once is not handed in again."""
    return events.Key(event.key, event.character) if isinstance(event, events.Key) else events.Paste(event.text)
