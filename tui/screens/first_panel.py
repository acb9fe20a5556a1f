"""The first start, with no account yet: look around, connect, or bring a chat in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leeward.words import _
from tui.panels import Panel
from tui.view import Line
from tui.wrap import wrap

CHOICES = (
    ("demo", _("look around with a sample team (nothing leaves this machine)")),
    ("connect", _("connect an account: {kinds}")),
    ("import", _("import a chat: Slack export, IRC log, mbox")),
)


class FirstPanel(Panel):
    """Three choices; Enter takes the first."""

    scope = "first"
    lone = True

    def __init__(self, kinds: Sequence[str], chosen: Callable[[str], None]) -> None:
        super().__init__()
        self.items = CHOICES
        self._kinds = ", ".join(kinds)
        self._chosen = chosen

    def fixed(self, space: int) -> list[Line]:
        """The name, and what it is for."""
        said = _("Threads, tasks and notes of your tools, at your own pace.")
        indent = " " * (4 if space >= 60 else 0)
        words = [((f"{indent}{line}", "text"),) for line in wrap(said, space - len(indent))]
        return [(), ((f"{indent}leeward", "strong"),), (), *words, ()]

    def draw(self, item: tuple[str, str], space: int) -> Sequence[Line]:
        """A digit and what it does."""
        indent = " " * (4 if space >= 60 else 0)
        number = CHOICES.index(item) + 1
        said = item[1].format(kinds=self._kinds)
        gap = " " * (4 if space >= 60 else 2)
        lines = wrap(said, max(10, space - len(indent) - 1 - len(gap)))
        start = (f"{indent}{number}{gap[1:]}", "accent")
        return [
            ((start[0] if n == 0 else " " * len(start[0]), "accent"), (line, "text")) for n, line in enumerate(lines)
        ]

    def choose(self, key: str) -> None:
        """A digit."""
        if key in {"1", "2", "3"}:
            self._chosen(CHOICES[int(key) - 1][0])

    def act_open(self) -> None:
        """What the cursor is on."""
        self._chosen(CHOICES[self.cursor][0])
