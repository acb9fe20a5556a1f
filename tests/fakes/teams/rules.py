"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.base import Asked

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_BODY = {"contentType": str, "content": str}
_MESSAGE = {"body": dict, "mentions": list, "attachments": list, "hostedContents": list}
_ZONED = (dict, type(None))
_TODO = {
    "title": str, "body": dict, "linkedResources": list, "dueDateTime": _ZONED, "importance": str, "categories": list,
    "status": str,
}  # fmt: skip
_PLANNER = {
    "planId": str, "title": str, "details": dict, "assignments": dict, "dueDateTime": (str, type(None)), "priority": int,
    "appliedCategories": dict, "percentComplete": int, "bucketId": str,
}  # fmt: skip
CHAT, TEAM, CHANNELS, MEMBERS = (
    "Chat.ReadWrite",
    "Team.ReadBasic.All",
    "Channel.ReadBasic.All",
    "ChannelMember.Read.All",
)
READ, SEND, CHANGE = "ChannelMessage.Read.All", "ChannelMessage.Send", "ChannelMessage.ReadWrite"
TASKS, NOTES, PRESENCE = "Tasks.ReadWrite", "Notes.ReadWrite", "Presence.ReadWrite"
MEETINGS = "OnlineMeetings.ReadWrite"
PEOPLE, HOURS = "User.ReadBasic.All", "Calendars.ReadBasic"


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation: what its query may name, and its body's fields with their types; `needs` must be there."""

    method: str
    path: re.Pattern[str]
    name: str
    scope: str
    query: frozenset[str] = frozenset()
    fields: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    described: bool = True
    most: int = 999
    bodiless: bool = field(default=False)


def _rule(method: str, path: str, name: str, scope: str, query: str = "", **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)
    return Rule(method, re.compile(f"/v1\\.0{pattern}"), name, scope, frozenset(query.split()), **rest)


_CH = "/teams/:team/channels/:channel"
_LINK = "$skiptoken $deltatoken"
RULES = (
    _rule("GET", "/me", "me", "User.Read", "$select"),
    _rule("GET", "/me/joinedTeams", "teams", TEAM, _LINK),
    _rule("GET", "/teams/:team", "team", TEAM, "$select", described=False),
    _rule("GET", "/teams/:team/channels", "channels", CHANNELS, _LINK),
    _rule("GET", f"{_CH}/members", "channel_members", MEMBERS, _LINK),
    _rule("GET", f"{_CH}/messages", "posts", READ, f"$top $expand {_LINK}", most=50),
    _rule("POST", f"{_CH}/messages", "new_post", SEND, fields={**_MESSAGE, "subject": str}, needs=("body",)),
    _rule("GET", f"{_CH}/messages/delta", "posts_delta", READ, f"$top $expand $filter {_LINK}", most=50),
    _rule("GET", f"{_CH}/messages/:message", "post", READ),
    _rule("PATCH", f"{_CH}/messages/:message", "edit_post", CHANGE, fields=_MESSAGE),
    _rule("POST", f"{_CH}/messages/:message/softDelete", "drop_post", CHANGE, bodiless=True, described=False),
    _rule("GET", f"{_CH}/messages/:message/replies", "replies", READ, f"$top {_LINK}", most=50),
    _rule("POST", f"{_CH}/messages/:message/replies", "reply", SEND, fields=_MESSAGE, needs=("body",)),
    _rule("GET", f"{_CH}/messages/:message/replies/:reply", "post", READ, described=False),
    _rule("PATCH", f"{_CH}/messages/:message/replies/:reply", "edit_post", CHANGE, fields=_MESSAGE, described=False),
    _rule("POST", f"{_CH}/messages/:message/replies/:reply/softDelete", "drop_post", CHANGE, bodiless=True,
          described=False),
    _rule("POST", f"{_CH}/messages/:message(?:/replies/:reply)?/(?P<verb>setReaction|unsetReaction)", "react", SEND,
          fields={"reactionType": str}, needs=("reactionType",), described=False),
    _rule("GET", "/me/chats", "chats", CHAT, f"$top $expand {_LINK}", most=50),
    _rule("GET", "/chats/:chat", "chat", CHAT, "$expand"),
    _rule("GET", "/chats/:chat/members", "chat_members", CHAT, _LINK),
    _rule("GET", "/chats/:chat/messages", "chat_lines", CHAT, f"$top $orderby $filter {_LINK}", most=50),
    _rule("POST", "/chats/:chat/messages", "say", CHAT, fields=_MESSAGE, needs=("body",)),
    _rule("GET", "/chats/:chat/messages/:message", "chat_line", CHAT),
    _rule("PATCH", "/chats/:chat/messages/:message", "edit_line", CHAT, fields=_MESSAGE),
    _rule("POST", "/users/:user/chats/:chat/messages/:message/softDelete", "drop_line", CHAT, bodiless=True,
          described=False),
    _rule("POST", "/chats/:chat/messages/:message/(?P<verb>setReaction|unsetReaction)", "react", CHAT,
          fields={"reactionType": str}, needs=("reactionType",), described=False),
    _rule("GET", "/chats/:chat/messages/:message/hostedContents/:content/\\$value", "hosted", CHAT, described=False),
    _rule("GET", f"{_CH}/messages/:message(?:/replies/:reply)?/hostedContents/:content/\\$value", "hosted", READ,
          described=False),
    _rule("GET", "/chats/:chat/pinnedMessages", "pins", CHAT, "$expand"),
    _rule("POST", "/chats/:chat/pinnedMessages", "pin", CHAT, fields={"message@odata.bind": str},
          needs=("message@odata.bind",)),
    _rule("DELETE", "/chats/:chat/pinnedMessages/:pin", "unpin", CHAT),
    _rule("POST", "/chats/:chat/markChatReadForUser", "mark_read", CHAT, fields={"user": dict}, needs=("user",)),
    _rule("POST", "/chats/:chat/markChatUnreadForUser", "mark_unread", CHAT,
          fields={"user": dict, "lastMessageReadDateTime": str}, needs=("user", "lastMessageReadDateTime")),
    _rule("GET", "/me/presence", "presence", PRESENCE),
    _rule("POST", "/me/presence/setUserPreferredPresence", "prefer", PRESENCE,
          fields={"availability": str, "activity": str, "expirationDuration": str}, needs=("availability", "activity")),
    _rule("POST", "/me/presence/clearUserPreferredPresence", "unprefer", PRESENCE, bodiless=True),
    _rule("POST", "/me/presence/setStatusMessage", "status", PRESENCE, fields={"statusMessage": dict},
          needs=("statusMessage",)),
    _rule("POST", "/me/onlineMeetings/createOrGet", "meeting", MEETINGS, fields={"subject": str, "externalId": str},
          needs=("externalId",), described=False),
    _rule("GET", "/users/:person", "person", PEOPLE, "$select"),
    _rule("POST", "/me/calendar/getSchedule", "schedule", HOURS,
          fields={"schedules": list, "startTime": dict, "endTime": dict, "availabilityViewInterval": int},
          needs=("schedules", "startTime", "endTime"), described=False),
    _rule("GET", "/me/todo/lists", "lists", TASKS, f"$top {_LINK}"),
    _rule("GET", "/me/todo/lists/:list/tasks", "todos", TASKS, f"$top $expand {_LINK}"),
    _rule("GET", "/me/todo/lists/:list/tasks/delta", "todos_delta", TASKS, f"$expand {_LINK}", described=False),
    _rule("POST", "/me/todo/lists/:list/tasks", "new_todo", TASKS, fields=_TODO, needs=("title",)),
    _rule("GET", "/me/todo/lists/:list/tasks/:task", "todo", TASKS, "$expand"),
    _rule("PATCH", "/me/todo/lists/:list/tasks/:task", "edit_todo", TASKS, fields=_TODO),
    _rule("GET", "/me/planner/plans", "plans", TASKS, _LINK, described=False),
    _rule("GET", "/me/planner/tasks", "assigned", TASKS, _LINK, described=False),
    _rule("GET", "/planner/plans/:plan", "plan", TASKS, described=False),
    _rule("GET", "/planner/plans/:plan/tasks", "planned", TASKS, _LINK),
    _rule("POST", "/planner/tasks", "new_planned", TASKS, fields=_PLANNER, needs=("planId", "title")),
    _rule("GET", "/planner/tasks/:planned", "one_planned", TASKS),
    _rule("PATCH", "/planner/tasks/:planned", "edit_planned", TASKS, fields=_PLANNER),
    _rule("GET", "/planner/tasks/:planned/details", "details", TASKS, described=False),
    _rule("PATCH", "/planner/tasks/:planned/details", "edit_details", TASKS, fields={"description": str},
          described=False),
    _rule("GET", "/me/onenote/sections", "sections", NOTES, f"$top $expand {_LINK}"),
    _rule("GET", "/me/onenote/pages", "pages", NOTES, f"$top $select $expand $filter $orderby {_LINK}", most=100),
    _rule("GET", "/me/onenote/pages/:page", "page", NOTES, "$select", described=False),
    _rule("GET", "/me/onenote/pages/:page/content", "content", NOTES, "includeIDs", described=False),
    _rule("PATCH", "/me/onenote/pages/:page/content", "edit_content", NOTES, described=False),
    _rule("GET", "/me/onenote/sections/:section/pages", "section_pages", NOTES, f"$top $filter $orderby $expand {_LINK}", most=100,
          described=False),
    _rule("POST", "/me/onenote/sections/:section/pages", "new_page", NOTES, described=False),
)  # fmt: skip


def fault(rule: Rule, asked: Asked) -> str | None:
    """What is wrong with a request; None when it is right."""
    found = next(_query_faults(rule, asked), None)
    if found is not None or (rule.bodiless and not asked.body):
        return found
    if rule.bodiless:
        return "there is no body here"
    return None if rule.fields is None else _body_fault(rule, asked)


def _query_faults(rule: Rule, asked: Asked) -> Iterator[str]:
    given = dict(asked.query)
    yield from (f"{name} is not known here" for name in sorted(given.keys() - rule.query))
    top = given.get("$top", "1")
    if not top.isdecimal() or not 1 <= int(top) <= rule.most:
        yield "$top is invalid"
    filter_ = given.get("$filter")
    if filter_ is not None and not re.fullmatch(rf"lastModifiedDateTime (gt|ge) {_STAMP}", filter_):
        yield "$filter is invalid"
    if rule.name == "posts_delta" and filter_ is not None and " gt " not in filter_:
        yield "$filter knows gt only"
    if "$orderby" in given and not re.fullmatch(r"(last\w*|created)DateTime( desc)?", given["$orderby"]):
        yield "$orderby is invalid"


def _body_fault(rule: Rule, asked: Asked) -> str | None:
    try:
        body = json.loads(asked.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not asked.headers.get("content-type", "").startswith("application/json"):
        return "body is no JSON object"
    found = next(_field_faults(rule, body), None)
    return found or (next(_schedule_faults(body), None) if rule.name == "schedule" else None)


def _field_faults(rule: Rule, body: dict[str, Any]) -> Iterator[str]:
    fields = rule.fields or {}
    yield from (f"{name} is not known here" for name in body if name not in fields)
    yield from (f"{name} is missing" for name in rule.needs if not body.get(name))
    for name, value in body.items():
        # True is an int to Python and not to JSON.
        if not isinstance(value, fields.get(name, object)) or (isinstance(value, bool) and fields.get(name) is int):
            yield f"{name} is invalid"
    content = body.get("body")
    if isinstance(content, dict) and (set(content) != set(_BODY) or content["contentType"] not in {"text", "html"}):
        yield "body is invalid"
    if body.get("importance") not in {None, "low", "normal", "high"}:
        yield "importance is invalid"
    if body.get("status") not in {None, "notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"}:
        yield "status is invalid"
    due = body.get("dueDateTime")
    if rule.name.endswith("todo") and due is not None and not _zoned(due):
        yield "dueDateTime is invalid"
    duration = body.get("expirationDuration")
    if duration is not None and not re.fullmatch(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", duration):
        yield "expirationDuration is invalid"
    for each in body.get("mentions") or ():
        if set(each) != {"id", "mentionText", "mentioned"} or not each["mentioned"]["user"]["id"]:
            yield "mentions is invalid"


def _schedule_faults(body: dict[str, Any]) -> Iterator[str]:
    """At most 20 addresses, over at most 62 days, in slots of five minutes to a day."""
    named = body["schedules"]
    if not 1 <= len(named) <= 20 or not all(isinstance(each, str) and "@" in each for each in named):
        yield "schedules is invalid"
    for name in ("startTime", "endTime"):
        if not _zoned(body[name]):
            yield f"{name} is invalid"
            return
    first, last = (datetime.fromisoformat(body[name]["dateTime"]) for name in ("startTime", "endTime"))
    if not timedelta() < last - first <= timedelta(days=62):
        yield "endTime is invalid"
    if not 5 <= body.get("availabilityViewInterval", 30) <= 1440:
        yield "availabilityViewInterval is invalid"


def _zoned(due: dict[str, Any]) -> bool:
    return set(due) == {"dateTime", "timeZone"} and bool(re.match(r"\d{4}-\d\d-\d\dT", str(due["dateTime"])))
