"""What the parts of one pull share: the door with its credits, where the last pull stopped, and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.hostile import Row, text
from connectors.miro.api.asking import PAGE, Ask, credits_of
from connectors.miro.api.boards import Board
from connectors.miro.api.cursor import Cursor
from connectors.miro.api.world import World
from connectors.paging import MAX_PAGES, Walk
from leeward.errors import ServiceChanged
from leeward.model import Batch, Focus, Instant
from leeward.ports import Http, Login
from leeward.wire import Request, Response
from leeward.words import _

HOUR_MS = 3_600_000
BUDGET = 30_000
"""Credits one pull may take of the 100,000 a minute that Miro gives a person and app; boards left over wait."""

RESERVE = 10_000
"""What is left to others (and to writing) before a pull stops by itself."""


class Run(Struct):
    """One pull. `now` is the server's clock; `read` are the boards that were listed."""

    http: Http
    login: Login
    world: World
    where: Cursor
    now: Instant
    focus: Focus
    ask: Ask = field(default_factory=lambda: Ask(""))
    spent: int = 0
    left: int | None = None
    read: set[str] = field(default_factory=set)

    def is_old(self, at: Instant) -> bool:
        """Whether an hour has passed: tags and members change without moving a board. Also when a clock was set back."""
        return self.now - at >= HOUR_MS or self.now < at

    @property
    def is_spent(self) -> bool:
        """Whether the rest is left to the next round."""
        return self.spent >= BUDGET or (self.left is not None and self.left < RESERVE)

    async def get(self, request: Request) -> Row:
        """One object. Raises `ServiceChanged` for anything else."""
        response = await self.http.send(request)
        self.spent += credits_of(request)
        left = response.headers.get("x-ratelimit-remaining", "")
        self.left = int(left) if left.isdecimal() and len(left) < 12 else self.left
        return as_object(response)

    def wanted(self, board: Board) -> bool:
        """Whether the owner named this board or its team, or nothing at all."""
        if not self.login.places:
            return True
        called = {each.casefold().strip() for each in self.login.places}
        return any(each and each.casefold() in called for each in board.names)

    def batch(self, batch: Batch) -> Batch:
        """With what was odd so far."""
        odd, self.world.odd.count = self.world.odd.count, 0
        return replace(batch, oddities=batch.oddities + odd)


def as_object(response: Response) -> Row:
    """The one object of an answer. Raises `ServiceChanged`, which leaves a write unsure."""
    document = response.json()
    if not isinstance(document, dict):
        raise ServiceChanged(_("Miro's answer is not what was asked for."), _("Trying again later."))
    return document


async def offset_pages(run: Run, make: Callable[[int], Request], walk: Walk) -> AsyncIterator[Row]:
    """Every page of a listing by offset; whole when the last one was not full and none came twice."""
    seen: set[str] = set()
    while walk.pages < MAX_PAGES:
        row = await run.get(make(walk.pages * PAGE))
        listed = _listed(row)
        ids = {text(each.get("id")) for each in listed if isinstance(each, dict)}
        walk.pages += 1
        walk.whole = len(listed) < PAGE
        yield row
        if walk.whole or ids <= seen:
            return
        seen |= ids


async def cursor_pages(
    run: Run, make: Callable[[str], Request], walk: Walk, cap: int = MAX_PAGES
) -> AsyncIterator[Row]:
    """Every page of a listing by cursor; whole when the last one named no other."""
    seen: set[str] = set()
    cursor = ""
    while walk.pages < cap:
        row = await run.get(make(cursor))
        listed = _listed(row)
        walk.pages += 1
        cursor = text(row.get("cursor"))
        # The last page may still name a cursor, behind which there is nothing.
        walk.whole = not cursor or not listed
        yield row
        if walk.whole or cursor in seen:
            return
        seen.add(cursor)


def _listed(row: Row) -> list[object]:
    """The rows of a page. A page without them is no answer to what was asked: nothing may be concluded from it."""
    listed = row.get("data")
    if not isinstance(listed, list):
        raise ServiceChanged(_("Miro's answer is not what was asked for."), _("Trying again later."))
    return listed
