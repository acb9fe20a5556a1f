"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.base import Asked

_FLAGS = frozenset({"archived", "subtasks", "include_closed", "include_markdown_description", "reverse"})
_DATES = frozenset({"date_updated_gt", "date_updated_lt", "date_created_gt", "date_created_lt"})
_V3 = frozenset({"cursor", "limit"})
_TEAM = {"order_by", "page", "list_ids[]", "space_ids[]", "assignees[]"} | _FLAGS | _DATES
_ORDERS = frozenset({"id", "created", "updated", "due_date"})
_DUE = {"due_date": (int, type(None)), "due_date_time": bool}
_TEXTS = {"name": str, "description": str, "markdown_content": str, "status": str}
_NEW = {
    **_TEXTS,
    **_DUE,
    "assignees": list,
    "tags": list,
    "priority": (int, type(None)),
    "notify_all": bool,
    "parent": str,
}
_CHANGE = {**_TEXTS, **_DUE, "assignees": dict, "priority": (int, type(None)), "archived": bool}
_COMMENT = {"comment_text": str, "notify_all": bool, "assignee": int}
_LINE = {
    "type": str, "content": str, "content_format": str, "triaged_action": int, "triaged_object_id": str,
    "triaged_object_type": int, "assignee": str,
}  # fmt: skip
_PAGE = {"name": str, "sub_title": str, "content": str, "content_format": str, "parent_page_id": str}


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation: what its query may name, and its body's fields with their types; `needs` must be there."""

    method: str
    path: re.Pattern[str]
    name: str
    query: frozenset[str] = frozenset()
    fields: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    described: bool = True


def _rule(method: str, path: str, name: str, query: frozenset[str] | set[str] = frozenset(), **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)
    return Rule(method, re.compile(f"/api{pattern}"), name, frozenset(query), **rest)


_WS = "/v3/workspaces/:team"
_DOC = f"{_WS}/docs/:doc"
_MARKDOWN = {"include_markdown_description"}
RULES = (
    _rule("GET", "/v2/user", "user"),
    _rule("GET", "/v2/team", "teams"),
    _rule("GET", "/v2/team/:team/space", "spaces", {"archived"}),
    _rule("GET", "/v2/space/:space/folder", "folders", {"archived"}),
    _rule("GET", "/v2/space/:space/list", "bare_lists", {"archived"}),
    _rule("GET", "/v2/folder/:folder/list", "lists", {"archived"}),
    _rule("GET", "/v2/list/:list", "list"),
    _rule("GET", "/v2/list/:list/task", "list_tasks", {"order_by", "page"} | _FLAGS | _DATES),
    _rule("POST", "/v2/list/:list/task", "create", fields=_NEW, needs=("name",)),
    _rule("GET", "/v2/team/:team/task", "team_tasks", _TEAM),
    _rule("GET", "/v2/task/:task", "task", _MARKDOWN),
    _rule("PUT", "/v2/task/:task", "update", fields=_CHANGE),
    _rule("DELETE", "/v2/task/:task", "delete", described=False),
    _rule("POST", "/v2/task/:task/tag/:tag", "add_tag"),
    _rule("DELETE", "/v2/task/:task/tag/:tag", "drop_tag", described=False),
    _rule("POST", "/v2/task/:task/attachment", "attach", described=False),
    _rule("GET", "/v2/team/:team/view", "views", described=False),
    _rule("GET", "/v2/space/:space/view", "space_views", described=False),
    _rule("GET", "/v2/view/:view", "view", described=False),
    _rule("GET", "/v2/view/:view/task", "view_tasks", {"page"}, described=False),
    _rule("GET", "/v2/task/:task/comment", "comments", {"start", "start_id"}),
    _rule("POST", "/v2/task/:task/comment", "add_comment", fields=_COMMENT, needs=("comment_text", "notify_all")),
    _rule("GET", "/v2/comment/:comment/reply", "replies"),
    _rule("POST", "/v2/comment/:comment/reply", "add_reply", fields=_COMMENT, needs=("comment_text", "notify_all")),
    _rule("PUT", "/v2/comment/:comment", "edit_comment", needs=("comment_text", "resolved"),
          fields={"comment_text": str, "assignee": int, "resolved": bool}),
    _rule("DELETE", "/v2/comment/:comment", "drop_comment", described=False),
    _rule("GET", f"{_WS}/chat/channels", "channels", {"is_follower", "with_comment_since", "include_hidden"} | _V3),
    _rule("GET", f"{_WS}/chat/channels/:channel/members", "channel_members", _V3),
    _rule("GET", f"{_WS}/chat/channels/:channel/messages", "messages", {"content_format"} | _V3),
    _rule("POST", f"{_WS}/chat/channels/:channel/messages", "say", fields=_LINE, needs=("type", "content")),
    _rule("GET", f"{_WS}/chat/messages/:message/replies", "chat_replies", {"content_format"} | _V3),
    _rule("POST", f"{_WS}/chat/messages/:message/replies", "say_below", fields=_LINE, needs=("type", "content")),
    _rule("GET", f"{_WS}/chat/messages/:message/reactions", "reactions", _V3),
    _rule("PATCH", f"{_WS}/chat/messages/:message", "edit_message",
          fields={"content": str, "content_format": str, "resolved": bool}),
    _rule("DELETE", f"{_WS}/chat/messages/:message", "drop_message", described=False),
    _rule("GET", f"{_WS}/docs", "docs", {"deleted", "archived", "limit", "next_cursor"}),
    _rule("GET", f"{_DOC}/pages", "pages", {"max_page_depth", "content_format"}),
    _rule("POST", f"{_DOC}/pages", "add_page", fields=_PAGE),
    _rule("GET", f"{_DOC}/pages/:page", "page", {"content_format"}),
    _rule("PUT", f"{_DOC}/pages/:page", "edit_page", fields={**_PAGE, "content_edit_mode": str}),
)  # fmt: skip


def fault(rule: Rule, asked: Asked) -> str | None:
    """What is wrong with a request; None when it is right."""
    unknown = {name for name, _value in asked.query} - rule.query
    if unknown:
        return f"{', '.join(sorted(unknown))} is not known here"
    for name, value in asked.query:
        if _is_wrong(rule, name, value):
            return f"{name} is invalid"
    given = {name for name, _value in asked.query}
    if len(given & {"start", "start_id"}) == 1:
        return "start and start_id belong together"
    return None if rule.fields is None else _body_fault(rule, asked)


def _is_wrong(rule: Rule, name: str, value: str) -> bool:
    if name in _FLAGS | {"is_follower", "deleted", "include_hidden"}:
        return value not in {"true", "false"}
    if name in _DATES | {"page", "start", "with_comment_since"}:
        return not value.isdecimal()
    if name == "limit":
        return not value.isdecimal() or not (10 if rule.name == "docs" else 1) <= int(value) <= 100
    if name == "order_by":
        return value not in _ORDERS
    return name == "content_format" and value not in {"text/md", "text/plain"}


def _body_fault(rule: Rule, asked: Asked) -> str | None:
    try:
        body = json.loads(asked.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not asked.headers.get("content-type", "").startswith("application/json"):
        return "body is no JSON object"
    return next(_field_faults(rule, body), None)


def _field_faults(rule: Rule, body: dict[str, Any]) -> Iterator[str]:
    fields = rule.fields or {}
    yield from (f"{name} is not known here" for name in body if name not in fields)
    for name, value in body.items():
        wanted = fields.get(name, object)
        # True is an int to Python and not to JSON.
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
            yield f"{name} is invalid"
    yield from (f"{name} is missing" for name in rule.needs if name not in body or body[name] == "")
    if body.get("priority") not in {None, 1, 2, 3, 4}:
        yield "priority is invalid"
    if "assignees" in body and rule.name == "update" and set(body["assignees"]) != {"add", "rem"}:
        yield "assignees is invalid"
    if body.get("type") not in {None, "message", "post"}:
        yield "type is invalid"
    if len(body.get("content") or "") > 40_000 and rule.name in {"say", "say_below", "edit_message"}:
        yield "content is too long"
    if body.get("content_format") not in {None, "text/md", "text/plain"}:
        yield "content_format is invalid"
