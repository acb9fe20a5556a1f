"""Who and where: the people of a workspace and the owner's conversations, asked as seldom as their rows allow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from connectors.slack.api import ask, incoming
from connectors.slack.api.incoming import World
from connectors.slack.api.shape import Row, ident, obj, objects, text
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged
from leeward.model import Person, Place, RemoteId
from leeward.ports import Clock, Http, Login
from leeward.wire import Request
from leeward.words import _

HOUR_S = 3600.0
PEOPLE_PAGES = 5
PAGES = 50
ASKED_ONE_BY_ONE = 40
MEMBERS_A_ROUND = 20

Asking: TypeAlias = Callable[[str], Request]
"""Makes the request for the page a cursor names."""


class Directory:
    """Everybody and every place by id, for one account; kept an hour."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock
        self.base = login.url.rstrip("/")
        self.world = World()
        self.oddities = 0
        self.metadata = True
        self._wanted = frozenset(each.lstrip("#").lower() for each in login.places)
        self._aged = -HOUR_S
        self._absent: set[str] = set()
        self._members: dict[str, tuple[float, tuple[RemoteId, ...]]] = {}

    async def ask(self, request: Request) -> Row:
        """Exchange one request and judge the answer."""
        return ask.judge(await self._http.send(request), self._clock.now())

    async def me(self) -> tuple[Row, tuple[str, ...]]:
        """Whose token it is, and its scopes. Raises `ServiceChanged` when Slack does not say."""
        response = await self._http.send(ask.get(self.base, "auth.test"))
        document = ask.judge(response, self._clock.now())
        me = ident(document.get("user_id"))
        if me is None:
            raise ServiceChanged(_("Slack did not say who is signed in."), _("Check the address of this account."))
        world = self.world
        world.me, world.bot, world.team = me, ident(document.get("bot_id")), text(document.get("team_id"))
        world.workspace = text(document.get("url"))
        scopes = response.headers.get("x-oauth-scopes", "").split(",")
        return document, tuple(each.strip() for each in scopes if each.strip())

    async def need(self, ids: Iterable[str]) -> tuple[Person, ...]:
        """The people behind `ids`: from the list of all, then one by one (guests of other companies)."""
        wanted = dict.fromkeys(ids)
        if any(each not in self.world.people for each in wanted) or self._old():
            await self._all()
        missing = [each for each in wanted if each not in self.world.people and each not in self._absent]
        for each in [one for one in missing if one[:1] in "UW"][:ASKED_ONE_BY_ONE]:
            try:
                self._keep(obj((await self.ask(ask.get(self.base, "users.info", user=each))).get("user")))
            except (Gone, Forbidden, Refused):
                self._absent.add(each)
        return tuple(self.world.people[each] for each in wanted if each in self.world.people)

    async def places(self) -> list[tuple[Row, str]]:
        """The owner's conversations (those that were named, if any were) as they are listed, with their ids."""
        rows: dict[str, Row] = {}
        async for document in self._pages(lambda cursor: ask.channels(self.base, cursor), PAGES):
            if not isinstance(document.get("channels"), list):
                raise ServiceChanged(_("Slack's answer holds no channels."), _("Trying again later."))
            for row in objects(document["channels"]):
                id = ident(row.get("id"))
                self.oddities += id is None
                if id is not None:
                    rows[id] = row
                    self.world.titles[id] = text(row.get("name")) or id
        return [(row, id) for id, row in rows.items() if self._is_wanted(row, id)]

    async def place(self, row: Row, id: str, budget: list[int], *, known: bool) -> Place | None:
        """A place with who can read it. None where that was not read yet and a row without it would say less."""
        members: tuple[RemoteId, ...] | None = None
        direct = ident(row.get("user"))
        if direct is not None:
            await self.need((direct,))
        elif incoming.private(row):
            members = await self._readers(id, budget)
            if members is None and known:
                return None
            if members and row.get("is_mpim") is True:
                await self.need(members)
        return incoming.channel(row, self.world, members)

    def person_called(self, name: str) -> str | None:
        """Who is meant by a name that was typed; None where nobody or several are."""
        wanted = name.lower()
        people = self.world.people.items()
        for called in (
            {id: (one.handle or "").lower() for id, one in people},
            {id: one.name.replace(" ", "").lower() for id, one in people},
        ):
            found = [id for id, held in called.items() if held == wanted]
            if len(found) == 1 and found[0][:1] in "UW":
                return found[0]
        return None

    def room_called(self, name: str) -> str | None:
        """Which channel is meant by a name that was typed."""
        wanted = name.lower()
        found = [id for id, title in self.world.titles.items() if title.lower() == wanted and id[:1] == "C"]
        return found[0] if len(found) == 1 else None

    def _is_wanted(self, row: Row, id: str) -> bool:
        return not self._wanted or id.lower() in self._wanted or text(row.get("name")).lower() in self._wanted

    async def _readers(self, id: str, budget: list[int]) -> tuple[RemoteId, ...] | None:
        aged, held = self._members.get(id, (-HOUR_S, None))
        if held is not None and self._clock.monotonic() - aged < HOUR_S:
            return held
        if budget[0] <= 0:
            return held
        budget[0] -= 1
        found: list[RemoteId] = []
        try:
            async for document in self._pages(lambda cursor: ask.members(self.base, id, cursor), PAGES):
                listed = document.get("members")
                found += [one for each in (listed if isinstance(listed, list) else ()) if (one := ident(each))]
        except (Forbidden, Gone, Refused):
            return held
        self._members[id] = (self._clock.monotonic(), tuple(sorted(set(found))))
        return self._members[id][1]

    def _old(self) -> bool:
        return self._clock.monotonic() - self._aged >= HOUR_S

    async def _all(self) -> None:
        if not self._old():
            return
        try:
            async for document in self._pages(lambda cursor: ask.people(self.base, cursor), PEOPLE_PAGES):
                for row in objects(document.get("members")):
                    self._keep(row)
        except (Forbidden, Gone, Refused):
            # Without users:read people go by their ids; the lines come all the same.
            self.oddities += 1
        self._aged = self._clock.monotonic()

    def _keep(self, row: Row) -> None:
        found = incoming.person(row, self.world)
        if found is not None:
            self.world.know(found)

    async def _pages(self, asking: Asking, most: int) -> AsyncIterator[Row]:
        cursor, seen = "", {""}
        for _page in range(most):
            document = await self.ask(asking(cursor))
            yield document
            cursor = ask.next_cursor(document)
            if cursor in seen:
                self.oddities += bool(cursor)
                return
            seen.add(cursor)
