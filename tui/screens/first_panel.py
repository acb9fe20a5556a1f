"""The first start, with no account yet: look around, connect, or bring a chat in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leeward.words import _
from tui.panels import Panel
from tui.view import Line, cells
from tui.wrap import wrap

ROOMY = 16
CHOICES = (
    ("demo", _("look around with a sample team (nothing leaves this machine)")),
    ("connect", _("connect an account: {kinds}")),
    ("import", _("import a chat: Slack export, IRC log, mbox")),
)
KEYS = ("keys", _("keys"))


class FirstPanel(Panel):
    """Three choices; Enter takes the first."""

    scope = "first"
    lone = True

    def __init__(self, kinds: Sequence[str], chosen: Callable[[str], None]) -> None:
        super().__init__()
        self.items = (*CHOICES, KEYS)
        self._kinds = ", ".join(kinds)
        self._chosen = chosen

    def fixed(self, space: int) -> list[Line]:
        """The name, and what it is for."""
        said = _("Threads, tasks and notes of your tools, at your own pace.")
        indent = " " * (4 if space >= 60 else 0)
        words = [((f"{indent}{line}", "text"),) for line in wrap(said, space - len(indent))]
        name: Line = ((f"{indent}leeward", "strong"),)
        return [name, *words] if self.high < ROOMY else [(), name, (), *words, ()]

    def rests(self, item: tuple[str, str]) -> bool:
        """The line of keys is passed over."""
        return item is not KEYS

    def draw(self, item: tuple[str, str], space: int) -> Sequence[Line]:
        """A digit and what it does."""
        indent = " " * (4 if space >= 60 else 0)
        gap = " " * (4 if space >= 60 else 2)
        if item is KEYS:
            keys: Line = (
                ("?", "accent"),
                (f"{gap[1:]}{item[1]}    ", "text"),
                ("q", "accent"),
                (f"   {_('leave')}", "text"),
            )
            return [((indent, "text"), *keys)]
        number = CHOICES.index(item) + 1
        said = item[1].format(kinds=self._kinds)
        lines = wrap(said, max(10, space - len(indent) - 1 - len(gap)))
        start = f"{indent}{number}{gap[1:]}"
        drawn: list[Line] = [
            ((start if n == 0 else " " * len(start), "accent"), (line, "text")) for n, line in enumerate(lines)
        ]
        takes = _("Enter takes this")
        if number == 1 and cells(drawn[0]) + len(takes) + 4 <= space:
            drawn[0] = (*drawn[0], (f"    {takes}", "dim"))
        return drawn

    def choose(self, key: str) -> None:
        """A digit."""
        if key in {"1", "2", "3"}:
            self._chosen(CHOICES[int(key) - 1][0])

    def act_open(self) -> None:
        """What the cursor is on."""
        self._chosen(CHOICES[self.cursor][0])
