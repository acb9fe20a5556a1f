"""Search as you type: the hits in the list's place, the reader following them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leeward.model import ItemType
from leeward.rows import Found
from leeward.words import _
from tui import view
from tui.field import Field
from tui.panels import Panel, field_line
from tui.screens.sources import FoundSource
from tui.times import Face
from tui.view import Line, rule


class SearchPanel(Panel):
    """What was typed and what was found."""

    def __init__(
        self,
        source: FoundSource,
        face: Callable[[], Face],
        look: Callable[[str], None],
        show: Callable[[Found], None],
        opened: Callable[[Found], None],
    ) -> None:
        super().__init__()
        self.field = Field()
        self._source, self._face, self._look, self._show, self._opened = source, face, look, show, opened
        self.found_for = ""

    def fixed(self, space: int) -> list[Line]:
        """The line to type in, and how many were found."""
        assert self.field is not None
        count = len(self.items)
        more = "+" if count >= 60 else ""
        said = _("{n} found").format(n=f"{count}{more}") if self.found_for else _("newest first")
        return [field_line("/", self.field, space, _("search everything")), rule(said, space)]

    def edited(self, field: Field) -> None:
        """Look for what is typed now; the echo does not wait for it."""
        self.field = field
        (self.typed if self.items else self.changed)()
        self._look(field.text)

    def found(self, text: str, rows: Sequence[Found]) -> None:
        """The hits of one text; those of an older text come too late."""
        if self.field is not None and text == self.field.text:
            self.items, self.cursor, self.found_for = _once(rows), 0, text if len(text.strip()) > 1 else ""
            self.changed()
            if rows:
                self._show(rows[0])

    def draw(self, item: Found, space: int) -> Sequence[Line]:
        """Title, time, and the words around the match."""
        return view.found_two(item, space, self._face())

    def empty(self) -> Sequence[Line]:
        """What can be typed."""
        self._source.want = type(self._source.want)(text=self.field.text if self.field else "")
        return self._source.empty()

    def moved(self, item: Found) -> None:
        """The reader follows."""
        if item is not None:
            self._show(item)

    def act_open(self) -> None:
        """Go there."""
        if self.items:
            self._opened(self.items[min(self.cursor, len(self.items) - 1)])


def _once(rows: Sequence[Found]) -> list[Found]:
    """A task that is discussed is found as task and as thread: one row is enough."""
    tasks = {(row.title, row.at) for row in rows if row.type is ItemType.TASK}
    return [row for row in rows if row.type is not ItemType.THREAD or (row.title, row.at) not in tasks]
