"""GitLab as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from msgspec.structs import replace

from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Odd, Row, obj, rows, text, texts
from connectors.gitlab.api.incoming import World
from connectors.gitlab.epics import Epics
from connectors.gitlab.pulling import Known, Pull
from connectors.gitlab.sides import facts
from connectors.gitlab.status import Status
from connectors.gitlab.votes import Votes
from connectors.gitlab.wikis import Wikis
from connectors.gitlab.writing import Writer
from leeward.errors import Forbidden, Gone, NotSupported, Problem, Refused, ServiceChanged, SignInNeeded
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
from leeward.ports_extra import Vote
from leeward.words import _

NEEDED = "api"


class GitLab:
    """One account at one GitLab server."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._http = http
        self._clock = clock
        self._world = World(f"{login.url.rstrip('/')}/api/v4")
        self._ask = Ask(self._world.api)
        self._known = Known()

    async def check(self) -> Identity:
        """Who we are and what the token may do, where GitLab tells. Raises `Problem` where a named project is not there."""
        me = await self._me()
        for named in self._login.places:
            await self._there(named)
        scopes: tuple[str, ...] = ()
        missing: tuple[str, ...] = ()
        try:
            token = await self._http.send(self._ask.get("personal_access_tokens/self"))
            scopes = texts(obj(token.json()).get("scopes"))
            missing = () if NEEDED in scopes else (NEEDED,)
        except (SignInNeeded, Forbidden, Gone, Refused):
            # Tokens that are not personal, and servers before 15.5, do not tell their scopes.
            scopes = ()
        return Identity(me, scopes, missing, await self._server())

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since `cursor`."""
        me = await self._me()
        yield Batch(people=(me,))
        run = Pull(self._http, self._login, self._world, self._known, self._clock.monotonic(), self._clock.now())
        async for batch in run.run(cursor, focus):
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
        """Write one note; GitLab has no lines outside issues, merge requests and epics."""
        del place
        return await (await self._writer()).post(_in_thread(thread), body, files, key, reply_to)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our notes, or delete it."""
        del place
        return await (await self._writer()).edit(_in_thread(thread), message, body, key)

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make an issue in a project, or an epic in a group."""
        writer = await self._writer()
        return await (self._epics().create(draft, key) if _is_group(draft.place) else writer.create(draft, key))

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change an issue or an epic. Repeating it changes nothing more, so the key need not travel."""
        del place, key
        writer = await self._writer()
        return await (
            self._epics().update(task, change, seen) if _is_group(task) else writer.update(task, change, seen)
        )

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a wiki page."""
        return await Wikis(self._http, self._ask).create(draft, key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace a wiki page."""
        del key
        return await Wikis(self._http, self._ask).update(note, draft, seen)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look for an issue, epic, page or line of ours that carries `key`; GitLab's clock is not asked about `since`."""
        del since
        writer = await self._writer()
        if what is ItemType.TASK:
            return await (self._epics().find(place, key) if _is_group(place) else writer.find_task(place, key))
        if what is ItemType.NOTE:
            return await Wikis(self._http, self._ask).find(place, key)
        return await writer.find_note(_in_thread(thread), key)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Finish to-dos; GitLab keeps no other marker."""
        del place, thread, upto
        await (await self._writer()).finish(todos)

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        """Show "quiet hours" and busy as the owner's status, or take that away."""
        status = Status(self._http, self._ask, self._clock)
        return await (status.enter(until, remembered) if quiet else status.leave(remembered))

    async def set_status(self, text: str, emoji: str | None, until: Instant | None) -> None:
        """Show a line beside the owner's name; GitLab ends it after the next longer of its times."""
        await Status(self._http, self._ask, self._clock).say(text, emoji, until)

    async def votes(self, place: RemoteId, thread: RemoteId | None, message: RemoteId) -> tuple[Vote, ...]:
        """Emoji at a line, with who gave them."""
        del place
        return await Votes(self._http, self._ask, None).at(_in_thread(thread), message)

    async def vote(self, place: RemoteId, thread: RemoteId | None, message: RemoteId, choice: str, *, on: bool) -> None:
        """Give an emoji to a line, or take it back."""
        del place
        await self._writer()
        await Votes(self._http, self._ask, self._world.me).set(_in_thread(thread), message, choice, on=on)

    async def fetch(self, file: File) -> bytes:
        """What is attached."""
        if file.url is None:
            raise NotSupported(_("This file has no address."))
        return (await self._http.send(self._ask.file(file.url))).body

    async def _me(self) -> Person:
        try:
            row = (await self._http.send(self._ask.get("user"))).json()
        except Gone as gone:
            said = _("There is no GitLab at {url}.").format(url=self._login.url)
            raise ServiceChanged(said, _("Check the address of this account.")) from gone
        self._world.owner = None
        me = self._world.person(row)
        if me is None:
            raise ServiceChanged(_("GitLab did not say who is signed in."), _("Check the address of this account."))
        self._world.owner = replace(me, me=True)
        return self._world.owner

    async def _there(self, named: str) -> None:
        try:
            await self._http.send(self._ask.project(named))
        except (Forbidden, Gone) as absent:
            said = _("No project is called “{name}”, or it is not for this account.").format(name=named)
            raise Problem(said, _("Give its path as in its address, such as team/website.")) from absent

    async def _writer(self) -> Writer:
        if self._world.me is None:
            await self._me()
        return Writer(self._http, self._login, self._world)

    def _epics(self) -> Epics:
        return Epics(self._http, self._world, self._login.zone)

    async def _server(self) -> str | None:
        try:
            row = obj((await self._http.send(self._ask.get("metadata"))).json())
        except (Forbidden, Gone, Refused):
            return None
        named = f"GitLab {text(row.get('version'))}".strip()
        return named if await self._has_epics(row) else _("{server}, without epics").format(server=named)

    async def _has_epics(self, server: Row) -> bool:
        """Whether the group of the first project has a licence for epics; a project of a person tells nothing."""
        if server.get("enterprise") is False:
            return False
        places = self._login.places
        try:
            ask = self._ask.project(places[0]) if places else self._ask.projects()
            document = (await self._http.send(ask)).json()
            found = [document] if isinstance(document, dict) else list(rows(document, Odd()))
            groups = [group for row in found if (group := facts(row).group)]
            if groups:
                await self._http.send(self._ask.epics(quote(groups[0], safe=""), ("state", "opened")))
        except (Forbidden, Gone, Refused):
            return False
        return True


def _is_group(id: RemoteId) -> bool:
    return id.startswith("groups/")


def _in_thread(thread: RemoteId | None) -> RemoteId:
    if thread is None:
        raise NotSupported(_("GitLab has lines only in issues, merge requests and epics."), _("Make a task instead."))
    return thread
