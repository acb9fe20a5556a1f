"""The floor everything is compared with: the least a Textual program can be, an empty screen."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Floor(App[None]):
    """One line of text; `q` leaves."""

    def compose(self) -> ComposeResult:
        yield Static("floor")

    def on_key(self, event: Key) -> None:
        if event.key == "q":
            self.exit()


if __name__ == "__main__":
    Floor().run()
