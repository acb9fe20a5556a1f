"""Tasks of To Do, both ways. The link to the thread and our key travel as a linked resource, which To Do is made for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from connectors.teams.api.html_in import read
from connectors.teams.api.html_out import key_from, plain_text
from connectors.teams.api.shape import TODO, Row, flag, ident, instant, iso, obj, rows, text
from connectors.teams.api.world import World
from leeward.model import Due, Instant, Key, RemoteId, Status, Task, TaskChange, TaskDraft, Tier
from leeward.words import _
from leeward.zones import instant as instant_of
from leeward.zones import wall, zone

APP = "leeward"
EXTRA = "\n\n— To Do —\n"
"""Stands between a task's text and what To Do keeps beside it; that part is shown and never written back."""

_STATUS = {"completed": Status.DONE, "inProgress": Status.DOING}
_NATIVE = {Status.DONE: "completed", Status.DOING: "inProgress", Status.OPEN: "notStarted"}
_TIERS = {"high": Tier.RED, "low": Tier.GREEN}
_IMPORTANCE = {Tier.RED: "high", Tier.YELLOW: "high", Tier.GREEN: "low", None: "normal"}
_MAX_EXTRA = 100


def task(row: Row, list_id: str, world: World) -> Task | None:
    """One task; None, and odd, without an id."""
    id = ident(row.get("id"))
    if id is None:
        world.odd.count += 1
        return None
    native = text(row.get("status"))
    beside = "\n".join(list(_beside(row, world))[:_MAX_EXTRA])
    categories = row.get("categories")
    labels = (
        tuple(dict.fromkeys(each for each in categories if isinstance(each, str) and each))
        if isinstance(categories, list)
        else ()
    )
    return Task(
        RemoteId(f"{TODO}/{list_id}/{id}"),
        RemoteId(f"{TODO}/{list_id}"),
        " ".join(text(row.get("title")).split()) or _("(without a title)"),
        words(row) + (EXTRA + beside if beside else ""),
        _STATUS.get(native, Status.OPEN),
        native or None,
        due=due(row.get("dueDateTime"), world.zone),
        tier=_TIERS.get(text(row.get("importance"))),
        labels=labels,
        url=f"https://to-do.office.com/tasks/id/{id}/details",
        updated=instant(row.get("lastModifiedDateTime")),
        created=instant(row.get("createdDateTime")),
        recurring=isinstance(row.get("recurrence"), dict),
        key=key_of(row, world),
        version=version(row),
    )


def version(row: Row) -> str | None:
    """What an update must have seen."""
    return text(row.get("@odata.etag")) or text(row.get("lastModifiedDateTime")) or None


def words(row: Row) -> str:
    """The note of a task; its ends are not kept by every client."""
    body = obj(row.get("body"))
    content = text(body.get("content"))
    plain = content if text(body.get("contentType")).lower() != "html" else read(content).words
    return plain.replace("\r\n", "\n").strip("\n")


def own_text(shown: str) -> str:
    """A task's text without what To Do keeps beside it."""
    return shown.partition(EXTRA)[0]


def key_of(row: Row, world: World) -> Key | None:
    """Our key among the linked resources."""
    linked = rows(row.get("linkedResources") or [], world.odd)
    found = (key_from(text(each.get("externalId"))) for each in linked if each.get("applicationName") == APP)
    return next((each for each in found if each), None)


def _beside(row: Row, world: World) -> Iterator[str]:
    """Steps, and what other programs linked."""
    for each in rows(row.get("checklistItems") or [], world.odd):
        yield f"- [{'x' if flag(each.get('isChecked')) else ' '}] {' '.join(text(each.get('displayName')).split())}"
    for each in rows(row.get("linkedResources") or [], world.odd):
        if each.get("applicationName") != APP:
            name, url = (" ".join(text(each.get(part)).split()) for part in ("displayName", "webUrl"))
            app = " ".join(text(each.get("applicationName")).split())
            said = " ".join(part for part in (f"{app}:" if app else "", name, url) if part)
            if said:
                yield said


def due(value: object, zone_name: str) -> Due | None:
    """The day something is due. Clients store midnight of their own zone as UTC, or of UTC itself."""
    row = obj(value)
    at = instant(text(row.get("dateTime")))
    if at is None:
        return None
    named = text(row.get("timeZone")) or "UTC"
    try:
        if named not in {"UTC", "Etc/UTC", "GMT"}:
            return wall(at, zone("UTC")).date()
        there = wall(at, zone("UTC"))
        return there.date() if there.time() == time() else wall(at, zone(zone_name)).date()
    except (ValueError, OverflowError):
        return None


def due_field(wanted: Due | None, zone_name: str) -> Mapping[str, str] | None:
    """The other way round: midnight of the owner's zone, as To Do's own programs store it."""
    if wanted is None:
        return None
    day = wanted if isinstance(wanted, date) else wall(wanted, zone(zone_name)).date()
    at = instant_of(datetime.combine(day, time()), zone(zone_name))
    return {"dateTime": iso(at).removesuffix("Z"), "timeZone": "UTC"}


def new(draft: TaskDraft, key: Key, zone_name: str) -> dict[str, Any]:
    """A task to be made, with its linked resource in the one request."""
    linked = {"applicationName": APP, "displayName": draft.title[:255], "externalId": key}
    if draft.body.link:
        linked["webUrl"] = draft.body.link
    fields: dict[str, Any] = {
        "title": draft.title,
        "body": {"content": plain_text(draft.body, None), "contentType": "text"},
        "linkedResources": [linked],
    }
    if draft.due is not None:
        fields["dueDateTime"] = due_field(draft.due, zone_name)
    if draft.tier is not None:
        fields["importance"] = _IMPORTANCE[draft.tier]
    if draft.labels:
        fields["categories"] = list(draft.labels)
    return fields


def changed(change: TaskChange, row: Row, zone_name: str) -> dict[str, Any]:
    """What an update sends, without what stands there already."""
    fields: dict[str, Any] = {}
    if "title" in change.fields:
        fields["title"] = change.title
    if "text" in change.fields and own_text(change.text) != words(row):
        fields["body"] = {"content": own_text(change.text), "contentType": "text"}
    if "status" in change.fields and _STATUS.get(text(row.get("status")), Status.OPEN) is not change.status:
        fields["status"] = _NATIVE[change.status]
    if "due" in change.fields:
        fields["dueDateTime"] = due_field(change.due, zone_name)
    if "tier" in change.fields:
        fields["importance"] = _IMPORTANCE[change.tier]
    if "labels" in change.fields:
        fields["categories"] = list(change.labels)
    return fields


def born(row: Row) -> Instant | None:
    """When a task was made."""
    return instant(row.get("createdDateTime"))
