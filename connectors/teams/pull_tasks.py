"""Tasks: To Do by Graph's own tokens, Planner by whole listings, since it has none."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.paging import Walk
from connectors.teams.api import planner, todo
from connectors.teams.api.ask import MANY, tasks_path
from connectors.teams.api.cursor import Feed
from connectors.teams.api.shape import PLANNER, TODO, Row, ident, list_of, obj, part, text
from connectors.teams.pull_channels import begun_again, changes, following
from connectors.teams.run import ASKED_ONE_BY_ONE, Run, listed
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, TryLater
from leeward.model import Batch, ItemType, RemoteId, RemoteRef, Task

PAGES_A_LIST = 200
LINKED_A_ROUND = 20
DETAILS_A_ROUND = 100
DETAILS_AGAIN = 3
"""How many unchanged tasks' texts are read again in one pull: a new text does not show in the listing."""


async def tasks(run: Run) -> AsyncIterator[Batch]:
    """Lists, then plans; one that fails must not hide the others."""
    linked, details = [LINKED_A_ROUND], [DETAILS_A_ROUND]
    for id in (*run.lists, *run.plans):
        part_ = _list(run, id, linked) if list_of(id, TODO) else _plan(run, id, details)
        try:
            async for batch in part_:
                yield batch
        except (Forbidden, Gone, Refused):
            continue
        except (TryLater, ServiceChanged) as trouble:
            if not trouble.taken:
                raise
            run.broken = run.broken or trouble


async def _list(run: Run, id: RemoteId, linked: list[int]) -> AsyncIterator[Batch]:
    """Pages from where the last pull stopped to the end, each with the link that follows it."""
    feed = run.where.lists.get(id) or Feed()
    seen: set[str] = set()
    for _page in range(PAGES_A_LIST):
        size = (("prefer", f"odata.maxpagesize={MANY}"),)
        path = f"{tasks_path(id)}/delta"
        first = (run.ask.get(path, size, expand="linkedResources"), run.ask.get(path, size))
        asked = (run.ask.link(feed.link),) if feed.link else first
        document = await changes(run, *asked, stored=feed.link is not None)
        if document is None:
            feed = run.where.lists[id] = begun_again(run, feed, id)
            continue
        batch = await _todo_rows(run, id, listed(document, run.world), linked)
        link, done = following(run, document)
        if link is None or link in seen:
            run.world.odd.count += 1
            yield run.batch(batch)
            return
        seen.add(link)
        feed = run.where.lists[id] = Feed(link, done)
        yield run.batch(batch)
        if done:
            return


async def _todo_rows(run: Run, id: RemoteId, found: list[Row], linked: list[int]) -> Batch:
    list_id = id.partition("/")[2]
    read: list[Task] = []
    gone: list[RemoteRef] = []
    for row in found:
        if "@removed" in row:
            name = ident(row.get("id"))
            gone += [(ItemType.TASK, RemoteId(f"{id}/{name}"))] if name else []
            continue
        more: Row = {}
        if "linkedResources" not in row and linked[0] > 0:
            linked[0] -= 1
            one = f"{tasks_path(id)}/{part(text(row.get('id')))}"
            more = obj(await run.there(run.ask.get(one, expand="linkedResources")))
        if (task := todo.task({**row, **more}, list_id, run.world)) is not None:
            read.append(task)
    return Batch(tasks=tuple(read), gone=tuple(gone))


async def _plan(run: Run, id: RemoteId, budget: list[int]) -> AsyncIterator[Batch]:
    """All tasks of a plan; those whose state is another are read whole, with their details."""
    walk = Walk()
    found: dict[str, Row] = {}
    async for page in run.pages(run.ask.get(tasks_path(id) or ""), walk):
        for row in page:
            name = ident(row.get("id"))
            run.world.odd.count += name is None
            found |= {name: row} if name is not None else {}
    known = run.where.plans.get(id, {})
    told = {name: state for name, state in known.items() if name in found or not walk.whole}
    read = await _read(run, found, told, budget)
    lost = [name for name in known if name not in found] if walk.whole else []
    gone: list[RemoteRef] = []
    for each in lost[:ASKED_ONE_BY_ONE]:
        if await run.there(run.ask.get(f"/planner/tasks/{part(each)}")) is None:
            gone += [(ItemType.TASK, RemoteId(f"{PLANNER}/{each}"))]
    run.where.plans[id] = told | {name: known[name] for name in lost[ASKED_ONE_BY_ONE:]}
    people = run.world.named(who for each in read for who in (each.author, *each.assignees))
    yield run.batch(Batch(people=people, tasks=tuple(read), gone=tuple(gone)))


async def _read(run: Run, found: dict[str, Row], told: dict[str, str], budget: list[int]) -> list[Task]:
    """The tasks that moved, as far as the budget reaches, and a few others again; `told` learns their states."""
    moved = [name for name, row in found.items() if told.get(name, "").partition(".")[0] != planner.state(row)]
    still = set(found) - set(moved)
    again = [RemoteId(name) for name, row in found.items() if name in still and planner.has_details(row)]
    read: list[Task] = []
    for name in (*moved, *run.turns(again, DETAILS_AGAIN)):
        row, details = found[name], None
        if planner.has_details(row):
            if budget[0] <= 0:
                continue
            budget[0] -= 1
            details = await run.there(run.ask.get(f"/planner/tasks/{part(name)}/details"))
        task = planner.task(row, details, run.world)
        state = f"{planner.state(row)}.{planner.digest(task.text if task else '')}"
        if task is not None and told.get(name) != state:
            read.append(task)
            told[name] = state
    return read
