"""The one door to the network: the only file that imports httpx.

A `Door` belongs to one account. It talks to the origins of the kind's Manifest and nowhere else, adds the credential
(in `Authorization`, to its own origin), bounds time and size, keeps the pauses a service asks for, tries reads and
repeatable writes again, and turns whatever goes wrong into one of our own errors that knows whether a write may have
been taken.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from connectors.answers import settle
from connectors.limits import Limits, http_date, pause_s
from connectors.origins import Pins, Place, same_origin
from connectors.purse import Purse
from connectors.unpack import Unpacker
from leeward.errors import Problem, ServiceChanged, Trouble, TryLater
from leeward.ports import Clock, Login, Manifest, Origin, Secret
from leeward.ports_session import Socket, Tokens
from leeward.text import one_line
from leeward.wire import Request, Response
from leeward.words import _

if TYPE_CHECKING:
    import httpx

__all__ = ["Door", "Scout", "settle"]

TRIES = 4
MAX_REDIRECTS = 3
CONNECT_S = 10.0
WRITES_TWICE = frozenset({"PUT", "DELETE"})
"""Writes that may be repeated: what one of them left unclear stays so, whatever becomes of the next."""

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"}) | WRITES_TWICE
AGAIN = frozenset({429, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_OURS_ALONE = frozenset({"authorization", "proxy-authorization", "cookie", "host", "accept-encoding", "user-agent"})
_ACCEPT = "application/json, application/xml;q=0.9, text/calendar;q=0.8"


class _Doubt(Struct):
    """Whether an earlier try of a write may have been taken."""

    taken: bool = False


class _Flight(Struct):
    """One exchange under way: whether anything of the request has left."""

    sent: bool = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.sent = True


class Door:
    """`leeward.ports.Http` for one account. Close it, or use it with `async with`.

    `secret` is its token, or what renews one. `others` are further secrets, which go out where a request names them.
    `limits` is shared by all doors of the program; `skew_s` is how far this machine's clock is ahead of the service's.
    """

    def __init__(
        self,
        manifest: Manifest,
        login: Login,
        secret: Secret | Tokens | None,
        clock: Clock,
        *,
        others: Mapping[str, Secret] | None = None,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._pins = Pins(manifest, login)
        self._purse = Purse(login, secret, others or {})
        self._clock = clock
        self._account = login.name
        self._agent = _user_agent(login.user if manifest.contact else None)
        self.limits = limits or Limits(clock, chance)
        self._ca_file = ca_file
        self._chance = chance
        self._client: httpx.AsyncClient | None = None
        self.skew_s: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back. The door opens again with the next request."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def send(self, request: Request) -> Response:
        """Exchange one request. Raises `Trouble` for every status outside 2xx and `request.expect`."""
        doubt = _Doubt()
        try:
            response = await self._persist(request, doubt)
            return settle(request, response, self._clock.now())
        except Trouble as trouble:
            trouble.account = trouble.account or self._account
            trouble.taken = trouble.taken or doubt.taken
            raise

    async def _persist(self, request: Request, doubt: _Doubt) -> Response:
        """Try until there is an answer worth giving back, within the one deadline of the request."""
        ends = self._clock.monotonic() + request.timeout_s
        host = self._limited(request, self._pins.check(request.url))
        last = TRIES if request.method in REPEATABLE else 1
        for attempt in range(1, last + 1):
            left = ends - self._clock.monotonic()
            await self.limits.turn(host, left)
            try:
                response = await self._follow(request, ends)
            except TryLater as later:
                if attempt == last or not await self._pause(attempt, ends):
                    raise
                doubt.taken |= later.taken and request.method in WRITES_TWICE
                continue
            if response.status not in AGAIN or response.status in request.expect or attempt == last:
                return response
            if pause_s(response.headers) is None and not await self._pause(attempt, ends):
                return response
            if self.limits.rest_s(host) > ends - self._clock.monotonic():
                return response
            doubt.taken |= response.status != 429 and request.method in WRITES_TWICE
        raise AssertionError("a last try returns or raises")

    def _limited(self, request: Request, place: Place) -> str:
        """What a pause is for: the host, or what it limits by itself."""
        return f"{place.name} {request.limit} {self._account}" if request.limit else place.name

    async def _pause(self, attempt: int, ends: float) -> bool:
        """Wait before the next try; False, without waiting, where no time would be left for it."""
        wait = 0.5 * 2.0**attempt * (0.5 + self._chance() / 2)
        if self._clock.monotonic() + wait >= ends:
            return False
        await self._clock.sleep(wait)
        return True

    async def _follow(self, request: Request, ends: float) -> Response:
        """Exchange, and follow a redirect within the origin where nothing but reading was asked for."""
        for _hop in range(MAX_REDIRECTS + 1):
            response = await self._exchange(request, ends)
            to = response.headers.get("location")
            moved = response.status in _MOVED and response.status not in request.expect
            if request.method != "GET" or not moved or to is None:
                return response
            target = same_origin(response.url, to)
            if target is None:
                return response
            request = replace(request, url=target, params=())
        raise ServiceChanged(_("The service sends us in circles."), _("Check the address of this account."))

    @asynccontextmanager
    async def socket(self, url: str) -> AsyncIterator[Socket]:
        """Open a WebSocket; see `leeward.ports_session.OpensSockets`."""
        from connectors.sockets import open_socket

        async with open_socket(self._pins.check_socket(url), _certificates(self._ca_file), self._agent) as socket:
            yield socket

    async def _exchange(self, request: Request, ends: float) -> Response:
        """Show the credential; one that was renewed in place of a refused one gets one try more: 401 takes nothing."""
        place = self._pins.check(request.url)
        asks = request.auth and self._pins.wants(place)
        secret = await self._purse.take(request.credential) if asks else None
        response = await self._once(request, place, secret, ends)
        if secret is not None and response.status == 401 and 401 not in request.expect:
            other = await self._purse.instead_of(request.credential, secret)
            if other is not None:
                return await self._once(request, place, other, ends)
        return response

    async def _once(self, request: Request, place: Place, secret: Secret | None, ends: float) -> Response:
        flight = _Flight()
        import httpx

        try:
            async with asyncio.timeout(max(0.001, ends - self._clock.monotonic())):
                response = await self._stream(httpx, request, place, secret, flight)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TryLater(
                _("{host} did not answer in time.").format(host=place.name), _("Trying again later."), taken=flight.sent
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            _broken(error, httpx, place, taken=flight.sent)
        self.limits.told(self._limited(request, place), response.status, response.headers)
        theirs = http_date(response.headers.get("date"))
        if theirs is not None:
            self.skew_s = self._clock.now() / 1000 - theirs
        return response

    async def _stream(
        self, httpx: Any, request: Request, place: Place, secret: Secret | None, flight: _Flight
    ) -> Response:
        client = self._open(httpx)
        url = httpx.URL(request.url)
        if request.params:
            url = url.copy_merge_params(list(request.params))
        if (url.scheme, url.host.lower()) != (place.scheme, place.host) and not url.host.isascii():
            raise httpx.InvalidURL("two readings of one address")
        built = client.build_request(
            request.method,
            url,
            headers=self._headers(request, place, secret),
            content=request.body,
            extensions={"trace": flight.trace, "timeout": client.timeout.as_dict()},
        )
        answer = await client.send(built, stream=True)
        try:
            unpacker = Unpacker(answer.headers.get("content-encoding", ""), request.max_bytes)
            async for part in answer.aiter_raw(65_536):
                unpacker.feed(part)
            body = unpacker.whole() if request.method != "HEAD" else b""
        finally:
            await answer.aclose()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, body, headers, str(answer.url))

    def _headers(self, request: Request, place: Place, secret: Secret | None) -> list[tuple[str, str]]:
        given = [(name.lower(), value) for name, value in request.headers]
        if clash := _OURS_ALONE & {name for name, _value in given}:
            raise AssertionError(f"a kind may not set {', '.join(sorted(clash))}")
        own = self._pins.authorization(place, secret)
        if not any(name == "accept" for name, _value in given):
            given.append(("accept", _ACCEPT))
        return [*given, *((("authorization", own),) if own else ())]

    def _open(self, httpx: Any) -> httpx.AsyncClient:
        """Connections are opened with the first request; this is where the library and the certificates are loaded."""
        if self._client is None:
            from http.cookiejar import CookieJar, DefaultCookiePolicy

            self._client = httpx.AsyncClient(
                verify=_certificates(self._ca_file),
                headers={"user-agent": self._agent, "accept-encoding": "gzip"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                # A proxy of the environment has no business between us and this machine.
                trust_env=not self._pins.loopback,
            )
        return self._client


def _tls(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS failure behind an error of the library, if that is what it was."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _broken(error: Exception, httpx: Any, place: Place, *, taken: bool) -> NoReturn:
    cause = _tls(error)
    if cause is not None and not taken:
        raise TryLater(
            _("{host} has no certificate this machine trusts: {why}").format(
                host=place.name, why=one_line(getattr(cause, "verify_message", "") or cause.reason or "TLS", 120)
            ),
            _("Check the address, the clock and ca_file."),
            taken=False,
        ) from error
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)):
        raise Problem(_("The address could not be used.")) from error
    if taken and isinstance(error, (httpx.DecodingError, httpx.RemoteProtocolError)):
        raise TryLater(_("{host} broke off its answer.").format(host=place.name), _("Trying again later.")) from error
    if not taken:
        raise TryLater(
            _("No connection to {host}.").format(host=place.name), _("Is the network up?"), taken=False
        ) from error
    raise TryLater(_("The connection to {host} broke.").format(host=place.name), _("Trying again later.")) from error


def _certificates(ca_file: Path | None) -> ssl.SSLContext:
    """What the system trusts (the packaged list where it has none), and the company's own beside it."""
    paths = ssl.get_default_verify_paths()
    context = ssl.create_default_context()
    if not (paths.cafile or paths.capath):
        import certifi

        context.load_verify_locations(certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Problem(
                _("The certificate file {path} could not be read.").format(path=ca_file), _("Check ca_file.")
            ) from error
    return context


def _user_agent(contact: str | None) -> str:
    """Who asks; with `contact`, an address to reach them at, as far as a header can hold it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        name = f"leeward/{version('leeward')}"
    except PackageNotFoundError:
        name = "leeward"
    reach = "".join(each for each in contact or "" if each.isascii() and each.isprintable() and each not in "()\\")
    return f"{name} ({reach.strip()})" if reach.strip() else name


class Scout:
    """`leeward.ports.Http` for discovery: goes wherever it is asked, each origin by itself, and carries no credential."""

    def __init__(self, manifest: Manifest, login: Login, clock: Clock) -> None:
        self._manifest, self._login, self._clock = manifest, login, clock

    async def send(self, request: Request) -> Response:
        """Exchange one request with the origin it names. Raises `Trouble` as the door does."""
        split = urlsplit(request.url)
        here = replace(self._manifest, origins=(Origin(f"{split.scheme}://{split.netloc}", None),))
        async with Door(here, self._login, None, self._clock) as door:
            return await door.send(request)
