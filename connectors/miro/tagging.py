"""Tags: what a listing of items does not tell, and what says how far a card is."""

from __future__ import annotations

from connectors.hostile import Row, rows, text
from connectors.miro.api.hostile import ident
from connectors.miro.run import Run, offset_pages
from connectors.paging import Walk
from leeward.model import RemoteId

MAX_TAGS = 100
"""More of one board are not asked for: each costs a request."""


async def tags_of_board(run: Run, board: str) -> dict[RemoteId, str]:
    """Title by id."""
    found: dict[RemoteId, str] = {}
    async for page in offset_pages(run, lambda at: run.ask.tags(board, at), Walk()):
        found |= named(page.get("data"), run)
    return found


def named(listed: object, run: Run) -> dict[RemoteId, str]:
    """Tags out of a list."""
    return {tag: text(row.get("title")) for row in rows(listed, run.world.odd) if (tag := _id(row, run))}


def _id(row: Row, run: Run) -> RemoteId | None:
    found = ident(row.get("id"))
    run.world.odd.count += found is None
    return found


async def tags_of_items(run: Run, board: str) -> dict[RemoteId, tuple[str, ...]]:
    """The titles of each item's tags, in the order of the board's."""
    found: dict[RemoteId, list[str]] = {}
    for tag, title in list((await tags_of_board(run, board)).items())[:MAX_TAGS]:
        async for page in offset_pages(run, lambda at, tag=tag: run.ask.tagged(board, tag, at), Walk()):  # type: ignore[misc]
            for row in rows(page.get("data"), run.world.odd):
                item = _id(row, run)
                if item is not None:
                    found.setdefault(item, []).append(title)
    return {item: tuple(dict.fromkeys(titles)) for item, titles in found.items()}
