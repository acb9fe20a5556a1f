"""One or two lines that ask something: choices by digit, and a line to type in. Pure: keys in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, field

from tui.actions import shown
from tui.field import Field
from tui.view import Line, Span, cells, fitted
from tui.wrap import wrap


class Option(Struct, frozen=True):
    """One choice: its key, its words, and what it stands for."""

    key: str
    title: str
    value: Any = None


class Bar(Struct):
    """A question at the foot of the screen.

    `chosen(value)` is called with an option's value; `typed(text)` with what was typed, once Enter is pressed; it
    answers with a sentence where the text was not understood, and the bar stays. `changed(text)` hears every key.
    `keys` names the scope whose keys are alive, where it is not the bar's own.
    """

    title: str
    options: Sequence[Option] = ()
    chosen: Callable[[Any], None] | None = None
    typed: Callable[[str], str | None] | None = None
    changed: Callable[[str], str | None] | None = None
    left: Callable[[], None] | None = None
    hint: str = ""
    field: Field = field(default_factory=Field)
    said: str = ""
    keys: str = ""

    @property
    def scope(self) -> str:
        """Which keys the foot offers: without a line to type in only a choice or leaving."""
        takes = self.typed is not None or any(option.key == "enter" for option in self.options)
        return self.keys or ("line" if takes else "choice")

    @property
    def typing(self) -> bool:
        """Whether the line is where keys go: it has text, or there is nothing to choose from."""
        return self.typed is not None and (bool(self.field.text) or not self.options)

    def press(self, key: str, character: str | None) -> bool:
        """One key; True when the bar is finished."""
        if key == "escape":
            if self.left is not None:
                self.left()
            return True
        spelled = character if character and character.isprintable() else key
        if not self.typing:
            for option in self.options:
                if option.key == spelled:
                    assert self.chosen is not None
                    self.chosen(option.value)
                    return True
        if self.typed is None:
            return False
        if key == "enter":
            if not self.field.text and self.options and self.chosen is not None and self.options[0].key == "enter":
                self.chosen(self.options[0].value)
                return True
            self.said = self.typed(self.field.text) or ""
            return not self.said
        self._edit(self.field.key(key, character))
        return False

    def paste(self, text: str) -> None:
        """Text from the clipboard."""
        if self.typed is not None:
            self._edit(self.field.typed(text))

    def _edit(self, now: Field | None) -> None:
        if now is None:
            return
        self.field = now
        self.said = (self.changed(now.text) if self.changed is not None else None) or ""

    def lines(self, space: int) -> list[Line]:
        """The bar in as many lines as its choices need."""
        title: Span = (f" {self.title}  ", "strong")
        if self.typing:
            end: Line = ((f"   {self.said}", "dim"),) if self.said else ()
            room = max(8, space - cells((title, *end)) - 1, space * 2 // 3 - cells((title,)))
            return [fitted((title, *self.field.line(room, hint=self.hint), *end), space)]
        rows: list[list[Span]] = [[title]]
        if cells((title,)) > space * 2 // 3:
            rows = [[(f" {line}", "strong")] for line in wrap(self.title, max(8, space - 2))]
            rows.append([(" ", "text")])
        offers: list[tuple[Span, ...]] = [
            ((shown(option.key), "accent"), (f" {option.title}   ", "text")) for option in self.options
        ]
        if self.typed is not None:
            offers.append((("", "text"), (self.hint, "dim")))
        for offer in offers:
            if cells((*rows[-1], *offer)) > space and len(rows[-1]) > 1:
                rows.append([(" " * min(cells((title,)), space // 4), "text")])
            rows[-1].extend(offer)
        return [fitted(row, space) for row in rows]


def by_name(title: str, names: Sequence[str], chosen: Callable[[int], None], *, none: str, hint: str) -> Bar:
    """A bar for one of many, by its number or by words of its name; `chosen` gets its index, `none` says there is none."""

    def fits(text: str) -> list[int]:
        words = text.casefold().split()
        return [n for n, name in enumerate(names) if all(word in name.casefold() for word in words)]

    def told(text: str) -> str:
        return " · ".join(names[n] for n in fits(text)[:4]) or none

    def typed(text: str) -> str | None:
        found = [n for n, name in enumerate(names) if name.casefold() == text.strip().casefold()] or fits(text)
        if len(found) != 1:
            return told(text)
        chosen(found[0])
        return None

    options = [Option(str(n), name, n - 1) for n, name in enumerate(names[:9], 1)]
    return Bar(title, options, chosen, typed, told, hint=hint)
