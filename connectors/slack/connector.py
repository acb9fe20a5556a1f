"""Slack as leeward's connector: thin; what to ask and what it means stands in `api`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from connectors.slack import extras
from connectors.slack.api import ask, cursor, incoming
from connectors.slack.api.shape import Row, text
from connectors.slack.later import Waiting
from connectors.slack.people import Directory
from connectors.slack.push import Ears
from connectors.slack.quiet import Snooze
from connectors.slack.reader import Known, Round
from connectors.slack.writing import Writer, addressed
from leeward.errors import Forbidden, Gone, NotSupported, Refused, Trouble, TryLater
from leeward.model import Batch, Body, File, Focus, Identity, Instant, ItemType, Key, Person, RemoteId, Sent
from leeward.ports import Clock, Http, Login, Upload
from leeward.ports_extra import Told
from leeward.wire import Request
from leeward.words import _

KINDS = ("channels", "groups", "im", "mpim")
READS = frozenset({f"{kind}:{what}" for kind in KINDS for what in ("history", "read")} | {"users:read"})
WRITES = frozenset({"chat:write"})
OWNS = frozenset({"dnd:read", "dnd:write", "pins:write", "users.profile:write"})
"""Quiet, pins and status: a bot's would say nothing of its owner, but pins."""
MARKS = frozenset(f"{kind}:write" for kind in KINDS)
"""What `conversations.mark` asks of an owner's token."""


class Slack:
    """One account in one workspace. See `leeward.ports` for what each method promises."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._login = login
        self._directory = Directory(login, http, clock)
        self._known = Known()

    async def check(self) -> Identity:
        """Who we are, what the token lacks, and whether Slack gives this app fifteen lines a minute only."""
        told, scopes = await self._directory.me()
        world = self._directory.world
        needed = READS | WRITES | (frozenset() if world.bot else MARKS | OWNS)
        missing = tuple(sorted(needed - set(scopes))) if scopes else ()
        name = text(told.get("user")) or world.me
        people = await self._directory.need((world.me,))
        me = next(iter(people), Person(world.me, name, name, me=True))
        server = _("Slack: {workspace}").format(workspace=text(told.get("team")) or world.workspace)
        places = await self._directory.places()
        if await self._strict(places):
            server += _(" (this app gets 15 lines a minute: make an internal app of your own workspace)")
        return Identity(me, scopes, missing, server, len(places))

    async def pull(self, stored: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since the cursor `stored`."""
        await self._directory.me()
        where = cursor.load(stored, self._directory.world.me)
        try:
            async for batch in Round(self._login, self._directory, self._clock, self._known, where).run(focus):
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
        """Write one line. Slack has no answers outside threads, so `reply_to` decides nothing."""
        del reply_to
        if files:
            raise NotSupported(_("leeward does not send files to Slack."), _("Attach it in Slack."))
        return await (await self._writer()).post(place, thread, body, key)

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace one of our lines, or delete it."""
        del key  # the line keeps the one it was written with
        return await (await self._writer()).edit(place, thread, message, body)

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Look for a line of ours that carries `key`."""
        if what is not ItemType.MESSAGE:
            return None
        return await (await self._writer()).find(place, thread, key, since)

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Move a channel's marker. Slack's API has none for threads, and a bot's would say nothing of its owner."""
        del todos
        if thread is not None or upto is None:
            return
        writer = await self._writer()
        if self._directory.world.bot is None:
            await writer.mark(place, upto)

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        """Snooze Slack's notices for the owner, which others see, or end that."""
        snooze = Snooze(self._directory, self._clock)
        return await (snooze.enter(until, remembered) if quiet else snooze.leave(remembered))

    async def send_at(self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key) -> Sent:
        """Let Slack keep a line until its time."""
        return await (await self._waiting()).put(place, thread, body, at, key)

    async def find_waiting(
        self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key
    ) -> Sent | None:
        """Look whether Slack keeps a line; it shows neither thread nor key of what waits."""
        del thread, key
        return await (await self._waiting()).find(place, body, at)

    async def unsend(self, place: RemoteId, waiting: RemoteId) -> None:
        """Take a waiting line back."""
        await (await self._waiting()).drop(place, waiting)

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Pin a line for everybody in its channel, or take the pin off."""
        await extras.pin(self._directory, place, message, pinned=pinned)

    async def set_status(self, text: str, emoji: str | None, until: Instant | None) -> None:
        """Show a status beside the owner's name; `emoji` is its name with or without colons."""
        await extras.set_status(self._directory, text, emoji, until)

    async def hours(self, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
        """Zones, and when Slack keeps quiet for these people next."""
        return await extras.hours(self._directory, people)

    async def listen(self, wake: Callable[[], None]) -> None:
        """Stay connected over Socket Mode; a pull that is woken begins where something happened."""

        def heard(place: RemoteId | None) -> None:
            if place is not None:
                self._known.moved.add(place)

        await Ears(self._directory, self._http, self._clock, heard).listen(wake)

    async def fetch(self, file: File) -> bytes:
        """What is attached, from Slack's own hosts only."""
        url = addressed(file.url or "", self._directory.base)
        if url is None:
            raise NotSupported(_("This file is not kept by Slack."), _("Open its line outside."))
        headers = (("accept", "*/*"),)
        response = await self._http.send(Request("GET", url, headers=headers, timeout_s=300, max_bytes=100 * 1024**2))
        if "text/html" in response.headers.get("content-type", "") and file.media_type != "text/html":
            raise Forbidden(_("Slack shows its sign-in page for this file."), _("Give the app the scope files:read."))
        return response.body

    async def _writer(self) -> Writer:
        """Whose lines these will be: asked before a write, since afterwards nothing may fail any more."""
        if not self._directory.world.me:
            try:
                await self._directory.me()
            except Trouble as trouble:
                trouble.taken = False
                raise
        return Writer(self._directory)

    async def _waiting(self) -> Waiting:
        return Waiting(self._directory, await self._writer(), self._clock)

    async def _strict(self, places: list[tuple[Row, str]]) -> bool:
        """Ask one busy channel for one line more than a restricted app gets."""
        busy = next((id for row, id in places if row.get("is_general") is True), places[0][1] if places else None)
        if busy is None:
            return False
        limit = ask.STRICT_PAGE + 1
        try:
            document = await self._directory.ask(ask.history(self._directory.base, busy, limit))
        except (Forbidden, Gone, Refused, TryLater):
            return False
        lines, _odd = incoming.lines(document)
        return document.get("has_more") is True and len(lines) == ask.STRICT_PAGE
