"""CalDAV behind the ports: thin, what it asks and understands is in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from msgspec.structs import replace

from connectors.caldav.api import journal, todo
from connectors.caldav.api.collections import Collection, Principal, missing
from connectors.caldav.api.listing import Cursor, Mark, read_cursor, write_cursor
from connectors.caldav.api.objects import Here
from connectors.caldav.busy import busy_times, unknown_names
from connectors.caldav.reader import Reader
from connectors.caldav.session import Session
from connectors.caldav.writer import Writer
from leeward.errors import Forbidden, Gone, NotSupported, Problem, ServiceChanged
from leeward.model import (
    Batch,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    Person,
    RemoteId,
    Sent,
    Task,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Clock, Http, Login, Span
from leeward.words import _


class CalDav:
    """One account at one calendar server."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._clock = clock
        self._session = Session(login, http)
        self._writer = Writer(self._session)

    async def check(self) -> Identity:
        """Find the calendars and say who we are. Raises `Problem` where a named calendar is not there."""
        found = await self._session.find()
        every = await self._session.every_collection()
        lacking = missing(every, self._login.places)
        if lacking:
            titles = ", ".join(f"“{each.title}”" for each in every) or _("none")
            raise Problem(
                _("No calendar with tasks or notes is called “{name}”.").format(name=lacking[0]),
                _("There are: {names}.").format(names=titles),
            )
        places = len(await self._session.collections())
        return Identity(self._me(found.principal), server=self._session.origin, places=places)

    def _me(self, principal: Principal | None) -> Person:
        if principal:
            return principal.person
        name = self._login.user or self._login.name
        return Person(RemoteId(name), name, me=True)

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed in each calendar; one that cannot be read does not keep the others back."""
        found = await self._session.find()
        collections = await self._session.collections()
        places = tuple(each.place for each in collections)
        yield Batch(places=places, people=(self._me(found.principal),))
        cursors = read_cursor(cursor)
        trouble: ServiceChanged | None = None
        for collection in sorted(collections, key=lambda each: each.path not in focus.places):
            reader = self._reader(collection, cursors, found.principal)
            try:
                async for batch in reader.batches():
                    yield replace(batch, tasks=tuple(self._addressed(task) for task in batch.tasks))
            except (Forbidden, Gone):
                yield Batch(oddities=1)
                continue
            except ServiceChanged as changed:
                trouble = trouble or changed
                continue
            if cursors.get(collection.path) != reader.mark:
                cursors[collection.path] = reader.mark
                yield Batch(cursor=write_cursor(cursors))
        if trouble:
            raise trouble

    def _addressed(self, task: Task) -> Task:
        """With the address of its own object where its URL is none of its own: empty, or the captured line's."""
        return task if task.url and not task.key else replace(task, url=self._session.url(task.id))

    def _sent(self, sent: Sent) -> Sent:
        return replace(sent, url=self._session.url(sent.id))

    def _reader(self, collection: Collection, cursors: Cursor, principal: Principal | None) -> Reader:
        mine = principal.addresses if principal else frozenset()
        here = Here(collection.path, collection.path, zone=self._login.zone, mine=mine)
        return Reader(self._session, collection, cursors.get(collection.path, Mark()), here)

    async def busy(self, calendars: tuple[str, ...], since: Instant, until: Instant) -> tuple[Span, ...]:
        """When the owner is busy by these calendars; nothing else of an appointment is read."""
        return await busy_times(self._session, self._login.zone, calendars, (since, until))

    async def unknown_calendars(self, calendars: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these names no calendar with appointments has."""
        return await unknown_names(self._session, calendars)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a task at a path and with a UID that come from `key`."""
        return self._sent(await self._writer.create(draft.place, todo.create(draft, key, self._clock.now()), key))

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change a task; of a repeating one, the status of its present instance only."""
        del place  # the task's path says it
        edit = partial(todo.change, wanted=change, key=key, now=self._clock.now(), zone=self._login.zone)
        return self._sent(await self._writer.update(task, edit, seen, key))

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a note as a journal entry without a date."""
        return await self._writer.create(draft.place, journal.create(draft, key, self._clock.now()), key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace a note's title and text."""
        return await self._writer.update(note, partial(journal.change, draft=draft, now=self._clock.now()), seen, key)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Find the task or note that carries `key`."""
        del thread, since  # a calendar has no threads, and all of it is searched
        if what not in {ItemType.TASK, ItemType.NOTE}:
            raise NotSupported(_("A calendar holds tasks and notes only."))
        found = await self._writer.find(place, key)
        return found and self._sent(found)
