"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.base import Asked

_TOKEN = r".{1,400}"
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_DAY = r"\d{4}-\d\d-\d\d"
_FLAG = "true|false"
_PLACE = {"to_channel": r"[^/\s]+", "to_contact": r"[^/\s]+"}
_SPAN = {"from": _STAMP, "to": _STAMP}


def _pages(most: int, least: int = 1) -> dict[str, str]:
    sizes = "|".join(str(size) for size in range(least, most + 1))
    return {"page_size": sizes, "next_page_token": _TOKEN}


_TARGET = {"to_channel": str, "to_contact": str}
_MESSAGE = _TARGET | {
    "message": str, "at_items": list, "rich_text": list, "file_ids": list, "reply_main_message_id": str,
    "scheduled_time": str, "interactive_cards": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation: what its query may name, its body's fields with their types, its scope and rate limit label."""

    method: str
    path: re.Pattern[str]
    name: str
    scope: str
    query: dict[str, str]
    fields: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    label: str = "Medium"
    described: bool = True


def _rule(method: str, path: str, name: str, scope: str, query: dict[str, str] | None = None, **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)
    return Rule(method, re.compile(f"/v2{pattern}"), name, scope, query or {}, **rest)


_ME = "/chat/users/me"
_LINE = f"{_ME}/messages/:id"
RULES = (
    _rule("GET", "/users/me", "me", "user:read:user", label="Light"),
    _rule("GET", "/users/me/presence_status", "presence", "user:read:presence_status"),
    _rule("PUT", "/users/me/presence_status", "set_presence", "user:update:presence_status",
          fields={"status": str, "duration": int}, needs=("status",)),
    _rule("GET", f"{_ME}/channels", "channels", "team_chat:read:list_user_channels", _pages(1000)),
    _rule("GET", "/chat/channels/:id/members", "members", "team_chat:read:list_members", _pages(100)),
    _rule("GET", f"{_ME}/sessions", "sessions", "team_chat:read:list_user_sessions",
          _pages(50) | _SPAN | {"type": "1:1|groupchat", "search_star": _FLAG}),
    _rule("GET", "/chat/users/me/contacts", "contacts", "team_chat:read:list_contacts",
          _pages(50) | {"type": "company|external"}),
    _rule("GET", f"{_ME}/messages", "messages", "team_chat:read:list_user_messages",
          _pages(50) | _PLACE | _SPAN | {"date": _DAY, "include_deleted_and_edited_message": _FLAG,
          "search_type": "message|file", "search_key": r"[\s\S]{1,256}", "exclude_child_message": _FLAG}),
    _rule("POST", f"{_ME}/messages", "post", "team_chat:write:user_message", fields=_MESSAGE, needs=("message",)),
    _rule("GET", _LINE, "message", "team_chat:read:user_message", _PLACE),
    _rule("PUT", _LINE, "edit", "team_chat:update:user_message",
          fields=_TARGET | {"message": str, "file_ids": list, "interactive_cards": list}),
    _rule("DELETE", _LINE, "delete", "team_chat:delete:user_message", _PLACE),
    _rule("GET", f"{_LINE}/thread", "thread", "team_chat:read:thread_message",
          _PLACE | _SPAN | {"limit": "[1-9]|[1-9][0-9]|100", "sort": "asc|desc"}
          | dict.fromkeys(("need_main_message", "need_emoji", "need_attachment", "need_rich_text", "need_at_items"), _FLAG)),
    _rule("PATCH", f"{_LINE}/status", "status", "team_chat:update:message_status",
          fields=_TARGET | {"action": str, "timestamp": int}, needs=("action",)),
    _rule("PATCH", f"{_LINE}/emoji_reactions", "react", "team_chat:update:message_emoji",
          fields=_TARGET | {"action": str, "emoji": str}, needs=("action", "emoji")),
    _rule("PATCH", "/chat/messages/bookmarks", "bookmark", "team_chat:update:bookmark", {"message_id": r"[^\s]+"},
          fields=_TARGET | {"action": str}, needs=("action",)),
    _rule("GET", "/chat/messages/schedule", "scheduled", "team_chat:read:list_scheduled_messages",
          _pages(50) | _PLACE, label="Light"),
    _rule("DELETE", "/chat/messages/schedule/:id", "unschedule", "team_chat:delete:scheduled_message", _PLACE,
          label="Light"),
    _rule("GET", "/chat/reminder", "reminders", "team_chat:read:list_reminders", _pages(20) | _PLACE, label="Light"),
    _rule("DELETE", "/chat/messages/:id/reminder", "unremind", "team_chat:delete:reminder", _PLACE, label="Light"),
    _rule("GET", "/chat/files/:id", "file", "team_chat:read:file", label="Light", described=False),
    _rule("POST", "/chat/users/me/files", "upload", "team_chat:write:files",
          {"postToPersonalChat": _FLAG}, described=False),
    _rule("GET", "/clips", "clips", "clips:read:list_user_clips",
          _pages(300, 30) | _SPAN | {"user_id": "me", "date_filter_type": "CREATED_DATE|MODIFIED_DATE",
          "status": r"[A-Z_]+", "search_key": r".+"}, label="Light", described=False),
    _rule("GET", "/users/me/recordings", "recordings", "cloud_recording:read:list_user_recordings",
          _pages(300) | {"from": _DAY, "to": _DAY}, described=False),
    _rule("GET", "/users/me/meeting_summaries", "summaries", "meeting:read:list_summaries",
          _pages(300) | _SPAN | {"time_filter_field": "summary_start_time|summary_created_time"}, label="Light",
          described=False),
    _rule("GET", "/meetings/:id/meeting_summary", "summary", "meeting:read:summary", label="Light", described=False),
    _rule("POST", "/users/me/meetings", "meet", "meeting:write:meeting",
          fields={"topic": str, "type": int, "agenda": str, "settings": dict}, label="Light", described=False),
    _rule("GET", "/users/me/meetings", "meetings", "meeting:read:list_meetings",
          _pages(300) | {"type": "scheduled|live|upcoming"}, described=False),
)  # fmt: skip


def faults(rule: Rule, asked: Asked) -> Iterator[str]:
    """What is wrong with a request's form."""
    names = [name for name, _value in asked.query]
    if len(names) != len(set(names)):
        yield "a parameter twice"
    for name, value in asked.query:
        if name not in rule.query:
            yield f"{name} is not known here"
        elif not re.fullmatch(rule.query[name], value):
            yield f"{name} is invalid: {value[:80]}"
    if "access_token" in names:
        yield "the token belongs in the header"
    if rule.fields is None:
        if asked.body and rule.name != "upload":
            yield "a body nobody reads"
        return
    yield from _body(rule, asked)


def _body(rule: Rule, asked: Asked) -> Iterator[str]:
    if not asked.headers.get("content-type", "").startswith("application/json"):
        yield "the body is no JSON"
        return
    body = json.loads(asked.body)
    assert rule.fields is not None
    for name, value in body.items():
        if name not in rule.fields:
            yield f"{name} is not known here"
        elif not isinstance(value, rule.fields[name]) or isinstance(value, bool):
            yield f"{name} is of the wrong type"
    yield from (f"{name} is missing" for name in rule.needs if name not in body)
