"""What the composer is told of a text that is being written, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from tui.asks import Preset, Receipt
from tui.view import Line


class Piece(Struct, frozen=True):
    """A text that is being written: its draft's key, the lines above it, and what sending does.

    `later`: it can be sent at a time; `morning` is the one that is offered. `hint` are the lines below it.
    """

    key: str
    about: list[Line]
    send: Callable[[str, Preset | None], Awaitable[Receipt]]
    later: bool = True
    hint: Line = ()
    morning: Preset | None = None
