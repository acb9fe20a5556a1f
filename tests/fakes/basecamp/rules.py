"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.fakes.base import Asked

_SORTS = {"sort", "direction"}
_PAGED = frozenset({"page"})
_IDS = list
_TODO = {
    "content": str, "description": str, "assignee_ids": _IDS, "completion_subscriber_ids": _IDS, "notify": bool,
    "due_on": str, "starts_on": str,
}  # fmt: skip
_CARD = {"title": str, "content": str, "due_on": str, "notify": bool, "assignee_ids": _IDS}
_MESSAGE = {"subject": str, "content": str, "status": str, "category_id": int, "subscriptions": _IDS}
TYPES = frozenset({
    "Comment", "Document", "Door", "Kanban::Card", "Kanban::Step", "Message", "Question::Answer", "Schedule::Entry",
    "Todo", "Todolist", "Upload", "Vault",
})  # fmt: skip


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
    raw: bool = False


def _rule(method: str, path: str, name: str, query: frozenset[str] | set[str] = frozenset(), **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[0-9]+)", path)
    return Rule(method, re.compile(rf"/(?P<account>[0-9]+){pattern}(?:\.json)?"), name, frozenset(query), **rest)


_R = "/recordings/:recording"
_LINES = "/chats/:chat/lines"
_STATUS = rf"{_R}/status/(?P<status>active|archived|trashed)"
_BARE: dict[str, Any] = {}
_CONTENT = {"content": str}
RULES = (
    _rule("GET", "/my/profile", "profile"),
    _rule("GET", "/account", "account", described=False),
    _rule("GET", "/people", "people", _PAGED),
    _rule("GET", "/people/:person", "person", described=False),
    _rule("GET", "/projects", "projects", {"status"} | _PAGED),
    _rule("GET", "/projects/recordings", "recordings", {"type", "bucket", "status"} | _SORTS | _PAGED),
    _rule("GET", "/projects/:project", "project"),
    _rule("GET", "/projects/:project/people", "project_people", _PAGED),
    _rule("GET", "/circles", "circles", described=False),
    _rule("GET", "/chats", "chats", _PAGED),
    _rule("GET", _LINES, "lines", _SORTS | _PAGED),
    _rule("POST", _LINES, "say", fields={"content": str, "content_type": str}, needs=("content",)),
    _rule("GET", f"{_LINES}/:line", "line"),
    _rule("PUT", f"{_LINES}/:line", "edit_line", fields=_CONTENT, needs=("content",), described=False),
    _rule("DELETE", f"{_LINES}/:line", "drop_line", described=False),
    _rule("GET", "/chats/:chat/uploads", "chat_uploads", _SORTS | _PAGED, described=False),
    _rule("POST", "/chats/:chat/uploads", "chat_upload", {"name"}, raw=True, described=False),
    _rule("POST", "/attachments", "attach", {"name"}, raw=True, described=False),
    _rule("GET", "/message_boards/:recording/messages", "messages", _SORTS | _PAGED),
    _rule("POST", "/message_boards/:recording/messages", "add_message", fields=_MESSAGE, needs=("subject",)),
    _rule("GET", "/messages/:recording", "one"),
    _rule("PUT", "/messages/:recording", "edit_message", fields=_MESSAGE),
    _rule("GET", f"{_R}/comments", "comments", _PAGED),
    _rule("POST", f"{_R}/comments", "add_comment", fields=_CONTENT, needs=("content",)),
    _rule("GET", "/comments/:recording", "one"),
    _rule("PUT", "/comments/:recording", "edit_comment", fields=_CONTENT, needs=("content",)),
    _rule("GET", f"{_R}/boosts", "boosts", _PAGED),
    _rule("POST", f"{_R}/boosts", "boost", fields=_CONTENT, needs=("content",)),
    _rule("DELETE", "/boosts/:boost", "drop_boost", described=False),
    _rule("POST", f"{_R}/pin", "pin"),
    _rule("DELETE", f"{_R}/pin", "unpin"),
    _rule("POST", f"{_R}/bookmark", "bookmark", described=False),
    _rule("DELETE", f"{_R}/bookmark", "unbookmark", described=False),
    _rule("PUT", _STATUS, "status", described=False),
    _rule("GET", "/todosets/:recording/todolists", "todolists", {"status"} | _PAGED),
    _rule("GET", "/todosets/:recording/hill", "hill", described=False),
    _rule("GET", "/todolists/:recording", "one", described=False),
    _rule("GET", "/todolists/:recording/todos", "todos", {"status", "completed"} | _PAGED),
    _rule("POST", "/todolists/:recording/todos", "add_todo", fields=_TODO, needs=("content",)),
    _rule("GET", "/todos/:recording", "one"),
    _rule("PUT", "/todos/:recording", "edit_todo", fields=_TODO, needs=("content",)),
    _rule("POST", "/todos/:recording/completion", "complete"),
    _rule("DELETE", "/todos/:recording/completion", "uncomplete"),
    _rule("GET", "/card_tables/:recording", "one"),
    _rule("GET", "/card_tables/lists/:recording/cards", "cards", _PAGED),
    _rule("POST", "/card_tables/lists/:recording/cards", "add_card", fields=_CARD, needs=("title",)),
    _rule("GET", "/card_tables/cards/:recording", "one"),
    _rule("PUT", "/card_tables/cards/:recording", "edit_card", fields=_CARD),
    _rule("POST", "/card_tables/cards/:recording/moves", "move", fields={"column_id": int, "position": int},
          needs=("column_id",)),
    _rule("PUT", "/card_tables/steps/:recording/completions", "step", fields={"completion": str}, described=False),
    _rule("GET", "/vaults/:recording", "one", described=False),
    _rule("GET", "/vaults/:recording/documents", "documents", _PAGED),
    _rule("POST", "/vaults/:recording/documents", "add_document", needs=("title",),
          fields={"title": str, "content": str, "status": str}),
    _rule("GET", "/documents/:recording", "one"),
    _rule("PUT", "/documents/:recording", "edit_document", fields={"title": str, "content": str}),
    *(_rule("GET", f"/{each}/:recording", "one", described=False)
      for each in ("uploads", "google_documents", "cloud_files", "question_answers", "schedule_entries")),
    _rule("GET", "/my/assignments", "assignments"),
    _rule("GET", "/my/readings", "readings", _PAGED),
    _rule("PUT", "/my/unreads", "mark_read", fields={"readables": list}, needs=("readables",)),
    _rule("GET", "/reports/schedules/upcoming", "upcoming", {"window_starts_on", "window_ends_on"}, described=False),
)  # fmt: skip


def fault(rule: Rule, asked: Asked) -> str | None:
    """What is wrong with a request; None when it is right."""
    unknown = {name for name, _value in asked.query} - rule.query
    if unknown:
        return f"{', '.join(sorted(unknown))} is not known here"
    for name, value in asked.query:
        if _is_wrong(name, value):
            return f"{name} is invalid"
    if rule.name == "recordings" and asked.first("type") is None:
        return "type is missing"
    if rule.raw:
        return None if asked.first("name") and asked.body else "name or file is missing"
    return None if rule.fields is None else next(_body_faults(rule, asked), None)


def _is_wrong(name: str, value: str) -> bool:
    if name == "page":
        return not value.isdecimal() or value == "0"
    allowed = {
        "type": TYPES,
        "status": {"active", "archived", "trashed"},
        "sort": {"created_at", "updated_at"},
        "direction": {"asc", "desc"},
        "completed": {"true"},
    }
    if name in allowed:
        return value not in allowed[name]
    return name.startswith("window_") and not _is_day(value)


def _body_faults(rule: Rule, asked: Asked) -> Iterator[str]:
    try:
        body = json.loads(asked.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        yield "body is no JSON object"
        return
    fields = rule.fields or {}
    yield from (f"{name} is not known here" for name in body if name not in fields)
    for name, value in body.items():
        wanted = fields.get(name, object)
        # True is an int to Python and not to JSON.
        people = wanted is list and name.endswith("_ids") and isinstance(value, list)
        strange = people and not all(type(each) is int for each in value)
        if strange or not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
            yield f"{name} is invalid"
    yield from (f"{name} is missing" for name in rule.needs if not body.get(name))
    for name in ("due_on", "starts_on"):
        # A card's day is cleared by an empty one; a to-do has no way to say that but silence.
        empty = body.get(name) == "" and rule.name == "edit_card"
        if name in body and not empty and not _is_day(body[name]):
            yield f"{name} is invalid"
    if rule.name == "boost" and len(body.get("content") or "") > 16:
        yield "content is too long"
    if rule.name == "say" and body.get("content_type") not in {None, "text/html"}:
        yield "content_type is invalid"


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
