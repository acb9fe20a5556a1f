"""What waits for the owner: the notices of the “Hey!” menu, and steps of cards that are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from connectors.basecamp.api.base import squeezed
from connectors.basecamp.api.ids import named
from connectors.basecamp.api.places import PINGS
from connectors.basecamp.api.shape import Row, flag, number, obj, rows, stamp, text, whole
from connectors.basecamp.api.world import World
from leeward.model import Instant, ItemType, RemoteId, Todo

_PATHS = {
    "messages": "message",
    "todos": "todo",
    "cards": "card",
    "documents": "document",
    "uploads": "upload",
    "question_answers": "answer",
    "answers": "answer",
    "schedule_entries": "entry",
    "todolists": "list",
    "circles": "circle",
    "chats": "chat",
}
_TARGET = re.compile(rf"/({'|'.join(_PATHS)})/([0-9]{{1,19}})")
_BUCKET = re.compile(r"/buckets/([0-9]{1,19})/")
_ANCHOR = re.compile(r"(?:#__recording_|@)([0-9]{1,19})")
_IDENTIFIER = re.compile(r"(message|todo|document|upload|comment)_([0-9]{1,19})")


class Reading(Struct, frozen=True):
    """One notice. `target`: the thread or chat it is about; `newest`: the number of the line it leads to."""

    id: RemoteId
    sgid: str
    section: str
    title: str
    text: str
    target: RemoteId | None
    project: str | None
    newest: int | None
    updated: Instant
    read: Instant | None
    author: RemoteId | None
    url: str | None


def readings(document: Row, name: str, world: World, circles: Mapping[str, str]) -> Iterator[Reading]:
    """The notices of one list of the answer. `circles`: which chat a ping is, as far as that is known."""
    for row in rows(document.get(name) or [], world.odd):
        found, updated = number(row.get("id")), stamp(row.get("updated_at")) or stamp(row.get("created_at"))
        if found is None or updated is None:
            world.odd.count += 1
            continue
        url = text(row.get("app_url"))
        bucket, anchor = _BUCKET.search(url), _ANCHOR.search(url)
        creator = world.person(row.get("creator"))
        yield Reading(
            named("reading", found),
            text(row.get("readable_sgid")),
            text(row.get("section")),
            squeezed(row.get("title")),
            whole(row.get("content_excerpt")),
            _target(url, text(row.get("readable_identifier")), circles),
            bucket[1] if bucket else None,
            int(anchor[1]) if anchor else None,
            updated,
            stamp(row.get("read_at")),
            creator.id if creator else None,
            url or None,
        )


def _target(url: str, identifier: str, circles: Mapping[str, str]) -> RemoteId | None:
    found = _TARGET.search(url)
    if found is not None and found[1] == "circles":
        return named("chat", circles[found[2]]) if found[2] in circles else None
    if found is not None:
        return named(_PATHS[found[1]], found[2])
    known = _IDENTIFIER.fullmatch(identifier)
    return named(known[1], known[2]) if known and known[1] != "comment" else None


def todo(reading: Reading) -> Todo | None:
    """What a notice asks for. One about a thread or chat that is read here says no more than its unread lines do."""
    mention, ping = reading.section == "mentions", reading.section == "pings"
    if not mention and reading.target is not None:
        return None
    place = PINGS if ping else named("project", reading.project or "0")
    about = None
    if reading.target is not None and not reading.target.startswith("chat/"):
        about = (ItemType.THREAD, reading.target)
    return Todo(
        reading.id,
        place,
        reading.title or reading.text[:120] or "…",
        reading.updated,
        reading.author,
        mention or ping,
        about,
        reading.text,
        reading.url,
    )


def steps(document: Row, at: Instant, world: World) -> Iterator[Todo]:
    """Steps of cards that are the owner's and not done; the cards and to-dos themselves come as tasks."""
    for name in ("priorities", "non_priorities"):
        for row in rows(document.get(name) or [], world.odd):
            yield from _steps(row, at, world)


def _steps(row: Row, at: Instant, world: World) -> Iterator[Todo]:
    card, pid = number(row.get("id")), number(obj(row.get("bucket")).get("id"))
    for child in rows(row.get("children") or [], world.odd):
        found = number(child.get("id"))
        mine = any(number(obj(each).get("id")) == world.me for each in _listed(child.get("assignees")))
        if found is None or card is None or flag(child, "completed") or not mine:
            continue
        title = squeezed(child.get("content")) or squeezed(child.get("title")) or found
        about = squeezed(row.get("content")) or squeezed(row.get("title"))
        url = text(child.get("app_url")) or text(row.get("app_url")) or None
        place, target = named("project", pid or "0"), (ItemType.TASK, named("card", card))
        yield Todo(named("step", found), place, f"{about}: {title}" if about else title, at, target=target, url=url)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
