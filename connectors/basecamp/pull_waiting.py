"""What waits for the owner, and what they read elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.basecamp.api import places, waiting
from connectors.basecamp.api.cursor import Wait
from connectors.basecamp.api.shape import Row
from connectors.basecamp.api.waiting import Reading
from connectors.basecamp.run import Run, as_object
from leeward.errors import Forbidden, Gone
from leeward.model import Batch, Instant, ItemType, ReadUpTo, RemoteId, Todo

MOST = 100
"""Basecamp names no more unread notices than that: with so many, a missing one was not read."""


async def waits(run: Run) -> AsyncIterator[Batch]:
    """The “Hey!” menu and steps of cards, each only when it changed."""
    for name, path, read in (
        ("readings", "my/readings.json", _readings),
        ("assignments", "my/assignments.json", _steps),
    ):
        try:
            response = await run.gate.send(run.ask.get(path, etag=run.where.etags.get(name) or None))
        except (Forbidden, Gone) as trouble:
            run.refused = trouble
            continue
        run.heard = True
        if response.status == 304:
            continue
        for batch in read(run, as_object(response)):
            yield run.batch(batch)
        run.where.etags[name] = response.headers.get("etag", "")


def _readings(run: Run, document: Row) -> list[Batch]:
    unread = [each for each in waiting.readings(document, "unreads", run.world, run.where.circles) if _ours(run, each)]
    read = list(waiting.readings(document, "reads", run.world, run.where.circles))
    todos = [found for each in unread if (found := waiting.todo(each))]
    there = (places.pings(),) if any(each.place == places.PINGS for each in todos) else ()
    told = _told(run, "reading/", todos) if len(unread) < MOST else tuple(todos)
    marks = tuple(mark for each in read if (mark := _marked(run, each)))
    return [Batch(places=there), Batch(todos=told, read=marks)]


def _ours(run: Run, reading: Reading) -> bool:
    return reading.project is None or run.is_wanted(RemoteId(f"project/{reading.project}"))


def _steps(run: Run, document: Row) -> list[Batch]:
    found = [each for each in waiting.steps(document, run.now, run.world) if run.is_wanted(each.place)]
    return [Batch(todos=_told(run, "step/", [_since(run, each) for each in found]))]


def _since(run: Run, todo: Todo) -> Todo:
    """A step carries no stamp: it waits since leeward saw it first."""
    held = run.where.waits.get(todo.id)
    return replace(todo, at=Instant(held.at)) if held else todo


def _told(run: Run, begins: str, todos: list[Todo]) -> tuple[Todo, ...]:
    """What waits, and what no longer does: it left the whole list of what waits."""
    now = {each.id for each in todos}
    ended = [_ended(id_, held) for id_, held in run.where.waits.items() if id_.startswith(begins) and id_ not in now]
    for each in ended:
        del run.where.waits[each.id]
    for each in todos:
        run.where.waits[each.id] = Wait(each.title, each.place, each.at, each.target)
    return (*todos, *ended)


def _ended(id_: str, held: Wait) -> Todo:
    about = (ItemType(held.about[0]), RemoteId(held.about[1])) if held.about else None
    return Todo(RemoteId(id_), RemoteId(held.place), held.title, Instant(held.at), target=about, waits=False)


def _marked(run: Run, reading: Reading) -> ReadUpTo | None:
    """Something was read up to the newest line that was there at that moment, where leeward knows that line."""
    if reading.target is None or reading.read is None:
        return None
    held = run.where.last.get(reading.target)
    if held is None or held[0] > reading.read:
        return None
    flat = reading.target.startswith("chat/")
    place = reading.target if flat else run.at.get(reading.target, RemoteId(f"project/{reading.project or 0}"))
    return ReadUpTo(place, RemoteId(held[1]), None if flat else reading.target)
