"""One room of the fake homeserver: its events, its state, who may do what, and what is bundled with an event."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

KEPT = {
    "m.room.member": {"membership"},
    "m.room.create": {"creator", "type", "room_version", "predecessor"},
    "m.room.join_rules": {"join_rule"},
    "m.room.power_levels": {"users", "users_default", "events", "state_default", "events_default"},
    "m.room.history_visibility": {"history_visibility"},
}
"""What a redaction leaves of each sort of event."""

Doc = dict[str, Any]


@dataclass(slots=True)
class Receipt:
    at: int
    user: str
    type: str
    event: str
    thread: str | None
    ts: int


@dataclass(slots=True)
class Room:
    """`events` are (stream position, event) in order; `state` holds the newest event of each (type, key)."""

    id: str
    version: str = "10"
    events: list[tuple[int, Doc]] = field(default_factory=list)
    state: dict[tuple[str, str], Doc] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    fully_read: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, at: int, event: Doc) -> Doc:
        digest = blake2b(f"{self.id}/{at}".encode(), digest_size=24).hexdigest()
        event = {"event_id": f"${digest}", "room_id": self.id, "unsigned": {}, **event}
        if "state_key" in event:
            slot = (event["type"], event["state_key"])
            before = self.state.get(slot)
            if before:
                event["unsigned"] = {"prev_content": before["content"], "replaces_state": before["event_id"]}
            self.state[slot] = event
        self.events.append((at, event))
        return event

    def by_id(self, id: str) -> Doc | None:
        return next((event for _at, event in self.events if event["event_id"] == id), None)

    def position(self, id: str) -> int | None:
        return next((at for at, event in self.events if event["event_id"] == id), None)

    def membership(self, user: str) -> str | None:
        member = self.state.get(("m.room.member", user))
        return member["content"].get("membership") if member else None

    def member_since(self, user: str) -> int:
        """Where in the stream the user's present membership began."""
        began = 0
        was: object = None
        for at, event in self.events:
            if event["type"] == "m.room.member" and event.get("state_key") == user:
                now = event["content"].get("membership")
                began = at if now != was else began
                was = now
        return began

    def members(self, membership: str = "join") -> list[str]:
        found = [key for (type, key) in self.state if type == "m.room.member"]
        return sorted(user for user in found if self.membership(user) == membership)

    def power(self, user: str) -> int:
        levels = self.state.get(("m.room.power_levels", ""), {"content": {}})["content"]
        return int(levels.get("users", {}).get(user, levels.get("users_default", 0)))

    def state_at(self, at: int) -> Iterator[Doc]:
        """State as it was before stream position `at`."""
        held: dict[tuple[str, str], Doc] = {}
        for where, event in self.events:
            if where < at and "state_key" in event:
                held[event["type"], event["state_key"]] = event
        yield from held.values()

    def redact(self, target: Doc, redaction: Doc) -> None:
        kept = KEPT.get(target["type"], set())
        target["content"] = {name: value for name, value in target["content"].items() if name in kept}
        target["unsigned"] = {"redacted_because": redaction}

    def relating(self, id: str, relation: str) -> list[Doc]:
        """Events that relate to `id` so, oldest first; an emptied one relates to nothing any more."""
        found = []
        for _at, event in self.events:
            to = event["content"].get("m.relates_to")
            if isinstance(to, dict) and to.get("event_id") == id and to.get("rel_type") == relation:
                found.append(event)
        return found

    def shown(self, event: Doc, user: str, *, bundle: bool = True) -> Doc:
        """An event as a client is given it, with what the server bundles."""
        shown = copy.deepcopy(event)
        relations: Doc = {}
        edits = [edit for edit in self.relating(event["event_id"], "m.replace") if edit["sender"] == event["sender"]]
        if edits and "state_key" not in event:
            relations["m.replace"] = copy.deepcopy(max(edits, key=lambda edit: edit["origin_server_ts"]))
        answers = self.relating(event["event_id"], "m.thread") if bundle else []
        if answers:
            latest = self.shown(answers[-1], user, bundle=False)
            own = any(answer["sender"] == user for answer in answers)
            relations["m.thread"] = {"latest_event": latest, "count": len(answers), "current_user_participated": own}
        if relations:
            shown.setdefault("unsigned", {})["m.relations"] = relations
        return shown

    def in_thread(self, id: str) -> str | None:
        event = self.by_id(id)
        to = event["content"].get("m.relates_to") if event else None
        return to.get("event_id") if isinstance(to, dict) and to.get("rel_type") == "m.thread" else None

    def mark(self, at: int, user: str, type: str, event: str, thread: str | None, ts: int) -> bool:
        """Move a receipt, never back. Tells whether it moved."""
        for known in self.receipts:
            if (known.user, known.type, known.thread) == (user, type, thread):
                if (self.position(event) or 0) <= (self.position(known.event) or 0):
                    return False
                known.at, known.event, known.ts = at, event, ts
                return True
        self.receipts.append(Receipt(at, user, type, event, thread, ts))
        return True


def matches(event: Doc, filter: Doc) -> bool:
    """Whether an event passes an event filter: types and senders, with * at the end of a type."""
    types = filter.get("types")
    if types is not None and not any(_type_fits(event["type"], wanted) for wanted in types):
        return False
    if any(_type_fits(event["type"], unwanted) for unwanted in filter.get("not_types", ())):
        return False
    senders = filter.get("senders")
    return senders is None or event["sender"] in senders


def _type_fits(type: str, wanted: str) -> bool:
    return type.startswith(wanted[:-1]) if wanted.endswith("*") else type == wanted


def member_events(room: Room, users: Iterable[str]) -> list[Doc]:
    found = (room.state.get(("m.room.member", user)) for user in dict.fromkeys(users))
    return [event for event in found if event]
