"""Who and where: the owner, their contacts, their channels and who is in them; asked again once an hour."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.zoom.api import ask, incoming
from connectors.zoom.api.incoming import World
from connectors.zoom.api.shape import Row, ident, number
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged
from leeward.model import Person, Place, RemoteId
from leeward.ports import Clock, Login
from leeward.words import _

HOUR_S = 3600.0
BASIC_AGE_S = 4 * HOUR_S
MEMBERS_A_ROUND = 10
CONTACT_PAGES = 20
"""A thousand of each sort; others are known by what their messages say."""

BASIC_PACE_S = 0.55
"""A free account may ask twice a second."""

_BASIC = 1


class Directory:
    """Everybody and every place of one account by id. `strange` are conversations no list of channels names."""

    def __init__(self, login: Login, session: Session, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self.world = World(base=session.base)
        self.owner: Person | None = None
        self.basic = False
        self.channels: dict[RemoteId, Row] = {}
        self.strange: set[str] = set()
        self._wanted = frozenset(each.strip().lstrip("#@").lower() for each in login.places)
        self._aged = -BASIC_AGE_S
        self._members: dict[str, tuple[float, tuple[RemoteId, ...]]] = {}

    async def me(self) -> Person:
        """Whose token it is, asked once. Raises `ServiceChanged` when Zoom does not say."""
        if self.owner is None:
            row = await self._session.ask(ask.get(self._session.base, "/users/me"))
            found = incoming.owner(row)
            if found is None:
                raise ServiceChanged(_("Zoom did not say who is signed in."), _("Check the address of this account."))
            self.world.me, self.world.email = found.id, (found.address or "").lower()
            self.world.know(found)
            self.owner, self.basic = found, number(row.get("type")) == _BASIC
            self._session.pace_s = BASIC_PACE_S if self.basic else 0.0
        return self.owner

    @property
    def age_s(self) -> float:
        """How old what is known of places and people may become."""
        return BASIC_AGE_S if self.basic else HOUR_S

    async def refresh(self, after_s: float | None = None) -> bool:
        """Channels and contacts, when those known are older than this. Returns whether they were asked for."""
        if self._clock.monotonic() - self._aged < (after_s or self.age_s):
            return False
        base = self._session.base
        request = ask.get(base, "/chat/users/me/channels", page_size=ask.CHANNELS_PAGE)
        listed = await self._session.whole(request, "channels")
        await self._contacts()
        channels = {id: row for row in listed if (id := ident(row.get("id"))) is not None}
        self._session.odd.count += len(listed) - len(channels)
        self.channels = {id: row for id, row in channels.items() if self.wants(id, str(row.get("name") or ""))}
        for id, row in self.channels.items():
            url = row.get("channel_url")
            if isinstance(url, str) and url:
                self.world.links[id] = url
        self._aged = self._clock.monotonic()
        self.strange.clear()
        return True

    def wants(self, id: str, name: str) -> bool:
        """Whether the owner named this place, or named none."""
        return not self._wanted or id.lower() in self._wanted or name.strip().lower() in self._wanted

    def wants_direct(self, other: RemoteId) -> bool:
        """The same for the chat with a contact: by name, address or id."""
        held = self.world.people.get(other)
        names = (other, held.name if held else "", (held.address if held else None) or "")
        return not self._wanted or any(each.lower() in self._wanted for each in names if each)

    def named_contacts(self) -> list[RemoteId]:
        """The contacts the owner named as places: they are places also before anything was said."""
        if not self._wanted:
            return []
        everybody = (one.id for one in self.world.people.values())
        return [id for id in everybody if id != self.world.me and self.wants_direct(id)]

    async def place(self, row: Row, budget: list[int], *, known: bool) -> Place | None:
        """A channel with who can read it. None where that was not read yet and a row without it would say less."""
        members = await self._readers(row, budget) if incoming.private(row) else None
        if members is None and incoming.private(row) and known:
            return None
        return incoming.channel(row, members, self.world)

    def met(self, rows: Iterable[Row]) -> tuple[Person, ...]:
        """The authors of messages; who is known by a list of people is known better there."""
        found: dict[RemoteId, Person] = {}
        for row in rows:
            each = incoming.sender(row, self.world)
            if each is not None and each.id not in found:
                found[each.id] = self.world.meet(each)
        return tuple(found.values())

    def person_called(self, name: str) -> RemoteId | None:
        """Who is meant by a name that was typed: what a mention asks for. None where nobody or several are."""
        wanted = name.lower()
        people = [one for one in self.world.people.values() if not one.id.startswith("name:")]
        for called in (
            {one.id: (one.handle or "").lower() for one in people},
            {one.id: one.name.replace(" ", "").lower() for one in people},
        ):
            found = [id for id, held in called.items() if held == wanted]
            if len(found) == 1:
                return RemoteId(self.world.people[found[0]].address or found[0])
        return None

    def address(self, place: str) -> dict[str, str]:
        """How a place is named where Zoom takes a contact by address only."""
        if place.startswith("@") and (held := self.world.people.get(RemoteId(place[1:]))) and held.address:
            return {"to_contact": held.address}
        return ask.whither(place)

    async def _contacts(self) -> None:
        for sort in ("company", "external"):
            request = ask.get(self._session.base, "/chat/users/me/contacts", type=sort, page_size=ask.PAGE)
            try:
                for row in await self._session.whole(request, "contacts", CONTACT_PAGES):
                    self._keep(row)
            except (Forbidden, Gone, Refused):
                # Without it people go by what their messages say; the lines come all the same.
                self._session.odd.count += 1

    async def _readers(self, row: Row, budget: list[int]) -> tuple[RemoteId, ...] | None:
        id = ident(row.get("id")) or ""
        aged, held = self._members.get(id, (-BASIC_AGE_S, None))
        if held is not None and self._clock.monotonic() - aged < self.age_s:
            return held
        if budget[0] <= 0:
            return held
        budget[0] -= 1
        path = f"/chat/channels/{ask.segment(id)}/members"
        try:
            listed = await self._session.whole(ask.get(self._session.base, path, page_size=ask.MEMBERS_PAGE), "members")
        except (Forbidden, Gone, Refused):
            return held
        found = tuple(sorted({one for each in listed if (one := self._keep(each)) is not None}))
        self._members[id] = (self._clock.monotonic(), found)
        return found

    def _keep(self, row: Row) -> RemoteId | None:
        found = incoming.person(row, self.world)
        if found is None:
            self._session.odd.count += 1
            return None
        if found.id != self.world.me:
            self.world.know(found)
        return found.id
