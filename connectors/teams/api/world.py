"""What reading needs to know beside the answer: who we are, who was named, what was odd."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from connectors.hostile import Odd
from connectors.teams.api.ask import Ask
from connectors.teams.api.shape import Row, ident, obj, text
from leeward.model import Person, RemoteId

MAX_NAMED = 100


class World(Struct):
    """One account. `zone` is the owner's; `hidden`: whether Teams keeps the unseen mark of our lines, None if not known.

    `shift`: where this program begins what goes in turn; a position that was not stored since would begin alike each time.
    """

    ask: Ask
    zone: str = "UTC"
    owner: Person | None = None
    tenant: str = ""
    hidden: bool | None = None
    people: dict[RemoteId, Person] = field(default_factory=dict)
    odd: Odd = field(default_factory=Odd)
    shift: int | None = None

    @property
    def me(self) -> RemoteId:
        """Our own id; "" before it is known."""
        return self.owner.id if self.owner else RemoteId("")

    def know(self, person: Person) -> Person:
        """Remember somebody; an address that is known already stays."""
        if self.owner is not None and person.id == self.owner.id:
            return self.owner
        held = self.people.get(person.id)
        if held is not None and held.address and not person.address:
            person = Person(person.id, person.name, address=held.address, verified=held.verified)
        self.people[person.id] = person
        return person

    def somebody(self, value: object) -> RemoteId | None:
        """Who wrote, made or is named: the user of an identity, else the app; nobody where both are missing."""
        row = obj(value)
        for kind in ("user", "application", "conversation", "device"):
            one = obj(row.get(kind))
            found = ident(one.get("id"))
            if found is not None:
                name = " ".join(text(one.get("displayName")).split())
                if name and kind != "conversation":
                    self.know(Person(found, name))
                return found
        return None

    def member(self, row: Row) -> Person | None:
        """A member of a chat or channel; one without an id of a user is counted, not named."""
        found = ident(row.get("userId"))
        if found is None:
            return None
        name = " ".join(text(row.get("displayName")).split()) or text(row.get("email")) or found
        address = text(row.get("email")) or None
        own = bool(self.tenant) and text(row.get("tenantId")) == self.tenant
        return self.know(Person(found, name, address=address, verified=own and address is not None))

    def named(self, ids: Iterable[RemoteId | None]) -> tuple[Person, ...]:
        """Those of `ids` whose name is known, once each."""
        return tuple(self.people[each] for each in dict.fromkeys(ids) if each is not None and each in self.people)


def unique(ids: Iterable[RemoteId | None]) -> tuple[RemoteId, ...]:
    """Each id once, in order."""
    return tuple(dict.fromkeys(each for each in ids if each))
