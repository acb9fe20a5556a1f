"""Comments and chat lines."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from connectors.basecamp.api.base import Base, base, is_whole, line_of, squeezed
from connectors.basecamp.api.ids import recording
from connectors.basecamp.api.rich import Rich
from connectors.basecamp.api.shape import Row, obj, rows, text, whole
from connectors.basecamp.api.world import World
from leeward.model import File, Message, Person, RemoteId, Thread


def parent_of(row: Row) -> RemoteId | None:
    """What a comment is about."""
    return recording(obj(row.get("parent")))


def comment(row: Row, place: RemoteId, world: World) -> tuple[Message, tuple[Person, ...]] | None:
    """One comment. All answer what they stand below: Basecamp has no answers to comments."""
    thread = parent_of(row)
    creator = world.person(row.get("creator"))
    held = base(row, place, creator.id if creator else None)
    world.odd.count += held is None or thread is None or not is_whole(row)
    if held is None or thread is None:
        return None
    rich, key = world.rich(row.get("content"), held.author)
    line = line_of(held, thread, rich.text, rich, key, text(row.get("content")))
    return line, (creator,) if creator else ()


def bare_thread(row: Row, place: RemoteId) -> Thread | None:
    """The thread of a comment whose parent cannot be read: by what the comment itself says of it."""
    parent = obj(row.get("parent"))
    found = recording(parent)
    if found is None:
        return None
    title = squeezed(parent.get("title"))
    return Thread(found, place, title or found, text(parent.get("app_url")) or None)


def chat_line(row: Row, chat: RemoteId, id_: RemoteId, world: World) -> tuple[Message, tuple[Person, ...]] | None:
    """A line of a chat: rich text, plain text, or files."""
    creator = world.person(row.get("creator"))
    found = base(row, chat, creator.id if creator else None)
    world.odd.count += found is None or not is_whole(row)
    if found is None:
        return None
    held = Base(id_, "line", row, chat, found.title, found.created, found.updated, found.author, found.url)
    content = whole(row.get("content"))
    plain = text(row.get("type")) == "Chat::Lines::Text"
    rich, key = (Rich(content), None) if plain else world.rich(content, held.author)
    line = line_of(held, None, rich.text, rich, key, content)
    uploads = tuple(_uploads(row, world))
    if uploads:
        words = line.text or ", ".join(each.name for each in uploads)
        line = replace(line, text=words, files=(*line.files, *uploads))
    return line, (creator,) if creator else ()


def _uploads(row: Row, world: World) -> Iterator[File]:
    for each in rows(row.get("attachments") or [], world.odd):
        name = squeezed(each.get("filename")) or squeezed(each.get("title"))
        size = each.get("byte_size")
        known = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
        url = text(each.get("download_url")) or text(each.get("url")) or None
        if name:
            yield File(name, url, known, text(each.get("content_type")) or None)
