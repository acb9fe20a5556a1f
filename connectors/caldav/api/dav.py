"""WebDAV and CalDAV: what to ask, and what a multistatus says. Source: RFC 4918, 4791, 6578."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from connectors.caldav.api.paths import resolve
from connectors.caldav.api.xml import CS, OC, Element, cal, dav, document, escape, parse, tag
from leeward.errors import Forbidden, Gone, ServiceChanged, TryLater
from leeward.model import RemoteId
from leeward.wire import Request, Response
from leeward.words import _

MAX_ENTRIES = 30_000
LISTING_BYTES = 16 * 1024 * 1024
OBJECT_BYTES = 2 * 1024 * 1024
"""A larger object is passed over and counted as odd."""

PAGE = 100
PAGE_BYTES = 6 * 1024 * 1024
USUAL_BYTES = 8 * 1024

_STATUS = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})")
_REDIRECTS = frozenset({301, 302, 307, 308})
_MULTI = 207

WHO = (dav("current-user-principal"), dav("resourcetype"), cal("calendar-home-set"))
PRINCIPAL = (dav("displayname"), cal("calendar-home-set"), cal("calendar-user-address-set"))
COLLECTION = (
    dav("resourcetype"),
    dav("displayname"),
    dav("owner"),
    dav("current-user-privilege-set"),
    dav("supported-report-set"),
    dav("sync-token"),
    dav("invite"),
    f"{{{CS}}}invite",
    f"{{{OC}}}invite",
    cal("supported-calendar-component-set"),
)
MEMBER = (dav("getetag"), dav("getcontenttype"), dav("getcontentlength"))


class Entry(Struct, frozen=True):
    """One response of a multistatus. `status` is its own (404 for what is gone), None where its properties speak.

    `props` holds what was found; `refused` the statuses of what was not.
    """

    where: str
    path: RemoteId
    status: int | None
    props: Mapping[str, Element]
    refused: tuple[int, ...] = ()

    def text(self, name: str) -> str:
        """A property's text, trimmed; "" where it was not found."""
        found = self.props.get(name)
        return found.text.strip() if found else ""

    @property
    def gone(self) -> bool:
        """Whether the server says that nothing is there."""
        return self.status in {404, 410}


class Listing(Struct, frozen=True):
    """A multistatus. `token` comes with a sync report; `whole` is False where the server cut it short.

    `odd` counts the responses that could not be read.
    """

    entries: tuple[Entry, ...]
    token: str | None = None
    whole: bool = True
    odd: int = 0


def propfind(url: str, names: Iterable[str], *, depth: int = 0, auth: bool = True) -> Request:
    """Ask for properties, of the children too with depth 1. A redirect is an answer."""
    body = document(dav("propfind"), tag(dav("prop"), *(tag(name) for name in names)))
    limit = LISTING_BYTES if depth else 4 * 1024 * 1024
    return _ask("PROPFIND", url, body, depth, expect=_REDIRECTS, auth=auth, max_bytes=limit)


def sync_collection(url: str, token: str) -> Request:
    """Ask what changed since `token`; an empty one asks for everything. A refused token is an answer."""
    body = document(
        dav("sync-collection"),
        tag(dav("sync-token"), escape(token)),
        tag(dav("sync-level"), "1"),
        tag(dav("prop"), *(tag(name) for name in MEMBER)),
    )
    return _ask(
        "REPORT", url, body, 0, expect=frozenset({400, 403, 405, 409, 410, 412, 501, 507}), max_bytes=LISTING_BYTES
    )


def multiget(url: str, paths: Iterable[str]) -> Request:
    """Ask for objects by their paths."""
    body = document(
        cal("calendar-multiget"),
        tag(dav("prop"), tag(dav("getetag")), tag(cal("calendar-data"))),
        *(tag(dav("href"), escape(path)) for path in paths),
    )
    return _ask("REPORT", url, body, 1)


def events_between(url: str, start: str, end: str) -> Request:
    """Ask for the appointments that touch a time; both ends as iCalendar writes UTC."""
    times = _with(tag(cal("time-range")), f'start="{start}" end="{end}"')
    events = _with(tag(cal("comp-filter"), times), 'name="VEVENT"')
    calendar = _with(tag(cal("comp-filter"), events), 'name="VCALENDAR"')
    wanted = tag(dav("prop"), tag(dav("getetag")), tag(cal("calendar-data")))
    body = document(cal("calendar-query"), wanted, tag(cal("filter"), calendar))
    return _ask("REPORT", url, body, 1, max_bytes=LISTING_BYTES)


def _with(markup: str, attributes: str) -> str:
    return re.sub(r"^<[^\s/>]+", lambda name: f"{name[0]} {attributes}", markup, count=1)


def put(url: str, text: str, *, match: str | None) -> Request:
    """Write an object over the version `match` (an ETag), or, where that is None, only if nothing is there yet."""
    condition = ("if-match", match) if match is not None else ("if-none-match", "*")
    headers = (("content-type", "text/calendar; charset=utf-8"), condition)
    return Request("PUT", url, headers=headers, body=text.encode())


def _ask(
    method: str,
    url: str,
    body: bytes,
    depth: int,
    *,
    expect: frozenset[int] = frozenset(),
    auth: bool = True,
    max_bytes: int = 16 * 1024 * 1024,
) -> Request:
    headers = (("content-type", "application/xml; charset=utf-8"), ("depth", str(depth)))
    return Request(
        method, url, headers=headers, body=body, expect=expect, auth=auth, max_bytes=max_bytes, timeout_s=60.0
    )


def redirect(response: Response, asked: str) -> tuple[str, str] | None:
    """Origin and path a redirect points to; None where the answer is none."""
    if response.status not in _REDIRECTS:
        return None
    return resolve(response.headers.get("location", ""), asked)


def multistatus(response: Response, asked: str) -> Listing:
    """Read a multistatus. Raises `ServiceChanged` for every other answer."""
    if response.status != _MULTI:
        parse(response.body)
        raise ServiceChanged(
            _("The server does not answer as a calendar server does."), _("Check the account's address.")
        )
    entries: list[Entry] = []
    seen = {"odd": 0, "cut": 0}
    rest: list[Element] = []

    def take(element: Element) -> None:
        if element.tag != dav("response"):
            rest.append(element)
            return
        found = _entries(element, asked)
        seen["odd"] += not found
        for entry in found:
            if entry.status == 507:
                seen["cut"] = 1
            else:
                entries.append(entry)
        if len(entries) > MAX_ENTRIES:
            raise ServiceChanged(_("The calendar server's listing has no end."), _("Trying again later."))

    root = parse(response.body, take)
    if root.tag != dav("multistatus"):
        raise ServiceChanged(
            _("The server's answer is not one of a calendar server."), _("Check the account's address.")
        )
    tokens = [element.text.strip() for element in rest if element.tag == dav("sync-token")]
    return Listing(tuple(entries), tokens[0] if tokens and tokens[0] else None, not seen["cut"], seen["odd"])


def _entries(element: Element, asked: str) -> list[Entry]:
    """The entries of one response; it may name several hrefs with one status."""
    status = _status(element.first(dav("status")))
    props: dict[str, Element] = {}
    refused: tuple[int, ...] = ()
    for propstat in element.every(dav("propstat")):
        said = _status(propstat.first(dav("status")))
        if said is None or 200 <= said < 300:
            found = propstat.first(dav("prop"))
            props.update({each.tag: each for each in (found.inside if found else [])})
        else:
            refused = (*refused, said) if said not in refused else refused
    entries = []
    for href in element.every(dav("href")):
        place = resolve(href.text, asked)
        if place:
            entries.append(Entry(place[0], RemoteId(place[1]), status, props, refused))
    return entries


def _status(element: Element | None) -> int | None:
    found = _STATUS.match(element.text.strip()) if element else None
    return int(found[1]) if found else None


def token_refused(response: Response) -> bool:
    """Whether the server no longer knows the sync token, so that all has to be listed again."""
    if response.status in {410, 412, 507}:
        return True
    return response.status in {400, 403, 409} and _names(response.body, dav("valid-sync-token"))


def refuse_report(response: Response) -> None:
    """Raise what an answer to a sync report means that is neither a listing nor a refused token."""
    if response.status == 403:
        raise Forbidden(_("The server does not let this account read the calendar."))
    if response.status in {410, 507}:
        raise Gone(_("The server no longer lists this calendar."))
    raise TryLater(_("The server refuses to say what changed in the calendar."), _("Trying again later."))


def _names(body: bytes, name: str) -> bool:
    try:
        return any(element.tag == name for element in parse(body).walk())
    except ServiceChanged:
        return False


def pages(paths: Iterable[tuple[RemoteId, int]]) -> list[list[RemoteId]]:
    """Split paths, each with its size in bytes, into pages of bounded number and size."""
    result: list[list[RemoteId]] = []
    room = 0
    for path, size in paths:
        if not result or len(result[-1]) >= PAGE or size > room:
            result.append([])
            room = PAGE_BYTES
        result[-1].append(path)
        room -= size
    return result


def report_unknown(response: Response) -> bool:
    """Whether the server does not know sync reports after all."""
    if response.status in {405, 501}:
        return True
    return response.status in {400, 403, 409} and _names(response.body, dav("supported-report"))


def uid_taken(response: Response) -> bool:
    """Whether the server refuses a new object because its UID stands in the calendar already."""
    return response.status in {403, 409} and _names(response.body, cal("no-uid-conflict"))
