"""The public holidays of the owner's regions by name; Enter switches a day off or on again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from leeward.text import one_line
from leeward.words import _
from tui.desk_week import Holiday, Holidays
from tui.panels import Panel
from tui.times import days, months
from tui.view import Line, fitted, spread
from tui.wrap import left


class HolidaysPanel(Panel):
    """A line a day: whether it is quiet, when, and its name."""

    lone = True

    def __init__(self, board: Holidays, toggle: Callable[[date, bool], None], regions: Callable[[], None]) -> None:
        super().__init__()
        self.board = board
        self.items: list[Holiday] = list(board.days)
        self._toggle, self._regions = toggle, regions

    def fixed(self, space: int) -> list[Line]:
        """Whose holidays they are, what is wrong with them, and the keys."""
        named = ", ".join(self.board.regions) or _("no region yet")
        head = spread(((f" {_('HOLIDAYS')}  ", "strong"), (named, "text")), (), space)
        keys: Line = (
            (" Enter", "accent"), (f" {_('quiet or not')}   ", "dim"), ("1", "accent"), (f" {_('regions')}   ", "dim"),
            ("Esc", "accent"), (f" {_('back')}", "dim"),
        )  # fmt: skip
        trouble: list[Line] = (
            [fitted(((f" {one_line(self.board.trouble)}", "text"),), space)] if self.board.trouble else []
        )
        return [head, fitted(keys, space), *trouble, ()]

    def draw(self, item: Holiday, space: int) -> Sequence[Line]:
        """The state in a word, since a colour alone says nothing."""
        state = _("quiet") if item.quiet else _("off")
        when = f"{days()[item.day.weekday()]} {item.day.day:>2} {months()[item.day.month - 1]} {item.day.year}"
        ink = "text" if item.quiet else "dim"
        return (
            fitted(
                (
                    (f" {left(state, 7)}", "bold" if item.quiet else "dim"),
                    (f"{left(when, 17)}", "dim"),
                    (one_line(item.name, 80), ink),
                ),
                space,
            ),
        )

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        return ((), ((f" {_('1 names the regions whose holidays are quiet: NL, DE-BY.')}", "dim"),))

    def act_open(self) -> None:
        """Quiet, or not."""
        if self.items:
            at = min(self.cursor, len(self.items) - 1)
            item = self.items[at]
            self.items[at] = Holiday(item.day, item.name, not item.quiet)
            self._toggle(item.day, not item.quiet)
            self.changed()

    def choose(self, key: str) -> None:
        """1 names the regions."""
        if key == "1":
            self._regions()
