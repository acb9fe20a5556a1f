"""Where text is written: Enter is a new line, Esc opens the send bar, what is typed is kept while it is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import TextArea

from tui.keeping import KEEP_S
from tui.view import Line
from tui.widgets.lines import Lines
from tui.widgets.pens import Pens


class Composer(Vertical):
    """A title, the line that is answered, the text, and what is known of the reader."""

    DEFAULT_CSS = """
    Composer { height: 10; background: $background; }
    Composer TextArea { border: none; padding: 0 1; height: 1fr; background: $background; color: $foreground; }
    Composer TextArea:focus { border: none; }
    Composer TextArea .text-area--cursor-line { background: $background; }
    #about { height: 2; } #hint { height: 1; }
    """

    def __init__(self, pens: Pens, keep: Callable[[str], None]) -> None:
        super().__init__(id="composer")
        self._keep = keep
        self._timer: Timer | None = None
        self.about = Lines(pens, lambda _item, _space: (), id="about", barred=False)
        self.hint = Lines(pens, lambda _item, _space: (), id="hint", barred=False)
        self.area = TextArea("", soft_wrap=True, show_line_numbers=False, tab_behavior="focus", compact=True)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.about
        yield self.area
        yield self.hint

    @property
    def text(self) -> str:
        """What was written."""
        return self.area.text

    def begin(self, about: list[Line], text: str) -> None:
        """Show it with a text in it."""
        self.head(about)
        self.area.load_text(text)
        self.area.move_cursor(self.area.document.end)
        self.area.focus()

    def head(self, about: list[Line]) -> None:
        """The lines above the text."""
        self.about.above = lambda _space: about
        self.about.redraw()

    def say(self, line: Line) -> None:
        """The line below the text."""
        self.hint.above = lambda _space: [line]
        self.hint.redraw()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep the draft, soon, whether or not the typing goes on."""
        event.stop()
        if self._timer is None:
            self._timer = self.set_timer(KEEP_S, self.keep)

    def keep(self) -> None:
        """Keep the draft now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._keep(self.area.text)
