"""Boards as places, and who can read them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from connectors.miro.api.hostile import Row, ident, obj, rows, stamp, text
from connectors.miro.api.world import World
from leeward.model import Audience, Instant, Person, Place, Reach, RemoteId

MAX_NAMED = 100
_CLOSED = frozenset({"", "private", "no_access"})
_WRITERS = frozenset({"editor", "coowner", "owner"})


class Board(Struct, frozen=True):
    """A board of the listing. `moved` is its stamp as Miro wrote it; `shared` is who reads it by its policy alone."""

    id: RemoteId
    title: str
    moved: str
    at: Instant | None
    url: str | None
    writable: bool
    shared: Reach
    names: tuple[str, ...]
    owner: Person | None = None

    def link(self, item: str) -> str | None:
        """Where an item is seen."""
        return f"{self.url}{'&' if '?' in self.url else '?'}moveToWidget={item}" if self.url else None

    def place(self, members: Iterable[Person] | None, me: RemoteId | None) -> Place:
        """The board with its readers; None where its members were not told."""
        return Place(
            self.id,
            self.title,
            _audience(self, members, me),
            self.url,
            tasks=True,
            notes=True,
            writable=self.writable,
        )


def board(row: Row, world: World) -> Board | None:
    """One board; None, and odd, without an id."""
    found = ident(row.get("id"))
    if found is None:
        world.odd.count += 1
        return None
    title = text(row.get("name")) or found
    team = obj(row.get("team"))
    role = text(obj(row.get("currentUserMembership")).get("role"))
    moved = text(row.get("modifiedAt"))
    url = text(row.get("viewLink"))
    return Board(
        found,
        title,
        moved,
        stamp(moved),
        url if url.startswith("https://") else None,
        role in _WRITERS or not role,
        _shared(obj(row.get("policy"))),
        (found, title, text(team.get("id")), text(team.get("name"))),
        world.person(row.get("owner")),
    )


def _shared(policy: Row) -> Reach:
    """The widest circle that may read by the board's policy. A policy that was not told is unknown."""
    sharing = obj(policy.get("sharingPolicy"))
    if not sharing:
        return Reach.UNKNOWN
    if text(sharing.get("access")) not in _CLOSED:
        return Reach.PUBLIC
    wide = (text(sharing.get(name)) for name in ("organizationAccess", "teamAccess"))
    return Reach.ORGANISATION if any(each not in _CLOSED for each in wide) else Reach.PEOPLE


def _audience(board: Board, members: Iterable[Person] | None, me: RemoteId | None) -> Audience:
    if board.shared is not Reach.PEOPLE:
        return Audience(board.shared)
    if members is None:
        return Audience(Reach.PEOPLE)
    ids = list(dict.fromkeys(each.id for each in (*members, *((board.owner,) if board.owner else ()))))
    if not ids:
        return Audience(Reach.UNKNOWN)
    return Audience(Reach.ONLY_ME if ids == [me] else Reach.PEOPLE, len(ids), tuple(ids[:MAX_NAMED]))


def people(document: Row, world: World) -> list[Person]:
    """Members of a page."""
    return [each for row in rows(document.get("data"), world.odd) if (each := world.person(row))]
