"""The account's own origin behind the door, and finding its calendars there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from connectors.caldav.api import dav
from connectors.caldav.api.collections import (
    Collection,
    Principal,
    chosen,
    collection_of,
    events_of,
    homes_of,
    is_calendar,
    principal_of,
    principal_path,
)
from connectors.caldav.api.dav import Entry, Listing, multistatus, propfind
from connectors.caldav.api.paths import is_loopback, one_spelling, origin
from leeward.errors import Forbidden, Gone, Problem, Refused, ServiceChanged, SignInNeeded
from leeward.model import RemoteId
from leeward.ports import Http, Login
from leeward.wire import Request, Response
from leeward.words import _

WELL_KNOWN = "/.well-known/caldav"
_NO_WELL_KNOWN = frozenset({400, 401, 403, 404, 405, 410, 501})


class Found(Struct, frozen=True):
    """What discovery found. `start` is what the account's address turned out to be: a calendar of its own, or None."""

    principal: Principal | None
    homes: tuple[RemoteId, ...]
    single: RemoteId | None = None


class Session:
    """One account at one origin. Nothing is asked anywhere else."""

    def __init__(self, login: Login, http: Http) -> None:
        self._login = login
        self._http = http
        self.origin = origin(login.url)
        self._found: Found | None = None

    def url(self, path: str) -> str:
        """The address of a path of this account. Raises `Gone` for what cannot be one."""
        if one_spelling(path) != path or not self.origin:
            raise Gone(_("There is no such thing at this calendar server."))
        return self.origin + path

    async def send(self, request: Request) -> Response:
        """Through the door."""
        return await self._http.send(request)

    async def properties(self, path: str, names: Iterable[str], depth: int = 0) -> Listing:
        """Ask for properties, following one redirect within the origin."""
        url = self.url(path)
        wanted = tuple(names)
        response = await self.send(propfind(url, wanted, depth=depth))
        moved = dav.redirect(response, url)
        if moved:
            self._stay(moved)
            url = self.url(moved[1])
            response = await self.send(propfind(url, wanted, depth=depth))
        return multistatus(response, url)

    async def find(self) -> Found:
        """Find the principal and the calendar homes; once a session."""
        if self._found is None:
            try:
                self._found = await self._find()
            except Gone as gone:
                said = _("There is no calendar server at {url}.").format(url=self._login.url)
                raise ServiceChanged(said, _("Check the account's url."), taken=False) from gone
        return self._found

    async def collections(self) -> list[Collection]:
        """Every calendar with tasks or notes that the owner named, by path."""
        return chosen(await self.every_collection(), self._login.places)

    async def every_collection(self) -> list[Collection]:
        """Every calendar with tasks or notes. Homes that moved are looked for once more."""
        known = self._found is not None
        try:
            return await self._list(await self.find())
        except Gone:
            if not known:
                raise
            self._found = None
            return await self._list(await self.find())

    async def appointments(self) -> list[Collection]:
        """Every calendar that holds appointments."""
        return await self._list(await self.find(), lambda entry, _asked: events_of(entry))

    async def _list(
        self, found: Found, read: Callable[[Entry, str], Collection | None] | None = None
    ) -> list[Collection]:
        owner = found.principal.path if found.principal else None
        take = read or (lambda entry, asked: collection_of(entry, owner, asked))
        depth = 0 if found.single else 1
        result: dict[RemoteId, Collection] = {}
        for path in (found.single,) if found.single else found.homes:
            listing = await self.properties(path, dav.COLLECTION, depth)
            for entry in listing.entries:
                collection = take(entry, self.url(path))
                if collection and entry.where == self.origin:
                    result[collection.path] = collection
        return [result[path] for path in sorted(result)]

    async def _find(self) -> Found:
        self._check_address()
        named = one_spelling(urlsplit(self._login.url).path or "/") or "/"
        start = named if named != "/" else await self._well_known() or "/"
        try:
            entry = await self._who(start)
        except (Gone, Forbidden, Refused):
            elsewhere = None if start != named or named == "/" else await self._well_known()
            if elsewhere is None and start == "/":
                raise
            entry = await self._who(elsewhere or "/")
        return await self._found_at(entry)

    async def _found_at(self, entry: Entry) -> Found:
        asked = self.url(entry.path)
        if is_calendar(entry):
            return Found(await self._principal(entry, asked, must=False), (), entry.path)
        principal = await self._principal(entry, asked, must=True)
        homes = principal.homes if principal else ()
        for home in homes:
            self._stay(home)
        return Found(principal, tuple(path for _where, path in homes) or (entry.path,))

    async def _principal(self, entry: Entry, asked: str, *, must: bool) -> Principal | None:
        """Who we are; a calendar given by its own address works without knowing."""
        place = principal_path(entry, asked)
        if place is None and homes_of(entry, asked):
            place = (self.origin, entry.path)
        if place is None:
            current = entry.props.get("{DAV:}current-user-principal")
            if must and current is not None and current.first("{DAV:}unauthenticated"):
                raise SignInNeeded(_("The calendar server takes us for nobody."), _("Sign in again."))
            return None
        try:
            self._stay(place)
            listing = await self.properties(place[1], dav.PRINCIPAL)
        except (Gone, Forbidden, Refused, Problem):
            if must:
                raise
            return None
        return principal_of(_only(listing), self.url(place[1]))

    async def _who(self, path: str) -> Entry:
        return _only(await self.properties(path, dav.WHO))

    async def _well_known(self) -> str | None:
        """Where the server says its calendars begin; asked without credentials, one step only."""
        url = self.url(WELL_KNOWN)
        request = propfind(url, dav.WHO, auth=False)
        response = await self.send(replace(request, expect=request.expect | _NO_WELL_KNOWN))
        moved = dav.redirect(response, url)
        if moved is None:
            return None
        self._stay(moved)
        return moved[1]

    def _stay(self, place: tuple[str, str]) -> None:
        """Credentials go to one origin only: another one has to be confirmed by the owner, as the account's address."""
        where, path = place
        if where != self.origin:
            raise Problem(
                _("The calendars of this account are at another address: {url}").format(url=where + path),
                _("If you trust it, make that the account's url."),
            )

    def _check_address(self) -> None:
        if not self.origin:
            raise Problem(_("The account's url is no web address."), _("Write it as https://dav.example.org"))
        if self.origin.startswith("http:") and not is_loopback(self.origin):
            raise Problem(
                _("A password would travel unprotected to {url}.").format(url=self.origin),
                _("Use an https address; plain http is for servers on this machine only."),
            )


def _only(listing: Listing) -> Entry:
    """The one entry an answer about one thing has."""
    usable = [entry for entry in listing.entries if entry.status is None or entry.status < 300]
    if not usable and any(entry.gone for entry in listing.entries):
        raise Gone(_("There is nothing at the account's address."), _("Check the account's url."))
    if not usable:
        raise ServiceChanged(
            _("The calendar server says nothing about this account."), _("Check the account's address.")
        )
    return usable[0]
