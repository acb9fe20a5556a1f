"""What every recording has, and how one becomes a thread and a line."""

from __future__ import annotations

from msgspec import Struct

from connectors.basecamp.api.cursor import digest
from connectors.basecamp.api.ids import OTHER, WORDS, recording
from connectors.basecamp.api.rich import Rich
from connectors.basecamp.api.shape import Row, stamp, text, whole
from connectors.basecamp.api.world import files, unique
from leeward.model import Instant, Key, Message, Note, Person, RemoteId, Task, Thread

EDITED_MS = 1000
"""A stamp moves by less than this while a line is made."""


class Item(Struct, frozen=True):
    """What one recording is: any of a thread with its first line, a task and a note; and who is in it."""

    id: RemoteId
    thread: Thread | None = None
    first: Message | None = None
    task: Task | None = None
    note: Note | None = None
    people: tuple[Person, ...] = ()


class Base(Struct, frozen=True):
    """What every recording has."""

    id: RemoteId
    word: str
    row: Row
    place: RemoteId
    title: str
    created: Instant
    updated: Instant
    author: RemoteId | None
    url: str | None


def base(row: Row, place: RemoteId, author: RemoteId | None) -> Base | None:
    """What a row and every other have in common; None without an id. One that lacks a stamp stands at the beginning."""
    found = recording(row)
    if found is None:
        return None
    word = WORDS.get(text(row.get("type")), OTHER)
    updated = stamp(row.get("updated_at")) or stamp(row.get("created_at")) or Instant(0)
    created = stamp(row.get("created_at")) or updated
    title = squeezed(row.get("title"))
    return Base(found, word, row, place, title, created, updated, author, text(row.get("app_url")) or None)


def is_whole(row: Row) -> bool:
    """Whether a row has what every recording has; it is shown without it, too."""
    return stamp(row.get("created_at")) is not None and isinstance(row.get("type"), str)


def squeezed(value: object) -> str:
    """A title: one line, single blanks."""
    return " ".join(whole(value).split())


def thread_of(held: Base, title: str) -> Thread:
    """The thread below a recording."""
    people = unique([held.author])
    return Thread(held.id, held.place, title or held.id, held.url, people=people, updated=held.updated)


def line_of(held: Base, thread: RemoteId | None, words: str, rich: Rich, key: Key | None, raw: str) -> Message:
    """A recording as a line; what it says itself is the first line of its thread, under the same id."""
    spoken = held.word in {"comment", "line"}
    edited = held.updated if spoken and held.updated - held.created >= EDITED_MS else None
    listed = held.row.get("content_attachments") or held.row.get("description_attachments")
    return Message(
        held.id,
        held.place,
        held.author,
        held.created,
        words,
        thread,
        raw if raw and raw != words else None,
        (thread,) if thread and held.word == "comment" else (),
        rich.people,
        files(rich, listed),
        held.url,
        edited,
        key=key,
        version=digest(words, edited),
    )
