"""What the parts of one pull share: the door, where the last pull stopped, and which things are looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from connectors.clickup.api.asking import Ask
from connectors.clickup.api.cursor import Cursor
from connectors.clickup.api.hostile import Row, text
from connectors.clickup.api.places import Workspace
from connectors.clickup.api.world import World
from connectors.paging import Walk
from leeward.errors import Gone, ServiceChanged
from leeward.model import Batch, Focus, Instant, RemoteId, Watched
from leeward.ports import Http, Login
from leeward.wire import Request, Response
from leeward.words import _

TREE_MS = 3_600_000
WATCH = 20
"""How many threads are looked at again in one pull: the smallest plan allows a hundred requests a minute."""

MAX_PAGES = 2000
MAX_ASKED = 20
"""How many missing lines of one thread are asked about one by one in one pull."""


@dataclass(slots=True)
class Run:
    """One pull. `now` is the server's clock; `read` are the threads that were read already."""

    http: Http
    login: Login
    world: World
    where: Cursor
    now: Instant
    workspaces: list[Workspace]
    focus: Focus
    ask: Ask = field(init=False)
    watched: dict[RemoteId, Watched] = field(init=False)
    read: set[RemoteId] = field(default_factory=set)
    tree: bool = field(init=False)

    def __post_init__(self) -> None:
        self.ask = Ask(self.world.api)
        self.watched = {each.thread: each for each in (*self.focus.watch, *self.focus.threads)}
        self.tree = not self.where.tree or self.now - self.where.tree >= TREE_MS or self.now < self.where.tree

    async def get(self, request: Request) -> Row:
        """One object. Raises `ServiceChanged` for anything else."""
        return as_object(await self.http.send(request))

    async def found(self, request: Request) -> Response | None:
        """An answer, or None where the service says that it is not there."""
        try:
            return await self.http.send(request)
        except Gone:
            return None

    def wanted(self, names: tuple[str, ...]) -> bool:
        """Whether the owner named one of these, or nothing at all."""
        if not self.login.places:
            return True
        called = {each.casefold().strip() for each in self.login.places}
        return any(each.casefold() in called for each in names)

    def again(self, ours: Callable[[RemoteId], bool]) -> list[Watched]:
        """Which threads of one sort are looked at in this pull: all on the screen, and the others in turn."""
        shown = {each.thread for each in self.focus.threads}
        left = [each for each in self.watched.values() if ours(each.thread) and each.thread not in self.read]
        first = [each for each in left if each.thread in shown]
        rest = [each for each in left if each.thread not in shown]
        start = self.where.turn * WATCH % len(rest) if len(rest) > WATCH else 0
        return [*first, *(rest + rest)[start : start + min(WATCH, len(rest))]]

    def batch(self, batch: Batch) -> Batch:
        """With each person once, and what was odd so far."""
        odd, self.world.odd.count = self.world.odd.count, 0
        unique = tuple({each.id: each for each in batch.people}.values())
        return replace(batch, people=unique, oddities=batch.oddities + odd)


def as_object(response: Response) -> Row:
    """The one object of an answer. Raises `ServiceChanged`, which leaves a write unsure."""
    document = response.json()
    if not isinstance(document, dict):
        raise ServiceChanged(_("ClickUp's answer is not what was asked for."), _("Trying again later."))
    return document


async def cursor_pages(http: Http, make: Callable[[str], Request], walk: Walk) -> AsyncIterator[Row]:
    """Every page of a v3 listing; `walk.whole` is True when the last one named no other."""
    seen: set[str] = set()
    cursor = ""
    while walk.pages < MAX_PAGES:
        row = as_object(await http.send(make(cursor)))
        walk.pages += 1
        cursor = text(row.get("next_cursor"))
        walk.whole = not cursor
        yield row
        if not cursor or cursor in seen:
            return
        seen.add(cursor)
