"""Panels that are plain lists: keys here, everything by name, the journal of a thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from leeward.rows import JournalRow
from leeward.text import one_line
from leeward.words import _
from tui import times
from tui.actions import GROUPS, PALETTE, Keymap, shown
from tui.field import Field
from tui.panels import Panel, field_line
from tui.times import Face
from tui.view import Line, rule, spread
from tui.wrap import left, wrap


class KeysPanel(Panel):
    """What every key does here."""

    scope = "help"
    title = _("KEYS here")

    def __init__(self, keymap: Keymap, scope: str, without: frozenset[str] = frozenset()) -> None:
        """`without`: verbs that the place the keys are asked for does not answer."""
        super().__init__()
        rows: list[object] = []
        group = ""
        alive = [action for action in keymap.alive(scope) if action.target not in without]
        for action in sorted(alive, key=lambda action: GROUPS.index(action.group)):
            if action.group != group:
                group = action.group
                rows.append(group)
            rows.append((", ".join(shown(key) for key in action.keys[:3]), action.title))
        self.items = rows

    def draw(self, item: Any, space: int) -> Sequence[Line]:
        """A heading, or a key and what it does."""
        if isinstance(item, str):
            return (rule(item, space),)
        column = 16 if space >= 50 else 12
        lines = wrap(item[1], max(8, space - column))
        keys = left(item[0], column - 1)
        return [((f"{keys} " if n == 0 else " " * column, "accent"), (line, "text")) for n, line in enumerate(lines)]

    def rests(self, item: Any) -> bool:
        """Headings are passed over."""
        return not isinstance(item, str)

    def act_keys(self) -> None:
        """They are here already."""


POINTLESS = frozenset({"down", "up", "left", "right", "choose", "palette"})
"""What nobody would do by its name."""


class Offer(Struct, frozen=True):
    """One line of the palette."""

    target: str
    title: str
    key: str


class PalettePanel(Panel):
    """Every verb by name: those whose words begin with what was typed, then those that hold its letters in order."""

    title = ":"

    def __init__(
        self, keymap: Keymap, scope: str, act: Callable[[str], None], without: frozenset[str] = frozenset()
    ) -> None:
        """`without`: verbs that the place it was opened in does not answer."""
        super().__init__()
        alive = [action for action in keymap.alive(scope) if action.target not in POINTLESS | without]
        offers = [(action.group, Offer(action.target, action.title, shown(action.keys[0]))) for action in alive]
        moves = [offer for group, offer in offers if group == GROUPS[0]]
        acts = [offer for group, offer in offers if group != GROUPS[0]]
        self._offers = [*acts, *(Offer(target, title, "") for target, title in PALETTE.items()), *moves]
        self._act = act
        self.field = Field()
        self.items = self._offers

    def fixed(self, space: int) -> list[Line]:
        """The line to type in."""
        assert self.field is not None
        return [field_line(":", self.field, space, _("what to do")), rule("", space)]

    def edited(self, field: Field) -> None:
        """Find again."""
        self.field, self.cursor = field, 0
        ranked = [(rank, offer) for offer in self._offers if (rank := fits(field.text, offer.title)) is not None]
        self.items = [offer for _rank, offer in sorted(ranked, key=lambda pair: pair[0])]
        self.changed()

    def draw(self, item: Offer, space: int) -> Sequence[Line]:
        """What, and its key."""
        return (spread(((item.title, "text"),), ((item.key, "accent"), (" ", "text")), space),)

    def empty(self) -> Sequence[Line]:
        """Nothing has these letters."""
        return (((f"  {_('Nothing of that name.')}", "dim"),),)

    def act_open(self) -> None:
        """Do it."""
        if self.items:
            self._act(self.items[min(self.cursor, len(self.items) - 1)].target)


def fits(typed: str, title: str) -> int | None:
    """How well what was typed fits a title: 0 best, None not at all."""
    typed, title = typed.casefold().strip(), title.casefold()
    if not typed or title.startswith(typed):
        return 0
    if any(word.startswith(typed) for word in title.split()):
        return 1
    if typed in title:
        return 2
    rest = iter(title)
    return 3 if all(letter in rest for letter in typed if letter != " ") else None


class WhyPanel(Panel):
    """The journal of an item: why it rang, moved or changed."""

    scope = "reading"

    def __init__(self, title: str, rows: Sequence[JournalRow], face: Face) -> None:
        super().__init__()
        self.title = f"{_('WHY')}  {one_line(title, 80)}"
        self.items = rows
        self._face = face

    def draw(self, item: JournalRow, space: int) -> Sequence[Line]:
        """When, and what happened."""
        lines = wrap(item.say, max(8, space - 11))
        at = left(times.short(item.at, self._face), 10)
        return [((f"{at} " if n == 0 else " " * 11, "dim"), (text, "text")) for n, text in enumerate(lines)]

    def act_why(self) -> None:
        """It is told already."""

    def empty(self) -> Sequence[Line]:
        """No entry yet."""
        return ((), ((f" {_('Nothing is written down about this yet.')}", "dim"),))
