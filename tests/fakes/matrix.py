"""A homeserver in one object: users, rooms, sync, paging, writing with transaction ids, media, receipts, upgrades."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.matrix_check import content_fault, fault
from tests.fakes.matrix_room import Doc, Room, matches, member_events
from tests.fakes.matrix_sync import sync
from tests.fakes.seeding import chat

ROOM = "/_matrix/client/(?:v3|v1|r0)/rooms/(?P<room>[^/]+)"
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", r"/\.well-known/matrix/client", "well_known"),
    ("GET", r"/_matrix/client/versions", "versions"),
    ("GET", r"/_matrix/client/v3/account/whoami", "whoami"),
    ("GET", r"/_matrix/client/v3/profile/(?P<user>[^/]+)", "profile"),
    ("GET", r"/_matrix/client/v3/joined_rooms", "joined_rooms"),
    ("GET", r"/_matrix/client/v3/sync", "sync"),
    ("POST", r"/_matrix/client/v3/createRoom", "create_room"),
    ("POST", r"/_matrix/client/v3/(?:join|rooms)/(?P<room>[^/]+)(?:/join)?", "join"),
    ("GET", r"/_matrix/client/v3/directory/room/(?P<alias>[^/]+)", "directory"),
    ("POST", rf"{ROOM}/upgrade", "upgrade"),
    ("GET", rf"{ROOM}/messages", "messages"),
    ("GET", rf"{ROOM}/event/(?P<event>[^/]+)", "event"),
    ("GET", rf"{ROOM}/context/(?P<event>[^/]+)", "context"),
    ("GET", rf"{ROOM}/relations/(?P<event>[^/]+)(?:/(?P<relation>[^/]+))?", "relations"),
    ("GET", rf"{ROOM}/threads", "threads"),
    ("GET", rf"{ROOM}/state", "whole_state"),
    ("GET", rf"{ROOM}/state/(?P<type>[^/]+)/(?P<key>[^/]*)", "one_state"),
    ("PUT", rf"{ROOM}/state/(?P<type>[^/]+)/(?P<key>[^/]*)", "state"),
    ("GET", rf"{ROOM}/members", "members"),
    ("GET", rf"{ROOM}/joined_members", "joined_members"),
    ("PUT", rf"{ROOM}/send/(?P<type>[^/]+)/(?P<txn>[^/]+)", "send"),
    ("PUT", rf"{ROOM}/redact/(?P<event>[^/]+)/(?P<txn>[^/]+)", "redact"),
    ("POST", rf"{ROOM}/receipt/(?P<type>[^/]+)/(?P<event>[^/]+)", "receipt"),
    ("POST", rf"{ROOM}/read_markers", "read_markers"),
    ("PUT", r"/_matrix/client/v3/user/(?P<user>[^/]+)/account_data/(?P<type>[^/]+)", "account_data"),
    ("POST", r"/_matrix/media/v3/upload", "upload"),
    ("GET", r"/_matrix/client/v1/media/download/(?P<server>[^/]+)/(?P<media>[^/]+)(?:/[^/]+)?", "download"),
)
OPEN = {"well_known", "versions"}


class RefusedError(Exception):
    def __init__(self, status: int, code: str, said: str = "", **more: Any) -> None:
        super().__init__(code)
        self.answer = _json({"errcode": code, "error": said or code, **more}, status)


class Homeserver:
    """`now` gives the time in milliseconds. `complaints` lists every request that broke a rule, for tests to look at."""

    def __init__(self, name: str = "hs.test", now: Callable[[], int] | None = None) -> None:
        self.base = f"https://{name}"
        self.name = name
        self.now = now or (lambda: time.time_ns() // 1_000_000)
        self.rooms: dict[str, Room] = {}
        self.names: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.services: set[str] = set()
        self.media: dict[str, tuple[bytes, str]] = {}
        self.direct: dict[str, tuple[int, Doc]] = {}
        self.complaints: list[str] = []
        self.position = 0
        self.forgets = False
        self.loops = False
        self.page = 100
        self.user = self.register("owner", "Olive Owner")
        self.token = self.sign_in(self.user)
        self._txns: dict[tuple[str, str], Doc] = {}

    # What tests and seeds do behind the API.

    def register(self, local: str, name: str | None = None) -> str:
        user = f"@{local}:{self.name}"
        self.names[user] = name or local
        return user

    def sign_in(self, user: str, *, application_service: bool = False) -> str:
        token = f"syt_{len(self.tokens)}_{user[1:].partition(':')[0]}"
        self.tokens[token] = user
        if application_service:
            self.services.add(token)
        return token

    def make_room(self, creator: str, name: str | None = None, rule: str = "invite", **more: Any) -> Room:
        room = Room(f"!room{len(self.rooms)}:{self.name}", more.get("version", "10"))
        self.rooms[room.id] = room
        content = {"room_version": room.version, **more.get("create", {})}
        self.state(room, creator, "m.room.create", content)
        self.join(room, creator)
        self.state(room, creator, "m.room.power_levels", {"users": {creator: 100}, "notifications": {"room": 50}})
        self.state(room, creator, "m.room.join_rules", {"join_rule": rule})
        self.state(room, creator, "m.room.history_visibility", {"history_visibility": more.get("history", "shared")})
        if name:
            self.state(room, creator, "m.room.name", {"name": name})
        return room

    def join(self, room: Room, user: str, membership: str = "join", by: str | None = None) -> Doc:
        content = {"membership": membership, "displayname": self.names.get(user, user)}
        return self.state(room, by or user, "m.room.member", content, user)

    def state(self, room: Room, sender: str, type: str, content: Doc, key: str = "") -> Doc:
        return self._add(room, {"type": type, "sender": sender, "content": content, "state_key": key})

    def say(self, room: Room, sender: str, text: str, ts: int | None = None, **more: Any) -> str:
        """A plain line; `more` goes into its content."""
        content = {"msgtype": "m.text", "body": text, **more}
        event = {"type": "m.room.message", "sender": sender, "content": content}
        return str(self._add(room, event, ts)["event_id"])

    def put(self, room: Room, type: str, sender: str, content: Doc) -> str:
        return str(self._add(room, {"type": type, "sender": sender, "content": content})["event_id"])

    def edit(self, room: Room, sender: str, target: str, text: str) -> str:
        fresh = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": target}
        return self.say(room, sender, f"* {text}", None, **{"m.new_content": fresh, "m.relates_to": relation})

    def take_back(self, room: Room, sender: str, target: str) -> str:
        content = {"redacts": target}
        redaction = self._add(
            room, {"type": "m.room.redaction", "sender": sender, "content": content, "redacts": target}
        )
        event = room.by_id(target)
        if event:
            room.redact(event, redaction)
        return str(redaction["event_id"])

    def upgrade(self, room: Room, by: str) -> Room:
        """Replace a room as servers do: a tombstone, a predecessor, the members to be joined again one by one."""
        create = {"predecessor": {"room_id": room.id}, "room_version": "11"}
        name = room.state.get(("m.room.name", ""), {"content": {}})["content"].get("name")
        new = self.make_room(by, name, version="11", create=create)
        self.state(room, by, "m.room.tombstone", {"body": "moved", "replacement_room": new.id})
        return new

    def _add(self, room: Room, event: Doc, ts: int | None = None) -> Doc:
        self.position += 1
        return room.add(self.position, {"origin_server_ts": self.now() if ts is None else ts, **event})

    # The API.

    def hold(self, asked: Asked) -> float:
        """A sync with a timeout waits while there is nothing to tell."""
        timeout = asked.first("timeout") or "0"
        since = asked.first("since")
        if asked.path != "/_matrix/client/v3/sync" or not since or not timeout.isdecimal() or timeout == "0":
            return 0.0
        document = json.loads(self.answer(asked).body)
        quiet = "next_batch" in document and not document.get("rooms") and not document.get("account_data")
        return int(timeout) / 1000 if quiet else 0.0

    def answer(self, asked: Asked) -> Answer:
        try:
            route, given = self._route(asked)
            user = "" if route in OPEN else self._user(asked)
            body = _object(asked.body)
            self._demand(fault(asked, route, body), asked)
            answered = getattr(self, f"_{route}")(user, asked, body or {}, **given)
        except RefusedError as refused:
            return refused.answer
        return answered if isinstance(answered, Answer) else _json(answered)

    def _demand(self, wrong: str | None, asked: Asked) -> None:
        if wrong:
            self.complaints.append(f"{asked.method} {asked.path}: {wrong}")
            raise RefusedError(400, "M_INVALID_PARAM", wrong)

    def _route(self, asked: Asked) -> tuple[str, dict[str, str]]:
        path_known = False
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                return name, {key: unquote(value) for key, value in found.groupdict().items() if value is not None}
            path_known = path_known or bool(found)
        raise RefusedError(405 if path_known else 404, "M_UNRECOGNIZED")

    def _user(self, asked: Asked) -> str:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise RefusedError(401, "M_MISSING_TOKEN")
        if token not in self.tokens:
            raise RefusedError(401, "M_UNKNOWN_TOKEN", soft_logout=False)
        masked = asked.first("user_id")
        if masked is None:
            return self.tokens[token]
        if token not in self.services or masked not in self.names:
            raise RefusedError(403, "M_FORBIDDEN")
        return masked

    def _joined(self, room: str, user: str) -> Room:
        found = self.rooms.get(room)
        if found is None or found.membership(user) != "join":
            raise RefusedError(403, "M_FORBIDDEN", "You are not in this room.")
        return found

    def _well_known(self, _user: str, _asked: Asked, _body: Doc) -> Doc:
        return {"m.homeserver": {"base_url": self.base}}

    def _versions(self, _user: str, _asked: Asked, _body: Doc) -> Doc:
        return {"versions": ["r0.6.1", "v1.1", "v1.6", "v1.11", "v1.12"], "unstable_features": {}}

    def _whoami(self, user: str, _asked: Asked, _body: Doc) -> Doc:
        return {"user_id": user, "device_id": "DEVICE", "is_guest": False}

    def _profile(self, _me: str, _asked: Asked, _body: Doc, user: str) -> Doc:
        if user not in self.names:
            raise RefusedError(404, "M_NOT_FOUND")
        return {"displayname": self.names[user]}

    def _joined_rooms(self, user: str, _asked: Asked, _body: Doc) -> Doc:
        return {"joined_rooms": [room.id for room in self.rooms.values() if room.membership(user) == "join"]}

    def _sync(self, user: str, asked: Asked, _body: Doc) -> Doc:
        token = asked.first("since")
        since = int(token[1:]) if token and re.fullmatch(r"s\d{1,15}", token) else None
        if token and (since is None or since > self.position or self.forgets):
            self.forgets = False
            raise RefusedError(400, "M_UNKNOWN_POS")
        filter = json.loads(asked.first("filter") or "{}")
        return sync(self.rooms, user, since, self.position, filter, self.direct.get(user, (0, {})))

    def _messages(self, user: str, asked: Asked, _body: Doc, room: str) -> Doc:
        found = self._joined(room, user)
        backwards = asked.first("dir") == "b"
        token = asked.first("from")
        if token and not re.fullmatch(r"[ts]\d{1,15}", token):
            raise RefusedError(400, "M_INVALID_PARAM", "no such token")
        number = int(token[1:]) if token else (self.position + 1 if backwards else 0)
        number += bool(token and token[0] == "s")
        filter = json.loads(asked.first("filter") or "{}")
        limit = min(int(asked.first("limit") or 10), self.page)
        passing = [(at, event) for at, event in found.events if matches(event, filter)]
        within = [(at, event) for at, event in passing if (at < number if backwards else at >= number)]
        chunk = within[-limit:][::-1] if backwards else within[:limit]
        document: Doc = {"start": f"t{number}", "chunk": [found.shown(event, user) for _at, event in chunk]}
        if len(within) > len(chunk):
            document["end"] = f"t{chunk[-1][0] + (0 if backwards else 1)}"
        if self.loops:
            document["end"] = f"t{number}"
        if filter.get("lazy_load_members"):
            document["state"] = member_events(found, [event["sender"] for _at, event in chunk])
        return document

    def _event(self, user: str, _asked: Asked, _body: Doc, room: str, event: str) -> Doc:
        found = self._joined(room, user)
        known = found.by_id(event)
        if known is None:
            raise RefusedError(404, "M_NOT_FOUND")
        return found.shown(known, user)

    def _context(self, user: str, asked: Asked, _body: Doc, room: str, event: str) -> Doc:
        found = self._joined(room, user)
        at = found.position(event)
        if at is None:
            raise RefusedError(404, "M_NOT_FOUND")
        half = int(asked.first("limit") or 10) // 2
        before = [one for where, one in found.events if where < at][::-1][:half]
        after = [one for where, one in found.events if where > at][:half]
        return {
            "event": self._event(user, asked, {}, room, event),
            "events_before": [found.shown(one, user) for one in before],
            "events_after": [found.shown(one, user) for one in after],
            "start": f"t{at}",
            "end": f"t{at + 1}",
            "state": list(found.state.values()),
        }

    def _relations(self, user: str, asked: Asked, _body: Doc, room: str, event: str, relation: str = "m.thread") -> Doc:
        found = self._joined(room, user)
        if found.by_id(event) is None:
            raise RefusedError(404, "M_NOT_FOUND")
        related = found.relating(event, relation)[::-1]
        begin = int((asked.first("from") or "r0")[1:])
        limit = min(int(asked.first("limit") or 5), self.page)
        document: Doc = {"chunk": [found.shown(one, user) for one in related[begin : begin + limit]]}
        if self.loops:
            document["next_batch"] = f"r{begin}"
        elif begin + limit < len(related):
            document["next_batch"] = f"r{begin + limit}"
        return document

    def _threads(self, user: str, _asked: Asked, _body: Doc, room: str) -> Doc:
        found = self._joined(room, user)
        roots = [event for _at, event in found.events if found.relating(event["event_id"], "m.thread")]
        return {"chunk": [found.shown(event, user) for event in roots[::-1]]}

    def _whole_state(self, user: str, _asked: Asked, _body: Doc, room: str) -> Answer:
        return _json(list(self._joined(room, user).state.values()))

    def _one_state(self, user: str, _asked: Asked, _body: Doc, room: str, type: str, key: str) -> Doc:
        event = self._joined(room, user).state.get((type, key))
        if event is None:
            raise RefusedError(404, "M_NOT_FOUND")
        content: Doc = event["content"]
        return content

    def _state(self, user: str, asked: Asked, body: Doc, room: str, type: str, key: str) -> Doc:
        found = self._joined(room, user)
        if found.power(user) < 50 and not (type == "m.room.member" and key == user):
            raise RefusedError(403, "M_FORBIDDEN")
        event = {"type": type, "sender": user, "content": body, "state_key": key}
        return {"event_id": self._add(found, event, self._stamp(asked))["event_id"]}

    def _members(self, user: str, asked: Asked, _body: Doc, room: str) -> Doc:
        found = self._joined(room, user)
        wanted = asked.first("membership")
        events = [event for (type, _key), event in found.state.items() if type == "m.room.member"]
        return {"chunk": [event for event in events if wanted in {None, event["content"]["membership"]}]}

    def _joined_members(self, user: str, _asked: Asked, _body: Doc, room: str) -> Doc:
        found = self._joined(room, user)
        return {"joined": {member: {"display_name": self.names.get(member)} for member in found.members()}}

    def _send(self, user: str, asked: Asked, body: Doc, room: str, type: str, txn: str) -> Doc:
        found = self._joined(room, user)
        once = (asked.headers["authorization"], f"{room} {txn}")  # a room's, whatever is sent, as Synapse has it
        if once in self._txns:
            return self._txns[once]
        wrong = content_fault(type, body)
        if wrong == "M_TOO_LARGE":
            raise RefusedError(413, wrong)
        if wrong:
            self.complaints.append(f"{type}: {wrong}")
            raise RefusedError(400, "M_BAD_JSON", wrong)
        if ("m.room.encryption", "") in found.state and type == "m.room.message":
            self.complaints.append(f"a line in the clear in the encrypted room {room}")
        event = self._add(found, {"type": type, "sender": user, "content": body}, self._stamp(asked))
        self._txns[once] = {"event_id": event["event_id"]}
        return self._txns[once]

    def _stamp(self, asked: Asked) -> int | None:
        """`?ts=` is for application services alone; for everybody else it does nothing."""
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        ts = asked.first("ts")
        return int(ts) if ts and token in self.services else None

    def _redact(self, user: str, asked: Asked, _body: Doc, room: str, event: str, txn: str) -> Doc:
        found = self._joined(room, user)
        once = (asked.headers["authorization"], f"{room} {txn}")  # a room's, whatever is sent, as Synapse has it
        if once in self._txns:
            return self._txns[once]
        target = found.by_id(event)
        if target is None:
            raise RefusedError(404, "M_NOT_FOUND")
        if target["sender"] != user and found.power(user) < 50:
            raise RefusedError(403, "M_FORBIDDEN")
        self._txns[once] = {"event_id": self.take_back(found, user, event)}
        return self._txns[once]

    def _receipt(self, user: str, _asked: Asked, body: Doc, room: str, type: str, event: str) -> Doc:
        found = self._joined(room, user)
        if type not in {"m.read", "m.read.private", "m.fully_read"} or found.by_id(event) is None:
            raise RefusedError(400, "M_INVALID_PARAM")
        thread = body.get("thread_id")
        home = found.in_thread(event)
        if thread is not None and thread != (home or "main"):
            # As servers do: a thread's first line is not in its thread, it is a line of the room.
            raise RefusedError(400, "M_INVALID_PARAM", "event_id is not related to the given thread_id")
        self.position += 1
        found.mark(self.position, user, type, event, thread, self.now())
        return {}

    def _read_markers(self, user: str, _asked: Asked, body: Doc, room: str) -> Doc:
        found = self._joined(room, user)
        wanted = body.get("m.fully_read")
        if isinstance(wanted, str):
            known = found.fully_read.get(user)
            if known is None or (found.position(wanted) or 0) > (found.position(known[1]) or 0):
                self.position += 1
                found.fully_read[user] = (self.position, wanted)
        return {}

    def _create_room(self, user: str, _asked: Asked, body: Doc) -> Doc:
        rule = "public" if body.get("preset") == "public_chat" else "invite"
        room = self.make_room(user, body.get("name"), rule, create=body.get("creation_content", {}))
        for event in body.get("initial_state", []):
            self.state(room, user, event["type"], event["content"], event.get("state_key", ""))
        for invited in body.get("invite", []):
            self.join(room, invited, "invite", user)
        return {"room_id": room.id}

    def _join(self, user: str, _asked: Asked, _body: Doc, room: str) -> Doc:
        found = self.rooms.get(room)
        if found is None:
            raise RefusedError(404, "M_NOT_FOUND")
        rule = found.state["m.room.join_rules", ""]["content"].get("join_rule")
        if rule != "public" and found.membership(user) not in {"invite", "join"}:
            raise RefusedError(403, "M_FORBIDDEN")
        if found.membership(user) != "join":
            self.join(found, user)
        return {"room_id": found.id}

    def _directory(self, _user: str, _asked: Asked, _body: Doc, alias: str) -> Doc:
        for room in self.rooms.values():
            named = room.state.get(("m.room.canonical_alias", ""))
            if named and named["content"].get("alias") == alias:
                return {"room_id": room.id, "servers": [self.name]}
        raise RefusedError(404, "M_NOT_FOUND")

    def _upgrade(self, user: str, _asked: Asked, _body: Doc, room: str) -> Doc:
        return {"replacement_room": self.upgrade(self._joined(room, user), user).id}

    def _account_data(self, me: str, _asked: Asked, body: Doc, user: str, type: str) -> Doc:
        if me != user:
            raise RefusedError(403, "M_FORBIDDEN")
        if type == "m.direct":
            self.position += 1
            self.direct[user] = (self.position, body)
        return {}

    def _upload(self, _user: str, asked: Asked, _body: Doc) -> Doc:
        if len(asked.body) > 50 * 1024 * 1024:
            raise RefusedError(413, "M_TOO_LARGE")
        id = f"media{len(self.media)}"
        self.media[id] = (asked.body, asked.headers.get("content-type", "application/octet-stream"))
        return {"content_uri": f"mxc://{self.name}/{id}"}

    def _download(self, _user: str, _asked: Asked, _body: Doc, server: str, media: str) -> Answer:
        if server != self.name or media not in self.media:
            raise RefusedError(404, "M_NOT_FOUND")
        data, media_type = self.media[media]
        return Answer(200, data, {"content-type": media_type})


def make(seed: Path | None) -> Homeserver:
    """A homeserver, full of the rooms of a chat (JSON lines: room, id, ts in minutes, user, text, system) if one is named."""
    server = Homeserver()
    if seed is None:
        room = server.make_room(server.user, "Welcome")
        server.say(room, server.user, "Hello")
        return server
    rooms: dict[object, list[Doc]] = {}
    for line in chat(seed):
        rooms.setdefault(line["room"], []).append(line)
    users: dict[str, str] = {}
    for lines in rooms.values():
        pour(server, lines, users=users)
    return server


def pour(server: Homeserver, lines: list[Doc], start: int | None = None, users: dict[str, str] | None = None) -> Room:
    """One room of a chat: its users join, its lines keep their order and their minutes. The last line is a minute ago.

    `users`, by name, are known from other rooms.
    """
    last = max((float(line["ts"]) for line in lines), default=0.0)
    begin = server.now() - round((last + 1) * 60_000) if start is None else start
    room = server.make_room(server.user, str(lines[0]["room"]) if lines else "empty", "public")
    users = {} if users is None else users
    for line in lines:
        name = str(line["user"])
        if line.get("system"):
            continue
        if name not in users:
            local = re.sub(r"[^a-z0-9._=/+-]", lambda found: f"={ord(found.group()):02x}", name.lower())
            taken = f"@{local}:{server.name}" in server.names
            users[name] = server.register(f"{local}-{len(users)}" if taken else local, name)
        if room.membership(users[name]) != "join":
            server.join(room, users[name])
        server.say(room, users[name], str(line["text"]), begin + round(float(line["ts"]) * 60_000))
    return room


def _object(body: bytes) -> Doc | None:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _json(document: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json"})
