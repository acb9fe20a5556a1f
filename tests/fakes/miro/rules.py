"""The fake's own tables of what a request may hold: they check every request, also where no description is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from tests.fakes import operations
from tests.fakes.base import Asked

TYPES = frozenset(
    [
        "text",
        "shape",
        "sticky_note",
        "image",
        "document",
        "card",
        "app_card",
        "preview",
        "frame",
        "embed",
        "doc_format",
        "data_table_format",
    ]
)
SORTS = frozenset({"default", "last_modified", "last_opened", "last_created", "alphabetically"})
TAG_COLOURS = frozenset(
    [
        "red",
        "light_green",
        "cyan",
        "yellow",
        "magenta",
        "green",
        "blue",
        "gray",
        "violet",
        "dark_green",
        "dark_blue",
        "black",
    ]
)
_OFFSETS = {"limit", "offset"}
_CARD = {"title": str, "description": str, "dueDate": (str, type(None)), "assigneeId": (str, type(None))}
_STICKY = {"content": str, "shape": str}
_FRAME = {"title": str, "format": str, "type": str, "showContent": bool}
_DOC = {"contentType": str, "content": str, "contentVersion": int}


class Rule(Struct, frozen=True):
    """One operation: what its query may name, the fields of `data` in its body, and its level of credits.

    `scope` is what the token needs; `described`: whether the published description has it.
    """

    method: str
    path: re.Pattern[str]
    name: str
    query: frozenset[str]
    level: int
    data: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    body: bool = False
    scope: str = "boards:read"
    described: bool = True
    required: frozenset[str] = field(default_factory=frozenset)


def _rule(method: str, path: str, name: str, level: int = 1, query: set[str] | None = None, **rest: Any) -> Rule:
    pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path)
    scope = "boards:read" if method == "GET" else "boards:write"
    rest.setdefault("scope", scope)
    return Rule(method, re.compile(pattern), name, frozenset(query or ()), level, **rest)


_B = "/v2/boards/:board"
_ITEM = f"{_B}/items/:item"
RULES = (
    _rule("GET", "/v1/oauth-token", "token", scope=""),
    _rule("GET", "/v2/boards", "boards", 1, {"team_id", "project_id", "query", "owner", "sort"} | _OFFSETS),
    _rule("GET", _B, "board"),
    _rule("GET", f"{_B}/members", "members", 1, _OFFSETS),
    _rule("GET", f"{_B}/items", "tagged", 1, {"tag_id"} | _OFFSETS, required=frozenset({"tag_id"}), described=False),
    _rule("GET", f"{_B}/items", "items", 2, {"limit", "type", "cursor"}),
    _rule("GET", _ITEM, "item"),
    _rule("PATCH", _ITEM, "move", 2, body=True),
    _rule("POST", _ITEM, "tag", 1, {"tag_id"}, required=frozenset({"tag_id"})),
    _rule("DELETE", _ITEM, "untag", 1, {"tag_id"}, required=frozenset({"tag_id"})),
    _rule("DELETE", _ITEM, "drop", 3),
    _rule("GET", f"{_ITEM}/tags", "item_tags"),
    _rule("GET", f"{_B}/tags", "tags", 1, _OFFSETS),
    _rule("POST", f"{_B}/tags", "add_tag", body=True),
    _rule("POST", f"{_B}/cards", "add_card", 2, data=_CARD, body=True),
    _rule("GET", f"{_B}/cards/:item", "card"),
    _rule("PATCH", f"{_B}/cards/:item", "change_card", 2, data=_CARD, body=True),
    _rule("POST", f"{_B}/sticky_notes", "add_sticky", 2, data=_STICKY, body=True),
    _rule("PATCH", f"{_B}/sticky_notes/:item", "change_sticky", 2, data=_STICKY, body=True),
    _rule("PATCH", f"{_B}/texts/:item", "change_text", 2, data={"content": str}, body=True, described=False),
    _rule("POST", f"{_B}/docs", "add_doc", 2, data=_DOC, needs=("contentType", "content"), body=True),
    _rule("GET", f"{_B}/docs/:item", "doc", 1, {"textContentType"}),
    _rule("POST", f"{_B}/frames", "add_frame", 2, data=_FRAME, needs=("title",), body=True),
    _rule("PATCH", f"{_B}/frames/:item", "change_frame", 2, data=_FRAME, body=True, described=False),
)


def find(asked: Asked) -> tuple[Rule, dict[str, str]] | None:
    given = {name for name, _value in asked.query}
    return operations.find((rule for rule in RULES if rule.required <= given), asked)


def fault(rule: Rule, asked: Asked) -> str | None:
    """What is wrong with a request; None when it is right."""
    unknown = {name for name, _value in asked.query} - rule.query
    if unknown:
        return f"{', '.join(sorted(unknown))} is not known here"
    for name, value in asked.query:
        if _is_wrong(rule, name, value):
            return f"{name} is invalid"
    return next(_body_faults(rule, asked), None) if rule.body else None


def _is_wrong(rule: Rule, name: str, value: str) -> bool:
    if name == "limit":
        return not value.isdecimal() or not (10 if rule.name == "items" else 1) <= int(value) <= 50
    if name == "offset":
        return not value.isdecimal()
    if name == "type":
        return value not in TYPES
    if name == "sort":
        return value not in SORTS
    return (name == "textContentType" and value not in {"html", "markdown"}) or (name == "tag_id" and not value)


def _body_faults(rule: Rule, asked: Asked) -> Iterator[str]:
    try:
        body = json.loads(asked.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not asked.headers.get("content-type", "").startswith("application/json"):
        yield "body is no JSON object"
        return
    if rule.name == "add_tag":
        yield from _tag_faults(body)
        return
    allowed = {"position", "geometry", "parent"} | ({"data", "style"} if rule.data is not None else set())
    yield from (f"{name} is not known here" for name in body if name not in allowed)
    data = body.get("data", {})
    if rule.data is not None:
        yield from (f"{name} is not known here" for name in data if name not in rule.data)
        yield from (
            f"{name} is invalid" for name, value in data.items() if not isinstance(value, rule.data.get(name, object))
        )
        yield from (f"{name} is missing" for name in rule.needs if not data.get(name))
    yield from _place_faults(body)
    yield from _text_faults(data)


def _tag_faults(body: dict[str, Any]) -> Iterator[str]:
    if set(body) - {"title", "fillColor"} or not isinstance(body.get("title"), str) or len(body["title"]) > 120:
        yield "title is invalid"
    if body.get("fillColor", "red") not in TAG_COLOURS:
        yield "fillColor is invalid"


def _place_faults(body: dict[str, Any]) -> Iterator[str]:
    for name, fields in (("position", {"x", "y"}), ("geometry", {"width", "height", "rotation"})):
        part = body.get(name, {})
        if set(part) - fields or not all(isinstance(each, int | float) for each in part.values()):
            yield f"{name} is invalid"
    parent = body.get("parent", {"id": None})
    if set(parent) != {"id"} or not isinstance(parent["id"], str | None):
        yield "parent is invalid"


def _text_faults(data: dict[str, Any]) -> Iterator[str]:
    if len(data.get("title") or "") > 6000 or len(data.get("description") or "") > 60_000:
        yield "the text is too long"
    if data.get("contentType", "markdown") != "markdown":
        yield "contentType is invalid"
    if data.get("shape", "square") not in {"square", "rectangle"}:
        yield "shape is invalid"
    due = data.get("dueDate")
    if due and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", due):
        yield "dueDate is invalid"
