"""Reads what a stranger's JSON may hold: the right type or nothing."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

LATEST = 253_402_300_799_000
"""The last millisecond of the year 9999: a later stamp is nonsense, and too large for the store's clock."""

_ID = re.compile(r"[\x21-\x7e\xa0-\ud7ff\ue000-\U0010ffff]{2,255}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def mapping(value: object) -> dict[str, Any]:
    """`value` as an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """`value` as a list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """`value` as text that can be stored: half a surrogate pair becomes the replacement mark. None for anything else."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else None


def number(value: object) -> int | None:
    """`value` as a whole number that fits a double; None for anything else, also for true and false."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        return None
    return value


def named(value: object, sigil: str) -> str | None:
    """`value` as an id that begins with `sigil` ($ event, ! room, @ user), else None."""
    return value if isinstance(value, str) and value.startswith(sigil) and _ID.fullmatch(value) else None


def local_part(user: str) -> str:
    """The name in a user id: "ana" of "@ana:example.org"."""
    return user[1:].partition(":")[0] or user


class Event(Struct, frozen=True):
    """One event of a room with the parts every kind of event has; `at` is in UTC milliseconds."""

    id: str
    type: str
    sender: str
    at: int
    content: dict[str, Any]
    unsigned: dict[str, Any]
    state_key: str | None
    whole: dict[str, Any]

    @property
    def relation(self) -> dict[str, Any]:
        """What it relates to, {} where it stands for itself."""
        return mapping(self.content.get("m.relates_to"))

    @property
    def thread(self) -> str | None:
        """The root of the thread it was written in."""
        return named(self.relation.get("event_id"), "$") if self.relation.get("rel_type") == "m.thread" else None

    @property
    def replaces(self) -> str | None:
        """The event it is an edit of."""
        return named(self.relation.get("event_id"), "$") if self.relation.get("rel_type") == "m.replace" else None

    @property
    def redacts(self) -> str | None:
        """The event it takes back; newer room versions moved the id into the content."""
        if self.type != "m.room.redaction":
            return None
        return named(self.content.get("redacts"), "$") or named(self.whole.get("redacts"), "$")

    @property
    def emptied(self) -> bool:
        """Whether its content was taken back."""
        return "redacted_because" in self.unsigned or (self.type == "m.room.message" and not self.content)

    def bundled(self, relation: str) -> dict[str, Any]:
        """What the server adds about events that relate to this one."""
        return mapping(mapping(self.unsigned.get("m.relations")).get(relation))


def event(value: object) -> Event | None:
    """An event as it stands in a timeline; None for what cannot be one (no sender, a stamp that is no number, …)."""
    whole = mapping(value)
    id = named(whole.get("event_id"), "$")
    sender = named(whole.get("sender"), "@")
    at = number(whole.get("origin_server_ts"))
    kind = text(whole.get("type"))
    if id is None or sender is None or at is None or kind is None or not isinstance(whole.get("content"), dict):
        return None
    state_key = whole.get("state_key")
    return Event(
        id,
        kind,
        sender,
        min(max(at, 0), LATEST),
        whole["content"],
        mapping(whole.get("unsigned")),
        state_key if isinstance(state_key, str) else None,
        whole,
    )


def events(values: object) -> tuple[list[Event], int]:
    """The events of a list, and how many entries were none."""
    entries = sequence(values)
    read = [known for known in map(event, entries) if known is not None]
    return read, len(entries) - len(read)
