"""What the list pane holds: a source's rows, FYI and what was read earlier folded under a heading each, ticks, and what waits to be let in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from leeward.model import ItemId
from tui.asks import Ask, Counts, Filter, Fyi, Page
from tui.feed import PAGE, Feed
from tui.times import Face
from tui.view import Line


class Fold(Struct, frozen=True):
    """A heading rows are folded under: FYI, or what was read earlier. `name` is the stretch it stands for."""

    name: Fyi
    count: int
    unread: int = 0
    opened: bool = False


class Look(Struct, frozen=True):
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
        self.folds: dict[Fyi, Fold] = {}
        self._under: dict[Fyi, Feed[Any]] = {}
        self.ticked: set[ItemId] = set()
        self.loading = False
        self._taken: set[ItemId] = set()
        self._back: frozenset[ItemId] = frozenset()

    @property
    def items(self) -> list[Item]:
        """Rows, and each heading with what is open under it, in order."""
        if not self.folds:
            return self.main.rows
        found: list[Item] = list(self.main.rows)
        for name, fold in self.folds.items():
            if fold.count:
                found.append(fold)
                found += self._under[name].rows if fold.opened else ()
        return found

    @property
    def waiting(self) -> int:
        """New rows that wait to be let in."""
        return self.main.waiting

    @property
    def opened(self) -> bool:
        """Whether anything is open under a heading."""
        return any(fold.opened for fold in self.folds.values())

    @property
    def folding(self) -> bool:
        """Whether anything is kept apart here: only in the whole inbox, since the headings count the whole inbox."""
        return self.source.folds and self.source.want == Filter()

    def _want(self, fyi: Fyi) -> Filter:
        return replace(self.source.want, fyi=fyi) if self.folding else self.source.want

    def folded(self, counts: Counts) -> None:
        """Set the headings' numbers."""
        if not self.folding:
            return
        for name, count, unread in (("only", counts.fyi, counts.fyi_unread), ("earlier", counts.earlier, 0)):
            fyi: Fyi = "only" if name == "only" else "earlier"
            held = self.folds.get(fyi)
            self.folds[fyi] = Fold(fyi, count, unread, held.opened if held is not None else False)
            self._under.setdefault(fyi, Feed(self.source.key))

    def _open(self) -> list[Fyi]:
        return [name for name, fold in self.folds.items() if fold.opened]

    async def start(self, around: ItemId | None = None, *, end: bool = False) -> None:
        """Load from the beginning, around a row, or the end."""
        ask = Ask(PAGE, around=around, end=end and around is None)
        self.main.filled(await self.source.load(ask, self._want("without")))
        for name in self._open():
            self._under[name].filled(await self.source.load(Ask(PAGE), self._want(name)))

    async def open_fold(self, fold: Fold, *, opened: bool) -> None:
        """Show or hide the rows under a heading."""
        if opened:
            self._under[fold.name].filled(await self.source.load(Ask(PAGE), self._want(fold.name)))
        self.folds[fold.name] = replace(self.folds[fold.name], opened=opened)

    def _feed_at(self, index: int) -> tuple[Fyi, Feed[Any], int]:
        """The feed a row is from, and its place there."""
        at = index
        if at < len(self.main.rows) or not self.opened:
            return "without", self.main, at
        at -= len(self.main.rows)
        name: Fyi = "without"
        feed = self.main
        for name, fold in self.folds.items():
            if not fold.count:
                continue
            at -= 1
            feed = self._under[name]
            if fold.opened and at < len(feed.rows):
                break
            at -= len(feed.rows) if fold.opened else 0
        return name, feed, max(0, min(at, len(feed.rows) - 1))

    async def near(self, index: int) -> int | None:
        """Load more where the cursor comes near an edge; by how much rows moved, None when nothing was needed."""
        if self.loading:
            return None
        name, feed, at = self._feed_at(index)
        ask = feed.wants(at)
        if ask is None:
            return None
        self.loading = True
        try:
            return feed.grown(ask, await self.source.load(ask, self._want(name)))
        finally:
            self.loading = False

    async def refresh(self, *, all_in: bool = False) -> None:
        """Read the window again; new rows wait unless `all_in`."""
        if all_in:
            await self.start()
            return
        page = await self.source.load(self.main.again(), self._want("without"))
        self.main.refreshed(page, back=self._back)
        for name in self._open():
            feed = self._under[name]
            feed.refreshed(await self.source.load(feed.again(), self._want(name)), back=self._back)

    def drop(self, ids: Iterable[ItemId]) -> None:
        """Take rows out at once; the store's answer follows."""
        gone = set(ids)
        for feed in (self.main, *self._under.values()):
            feed.rows = [row for row in feed.rows if feed.key(row) not in gone]
        self.ticked -= gone
        self._taken |= gone
        self._back -= gone

    def let_back(self, *made: ItemId) -> None:
        """What was taken out, or was made here, does not wait to be let in."""
        self._back = frozenset((*(self._back if made else self._taken), *made))

    def key_of(self, item: Item) -> ItemId | None:
        """A row's id; None for the heading."""
        return None if isinstance(item, Fold) or item is None else self.source.key(item)

    def index(self, id: ItemId | None) -> int | None:
        """Where a row stands among the items."""
        return next((at for at, item in enumerate(self.items) if self.key_of(item) == id), None) if id else None
