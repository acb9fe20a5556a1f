"""What is known of a room between two rounds, and the place it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from connectors.matrix.api.ask import permalink
from connectors.matrix.api.shape import Event, local_part, mapping, named, number, sequence, text
from leeward.errors import Problem
from leeward.model import Audience, Person, Place, Reach, RemoteId
from leeward.words import _

_HEROES = 5
_LOUDEST = 50
_SHOWN = 20


class Room(Struct, frozen=True):
    """The facts of one room.

    `loud` and `makers` may mention the whole room ("*": everybody). `last` and `stamp` are its newest known event and an
    instant not after it. `old` and `new` are the rooms it replaced and was replaced by. `read`: its lines are pulled (a
    room the owner did not choose is only remembered).
    """

    name: str = ""
    alias: str = ""
    rule: str = ""
    history: str = ""
    joined: int | None = None
    heroes: tuple[tuple[str, str], ...] = ()
    loud: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    encrypted: bool = False
    space: bool = False
    old: str = ""
    new: str = ""
    left: bool = False
    moved: bool = False
    read: bool = False
    last: str = ""
    stamp: int = 0


def learn(room: Room, state: Iterable[Event], summary: dict[str, Any], me: str) -> Room:
    """`room` after these state events, oldest first, and the server's own summary of its members."""
    for event in state:
        if event.state_key is not None:
            room = _learn_one(room, event, me)
    return _summed(room, summary)


def _learn_one(room: Room, event: Event, me: str) -> Room:
    if event.type == "m.room.member":
        return _member(room, event, me)
    read = _FACTS.get(event.type) if not event.state_key else None
    return replace(room, **read(event)) if read else room


def _member(room: Room, event: Event, me: str) -> Room:
    """Keep the names of those a room without a name is called after."""
    user = named(event.state_key, "@")
    heroes = dict(room.heroes)
    if user is None or user == me or (user not in heroes and len(heroes) >= _HEROES):
        return room
    if event.content.get("membership") in ("join", "invite"):
        heroes[user] = display_name(event.content, user)
    return replace(room, heroes=tuple(heroes.items()))


def _summed(room: Room, summary: dict[str, Any]) -> Room:
    joined = number(summary.get("m.joined_member_count"))
    if joined is not None and joined >= 0:
        room = replace(room, joined=joined)
    if "m.heroes" in summary:
        known = dict(room.heroes)
        ids = [id for hero in sequence(summary["m.heroes"])[:_HEROES] if (id := named(hero, "@"))]
        room = replace(room, heroes=tuple((id, known.get(id, local_part(id))) for id in ids))
    return room


def _create(event: Event) -> dict[str, Any]:
    before = named(mapping(event.content.get("predecessor")).get("room_id"), "!") or ""
    return {"space": event.content.get("type") == "m.space", "old": before, "makers": _makers(event)}


def _loud(content: dict[str, Any]) -> tuple[str, ...]:
    """Who may mention the whole room; absent numbers have the defaults of the specification."""
    needed = _level(mapping(content.get("notifications")).get("room"), 50)
    if _level(content.get("users_default"), 0) >= needed:
        return ("*",)
    users = mapping(content.get("users"))
    return tuple(user for user in users if named(user, "@") and _level(users[user], 0) >= needed)[:_LOUDEST]


def _makers(event: Event) -> tuple[str, ...]:
    """Who stands above all power levels: the creators, from room version 12 on."""
    version = text(event.content.get("room_version")) or "1"
    if not version.isdecimal() or int(version[:9]) < 12:
        return ()
    more = [user for user in sequence(event.content.get("additional_creators")) if named(user, "@")]
    return (event.sender, *more[:_LOUDEST])


def _level(value: object, default: int) -> int:
    level = number(value)
    return default if level is None else level


_FACTS: dict[str, Callable[[Event], dict[str, Any]]] = {
    "m.room.name": lambda event: {"name": (text(event.content.get("name")) or "").strip()[:500]},
    "m.room.canonical_alias": lambda event: {"alias": named(event.content.get("alias"), "#") or ""},
    "m.room.join_rules": lambda event: {"rule": text(event.content.get("join_rule")) or ""},
    "m.room.history_visibility": lambda event: {"history": text(event.content.get("history_visibility")) or ""},
    "m.room.encryption": lambda _event: {"encrypted": True},
    "m.room.tombstone": lambda event: {"new": named(event.content.get("replacement_room"), "!") or ""},
    "m.room.power_levels": lambda event: {"loud": _loud(event.content)},
    "m.room.create": _create,
}


def display_name(content: dict[str, Any], user: str) -> str:
    """A member's name in a room, the local part of the id where they gave none."""
    return (text(content.get("displayname")) or "").strip()[:255] or local_part(user)


def person(user: str, name: str, me: str) -> Person:
    """Somebody as this account sees them; the id stands beside the name, which anybody may choose."""
    return Person(RemoteId(user), name, user, me=user == me)


def title(room: Room) -> str:
    """Its name, its address, or who is in it."""
    if room.name or room.alias:
        return room.name or room.alias
    names = [name for _id, name in room.heroes]
    others = (room.joined or 0) - 1 - len(names)
    if not names:
        return _("Empty room")
    if others > 0:
        return _("{names} and {n} others").format(names=", ".join(names), n=others)
    return ", ".join(names)


def audience(room: Room, me: str) -> Audience:
    """Who can read what is written there from now on.

    A restricted room is open to the members of the spaces it names, which we may not be able to count.
    """
    if room.rule == "public" or room.history == "world_readable":
        return Audience(Reach.PUBLIC, room.joined)
    if room.rule in {"restricted", "knock_restricted"}:
        return Audience(Reach.ORGANISATION, room.joined)
    if not room.rule and room.joined is None:
        return Audience(Reach.UNKNOWN)
    everyone = (me, *(id for id, _name in room.heroes))
    people = tuple(RemoteId(id) for id in everyone) if room.joined == len(everyone) else ()
    return Audience(Reach.ONLY_ME if room.joined == 1 else Reach.PEOPLE, room.joined, people)


def place(id: str, room: Room, me: str) -> Place:
    """A room as a place: lines that are in no thread come flat, threads come whole.

    We hold no keys, so what we wrote into an encrypted room would be readable by its server: it is not writable.
    """
    return Place(
        RemoteId(id),
        title(room),
        audience(room, me),
        permalink(id, me=me),
        flat=True,
        threads=True,
        writable=not (room.encrypted or room.left or room.new),
        archived=room.left or room.moved,
    )


def chosen(id: str, room: Room, places: tuple[str, ...]) -> bool:
    """Whether the owner reads it: every room, or those named by id, address or name. A space holds no lines."""
    if room.space:
        return False
    return not places or bool({id, room.alias, room.name.casefold()} & {*places, *(name.casefold() for name in places)})


def lacks(rooms: dict[str, Room], places: tuple[str, ...]) -> Problem | None:
    """What to say where one of `places` names none of `rooms`; a room that was replaced still counts."""
    for name in places:
        if not any(chosen(id, room, (name,)) or room.old == name for id, room in rooms.items()):
            names = [room.name or room.alias or id for id, room in rooms.items() if not room.space]
            shown = ", ".join(f"“{each}”" for each in sorted(names)[:_SHOWN])
            more = (
                _("{names} and {n} more").format(names=shown, n=len(names) - _SHOWN) if len(names) > _SHOWN else shown
            )
            return Problem(
                _("You are in no room called “{name}”.").format(name=name),
                _("You are in: {names}.").format(names=more or _("none")),
            )
    return None
