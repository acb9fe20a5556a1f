"""The desk a screen opens with: what the first frame reads is here, what acts is loaded when it is first asked for."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from leeward.model import ItemId
from leeward.rows import InboxRow
from leeward.store.stretch import Stretch
from tui import desk_queries
from tui.asks import Ask, Counts, Filter, Page, QuietNow
from tui.desk_reads import StoreReads
from tui.feed import PAGE

if TYPE_CHECKING:
    from tui.desk_store import StoreDesk
    from tui.running import Running
    from tui.wiring import Home

_FIRST = Ask(PAGE), Filter(fyi="without")


class FirstDesk(StoreReads):
    """`tui.desk.Desk` for a real run."""

    def __init__(self, home: Home, running: Running) -> None:
        super().__init__(home, running)
        self._acting: StoreDesk | None = None
        self._rested = asyncio.Event()
        store = running.store
        self._page: Future[Stretch[InboxRow]] | None = store.read(self._inbox, *_FIRST)
        self._counts: Future[Counts] | None = store.read(desk_queries.counts, self.now())
        # Nothing is loaded meanwhile: the two threads would hand each other the interpreter at every row.
        wait((self._page,))

    async def inbox(self, ask: Ask, want: Filter) -> Page[InboxRow]:
        """A stretch of the inbox; its first was asked for at the start."""
        ready, self._page = self._page, None
        if ready is None or (ask, want) != _FIRST:
            return await super().inbox(ask, want)
        return desk_queries.page(await self._arrived(ready))

    async def counts(self) -> Counts:
        """The numbers beside the views; the first were asked for at the start."""
        ready, self._counts = self._counts, None
        return await (super().counts() if ready is None else self._arrived(ready))

    async def quiet(self) -> QuietNow:
        """The quiet state; what judges it is not loaded in the first moment."""
        await self._rested.wait()
        return await super().quiet()

    def think_ahead(self, message: ItemId) -> None:
        """Not in the first moment: what finds a context is loaded with all that acts."""
        if self._rested.is_set():
            super().think_ahead(message)

    def rest(self) -> None:
        """The first moment is over."""
        self._rested.set()

    def acting(self) -> StoreDesk:
        """The whole desk, with all that changes something."""
        if self._acting is None:
            from tui.desk_store import StoreDesk

            self._acting = StoreDesk(self.home, self.running)
        return self._acting

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.acting(), name)
