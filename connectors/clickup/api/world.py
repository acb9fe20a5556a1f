"""What reading needs to know beside the answer, and people."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from connectors.clickup.api.hostile import Odd, ident, obj, text
from connectors.keymark import split_marker
from leeward.model import Key, Person, RemoteId


class World(Struct):
    """Where the API is, who we are, and how many things were odd. `zone` is the reader's."""

    api: str
    zone: str = "UTC"
    owner: Person | None = None
    odd: Odd = field(default_factory=Odd)

    @property
    def me(self) -> RemoteId | None:
        """Our own id, once it is known."""
        return self.owner.id if self.owner else None

    def person(self, value: object) -> Person | None:
        """A user; -1 and null (an automation, a deleted one) are nobody."""
        row = obj(value)
        found = ident(row.get("id"))
        if found is None or found.startswith("-"):
            return None
        if self.owner is not None and found == self.owner.id:
            return self.owner
        handle = text(row.get("username")) or None
        name = text(row.get("name")) or handle or text(row.get("email")) or found
        return Person(found, name, handle, text(row.get("email")) or None)

    def own(self, words: str, author: RemoteId | None) -> tuple[str, Key | None]:
        """A text without our marker. It counts only under our own name: anybody can copy one."""
        bare, key = split_marker(words)
        return (bare, key) if author is not None and author == self.me else (words, None)


def unique(ids: Iterable[RemoteId | None]) -> tuple[RemoteId, ...]:
    """Each id once, in order."""
    return tuple(dict.fromkeys(each for each in ids if each))
