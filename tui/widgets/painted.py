"""A pane whose fixed lines can be painted on with the mouse: pressed, then drawn over."""

from __future__ import annotations

from textual import events
from textual.message import Message

from tui.widgets.lines import Lines


class Painted(Lines):
    """Tells where the mouse is pressed and where it is drawn to, while there are no items to choose."""

    class Brushed(Message):
        """A cell of the fixed lines: `began` when the button went down there."""

        def __init__(self, line: int, column: int, *, began: bool) -> None:
            super().__init__()
            self.line = line
            self.column = column
            self.began = began

    ALLOW_SELECT = False
    _at: tuple[int, int] | None = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Painting begins."""
        if event.button == 1 and not self.items:
            self._brush(event, began=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Painting goes on while the button is held; a cell is told once."""
        if self._at is not None and event.button == 1 and (event.y, event.x) != self._at:
            self._brush(event, began=False)

    def on_mouse_up(self) -> None:
        """Painting ends."""
        self._at = None

    def _brush(self, event: events.MouseEvent, *, began: bool) -> None:
        event.stop()
        self._at = (event.y, event.x)
        self.post_message(self.Brushed(event.y, event.x - (1 + self.margin), began=began))
