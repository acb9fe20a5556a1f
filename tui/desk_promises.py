"""What the screen asks about lines that promise or ask for something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from leeward.model import ItemId
from leeward.rows import PromiseRow
from tui.asks import Ask, Filter, Page, Receipt


class Promises(Protocol):
    """Promises, requests, what was put off and questions, while nothing has come of them."""

    async def promises(self, ask: Ask, want: Filter) -> Page[PromiseRow]:
        """Open lines, newest first."""
        ...

    async def dismiss(self, lines: Sequence[ItemId]) -> Receipt:
        """Nothing is open there, says the owner; it can be undone."""
        ...

    async def unpush(self, link: ItemId) -> Receipt:
        """Take back what a link carried over last."""
        ...
