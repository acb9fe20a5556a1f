"""The fake's own tables of what a method takes: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tests.fakes.base import Asked

_PAGE = {"cursor": r".*", "limit": r"[1-9]\d{0,3}"}
_TS = r"\d{10}\.\d{6}"
_FLAG = r"true|false|1|0"
_CHANNEL = r"[CDG][A-Z0-9]+"
_LINES = _PAGE | {
    "channel": _CHANNEL, "latest": _TS, "oldest": _TS, "inclusive": _FLAG, "include_all_metadata": _FLAG,
}  # fmt: skip
_POST = {
    "channel": _CHANNEL, "text": r"[\s\S]*", "thread_ts": _TS, "parse": "none|full|client", "metadata": r"\{.*\}",
    "link_names": _FLAG, "unfurl_links": _FLAG, "unfurl_media": _FLAG, "blocks": r"\[[\s\S]*\]",
    "reply_broadcast": _FLAG, "mrkdwn": _FLAG,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One method: its verb, its fields with their patterns, what must be there, the scope and Slack's tier."""

    verb: str
    fields: dict[str, str]
    needs: tuple[str, ...] = ()
    scope: str = ""
    per_minute: int = 50


RULES = {
    "auth.test": Rule("GET", {}, per_minute=600),
    "users.conversations": Rule(
        "GET", _PAGE | {"types": r"[a-z_,]+", "exclude_archived": _FLAG, "user": r"\w+"}, scope="channels:read"
    ),
    "users.list": Rule("GET", _PAGE | {"include_locale": _FLAG}, scope="users:read", per_minute=20),
    "users.info": Rule(
        "GET", {"user": r"[UW]\w+", "include_locale": _FLAG}, ("user",), "users:read", per_minute=100
    ),
    "conversations.members": Rule(
        "GET", _PAGE | {"channel": _CHANNEL}, ("channel",), "channels:read", per_minute=100
    ),
    "conversations.info": Rule(
        "GET", {"channel": _CHANNEL, "include_num_members": _FLAG, "include_locale": _FLAG}, ("channel",),
        "channels:read",
    ),
    "conversations.history": Rule("GET", _LINES, ("channel",), "channels:history"),
    "conversations.replies": Rule("GET", _LINES | {"ts": _TS}, ("channel", "ts"), "channels:history"),
    "conversations.mark": Rule("POST", {"channel": _CHANNEL, "ts": _TS}, ("channel", "ts"), "channels:write"),
    "chat.postMessage": Rule("POST", _POST, ("channel", "text"), "chat:write", per_minute=60),
    "chat.update": Rule("POST", _POST | {"ts": _TS}, ("channel", "ts", "text"), "chat:write"),
    "chat.delete": Rule("POST", {"channel": _CHANNEL, "ts": _TS}, ("channel", "ts"), "chat:write"),
    "chat.getPermalink": Rule("GET", {"channel": _CHANNEL, "message_ts": _TS}, ("channel", "message_ts")),
    "chat.scheduleMessage": Rule(
        "POST", {name: one for name, one in _POST.items() if name != "metadata"} | {"post_at": r"\d{10}"},
        ("channel", "text", "post_at"), "chat:write",
    ),
    "chat.scheduledMessages.list": Rule(
        "GET", _PAGE | {"channel": _CHANNEL, "oldest": r"\d{10}", "latest": r"\d{10}"}, (), ""
    ),
    "chat.deleteScheduledMessage": Rule(
        "POST", {"channel": _CHANNEL, "scheduled_message_id": r"Q[A-Z0-9]{8,}", "as_user": _FLAG},
        ("channel", "scheduled_message_id"), "chat:write",
    ),
    "pins.add": Rule("POST", {"channel": _CHANNEL, "timestamp": _TS}, ("channel", "timestamp"), "pins:write", 20),
    "pins.remove": Rule("POST", {"channel": _CHANNEL, "timestamp": _TS}, ("channel", "timestamp"), "pins:write", 20),
    "users.profile.set": Rule("POST", {"profile": r"\{[\s\S]*\}"}, ("profile",), "users.profile:write"),
    "dnd.teamInfo": Rule("GET", {"users": r"[UW]\w+(?:,[UW]\w+){0,49}"}, ("users",), "dnd:read", 20),
    "apps.connections.open": Rule("POST", {}, scope="connections:write", per_minute=20),
    "dnd.info": Rule("GET", {"user": r"\w+"}, scope="dnd:read"),
    "dnd.setSnooze": Rule("POST", {"num_minutes": r"[1-9]\d*"}, ("num_minutes",), "dnd:write"),
    "dnd.endSnooze": Rule("POST", {}, scope="dnd:write"),
}  # fmt: skip


def arguments(asked: Asked) -> dict[str, str]:
    """What a request names, wherever Slack reads it from: the query, a form or a JSON object."""
    found = dict(asked.query)
    sort = asked.headers.get("content-type", "")
    if sort.startswith("application/x-www-form-urlencoded"):
        found |= dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
    elif sort.startswith("application/json") and asked.body:
        document = json.loads(asked.body)
        named = document if isinstance(document, dict) else {}
        found |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in named.items()}
    return found


def fault(rule: Rule, asked: Asked, given: dict[str, str]) -> str | None:
    """What is wrong with a request; None when it is right. Slack lets what reads be posted, not the other way round."""
    if asked.method not in {rule.verb, "POST"}:
        return f"{asked.method} in place of {rule.verb}"
    if asked.method == "POST" and asked.query:
        return "a change names its fields in the body"
    if "token" in given:
        return "the token belongs in the header"
    for name, value in given.items():
        if name not in rule.fields:
            return f"{name} is not known here"
        if not re.fullmatch(rule.fields[name], value, re.DOTALL):
            return f"{name} is invalid: {value[:80]}"
    return next((f"{name} is missing" for name in rule.needs if name not in given), None)
