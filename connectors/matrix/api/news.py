"""Reads an answer of `/sync`: what each room brought, what became of rooms, and our own read markers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from connectors.matrix.api.cursor import Cursor, Gap
from connectors.matrix.api.rooms import Room, chosen, display_name, learn, person, place
from connectors.matrix.api.shape import Event, events, local_part, mapping, named, sequence, text
from leeward.errors import ServiceChanged
from leeward.model import Person, Place, ReadUpTo, RemoteId
from leeward.words import _

_RECEIPTS = ("m.read", "m.read.private")


class Heard(Struct, frozen=True):
    """What one joined room brought. `names` are display names by user."""

    id: str
    timeline: list[Event]
    names: dict[str, str]
    reads: tuple[ReadUpTo, ...]


class News(Struct, frozen=True):
    """An answer, and the cursor after it. `places` changed, `moved` rooms were replaced by others."""

    cursor: Cursor
    heard: tuple[Heard, ...]
    places: tuple[Place, ...]
    moved: tuple[tuple[RemoteId, RemoteId], ...]
    oddities: int


class Wants(Struct, frozen=True):
    """What the owner asked for: places by name (() all), lines a place at first contact, threads looked at by room."""

    places: tuple[str, ...]
    history: int
    threads: dict[str, tuple[str, ...]]
    now: int


def read_news(document: object, before: Cursor, wants: Wants) -> News:
    """Take an answer in. Raises `ServiceChanged` for one without a next token: nothing of it is trusted then."""
    answer = mapping(document)
    since = text(answer.get("next_batch"))
    if not since:
        raise ServiceChanged(_("The homeserver's answer has no place to go on from."), _("Trying again later."))
    joined = {id: mapping(entry) for id, entry in mapping(mapping(answer.get("rooms")).get("join")).items()}
    joined = {id: entry for id, entry in joined.items() if named(id, "!")}
    left = [id for id in mapping(mapping(answer.get("rooms")).get("leave")) if id in before.rooms]
    rooms = dict(before.rooms)
    heard: list[Heard] = []
    oddities = 0
    for id, entry in joined.items():
        rooms[id], one, odd = _hear(id, rooms.get(id, Room()), entry, before.me, wants)
        heard.append(one)
        oddities += odd
    for id in left:
        rooms[id] = replace(rooms[id], left=True)
    moved = _choose(rooms, wants.places)
    gaps = [gap for id in rooms if (gap := _gap(id, joined.get(id), before, rooms[id], wants))]
    rooms = {id: _stamp(rooms[id], joined.get(id), wants.now) for id in rooms}
    places = tuple(_places(before, rooms))
    kept = tuple(gap for gap in before.gaps if gap.room in rooms and not rooms[gap.room].left)
    cursor = replace(before, since=since, rooms=rooms, gaps=(*kept, *gaps))
    news = tuple(one for one in heard if rooms[one.id].read)
    return News(cursor, news, places, moved, oddities)


def _hear(id: str, room: Room, entry: dict[str, Any], me: str, wants: Wants) -> tuple[Room, Heard, int]:
    state, odd_state = events(mapping(entry.get("state")).get("events"))
    timeline, odd_line = events(mapping(entry.get("timeline")).get("events"))
    after = learn(replace(room, left=False), (*state, *timeline), mapping(entry.get("summary")), me)
    reads = (
        *receipts(id, entry.get("ephemeral"), me, wants.threads.get(id, ())),
        *_marker(id, entry.get("account_data")),
    )
    return after, Heard(id, timeline, member_names((*state, *timeline)), reads), odd_state + odd_line


def _choose(rooms: dict[str, Room], places: tuple[str, ...]) -> tuple[tuple[RemoteId, RemoteId], ...]:
    """Mark the rooms that are read; a room that replaced one of them is read too. Tells which ones moved just now.

    Both sides must say so: anybody can claim to be a room's successor.
    """
    moved: list[tuple[RemoteId, RemoteId]] = []
    for id in sorted(rooms, key=lambda one: bool(rooms[one].old)):
        room = rooms[id]
        old = rooms.get(room.old)
        follows = old is not None and old.new == id and old.read
        if not room.left and (chosen(id, room, places) or (follows and not room.space)):
            rooms[id] = replace(room, read=True)
            if follows and old is not None and not old.moved:
                rooms[room.old] = replace(old, moved=True)
                moved.append((RemoteId(room.old), RemoteId(id)))
        elif not room.left:
            rooms[id] = replace(room, read=False)
    return tuple(moved)


def _gap(id: str, entry: dict[str, Any] | None, before: Cursor, room: Room, wants: Wants) -> Gap | None:
    """The stretch that this answer skipped, or the history of a room met for the first time."""
    known = before.rooms.get(id)
    first = known is None or not known.read or known.left
    if not room.read or room.left or (entry is None and not first):
        return None
    line = mapping(mapping(entry).get("timeline"))
    ids = [named(mapping(one).get("event_id"), "$") for one in sequence(line.get("events"))]
    last = known.last if known else ""
    anew = first or before.since is None
    if not (line.get("limited") is True or anew) or (last and last in ids):
        return None
    lines = wants.history - len(ids) if anew else None
    token = text(line.get("prev_batch"))
    if (lines is not None and lines <= 0) or (entry is not None and not token and line.get("limited") is not True):
        return None
    return Gap(id, token, last, known.stamp if known else 0, lines)


def _stamp(room: Room, entry: dict[str, Any] | None, now: int) -> Room:
    """Remember the newest event; its stamp counts only up to now, so that a clock gone wrong hides nothing later."""
    timeline, _odd = events(mapping(mapping(entry).get("timeline")).get("events"))
    if not timeline:
        return room
    return replace(room, last=timeline[-1].id, stamp=min(timeline[-1].at, now))


def _places(before: Cursor, rooms: dict[str, Room]) -> Iterable[Place]:
    for id, room in rooms.items():
        was = before.rooms.get(id)
        told = was is not None and was.read
        # A replaced room lives on as the one that replaced it; told once more, it would take its place back.
        if room.moved or (not room.read and not told):
            continue
        now = place(id, room, before.me)
        if was is None or not told or before.since is None or place(id, was, before.me) != now:
            yield now


def member_names(found: Iterable[Event]) -> dict[str, str]:
    """Display names of the members these state events speak of."""
    names = {}
    for one in found:
        user = named(one.state_key, "@") if one.type == "m.room.member" else None
        if user is not None and one.content.get("membership") in ("join", "invite"):
            names[user] = display_name(one.content, user)
    return names


def people(found: Iterable[Event], names: dict[str, str], me: str) -> tuple[Person, ...]:
    """Those who wrote, by their names in the room, and the members named with them."""
    writers = {one.sender: local_part(one.sender) for one in found}
    return tuple(person(user, name, me) for user, name in {**writers, **names}.items())


def receipts(room: str, ephemeral: object, me: str, threads: tuple[str, ...]) -> list[ReadUpTo]:
    """Our own read receipts. One without a thread speaks for the room and all its threads."""
    found: list[ReadUpTo] = []
    for entry in sequence(mapping(ephemeral).get("events")):
        if mapping(entry).get("type") != "m.receipt":
            continue
        for id, kinds in mapping(entry.get("content")).items():
            if not named(id, "$"):
                continue
            for kind in _RECEIPTS:
                own = mapping(mapping(kinds).get(kind)).get(me)
                if isinstance(own, dict):
                    found += _upto(room, id, own.get("thread_id"), threads)
    return list(dict.fromkeys(found))


def _upto(room: str, id: str, thread: object, threads: tuple[str, ...]) -> list[ReadUpTo]:
    message, where = RemoteId(id), RemoteId(room)
    if thread is None:
        return [ReadUpTo(where, message), *(ReadUpTo(where, message, RemoteId(root)) for root in threads)]
    if thread == "main":
        return [ReadUpTo(where, message)]
    root = named(thread, "$")
    return [ReadUpTo(where, message, RemoteId(root))] if root else []


def _marker(room: str, account_data: object) -> list[ReadUpTo]:
    """The marker of everything read, which other programs move with the lines outside threads."""
    for entry in sequence(mapping(account_data).get("events")):
        if mapping(entry).get("type") == "m.fully_read":
            id = named(mapping(entry.get("content")).get("event_id"), "$")
            return [ReadUpTo(RemoteId(room), RemoteId(id))] if id else []
    return []
