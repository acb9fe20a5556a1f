"""Which items of a list stand on the screen, and how the window goes over them: no widget, only heights.

The window is anchored at an item (`top`) and how many of its lines are above it (`skip`), so heights are only needed
near it: a list of a million is as quick as one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui.view import Line


class Window:
    """The items, the cursor on one of them, and the window; whoever draws says how high an item is."""

    def __init__(self) -> None:
        self.items: Sequence[Any] = ()
        self.cursor = self.top = self.skip = 0
        self.rests: Callable[[Any], bool] = lambda _item: True

    @property
    def room(self) -> int:
        """Rows for items."""
        raise NotImplementedError

    @property
    def measured(self) -> bool:
        """Whether that is known by now."""
        raise NotImplementedError

    def lines_of(self, index: int) -> Sequence[Line]:
        """The lines of one item, at least one."""
        raise NotImplementedError

    @property
    def item(self) -> Any:
        """The item under the cursor, or None."""
        return self.items[self.cursor] if 0 <= self.cursor < len(self.items) else None

    def nearest(self, index: int, step: int = 1) -> int:
        """The item the cursor may rest on, at `index` or next to it, first in the direction of `step`."""
        for way in (step, -step):
            at = index
            while 0 <= at < len(self.items):
                if self.rests(self.items[at]):
                    return at
                at += way
        return index

    def scrolled(self, by: int) -> bool:
        """Move the window by rows, the cursor staying; False where it cannot."""
        before = self.top, self.skip
        self.skip += by
        while self.skip < 0 and self.top > 0:
            self.top -= 1
            self.skip += len(self.lines_of(self.top))
        self.skip = max(0, self.skip)
        while self.top < len(self.items) and self.skip >= len(self.lines_of(self.top)):
            self.skip -= len(self.lines_of(self.top))
            self.top += 1
        self.top, self.skip = min((self.top, self.skip), self.bottom())
        return (self.top, self.skip) != before

    def paged(self, way: int) -> bool:
        """Move window and cursor by a page; False where nothing moved. Down, an item that fits leads its page whole."""
        before = self.top
        moved = self.scrolled(way * max(1, self.room - 1))
        if way > 0 and self._cut_above() and self.top != before and (self.top, self.skip) != self.bottom():
            self.skip = 0
        goal = self.nearest(self.top + self._cut_above() if way > 0 else self.last_whole(), way)
        if not moved:
            goal = self.nearest(len(self.items) - 1 if way > 0 else 0, -way)
        moved |= goal != self.cursor
        self.cursor = goal
        return moved

    @property
    def at_end(self) -> bool:
        """Whether the last line of the last item is on the screen."""
        if not self.items:
            return True
        return (self.top, self.skip) == self.bottom() or self._fits()

    def _fits(self) -> bool:
        """Whether everything from the top on is on the screen."""
        used = -self.skip
        for index in range(self.top, len(self.items)):
            used += len(self.lines_of(index))
            if used > self.room:
                return False
        return True

    def _cut_above(self) -> bool:
        """Whether the top item has lines above the screen, though it would fit on it."""
        return self.skip > 0 and len(self.lines_of(self.top)) <= self.room

    def last_whole(self) -> int:
        """The last item that ends on the screen; the top one where none does."""
        index, used = self.top, len(self.lines_of(self.top)) - self.skip
        while index + 1 < len(self.items) and (used := used + len(self.lines_of(index + 1))) <= self.room:
            index += 1
        return index

    def bottom(self) -> tuple[int, int]:
        """The top at which the last item ends the window."""
        return self.start_for(len(self.items) - 1, self.room)

    def start_for(self, index: int, room: int) -> tuple[int, int]:
        """The top at which item `index` ends `room` rows below it."""
        if not self.items:
            return 0, 0
        left = room
        at = max(0, index)
        while at >= 0:
            high = len(self.lines_of(at))
            if high >= left:
                return at, high - left
            left -= high
            at -= 1
        return 0, 0

    def begin_with_cursor(self) -> None:
        """The cursor's item from its first line on, whole items before it down to a third, no room unused at the end."""
        if not self.items:
            return
        high = len(self.lines_of(self.cursor))
        self.top, self.skip = self.start_for(self.cursor, max(high + 1, self.room // 3))
        if self.skip:
            self.top, self.skip = self.top + 1, 0
        if self._fits():
            self.top, self.skip = self.bottom()

    def keep_in_view(self, *, whole: bool = False) -> None:
        """Move the window so that the cursor's item is on it: by half a page, so that few keys repaint everything.

        Some of it is enough, unless the `whole` item is wanted, as far as it fits.
        """
        if not self.items or not self.measured:
            return
        self.cursor = max(0, min(self.cursor, len(self.items) - 1))
        if self.top > len(self.items) - 1:
            self.top, self.skip = self.bottom()
        high = len(self.lines_of(self.cursor))
        wanted = min(high, self.room) if whole else 1
        if self.cursor == self.top and high - self.skip >= wanted:
            return
        if self.cursor <= self.top:
            self.top, self.skip = self.start_for(self.cursor, max(high, self.room // 2))
            return
        used = -self.skip
        for index in range(self.top, self.cursor):
            used += len(self.lines_of(index))
            if used + wanted > self.room:
                break
        else:
            return
        above = self.start_for(self.cursor, min(self.room, max(high, self.room // 2)))
        self.top, self.skip = (self.cursor, 0) if high >= self.room else min(above, self.bottom())
