"""What the parts of one pull share: the door at Basecamp's pace, where the last pull stopped, and what was seen so far."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from connectors.answers import settle
from connectors.basecamp.api.ask import ACCEPT, Ask
from connectors.basecamp.api.cursor import Cursor
from connectors.basecamp.api.shape import Row, obj, rows
from connectors.basecamp.api.world import World
from connectors.limits import http_date
from connectors.paging import Walk, next_link, pages
from leeward.errors import Forbidden, ServiceChanged, Trouble
from leeward.model import Audience, Batch, Focus, Instant, RemoteId
from leeward.ports import Clock, Http, Login
from leeward.wire import Request, Response
from leeward.words import _

TREE_MS = 3_600_000
PACE = 45
WINDOW_S = 10.0
"""Basecamp stops an address after 50 requests in ten seconds; some room is left for a browser beside."""


class Pace:
    """Keeps every account of this machine together below the limit, which counts by address."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque()

    async def turn(self, clock: Clock) -> None:
        """Wait until one more request fits."""
        while True:
            now = clock.monotonic()
            while self._asked and self._asked[0] <= now - WINDOW_S:
                self._asked.popleft()
            if len(self._asked) < PACE:
                self._asked.append(now)
                return
            await clock.sleep(self._asked[0] + WINDOW_S - now + 0.01)


_PACES: WeakKeyDictionary[Clock, Pace] = WeakKeyDictionary()


class Gate:
    """The account's door at Basecamp's pace; says in words when the whole account is closed."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._pace = _PACES.setdefault(clock, Pace())
        self._ahead = 0

    def now(self) -> Instant:
        """The service's clock, as far as it told: ours until then."""
        return Instant(self._clock.now() + self._ahead)

    async def send(self, request: Request) -> Response:
        """As `leeward.ports.Http` does."""
        await self._pace.turn(self._clock)
        response = await self._http.send(replace(request, expect=request.expect | {404}))
        seconds = http_date(response.headers.get("date"))
        if seconds is not None:
            self._ahead = round(seconds * 1000) - self._clock.now()
        if response.status == 404 and "inactive" in response.headers.get("reason", "").lower():
            raise Forbidden(
                _("This Basecamp account is closed: a trial ended, or nobody pays for it."),
                _("Take the account out of leeward, or ask its owner."),
            )
        return settle(request, response, self._clock.now())


class Run:
    """One pull. `at` says where threads live that were seen in it."""

    def __init__(self, gate: Gate, login: Login, world: World, where: Cursor, focus: Focus) -> None:
        self.gate, self.login, self.world, self.where, self.focus = gate, login, world, where, focus
        self.ask = Ask(world.api)
        self.tree = not where.tree or not 0 <= gate.now() - where.tree < TREE_MS
        self.first = not where.turn
        self.at: dict[RemoteId, RemoteId] = {}
        self.readers: dict[str, Audience] = {}
        self.refused: Trouble | None = None
        self.heard = False

    @property
    def now(self) -> Instant:
        """The service's clock."""
        return self.gate.now()

    async def get(self, request: Request) -> Row:
        """One object. Raises `ServiceChanged` for anything else."""
        return as_object(await self.gate.send(request))

    async def listing(self, request: Request, walk: Walk) -> AsyncIterator[tuple[Response, list[Row]]]:
        """Every page of a listing from `request` on; none where it is as its ETag says."""
        response = await self.gate.send(request)
        self.heard = True
        if response.status == 304:
            walk.whole = True
            return
        yield response, self.rows(response)
        walk.pages += 1
        target = next_link(response)
        if target is None:
            walk.whole = "next" not in response.headers.get("link", "")
            return
        async for page in pages(self.gate, Request("GET", target, headers=(ACCEPT,)), walk):
            yield page, self.rows(page)

    def rows(self, response: Response) -> list[Row]:
        """The rows of a page. Raises `ServiceChanged` where there is no list."""
        document = response.json()
        if not isinstance(document, list):
            raise _changed()
        return list(rows(document, self.world.odd))

    def wanted(self, *names: str) -> bool:
        """Whether the owner named one of these, or nothing at all."""
        if not self.login.places:
            return True
        called = {each.casefold().strip() for each in self.login.places}
        return any(each.casefold() in called for each in names)

    def is_wanted(self, place: RemoteId) -> bool:
        """Whether a place is one to read; what nobody knows yet is."""
        return self.where.places.get(place, not self.login.places)

    def batch(self, batch: Batch) -> Batch:
        """With each person once, and what was odd so far."""
        odd, self.world.odd.count = self.world.odd.count, 0
        unique = tuple({each.id: each for each in batch.people}.values())
        return replace(batch, people=unique, oddities=batch.oddities + odd)


def as_object(response: Response) -> Row:
    """The one object of an answer. Raises `ServiceChanged`, which leaves a write unsure."""
    document = response.json()
    if not isinstance(document, dict):
        raise _changed()
    return obj(document)


def _changed() -> ServiceChanged:
    return ServiceChanged(_("Basecamp's answer is not what was asked for."), _("Trying again later."))
