"""Who may be meant by a name that was typed: asked only when one was."""

from __future__ import annotations

from msgspec import Struct

from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.outgoing import Finds, names_in
from connectors.basecamp.api.shape import Row, rows, text
from connectors.basecamp.api.world import World
from connectors.basecamp.run import Gate
from connectors.paging import Walk, pages
from leeward.errors import Forbidden, Gone
from leeward.model import Instant

HOUR_MS = 3_600_000


class Called(Struct, frozen=True):
    """Somebody with their signed id, which is what a mention is made of."""

    name: str
    sgid: str
    names: frozenset[str]


class Directory:
    """Everybody of one account, read at most once an hour."""

    def __init__(self, gate: Gate, world: World) -> None:
        self._gate, self._world = gate, world
        self._known: list[Called] = []
        self._read_at: Instant | None = None

    async def finder(self, own: str) -> Finds:
        """What finds the one person behind a name in these words."""
        if not names_in(own):
            return lambda _name: None
        now = self._gate.now()
        if self._read_at is None or now - self._read_at >= HOUR_MS:
            self._known, self._read_at = await self._read(), now
        known = self._known

        def find(name: str) -> tuple[str, str] | None:
            wanted = name.casefold()
            full = [each for each in known if each.name.casefold() == wanted]
            found = full or [each for each in known if wanted in each.names]
            return (found[0].name, found[0].sgid) if len(found) == 1 else None

        return find

    async def _read(self) -> list[Called]:
        """Nobody, where the owner may not know who there is: what was typed then goes as words."""
        found: dict[str, Called] = {}
        try:
            async for page in pages(self._gate, Ask(self._world.api).get("people.json"), Walk()):
                for row in rows(page.json(), self._world.odd):
                    called = self._called(row)
                    found |= {called.sgid: called} if called else {}
        except (Forbidden, Gone):
            return []
        return list(found.values())

    def _called(self, row: Row) -> Called | None:
        person, sgid = self._world.person(row), text(row.get("attachable_sgid"))
        if person is None or not sgid:
            return None
        first, mail = person.name.partition(" ")[0], (person.address or "").partition("@")[0]
        return Called(person.name, sgid, frozenset(each.casefold() for each in (person.name, first, mail) if each))
