"""Pulls: one `/sync`, then the gaps it left, page by page, each stored with the cursor that goes on after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from connectors.matrix.api import ask
from connectors.matrix.api import cursor as marks
from connectors.matrix.api.cursor import Cursor, Gap
from connectors.matrix.api.lines import Scene, Woven, sort, weave
from connectors.matrix.api.news import News, Wants, member_names, people, read_news
from connectors.matrix.api.rooms import Room
from connectors.matrix.api.shape import Event, events, mapping, text
from leeward.errors import Forbidden, Gone, NotSupported, Refused, ServiceChanged
from leeward.model import Batch, Focus, ReadUpTo
from leeward.ports import Clock, Http, Login
from leeward.wire import Request
from leeward.words import _

_PAGE = 100
_SLACK_MS = 3_600_000
_STALE = 2
_THREAD_PAGES = 50


class Reader:
    """Keeps nothing that a new one would miss, but what saves questions."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._http = http
        self._clock = clock
        self._me = ""
        self._ahead: tuple[str | None, Cursor] = (None, Cursor())
        self._whole: set[str] = set()
        self._marks: dict[str, tuple[ReadUpTo, ...]] = {}
        self.latest: dict[str, str] = {}
        """The newest line of each thread seen, which a new one falls back to."""

    async def ask(self, request: Request) -> object:
        """Exchange one request and judge the answer."""
        return ask.judge(await self._http.send(request), self._clock.now())

    async def me(self) -> str:
        """Our own user id. Raises `ServiceChanged` when the server does not say."""
        if not self._me:
            try:
                found = text(mapping(await self.ask(ask.whoami(self._login.url))).get("user_id"))
            except (Gone, NotSupported) as absent:
                said = _("There is no Matrix homeserver at {base}.").format(base=self._login.url)
                raise ServiceChanged(said, _("Check the address.")) from absent
            if not found or not found.startswith("@"):
                raise ServiceChanged(_("The homeserver does not say who we are."), _("Check the address."))
            self._me = found
        return self._me

    async def rooms(self) -> dict[str, Room]:
        """The rooms we are in, by id; the question is that of a first pull."""
        document = await self.ask(ask.sync(self._login.url, None))
        wants = Wants((), 0, {}, self._clock.now())
        return read_news(document, Cursor(me=await self.me()), wants).cursor.rooms

    async def pull(self, stored: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """See `leeward.ports.Pulls`."""
        me = await self.me()
        before = self._ahead[1] if stored is not None and self._ahead[0] == stored else marks.read(stored)
        if before.me != me:
            before = Cursor(me=me)
        news = await self._sync(before, focus)
        batch, now = await self._taken(news)
        if replace(batch, cursor=None) != Batch() or now.gaps or before.since is None:
            yield batch
        else:
            # Nothing for the store: the token is kept here, so that a quiet round writes nothing.
            self._ahead = (stored, now)
        seen: set[tuple[str, str | None]] = set()
        shut: set[str] = set()
        while waiting := sorted(
            (gap for gap in now.gaps if gap.room not in shut), key=lambda gap: gap.room not in focus.places
        ):
            try:
                batch, now = await self._filled(now, waiting[0], seen)
            except (Gone, Forbidden):
                # Not for us at the moment: the other rooms go on, this one is asked again next time.
                shut.add(waiting[0].room)
                continue
            yield batch
        for watched in focus.threads:
            async for batch in self._thread(now, watched.place, watched.thread):
                yield batch

    async def _sync(self, before: Cursor, focus: Focus) -> News:
        """Ask from the cursor. A token the server no longer knows starts over; what is stored stays as it is."""
        base = self._login.url
        try:
            document = await self.ask(ask.sync(base, before.since))
        except Refused:
            if before.since is None:
                raise
            before = replace(before, since=None)
            document = await self.ask(ask.sync(base, None))
        threads: dict[str, tuple[str, ...]] = {}
        for watched in (*focus.threads, *focus.watch):
            threads[watched.place] = (*threads.get(watched.place, ()), watched.thread)
        wants = Wants(self._login.places, self._login.history, threads, self._clock.now())
        return read_news(document, before, wants)

    async def _taken(self, news: News) -> tuple[Batch, Cursor]:
        """One batch of all that a sync brought, and the cursor after it."""
        now = news.cursor
        batch = Batch(places=news.places, moved=news.moved, oddities=news.oddities)
        for heard in news.heard:
            woven, now = await self._woven(now, heard.id, heard.timeline)
            batch = _with(batch, woven)
            self._marks[heard.id] = heard.reads or self._marks.get(heard.id, ())
            found = people(heard.timeline, heard.names, now.me)
            batch = replace(batch, people=(*batch.people, *found), read=(*batch.read, *heard.reads))
        return replace(batch, cursor=marks.write(now)), now

    async def _woven(self, now: Cursor, room: str, found: list[Event]) -> tuple[Woven, Cursor]:
        """Rows of these events of one room, oldest first, with whatever had to be asked for."""
        facts = now.rooms[room]
        scene = Scene(room, self._login.url, now.me, frozenset((*facts.loud, *facts.makers)))
        page = sort(found, scene, now.edits)
        asked = {}
        for id in page.missing():
            try:
                asked[id] = await self.ask(ask.one_event(self._login.url, room, id))
            except (Gone, Forbidden, NotSupported, Refused):
                continue
        woven = weave(page, asked, scene)
        for thread in woven.threads:
            self.latest[thread.id] = thread.version or thread.id
        edits = {**now.edits, **{id: (room, target) for id, target in page.edited().items()}}
        return woven, replace(now, edits=edits)

    async def _filled(self, now: Cursor, gap: Gap, seen: set[tuple[str, str | None]]) -> tuple[Batch, Cursor]:
        """One page of a gap, and the cursor with what is left of it."""
        rest = tuple(other for other in now.gaps if other is not gap)
        limit = _PAGE if gap.left is None else min(_PAGE, gap.left)
        try:
            document = mapping(await self.ask(ask.messages(self._login.url, gap.room, gap.token, limit)))
        except Refused:
            # A token the server forgot: read again from the room's end, down to what we know.
            left = None if gap.left is None else self._login.history
            again = (replace(gap, token=None, left=left),) if gap.token else ()
            now = replace(now, gaps=(*again, *rest))
            return Batch(cursor=marks.write(now), oddities=1), now
        found, odd = _chunk(document)
        members, odd_members = events(document.get("state"))
        woven, now = await self._woven(now, gap.room, found)
        further, looped = _further(gap, found, text(document.get("end")), seen)
        now = replace(now, gaps=(further, *rest) if further else rest)
        batch = _with(Batch(cursor=marks.write(now), oddities=odd + odd_members + looped), woven)
        # The line a marker stands at may come with this page only, so the marker comes again.
        marks_here = self._marks.get(gap.room, ())
        return replace(batch, people=people(found, member_names(members), now.me), read=marks_here), now

    async def _thread(self, now: Cursor, room: str, root: str) -> AsyncIterator[Batch]:
        """All of a thread on the screen, once: its beginning may lie before the history that was read."""
        facts = now.rooms.get(room)
        if root in self._whole or facts is None or not facts.read or facts.left or not root.startswith("$"):
            return
        token: str | None = None
        tokens: set[str] = set()
        for _page in range(_THREAD_PAGES):
            try:
                document = mapping(await self.ask(ask.replies(self._login.url, room, root, token)))
            except (Gone, Forbidden, NotSupported, Refused):
                break
            found, odd = _chunk(document)
            woven, now = await self._woven(now, room, found)
            if found:
                yield _with(Batch(people=people(found, {}, now.me), oddities=odd), woven)
            token = text(document.get("next_batch"))
            if not token or token in tokens:
                break
            tokens.add(token)
        self._whole.add(root)


def _chunk(document: dict[str, Any]) -> tuple[list[Event], int]:
    """The events of a page, oldest first. Raises `ServiceChanged` for a page without: it is not an empty one."""
    if not isinstance(document.get("chunk"), list):
        raise ServiceChanged(_("The homeserver's answer holds no lines."), _("Trying again later."))
    found, odd = events(document["chunk"])
    return found[::-1], odd


def _with(batch: Batch, woven: Woven) -> Batch:
    return replace(
        batch,
        threads=(*batch.threads, *woven.threads),
        messages=(*batch.messages, *woven.messages),
        gone=(*batch.gone, *woven.gone),
        oddities=batch.oddities + woven.oddities,
    )


def _further(
    gap: Gap, found: list[Event], end: str | None, seen: set[tuple[str, str | None]]
) -> tuple[Gap | None, bool]:
    """What is left of a gap after a page, and whether the server sends us round in circles."""
    seen.add((gap.room, gap.token))
    left = None if gap.left is None else gap.left - len(found)
    met = bool(gap.stop) and any(one.id == gap.stop for one in found)
    older = bool(gap.stop) and bool(found) and all(one.at < gap.stamp - _SLACK_MS for one in found)
    stale = gap.stale + 1 if older else 0
    if not end or met or stale >= _STALE or (left is not None and left <= 0):
        return None, False
    if (gap.room, end) in seen:
        return None, True
    return replace(gap, token=end, left=left, stale=stale), False
