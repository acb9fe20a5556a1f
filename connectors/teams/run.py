"""What the parts of one pull share: the door, where the last pull stopped, and which things are looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.paging import Walk
from connectors.teams.api.ask import Ask
from connectors.teams.api.cursor import Cursor
from connectors.teams.api.places import Found
from connectors.teams.api.shape import Row, rows
from connectors.teams.api.world import World
from leeward.errors import Gone, ServiceChanged, Trouble
from leeward.model import Audience, Batch, Focus, Instant, RemoteId, Watched
from leeward.ports import Http, Login
from leeward.wire import Request, Response
from leeward.words import _

HOUR_MS = 3_600_000
WATCH = 20
"""How many threads are looked at again in one pull."""

MAX_PAGES = 500
ASKED_ONE_BY_ONE = 10
"""How many things missing from one listing are asked for by themselves in one pull."""


class Run(Struct):
    """One pull. `now` is the server's clock; `read`: threads that were read already; `due`: places are described anew; `alone`: posts asked.

    `again_from`: places that were begun anew.
    """

    http: Http
    login: Login
    world: World
    where: Cursor
    now: Instant
    focus: Focus
    due: bool = False
    read: set[RemoteId] = field(default_factory=set)
    broken: Trouble | None = None
    alone: int = 0
    again_from: set[RemoteId] = field(default_factory=set)
    teams: dict[str, Audience] = field(default_factory=dict)
    channels: list[RemoteId] = field(default_factory=list)
    chats: dict[RemoteId, Row] = field(default_factory=dict)
    lists: list[RemoteId] = field(default_factory=list)
    plans: list[RemoteId] = field(default_factory=list)

    @property
    def ask(self) -> Ask:
        """How to ask."""
        return self.world.ask

    async def get(self, request: Request) -> Row:
        """One object. Raises `ServiceChanged` for anything else."""
        return as_object(await self.http.send(request))

    async def there(self, request: Request) -> Row | None:
        """One object, or None where Graph says that it is not there."""
        try:
            return await self.get(request)
        except Gone:
            return None

    async def pages(self, request: Request, walk: Walk) -> AsyncIterator[list[Row]]:
        """Every page of a listing; `walk.whole` is True when the last one named no other."""
        seen: set[str] = set()
        headers = request.headers
        while walk.pages < MAX_PAGES:
            document = await self.get(request)
            walk.pages += 1
            following, unusable = self.ask.next_page(document)
            walk.whole = following is None and not unusable
            yield listed(document, self.world)
            if following is None or following in seen:
                self.world.odd.count += following is not None or unusable
                return
            seen.add(following)
            request = replace(self.ask.link(following), headers=headers)

    def wanted(self, found: Found) -> bool:
        """Whether the owner named this place, or none at all."""
        if not self.login.places:
            return True
        called = {each.casefold().strip() for each in self.login.places}
        return any(each.casefold() in called for each in (found.id, *found.names))

    def turns(self, ids: Iterable[RemoteId], count: int, first: Iterable[RemoteId] = ()) -> list[RemoteId]:
        """Those to come first, and `count` of the others in turn."""
        every = list(dict.fromkeys(ids))
        ahead = [each for each in dict.fromkeys(first) if each in set(every)]
        rest = [each for each in every if each not in set(ahead)]
        turn = self.where.turn + (self.world.shift or 0)
        start = turn * count % len(rest) if len(rest) > count else 0
        return [*ahead, *(rest + rest)[start : start + min(count, len(rest))]]

    def again(self, ours: Callable[[RemoteId], bool]) -> list[Watched]:
        """Which threads are looked at in this pull: all on the screen, and the others in turn."""
        every = {each.thread: each for each in (*self.focus.watch, *self.focus.threads)}
        left = [id for id in every if ours(id) and id not in self.read]
        return [every[id] for id in self.turns(left, WATCH, (each.thread for each in self.focus.threads))]

    def batch(self, batch: Batch) -> Batch:
        """With where it brings us, each person once, and what was odd so far."""
        odd, self.world.odd.count = self.world.odd.count, 0
        self.where.hidden = self.world.hidden
        people = tuple({each.id: each for each in batch.people}.values())
        return replace(batch, people=people, oddities=batch.oddities + odd, cursor=self.where.dump())


def as_object(response: Response) -> Row:
    """The one object of an answer. Raises `ServiceChanged`, which leaves a write unsure."""
    document = response.json()
    if not isinstance(document, dict):
        raise ServiceChanged(_("Microsoft's answer is not what was asked for."), _("Trying again later."))
    return document


def listed(document: Row, world: World) -> list[Row]:
    """The rows of a page. Raises `ServiceChanged` for a page without: it is not an empty one."""
    if not isinstance(document.get("value"), list):
        raise ServiceChanged(_("Microsoft's answer holds no list."), _("Trying again later."))
    return list(rows(document["value"], world.odd))
