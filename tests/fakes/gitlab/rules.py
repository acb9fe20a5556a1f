"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.base import Asked

PAGING = frozenset({"page", "per_page", "pagination", "order_by", "sort", "cursor", "id_after"})
_LISTED = PAGING | {
    "scope", "state", "updated_after", "updated_before", "created_after", "search", "in", "iids[]", "labels",
    "assignee_id", "author_id", "with_labels_details", "milestone", "iid[]",
}  # fmt: skip
_HOUR_MS = 3_600_000
CLEARS = {
    "30_minutes": _HOUR_MS // 2, "3_hours": 3 * _HOUR_MS, "8_hours": 8 * _HOUR_MS, "1_day": 24 * _HOUR_MS,
    "3_days": 72 * _HOUR_MS, "7_days": 168 * _HOUR_MS, "30_days": 720 * _HOUR_MS,
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ISSUE = {
    "title": str, "description": str, "assignee_ids": list, "due_date": str, "labels": (str, list),
    "add_labels": (str, list), "remove_labels": (str, list), "state_event": str, "confidential": bool,
}  # fmt: skip


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


def _rule(method: str, path: str, name: str, query: frozenset[str] = frozenset(), **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)
    return Rule(method, re.compile(f"/api/v4{pattern}"), name, query, **rest)


_STATUS = {"emoji": str, "message": str, "clear_status_after": str, "availability": str}
_PAGE = {"title": str, "content": str, "format": str}
_EPIC = {
    "title": str, "description": str, "labels": str, "add_labels": str, "remove_labels": str, "state_event": str,
    "due_date_fixed": str, "due_date_is_fixed": bool,
}  # fmt: skip
_NOTE: dict[str, Any] = {"fields": {"body": str}, "needs": ("body",)}
_EPICS = "/groups/:group/epics/:epic"
_THING = "/projects/:project/(?P<sort>issues|merge_requests)/:iid"
RULES = (
    _rule("GET", "/user", "user"),
    _rule("GET", "/user/status", "status"),
    _rule("PUT", "/user/status", "set_status", fields=_STATUS),
    _rule("GET", "/users", "users", PAGING | {"username", "search"}, described=False),
    _rule("GET", "/metadata", "metadata"),
    _rule("GET", "/version", "metadata", described=False),
    _rule("GET", "/personal_access_tokens/self", "token", described=False),
    _rule("GET", "/projects", "projects", PAGING | {"membership", "search", "archived", "simple", "id_after"}),
    _rule("GET", "/projects/:project", "project", frozenset({"license", "statistics"})),
    _rule("GET", "/projects/:project/members/all", "members", PAGING | {"query"}),
    _rule("GET", "/projects/:project/labels", "labels", PAGING | {"search"}, described=False),
    _rule("GET", "/issues", "all_issues", _LISTED),
    _rule("GET", "/projects/:project/(?P<sort>issues|merge_requests)", "listed", _LISTED),
    _rule("POST", "/projects/:project/issues", "create", fields=_ISSUE, needs=("title",)),
    _rule("GET", _THING, "one"),
    _rule("PUT", _THING, "update", fields=_ISSUE),
    _rule("DELETE", _THING, "delete", described=False),
    _rule("GET", _THING + "/discussions", "discussions", PAGING),
    _rule("POST", _THING + "/discussions", "discuss", fields={"body": str}, needs=("body",)),
    _rule("GET", _THING + "/discussions/:discussion", "discussion"),
    _rule("POST", _THING + "/discussions/:discussion/notes", "reply", fields={"body": str}, needs=("body",)),
    _rule("GET", _THING + "/notes", "notes", PAGING),
    _rule("POST", _THING + "/notes", "note", fields={"body": str}, needs=("body",)),
    _rule("GET", _THING + "/notes/:note", "one_note", described=False),
    _rule("PUT", _THING + "/notes/:note", "edit_note", fields={"body": str}, needs=("body",), described=False),
    _rule("DELETE", _THING + "/notes/:note", "drop_note", described=False),
    _rule("POST", "/projects/:project/uploads", "upload", described=False),
    _rule("GET", "/projects/:project/uploads/:secret/:file", "uploaded", described=False),
    _rule("GET", "/projects/:project/boards", "boards", PAGING, described=False),
    _rule("GET", "/projects/:project/events", "events", PAGING | {"target_type", "action"}, described=False),
    _rule("GET", "/projects/:project/wikis", "wikis", frozenset({"with_content"})),
    _rule("POST", "/projects/:project/wikis", "add_page", fields=_PAGE, needs=("title", "content")),
    # The description takes a slug for a number.
    _rule("GET", "/projects/:project/wikis/:slug", "wiki", described=False),
    _rule("PUT", "/projects/:project/wikis/:slug", "edit_page", fields=_PAGE, described=False),
    _rule("GET", _THING + "/award_emoji", "awards", PAGING),
    _rule("POST", _THING + "/award_emoji", "award", fields={"name": str}, needs=("name",)),
    _rule("DELETE", _THING + "/award_emoji/:award", "unaward", described=False),
    _rule("GET", _THING + "/notes/:note/award_emoji", "awards", PAGING, described=False),
    _rule("POST", _THING + "/notes/:note/award_emoji", "award", fields={"name": str}, needs=("name",)),
    _rule("DELETE", _THING + "/notes/:note/award_emoji/:award", "unaward", described=False),
    _rule("GET", "/groups/:group", "group", frozenset({"with_projects"}), described=False),
    _rule("GET", "/groups/:group/epics", "epics", PAGING | {"updated_after", "search", "state"}, described=False),
    _rule("POST", "/groups/:group/epics", "add_epic", fields=_EPIC, needs=("title",), described=False),
    _rule("GET", "/groups/:group/epics/:iid", "epic", described=False),
    _rule("PUT", "/groups/:group/epics/:iid", "change_epic", fields=_EPIC, described=False),
    _rule("DELETE", "/groups/:group/epics/:iid", "drop_epic", described=False),
    # Here an epic is named by its own id, above by its number in the group.
    _rule("GET", _EPICS + "/discussions", "discussions", PAGING, described=False),
    _rule("POST", _EPICS + "/discussions", "discuss", described=False, **_NOTE),
    _rule("GET", _EPICS + "/discussions/:discussion", "discussion", described=False),
    _rule("POST", _EPICS + "/discussions/:discussion/notes", "reply", described=False, **_NOTE),
    _rule("GET", _EPICS + "/notes", "notes", PAGING, described=False),
    _rule("POST", _EPICS + "/notes", "note", described=False, **_NOTE),
    _rule("GET", _EPICS + "/notes/:note", "one_note", described=False),
    _rule("PUT", _EPICS + "/notes/:note", "edit_note", described=False, **_NOTE),
    _rule("DELETE", _EPICS + "/notes/:note", "drop_note", described=False),
    _rule("GET", "/groups/:group/uploads/:secret/:file", "group_upload", described=False),
    _rule("GET", "/todos", "todos", PAGING | {"state", "action", "type", "project_id"}),
    _rule("POST", "/todos/:todo/mark_as_done", "mark_as_done"),
)


def fault(rule: Rule, asked: Asked) -> str | None:
    """What is wrong with a request, in GitLab's manner; None when it is right."""
    unknown = {name for name, _value in asked.query} - rule.query
    if unknown:
        return f"{', '.join(sorted(unknown))} is not known here"
    for name, value in asked.query:
        wrong = (
            (name == "per_page" and not (value.isdecimal() and 1 <= int(value) <= 100))
            or (name == "page" and not (value.isdecimal() and int(value) >= 1))
            or (name.endswith(("_after", "_before")) and name != "id_after" and not _ISO.fullmatch(value))
            or (name == "scope" and value not in {"all", "created_by_me", "assigned_to_me"})
            or (name == "sort" and value not in {"asc", "desc"})
            or (name == "order_by" and value not in {"created_at", "updated_at", "id"})
        )
        if wrong:
            return f"{name} is invalid"
    return None if rule.fields is None else _body_fault(rule, asked)


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
        if value is not None and not isinstance(value, fields[name]):
            yield f"{name} is invalid"
    yield from (f"{name} is missing" for name in rule.needs if not body.get(name))
    if body.get("due_date_fixed") and not re.fullmatch(r"\d{4}-\d\d-\d\d", body["due_date_fixed"]):
        yield "due_date_fixed is invalid"
    if body.get("due_date") and not re.fullmatch(r"\d{4}-\d\d-\d\d", body["due_date"]):
        yield "due_date is invalid"
    if body.get("clear_status_after") not in {None, *CLEARS}:
        yield "clear_status_after does not have a valid value"
    if body.get("availability") not in {None, "busy", "not_set"}:
        yield "availability does not have a valid value"
    if body.get("state_event") not in {None, "close", "reopen"}:
        yield "state_event does not have a valid value"
