"""Rows whose width terminals disagree about (joined emoji, rare scripts): they end where we say, whatever is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.segment import Segment
from textual.geometry import Region
from textual.messages import Update
from textual.strip import Strip
from textual.widget import Widget

from leeward.text import plain

# What every terminal draws as wide as we count it: Latin, Greek, Cyrillic, usual marks, lines, kana, Han and Hangul.
_AGREED = (
    "[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e\u20a0-\u20b9\u2190-\u2199"
    "\u2500-\u259f\u25b2\u25b8\u25be\u3001-\u303e\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\ufffd]*"
)


class Steady(Strip):
    """A strip that clears its own cells, cannot run on into the next line, and ends in its column."""

    def __init__(self, segments: Sequence[Segment], width: int, column: int) -> None:
        super().__init__(segments, width)
        self._ends = f"\x1b[?7h\x1b[{column + width + 1}G"
        self._starts = f"\x1b[?7l\x1b[{width}X"

    def render(self, console: Console) -> str:
        """The text between what keeps it in place."""
        return f"{self._starts}{super().render(console)}{self._ends}"


def agreed(text: str) -> bool:
    """Whether all terminals draw it as wide as we count it."""
    return plain(text) or re.fullmatch(_AGREED, text) is not None


def repair(pane: Widget, rows: Sequence[int]) -> None:
    """A terminal that draws more cells than we count damages what stands beside: these whole lines are sent.

    Asking the screen itself to refresh would make it forget what its panes want drawn in the same frame.
    """
    if rows:
        screen, top = pane.screen, pane.region.y
        lines = (Region(0, top + y, screen.size.width, 1) for y in rows)
        screen._set_dirty(*lines)  # noqa: SLF001 -- the public way clears the other panes' regions
        screen.post_message(Update(screen))
