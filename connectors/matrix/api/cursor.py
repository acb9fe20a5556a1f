"""What stands between two rounds: the server's token, the rooms, and the gaps still to be read."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from connectors.matrix.api.rooms import Room
from connectors.matrix.api.shape import mapping, named, number, sequence, text
from leeward.errors import ServiceChanged
from leeward.wire import parse_json

_EDITS = 300
_DEFAULT = asdict(Room())


class Gap(Struct, frozen=True):
    """A stretch of a room that is read backwards from `token` (None: from its end) to the event `stop`.

    `stamp`: pages wholly older than this lie behind the gap. `left`: how many lines may still be asked for, None
    where the stretch is news and is read whole. `stale`: pages in a row that were wholly older.
    """

    room: str
    token: str | None
    stop: str = ""
    stamp: int = 0
    left: int | None = None
    stale: int = 0


class Cursor(Struct, frozen=True):
    """`edits` remembers which line an edit changed, so that an edit that is taken back gives the line its text again."""

    since: str | None = None
    me: str = ""
    rooms: dict[str, Room] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    edits: dict[str, tuple[str, str]] = field(default_factory=dict)


def write(cursor: Cursor) -> str:
    """As the store keeps it: facts that are as usual are left out, the oldest edits too."""
    rooms = {id: _unusual(asdict(room)) for id, room in cursor.rooms.items()}
    gaps = [[gap.room, gap.token, gap.stop, gap.stamp, gap.left, gap.stale] for gap in cursor.gaps]
    edits = {id: list(where) for id, where in list(cursor.edits.items())[-_EDITS:]}
    document = {"v": 1, "since": cursor.since, "me": cursor.me, "rooms": rooms, "gaps": gaps, "edits": edits}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(stored: str | None) -> Cursor:
    """What was written; an empty cursor for what cannot be read, which only costs a first round."""
    try:
        document = mapping(parse_json((stored or "{}").encode(errors="replace")))
        return _cursor(document) if document.get("v") == 1 else Cursor()
    except (ServiceChanged, TypeError, ValueError):
        return Cursor()


def _cursor(document: dict[str, Any]) -> Cursor:
    rooms = {id: _room(mapping(facts)) for id, facts in mapping(document.get("rooms")).items() if named(id, "!")}
    gaps = [_gap(sequence(entry)) for entry in sequence(document.get("gaps"))]
    edits = {
        id: (str(where[0]), str(where[1]))
        for id, where in mapping(document.get("edits")).items()
        if len(sequence(where)) == 2
    }
    known = tuple(gap for gap in gaps if gap is not None)
    return Cursor(text(document.get("since")), text(document.get("me")) or "", rooms, known, edits)


def _unusual(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value != _DEFAULT[name]}


def _room(facts: dict[str, Any]) -> Room:
    taken = {name: facts[name] for name in Room.__struct_fields__ if name in facts}
    heroes = tuple((str(id), str(name)) for id, name in taken.pop("heroes", ()))
    return Room(
        **{**taken, "heroes": heroes, "loud": tuple(taken.get("loud", ())), "makers": tuple(taken.get("makers", ()))}
    )


def _gap(entry: list[Any]) -> Gap | None:
    if len(entry) != 6 or not named(entry[0], "!"):
        return None
    room, token, stop, stamp, left, stale = entry
    return Gap(room, text(token), text(stop) or "", number(stamp) or 0, number(left), number(stale) or 0)
