"""What the fake homeserver answers to `/sync`: rooms joined, left and invited to, cut to a filter."""

from __future__ import annotations

from typing import Any

from tests.fakes.matrix_room import Doc, Room, matches, member_events

HEROES = 5


def sync(rooms: dict[str, Room], user: str, since: int | None, now: int, filter: Doc, direct: tuple[int, Doc]) -> Doc:
    """`since` None: the first sync. `direct`: where m.direct last moved, and its content."""
    wanted = filter.get("room", {})
    joined: Doc = {}
    left: Doc = {}
    invited: Doc = {}
    for room in rooms.values():
        membership = room.membership(user)
        if membership == "join":
            entry = _joined(room, user, since, now, wanted)
            if entry:
                joined[room.id] = entry
        elif membership in {"leave", "ban"} and (since is not None or wanted.get("include_leave")):
            if since is None or room.member_since(user) > since:
                left[room.id] = _left(room, user, since, wanted)
        elif membership == "invite" and (since is None or room.member_since(user) > since):
            invited[room.id] = {"invite_state": {"events": member_events(room, [user])}}
    answer: Doc = {"next_batch": f"s{now}"}
    found = {"join": joined, "leave": left, "invite": invited}
    if any(found.values()):
        answer["rooms"] = {name: entries for name, entries in found.items() if entries}
    if direct[1] and (since is None or direct[0] > since):
        answer["account_data"] = {"events": [{"type": "m.direct", "content": direct[1]}]}
    return answer


def _joined(room: Room, user: str, since: int | None, now: int, wanted: Doc) -> Doc:
    anew = since is None or room.member_since(user) > since
    after = 0 if anew or since is None else since
    timeline, start, limited = _timeline(room, user, after, now, wanted.get("timeline", {}))
    state = _state(room, user, after, start, timeline, wanted)
    ephemeral = _receipts(room, user, after, now)
    marker = room.fully_read.get(user)
    data: list[Any] = []
    if marker and (anew or marker[0] > after):
        data.append({"type": "m.fully_read", "content": {"event_id": marker[1]}})
    if not (anew or timeline or state or ephemeral or data):
        return {}
    entry: Doc = {
        "timeline": {"events": timeline, "limited": limited or anew, "prev_batch": f"t{start}"},
        "state": {"events": state},
        "ephemeral": {"events": ephemeral},
        "account_data": {"events": data},
        "unread_notifications": {},
        "summary": {},
    }
    members_moved = any(event["type"] == "m.room.member" and at > after for at, event in room.events)
    if anew or members_moved:
        others = [member for member in room.members() + room.members("invite") if member != user]
        entry["summary"] = {
            "m.heroes": others[:HEROES],
            "m.joined_member_count": len(room.members()),
            "m.invited_member_count": len(room.members("invite")),
        }
    return entry


def _timeline(room: Room, user: str, after: int, now: int, filter: Doc) -> tuple[list[Doc], int, bool]:
    """The newest events after `after` that pass, where they begin, and whether older ones were left out."""
    found = [(at, event) for at, event in room.events if after < at <= now and matches(event, filter)]
    limit = min(int(filter.get("limit", 10)), 100)
    kept = found[-limit:]
    start = kept[0][0] if kept else now + 1
    return [room.shown(event, user) for _at, event in kept], start, len(found) > len(kept)


def _state(room: Room, user: str, after: int, start: int, timeline: list[Doc], wanted: Doc) -> list[Doc]:
    """What changed between `after` and the timeline's start; members only as far as they are needed, when lazy."""
    filter = wanted.get("state", {})
    before = {event["event_id"] for event in room.state_at(after + 1)} if after else set()
    changed = [event for event in room.state_at(start) if event["event_id"] not in before]
    lazy = filter.get("lazy_load_members")
    if lazy:
        changed = [event for event in changed if event["type"] != "m.room.member"]
        needed = [event["sender"] for event in timeline]
        if not after:
            others = [member for member in room.members() if member != user]
            needed += [user, *others[:HEROES]]
        told = {(event["type"], event.get("state_key")) for event in timeline if "state_key" in event}
        members = member_events(room, needed)
        changed += [event for event in members if ("m.room.member", event["state_key"]) not in told]
    return [room.shown(event, user, bundle=False) for event in changed if matches(event, filter)]


def _receipts(room: Room, user: str, after: int, now: int) -> list[Doc]:
    content: Doc = {}
    for receipt in room.receipts:
        private = receipt.type == "m.read.private" and receipt.user != user
        if after < receipt.at <= now and not private:
            own: Doc = {"ts": receipt.ts}
            if receipt.thread is not None:
                own["thread_id"] = receipt.thread
            content.setdefault(receipt.event, {}).setdefault(receipt.type, {})[receipt.user] = own
    return [{"type": "m.receipt", "content": content}] if content else []


def _left(room: Room, user: str, since: int | None, wanted: Doc) -> Doc:
    end = room.member_since(user)
    timeline, start, limited = _timeline(room, user, since or 0, end, wanted.get("timeline", {}))
    return {"timeline": {"events": timeline, "limited": limited, "prev_batch": f"t{start}"}, "state": {"events": []}}
