"""Panels: lists that stand in the list's place for a while, some with a line to type in. Pure models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui.field import Field
from tui.view import Line, fitted, spread

BEHIND = frozenset({"tick", "range", "edit", "why"})
"""Verbs of the list: while a panel stands over it, only the panel may answer them."""


class Panel:
    """A panel's model: a title, fixed lines, items with a cursor; verbs are its `act_…` methods.

    `scope` says which keys are alive; with a `field` what is typed goes there first. A `lone` one has no reader beside it.
    `high` is how many rows the screen has, `under` the panel it came over, which comes back. `changed` draws it anew,
    `typed` only the lines above its items.
    """

    scope = "panel"
    title = ""
    lone = False

    def __init__(self) -> None:
        self.items: Sequence[Any] = ()
        self.cursor = 0
        self.under: Panel | None = None
        self.field: Field | None = None
        self.high = 40
        self.changed: Callable[[], None] = lambda: None
        self.typed: Callable[[], None] = lambda: None

    def fixed(self, space: int) -> list[Line]:
        """Lines above the items."""
        return [spread(((self.title, "strong"),), (), space)]

    def draw(self, item: Any, space: int) -> Sequence[Line]:
        """An item's lines."""
        return (fitted(((str(item), "text"),), space),)

    def empty(self) -> Sequence[Line]:
        """What stands there without items."""
        return ()

    def rests(self, item: Any) -> bool:
        """Whether the cursor may stand on it."""
        return item is not None

    def edited(self, field: Field) -> None:
        """The field after a key."""
        self.field = field
        self.changed()

    def accept(self) -> None:
        """Enter in the field."""
        self.act_open()

    def act_open(self) -> None:
        """Enter on an item."""

    def choose(self, key: str) -> None:
        """A digit."""

    def turn(self, by: int) -> bool:
        """Left or right; False where they mean the panes."""
        del by
        return False

    def leave_field(self) -> bool:
        """Esc in the field; False closes the panel."""
        return False

    def deaf(self) -> frozenset[str]:
        """The list's verbs that mean nothing while this stands over it."""
        return frozenset(verb for verb in BEHIND if not hasattr(self, f"act_{verb}"))

    def moved(self, item: Any) -> None:
        """The cursor stands on another item."""

    def brush(self, line: int, column: int, *, began: bool) -> None:
        """The mouse is pressed on a fixed line, or drawn over it."""

    def left(self) -> None:
        """The panel was left with Esc."""


def field_line(title: str, field: Field, space: int, hint: str = "", *, live: bool = True) -> Line:
    """A field with its name in front."""
    return fitted(((f"{title}  ", "strong"), *field.line(max(4, space - len(title) - 5), live=live, hint=hint)), space)
