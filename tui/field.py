"""One line being typed: text and cursor, changed by keys. Pure, so that panels and bars share it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from leeward.text import one_line, width
from tui.view import Line

MOST = 2_000


class Field(Struct, frozen=True):
    """What was typed and where the cursor stands in it."""

    text: str = ""
    at: int = 0

    @classmethod
    def of(cls, text: str) -> Field:
        """A field with its cursor at the end."""
        return cls(text, len(text))

    def typed(self, more: str) -> Field:
        """With `more` put in at the cursor; line breaks become blanks."""
        more = one_line(more, MOST) if len(more) > 1 else more
        text = (self.text[: self.at] + more + self.text[self.at :])[:MOST]
        return Field(text, min(len(text), self.at + len(more)))

    def key(self, key: str, character: str | None) -> Field | None:
        """After one key press; None where the key is not the field's."""
        if character and character.isprintable() and not key.startswith(("ctrl+", "alt+")):
            return self.typed(character)
        text, at = self.text, self.at
        kept = text[:at].rstrip()
        kept = kept[: kept.rfind(" ") + 1]
        known = {
            "backspace": Field(text[: max(0, at - 1)] + text[at:], max(0, at - 1)),
            "delete": replace(self, text=text[:at] + text[at + 1 :]),
            "left": replace(self, at=max(0, at - 1)),
            "right": replace(self, at=min(len(text), at + 1)),
            "home": replace(self, at=0),
            "end": replace(self, at=len(text)),
            "ctrl+u": Field(text[at:], 0),
            "ctrl+w": Field(kept + text[at:], len(kept)),
        }
        return known.get(key)

    def line(self, cells: int, *, live: bool = True, hint: str = "") -> Line:
        """The field in `cells` cells with the cursor shown in reverse; `hint` stands there while nothing was typed."""
        if not live:
            return ((one_line(self.text), "text"),)
        if not self.text:
            return ((" ", "cursor"), (hint, "dim"))
        start = 0
        while width(self.text[start : self.at]) >= cells and start < self.at:
            start += 1
        under = self.text[self.at : self.at + 1] or " "
        return ((self.text[start : self.at], "text"), (under, "cursor"), (self.text[self.at + 1 :], "text"))
