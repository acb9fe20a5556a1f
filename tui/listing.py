"""What the list pane holds: a source's rows, FYI folded under one heading, ticks, and what waits to be let in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from leeward.model import ItemId
from tui.asks import Ask, Filter, Fyi, Page
from tui.feed import PAGE, Feed
from tui.times import Face
from tui.view import Line


@dataclass(frozen=True, slots=True)
class Fold:
    """The heading FYI threads are folded under."""

    count: int
    unread: int
    opened: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are drawn: the clock, whether two lines a row, and what is ticked."""

    face: Face
    two: bool = False
    ticked: frozenset[ItemId] = frozenset()


Item: TypeAlias = Any


class Source(Protocol):
    """One kind of list."""

    name: str
    scope: str
    want: Filter
    folds: bool

    async def load(self, ask: Ask, want: Filter) -> Page[Any]:
        """A stretch of it."""
        ...

    def key(self, row: Any) -> ItemId:
        """The row's id."""
        ...

    def draw(self, row: Any, space: int, look: Look) -> Sequence[Line]:
        """The row's lines."""
        ...

    def empty(self) -> Sequence[Line]:
        """What stands there when there is nothing, and which key fills it."""
        ...

    def hears(self, keys: frozenset[str]) -> bool:
        """Whether a change of these keys concerns it."""
        ...


class Listing:
    """The list of one view."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.main: Feed[Any] = Feed(source.key)
        self.fyi: Feed[Any] = Feed(source.key)
        self.fold: Fold | None = None
        self.opened = False
        self.ticked: set[ItemId] = set()
        self.loading = False

    @property
    def items(self) -> list[Item]:
        """Rows and the heading, in order."""
        if self.fold is None or not self.fold.count:
            return self.main.rows
        return [*self.main.rows, self.fold, *(self.fyi.rows if self.opened else ())]

    @property
    def waiting(self) -> int:
        """New rows that wait to be let in."""
        return self.main.waiting

    @property
    def folding(self) -> bool:
        """Whether FYI is kept apart here."""
        want = self.source.want
        return self.source.folds and want.pick == "inbox" and want.tiers is None and not want.text

    def _want(self, fyi: Fyi) -> Filter:
        return replace(self.source.want, fyi=fyi) if self.folding else self.source.want

    def folded(self, count: int, unread: int) -> None:
        """Set the heading's numbers."""
        self.fold = Fold(count, unread, self.opened) if self.folding else None

    async def start(self, around: ItemId | None = None, *, end: bool = False) -> None:
        """Load from the beginning, around a row, or the end."""
        ask = Ask(PAGE, around=around, end=end and around is None)
        self.main.filled(await self.source.load(ask, self._want("without")))
        if self.folding and self.opened:
            self.fyi.filled(await self.source.load(Ask(PAGE), self._want("only")))

    async def open_fold(self, *, opened: bool) -> None:
        """Show or hide the FYI rows."""
        self.opened = opened
        if opened:
            self.fyi.filled(await self.source.load(Ask(PAGE), self._want("only")))
        if self.fold is not None:
            self.fold = Fold(self.fold.count, self.fold.unread, opened)

    async def near(self, index: int) -> int | None:
        """Load more where the cursor comes near an edge; by how much rows moved, None when nothing was needed."""
        if self.loading:
            return None
        in_main = index < len(self.main.rows) or not self.opened
        feed = self.main if in_main else self.fyi
        at = index if in_main else index - len(self.main.rows) - 1
        ask = feed.wants(at)
        if ask is None:
            return None
        self.loading = True
        try:
            want = self._want("without" if in_main else "only")
            return feed.grown(ask, await self.source.load(ask, want))
        finally:
            self.loading = False

    async def refresh(self, *, all_in: bool = False) -> None:
        """Read the window again; new rows wait unless `all_in`."""
        if all_in:
            await self.start()
            return
        page = await self.source.load(self.main.again(), self._want("without"))
        self.main.refreshed(page)
        if self.folding and self.opened:
            self.fyi.refreshed(await self.source.load(self.fyi.again(), self._want("only")))

    def drop(self, ids: Iterable[ItemId]) -> None:
        """Take rows out at once; the store's answer follows."""
        gone = set(ids)
        for feed in (self.main, self.fyi):
            feed.rows = [row for row in feed.rows if feed.key(row) not in gone]
        self.ticked -= gone

    def key_of(self, item: Item) -> ItemId | None:
        """A row's id; None for the heading."""
        return None if isinstance(item, Fold) or item is None else self.source.key(item)

    def index(self, id: ItemId | None) -> int | None:
        """Where a row stands among the items."""
        return next((at for at, item in enumerate(self.items) if self.key_of(item) == id), None) if id else None
