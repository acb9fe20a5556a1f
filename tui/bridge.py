"""Events of the desk as Textual messages: gathered for a moment, so that a busy sync wakes the screen seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump

from leeward.events import AccountTold, Changed, Event, Progress

GATHER_S = 0.03


class DeskChanged(Message):
    """Rows changed: item ids, and names of whole lists."""

    def __init__(self, keys: frozenset[str]) -> None:
        super().__init__()
        self.keys = keys


class DeskTold(Message):
    """An account broke or is back."""

    def __init__(self, told: AccountTold) -> None:
        super().__init__()
        self.told = told


class DeskProgress(Message):
    """Long work goes on."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress


class Bridge:
    """Listens in any thread, posts in the screen's."""

    def __init__(self, listen: Callable[[Callable[[Event], None]], Callable[[], None]], target: MessagePump) -> None:
        self._loop = asyncio.get_running_loop()
        self._target = target
        self._keys: set[str] = set()
        self._progress: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._end = listen(self._heard)

    def close(self) -> None:
        """Hear no more."""
        self._end()
        if self._timer is not None:
            self._timer.cancel()

    def _heard(self, event: Event) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._gather, event)

    def _gather(self, event: Event) -> None:
        if isinstance(event, AccountTold):
            self._target.post_message(DeskTold(event))
            self._keys.add("accounts")
        elif isinstance(event, Progress):
            self._progress = event
        else:
            assert isinstance(event, Changed)
            self._keys |= event.keys
        if self._timer is None:
            self._timer = self._loop.call_later(GATHER_S, self.post)

    def post(self) -> None:
        """Post what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        keys, self._keys = frozenset(self._keys), set()
        progress, self._progress = self._progress, None
        if keys:
            self._target.post_message(DeskChanged(keys))
        if progress is not None:
            self._target.post_message(DeskProgress(progress))
