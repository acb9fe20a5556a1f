"""After an unclear answer: is it there? Every page is looked through, and only what we wrote ourselves counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from connectors.clickup.api import lines, tasks
from connectors.clickup.api.asking import COMMENT_PAGE, Ask, chat_at, doc_at
from connectors.clickup.api.hostile import Odd, Row, ident, number, obj, rows, stamp, text
from connectors.clickup.api.world import World
from connectors.clickup.run import as_object, cursor_pages
from connectors.keymark import split_marker
from connectors.paging import MAX_PAGES, Walk
from leeward.errors import ServiceChanged
from leeward.model import Instant, Key, RemoteId, Sent
from leeward.ports import Http
from leeward.wire import Request
from leeward.words import _


class Finder:
    """Bound to one account; `world` knows who we are."""

    def __init__(self, http: Http, world: World) -> None:
        self._http = http
        self._world = world
        self._ask = Ask(world.api)

    async def task(self, place: RemoteId, key: Key) -> Sent | None:
        """Read the list, newest made first."""
        seen: set[object] = set()
        for page in range(MAX_PAGES):
            answer = as_object(await self._http.send(self._ask.listed(place, page)))
            listed = list(rows(answer.get("tasks"), Odd()))
            for row in listed:
                if self._ours(obj(row.get("creator")).get("id"), tasks.description(row), key):
                    return _sent(row, ident(row.get("id")))
            fresh = {row.get("id") for row in listed} - seen
            if answer.get("last_page") is True or not fresh:
                return None
            seen |= fresh
        raise _endless()

    async def comment(self, task: RemoteId, key: Key) -> Sent | None:
        """Read a task's comments and the answers to them."""
        async for row, root in self._comments(task):
            if self._ours(obj(row.get("user")).get("id"), text(row.get("comment_text")), key):
                return _sent(row, ident(row.get("id")), root)
        return None

    async def row(self, task: RemoteId, message: RemoteId) -> Row | None:
        """A comment as it is now: there is no asking for one."""
        own = message.rpartition("/")[2]
        async for row, _root in self._comments(task):
            if ident(row.get("id")) == own:
                return row
        return None

    async def chat(self, place: RemoteId, thread: RemoteId | None, key: Key) -> Sent | None:
        """Read a channel's lines, or a thread's answers. An answer to a line that had none yet lies below that line."""
        at = chat_at(thread or place)
        if at is None:
            return None
        root = at.root
        if root:
            return await self._chat(partial(self._ask.chat_replies, at.workspace, root), root, key)
        below: list[RemoteId] = []
        async for row in self._data(partial(self._ask.messages, at.workspace, at.channel)):
            found = ident(row.get("id"))
            if self._ours(row.get("user_id"), text(row.get("content")), key):
                return _sent(row, found)
            if found and number(row.get("replies_count")):
                below.append(found)
        for each in below:
            sent = await self._chat(partial(self._ask.chat_replies, at.workspace, each), each, key)
            if sent is not None:
                return sent
        return None

    async def note(self, place: RemoteId, key: Key) -> Sent | None:
        """Read a doc's pages."""
        at = doc_at(place)
        if at is None:
            return None
        response = await self._http.send(self._ask.pages(at[0], at[1]))
        found = (each for each in lines.pages(response.json(), place, self._world) if each.key == key)
        return next((Sent(each.id, None, each.version, each.updated) for each in found), None)

    async def _chat(self, make: Callable[[str], Request], root: str, key: Key) -> Sent | None:
        async for row in self._data(make):
            if self._ours(row.get("user_id"), text(row.get("content")), key):
                return _sent(row, ident(row.get("id")), root)
        return None

    async def _data(self, make: Callable[[str], Request]) -> AsyncIterator[Row]:
        walk = Walk()
        async for answer in cursor_pages(self._http, make, walk):
            for row in rows(answer.get("data"), Odd()):
                yield row
        if not walk.whole:
            raise _endless()

    async def _comments(self, task: RemoteId) -> AsyncIterator[tuple[Row, RemoteId | None]]:
        oldest: tuple[str, Instant] | None = None
        seen: set[RemoteId] = set()
        for _page in range(MAX_PAGES):
            answer = as_object(await self._http.send(self._ask.comments(task, oldest)))
            listed = list(rows(answer.get("comments"), Odd()))
            last: tuple[Instant, RemoteId] | None = None
            for row in listed:
                found, at = ident(row.get("id")), stamp(row.get("date"))
                if found is None or at is None or found in seen:
                    continue
                seen.add(found)
                last = min(last or (at, found), (at, found))
                yield row, None
                if number(row.get("reply_count")):
                    below = as_object(await self._http.send(self._ask.replies(found)))
                    for reply in rows(below.get("comments"), Odd()):
                        yield reply, found
            if len(listed) < COMMENT_PAGE or last is None:
                return
            oldest = (last[1], last[0])
        raise _endless()

    def _ours(self, author: object, words: str, key: Key) -> bool:
        return ident(author) == self._world.me and split_marker(words)[1] == key


def _sent(row: Row, found: RemoteId | None, root: str | None = None) -> Sent | None:
    if found is None:
        return None
    at = stamp(row.get("date_created")) or stamp(row.get("date"))
    url, version = text(row.get("url")) or None, text(row.get("date_updated")) or None
    return Sent(RemoteId(f"{root}/{found}") if root else found, url, version, at)


def _endless() -> ServiceChanged:
    return ServiceChanged(_("ClickUp's pages did not end."), _("Trying again later."))
