"""A board as the wall of a session: sticky notes listed, made, moved and grouped by tag and frame."""

from __future__ import annotations

from msgspec import Struct

from connectors.hostile import Row, rows, text
from connectors.keymark import signed
from connectors.miro.api import items
from connectors.miro.api.hostile import number, obj
from connectors.miro.api.items import FRAME, STICKY, Item, remote, split
from connectors.miro.api.words import write
from connectors.miro.run import Run, as_object, cursor_pages
from connectors.miro.tagging import tags_of_board, tags_of_items
from connectors.miro.writing import MAX_TAGS, MOST, Writer, items_id
from connectors.paging import Walk
from leeward.errors import Refused, ServiceChanged
from leeward.model import Key, RemoteId, Sent
from leeward.ports_extra import Cluster, Idea, Wall
from leeward.words import _

COLUMNS = 4
CELL_W, CELL_H, MARGIN = 230.0, 250.0, 60.0
"""A sticky note is about 200 wide and 230 high; the grid leaves room between them, and for the frame's title."""


class Walls(Struct):
    """Bound to one account."""

    writer: Writer

    @property
    def run(self) -> Run:
        """The door and who we are."""
        return self.writer.run

    async def wall(self, board: str) -> Wall:
        """Every sticky note and frame, with tags."""
        listed, whole = await self._listed(board)
        tags = await tags_of_items(self.run, board)
        ideas = tuple(self._idea(each, board, tags) for each in listed if each.type == STICKY)
        clusters = tuple(self._cluster(each, board) for each in listed if each.type == FRAME)
        return Wall(ideas, clusters, whole)

    async def add_idea(self, board: str, words: str, key: Key, at: tuple[float, float], cluster: str | None) -> Sent:
        """A new sticky note, in a frame or beside them."""
        if len(words) > MOST:
            raise Refused(_("A sticky note of Miro holds 6,000 characters at most."), _("Make it shorter."))
        document: dict[str, object] = {
            "data": {"content": write(signed(words, key, "\n")), "shape": "square"},
            "position": {"x": at[0], "y": at[1]},
        }
        if cluster is not None:
            document["parent"] = {"id": split(cluster)[1]}
        return self.writer.sent(board, await self._send("POST", "sticky_notes", board, document))

    async def move_idea(self, idea: str, at: tuple[float, float], cluster: str | None) -> Sent:
        """Elsewhere, into a frame or out of one."""
        board, item = split(idea)
        parent = {"id": split(cluster)[1] if cluster is not None else None}
        document = {"position": {"x": at[0], "y": at[1]}, "parent": parent}
        return self.writer.sent(board, await self._send("PATCH", "items", board, document, item))

    async def tag_idea(self, idea: str, tag: str, *, on: bool) -> None:
        """Put a tag on or take it off."""
        board, item = split(idea)
        held = await self.writer.tags(board, item)
        there = next((title for title in held.values() if title.casefold() == tag.casefold()), None)
        if (there is not None) == on:
            return
        wanted = [title for title in held.values() if title != there]
        if on:
            wanted.append(await self._called(board, tag))
        if len(wanted) > MAX_TAGS:
            raise Refused(_("A sticky note of Miro carries eight tags at most."), _("Take one off first."))
        await self.writer.tag(board, item, held, wanted)

    async def group_ideas(self, board: str, title: str, ideas: tuple[str, ...]) -> RemoteId:
        """Into the frame of that title, and tagged with it. Repeating it moves only what is not there yet."""
        listed, whole = await self._listed(board)
        if not whole:
            raise ServiceChanged(_("Miro's pages did not end."), _("Trying again later."))
        frames = [self._cluster(each, board) for each in listed if each.type == FRAME]
        frame = next((each for each in frames if each.title.casefold() == title.strip().casefold()), None)
        inside = {remote(board, each.id) for each in listed if frame and remote(board, each.parent or "") == frame.id}
        coming = [each for each in dict.fromkeys(ideas) if each not in inside]
        frame = await self._room(board, title, frame, listed, len(inside) + len(coming))
        for number_, idea in enumerate(coming, len(inside)):
            await self.move_idea(idea, _cell(number_), frame.id)
        for idea in dict.fromkeys(ideas):
            await self.tag_idea(idea, title.strip(), on=True)
        return frame.id

    async def _room(self, board: str, title: str, frame: Cluster | None, listed: list[Item], count: int) -> Cluster:
        """A frame of that title with room for so many: a new one to the right of everything, or the old one, longer."""
        width, height = COLUMNS * CELL_W + MARGIN, _height(count)
        if frame is None:
            right, top = _corner(listed)
            position = {"x": right + MARGIN + width / 2, "y": top + height / 2}
            document = {
                "data": {"title": " ".join(title.split()), "format": "custom", "type": "freeform"},
                "position": position,
                "geometry": {"width": width, "height": height},
            }
            row = await self._send("POST", "frames", board, document)
            return Cluster(remote(board, items_id(row)), title, position["x"], position["y"], width, height)
        if frame.height >= height:
            return frame
        grown = {"x": frame.x, "y": frame.y + (height - frame.height) / 2}
        geometry = {"width": max(width, frame.width), "height": height}
        await self._send("PATCH", "frames", board, {"position": grown, "geometry": geometry}, split(frame.id)[1])
        return frame

    async def _called(self, board: str, tag: str) -> str:
        """How the board itself writes a tag: two that differ by case alone would be two."""
        known = (await tags_of_board(self.run, board)).values()
        return next((title for title in known if title.casefold() == tag.casefold()), tag)

    async def _listed(self, board: str) -> tuple[list[Item], bool]:
        walk = Walk()
        found: dict[RemoteId, Item] = {}
        async for page in cursor_pages(self.run, lambda at: self.run.ask.items(board, at), walk):
            for row in rows(page.get("data"), self.run.world.odd):
                each = items.item(row, self.run.world)
                if each is not None:
                    found[each.id] = each
        return list(found.values()), walk.whole

    def _idea(self, found: Item, board: str, tags: dict[RemoteId, tuple[str, ...]]) -> Idea:
        words, key = self.run.world.own(self.run.world.plain(found.data.get("content")), found.author)
        cluster = remote(board, found.parent) if found.parent else None
        at = (found.x, found.y)
        return Idea(
            remote(board, found.id), words, found.author, *at, cluster, tags.get(found.id, ()), found.modified, key
        )

    def _cluster(self, found: Item, board: str) -> Cluster:
        width, height = _size(found)
        title = " ".join(self.run.world.plain(text(found.data.get("title"))).split())
        return Cluster(remote(board, found.id), title, found.x, found.y, width, height)

    async def _send(self, method: str, kind: str, board: str, document: object, item: str = "") -> Row:
        path = self.run.ask.one(kind, board, item)
        return as_object(await self.writer.http.send(self.run.ask.write(method, path, document)))


def _cell(number_: int) -> tuple[float, float]:
    """The middle of a place in a frame's grid, from the frame's upper left corner."""
    row, column = divmod(number_, COLUMNS)
    return (MARGIN / 2 + (column + 0.5) * CELL_W, MARGIN + (row + 0.5) * CELL_H)


def _height(count: int) -> float:
    return MARGIN * 1.5 + max(1, -(-count // COLUMNS)) * CELL_H


def _size(found: Item) -> tuple[float, float]:
    geometry = obj(found.row.get("geometry"))
    return number(geometry.get("width")) or 0.0, number(geometry.get("height")) or 0.0


def _corner(listed: list[Item]) -> tuple[float, float]:
    """The right edge and the top of what lies on the board itself."""
    lying = [(each, *_size(each)) for each in listed if each.parent is None]
    if not lying:
        return 0.0, 0.0
    right = max(each.x + width / 2 for each, width, _height_ in lying)
    return right, min(each.y - height / 2 for each, _width, height in lying)
