"""Zoom as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.zoom import scopes
from connectors.zoom.api import ask, cursor
from connectors.zoom.api.shape import text
from connectors.zoom.marks import Marks
from connectors.zoom.meetings import Meetings
from connectors.zoom.people import Directory
from connectors.zoom.presence import Presence
from connectors.zoom.reader import Known, Round
from connectors.zoom.session import Session
from connectors.zoom.writing import Writer
from leeward.errors import NotSupported, Trouble
from leeward.model import Batch, Body, File, Focus, Identity, Instant, ItemType, Key, RemoteId, Sent
from leeward.ports import Clock, Http, Login, Upload
from leeward.ports_extra import Vote
from leeward.words import _


class Zoom:
    """One account at Zoom. See `leeward.ports` for what each method promises."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._clock, self._login = clock, login
        self._session = Session(login, http, clock)
        self._directory = Directory(login, self._session, clock)
        self._known = Known()
        self._parts: dict[Key, dict[int, RemoteId]] = {}

    async def check(self) -> Identity:
        """Who we are, and which scopes the token lacks, each tried."""
        me = await self._directory.me()
        lacking = await scopes.missing(self._session)
        had = tuple(scope for scope in scopes.trials(self._session.base) if scope not in lacking)
        server = _("Zoom, a free account: asked every three minutes") if self._directory.basic else _("Zoom")
        return Identity(me, had, lacking, server)

    async def pull(self, stored: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since the cursor `stored`."""
        me = await self._directory.me()
        where = cursor.load(stored, me.id)
        if stored != self._known.cursor:
            self._known.forget()
        try:
            async for batch in Round(self._login, self._session, self._directory, self._clock, self._known, where).run(
                focus
            ):
                self._known.cursor = batch.cursor or self._known.cursor
                yield batch
        except BaseException:
            self._known.forget()
            raise

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        files: tuple[Upload, ...] = (),
        *,
        key: Key,
        reply_to: RemoteId | None = None,
    ) -> Sent:
        """Write one line. Zoom has no answers outside threads, so `reply_to` decides nothing."""
        del reply_to
        return await (await self._writer()).post(place, thread, body, files, key)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our lines, or delete it, with all its parts."""
        del thread
        return await (await self._writer()).edit(place, message, body, key)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look for a line of ours that carries `key`."""
        if what is not ItemType.MESSAGE:
            return None
        return await (await self._writer()).find(place, thread, key, since)

    async def send_at(self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key) -> Sent:
        """Leave a line with Zoom until `at`: in 30 minutes at the soonest, in 180 days at the latest."""
        return await (await self._writer()).send_at(place, thread, body, at, key)

    async def find_waiting(
        self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key
    ) -> Sent | None:
        """Look whether a line was left with Zoom, by our key in it."""
        del thread, body, at
        return await (await self._writer()).find_waiting(place, key)

    async def unsend(self, place: RemoteId, waiting: RemoteId) -> None:
        """Take a waiting line back."""
        await (await self._writer()).unsend(place, waiting)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Mark the newest line read, and take reminders away that are done."""
        del thread
        marks = await self._marks()
        for todo in todos:
            await marks.done(place, todo)
        if upto is not None:
            await marks.read(place, upto)

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Bookmark a line for the owner, or take the bookmark away."""
        await (await self._marks()).bookmark(place, message, kept=pinned)

    async def votes(self, place: RemoteId, thread: RemoteId | None, message: RemoteId) -> tuple[Vote, ...]:
        """Every reaction at `message`."""
        del thread
        return await (await self._marks()).votes(place, message)

    async def vote(self, place: RemoteId, thread: RemoteId | None, message: RemoteId, choice: str, *, on: bool) -> None:
        """Give or take back the owner's reaction."""
        del thread
        await (await self._marks()).vote(place, message, choice, on=on)

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        """Show Do Not Disturb, or end that."""
        presence = Presence(self._session, self._clock)
        return await (presence.enter(until, remembered) if quiet else presence.leave(remembered))

    async def meet(self, topic: str, agenda: str, *, key: Key) -> Sent:
        """Begin a meeting; `Sent.url` is where to join it."""
        return await Meetings(self._session).begin(topic, agenda, key)

    async def fetch(self, file: File) -> bytes:
        """What is attached: where it lies is asked first, since Zoom's links end after a while."""
        kept = f"{self._session.base}/v2/chat/files/"
        if not file.url or not file.url.startswith(kept):
            raise NotSupported(_("This file is not kept by Zoom."), _("Open its line outside."))
        row = await self._session.ask(ask.get(self._session.base, file.url.removeprefix(f"{self._session.base}/v2")))
        url = text(row.get("download_url"))
        if not url:
            raise NotSupported(_("Zoom does not give this file out."), _("Open its line outside."))
        return (await self._session.download(url)).body

    async def _writer(self) -> Writer:
        await self._myself()
        return Writer(self._session, self._directory, self._clock, self._parts)

    async def _marks(self) -> Marks:
        await self._myself()
        return Marks(self._session, self._directory)

    async def _myself(self) -> None:
        """Whose lines these will be: asked before a write, since afterwards nothing may fail any more."""
        try:
            await self._directory.me()
        except Trouble as trouble:
            trouble.taken = False
            raise
