"""The thin line between two panes; dragging it makes the left one wider."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.pens import Pens


class Fence(Widget):
    """One column of line."""

    DEFAULT_CSS = "Fence { width: 1; height: 1fr; }"

    class Dragged(Message):
        """The line was pulled to another column of the screen."""

        def __init__(self, fence: Fence, column: int) -> None:
            super().__init__()
            self.fence = fence
            self.column = column

    def __init__(self, pens: Pens, *, id: str) -> None:
        super().__init__(id=id)
        self.pens = pens
        self._pulled = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The line."""
        return [self.pens.strip((("│", "line"),), 1)] * crop.height

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold."""
        event.stop()
        self._pulled = True
        self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        event.stop()
        self._pulled = False
        self.release_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pull."""
        if self._pulled:
            event.stop()
            self.post_message(self.Dragged(self, event.screen_x))
