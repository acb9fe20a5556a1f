"""Miro as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.hostile import obj, text
from connectors.limits import server_now
from connectors.manifests.miro import SCOPES
from connectors.miro.api import cursor as at
from connectors.miro.api.asking import Ask
from connectors.miro.api.boards import board as read_board
from connectors.miro.api.world import World
from connectors.miro.finding import find
from connectors.miro.pulling import pull
from connectors.miro.run import Run, as_object, offset_pages
from connectors.miro.walls import Walls
from connectors.miro.writing import Writer
from connectors.paging import Walk
from leeward.errors import ServiceChanged
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
    TaskChange,
    TaskDraft,
)
from leeward.ports import Clock, Http, Login
from leeward.ports_extra import Wall
from leeward.words import _


class Miro:
    """One account at Miro: every board its token sees, or those its owner named."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._http = http
        self._clock = clock
        self._world = World(login.url.rstrip("/"), login.zone)
        self._ask = Ask(self._world.base)

    async def check(self) -> Identity:
        """Who we are, in which team, what the token lacks, and how many boards it sees."""
        me, _now, scopes, team = await self._me()
        missing = tuple(each for each in SCOPES if each not in scopes) if scopes else ()
        count = 0
        if SCOPES[0] not in missing:
            run = self._run(at.Cursor(), self._clock.now(), Focus())
            async for page in offset_pages(run, self._ask.boards, Walk()):
                found = (read_board(row, self._world) for row in page["data"] if isinstance(row, dict))
                count += sum(each is not None and run.wanted(each) for each in found)
        return Identity(me, scopes, missing, team or "Miro", count)

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since `cursor`."""
        me, now, _scopes, _team = await self._me()
        yield Batch(people=(me,))
        async for batch in pull(self._run(at.load(cursor), now, focus)):
            yield batch

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a card."""
        return await (await self._writer()).create(draft, key)

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change a card. Repeating it changes nothing more, so the key need not travel."""
        del place, key
        return await (await self._writer()).update(task, change, seen)

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a sticky note or a doc."""
        return await (await self._writer()).create_note(draft, key)

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace what a sticky note or text says."""
        del key
        return await (await self._writer()).update_note(note, draft, seen)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look through all pages for what carries `key`; this machine's clock is not trusted about `since`."""
        del thread, since
        return await find((await self._writer()).run, what, place, key)

    async def wall(self, place: RemoteId) -> Wall:
        """Every sticky note and frame of a board."""
        return await Walls(await self._writer()).wall(place)

    async def add_idea(
        self, place: RemoteId, text: str, *, key: Key, x: float, y: float, cluster: RemoteId | None = None
    ) -> Sent:
        """Stick a new note on a board."""
        return await Walls(await self._writer()).add_idea(place, text, key, (x, y), cluster)

    async def move_idea(self, idea: RemoteId, *, x: float, y: float, cluster: RemoteId | None = None) -> Sent:
        """Put a sticky note elsewhere."""
        return await Walls(await self._writer()).move_idea(idea, (x, y), cluster)

    async def tag_idea(self, idea: RemoteId, tag: str, *, on: bool) -> None:
        """Put a tag on a sticky note or take it off."""
        await Walls(await self._writer()).tag_idea(idea, tag, on=on)

    async def group_ideas(self, place: RemoteId, title: str, ideas: tuple[RemoteId, ...]) -> RemoteId:
        """Put sticky notes into the frame of that title and tag them with it."""
        return await Walls(await self._writer()).group_ideas(place, title, ideas)

    async def _me(self) -> tuple[Person, Instant, tuple[str, ...], str]:
        """Who is signed in, what time it is there, the token's scopes, and the team it was made for."""
        response = await self._http.send(self._ask.token())
        row = as_object(response)
        self._world.owner = None
        me = self._world.person(row.get("user"))
        if me is None:
            raise ServiceChanged(_("Miro did not say who is signed in."), _("Check the address of this account."))
        self._world.owner = replace(me, me=True)
        listed = row.get("scopes")
        scopes = tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
        now = server_now(response) or self._clock.now()
        return self._world.owner, now, scopes, text(obj(row.get("team")).get("name"))

    def _run(self, where: at.Cursor, now: Instant, focus: Focus) -> Run:
        return Run(self._http, self._login, self._world, where, now, focus, self._ask)

    async def _writer(self) -> Writer:
        if self._world.me is None:
            await self._me()
        return Writer(self._run(at.Cursor(), self._clock.now(), Focus()), self._http)
