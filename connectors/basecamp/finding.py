"""Looking for what carries our key, through all pages: after an unclear answer it decides whether to send again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import chain

from connectors.basecamp.api import recordings, tasks
from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.ids import line_id, own_number, recording, split
from connectors.basecamp.api.shape import Row, number, obj, rows, stamp, text
from connectors.basecamp.api.world import World
from connectors.basecamp.run import Gate, as_object
from connectors.paging import Walk, pages
from leeward.errors import ServiceChanged
from leeward.model import ItemType, Key, RemoteId, Sent
from leeward.wire import Request
from leeward.words import _


class Finder:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, gate: Gate, world: World) -> None:
        self._gate, self._world = gate, world
        self._ask = Ask(world.api)

    async def find(self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key) -> Sent | None:
        """The object of ours in `place` (or below `thread`) that carries `key`."""
        word, found = split(place)
        if what is ItemType.TASK:
            return await self._first(self._tasks(word, found), key, "")
        if what is ItemType.NOTE:
            listing = self._ask.get(f"vaults/{found}/documents.json")
            return await self._first(self.every(listing), key, "content") if word == "vault" else None
        if thread is not None:
            below = own_number(thread)
            return await self._first(self.every(self._ask.comments(below)), key, "content") if below else None
        if word == "chat":
            return await self._first(self.every(self._ask.lines(found, "created_at")), key, "content", chat=found)
        listing = self._ask.get(f"message_boards/{found}/messages.json")
        return await self._first(self.every(listing), key, "content") if word == "board" else None

    async def every(self, request: Request) -> AsyncIterator[Row]:
        """Every row of a listing. Raises `ServiceChanged` where its pages do not end."""
        walk = Walk()
        async for page in pages(self._gate, request, walk):
            document = page.json()
            if not isinstance(document, list):
                raise ServiceChanged(_("Basecamp's answer is not what was asked for."), _("Trying again later."))
            for row in rows(document, self._world.odd):
                yield row
        if not walk.whole:
            raise ServiceChanged(_("Basecamp's pages did not end."), _("Trying again later."))

    async def _tasks(self, word: str, found: str) -> AsyncIterator[Row]:
        """To-dos that are open, then those that are done; the cards of every column."""
        if word == "list":
            for more in ((), (("completed", "true"),)):
                async for row in self.every(self._ask.get(f"todolists/{found}/todos.json", *more)):
                    yield row
        elif word == "table":
            table = as_object(await self._gate.send(self._ask.get(f"card_tables/{found}")))
            listed = list(rows(table.get("lists") or [], self._world.odd))
            held = [obj(each.get("on_hold")) for each in listed]
            for column in chain(listed, held):
                if id_ := number(column.get("id")):
                    async for row in self.every(self._ask.get(f"card_tables/lists/{id_}/cards.json")):
                        yield row

    async def _first(self, listed: AsyncIterator[Row], key: Key, name: str, chat: str = "") -> Sent | None:
        async for row in listed:
            html = text(row.get(name)) if name else tasks.described(row)
            author = number(obj(row.get("creator")).get("id"))
            if key in html and self._world.rich(html, RemoteId(author or ""))[1] == key:
                return sent(row, chat)
        return None


def sent(row: Row, chat: str = "") -> Sent:
    """What a row says of what was made. Raises `ServiceChanged`, which leaves the write unsure."""
    found = recording(row)
    if found is None:
        raise ServiceChanged(_("Basecamp did not say what it made."), _("Looking for it."))
    word = found.partition("/")[0]
    version = None
    if word in {"todo", "card"}:
        version = tasks.version(row)
    elif word == "document":
        version = recordings.note_version(row)
    id_ = line_id(chat, found.partition("/")[2]) if chat else found
    return Sent(id_, text(row.get("app_url")) or None, version, stamp(row.get("created_at")))
