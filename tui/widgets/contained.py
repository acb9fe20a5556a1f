"""What keeps one thing that cannot be drawn from taking the screen with it; and rows as regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from logging import getLogger
from typing import Any

from textual.geometry import Region

from leeward.ids import own_id
from leeward.text import one_line
from leeward.words import _
from tui.view import Line, fitted
from tui.wrap import wrap


def contained(draw: Callable[[], Sequence[Line]], item: Any, space: int) -> Sequence[Line]:
    """The lines `draw` gives; where a bug keeps it from that, a card that names the item, and all of it in the log."""
    try:
        return draw()
    except Exception:  # one item's bug must not take the screen with it; the log has all of it
        name = own_id()[:8]
        getLogger("leeward").exception("bug %s: an item could not be drawn", name)
        return card(getattr(item, "id", None) or name, space)


def card(name: object, space: int) -> Sequence[Line]:
    """What stands in the place of a thing that could not be shown."""
    said = _("this could not be shown ({id})").format(id=one_line(str(name), 40))
    return (fitted(((f"! {said}", "bold"),), space),)


def wrapped(line: Line, space: int) -> list[Line]:
    """A sentence that stands alone, in as many lines as it needs."""
    if len(line) != 1:
        return [line]
    text, ink = line[0]
    return [((part, ink),) for part in wrap(text, space)]


def merged(rows: Sequence[int], width: int) -> list[Region]:
    """Neighbouring rows as one region."""
    regions: list[Region] = []
    for y in rows:
        if regions and regions[-1].bottom == y:
            last = regions.pop()
            regions.append(Region(0, last.y, width, last.height + 1))
        else:
            regions.append(Region(0, y, width, 1))
    return regions
