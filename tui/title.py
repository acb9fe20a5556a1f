"""The window's title: the program's name, and in quiet hours what waits, as `badge` in the settings wants it."""

from __future__ import annotations

from collections.abc import Callable

NAME = "leeward"
_SAVE, _BRING_BACK = "\x1b[22;2t", "\x1b[23;2t"


def words(badge: str, waiting: int, *, quiet: bool) -> str:
    """The title. `badge` is "count", "dot" or "none"."""
    if not quiet or not waiting or badge == "none":
        return NAME
    return f"{NAME} ({waiting})" if badge == "count" else f"{NAME} •"


class Title:
    """Sets the title through `write`, and only where it differs; what stood there before comes back at the end."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._shown = ""

    def show(self, text: str) -> None:
        """Let this be the title; the terminal keeps the one of before."""
        if text != self._shown:
            self._write(f"{'' if self._shown else _SAVE}\x1b]2;{text}\x07")
            self._shown = text

    def end(self) -> None:
        """Give the title of before back."""
        if self._shown:
            self._write(_BRING_BACK)
            self._shown = ""
