"""Where one is, as history remembers it."""

from __future__ import annotations

from msgspec import Struct

from leeward.model import ItemId
from tui.asks import Filter


class Stop(Struct, frozen=True):
    """A view, what of it, the row, and which part has the focus."""

    view: str = "inbox"
    want: Filter | None = None
    at: ItemId | None = None
    part: str = "list"
    text: str = ""
