"""Reading one calendar: what changed, page by page, and where we are after it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct
from msgspec.structs import replace

from connectors.caldav.api import dav
from connectors.caldav.api.collections import Collection
from connectors.caldav.api.dav import multiget, multistatus, pages, sync_collection
from connectors.caldav.api.listing import MAX_AGAIN, Mark, News, Rows, batch_of, short
from connectors.caldav.api.objects import Here
from connectors.caldav.session import Session
from leeward.errors import ServiceChanged
from leeward.model import Batch, RemoteId
from leeward.words import _

MAX_PAGES = 500
_ETAG = "{DAV:}getetag"


class Told(Struct):
    """What a sync report told: its news, the token after it, and whether it came to its end."""

    news: News
    token: str
    whole: bool = True


class Reader:
    """Reads one calendar once; `mark` is where we are, before and after."""

    def __init__(self, session: Session, collection: Collection, mark: Mark, here: Here) -> None:
        self._session = session
        self._collection = collection
        self._here = here
        self.mark = mark

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield what changed. The mark has moved when this ends."""
        before = self.mark
        if self._collection.syncs:
            told = await self._told(before.token or "")
            if told is None and before.token:
                told = await self._told("")
                before = replace(before, token=None, recount=True)
            if told is not None:
                async for batch in self._from_report(told, before):
                    yield batch
                return
        async for batch in self._from_etags(before):
            yield batch

    async def _from_report(self, told: Told, before: Mark) -> AsyncIterator[Batch]:
        """A first listing, a delta, or all over again after the token was refused."""
        news, whole = told.news, told.whole and not before.token
        recount = before.recount and not before.token
        if before.token and before.recount:
            again = await self._told("")
            if again is not None:
                news.wanted = {**again.news.wanted, **news.wanted}
                whole = told.whole and again.whole
        for path in before.again:
            news.wanted.setdefault(path, dav.USUAL_BYTES)
        rows = Rows()
        async for batch in self._fetch(news, rows):
            yield batch
        stuck = not told.whole or len(rows.again) > MAX_AGAIN
        if stuck:
            self.mark = before
        else:
            self.mark = Mark(told.token, tuple(rows.again), recount)
        whole = whole and not stuck and not rows.again and not news.odd and not rows.odd
        yield batch_of(self._collection, Rows(), news.gone, odd=news.odd + len(rows.again), whole=whole)

    async def _from_etags(self, before: Mark) -> AsyncIterator[Batch]:
        """Compare ETags. What a listing no longer names is asked for itself: only its own 404 makes it gone."""
        listing = await self._session.properties(self._collection.path, dav.MEMBER, 1)
        news = News()
        news.take(listing, self._collection, self._session.origin)
        etags: dict[str, str] = {
            entry.path: short(entry.text(_ETAG)) if entry.text(_ETAG) else ""
            for entry in listing.entries
            if entry.path in news.wanted
        }
        known = before.etags or {}
        first = before.etags is None
        news.wanted = {
            path: size for path, size in news.wanted.items() if not etags[path] or known.get(path) != etags[path]
        }
        news.wanted.update({RemoteId(path): dav.USUAL_BYTES for path in known if path not in etags})
        rows = Rows()
        async for batch in self._fetch(news, rows):
            yield batch
        kept: dict[str, str] = {path: etag for path, etag in (known | etags).items() if path not in rows.away}
        for path in rows.again:
            kept.pop(path, None)
            if path in known and path not in etags:
                kept[path] = known[path]
        self.mark = Mark(etags=kept)
        whole = first and listing.whole and not rows.again and not news.odd and not rows.odd
        gone = [path for path in rows.away if path in known]
        yield batch_of(self._collection, Rows(), gone, odd=news.odd + len(rows.again), whole=whole)

    async def _told(self, token: str) -> Told | None:
        """Everything a sync report tells; None where the server refuses the token or the report."""
        url = self._session.url(self._collection.path)
        told = Told(News(), token)
        tokens = {token}
        for _page in range(MAX_PAGES):
            response = await self._session.send(sync_collection(url, told.token))
            if response.status != 207 and (dav.token_refused(response) or dav.report_unknown(response)):
                return None
            if response.status >= 300:
                dav.refuse_report(response)
            listing = multistatus(response, url)
            told.news.take(listing, self._collection, self._session.origin)
            if listing.token is None:
                raise ServiceChanged(_("The calendar server lost its place in the calendar."), _("Trying again later."))
            told.token = listing.token
            if listing.whole:
                return told
            if listing.token in tokens:
                break
            tokens.add(listing.token)
        told.whole = False
        told.news.odd += 1
        return told

    async def _fetch(self, news: News, rows: Rows) -> AsyncIterator[Batch]:
        """Fetch what is wanted and yield it page by page; `rows` keeps what was not answered."""
        url = self._session.url(self._collection.path)
        for page in pages(news.wanted.items()):
            listing = multistatus(await self._session.send(multiget(url, page)), url)
            read = Rows()
            read.take(listing, page, self._collection, self._here)
            rows.again += read.again
            rows.away += read.away
            rows.odd += read.odd
            if read.tasks or read.notes or read.odd:
                yield batch_of(self._collection, read, (), odd=0, whole=False)
