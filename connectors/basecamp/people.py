"""Who may be meant by a name that was typed: asked only when one was."""

from __future__ import annotations

from msgspec import Struct

from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.outgoing import Finds, names_in
from connectors.basecamp.api.shape import rows, text
from connectors.basecamp.api.world import World
from connectors.basecamp.run import Gate
from connectors.paging import Walk, pages


class Called(Struct, frozen=True):
    """Somebody with their signed id, which is what a mention is made of."""

    name: str
    sgid: str
    names: frozenset[str]


class Directory:
    """Everybody of one account, read once while the program runs and anew for a name that is not known."""

    def __init__(self, gate: Gate, world: World) -> None:
        self._gate, self._world = gate, world
        self._known: list[Called] | None = None

    async def finder(self, own: str) -> Finds:
        """What finds the one person behind a name in these words."""
        if not names_in(own):
            return lambda _name: None
        if self._known is None:
            self._known = await self._read()
        known = self._known

        def find(name: str) -> tuple[str, str] | None:
            wanted = name.casefold()
            full = [each for each in known if each.name.casefold() == wanted]
            found = full or [each for each in known if wanted in each.names]
            return (found[0].name, found[0].sgid) if len(found) == 1 else None

        return find

    async def _read(self) -> list[Called]:
        found: dict[str, Called] = {}
        async for page in pages(self._gate, Ask(self._world.api).get("people.json"), Walk()):
            for row in rows(page.json(), self._world.odd):
                person, sgid = self._world.person(row), text(row.get("attachable_sgid"))
                if person is not None and sgid:
                    first = person.name.partition(" ")[0]
                    mail = (person.address or "").partition("@")[0]
                    names = frozenset(each.casefold() for each in (person.name, first, mail) if each)
                    found[person.id] = Called(person.name, sgid, names)
        return list(found.values())
