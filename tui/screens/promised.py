"""The list of lines that promise or ask for something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leeward.model import ItemId
from leeward.rows import PromiseRow
from leeward.words import _
from tui.asks import Ask, Filter, Page
from tui.listing import Look
from tui.screens.sources import said
from tui.view import Line
from tui.view_promises import promise_one, promise_two

if TYPE_CHECKING:
    from tui.desk import Desk


class PromisesSource:
    """Promises, requests, what was put off and questions, while nothing has come of them; newest first."""

    name = "promises"
    scope = "inbox"
    folds = False

    def __init__(self, desk: Desk, want: Filter) -> None:
        self.desk = desk
        self.want = want

    async def load(self, ask: Ask, want: Filter) -> Page[PromiseRow]:
        """Open lines."""
        return await self.desk.promises(ask, want)

    def key(self, row: PromiseRow) -> ItemId:
        """The line's id."""
        return row.id

    def draw(self, row: PromiseRow, space: int, look: Look) -> Sequence[Line]:
        """One or two lines."""
        ticked = row.id in look.ticked
        if look.two:
            return promise_two(row, space, look.face, ticked=ticked)
        return (promise_one(row, space, look.face, ticked=ticked),)

    def empty(self) -> Sequence[Line]:
        """What belongs here."""
        if self.want.text:
            return said(_("Nothing here fits the filter."), _("Esc takes the filter away."))
        if self.want.mine:
            return said(_("You promised nothing that is open."), _("v shows what others promised and asked, too."))
        return said(
            _("Nothing that was promised or asked is open."),
            _("“I'll look tomorrow”, “someone should …” and questions without an answer stand here."),
            _("t makes a task of one, e says that nothing is open there."),
        )

    def hears(self, keys: frozenset[str]) -> bool:
        """New lines, tasks made of them, dismissals and their undo."""
        return bool(keys & {"promises", "inbox"})
