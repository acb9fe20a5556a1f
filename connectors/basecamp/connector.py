"""Basecamp as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

from connectors.basecamp import account, busy, hours
from connectors.basecamp.account import Account
from connectors.basecamp.api import cursor as at
from connectors.basecamp.api.ask import FILES_S, HOME, MAX_FILE, Ask
from connectors.basecamp.api.world import World
from connectors.basecamp.finding import Finder
from connectors.basecamp.marking import Marker
from connectors.basecamp.people import Directory
from connectors.basecamp.pulling import pull
from connectors.basecamp.run import Gate, Run
from connectors.basecamp.writing_lines import LineWriter
from connectors.basecamp.writing_tasks import TaskWriter, before
from connectors.origins import same_origin
from connectors.paging import Walk, pages
from leeward.errors import NotSupported
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
    RemoteId,
    Sent,
    TaskChange,
    TaskDraft,
)
from leeward.ports import Clock, Http, Login, Span, Upload
from leeward.ports_extra import Told, Vote
from leeward.wire import Request
from leeward.words import _

_HERE = frozenset({301, 302, 303, 307, 308})


class Basecamp:
    """One account at Basecamp. See `leeward.ports` for what each method promises."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login, self._clock = login, clock
        self._gate = Gate(http, clock)
        self._world = World("", login.zone)
        self._directory = Directory(self._gate, self._world)
        self._account: Account | None = None

    async def check(self) -> Identity:
        """Who we are and at which account; what is missing is said beside its name."""
        chosen = await account.told(self._login, self._gate, await self._enter(""))
        me, client = await account.profile(self._gate, self._world)
        count = 0
        async for page in pages(self._gate, Ask(self._world.api).get("projects.json"), Walk()):
            listed = page.json()
            count += len(listed) if isinstance(listed, list) else 0
        remarks = [_("Basecamp: {account}").format(account=chosen.name or chosen.number)]
        if chosen.ends:
            remarks.append(_("the token ends on {day}").format(day=chosen.ends))
        if not count:
            remarks.append(_("you are in no project"))
        if client:
            remarks.append(_("as a client you see only what is shared with clients"))
        if not self._login.user:
            remarks.append(_("add your e-mail address as user: Basecamp wants to know whom to ask"))
        return Identity(me, server="; ".join(remarks), places=count)

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since `cursor`."""
        where = at.load(cursor, self._login.places)
        where.account = (await self._enter(where.account)).number
        self._world.me = RemoteId(where.me) if where.me else None
        run = Run(self._gate, self._login, self._world, where, focus)
        if run.tree:
            me, _client = await account.profile(self._gate, self._world)
            where.me = me.id
            yield Batch(people=(me,))
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
        """Write a comment, a message or a chat line. Basecamp has no answers to comments, so `reply_to` decides nothing."""
        del reply_to
        return await (await self._lines()).post(place, thread, body, files, key)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our lines, or put it in the trash."""
        del place, thread
        return await (await self._lines()).edit(message, body, key)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a to-do or a card."""
        return await (await self._tasks()).create(draft, key)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change a task. Repeating it changes nothing more, so the key need not travel."""
        del place, key
        return await (await self._tasks()).update(task, change, seen)

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a document."""
        return await (await self._tasks()).create_note(draft, key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace a document."""
        del key
        return await (await self._tasks()).update_note(note, draft, seen)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look through all pages for what carries `key`; this machine's clock is not trusted about `since`."""
        del since
        await self._known()
        return await Finder(self._gate, self._world).find(what, place, thread, key)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Take what was read here out of the “Hey!” menu, and tick steps off."""
        await self._known()
        await Marker(self._gate, self._world).read(place, thread, upto, todos)

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Pin a message on its board; bookmark any other line."""
        del place
        await self._known()
        await Marker(self._gate, self._world).pin(message, pinned=pinned)

    async def votes(self, place: RemoteId, thread: RemoteId | None, message: RemoteId) -> tuple[Vote, ...]:
        """Every boost of a line, by what it says."""
        del place, thread
        await self._known()
        return await Marker(self._gate, self._world).votes(message)

    async def vote(self, place: RemoteId, thread: RemoteId | None, message: RemoteId, choice: str, *, on: bool) -> None:
        """Boost a line, or take that back."""
        del place, thread
        await self._known()
        await Marker(self._gate, self._world).vote(message, choice, on=on)

    async def busy(self, calendars: tuple[str, ...], since: Instant, until: Instant) -> tuple[Span, ...]:
        """The owner's entries in the schedules of these projects."""
        if not calendars:
            return ()
        await self._known()
        return await busy.busy(self._gate, self._world, calendars, since, until)

    async def unknown_calendars(self, calendars: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these names no project with a schedule has."""
        if not calendars:
            return ()
        await self._known()
        return await busy.unknown(self._gate, self._world, calendars)

    async def hours(self, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
        """Zones, and who is out of office."""
        await self._known()
        return await hours.hours(self._gate, self._world, people)

    async def fetch(self, file: File) -> bytes:
        """What is attached: asked of the API's own host, which names where it lies; that address needs no token."""
        await self._known()
        base = account.parts(self._login)[0]
        url = on_api(file.url or "", base)
        if url is None:
            raise NotSupported(_("This file is not kept by Basecamp."), _("Open its line outside."))
        anything = (("accept", "*/*"),)
        request = Request("GET", url, headers=anything, expect=_HERE, timeout_s=FILES_S, max_bytes=MAX_FILE)
        response = await self._gate.send(request)
        if response.status in _HERE:
            to = response.headers.get("location", "")
            request = Request("GET", to, headers=anything, auth=False, timeout_s=FILES_S, max_bytes=MAX_FILE)
            response = await self._gate.send(request)
        return response.body

    async def _enter(self, known: str) -> Account:
        """Which account this is; asked once while the program runs."""
        if self._account is None:
            self._account = await account.chosen(self._login, self._gate, known)
            self._world.api = f"{account.parts(self._login)[0]}/{self._account.number}"
        return self._account

    async def _known(self) -> None:
        """Whose lines these will be: asked before a write, since afterwards nothing may fail any more."""
        with before():
            await self._enter("")
            if self._world.me is None:
                await account.profile(self._gate, self._world)

    async def _lines(self) -> LineWriter:
        await self._known()
        return LineWriter(self._gate, self._world, self._directory, self._clock)

    async def _tasks(self) -> TaskWriter:
        await self._known()
        return TaskWriter(self._gate, self._world, self._directory)


def on_api(url: str, base: str) -> str | None:
    """A file's address as the API's own host knows it; None where neither that host nor Basecamp's storage keeps it."""
    split = urlsplit(url)
    here = same_origin(base, url) if url else None
    if here is not None:
        return here
    stores = base == HOME and split.scheme == "https" and (split.hostname or "").endswith(".basecamp.com")
    if not stores:
        return None
    ours = urlsplit(base)
    return urlunsplit((ours.scheme, ours.netloc, split.path, split.query, ""))
