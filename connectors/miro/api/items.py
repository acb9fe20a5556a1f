"""Cards as tasks; sticky notes, texts, docs and frames as notes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, time

from msgspec import Struct

from connectors.miro.api.boards import Board
from connectors.miro.api.hostile import Row, ident, iso, number, obj, stamp, text
from connectors.miro.api.words import read
from connectors.miro.api.world import World
from leeward.model import Due, Instant, Note, RemoteId, Status, Task
from leeward.zones import instant, wall, zone

CARD, STICKY, TEXT, DOC, FRAME = "card", "sticky_note", "text", "doc_format", "frame"
NOTES = frozenset({STICKY, TEXT, DOC})
DONE, DOING = "Done", "Doing"
"""Cards have no status; these tags say it. What others call them counts as well."""

_DONE = frozenset({"done", "completed", "closed"})
_DOING = frozenset({"doing", "in progress"})
_NOON = time(12)
MAX_TITLE = 80
MAX_IN_FRAME = 200


class Item(Struct, frozen=True):
    """What every type of item has."""

    id: RemoteId
    type: str
    row: Row
    author: RemoteId | None
    created: Instant | None
    modified: Instant | None
    parent: RemoteId | None
    x: float
    y: float

    @property
    def data(self) -> Row:
        """The part that differs by type."""
        return obj(self.row.get("data"))

    @property
    def stamp(self) -> str:
        """When it changed last, as Miro wrote it."""
        return text(self.row.get("modifiedAt")) or text(self.row.get("createdAt"))


def item(row: Row, world: World) -> Item | None:
    """One item; None, and odd, without an id or a type."""
    found, kind = ident(row.get("id")), text(row.get("type"))
    if found is None or not kind:
        world.odd.count += 1
        return None
    position = obj(row.get("position"))
    created = stamp(row.get("createdAt"))
    return Item(
        found,
        kind,
        row,
        ident(obj(row.get("createdBy")).get("id")),
        created,
        stamp(row.get("modifiedAt")) or created,
        ident(obj(row.get("parent")).get("id")),
        number(position.get("x")) or 0.0,
        number(position.get("y")) or 0.0,
    )


def remote(board: str, item: str) -> RemoteId:
    """How an item is named outside: a request needs its board as well."""
    return RemoteId(f"{board}/{item}")


def seen_at(board: str, item: str) -> str:
    """Where an item is seen, without asking for its board's own link."""
    return f"https://miro.com/app/board/{board}/?moveToWidget={item}"


def split(id: str) -> tuple[str, str]:
    """Board and item out of such a name."""
    board, _slash, item = id.rpartition("/")
    return board, item


def version(found: Item, tags: Iterable[str]) -> str:
    """What an update must have seen: a tag changes an item without moving its stamp."""
    names = sorted(tags)
    digest = hashlib.blake2b("\n".join(names).encode(errors="replace"), digest_size=4).hexdigest() if names else ""
    return f"{found.stamp}#{digest}" if digest else found.stamp


def task(found: Item, board: Board, tags: tuple[str, ...], frame: str, world: World) -> Task:
    """A card. `frame` is the title of the frame it lies in, a column to many teams."""
    words, key = world.own(world.plain(found.data.get("description")), found.author)
    assignee = ident(found.data.get("assigneeId"))
    status, word = status_of(tags)
    return Task(
        remote(board.id, found.id),
        board.id,
        world.plain(found.data.get("title")).replace("\n", " "),
        words,
        status,
        word or frame or None,
        found.author,
        (assignee,) if assignee else (),
        due(found.data.get("dueDate"), world.zone),
        labels=tuple(each for each in tags if each != word),
        url=board.link(found.id),
        updated=found.modified,
        created=found.created,
        key=key,
        version=version(found, tags),
    )


def status_of(tags: Iterable[str]) -> tuple[Status, str | None]:
    """What an item's tags say of it, and the tag that says so."""
    doing = None
    for each in tags:
        if each.strip().casefold() in _DONE:
            return Status.DONE, each
        if each.strip().casefold() in _DOING:
            doing = doing or each
    return (Status.DOING, doing) if doing else (Status.OPEN, None)


def due(value: object, zone_name: str) -> date | None:
    """The day on which a card is due: Miro's own calendar offers days only, and keeps a moment of that day."""
    at = stamp(value)
    try:
        return None if at is None else wall(at, zone(zone_name)).date()
    except (ValueError, OverflowError):
        return None


def due_text(wanted: Due | None, zone_name: str) -> str | None:
    """The other way round; noon keeps the day in the zones of most readers."""
    if wanted is None:
        return None
    if isinstance(wanted, date):
        return iso(instant(datetime.combine(wanted, _NOON), zone(zone_name)))
    return iso(wanted)


def note(found: Item, board: Board, world: World) -> Note | None:
    """A sticky note, text or doc; a first line in bold is its title. None without a time."""
    updated = found.modified
    if updated is None:
        world.odd.count += 1
        return None
    content = text(found.data.get("content"))
    if found.type == DOC:
        raw, title = content.replace("\r\n", "\n"), None
        if raw.startswith("# "):
            title = raw.partition("\n")[0][2:]
            raw = raw.partition("\n")[2].lstrip("\n")
    else:
        raw, title = read(content)
        raw = raw if title is None else raw.partition("\n")[2]
    words, key = world.own(raw, found.author)
    first = title if title is not None else next((line.strip() for line in words.split("\n") if line.strip()), "")
    short = first if title is not None or len(first) <= MAX_TITLE else f"{first[: MAX_TITLE - 1]}…"
    return Note(remote(board.id, found.id), board.id, short, words, updated, board.link(found.id), key, found.stamp)


def frame_note(found: Item, inside: list[Item], board: Board, world: World) -> Note | None:
    """A frame with what lies in it, from top to bottom."""
    if found.modified is None:
        world.odd.count += 1
        return None
    rows = sorted(inside, key=lambda each: (each.y, each.x, each.id))[:MAX_IN_FRAME]
    lines = [line for each in rows if (line := _line(each, world))]
    words = "\n".join(f"- {line}" for line in lines)
    stamps = [each.modified for each in (found, *inside) if each.modified is not None]
    digest = hashlib.blake2b(words.encode(errors="replace"), digest_size=6).hexdigest()
    title = world.plain(found.data.get("title")).replace("\n", " ")
    place = remote(board.id, found.id)
    return Note(place, board.id, title, words, max(stamps), board.link(found.id), None, f"{found.stamp}#{digest}")


def _line(found: Item, world: World) -> str:
    name = "title" if found.type in {CARD, FRAME} else "content"
    words, _key = world.own(world.plain(found.data.get(name)), found.author)
    return " ".join(words.split())
