"""The stateful service: people, channels and direct chats, messages with their threads, limits and refusals."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, TypeAlias
from urllib.parse import unquote

from tests.fakes.base import Answer, Asked
from tests.fakes.operations import find
from tests.fakes.zoom import rules
from tests.fakes.zoom.media import Shelf

Row: TypeAlias = dict[str, Any]
SCOPES = tuple(sorted({rule.scope for rule in rules.RULES}))
TOKEN_MS = 15 * 60_000
_WINDOWS = ((1_000, 10, 10), (10_000, 30, 30), (100_000, 60, 60), (1_000_000, 450, 300))
"""Messages a channel takes in so many milliseconds, and for how many seconds it is shut then."""


class NoError(Exception):
    """A refusal: status, Zoom's code and its words."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ms(stamp: str) -> int:
    whole = datetime.fromisoformat(stamp)
    return round((whole if whole.tzinfo else whole.replace(tzinfo=UTC)).timestamp() * 1000)


class ZoomFake(Shelf):
    """`token` signs in as user `me`. `did` lists whom messages alerted, `wrong` what was illegal in a request.

    `loops` names every page as the next one. `limits` are refusals used up one a request, by operation.
    `per_second` is how many requests a second are let through. `spent_until` is when a day's limit ends.
    `oldest_first` turns the list of messages round. `replies_move` False: answers leave their conversation's stamp alone.
    `most_days` is the longest stretch that may be asked for. `burst` lets messages share a second.
    """

    user = "sam"
    token = "fake-token-of-sam"

    def __init__(self, base: str = "https://api.zoom.us", now: Callable[[], int] | None = None) -> None:
        super().__init__()
        self.base = base
        self.users: dict[str, Row] = {}
        self.tokens: dict[str, tuple[str, set[str]]] = {}
        self.channels: dict[str, Row] = {}
        self.members: dict[str, list[str]] = {}
        self.lines: dict[str, dict[str, Row]] = defaultdict(dict)
        self.moved: dict[str, int] = {}
        self.drafts: dict[str, Row] = {}
        self.reminders: dict[str, Row] = {}
        self.bookmarks: set[str] = set()
        self.presence: Row = {"status": "Available", "end": 0}
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.loops = self.oldest_first = self.burst = self.presence_limit = False
        self.replies_move = True
        self.limits: dict[str, list[tuple[int, int, str, dict[str, str]]]] = defaultdict(list)
        self.per_second: int | None = None
        self.spent_until: int | None = None
        self.most_days: int | None = None
        self._asked: list[int] = []
        self._said: dict[str, list[int]] = defaultdict(list)
        self._shut: dict[str, int] = {}
        self._set_at = -(10**9)
        self._clock = now or (lambda: time.time_ns() // 1_000_000)
        self._last = self._made = self._turns = 0

    def now(self) -> int:
        return self._clock()

    # What tests and seeds do behind the API.

    def add_user(self, name: str, handle: str, token: str | None = None, *, external: bool = False) -> str:
        number = len(self.users) + 1
        first, _blank, last = name.partition(" ")
        id = f"usr{number:04}{handle}"
        self.users[id] = {
            "id": id, "member_id": f"mbr{number:04}{handle}", "email": f"{handle}@example.org", "first_name": first,
            "last_name": last, "name": name, "external": external, "type": 2,
        }  # fmt: skip
        if token:
            self.tokens[token] = (id, set(SCOPES))
        return id

    def add_channel(self, name: str, members: list[str], sort: int = 1, **more: Any) -> str:
        id = f"chn{len(self.channels) + 1:05}"
        settings = {"posting_permissions": 1, "allow_to_add_external_users": 0}
        url = f"https://zoom.us/launch/chat/v2/{id}"
        self.channels[id] = {
            "id": id, "jid": f"{id}@conference.example.org", "name": name, "type": sort, "channel_url": url,
            "channel_settings": settings,
        } | more  # fmt: skip
        self.members[id] = members
        return id

    def chat(self, one: str, other: str) -> str:
        """The direct chat of two people."""
        return "+".join(sorted((one, other)))

    def say(self, place: str, author: str, text: str, root: str | None = None, **more: Any) -> str:
        if root is not None and self._line(place, root)["root"] is not None:
            raise NoError(400, 5402, "This only supports replies to a main message.")
        self._made += 1
        id = f"{self._made:08X}-AAAA-4BBB-8CCC-{self._made:012X}"
        at = self._stamp()
        self.lines[place][id] = {
            "id": id, "at": at, "author": author, "text": text, "root": root, "status": "Normal", "files": [],
            "at_items": [], "rich_text": [], "reactions": {}, "read": set(),
        } | more  # fmt: skip
        if root is None or self.replies_move:
            self.moved[place] = at
        return id

    def change(self, place: str, id: str, text: str) -> None:
        self._line(place, id).update(text=text, status="Edited", rich_text=[])

    def drop(self, place: str, id: str) -> None:
        self._line(place, id).update(text="", status="Deleted", files=[])

    # What stands behind `answer`.

    def answer(self, asked: Asked) -> Answer:
        headers = {"date": formatdate(self.now() / 1000, usegmt=True)}
        try:
            self._come_due()
            found = self._answer(asked, headers)
        except NoError as refused:
            body = {"code": refused.code, "message": refused.message}
            return _json(body, refused.status, headers | refused.headers)
        return found

    def _answer(self, asked: Asked, headers: dict[str, str]) -> Answer:
        if asked.method == "GET" and (kept := self.download(asked, self._signed(asked) is not None)):
            return Answer(kept.status, kept.body, kept.headers | headers)
        found = find(rules.RULES, asked)
        if found is None:
            raise NoError(404, 404, "API does not exist")
        rule, ids = found
        user, scopes = self._who(asked)
        self._limit(rule, headers)
        if rule.scope not in scopes:
            raise NoError(
                400, 4711, f"Invalid access token, does not contain scopes:[{rule.scope}, {rule.scope}:admin]."
            )
        if wrong := list(rules.faults(rule, asked)):
            self.wrong += [f"{rule.name}: {each}" for each in wrong]
            raise NoError(400, 300, "Validation Failed.")
        given: Row = dict(asked.query) | {name: unquote(value) for name, value in ids.items()}
        if asked.body and rule.name != "upload":
            given |= json.loads(asked.body)
        given["raw"] = asked
        told = getattr(self, f"_do_{rule.name}")(user, given)
        if told is None:
            return Answer(204, b"", headers)
        return _json(told, 201 if rule.method == "POST" else 200, headers)

    def _signed(self, asked: Asked) -> str | None:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return self.tokens[token][0] if token in self.tokens else None

    def _who(self, asked: Asked) -> tuple[str, set[str]]:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise NoError(401, 124, "Invalid access token.")
        return self.tokens[token]

    def _limit(self, rule: rules.Rule, headers: dict[str, str]) -> None:
        headers["x-ratelimit-category"] = rule.label
        if self.limits[rule.name]:
            status, code, message, more = self.limits[rule.name].pop(0)
            raise NoError(status, code, message, more)
        if self.spent_until is not None and self.now() < self.spent_until:
            said = (
                "You have reached the maximum daily rate limit for this API. Refer to the response header for details."
            )
            told = {"retry-after": iso(self.spent_until), "x-ratelimit-type": "Daily-limit"}
            raise NoError(429, 429, said, told)
        if self.per_second is not None:
            self._asked = [at for at in self._asked if at > self.now() - 1000]
            if len(self._asked) >= self.per_second:
                said = "You have reached the maximum per-second rate limit for this API. Try again later."
                raise NoError(429, 429, said, {"x-ratelimit-type": "QPS"})
            self._asked.append(self.now())

    # People and places

    def _do_me(self, user: str, _given: Row) -> Row:
        row = self.users[user]
        return {key: row[key] for key in ("id", "email", "first_name", "last_name", "type")} | {
            "display_name": row["name"], "verified": 1, "timezone": "Europe/Amsterdam", "status": "active",
        }  # fmt: skip

    def _do_contacts(self, user: str, given: Row) -> Row:
        external = given.get("type") == "external"
        rows = [row for id, row in self.users.items() if id != user and row["external"] is external]
        shown = [
            {"id": "" if external else row["id"]}
            | {key: row[key] for key in ("member_id", "email", "first_name", "last_name")}
            for row in rows
        ]
        return self._page("contacts", shown, given)

    def _do_channels(self, user: str, given: Row) -> Row:
        return self._page(
            "channels",
            [row for id, row in self.channels.items() if user in self.members[id] and not row.get("hidden")],
            given,
        )

    def _do_members(self, user: str, given: Row) -> Row:
        place = self._place(user, {"to_channel": given["id"]})
        shown = []
        for id in self.members[place]:
            row = self.users[id]
            hidden = row["external"]
            shown.append({
                "id": "" if hidden else id, "member_id": row["member_id"], "name": row["name"], "role": "member",
                "email": "" if hidden else row["email"], "first_name": row["first_name"],
                "last_name": row["last_name"], "is_external": hidden,
            })  # fmt: skip
        return self._page("members", shown, given)

    def _do_sessions(self, user: str, given: Row) -> Row:
        since, until = self._span(given)
        shown = []
        for place, at in sorted(self.moved.items(), key=lambda each: -each[1]):
            if not since <= at <= until or not self._inside(user, place):
                continue
            row: Row = {"last_message_sent_time": iso(at)}
            if place in self.channels:
                row |= {"type": "groupchat", "channel_id": place, "name": self.channels[place]["name"]}
            else:
                peer = self.users[self._peer(user, place)]
                row |= {
                    "type": "1:1", "name": peer["email"], "peer_contact_email": peer["email"],
                    "peer_contact_user_id": "" if peer["external"] else peer["id"],
                    "peer_contact_member_id": peer["member_id"],
                }  # fmt: skip
            shown.append(row)
        return self._page("sessions", shown, given) | {"from": iso(since), "to": iso(until)}

    # Messages

    def _do_messages(self, user: str, given: Row) -> Row:
        place = self._place(user, given)
        since, until = self._span(given)
        changed = given.get("include_deleted_and_edited_message") == "true"
        if changed and "search_key" in given:
            raise NoError(400, 300, "Validation Failed.")
        rows = [row for row in self.lines[place].values() if since <= row["at"] <= until]
        rows = [row for row in rows if row["status"] != "Deleted" or changed]
        if key := given.get("search_key"):
            rows = [row for row in rows if key in row["text"]]
        rows.sort(key=lambda row: row["at"], reverse=not self.oldest_first)
        return self._page("messages", [self._listed(row, status=changed) for row in rows], given) | {
            "from": iso(since), "to": iso(until),
        }  # fmt: skip

    def _listed(self, row: Row, *, status: bool) -> Row:
        author = self.users[row["author"]]
        shown: Row = {
            "id": row["id"], "message": row["text"], "date_time": iso(row["at"]), "timestamp": row["at"],
            "sender": "" if author["external"] else author["email"], "send_member_id": author["member_id"],
            "sender_display_name": author["name"], "message_type": "plain_text_message",
        }  # fmt: skip
        shown |= {"status": row["status"]} if status else {}
        shown |= {name: row[name] for name in ("at_items", "rich_text") if row[name]}
        if row["files"]:
            shown |= {"files": [self.file_row(id, self.base) for id in row["files"]], "message_type": "file_and_text"}
        if row["root"]:
            shown["reply_main_message_id"] = row["root"]
            root = next((held[row["root"]] for held in self.lines.values() if row["root"] in held), None)
            shown |= {"reply_main_message_timestamp": root["at"]} if root else {}
        return shown

    def _do_message(self, user: str, given: Row) -> Row:
        row = self._line(self._place(user, given), given["id"])
        reactions = [
            {"emoji": sign, "total_count": len(people), "user_ids": list(people),
             "member_ids": [self.users[one]["member_id"] for one in people]}
            for sign, people in row["reactions"].items() if people
        ]  # fmt: skip
        return self._listed(row, status=False) | ({"reactions": reactions} if reactions else {})

    def _do_thread(self, user: str, given: Row) -> Row:
        if "from" not in given:
            raise NoError(400, 4233, "The `from` cannot be blank.")
        place = self._place(user, given)
        root = self.lines[place].get(given["id"])
        if root is None or root["status"] == "Deleted":
            raise NoError(404, 4131, f"Message does not exist: {given['id']}.")
        since, until = self._span(given)
        found = [row for row in self.lines[place].values() if row["root"] == root["id"] and row["status"] != "Deleted"]
        shown = sorted((row for row in found if since <= row["at"] <= until), key=lambda row: row["at"])
        shown = shown[::-1] if given.get("sort") == "desc" else shown
        shown = shown[: int(given.get("limit", 10))]
        rows = [self._threaded(row, reply=True) for row in shown]
        if given.get("need_main_message") == "true":
            rows.append(self._threaded(root, reply=False))
        return {"total": len(found), "messages": rows}

    def _threaded(self, row: Row, *, reply: bool) -> Row:
        author = self.users[row["author"]]
        hidden = author["external"]
        shown: Row = {
            "msg_id": f"{{{row['id']}}}", "message": row["text"], "is_reply": reply, "timestamp": row["at"],
            "sender_user_id": "" if hidden else author["id"], "sender_email": "" if hidden else author["email"],
            "sender_member_id": author["member_id"], "sender_display_name": author["name"],
        }  # fmt: skip
        shown |= {name: row[name] for name in ("at_items", "rich_text") if row[name]}
        return shown | ({"files": [self.file_row(id, self.base) for id in row["files"]]} if row["files"] else {})

    def _do_post(self, user: str, given: Row) -> Row:
        place = self._place(user, given, write=True)
        words = given["message"]
        if len(words.encode("utf-16-le")) // 2 > 1024:
            raise NoError(400, 300, "Message content is too long.")
        files = given.get("file_ids", [])
        if len(files) > 6 or any(id not in self.files for id in files):
            raise NoError(400, 5404, "File does not exist: $file_ids.")
        if not words.strip() and not files:
            raise NoError(400, 300, "Validation Failed.")
        more = {"files": files, "at_items": self._alerted(words, given), "rich_text": given.get("rich_text", [])}
        root = (given.get("reply_main_message_id") or "").strip("{}") or None
        if "scheduled_time" in given:
            return self._keep_draft(user, place, words, root, given["scheduled_time"], more)
        self._send_limit(place)
        return {"id": self.say(place, user, words, root, **more)}

    def _alerted(self, words: str, given: Row) -> list[Row]:
        """Nothing in a text acts; what stands beside it does."""
        found: list[Row] = []
        for item in given.get("at_items", []):
            start, end = item["start_position"], item["end_position"]
            name = words.encode("utf-16-le")[start * 2 : (end + 1) * 2].decode("utf-16-le")
            if not name.startswith("@"):
                self.wrong.append(f"post: a mention of {name!r}")
            who = item.get("at_contact", "")
            peer = next(
                (row for row in self.users.values() if who in {row["id"], row["member_id"], row["email"]}), None
            )
            if item["at_type"] == 1 and peer is None:
                raise NoError(400, 300, "Validation Failed.")
            self.did.append(name)
            contact = {"at_contact": peer["id"], "at_contact_member_id": peer["member_id"]} if peer else {}
            found.append({**item, **contact})
        return found

    def _send_limit(self, place: str) -> None:
        if self._shut.get(place, 0) > self.now():
            raise NoError(429, 429, "Too many messages.", {"retry-after": "10"})
        said = [at for at in self._said[place] if at > self.now() - _WINDOWS[-1][0]]
        for span, most, seconds in _WINDOWS:
            if sum(at > self.now() - span for at in said) >= most:
                self._shut[place] = self.now() + seconds * 1000
                raise NoError(429, 429, "Too many messages.", {"retry-after": str(seconds)})
        self._said[place] = [*said, self.now()]

    def _do_edit(self, user: str, given: Row) -> None:
        place = self._place(user, given)
        row = self._mine(user, place, given["id"])
        if len(given["message"].encode("utf-16-le")) // 2 > 1024:
            raise NoError(400, 300, "Message content is too long.")
        if given.get("file_ids") and not row["files"]:
            raise NoError(
                400, 300, "A plain text message that is sent without any files is not allowed to update with the file."
            )
        self.change(place, row["id"], given["message"])
        row["files"] = given.get("file_ids", [])

    def _do_delete(self, user: str, given: Row) -> None:
        place = self._place(user, given)
        self.drop(place, self._mine(user, place, given["id"])["id"])

    def _do_status(self, user: str, given: Row) -> None:
        row = self._line(self._place(user, given), given["id"])
        if given["timestamp"] != row["at"]:
            raise NoError(400, 300, "Validation Failed.")
        row["read"].add(user) if given["action"] == "read" else row["read"].discard(user)

    def _do_react(self, user: str, given: Row) -> None:
        people = self._line(self._place(user, given), given["id"])["reactions"].setdefault(given["emoji"], [])
        if given["action"] == "add" and user not in people:
            people.append(user)
        elif given["action"] == "remove" and user in people:
            people.remove(user)

    def _do_bookmark(self, user: str, given: Row) -> None:
        row = self._line(self._place(user, given), given["message_id"])
        (self.bookmarks.add if given["action"] == "add_bookmark" else self.bookmarks.discard)(row["id"])

    # Lines for later, reminders, presence

    def _keep_draft(self, user: str, place: str, words: str, root: str | None, when: str, more: Row) -> Row:
        at = ms(when)
        if not self.now() + 30 * 60_000 < at < self.now() + 180 * 86_400_000:
            raise NoError(
                400, 300, "Invalid parameter: send_time. The time requirement is more than 30 minutes from now."
            )
        id = f"draft-{len(self.drafts) + 1:04}"
        self.drafts[id] = {"at": at, "user": user, "place": place, "text": words, "root": root, "sent": False, **more}
        return {"id": id}

    def _come_due(self) -> None:
        for row in sorted(self.drafts.values(), key=lambda row: row["at"]):
            if not row["sent"] and row["at"] <= self.now():
                row["sent"] = True
                more = {name: row[name] for name in ("files", "at_items", "rich_text")}
                self.say(row["place"], row["user"], row["text"], row["root"], **more)

    def _do_scheduled(self, user: str, given: Row) -> Row:
        place = self._place(user, given)
        rows = [
            {"draft_id": id, "create_date": iso(self.now()), "scheduled_time": iso(row["at"]), "message": row["text"]}
            for id, row in self.drafts.items() if row["place"] == place and not row["sent"] and row["user"] == user
        ]  # fmt: skip
        return self._page("messages", rows, given)

    def _do_unschedule(self, user: str, given: Row) -> None:
        self._place(user, given)
        row = self.drafts.get(given["id"])
        if row is None or row["sent"] or row["user"] != user:
            raise NoError(400, 5404, f"Invalid draft id: {given['id']}.")
        del self.drafts[given["id"]]

    def remind(self, place: str, message: str, at: int, note: str = "") -> None:
        self.reminders[message] = {"place": place, "at": at, "note": note}

    def _do_reminders(self, user: str, given: Row) -> Row:
        place = self._place(user, given) if "to_channel" in given or "to_contact" in given else None
        rows = []
        for id, held in self.reminders.items():
            if place not in {None, held["place"]}:
                continue
            line = self._line(held["place"], id)
            row: Row = {
                "message_id": id, "reminder_note": held["note"], "content": line["text"],
                "message_timestamp": line["at"], "create_time": iso(line["at"]), "remind_time": iso(held["at"]),
            }  # fmt: skip
            rows.append(row | ({"main_message_id": line["root"]} if line["root"] else {}))
        return self._page("reminders", rows, given)

    def _do_unremind(self, user: str, given: Row) -> None:
        self._place(user, given)
        if self.reminders.pop(given["id"], None) is None:
            raise NoError(404, 4200, f"Message does not exist: {given['id']}.")

    def _do_presence(self, _user: str, _given: Row) -> Row:
        if self.presence["status"] == "Do_Not_Disturb" and self.presence["end"] <= self.now():
            self.presence = {"status": "Available", "end": 0}
        told: Row = {"status": self.presence["status"]}
        if told["status"] == "Do_Not_Disturb":
            left = (self.presence["end"] - self.now()) // 1000
            told |= {"end_time": iso(self.presence["end"]), "remaining_time": left}
        return told

    def _do_set_presence(self, _user: str, given: Row) -> None:
        if self.presence_limit and self.now() - self._set_at < 60_000:
            raise NoError(
                429, 429, "A user's status cannot be updated more than once per minute.", {"retry-after": "60"}
            )
        if self.presence["status"] == "Offline":
            raise NoError(400, 5301, "Request to update the presence status of this user failed.")
        minutes = given.get("duration", 20)
        if not 1 <= minutes <= 1440:
            raise NoError(400, 300, "Validation Failed.")
        self._set_at = self.now()
        self.presence = {"status": given["status"], "end": self.now() + minutes * 60_000}

    # What all of them need

    def _place(self, user: str, given: Row, *, write: bool = False) -> str:
        if channel := given.get("to_channel"):
            if channel not in self.channels or user not in self.members[channel]:
                raise NoError(404, 4130, f"Channel does not exist: {channel}.")
            if write and self.channels[channel].get("is_archived"):
                raise NoError(400, 5420, "Can not send message to an archived channel.")
            return str(channel)
        if contact := given.get("to_contact"):
            for id, row in self.users.items():
                if contact in {id, row["member_id"], row["email"]}:
                    return self.chat(user, id)
            raise NoError(404, 1001, f"User does not exist: {contact}.")
        raise NoError(400, 300, "Must provide either contact or channel parameter.")

    def _inside(self, user: str, place: str) -> bool:
        return user in self.members[place] if place in self.channels else user in place.split("+")

    def _peer(self, user: str, place: str) -> str:
        one, other = place.split("+")
        return other if one == user else one

    def _line(self, place: str, id: str) -> Row:
        row = self.lines[place].get(id.strip("{}"))
        if row is None or row["status"] == "Deleted":
            raise NoError(400, 300, f"Message does not exist: {id}.")
        return row

    def _mine(self, user: str, place: str, id: str) -> Row:
        row = self._line(place, id)
        if row["author"] != user:
            raise NoError(400, 200, "Only the sender of this message can make updates.")
        return row

    def _span(self, given: Row) -> tuple[int, int]:
        """[from, to] in whole seconds, both included; without `from` it is today only."""
        today = self.now() - self.now() % 86_400_000
        since = ms(given["from"]) if "from" in given else today
        until = (ms(given["to"]) if "to" in given else today + 86_400_000) + 999
        if self.most_days is not None and until - since > self.most_days * 86_400_000 + 999:
            raise NoError(400, 300, "The time range is too long.")
        return since, until

    def _page(self, name: str, found: list[Any], given: Row) -> Row:
        size = int(given.get("page_size", 10))
        start = 0
        if token := given.get("next_page_token"):
            made, _dash, at = token.partition("-")
            if not at.isdigit() or self.now() - int(made) > TOKEN_MS:
                raise NoError(400, 300, "The next page token is either invalid or has expired.")
            start = int(at)
        more = start + size < len(found)
        following = f"{self.now()}-{start + size}" if more else ""
        if self.loops:
            self._turns += 1
            following = f"{self.now() + self._turns % 2}-0"
        return {name: found[start : start + size], "page_size": size, "next_page_token": following}

    def _stamp(self) -> int:
        """No two messages share a stamp, nor a second unless they come in a burst."""
        self._last = max(self.now(), self._last + (1 if self.burst else 1000))
        return self._last


def _json(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(
        status, json.dumps(document).encode(), {"content-type": "application/json;charset=UTF-8", **(headers or {})}
    )
