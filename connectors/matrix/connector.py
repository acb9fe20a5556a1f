"""A Matrix account: reads by `/sync`, writes under transaction ids made of our keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from connectors.matrix.api import ask
from connectors.matrix.api.compose import Written, write
from connectors.matrix.api.rooms import display_name, lacks
from connectors.matrix.api.shape import Event, event, events, local_part, mapping, named, sequence, text
from connectors.matrix.api.words import KEY, PART, key_of, part_of
from connectors.matrix.reader import Reader
from leeward.errors import Forbidden, Gone, NotSupported, Refused, ServiceChanged, Trouble
from leeward.model import Batch, Body, File, Focus, Identity, Instant, ItemType, Key, Person, RemoteId, Sent
from leeward.ports import Clock, Http, Login, Upload
from leeward.wire import Request
from leeward.words import _

_SLACK_MS = 600_000


async def discover(http: Http, name: str) -> str:
    """The homeserver's address for "@ana:example.org", "example.org" or an address, asked without credentials.

    Raises `Refused` for what is no address, `ServiceChanged` where no homeserver answers there.
    """
    asked = ask.well_known(name)
    base = ask.homeserver(asked, await http.send(asked))
    spoken = mapping(ask.judge(await http.send(ask.versions(base, auth=False))))
    if not sequence(spoken.get("versions")):
        raise ServiceChanged(_("There is no Matrix homeserver at {base}.").format(base=base), _("Check the address."))
    return base


class Matrix:
    """See `leeward.ports` for what each method promises."""

    def __init__(self, login: Login, http: Http, clock: Clock) -> None:
        self._login = login
        self._base = login.url
        self._http = http
        self._reader = Reader(login, http, clock)

    async def check(self) -> Identity:
        """Whose token it is, and how many rooms it opens. Raises `Problem` where we are in no room that was named."""
        me = await self._reader.me()
        spoken = [
            text(one) or "" for one in sequence(mapping(await self._ask(ask.versions(self._base))).get("versions"))
        ]
        if not any(one.startswith("v1.") for one in spoken):
            raise NotSupported(_("This homeserver is too old: leeward needs Matrix 1.1 or newer."))
        try:
            name = display_name(mapping(await self._ask(ask.profile(self._base, me))), me)
        except (Gone, Forbidden, Refused, NotSupported):
            name = local_part(me)
        rooms = sequence(mapping(await self._ask(ask.joined_rooms(self._base))).get("joined_rooms"))
        if self._login.places and (lacking := lacks(await self._reader.rooms(), self._login.places)):
            raise lacking
        newest = max(spoken, key=_version)
        return Identity(Person(RemoteId(me), name, me, me=True), server=f"Matrix {newest}", places=len(rooms))

    def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """One `/sync` and the gaps it left."""
        return self._reader.pull(cursor, focus)

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
        """Files first, each under its own transaction id; the words come last and carry the key.

        So the key is there only when all of it is, and a repeat finds every part under the same id.
        """
        written = write(body)
        me = await self._whose()
        await self._readable(place)
        relation = self._relation(thread, reply_to)
        sent: Sent | None = None
        for at, file in enumerate(files):
            last = at == len(files) - 1 and not written.plain
            content = {**await self._uploaded(file), **relation, (KEY if last else PART): key}
            sent = await self._send(place, content, f"{key}-{at}", me)
        if written.plain or sent is None:
            sent = await self._send(place, {**written.content(), **relation, KEY: key}, key, me)
        return sent

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """New words for our own line; or none, and then what was sent with it goes too.

        Raises `Forbidden` for somebody else's, which the server might allow.
        """
        del thread  # an edit finds its line by id alone
        me = await self._whose()
        line = await self._own(place, message, me)
        if body is None:
            for id in await self._sent_with(place, line, me):
                await self._ask(ask.redact(self._base, place, id, f"{key}-gone-{id.lstrip('$')}"))
            # Synapse remembers a transaction id for the whole room: the line's own would give back the line.
            found = mapping(await self._ask(ask.redact(self._base, place, message, f"{key}-gone")))
            _event_id(found)
            return Sent(message, ask.permalink(place, message, me))
        await self._readable(place)
        words = write(body)
        content = _edited(words, message)
        found = mapping(await self._ask(ask.send(self._base, place, {**content, KEY: key}, f"{key}-edit")))
        return Sent(message, ask.permalink(place, message, me), _event_id(found))

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Our own lines of the room, newest first, down to `since` and ten minutes: clocks differ.

        Raises `ServiceChanged` when the pages go in circles: then nobody can say that it is not there.
        """
        del thread  # the lines of a room and of its threads come in one stream
        if what is not ItemType.MESSAGE:
            return None
        me = await self._reader.me()
        async for one in self._ours(place, me, since - _SLACK_MS):
            if key_of(one, me) == key:
                return self._sent(place, one, me)
        return None

    async def _ours(self, place: str, me: str, since: int) -> AsyncIterator[Event]:
        token: str | None = None
        tokens: set[str | None] = set()
        while token not in tokens:
            tokens.add(token)
            asked = ask.messages(self._base, place, token, 100, sender=me)
            document = mapping(await self._ask(asked))
            if not isinstance(document.get("chunk"), list):
                raise ServiceChanged(_("The homeserver's answer holds no lines."), _("Trying again later."))
            found, _odd = events(document["chunk"])
            for one in found:
                yield one
            token = text(document.get("end"))
            if not token or (found and all(one.at < since for one in found)):
                return
        raise ServiceChanged(_("The homeserver's pages go in circles."), _("Look into the room yourself."))

    async def _sent_with(self, place: str, line: Event, me: str) -> list[str]:
        """The files that went before a line; they are events of their own."""
        key = key_of(line, me)
        if key is None:
            return []
        return [one.id async for one in self._ours(place, me, line.at - _SLACK_MS) if part_of(one, me) == key]

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Move our receipt; the server never moves it back. A thread's first line is read with the room's own lines."""
        del todos  # Matrix has none
        if upto is None or upto == thread:
            return
        await self._ask(ask.receipt(self._base, place, upto, thread))
        if thread is None:
            await self._ask(ask.read_marker(self._base, place, upto))

    async def listen(self, wake: Callable[[], None]) -> None:
        """Hold a `/sync` of its own open; it brings nothing in, it only says that there is something."""
        since: str | None = None
        while True:
            try:
                document = mapping(await self._ask(ask.wait(self._base, since)))
            except Refused:
                if since is None:
                    raise
                since = None
                wake()
                continue
            following = text(document.get("next_batch"))
            if not following:
                raise ServiceChanged(_("The homeserver's answer has no place to go on from."), _("Trying again later."))
            if since is not None and document.get("rooms"):
                wake()
            since = following

    async def fetch(self, file: File) -> bytes:
        """A file, from this homeserver only; asked the older way where the server knows no other."""
        if not file.url or not file.url.startswith(f"{self._base}/_matrix/client/v1/media/download/"):
            raise NotSupported(_("This file is not on the account's own server."), _("Open its line outside."))
        try:
            return await self._download(file.url)
        except NotSupported:
            return await self._download(ask.older_download(file.url))

    async def _download(self, url: str) -> bytes:
        response = await self._http.send(ask.download(url))
        if response.status in ask.EXPECT:
            ask.judge(response)
        return response.body

    async def _ask(self, request: Request) -> Any:
        return await self._reader.ask(request)

    async def _first(self, request: Request) -> Any:
        """What must be asked before a write: whatever fails here, nothing anybody sees was written."""
        try:
            return await self._ask(request)
        except Trouble as trouble:
            trouble.taken = False
            raise

    async def _whose(self) -> str:
        """Our own id, before a write: afterwards nothing may fail any more."""
        try:
            return await self._reader.me()
        except Trouble as trouble:
            trouble.taken = False
            raise

    async def _readable(self, place: str) -> None:
        """Refuse an encrypted room: what we write there would be in the clear while everybody takes it for sealed.

        Asked before every write, because a room may become encrypted at any moment and never stops being so.
        """
        try:
            await self._first(ask.encryption(self._base, place))
        except Gone:
            return
        raise NotSupported(_("This room is encrypted; leeward cannot write there."), _("Write in another program."))

    def _relation(self, thread: str | None, reply_to: str | None) -> dict[str, Any]:
        """Where a line belongs: its thread, with an answer that older programs understand, or the line it answers."""
        if thread is None:
            return {"m.relates_to": {"m.in_reply_to": {"event_id": reply_to}}} if reply_to else {}
        last = reply_to or self._reader.latest.get(thread, thread)
        return {
            "m.relates_to": {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": reply_to is None,
                "m.in_reply_to": {"event_id": last},
            }
        }

    async def _uploaded(self, file: Upload) -> dict[str, Any]:
        asked = ask.upload(self._base, file.name, file.data, file.media_type)
        found = mapping(await self._first(asked)).get("content_uri")
        if ask.download_url(self._base, found) is None:
            raise ServiceChanged(
                _("The homeserver does not say where the file is."), _("Trying again later."), taken=False
            )
        kind = "m.image" if file.media_type.startswith("image/") else "m.file"
        info = {"mimetype": file.media_type, "size": len(file.data)}
        return {"msgtype": kind, "body": file.name, "filename": file.name, "url": found, "info": info, "m.mentions": {}}

    async def _send(self, place: str, content: dict[str, Any], txn: str, me: str) -> Sent:
        id = _event_id(await self._ask(ask.send(self._base, place, content, txn)))
        return Sent(RemoteId(id), ask.permalink(place, id, me), id)

    async def _own(self, place: str, message: str, me: str) -> Event:
        one = event(await self._first(ask.one_event(self._base, place, message)))
        if one is None or one.sender != me:
            raise Forbidden(_("This line was written by somebody else."))
        return one

    def _sent(self, place: str, one: Event, me: str) -> Sent:
        """What a post or an edit answered: an edit stands for the line it changed."""
        id = one.replaces or one.id
        return Sent(RemoteId(id), ask.permalink(place, id, me), one.id, Instant(one.at))


def _edited(words: Written, message: str) -> dict[str, Any]:
    """An edit's content. Outside it mentions nobody, so that an edit does not ring again."""
    inner = words.content()
    outer = {**inner, "body": f"* {words.plain}", "m.mentions": {}}
    outer.pop("formatted_body", None)
    outer.pop("format", None)
    return {**outer, "m.new_content": inner, "m.relates_to": {"rel_type": "m.replace", "event_id": message}}


def _event_id(document: object) -> str:
    """The id a write was answered with. Raises `ServiceChanged` (it may have been taken) where there is none."""
    id = named(mapping(document).get("event_id"), "$")
    if id is None:
        raise ServiceChanged(_("The homeserver did not confirm this."), _("Looking whether it arrived."))
    return id


def _version(spoken: str) -> tuple[int, ...]:
    parts = spoken.removeprefix("v").split(".")
    return tuple(int(part) if part.isdecimal() and len(part) < 6 else -1 for part in parts)
