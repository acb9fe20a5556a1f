"""What the fake homeserver demands of a request: its own tables, and the official description where it has the route.

The description lacks media, profiles, room directories, single pieces of state and room upgrades; those routes are
checked by the tables alone.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.fakes.base import Asked

Doc = dict[str, Any]
SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).parents[3] / "shared"))

QUERY: dict[str, set[str]] = {
    "sync": {"filter", "since", "timeout", "set_presence", "full_state", "use_state_after"},
    "messages": {"from", "to", "dir", "limit", "filter"},
    "relations": {"from", "to", "dir", "limit", "recurse"},
    "threads": {"include", "limit", "from"},
    "context": {"limit", "filter"},
    "members": {"at", "membership", "not_membership"},
    "send": {"ts", "user_id"},
    "state": {"ts", "user_id"},
    "redact": {"user_id"},
    "upload": {"filename"},
    "download": {"allow_redirect", "allow_remote", "timeout_ms"},
}
"""Query names a route knows; any other one is a mistake of the client."""

FILTER = {"presence", "account_data", "room", "event_fields", "event_format"}
ROOM_FILTER = {"include_leave", "account_data", "ephemeral", "state", "timeline", "rooms", "not_rooms"}
EVENT_FILTER = {
    "limit",
    "types",
    "not_types",
    "senders",
    "not_senders",
    "rooms",
    "not_rooms",
    "contains_url",
    "lazy_load_members",
    "include_redundant_members",
    "unread_thread_notifications",
}
MSGTYPES = {"m.text", "m.emote", "m.notice", "m.file", "m.image", "m.audio", "m.video", "m.location"}


def fault(asked: Asked, route: str, body: Doc | None) -> str | None:
    """What is wrong with a request, None where nothing is."""
    known = QUERY.get(route, set())
    for name, value in asked.query:
        if name not in known:
            return f"{route} has no query parameter {name}"
        if name in {"timeout", "limit", "ts"} and not value.isdecimal():
            return f"{name} is no number"
    if len({name for name, _value in asked.query}) != len(asked.query):
        return "a query parameter is given twice"
    if asked.method in {"PUT", "POST"} and route != "upload" and body is None:
        return "the body is no JSON object"
    return _filter_fault(asked, route) or official(asked, route)


def _filter_fault(asked: Asked, route: str) -> str | None:
    raw = asked.first("filter")
    if raw is None:
        return None
    try:
        filter = json.loads(raw)
    except ValueError:
        return "the filter is no JSON"
    if route != "sync":
        return _unknown("event filter", filter, EVENT_FILTER)
    room = filter.get("room", {})
    parts = [room[name] for name in ("account_data", "ephemeral", "state", "timeline") if name in room]
    parts += [filter[name] for name in ("presence", "account_data") if name in filter]
    found = [_unknown("filter", filter, FILTER), _unknown("room filter", room, ROOM_FILTER)]
    found += [_unknown("event filter", part, EVENT_FILTER) for part in parts]
    return next((one for one in found if one), None)


def _unknown(what: str, given: object, known: set[str]) -> str | None:
    if not isinstance(given, dict):
        return f"{what} is no object"
    more = given.keys() - known
    return f"{what} has no {', '.join(sorted(more))}" if more else None


def content_fault(type: str, content: Doc) -> str | None:
    """What is wrong with a message somebody sends."""
    if len(json.dumps(content, ensure_ascii=False).encode()) > 64_000:
        return "M_TOO_LARGE"
    if type != "m.room.message":
        return None
    if content.get("msgtype") not in MSGTYPES or not isinstance(content.get("body"), str):
        return "a message needs a msgtype and a body"
    if ("formatted_body" in content) != (content.get("format") == "org.matrix.custom.html"):
        return "formatted_body and format go together"
    mentions = content.get("m.mentions", {})
    if not isinstance(mentions, dict) or mentions.keys() - {"user_ids", "room"}:
        return "m.mentions holds user_ids and room"
    return _relation_fault(content) if "m.relates_to" in content else None


def _relation_fault(content: Doc) -> str | None:
    relation = content["m.relates_to"]
    if not isinstance(relation, dict):
        return "m.relates_to is no object"
    if relation.get("rel_type") == "m.replace":
        fresh = content.get("m.new_content")
        return None if isinstance(fresh, dict) and "m.relates_to" not in fresh else "an edit needs its new content"
    answered = relation.get("m.in_reply_to", {}).get("event_id")
    if relation.get("rel_type") == "m.thread" and "is_falling_back" not in relation:
        return "a thread's line says whether its answer is one to fall back to"
    return None if answered else "a relation answers nothing"


@cache
def _description() -> Any:
    path = SHARED / "api" / "matrix.yaml"
    if not path.exists():
        return None
    import yaml
    from openapi_core import OpenAPI

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_text(encoding="utf-8"), loader)
    return OpenAPI.from_dict(document)


def official(asked: Asked, route: str) -> str | None:
    """What the official description says is wrong; None also where it has no such operation or is not there."""
    described = _description()
    if described is None or route in {"upload", "download"}:
        return None
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.templating.paths.exceptions import PathError
    from openapi_core.testing import MockRequest

    body = asked.body if asked.method in {"PUT", "POST"} else None
    request = MockRequest(
        "https://matrix.example.org",
        asked.method.lower(),
        unquote(asked.path) if "%2F" not in asked.path else asked.path,
        args=dict(asked.query),
        headers={"Authorization": asked.headers.get("authorization", "")},
        data=body,
    )
    try:
        described.validate_request(request)
    except PathError:
        return None
    except OpenAPIError as error:
        return f"against the description: {error!s} {error.__cause__ or ''}".strip()
    return None
