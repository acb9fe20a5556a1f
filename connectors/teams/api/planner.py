"""Tasks of Planner, both ways. A task and its details are two objects with an ETag each; the key stands in the text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

from connectors.keymark import signed, split_marker
from connectors.teams.api.html_out import plain_text
from connectors.teams.api.shape import PLAN, PLANNER, Row, flag, ident, instant, obj, part, text, whole
from connectors.teams.api.world import World, unique
from leeward.model import Body, Due, Key, RemoteId, Status, Task, TaskChange, TaskDraft, Tier
from leeward.words import _
from leeward.zones import wall, zone

EXTRA = "\n\n— Planner —\n"
"""Stands between a task's text and its checklist and links; that part is shown and never written back."""

_NOON_ISH = "T10:00:00Z"
"""The hour Planner itself gives a day, so that it is the same day in most of the world."""

_PERCENT = {Status.OPEN: 0, Status.DOING: 50, Status.DONE: 100}
_PRIORITY = {Tier.RED: 1, Tier.YELLOW: 3, Tier.GREEN: 9, None: 5}
_ASSIGNED = {"@odata.type": "#microsoft.graph.plannerAssignment", "orderHint": " !"}
_MAX_EXTRA = 100


def task(row: Row, details: Row | None, world: World) -> Task | None:
    """One task with its details (None where it has none); None, and odd, without id or plan."""
    id, plan = ident(row.get("id")), ident(row.get("planId"))
    if id is None or plan is None:
        world.odd.count += 1
        return None
    author = world.somebody(row.get("createdBy"))
    described = text(obj(details).get("description"))
    shown, key = split_marker(described) if author == world.me and author else (described, None)
    beside = "\n".join(list(_beside(obj(details)))[:_MAX_EXTRA])
    percent = whole(row.get("percentComplete")) or 0
    return Task(
        RemoteId(f"{PLANNER}/{id}"),
        RemoteId(f"{PLAN}/{plan}"),
        " ".join(text(row.get("title")).split()) or _("(without a title)"),
        shown + (EXTRA + beside if beside else ""),
        Status.DONE if percent >= 100 else Status.DOING if percent > 0 else Status.OPEN,
        f"{percent} %",
        author,
        unique(ident(each) for each, held in obj(row.get("assignments")).items() if held is not None),
        _day(row.get("dueDateTime")),
        tier(row.get("priority")),
        tuple(name for name, on in sorted(obj(row.get("appliedCategories")).items()) if flag(on)),
        f"https://tasks.office.com/Home/Task/{part(id)}",
        updated=None,
        created=instant(row.get("createdDateTime")),
        key=key,
        version=version(row, described),
    )


def version(row: Row, described: str) -> str | None:
    """The ETag of the task, and what its text was: the details have an ETag of their own."""
    etag = text(row.get("@odata.etag"))
    return f"{etag}#{digest(described)}" if etag else None


def seen_parts(seen: str) -> tuple[str, str]:
    """The ETag and the text's digest of a version."""
    etag, _hash, text_ = seen.rpartition("#")
    return etag, text_


def digest(words: str) -> str:
    """A short fingerprint of a text."""
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=6).hexdigest()


def state(row: Row) -> str:
    """What tells that a task changed, short enough to remember for each."""
    return digest(text(row.get("@odata.etag")) or repr(sorted(row.items(), key=str)))


def has_details(row: Row) -> bool:
    """Whether there is more to read of a task."""
    more = (whole(row.get("checklistItemCount")) or 0) + (whole(row.get("referenceCount")) or 0)
    return flag(row.get("hasDescription")) or more > 0


def tier(priority: object) -> Tier | None:
    """0 and 1 urgent, 2 to 4 important, 5 to 7 medium, 8 to 10 low; medium says nothing about how soon."""
    value = whole(priority)
    if value is None or 5 <= value <= 7:
        return None
    return Tier.RED if value < 2 else Tier.YELLOW if value < 5 else Tier.GREEN


def own_text(shown: str) -> str:
    """A task's text without what Planner keeps beside it."""
    return shown.partition(EXTRA)[0]


def new(draft: TaskDraft, plan: str, key: Key, zone_name: str) -> dict[str, Any]:
    """A task to be made, with its text and key in the one request."""
    fields: dict[str, Any] = {
        "planId": plan,
        "title": draft.title,
        "details": {"description": described(draft.body, key)},
    }
    if draft.assignees:
        fields["assignments"] = {each: dict(_ASSIGNED) for each in draft.assignees}
    if draft.due is not None:
        fields["dueDateTime"] = due_field(draft.due, zone_name)
    if draft.tier is not None:
        fields["priority"] = _PRIORITY[draft.tier]
    if draft.labels:
        fields["appliedCategories"] = {each: True for each in draft.labels if each.startswith("category")}
    return fields


def described(body: Body, key: Key) -> str:
    """The text of a new task."""
    return plain_text(body, key)


def changed(change: TaskChange, row: Row, zone_name: str) -> dict[str, Any]:
    """What an update of the task itself sends; its text is another object's."""
    fields: dict[str, Any] = {}
    if "title" in change.fields:
        fields["title"] = change.title
    percent = whole(row.get("percentComplete")) or 0
    held = Status.DONE if percent >= 100 else Status.DOING if percent > 0 else Status.OPEN
    if "status" in change.fields and held is not change.status:
        fields["percentComplete"] = _PERCENT[change.status]
    if "due" in change.fields:
        fields["dueDateTime"] = due_field(change.due, zone_name)
    if "tier" in change.fields and tier(row.get("priority")) is not change.tier:
        fields["priority"] = _PRIORITY[change.tier]
    if "assignees" in change.fields:
        there = set(obj(row.get("assignments")))
        wanted = {str(each) for each in change.assignees}
        moved: dict[str, Any] = dict.fromkeys(there - wanted)
        moved |= {each: dict(_ASSIGNED) for each in wanted - there}
        if moved:
            fields["assignments"] = moved
    if "labels" in change.fields:
        there = set(obj(row.get("appliedCategories")))
        named = {each for each in change.labels if each.startswith("category")}
        if there != named:
            fields["appliedCategories"] = {each: each in named for each in there | named}
    return fields


def rewritten(change: TaskChange, held: str) -> str:
    """The text of a task after a change; the key it carries stays in it."""
    return signed(own_text(change.text), split_marker(held)[1])


def due_field(wanted: Due | None, zone_name: str) -> str | None:
    """A day, at the hour Planner gives one."""
    if wanted is None:
        return None
    day = wanted if isinstance(wanted, date) else wall(wanted, zone(zone_name)).date()
    return f"{day.isoformat()}{_NOON_ISH}"


def _day(value: object) -> date | None:
    at = instant(value)
    return None if at is None else wall(at, zone("UTC")).date()


def _beside(details: Row) -> Iterator[str]:
    """The checklist, and addresses that were attached (their dots and colons are escaped, since they are names)."""
    for each in obj(details.get("checklist")).values():
        row = obj(each)
        if row:
            yield f"- [{'x' if flag(row.get('isChecked')) else ' '}] {' '.join(text(row.get('title')).split())}"
    for address, each in obj(details.get("references")).items():
        alias = " ".join(text(obj(each).get("alias")).split())
        yield " ".join(part_ for part_ in (alias, unquote(address)) if part_)
