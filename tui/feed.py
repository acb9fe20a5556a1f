"""A window of a long list, loaded by keyset and trimmed, so that a million rows cost what a few hundred cost.

The window knows nothing of widgets: it is told pages and says what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct, field

from leeward.model import ItemId
from tui.asks import Ask, Page

Row = TypeVar("Row")

PAGE = 120
MOST = 600
"""Rows kept; beyond it the far side is let go and asked for again when it is needed."""


def merged(
    old: Sequence[Row],
    fresh: Sequence[Row],
    key: Callable[[Row], ItemId],
    *,
    all_in: bool,
    back: frozenset[ItemId] = frozenset(),
) -> tuple[list[Row], int]:
    """The window after a change, and how many new rows wait.

    Rows that are still there keep their place and show their new state; those that left go; new ones wait unless
    `all_in`, so that nothing moves under the cursor. New rows after the last known one are simply let in, and so are
    those that come `back`, since whoever took them away wants them.
    """
    if all_in or not old:
        return list(fresh), 0
    now = {key(row): row for row in fresh}
    kept = [now[key(row)] for row in old if key(row) in now]
    known = {key(row) for row in old}
    for index, row in enumerate(fresh):
        if key(row) in back - known:
            before = {key(each) for each in fresh[:index]}
            kept.insert(next((at + 1 for at in reversed(range(len(kept))) if key(kept[at]) in before), 0), row)
            known.add(key(row))
    last = max((index for index, row in enumerate(fresh) if key(row) in known), default=-1)
    waiting = sum(1 for row in fresh[: last + 1] if key(row) not in known)
    return [*kept, *(row for row in fresh[last + 1 :] if key(row) not in known)], waiting


class Feed(Struct, Generic[Row]):
    """The rows of a list that are loaded now."""

    key: Callable[[Row], ItemId]
    rows: list[Row] = field(default_factory=list)
    more_before: bool = False
    more_after: bool = False
    waiting: int = 0

    def filled(self, page: Page[Row]) -> None:
        """Start anew with a page."""
        self.rows, self.waiting = list(page.rows), 0
        self.more_before, self.more_after = page.more_before, page.more_after

    def wants(self, index: int, near: int = 40) -> Ask | None:
        """What to load when the cursor stands at `index`; None while there is enough on both sides."""
        if self.more_after and index >= len(self.rows) - near and self.rows:
            return Ask(PAGE, after=self.key(self.rows[-1]))
        if self.more_before and index < near and self.rows:
            return Ask(PAGE, before=self.key(self.rows[0]))
        return None

    def grown(self, ask: Ask, page: Page[Row]) -> int:
        """Add a page that was asked for by `wants`; returns by how much the rows moved down (negative: up).

        A page that does not join this window any more, because it changed meanwhile, is dropped.
        """
        known = {self.key(row) for row in self.rows}
        fresh = [row for row in page.rows if self.key(row) not in known]
        if ask.after is not None and self.rows and self.key(self.rows[-1]) == ask.after:
            self.rows += fresh
            self.more_after = page.more_after
            over = max(0, len(self.rows) - MOST)
            del self.rows[:over]
            self.more_before |= over > 0
            return -over
        if ask.before is not None and self.rows and self.key(self.rows[0]) == ask.before:
            self.rows[:0] = fresh
            self.more_before = page.more_before
            self.more_after |= len(self.rows) > MOST
            del self.rows[MOST:]
            return len(fresh)
        return 0

    def again(self) -> Ask:
        """How to read the window again after a change: the same stretch, from its first row on."""
        limit = max(PAGE, len(self.rows) + 20)
        if not self.more_before or not self.rows:
            return Ask(limit)
        return Ask(limit * 2, around=self.key(self.rows[len(self.rows) // 2]))

    def refreshed(self, page: Page[Row], *, all_in: bool = False, back: frozenset[ItemId] = frozenset()) -> None:
        """Take in what `again` brought."""
        self.rows, self.waiting = merged(self.rows, page.rows, self.key, all_in=all_in, back=back)
        self.more_before, self.more_after = page.more_before, page.more_after

    def index(self, id: ItemId | None) -> int | None:
        """Where a row stands in the window."""
        return next((at for at, row in enumerate(self.rows) if self.key(row) == id), None)
