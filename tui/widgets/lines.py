"""Panes that draw lines: no widget a row, nothing measured that is not on the screen.

What stands on the screen is `Window`'s to say: a thread opens at its end as fast as at its beginning. After every
change the rows on the screen are drawn anew and compared; only those that differ are sent to the terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

from rich.segment import Segment
from textual import events
from textual.color import Color
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.view import Line
from tui.widgets.contained import contained, merged, wrapped
from tui.widgets.pens import Pens
from tui.widgets.steady import Steady, agreed, repair
from tui.widgets.window import Window

Draw = Callable[[Any, int], Sequence[Line]]
BAR = "▌"
AHEAD_S = 0.03
"""How long the hand rests before the rows beyond the window are made, so that the next key finds them ready."""


class Lines(Window, Widget):
    """A pane of items, each some lines high, with a cursor on one of them and fixed lines above."""

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    class Moved(Message):
        """The cursor stands on another item, or the window moved."""

        def __init__(self, pane: Lines, *, by_mouse: bool = False, far: bool = False) -> None:
            super().__init__()
            self.pane, self.by_mouse, self.far = pane, by_mouse, far

        def can_replace(self, message: Message) -> bool:
            """A held key is heard once."""
            return isinstance(message, Lines.Moved) and message.pane is self.pane and not message.by_mouse

    class Opened(Message):
        """An item was clicked twice."""

        def __init__(self, pane: Lines) -> None:
            super().__init__()
            self.pane = pane

    class Pressed(Message):
        """A fixed line was clicked: its number and the column."""

        def __init__(self, pane: Lines, line: int, column: int) -> None:
            super().__init__()
            self.pane = pane
            self.line = line
            self.column = column

    def __init__(self, pens: Pens, draw: Draw, *, id: str, ground: str = "background", barred: bool = True) -> None:
        Window.__init__(self)
        Widget.__init__(self, id=id)
        self.pens = pens
        self.draw_item = draw
        self.above: Callable[[int], Sequence[Line]] | None = None
        self.margin = 0
        self.empty: Sequence[Line] = ()
        self.lively = False
        self.ground = ground
        self.barred, self.shy = barred, False
        self._drawn: dict[int, tuple[Any, Sequence[Line]]] = {}
        self._drawn_width = 0
        self._strips: dict[tuple[int, int, int], tuple[Line, Strip]] = {}
        self._stale = self._held = False
        self._ahead: asyncio.Handle | None = None
        self._wide = self._high = self._above_count = 0
        self._placed: Literal["keep", "start", "end", "cursor"] = "keep"
        self._rows: list[Strip] = []
        self._behind: Color | None = None
        self._places: list[int] = []

    # ---- what is shown ----

    def show(
        self,
        items: Sequence[Any],
        cursor: int = 0,
        *,
        top: Literal["keep", "start", "end", "cursor"] = "keep",
        moved: int = 0,
    ) -> None:
        """Show these items with the cursor on one. `moved`: by how much the kept top item moved in the list."""
        self.items, self._held = items, False
        self._drawn = {}
        self._above_count = len(self.fixed)
        self.cursor = self.nearest(max(0, min(cursor, len(items) - 1)))
        if top == "keep":
            self.top = max(0, min(self.top + moved, len(items) - 1))
        self._placed = top
        if self.measured:
            self._place()
        self.keep_in_view()
        self.redraw()

    def _place(self) -> None:
        """Put the window where it was asked to stand, as soon as it is known how high items are."""
        placed, self._placed = self._placed, "keep"
        if placed == "end":
            self.top, self.skip = self.bottom()
        elif placed == "start":
            self.top = self.skip = 0
        elif placed == "cursor":
            self.begin_with_cursor()

    def hold(self) -> None:
        """Let go of the items, but leave their rows on the screen until others are shown."""
        self.items, self.cursor, self._held = (), 0, True

    @property
    def space(self) -> int:
        """Cells of a line, the bar's column taken off."""
        return max(1, self._wide - (1 + self.margin if self.barred else 0))

    @property
    def fixed(self) -> Sequence[Line]:
        """The lines above the items, at the present width."""
        above = self.above if self._wide else None
        return contained(lambda: above(self.space), None, self.space) if above is not None else ()

    @property
    def measured(self) -> bool:
        """Whether the size is known."""
        return self._high > 0

    @property
    def room(self) -> int:
        """Rows for items."""
        return max(1, self._high - self._above_count)

    def lines_of(self, index: int) -> Sequence[Line]:
        """The lines of one item at the present width; drawn once."""
        if self._drawn_width != self.space:
            self._drawn, self._drawn_width = {}, self.space
        item = self.items[index]
        held = self._drawn.get(index)
        if held is not None and held[0] is item:
            return held[1]
        if len(self._drawn) > 2_000:
            self._drawn.clear()
        lines = contained(lambda: self.draw_item(item, self.space), item, self.space) or ((),)
        self._drawn[index] = (item, lines)
        return lines

    def forget(self) -> None:
        """Draw every item anew (the clock moved, ticks changed)."""
        self._drawn = {}
        self.redraw()

    def forget_strips(self) -> None:
        """Send every row anew (another theme)."""
        self._rows, self._behind = [], None
        self._strips.clear()
        self.forget()

    def redraw(self) -> None:
        """Draw what is on the screen, once all keys that are waiting were heard."""
        if not self._stale and self.is_mounted:
            self._stale = True
            asyncio.get_running_loop().call_soon(self._draw)

    def _draw(self) -> None:
        if self._stale:  # nobody wanted it at once meanwhile
            self.drawn()

    def drawn(self) -> None:
        """Draw now, and send the rows that differ."""
        self._stale = False
        if not self._wide or not self._high or not self.is_attached or (self._held and self._rows):
            return
        before = self._rows
        self._rows, self._places = self._layout()
        if len(before) != len(self._rows):
            self.refresh()
            return
        changed = [y for y, row in enumerate(self._rows) if row is not before[y] and row != before[y]]
        if changed:
            self.refresh(*merged(changed, self._wide))
            repair(self, [y for y in changed if isinstance(self._rows[y], Steady) or isinstance(before[y], Steady)])

    def _layout(self) -> tuple[list[Strip], list[int]]:
        height, width = self._high, self._wide
        fixed = self.fixed
        self._above_count = len(fixed)
        rows = [self._strip(line, -1, width) for line in fixed[:height]]
        places = [-1] * len(rows)
        index, skip = self.top, self.skip
        while len(rows) < height and index < len(self.items):
            for line in self.lines_of(index)[skip:]:
                if len(rows) >= height:
                    break
                rows.append(self._strip(line, index, width))
                places.append(index)
            index, skip = index + 1, 0
        if not self.items:
            said = [part for whole in self.empty for part in wrapped(whole, self.space)]
            rows += [self._strip(line, -1, width) for line in said[: height - len(rows)]]
        places += [-1] * (len(rows) - len(places))
        missing = height - len(rows)
        rows += [self._strip((), -1, width)] * missing
        return rows, places + [-1] * missing

    def _strip(self, line: Line, index: int, width: int) -> Strip:
        marked = self.barred and (self.lively or not self.shy)
        chosen = marked and index >= 0 and index == self.cursor and self.rests(self.items[index])
        key = (id(line), chosen and 1 + self.lively, width)
        held = self._strips.get(key)
        if held is not None and held[0] is line:
            return held[1]
        ground = "selected" if chosen else self.ground
        segments = self.pens.segments(line, width - self.barred, ground)
        if self.barred:
            pen = self.pens.style("accent" if self.lively else "dim", ground)
            segments.insert(0, Segment(BAR if chosen else " ", pen))
        segments = self._safe(segments)
        steady = not all(agreed(text) for text, _ink in line)
        strip = Steady(segments, width, self.region.x) if steady else Strip(segments, width)
        if len(self._strips) > 4_000:
            self._strips.clear()
        self._strips[key] = (line, strip)
        return strip

    def _safe(self, segments: list[Segment]) -> list[Segment]:
        """A row as the last filters leave it: they are ours to apply, since we hand rows over finished."""
        behind = self._behind = self._behind or self.background_colors[1]
        for line_filter in self.app.get_line_filters():
            segments = line_filter.apply(segments, behind)
        return segments

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished rows; there are no borders or padding to add, so the usual road is not taken."""
        if (self._wide, self._high) != self.size or len(self._rows) != self._high:
            self._measured()
            self._rows, self._places = self._layout()
        rows = self._rows[crop.y : crop.bottom]
        if crop.x == 0 and crop.width == self._wide:
            return rows
        return [row.crop(crop.x, crop.right) for row in rows]

    def _measured(self) -> None:
        """Take note of the present size: asking for it costs more than drawing a row."""
        self._wide, self._high = self.size
        self._above_count = len(self.fixed)
        self._place()
        self.keep_in_view()
        if self.items and (self.top or self.skip):  # more room shows more, it leaves no gap at the end
            self.top, self.skip = min((self.top, self.skip), self.bottom())

    def on_resize(self) -> None:
        """Keep the cursor in view at the new size."""
        self._rows = []
        self._measured()
        self.drawn()

    # ---- moving ----

    def move(self, by: int) -> bool:
        """Move the cursor by items; says whether it moved."""
        if not self.items:
            return False
        goal = max(0, min(len(self.items) - 1, self.cursor + by))
        goal = self.nearest(goal, 1 if by > 0 else -1)
        if goal == self.cursor:
            return self._scroll(1 if by > 0 else -1) if abs(by) == 1 else False
        self.cursor = goal
        self.keep_in_view(whole=True)
        self.redraw()
        self._look_ahead(1 if by > 0 else -1)
        self.post_message(self.Moved(self))
        return True

    def to(self, index: int) -> None:
        """Put the cursor on an item."""
        self.move(index - self.cursor)

    def edge(self, *, end: bool) -> None:
        """To the very last row, or the very first: a high item's too, where the cursor stands on it already."""
        self.to(len(self.items) - 1 if end else 0)
        goal = self.bottom() if end else (0, 0)
        if goal != (self.top, self.skip):
            self.top, self.skip = goal
            self.redraw()

    def page(self, way: int) -> bool:
        """A page down or up; False at the end (or the beginning)."""
        if not self.items or (way > 0 and self.at_end):
            return False
        moved = self.paged(way)
        self.redraw()
        if moved:
            self._look_ahead(way)
            self.post_message(self.Moved(self, far=True))
        return moved

    def _look_ahead(self, way: int) -> None:
        """Make the next page's rows in this direction, item by item, once the hand rests."""
        if self._ahead is not None:
            self._ahead.cancel()
        beyond = self.last_whole() + 1 if way > 0 else self.top
        self._ahead = asyncio.get_running_loop().call_later(AHEAD_S, self._draw_ahead, beyond, way, self.room)

    def _draw_ahead(self, index: int, way: int, room: int) -> None:
        if room <= 0 or not 0 <= index < len(self.items) or not self.is_attached:
            return
        lines = self.lines_of(index)
        for line in lines:
            self._strip(line, -1, self._wide)
        self._ahead = asyncio.get_running_loop().call_soon(self._draw_ahead, index + way, way, room - len(lines))

    def _scroll(self, by: int) -> bool:
        """Move the window by rows, the cursor staying; False where it cannot."""
        moved = self.scrolled(by)
        if moved:
            self.redraw()
        return moved

    # ---- the mouse ----

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; twice opens."""
        event.stop()
        self.drawn()
        place = self._places[event.y] if 0 <= event.y < len(self._places) else -1
        if place < 0:
            self.post_message(self.Pressed(self, event.y, event.x))
            return
        self.cursor = self.nearest(place)
        self.redraw()
        self.post_message(self.Moved(self, by_mouse=True))
        if event.chain > 1:
            self.post_message(self.Opened(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self._scroll(-3)
