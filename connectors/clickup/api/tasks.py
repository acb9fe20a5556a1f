"""Tasks: status, due, priority, tags, and what ClickUp keeps beside the text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from msgspec import Struct

from connectors.clickup.api import files
from connectors.clickup.api.cursor import digest
from connectors.clickup.api.hostile import Row, ident, number, obj, rows, stamp, text
from connectors.clickup.api.world import World, unique
from leeward.model import Due, File, Instant, Message, Person, RemoteId, Status, Task, Thread, Tier
from leeward.zones import instant, wall, zone

TIERS = {1: Tier.RED, 2: Tier.YELLOW, 4: Tier.GREEN}
PRIORITIES = {tier: number_ for number_, tier in TIERS.items()}
_BY_NAME = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
DAY_STARTS = time(4)
"""A due without a time of day is held as four in the morning of that day."""

EXTRA = "\n\n— ClickUp —\n"
"""Stands between a task's text and what ClickUp keeps beside it; that part is shown and never written back."""

MAX_EXTRA = 200


class Item(Struct, frozen=True):
    """A task with its thread, its description as the first line, and who is in it."""

    task: Task
    thread: Thread
    first: Message
    people: tuple[Person, ...]


def item(row: Row, world: World) -> Item | None:
    """One task; None, and odd, without id, list or date of birth."""
    found, place = ident(row.get("id")), ident(obj(row.get("list")).get("id"))
    created = stamp(row.get("date_created"))
    if found is None or place is None or created is None:
        world.odd.count += 1
        return None
    author = world.person(row.get("creator"))
    assigned = [world.person(each) for each in rows(row.get("assignees") or [], world.odd)]
    people = tuple({each.id: each for each in (author, *assigned) if each}.values())
    who = author.id if author else None
    raw = description(row)
    words, key = world.own(raw, who)
    extra = beside(row, world)
    state = obj(row.get("status"))
    status = status_of(text(state.get("type")))
    updated = stamp(row.get("date_updated"))
    url = text(row.get("url")) or None
    assignees = unique(each.id for each in assigned if each)
    labels = tuple(dict.fromkeys(text(each.get("name")) for each in rows(row.get("tags") or [], world.odd)))
    task = Task(
        found,
        place,
        text(row.get("name")),
        words + (EXTRA + extra if extra else ""),
        status,
        text(state.get("status")) or None,
        who,
        assignees,
        due(row, world.zone),
        tier(row.get("priority")),
        tuple(each for each in labels if each),
        url,
        found,
        updated,
        created,
        key=key,
        version=text(row.get("date_updated")) or None,
    )
    return Item(task, _thread(task), _first(task, raw, words, files.of_task(row)), people)


def _thread(task: Task) -> Thread:
    people = unique([task.author, *task.assignees])
    closed = task.status is Status.DONE
    return Thread(task.id, task.place, task.title, task.url, task.id, people, task.updated, closed)


def _first(task: Task, raw: str, words: str, attached: tuple[File, ...]) -> Message:
    """The description is the first line of its thread."""
    return Message(
        RemoteId(f"{task.id}/description"),
        task.place,
        task.author,
        task.created or Instant(0),
        words,
        task.id,
        raw if raw != words else None,
        url=task.url,
        key=task.key,
        version=digest(words, *(each.url or each.name for each in attached)),
        files=attached,
    )


def description(row: Row) -> str:
    """The text as Markdown, or plain where only that came."""
    return text(row.get("markdown_description")) or text(row.get("description")) or text(row.get("text_content"))


def own_text(shown: str) -> str:
    """A task's text without what ClickUp keeps beside it."""
    return shown.partition(EXTRA)[0]


def status_of(kind: str) -> Status:
    """A list's own statuses are of four kinds: open, custom, done, closed; newer ones may be unstarted."""
    if kind in {"done", "closed"}:
        return Status.DONE
    return Status.DOING if kind == "custom" else Status.OPEN


def tier(priority: object) -> Tier | None:
    """1 urgent to 4 low, given as an object, a number or nothing; normal says nothing about how soon."""
    row = obj(priority)
    for value in (priority, row.get("id"), row.get("orderindex")):
        found = number(value)
        if found is not None:
            return TIERS.get(found)
    return TIERS.get(_BY_NAME.get(text(row.get("priority")).lower(), 0))


def due(row: Row, zone_name: str) -> Due | None:
    """A day, or an instant where a time of day was set. Answers often leave the flag out: then four o'clock is a day."""
    at = stamp(row.get("due_date"))
    if at is None:
        return None
    timed = row.get("due_date_time")
    try:
        there = wall(at, zone(zone_name))
    except (ValueError, OverflowError):
        return at
    if timed is True or (timed is not False and there.time() != DAY_STARTS):
        return at
    return there.date()


def due_fields(wanted: Due | None, zone_name: str) -> dict[str, object]:
    """The other way round."""
    if wanted is None:
        return {"due_date": None}
    if isinstance(wanted, date):
        at = instant(datetime.combine(wanted, DAY_STARTS), zone(zone_name))
        return {"due_date": int(at), "due_date_time": False}
    return {"due_date": int(wanted), "due_date_time": True}


def beside(row: Row, world: World) -> str:
    """Parent, checklists, dependencies and links as lines of text; "" where there are none."""
    return "\n".join([*_parents(row), *_checklists(row, world), *_dependencies(row, world)][:MAX_EXTRA])


def _parents(row: Row) -> Iterator[str]:
    parent = ident(row.get("parent"))
    if parent:
        yield f"Subtask of {parent}"


def _checklists(row: Row, world: World) -> Iterator[str]:
    for each in rows(row.get("checklists") or [], world.odd):
        yield f"{text(each.get('name')) or 'Checklist'}:"
        for entry in rows(each.get("items") or [], world.odd):
            yield f"- [{'x' if entry.get('resolved') is True else ' '}] {' '.join(text(entry.get('name')).split())}"


def _dependencies(row: Row, world: World) -> Iterator[str]:
    """Which task waits for which: `task_id` depends on `depends_on`."""
    own = ident(row.get("id"))
    for each in rows(row.get("dependencies") or [], world.odd):
        waiting, needed = ident(each.get("task_id")), ident(each.get("depends_on"))
        if waiting == own and needed:
            yield f"Waits for {needed}"
        elif needed == own and waiting:
            yield f"{waiting} waits for this"
    for each in rows(row.get("linked_tasks") or [], world.odd):
        ends = [ident(each.get("task_id")), ident(each.get("link_id"))]
        yield from (f"Linked with {end}" for end in ends if end and end != own)
