"""After an unclear answer: is it there? Every page is looked through, and only what we wrote ourselves counts."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.hostile import rows, text
from connectors.keymark import split_marker
from connectors.miro.api import items
from connectors.miro.api.items import CARD, DOC, STICKY, Item, remote
from connectors.miro.run import Run, cursor_pages
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone, ServiceChanged
from leeward.model import ItemType, Key, Sent
from leeward.words import _


async def find(run: Run, what: ItemType, board: str, key: Key) -> Sent | None:
    """The card, or the sticky note or doc, that carries `key`. A line is never there: Miro takes none."""
    if what is ItemType.TASK:
        return await _card(run, board, key)
    if what is ItemType.NOTE:
        return await _sticky(run, board, key) or await _doc(run, board, key)
    return None


async def _card(run: Run, board: str, key: Key) -> Sent | None:
    async for found in _ours(run, board, CARD):
        if _key(run, found, "description") == key:
            return _sent(board, found)
    return None


async def _sticky(run: Run, board: str, key: Key) -> Sent | None:
    async for found in _ours(run, board, STICKY):
        if _key(run, found, "content") == key:
            return _sent(board, found)
    return None


async def _doc(run: Run, board: str, key: Key) -> Sent | None:
    """The listing holds no text of docs."""
    async for found in _ours(run, board, DOC):
        try:
            row = await run.get(run.ask.doc(board, found.id))
        except (Forbidden, Gone):
            continue
        data = row.get("data")
        content = text(data.get("content")) if isinstance(data, dict) else ""
        if split_marker(content)[1] == key:
            return _sent(board, found)
    return None


async def _ours(run: Run, board: str, type: str) -> AsyncIterator[Item]:
    walk = Walk()
    async for page in cursor_pages(run, lambda at: run.ask.items(board, at, type), walk):
        for row in rows(page.get("data"), run.world.odd):
            found = items.item(row, run.world)
            if found is not None and found.author == run.world.me:
                yield found
    if not walk.whole:
        raise ServiceChanged(_("Miro's pages did not end."), _("Trying again later."))


def _key(run: Run, found: Item, name: str) -> Key | None:
    return split_marker(run.world.plain(found.data.get(name)))[1]


def _sent(board: str, found: Item) -> Sent:
    return Sent(remote(board, found.id), items.seen_at(board, found.id), items.version(found, ()), found.created)
