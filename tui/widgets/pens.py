"""Inks as terminal styles, for one palette."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.theme import INKS, Palette
from tui.view import Line, cells, fitted


class Pens:
    """The styles of a palette: one table for usual rows, one for the selected row, one for panels."""

    def __init__(self, palette: Palette) -> None:
        self.change(palette)

    def change(self, palette: Palette) -> None:
        """Use another palette from now on."""
        self.palette = palette
        self._tables = {ground: _table(palette, ground) for ground in ("background", "panel", "selected")}

    def strip(self, line: Line, space: int, ground: str = "background") -> Strip:
        """A line in exactly `space` cells."""
        return Strip(self.segments(line, space, ground), space)

    def segments(self, line: Line, space: int, ground: str = "background") -> list[Segment]:
        """The same as segments; blanks take the style before them, since every change of style costs bytes."""
        table = self._tables[ground]
        used = cells(line)
        if used > space:
            line = fitted(line, space)
            used = cells(line)
        runs: list[tuple[str, str]] = []
        for text, ink in line:
            if runs and (runs[-1][1] == ink or (text.isspace() and ink != "cursor" and runs[-1][1] != "cursor")):
                runs[-1] = (runs[-1][0] + text, runs[-1][1])
            elif text:
                runs.append((text, ink))
        if used < space:
            blank = " " * (space - used)
            if runs and runs[-1][1] != "cursor":
                runs[-1] = (runs[-1][0] + blank, runs[-1][1])
            else:
                runs.append((blank, "text"))
        return [Segment(text, table[ink]) for text, ink in runs]

    def style(self, ink: str, ground: str = "background") -> Style:
        """One style."""
        return self._tables[ground][ink]


def _table(palette: Palette, ground: str) -> dict[str, Style]:
    reverse = palette.ansi and ground == "selected"

    @lru_cache
    def style(colour: str, *, bold: bool = False, turned: bool = False) -> Style:
        back = None if palette.ansi else palette.ink(ground)
        front = None if colour == "default" else colour
        return Style(color=front, bgcolor=back, bold=bold or None, reverse=(turned or reverse) or None)

    table = {ink: style(palette.ink(ink)) for ink in INKS}
    table["bold"] = style(palette.text, bold=True)
    table["strong"] = style(palette.accent, bold=True)
    table["cursor"] = style(palette.text, turned=True)
    return table
