"""Writing objects: made at most once, changed only in the version that was seen.

The path and the UID of what we make come from our key and the write says `If-None-Match: *`, so the same key can never
make two objects, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from connectors.caldav.api import dav
from connectors.caldav.api.collections import Collection, as_folder
from connectors.caldav.api.dav import multiget, multistatus, pages, put
from connectors.caldav.api.ical import UnreadableError, parse
from connectors.caldav.api.listing import News
from connectors.caldav.api.objects import key_of, keys_of
from connectors.caldav.api.paths import below, object_path, resolve
from connectors.caldav.api.xml import cal
from connectors.caldav.session import Session
from leeward.errors import Conflict, Forbidden, Gone, ServiceChanged, Trouble, TryLater
from leeward.model import Key, RemoteId, Sent
from leeward.wire import Response
from leeward.words import _

T = TypeVar("T")
_CLEAN = frozenset({201, 204})
Edit = Callable[[str], str | None]
"""Writes a change into an object's text; None where it says all of that already."""


class Held(Struct, frozen=True):
    """An object as the server holds it."""

    path: RemoteId
    text: str
    version: str | None

    @property
    def key(self) -> Key | None:
        """Our key, if it is ours."""
        try:
            return key_of(parse(self.text))
        except UnreadableError:
            return None

    @property
    def keys(self) -> frozenset[Key]:
        """Our keys in it: of the object, and of each change of a single instance."""
        try:
            return keys_of(parse(self.text))
        except UnreadableError:
            return frozenset()

    @property
    def sent(self) -> Sent:
        """As the answer to a write."""
        return Sent(self.path, version=self.version)


class Writer:
    """Writes into the calendars of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(self, place: RemoteId, text: str, key: Key) -> Sent:
        """Put a new object; what is there already under our key is taken for sent."""
        path = RemoteId(object_path(as_folder(place), key))
        request = put(self._session.url(path), text, match=None)
        response = await self._session.send(replace(request, expect=frozenset({403, 409, 412})))
        if response.status >= 300:
            return await self._already(response, path, key)
        path = self._moved(response, path)
        etag = _strong(response)
        if response.status in _CLEAN and etag:
            return Sent(path, version=etag)
        try:
            held = await self.fetch(path)
        except Trouble as trouble:
            if response.status in _CLEAN:
                return Sent(path)
            raise _unclear() from trouble
        if held is None or held.key != key:
            raise _unclear()
        return held.sent

    async def _already(self, response: Response, path: RemoteId, key: Key) -> Sent:
        """The server says that something is there: ours, if the key says so."""
        taken_uid = dav.uid_taken(response)
        if response.status != 412 and not taken_uid:
            if response.status == 403:
                raise Forbidden(_("The server does not let this account write to the calendar."))
            raise Conflict(_("The server would not take it into this calendar."))
        held = await _not_taken(self.fetch(path))
        if held and held.key == key:
            return held.sent
        found = await _not_taken(self.find(as_folder(path.rpartition("/")[0]), key)) if taken_uid else None
        if found is None:
            raise Conflict(_("Something else is there already."))
        return found

    async def update(self, path: RemoteId, edit: Edit, seen: str | None, key: Key) -> Sent:
        """Change an object in the version `seen`. What this very write left there before counts as sent.

        Raises `Conflict` when it is another version, `Gone` when it is no longer there.
        """
        held = await _not_taken(self.fetch(path))
        if held is None:
            raise Gone(_("It is no longer in the calendar."))
        if key in held.keys:
            return held.sent
        if seen is not None and held.version != seen:
            raise Conflict(_("It changed since it was read."))
        try:
            text = edit(held.text)
        except UnreadableError as error:
            raise ServiceChanged(
                _("The calendar holds something here that cannot be read."),
                _("Look at it in the program that made it."),
                taken=False,
            ) from error
        if text is None:
            return held.sent
        request = put(self._session.url(path), text, match=held.version or "*")
        response = await self._session.send(replace(request, expect=frozenset({412})))
        if response.status == 412:
            return await self._overtaken(path, edit, key)
        etag = _strong(response)
        if response.status in _CLEAN and etag:
            return Sent(path, version=etag)
        return await self._look(path, edit, clean=response.status in _CLEAN)

    async def _overtaken(self, path: RemoteId, edit: Edit, key: Key) -> Sent:
        """Somebody was faster: ourselves, where the door had to send the same write again."""
        held = await _not_taken(self.fetch(path))
        with suppress(UnreadableError):
            if held and (key in held.keys or edit(held.text) is None):
                return held.sent
        raise Conflict(_("It changed since it was read."))

    async def _look(self, path: RemoteId, edit: Edit, *, clean: bool) -> Sent:
        """Read back what was written where the answer left something open."""
        try:
            held = await self.fetch(path)
            done = held is not None and edit(held.text) is None
        except (Trouble, UnreadableError) as trouble:
            if clean:
                return Sent(path)
            raise _unclear() from trouble
        if held is None or not (done or clean):
            raise _unclear()
        return held.sent

    async def fetch(self, path: RemoteId) -> Held | None:
        """One object; None where the server says that nothing is there."""
        folder = as_folder(path.rpartition("/")[0])
        return next(iter(await self._objects(folder, [path])), None)

    async def _objects(self, folder: RemoteId, paths: list[RemoteId], *, strict: bool = True) -> list[Held]:
        url = self._session.url(folder)
        listing = multistatus(await self._session.send(multiget(url, paths)), url)
        answered = {entry.path: entry for entry in listing.entries}
        held: list[Held] = []
        for path in paths:
            entry = answered.get(path)
            data = entry.props.get(cal("calendar-data")) if entry else None
            if entry and data:
                held.append(Held(path, data.text, entry.text("{DAV:}getetag") or None))
            elif strict and (not entry or not (entry.gone or entry.refused == (404,))):
                raise ServiceChanged(_("The calendar server left out what it was asked for."), _("Trying again later."))
        return held

    async def find(self, place: RemoteId, key: Key) -> Sent | None:
        """Look for the object that carries `key`: where we would have put it, then everywhere in the calendar."""
        folder = as_folder(place)
        own = await self.fetch(RemoteId(object_path(folder, key)))
        if own and own.key == key:
            return own.sent
        listing = await self._session.properties(folder, dav.MEMBER, 1)
        if not listing.whole:
            raise ServiceChanged(_("The calendar server does not list the whole calendar."), _("Trying again later."))
        news = News()
        news.take(listing, Collection(folder, "", tasks=True, notes=True), self._session.origin)
        for page in pages(news.wanted.items()):
            # What cannot be had here is not ours: our own path was asked for by itself.
            for held in await self._objects(folder, page, strict=False):
                if held.key == key:
                    return held.sent
        return None

    def _moved(self, response: Response, path: RemoteId) -> RemoteId:
        """Where the server put it, should it have chosen another path in the same calendar."""
        place = resolve(response.headers.get("location", ""), self._session.url(path))
        folder = as_folder(path.rpartition("/")[0])
        if place and place[0] == self._session.origin and below(place[1], folder):
            return RemoteId(place[1])
        return path


def _strong(response: Response) -> str | None:
    """The ETag of what was stored, to the letter; a weak one, of a proxy perhaps, is none of the listing's."""
    etag = response.headers.get("etag")
    return None if etag is None or etag.startswith("W/") else etag


async def _not_taken(reading: Awaitable[T]) -> T:
    """Whatever goes wrong while reading before a write: nothing was written."""
    try:
        return await reading
    except Trouble as trouble:
        trouble.taken = False
        raise


def _unclear() -> TryLater:
    return TryLater(_("The calendar server's answer leaves open whether it was written."), _("Checking."), taken=True)
