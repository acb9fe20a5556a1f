"""Asking Zoom: pages, the pauses of a second and of a day, and what lies on its file hosts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

from msgspec.structs import replace

from connectors.limits import http_date
from connectors.zoom.api import ask
from connectors.zoom.api.shape import Odd, Row, text
from leeward.errors import Forbidden, Problem, ServiceChanged, TryLater
from leeward.model import Instant
from leeward.ports import Clock, Http, Login
from leeward.wire import Request, Response
from leeward.words import _

TRIES = 4
PAGES = 60
EMPTY_PAGES = 3
FILES = "https://file.zoom.us"
"""Where files are sent to; a gateway of one's own has them at its own address."""

_OWN = "https://api.zoom.us"
_MOVED = frozenset({301, 302, 303, 307, 308})
_HOPS = 3
_LONG_S = 60.0


class Session:
    """One account's way to Zoom. What a day's limit forbids is not even asked; requests are `pace_s` apart."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock
        self.base = login.url.rstrip("/")
        self.odd = Odd()
        self.now = Instant(0)
        self.pace_s = 0.0
        self._sent = 0.0
        self._spent: TryLater | None = None
        self._until = 0

    @property
    def files(self) -> str:
        """The address uploads go to."""
        return FILES if self.base == _OWN else self.base

    async def ask(self, request: Request, *, patient: bool = False) -> Row:
        """Exchange one request. A read waits out a limit of some seconds, a write only where it is `patient`."""
        for attempt in range(TRIES):
            response = await self.send(request)
            try:
                return ask.judge(response, self._clock.now())
            except TryLater as trouble:
                if trouble.after_s > _LONG_S:
                    self._spent, self._until = trouble, self._clock.now() + round(trouble.after_s * 1000)
                    raise
                if trouble.taken or not (request.method == "GET" or patient) or attempt + 1 == TRIES:
                    raise
                await self._clock.sleep(max(trouble.after_s, 2.0**attempt / 2))
        raise AssertionError("the last try returns or raises")

    async def send(self, request: Request) -> Response:
        """One exchange, unless the day's requests are used up. `now` becomes the service's time."""
        left = (self._until - self._clock.now()) / 1000
        if self._spent is not None and left > 0:
            raise TryLater(self._spent.what, self._spent.do, after_s=left, taken=False)
        rest = self._sent + self.pace_s - self._clock.monotonic()
        if rest > 0:
            await self._clock.sleep(rest)
        self._sent = self._clock.monotonic()
        response = await self._http.send(request)
        told = http_date(response.headers.get("date"))
        self.now = Instant(round(told * 1000)) if told else self._clock.now()
        return response

    async def pages(self, request: Request, name: str, most: int = PAGES) -> AsyncIterator[tuple[list[Row], bool]]:
        """The objects of each page under `name`, and whether it is the last. A listing that goes in circles ends without one.

        Raises `ServiceChanged` for a page without its list: it is not an empty one.
        """
        token, seen, empty = "", {""}, 0
        for page in range(1, most + 1):
            asked = replace(request, params=(*request.params, ("next_page_token", token))) if token else request
            document = await self.ask(asked)
            listed = document.get(name)
            if not isinstance(listed, list):
                raise ServiceChanged(_("Zoom's answer holds no {name}.").format(name=name), _("Trying again later."))
            held: list[Row] = [each for each in listed if isinstance(each, dict)]
            self.odd.count += len(listed) - len(held)
            token, empty = text(document.get("next_page_token")), 0 if listed else empty + 1
            # The same page under a new token is a circle too, and so are many pages with nothing.
            again = f"{hash(repr(listed))}" if listed else ""
            circles = bool(token) and (token in seen or again in seen - {""} or empty >= EMPTY_PAGES)
            self.odd.count += circles
            yield held, not token
            if not token or circles or page == most:
                return
            seen |= {token, again}

    async def whole(self, request: Request, name: str, most: int = PAGES) -> list[Row]:
        """A short listing, at once. One whose pages were forgotten meanwhile is asked for again, once."""
        for last in (False, True):
            try:
                return [row async for page, _over in self.pages(request, name, most) for row in page]
            except ask.Stale:
                if last:
                    raise
        raise AssertionError("the last try returns or raises")

    async def download(self, url: str, most: int = 100 * 1024**2) -> Response:
        """A file, over the hosts Zoom sends us to: the door knows them, and which of them gets the token."""
        for _hop in range(_HOPS + 1):
            request = Request("GET", url, headers=(("accept", "*/*"),), expect=_MOVED, timeout_s=300, max_bytes=most)
            response = await self.send(request)
            if response.status not in _MOVED:
                if response.headers.get("content-type", "").startswith("text/html"):
                    raise Forbidden(_("Zoom shows its sign-in page for this file."), _("Is its owner's sharing on?"))
                return response
            url = urljoin(response.url or url, response.headers.get("location", ""))
            if urlsplit(url).scheme not in {"https", "http"}:
                raise Problem(_("Zoom sends us to an address leeward does not use."))
        raise ServiceChanged(_("Zoom sends us in circles."), _("Trying again later."))

    def oddities(self) -> int:
        """How many odd things were met since the last time."""
        found, self.odd.count = self.odd.count, 0
        return found
