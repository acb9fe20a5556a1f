"""ClickUp as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.clickup.api import cursor as at
from connectors.clickup.api.asking import Ask, chat_at
from connectors.clickup.api.files import may_fetch
from connectors.clickup.api.places import Workspace, workspaces
from connectors.clickup.api.world import World
from connectors.clickup.finding import Finder
from connectors.clickup.pulling import pull
from connectors.clickup.run import Run, as_object
from connectors.clickup.views import Views
from connectors.clickup.writing import Writer
from connectors.limits import server_now
from leeward.errors import NotSupported, ServiceChanged
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
from leeward.ports import Clock, Http, Login, Upload
from leeward.words import _


class ClickUp:
    """One account at ClickUp: every workspace its token sees."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._http = http
        self._clock = clock
        self._world = World(f"{login.url.rstrip('/')}/api", login.zone)
        self._ask = Ask(self._world.api)
        self._views = Views(http, self._ask, clock)

    async def check(self) -> Identity:
        """Who we are; a personal token may do what its owner may, so there are no scopes to tell."""
        me, _now = await self._me()
        return Identity(me, server="ClickUp", places=len(await self._workspaces()))

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since `cursor`."""
        me, now = await self._me()
        yield Batch(people=(me,))
        where = at.load(cursor)
        run = Run(self._http, self._login, self._world, where, now, await self._workspaces(), focus)
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
        """Write a comment, with files if any, or a chat line."""
        return await (await self._writer()).post(place, thread, body, key, reply_to, files)

    async def fetch(self, file: File) -> bytes:
        """What is attached, from ClickUp's own hosts of files."""
        if file.url is None or not may_fetch(file.url, self._world.api):
            raise NotSupported(_("This file is not kept by ClickUp."), _("Open its task outside."))
        return (await self._http.send(self._ask.file(file.url))).body

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our lines, or delete it."""
        return await (await self._writer()).edit(place, thread, message, body, key)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a task."""
        return await (await self._writer()).create(draft, key)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change a task. Repeating it changes nothing more, so the key need not travel."""
        del place, key
        return await (await self._writer()).update(task, change, seen)

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Add a page to a doc."""
        return await (await self._writer()).create_note(draft, key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace a page."""
        del key
        return await (await self._writer()).update_note(note, draft, seen)

    async def open_view(self, words: str) -> tuple[RemoteId, ...] | None:
        """What a view shows now."""
        view = await self._views.find(words, self._workspaces)
        return None if view is None else await self._views.tasks(view)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look through all pages for what carries `key`; this machine's clock is not trusted about `since`."""
        del since
        await self._known()
        finder = Finder(self._http, self._world)
        if what is ItemType.TASK:
            return await finder.task(place, key)
        if what is ItemType.NOTE:
            return await finder.note(place, key)
        if chat_at(thread or place) is not None:
            return await finder.chat(place, thread, key)
        return None if thread is None else await finder.comment(thread, key)

    async def _me(self) -> tuple[Person, Instant]:
        """Who is signed in, and what time it is there."""
        response = await self._http.send(self._ask.get("v2/user"))
        self._world.owner = None
        me = self._world.person(as_object(response).get("user"))
        if me is None:
            raise ServiceChanged(_("ClickUp did not say who is signed in."), _("Check the address of this account."))
        self._world.owner = replace(me, me=True)
        return self._world.owner, server_now(response) or self._clock.now()

    async def _workspaces(self) -> list[Workspace]:
        answer = as_object(await self._http.send(self._ask.get("v2/team")))
        found = workspaces(answer, self._world)
        if not isinstance(answer.get("teams"), list):
            raise ServiceChanged(_("ClickUp's answer is not what was asked for."), _("Trying again later."))
        return found

    async def _known(self) -> None:
        if self._world.me is None:
            await self._me()

    async def _writer(self) -> Writer:
        await self._known()
        return Writer(self._http, self._world)
