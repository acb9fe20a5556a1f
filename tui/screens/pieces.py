"""What is being written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from tui.asks import Preset, Receipt
from tui.view import Line


class Piece(Struct, frozen=True):
    """What is being written: its draft's key, its title, the quote, and what sending does."""

    key: str
    about: list[Line]
    send: Callable[[str, Preset | None], Awaitable[Receipt]]
    later: bool = True
    hint: Line = ()
    morning: Preset | None = None
