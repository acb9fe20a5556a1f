"""Entries of a JSON Feed as notes. The ETag of the first page is the cursor: 304 means that nothing changed."""

from collections.abc import AsyncIterator

from connectors.hostile import Odd, Row, rows, stamp, text
from connectors.origins import same_origin
from leeward.errors import ServiceChanged
from leeward.model import Batch, Focus, Identity, Note, Person, Place, RemoteId
from leeward.ports import Clock, Http, Login
from leeward.wire import Request, Response


def page(response: Response) -> Row:
    """The feed in an answer."""
    found = response.json()
    if not isinstance(found, dict) or not text(found.get("version")).startswith("https://jsonfeed.org/version/"):
        raise ServiceChanged("This is no JSON Feed.", "Check the address of this account.")
    return found


def note(row: Row, place: RemoteId, odd: Odd) -> Note | None:
    """One entry; one without an id or a date is odd."""
    at = stamp(row.get("date_modified") or row.get("date_published"))
    if at is None or not text(row.get("id")):
        odd.count += 1
        return None
    words = text(row.get("content_text")) or text(row.get("summary"))
    version = text(row.get("date_modified")) or None
    return Note(
        RemoteId(row["id"]), place, text(row.get("title")), words, at, text(row.get("url")) or None, None, version
    )


class JsonFeed:
    """One feed."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login, self._http, self._clock = login, http, clock
        self._place = RemoteId(login.url)
        self._me = Person(RemoteId("reader"), login.user or "reader", me=True)

    async def check(self) -> Identity:
        """A feed knows no readers: whoever may read it is the owner."""
        page(await self._http.send(Request("GET", self._login.url)))
        return Identity(self._me, places=1)

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Every page, unless the first one is still what it was. An entry that left the feed is kept."""
        del focus  # a feed cannot be asked for a part of itself
        url: str | None = self._login.url
        headers = (("if-none-match", cursor),) if cursor else ()
        etag, seen = None, set[str]()
        while url and url not in seen:
            seen.add(url)
            response = await self._http.send(Request("GET", url, headers=headers, expect=frozenset({304})))
            if response.status == 304:
                return
            feed, odd, headers = page(response), Odd(), ()
            etag = etag or response.headers.get("etag", "none")
            place = Place(self._place, text(feed.get("title")) or self._login.name, notes=True, writable=False)
            found = [each for row in rows(feed.get("items"), odd) if (each := note(row, self._place, odd))]
            yield Batch(places=(place,), people=(self._me,), notes=tuple(found), oddities=odd.count)
            url = same_origin(url, text(feed.get("next_url"))) if feed.get("next_url") else None
        yield Batch(cursor=etag)
