"""The stateful service: people, conversations, lines with their threads, read markers, snoozes and limits."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.fakes.base import Answer, Asked
from tests.fakes.slack import rules

Row: TypeAlias = dict[str, Any]
TEAM = "T0HARBOUR"
SCOPES = tuple(
    [f"{kind}:{what}" for kind in ("channels", "groups", "im", "mpim") for what in ("read", "history", "write")]
    + ["users:read", "users:read.email", "chat:write", "files:read", "dnd:read", "dnd:write"]
    + ["pins:write", "users.profile:write"]
)
_ACTS = re.compile(r"<(!(?:channel|here|everyone|subteam\^)[^<>]*|@[UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_BARE = re.compile(r"(?<!\w)@(?:channel|here|everyone|[a-z]+)")
_ALIASES = {"mpim": "is_mpim", "im": "is_im", "private_channel": "is_private", "public_channel": "is_channel"}


class NoError(Exception):
    """`ok: false` with a word."""

    def __init__(self, code: str, **more: str) -> None:
        super().__init__(code)
        self.document: Row = {"ok": False, "error": code, **more}


class SlackFake:
    """`token` signs in as user `me`. No two stamps are equal; `did` lists whom text alerted, `wrong` what was illegal.

    `strict` gives histories 15 lines a page and one request a minute. `limited` holds methods that answer 429 once,
    with the seconds they ask for. `tiers` counts requests a minute as Slack does. `metadata` False refuses it, and
    `payloads` False keeps what is in it to itself, as Slack does for tokens without a scope.
    """

    user = "sam"
    token = "xoxp-fake-token-of-sam"
    app_token = "xapp-1-fake-token-of-the-app"

    def __init__(self, base: str = "https://slack.com", now: Callable[[], int] | None = None) -> None:
        self.base = base
        self.workspace = "https://harbour.slack.com/"
        self.users: dict[str, Row] = {}
        self.tokens: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.revoked: dict[str, str] = {}
        self.channels: dict[str, Row] = {}
        self.members: dict[str, list[str]] = {}
        self.lines: dict[str, dict[str, Row]] = defaultdict(dict)
        self.read: dict[tuple[str, str], str] = {}
        self.snoozes: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.waiting: dict[str, Row] = {}
        self.pins: dict[str, list[str]] = defaultdict(list)
        self.nights: dict[str, tuple[int, int]] = {}
        self.socket = ""
        self.tokens[self.app_token] = ("", ("connections:write",))
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.strict = self.tiers = self.loops = False
        self.metadata = self.payloads = True
        self.limited: dict[str, int] = {}
        self.errors: dict[str, str] = {}
        self.plan_days: int | None = None
        self._asked_at: dict[str, list[int]] = defaultdict(list)
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self._last = 0

    # What tests and seeds do behind the API.

    def add_user(self, name: str, handle: str, token: str | None = None, **more: Any) -> str:
        id = f"U{len(self.users) + 1:04}{handle.upper()[:6]}"
        self.users[id] = {
            "id": id, "team_id": TEAM, "name": handle, "real_name": name, "deleted": False, "is_bot": False,
            "tz": "Europe/Amsterdam", "is_email_confirmed": True, "updated": 1,
            "profile": {"real_name": name, "display_name": name, "email": f"{handle}@example.org", "team": TEAM},
        } | more  # fmt: skip
        if token:
            self.tokens[token] = (id, SCOPES)
        return id

    def add_channel(self, name: str, members: list[str], sort: str = "public_channel", **more: Any) -> str:
        letter = {"im": "D", "public_channel": "C", "private_channel": "C", "mpim": "C"}[sort]
        id = f"{letter}{len(self.channels) + 1:05}{re.sub(r'[^A-Z]', '', name.upper())[:5]}"
        flags = dict.fromkeys(_ALIASES.values(), False) | {_ALIASES[sort]: True}
        self.channels[id] = {"id": id, "created": 1, "is_archived": False, "is_ext_shared": False, **flags} | more
        if sort == "mpim":
            self.channels[id]["is_private"] = True
        if sort == "im":
            self.channels[id]["user"] = members[-1]
        else:
            self.channels[id]["name"] = name
        self.members[id] = members
        return id

    def say(self, channel: str, author: str, text: str, thread: str | None = None, **more: Any) -> str:
        """One line, `text` as Slack holds it (escaped)."""
        ts = self._stamp()
        row: Row = {"type": "message", "user": author, "text": text, "ts": ts, "team": TEAM, **more}
        if thread is not None:
            root = self.lines[channel].get(thread)
            if root is None:
                raise NoError("thread_not_found")
            row |= {"thread_ts": thread, "parent_user_id": root["user"]}
        self.lines[channel][ts] = row
        if thread is not None:
            self._count(channel, thread)
        return ts

    def change(self, channel: str, ts: str, text: str) -> Row:
        row = self._line(channel, ts)
        row |= {"text": text, "edited": {"user": row["user"], "ts": self._stamp()}}
        return row

    def drop(self, channel: str, ts: str) -> None:
        row = self._line(channel, ts)
        root = row.get("thread_ts")
        if root == ts and row.get("reply_count"):
            kept = {key: row[key] for key in ("ts", "thread_ts", "reply_count", "latest_reply", "type")}
            self.lines[channel][ts] = kept | {
                "subtype": "tombstone", "hidden": True, "user": "USLACKBOT", "text": "This message was deleted.",
            }  # fmt: skip
            return
        del self.lines[channel][ts]
        if root:
            self._count(channel, root)

    def add_file(self, name: str, data: bytes) -> Row:
        path = f"/files-pri/{TEAM}-F{len(self.files) + 1:04}/{name}"
        self.files[path] = data
        return {
            "id": f"F{len(self.files):04}", "name": name, "mimetype": "text/plain", "size": len(data),
            "url_private": self.base + path, "mode": "hosted", "permalink": f"{self.workspace}files/{name}",
        }  # fmt: skip

    # What stands behind `answer`.

    def answer(self, asked: Asked) -> Answer:
        try:
            return self._answer(asked)
        except NoError as refused:
            return _json(refused.document)

    def post_due(self) -> None:
        """Whatever waits and whose second has come is said."""
        for id, row in sorted(self.waiting.items(), key=lambda each: int(each[1]["post_at"])):
            if row["post_at"] * 1000 <= self._now():
                del self.waiting[id]
                self.say(row["channel"], row["user"], row["text"], row["thread_ts"], **row["more"])

    def _answer(self, asked: Asked) -> Answer:
        self.post_due()
        user, scopes = self._who(asked)
        if asked.path in self.files and asked.method == "GET":
            return Answer(200, self.files[asked.path], {"content-type": "application/octet-stream"})
        method = asked.path.removeprefix("/api/")
        rule = rules.RULES.get(method)
        if rule is None or not asked.path.startswith("/api/"):
            raise NoError("unknown_method")
        given = rules.arguments(asked)
        if wrong := rules.fault(rule, asked, given):
            self.wrong.append(f"{method}: {wrong}")
            raise NoError("invalid_arguments")
        if (pause := self._pause(method, rule)) is not None:
            return _json({"ok": False, "error": "ratelimited"}, 429, {"retry-after": str(pause)})
        if rule.scope and rule.scope not in scopes:
            raise NoError("missing_scope", needed=rule.scope, provided=",".join(scopes))
        if error := self.errors.pop(method, None):
            raise NoError(error)
        if method.startswith(("dnd.set", "dnd.end", "dnd.info", "users.profile")) and self.users[user]["is_bot"]:
            raise NoError("not_allowed_token_type")
        document = getattr(self, "_" + re.sub(r"(?<!^)([A-Z])|\.", _snake, method).lower())(user, given)
        return _json({"ok": True, **document}, headers={"x-oauth-scopes": ",".join(scopes)})

    def _who(self, asked: Asked) -> tuple[str, tuple[str, ...]]:
        scheme, _space, token = asked.headers.get("authorization", "").partition(" ")
        if not token:
            raise NoError("not_authed")
        if token in self.revoked:
            raise NoError(self.revoked[token])
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise NoError("invalid_auth")
        return self.tokens[token]

    def _pause(self, method: str, rule: rules.Rule) -> int | None:
        if method in self.limited:
            return self.limited.pop(method)
        history = method in {"conversations.history", "conversations.replies"}
        most = 1 if self.strict and history else rule.per_minute if self.tiers else None
        if most is None:
            return None
        now = self._now()
        recent = [at for at in self._asked_at[method] if at > now - 60_000]
        if len(recent) >= most:
            return max(1, -(-(recent[0] + 60_000 - now) // 1000))
        self._asked_at[method] = [*recent, now]
        return None

    def _auth_test(self, user: str, _given: Row) -> Row:
        row = self.users[user]
        more = {"bot_id": row["profile"]["bot_id"]} if row["is_bot"] else {}
        told = {"url": self.workspace, "team": "Harbour", "team_id": TEAM, "user": row["name"], "user_id": user}
        return told | more

    def _users_conversations(self, user: str, given: Row) -> Row:
        sorts = {_ALIASES[each] for each in given.get("types", "public_channel").split(",")}
        found = [
            row
            for id, row in self.channels.items()
            if user in self.members[id]
            and any(row[flag] for flag in sorts)
            and not (row["is_archived"] and _yes(given, "exclude_archived"))
        ]
        return self._page("channels", found, given, 100)

    def _users_list(self, _user: str, given: Row) -> Row:
        return self._page("members", [row for row in self.users.values() if row["team_id"] == TEAM], given, 1000)

    def _users_info(self, _user: str, given: Row) -> Row:
        if given["user"] not in self.users:
            raise NoError("user_not_found")
        return {"user": self.users[given["user"]]}

    def _conversations_members(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        return self._page("members", self.members[given["channel"]], given, 100)

    def _conversations_info(self, user: str, given: Row) -> Row:
        row = self._channel(user, given)
        return {"channel": row | {"last_read": self.read.get((user, row["id"]), "0000000000.000000")}}

    def _conversations_history(self, user: str, given: Row) -> Row:
        channel = self._channel(user, given)["id"]
        shown = [row for row in self._spanned(channel, given) if not _answers(row) or row.get("subtype")]
        limit = min(int(given.get("limit", 100)), 15 if self.strict else 999)
        shown.reverse()
        if given.get("cursor"):
            upto = base64.b64decode(given["cursor"]).decode().removeprefix("next_ts:")
            shown = [row for row in shown if row["ts"] <= upto]
        page, rest = shown[:limit], shown[limit:]
        return self._lines(page, rest, given)

    def _conversations_replies(self, user: str, given: Row) -> Row:
        channel = self._channel(user, given)["id"]
        root = self.lines[channel].get(given["ts"])
        if root is None:
            raise NoError("thread_not_found")
        if _answers(root):
            return self._lines([root], [], given)
        found = [row for row in self._spanned(channel, given) if row.get("thread_ts") == root["ts"] and _answers(row)]
        limit = min(int(given.get("limit", 1000)), 15 if self.strict else 1000)
        if given.get("cursor"):
            after = base64.b64decode(given["cursor"]).decode().removeprefix("next_ts:")
            found = [row for row in found if row["ts"] >= after]
        return self._lines([root, *found[:limit]], found[limit:], given)

    def _conversations_mark(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        self.read[user, given["channel"]] = given["ts"]
        return {}

    def _chat_post_message(self, user: str, given: Row) -> Row:
        channel = self._channel(user, given)
        if channel["is_archived"]:
            raise NoError("is_archived")
        if not given["text"]:
            raise NoError("no_text")
        if len(given["text"]) > 40_000:
            raise NoError("msg_too_long")
        more: Row = {}
        if "metadata" in given:
            if not self.metadata:
                raise NoError("metadata_must_be_sent_from_app")
            more["metadata"] = json.loads(given["metadata"])
            if not re.fullmatch(r"\w{1,255}", more["metadata"]["event_type"]):
                raise NoError("invalid_metadata_format")
        if "blocks" in given:
            more["blocks"] = json.loads(given["blocks"])
            if any(len(each["text"]["text"]) > 3000 for each in more["blocks"]):
                raise NoError("invalid_blocks")
        if self.users[user]["is_bot"]:
            more["bot_id"] = self.users[user]["profile"]["bot_id"]
        self._read_text(given)
        ts = self.say(channel["id"], user, given["text"], given.get("thread_ts"), **more)
        return {"channel": channel["id"], "ts": ts, "message": self.lines[channel["id"]][ts]}

    def _chat_schedule_message(self, user: str, given: Row) -> Row:
        channel, at, now = self._channel(user, given), int(given["post_at"]), self._now() // 1000
        if at <= now:
            raise NoError("time_in_past")
        if at > now + 120 * 86_400:
            raise NoError("time_too_far")
        if not given["text"]:
            raise NoError("no_text")
        near = [
            row for row in self.waiting.values() if row["channel"] == channel["id"] and abs(row["post_at"] - at) < 300
        ]
        if len(near) >= 30:
            raise NoError("restricted_too_many")
        self._read_text(given)
        id = f"Q{self._stamp().replace('.', '')[-12:]}"
        more: Row = {"blocks": json.loads(given["blocks"])} if "blocks" in given else {}
        self.waiting[id] = {
            "id": id, "channel": channel["id"], "user": user, "text": given["text"], "post_at": at,
            "thread_ts": given.get("thread_ts"), "more": more, "made": now,
        }  # fmt: skip
        message = {"type": "delayed_message", "text": given["text"], "user": user, "team": TEAM, "bot_id": "B0LEEWARD"}
        return {"channel": channel["id"], "scheduled_message_id": id, "post_at": at, "message": message}

    def _chat_scheduled_messages_list(self, user: str, given: Row) -> Row:
        found = [
            {"id": row["id"], "channel_id": row["channel"], "post_at": row["post_at"], "date_created": row["made"],
             "text": row["text"]}
            for row in sorted(self.waiting.values(), key=lambda each: int(each["post_at"]))
            if row["user"] == user and given.get("channel", row["channel"]) == row["channel"]
            and int(given.get("oldest", 0)) <= row["post_at"] <= int(given.get("latest", 1 << 40))
        ]  # fmt: skip
        return self._page("scheduled_messages", found, given, 100)

    def _chat_delete_scheduled_message(self, user: str, given: Row) -> Row:
        row = self.waiting.get(given["scheduled_message_id"])
        if row is None or row["user"] != user or row["channel"] != given["channel"]:
            raise NoError("invalid_scheduled_message_id")
        if row["post_at"] - self._now() // 1000 < 60:
            raise NoError("invalid_scheduled_message_id")  # it is being posted
        del self.waiting[row["id"]]
        return {}

    def _pins_add(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        self._line(given["channel"], given["timestamp"])
        if given["timestamp"] in self.pins[given["channel"]]:
            raise NoError("already_pinned")
        self.pins[given["channel"]].append(given["timestamp"])
        return {}

    def _pins_remove(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        if given["timestamp"] not in self.pins[given["channel"]]:
            raise NoError("no_pin")
        self.pins[given["channel"]].remove(given["timestamp"])
        return {}

    def _users_profile_set(self, user: str, given: Row) -> Row:
        told = json.loads(given["profile"])
        if len(told.get("status_text", "")) > 100:
            raise NoError("profile_status_set_failed_not_valid")
        if told.get("status_emoji") and not re.fullmatch(r":[a-z0-9_+'-]+:", told["status_emoji"]):
            raise NoError("profile_status_set_failed_not_emoji_syntax")
        self.users[user]["profile"] |= told
        return {"username": self.users[user]["name"], "profile": self.users[user]["profile"]}

    def _dnd_team_info(self, _user: str, given: Row) -> Row:
        never = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
        told = {
            id: {"dnd_enabled": True, "next_dnd_start_ts": night[0], "next_dnd_end_ts": night[1]} if night else never
            for id in given["users"].split(",")
            for night in (self.nights.get(id),)
        }
        return {"users": told}

    def _apps_connections_open(self, _user: str, _given: Row) -> Row:
        if not self.socket:
            raise NoError("internal_error")
        return {"url": self.socket}

    def _chat_update(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        if self._line(given["channel"], given["ts"])["user"] != user:
            raise NoError("cant_update_message")
        self._read_text(given)
        row = self.change(given["channel"], given["ts"], given["text"])
        if "blocks" in given:
            row["blocks"] = json.loads(given["blocks"])
        message = {key: row[key] for key in ("text", "user", "edited")}
        return {"channel": given["channel"], "ts": given["ts"], "text": given["text"], "message": message}

    def _chat_delete(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        if self._line(given["channel"], given["ts"])["user"] != user:
            raise NoError("cant_delete_message")
        self.drop(given["channel"], given["ts"])
        return {"channel": given["channel"], "ts": given["ts"]}

    def _chat_get_permalink(self, user: str, given: Row) -> Row:
        self._channel(user, given)
        row = self._line(given["channel"], given["message_ts"])
        tail = f"?thread_ts={row['thread_ts']}&cid={given['channel']}" if _answers(row) else ""
        link = f"{self.workspace}archives/{given['channel']}/p{row['ts'].replace('.', '')}{tail}"
        return {"channel": given["channel"], "permalink": link}

    def _dnd_info(self, user: str, _given: Row) -> Row:
        end = self.snoozes.get(user, 0)
        told: Row = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1, "snooze_enabled": False}
        if end * 1000 > self._now():
            told |= {"snooze_enabled": True, "snooze_endtime": end, "snooze_remaining": end - self._now() // 1000}
        return told

    def _dnd_set_snooze(self, user: str, given: Row) -> Row:
        self.snoozes[user] = self._now() // 1000 + 60 * int(given["num_minutes"])
        return {"snooze_enabled": True, "snooze_endtime": self.snoozes[user], "snooze_remaining": 1}

    def _dnd_end_snooze(self, user: str, _given: Row) -> Row:
        if self.snoozes.pop(user, None) is None:
            raise NoError("snooze_not_active")
        return {"dnd_enabled": False, "snooze_enabled": False}

    def _channel(self, user: str, given: Row) -> Row:
        row = self.channels.get(given["channel"])
        if row is None or (user not in self.members[row["id"]] and not row["is_channel"]):
            raise NoError("channel_not_found")
        if user not in self.members[row["id"]]:
            raise NoError("not_in_channel")
        return row

    def _line(self, channel: str, ts: str) -> Row:
        row = self.lines[channel].get(ts)
        if row is None or row.get("subtype") == "tombstone":
            raise NoError("message_not_found")
        return row

    def _spanned(self, channel: str, given: Row) -> list[Row]:
        """The lines between the two stamps, oldest first; a plan may hide old ones."""
        oldest, latest = given.get("oldest", ""), given.get("latest", "9")
        hidden = "" if self.plan_days is None else f"{self._now() // 1000 - self.plan_days * 86_400:010}"
        both = _yes(given, "inclusive")
        return [
            row
            for ts, row in sorted(self.lines[channel].items())
            if (oldest < ts < latest or (both and ts in {oldest, latest})) and ts > hidden
        ]

    def _lines(self, page: list[Row], rest: list[Row], given: Row) -> Row:
        kept = _yes(given, "include_all_metadata")
        shown = [{key: value for key, value in row.items() if kept or key != "metadata"} for row in page]
        if not self.payloads:
            shown = [
                row | {"metadata": row["metadata"] | {"event_payload": {}}} if "metadata" in row else row
                for row in shown
            ]
        document: Row = {"messages": shown, "has_more": bool(rest) or self.loops}
        following = rest[0]["ts"] if rest else page[0]["ts"] if page and self.loops else None
        if following:
            cursor = base64.b64encode(f"next_ts:{following}".encode()).decode()
            document["response_metadata"] = {"next_cursor": cursor}
        return document

    def _page(self, name: str, found: list[Any], given: Row, most: int) -> Row:
        limit = min(int(given.get("limit", most)), 1000)
        try:
            start = int(base64.b64decode(given.get("cursor", "")).decode() or 0)
        except ValueError:
            raise NoError("invalid_cursor") from None
        more = start + limit < len(found)
        following = start if self.loops else start + limit
        cursor = base64.b64encode(str(following).encode()).decode() if more or self.loops else ""
        return {name: found[start : start + limit], "response_metadata": {"next_cursor": cursor}}

    def _count(self, channel: str, root: str) -> None:
        held = self.lines[channel]
        answers = [row for row in held.values() if row.get("thread_ts") == root and row["ts"] != root]
        for key in ("thread_ts", "reply_count", "latest_reply", "reply_users"):
            held[root].pop(key, None)
        if answers:
            users = list(dict.fromkeys(row["user"] for row in answers))
            latest = max(row["ts"] for row in answers)
            held[root] |= {"thread_ts": root, "reply_count": len(answers), "latest_reply": latest, "reply_users": users}

    def _read_text(self, given: Row) -> None:
        """What Slack does with a text: marks always act, bare names only where names are looked for."""
        texts = [given["text"], *(each["text"]["text"] for each in json.loads(given.get("blocks", "[]")))]
        update = "ts" in given
        names = given.get("parse", "client" if update else "none") != "none" or _yes(given, "link_names")
        for text in texts:
            self.did += [found[1] for found in _ACTS.finditer(text)]
            self.did += _BARE.findall(text) if names else []

    def _stamp(self) -> str:
        self._last = max(self._now() * 1000, self._last + 1)
        return f"{self._last // 1_000_000:010}.{self._last % 1_000_000:06}"


def _answers(row: Row) -> bool:
    return str(row.get("thread_ts", row["ts"])) != str(row["ts"])


def _yes(given: Row, name: str) -> bool:
    return given.get(name) in {"true", "1"}


def _snake(found: re.Match[str]) -> str:
    return f"_{found[1] or ''}"


def _json(document: Row, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(
        status, json.dumps(document).encode(), {"content-type": "application/json; charset=utf-8", **(headers or {})}
    )
