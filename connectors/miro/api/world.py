"""What reading needs to know beside the answer: where the API is, who we are, and how many things were odd."""

from __future__ import annotations

from msgspec import Struct, field

from connectors.keymark import split_marker
from connectors.miro.api.hostile import Odd, ident, obj, text
from connectors.miro.api.words import read
from leeward.model import Key, Person, RemoteId


class World(Struct):
    """`zone` is the reader's; a due of Miro is a day there."""

    base: str
    zone: str = "UTC"
    owner: Person | None = None
    odd: Odd = field(default_factory=Odd)

    @property
    def me(self) -> RemoteId | None:
        """Our own id, once it is known."""
        return self.owner.id if self.owner else None

    def person(self, value: object) -> Person | None:
        """Somebody with a name; items name people by their id alone."""
        row = obj(value)
        found = ident(row.get("id"))
        if found is None:
            return None
        if self.owner is not None and found == self.owner.id:
            return self.owner
        return Person(found, text(row.get("name")) or found)

    def own(self, words: str, author: RemoteId | None) -> tuple[str, Key | None]:
        """A text without our marker. It counts only under our own name: anybody can copy one."""
        bare, key = split_marker(words)
        return (bare, key) if author is not None and author == self.me else (words, None)

    def plain(self, content: object) -> str:
        """An item's content as plain text."""
        return read(text(content))[0]
