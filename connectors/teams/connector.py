"""Microsoft Teams as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zlib import crc32

from connectors.limits import server_now
from connectors.teams.api import cursor
from connectors.teams.api.ask import Ask
from connectors.teams.api.cursor import Cursor
from connectors.teams.api.shape import chat_of, ident, text
from connectors.teams.api.world import World
from connectors.teams.hours import hours
from connectors.teams.marking import Marker
from connectors.teams.meetings import meet
from connectors.teams.presence import Presence, is_presence
from connectors.teams.pulling import pull
from connectors.teams.rights import rights
from connectors.teams.run import HOUR_MS, Run, as_object
from connectors.teams.writing import Writer
from connectors.teams.writing_notes import NoteWriter
from connectors.teams.writing_tasks import TaskWriter
from leeward.errors import Forbidden, NotSupported, ServiceChanged, Trouble
from leeward.model import (
    Batch,
    Body,
    File,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Person,
    RemoteId,
    Sent,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Clock, Http, Login, Span, Upload
from leeward.ports_extra import Told, Vote
from leeward.wire import Request
from leeward.words import _

MAX_FILE = 100 * 1024**2


class Teams:
    """One person's Microsoft 365. See `leeward.ports` for what each method promises."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login, self._http, self._clock = login, http, clock
        self._world = World(Ask(login.url), login.zone)
        self._presence = Presence(http, self._world.ask, clock)

    async def check(self) -> Identity:
        """Who we are, and which rights the token lacks."""
        me, _now = await self._me()
        run = self._run(Cursor(me.id))
        has, lacks = await rights(run)
        return Identity(me, has, lacks, "Microsoft Graph")

    async def pull(self, stored: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since the cursor `stored`."""
        me, now = await self._me()
        yield Batch(people=(me,))
        where = cursor.load(stored, me.id)
        if self._world.hidden is None:
            self._world.hidden = where.hidden
        if self._world.shift is None:
            self._world.shift = crc32(f"{now // 60_000}".encode())
        run = self._run(where, now, focus)
        run.due = not where.asked or not 0 <= now - where.asked < HOUR_MS
        async for batch in pull(run):
            yield batch

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
        """Write one line, with pictures if there are any."""
        return await Writer(await self._ready()).post(place, thread, body, key, reply_to, files)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our lines, or delete it."""
        del thread, key  # the line's own id says where it is, and it keeps the key it was written with
        return await Writer(await self._ready()).edit(place, message, body)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a task."""
        return await TaskWriter(await self._ready()).create(draft, key)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change a task. Repeating it changes nothing more, so the key need not travel."""
        del place, key
        return await TaskWriter(await self._ready()).update(task, change, seen)

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a page."""
        return await NoteWriter(await self._ready()).create(draft, key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace the text of a page leeward wrote."""
        del key
        return await NoteWriter(await self._ready()).update(note, draft, seen)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look through all pages for what carries `key`."""
        run = await self._ready()
        if what is ItemType.TASK:
            return await TaskWriter(run).find(place, key, since)
        if what is ItemType.NOTE:
            return await NoteWriter(run).find(place, key, since)
        return await Writer(run).find(place, thread, key, since)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Move a chat's marker. Graph has none for channels, and no to-dos to finish."""
        del thread, todos
        if upto is not None and chat_of(place):
            await Writer(await self._ready()).mark(place, upto)

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Pin a line of a chat; channels have no pins in Graph."""
        await Marker(await self._ready()).pin(place, message, pinned=pinned)

    async def votes(self, place: RemoteId, thread: RemoteId | None, message: RemoteId) -> tuple[Vote, ...]:
        """The reactions at a line."""
        del place, thread
        return await Marker(await self._ready()).votes(message)

    async def vote(self, place: RemoteId, thread: RemoteId | None, message: RemoteId, choice: str, *, on: bool) -> None:
        """React, or take the reaction back."""
        del place, thread
        await Marker(await self._ready()).vote(message, choice, on=on)

    async def meet(self, topic: str, agenda: str, *, key: Key) -> Sent:
        """Begin a meeting; Graph takes no agenda."""
        del agenda
        return await meet(self._http, self._world.ask, topic, key)

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        """Show "do not disturb" beside the owner's name, or end that."""
        if quiet:
            return await self._presence.enter(until, remembered)
        await self._presence.leave(remembered)
        return None

    async def set_status(self, text: str, emoji: str | None, until: Instant | None) -> None:
        """The line beside the owner's name. Teams has no emoji of its own for it, so it goes before the words."""
        await self._presence.status(f"{emoji or ''} {text}".strip() if text else "", until)

    async def busy(self, calendars: tuple[str, ...], since: Instant, until: Instant) -> tuple[Span, ...]:
        """Busy from now on, where the settings name `presence` and Teams shows a meeting or a call."""
        del since
        return await self._presence.busy(calendars, until)

    async def unknown_calendars(self, calendars: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these names is not `presence`, the one calendar there is here."""
        return tuple(each for each in calendars if not is_presence(each))

    async def hours(self, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
        """When these people work, as their mailboxes tell."""
        return await hours(self._run(Cursor()), people) if people else ()

    async def fetch(self, file: File) -> bytes:
        """A picture within a line. Files of channels lie in SharePoint, which wants another sign-in."""
        url = file.url or ""
        if self._world.ask.relative(url) is None or "/hostedContents/" not in url:
            raise NotSupported(_("This file is kept in SharePoint."), _("Open its link outside."))
        response = await self._http.send(
            Request("GET", url, headers=(("accept", "*/*"),), timeout_s=300, max_bytes=MAX_FILE)
        )
        if "text/html" in response.headers.get("content-type", ""):
            raise Forbidden(_("Microsoft shows its sign-in page for this file."), _("Open its line outside."))
        return response.body

    async def _me(self) -> tuple[Person, Instant]:
        """Who is signed in, and what time it is there."""
        select = "id,displayName,mail,userPrincipalName"
        response = await self._http.send(self._world.ask.get("/me", select=select))
        row = as_object(response)
        id = ident(row.get("id"))
        if id is None:
            raise ServiceChanged(_("Microsoft did not say who is signed in."), _("Check the address of this account."))
        address = text(row.get("mail")) or text(row.get("userPrincipalName")) or None
        name = " ".join(text(row.get("displayName")).split()) or address or id
        me = Person(id, name, address=address, verified=bool(text(row.get("mail"))), me=True)
        if self._world.owner is not None and self._world.owner.id != id:
            self._world.hidden = None
            self._world.people.clear()
        self._world.owner = self._world.people[id] = me
        return me, server_now(response) or self._clock.now()

    async def _ready(self) -> Run:
        """For a write: who writes is asked before, since afterwards nothing may fail any more."""
        if self._world.owner is None:
            try:
                await self._me()
            except Trouble as trouble:
                trouble.taken = False
                raise
        return self._run(Cursor())

    def _run(self, where: Cursor, now: Instant | None = None, focus: Focus | None = None) -> Run:
        return Run(self._http, self._login, self._world, where, now or self._clock.now(), focus or Focus())
