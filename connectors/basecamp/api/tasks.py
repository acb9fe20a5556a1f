"""To-dos and cards as tasks."""

from __future__ import annotations

from datetime import date

from connectors.basecamp.api.base import Base, Item, line_of
from connectors.basecamp.api.cursor import digest
from connectors.basecamp.api.shape import Row, day, flag, number, obj, rows, text, whole
from connectors.basecamp.api.world import World, unique
from leeward.model import Person, Status, Task, Thread

EXTRA = "\n\n— Basecamp —\n"
"""Stands between a task's text and what Basecamp keeps beside it; that part is shown and never written back."""

MAX_EXTRA = 100


def task(held: Base, people: tuple[Person, ...], world: World) -> Item:
    """A task, its thread, and its text as the first line."""
    assigned = world.persons(held.row.get("assignees"))
    rich, key = world.rich(described(held.row), held.author)
    title = task_title(held.row)
    extra = "\n".join(beside(held.row, world)[:MAX_EXTRA])
    parent = obj(held.row.get("parent"))
    status = status_of(held.row)
    made = Task(
        held.id,
        held.place,
        " ".join(title.split()),
        rich.text + (EXTRA + extra if extra else ""),
        status,
        (whole(parent.get("title")) or None) if held.word == "card" else None,
        held.author,
        unique(each.id for each in assigned),
        day(held.row.get("due_on")),
        url=held.url,
        thread=held.id,
        updated=held.updated,
        created=held.created,
        key=key,
        version=version(held.row),
    )
    involved = unique([held.author, *made.assignees])
    thread = Thread(
        held.id, held.place, made.title, held.url, held.id, involved, held.updated, closed=status is Status.DONE
    )
    first = line_of(held, held.id, rich.text or made.title, rich, key, described(held.row))
    everybody = tuple({each.id: each for each in (*people, *assigned)}.values())
    return Item(held.id, thread, first, made, people=everybody)


def task_title(row: Row) -> str:
    """A to-do's `content`, a card's `title`, as it has to be sent back."""
    return whole(row.get("content") if text(row.get("type")) == "Todo" else row.get("title")) or whole(row.get("title"))


def described(row: Row) -> str:
    """A task's text as markup: a card says it twice, and older answers only in one of both."""
    card_text = text(row.get("content")) if text(row.get("type")) == "Kanban::Card" else ""
    return card_text or text(row.get("description"))


def own_text(shown: str) -> str:
    """A task's text without what Basecamp keeps beside it."""
    return shown.partition(EXTRA)[0]


def status_of(row: Row) -> Status:
    """A to-do is open or done; a card says by its column how far it is."""
    if flag(row, "completed"):
        return Status.DONE
    if text(row.get("type")) != "Kanban::Card":
        return Status.OPEN
    return column_status(text(obj(row.get("parent")).get("type")))


def column_status(type_: str) -> Status:
    """Triage and “not now” wait, the last column is done, those in between are under way."""
    if type_ == "Kanban::DoneColumn":
        return Status.DONE
    return Status.OPEN if type_ in {"Kanban::Triage", "Kanban::NotNowColumn", ""} else Status.DOING


def version(row: Row) -> str:
    """What an update must have seen: every field it could overwrite. A comment moves the stamp, and not this."""
    people = [number(obj(each).get("id")) for each in _listed(row.get("assignees"))]
    fields = ("due_on", "starts_on")
    return digest(
        task_title(row),
        described(row),
        sorted(each for each in people if each),
        [text(row.get(name)) for name in fields],
        flag(row, "completed"),
        number(obj(row.get("parent")).get("id")),
    )


def beside(row: Row, world: World) -> list[str]:
    """When it starts, and a card's steps."""
    lines = []
    starts = day(row.get("starts_on"))
    if isinstance(starts, date):
        lines.append(f"Starts on {starts.isoformat()}")
    for step in rows(row.get("steps") or [], world.odd):
        who = ", ".join(each.name for each in world.persons(step.get("assignees")))
        due = day(step.get("due_on"))
        more = " · ".join(each for each in (who, due.isoformat() if due else "") if each)
        title = " ".join(whole(step.get("title")).split())
        lines.append(f"- [{'x' if flag(step, 'completed') else ' '}] {title}{f' ({more})' if more else ''}")
    return lines


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
