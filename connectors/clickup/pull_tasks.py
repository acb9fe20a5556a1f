"""Tasks of a whole workspace and the comments of those that moved or are watched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from connectors.clickup.api import lines, tasks
from connectors.clickup.api.asking import COMMENT_PAGE, TASK_PAGE, chat_at
from connectors.clickup.api.cursor import Mark, Seen, read_version
from connectors.clickup.api.hostile import Row, rows, stamp
from connectors.clickup.api.lines import Comment
from connectors.clickup.api.places import Workspace
from connectors.clickup.api.tasks import Item
from connectors.clickup.pull_places import strangers
from connectors.clickup.run import MAX_ASKED, MAX_PAGES, Run, as_object
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone
from leeward.model import Batch, Instant, ItemType, RemoteId, RemoteRef, Thread

LINES_NOW = 25
LINES_LATER = 12
"""How many tasks' comments and files are read in one pull: of those that just moved, and of those that wait from before."""

MAX_COMMENT_PAGES = 200
MAX_STALE = 2


async def changed(run: Run) -> AsyncIterator[Batch]:
    """What moved in each workspace, then what is watched."""
    for workspace in run.workspaces:
        try:
            async for batch in _workspace(run, workspace):
                yield batch
        except (Forbidden, Gone):
            continue
    async for batch in _watch(run):
        yield batch


async def task_pages(run: Run, workspace: Workspace, after: Instant | None, walk: Walk) -> AsyncIterator[list[Row]]:
    """Newest change first, each page from the oldest stamp of the page before: numbered pages shift and lose tasks.

    The page number only grows among tasks that share one stamp.
    """
    before: Instant | None = None
    seen: set[object] = set()
    number = stale = 0
    while walk.pages < MAX_PAGES:
        answer = await run.get(run.ask.changed(workspace.id, after, before, number))
        listed = list(rows(answer.get("tasks"), run.world.odd))
        walk.pages += 1
        fresh = [row for row in listed if row.get("id") not in seen]
        seen.update(row.get("id") for row in fresh)
        if fresh:
            yield fresh
        last = answer.get("last_page")
        if last is True or not listed or (last is not False and len(listed) < TASK_PAGE):
            walk.whole = isinstance(answer.get("tasks"), list)
            return
        oldest = min((at for row in listed if (at := stamp(row.get("date_updated")))), default=None)
        bound = None if oldest is None else Instant(oldest + 1)
        # The first page from a new stamp may repeat the last one when all of it shares that stamp; two are a loop.
        stale = 0 if fresh else stale + 1
        if stale == MAX_STALE:
            return
        before, number = (before, number + 1) if bound is None or bound == before else (bound, 0)


async def _workspace(run: Run, workspace: Workspace) -> AsyncIterator[Batch]:
    mark = run.where.tasks.get(workspace.id)
    moved = Mark(mark.at, dict(mark.near)) if mark else Mark()
    walk = Walk()
    unread: dict[RemoteId, Item] = {}
    async for listed in task_pages(run, workspace, mark.after if mark else None, walk):
        async for batch in strangers(run, workspace, listed):
            yield batch
        items = [each for row in listed if (each := tasks.item(row, run.world))]
        ours = [each for each in items if run.where.lists.get(each.task.place)]
        yield _news(run, ours, moved, unread)
    later = [each for each in run.where.due if each not in unread]
    if walk.whole:
        # The comments of what moved are due from now on, so that breaking off below loses none of them.
        run.where.due = [*unread, *later]
        if moved.at:
            moved.near = {id_: held for id_, held in moved.near.items() if int(held) >= moved.after - 1000}
            run.where.tasks[workspace.id] = moved
    lists = tuple((RemoteId(each), ItemType.TASK) for each, ours in run.where.lists.items() if ours)
    # A listing that began anew and came to its end held every task there is, in one workspace.
    complete = lists if walk.whole and mark is None and len(run.workspaces) == 1 else ()
    yield run.batch(Batch(complete=complete, cursor=run.where.dump() if walk.whole else None))
    async for batch in _due(run, unread, later):
        yield batch


def _news(run: Run, items: list[Item], moved: Mark, unread: dict[RemoteId, Item]) -> Batch:
    """Every task of the page; thread and first line only of what was not taken in before."""
    fresh = []
    for each in items:
        updated = each.task.updated or each.task.created or Instant(0)
        if moved.near.get(each.task.id) != str(updated):
            fresh.append(each)
            unread[each.task.id] = each
        moved.take(updated, run.now)
        moved.near[each.task.id] = str(updated)
    return run.batch(
        Batch(
            people=tuple(person for each in items for person in each.people),
            threads=tuple(each.thread for each in fresh),
            messages=tuple(each.first for each in fresh),
            tasks=tuple(each.task for each in items),
        )
    )


async def _due(run: Run, unread: dict[RemoteId, Item], later: list[RemoteId]) -> AsyncIterator[Batch]:
    """Comments of what just moved, what is watched first, then of what waits from before."""
    first = sorted(unread.values(), key=lambda each: each.task.id not in run.watched)
    for item in first[:LINES_NOW]:
        yield await _read(run, await _with_files(run, item))
        yield _done(run, item.task.id)
    for task in later[:LINES_LATER]:
        yield await _again(run, task)
        yield _done(run, task)


async def _with_files(run: Run, item: Item) -> Item:
    """A listing keeps files to itself: the task is asked for once more. Whatever is wrong with that hides no comment."""
    try:
        response = await run.found(run.ask.task(item.task.id))
    except Forbidden:
        return item
    whole = tasks.item(as_object(response), run.world) if response is not None else None
    return whole if whole is not None and whole.task.place == item.task.place else item


def _done(run: Run, task: RemoteId) -> Batch:
    """Each task read is remembered at once: a limit met half-way must not begin the same round again."""
    run.where.due = [each for each in run.where.due if each != task]
    return run.batch(Batch(cursor=run.where.dump()))


async def _again(run: Run, task: RemoteId) -> Batch:
    """One task with all of its comments; gone when ClickUp, asked for that very task, says so."""
    run.read.add(task)
    try:
        response = await run.found(run.ask.task(task))
    except Forbidden:
        return run.batch(Batch())
    if response is None:
        return Batch(gone=((ItemType.THREAD, task), (ItemType.TASK, task)))
    item = tasks.item(as_object(response), run.world)
    if item is None or not run.where.lists.get(item.task.place):
        return run.batch(Batch())
    rest = await _read(run, item)
    news = Batch(people=(*item.people, *rest.people), tasks=(item.task,))
    return run.batch(
        Batch(
            people=news.people,
            threads=rest.threads or (item.thread,),
            messages=rest.messages or (item.first,),
            tasks=news.tasks,
            todos=rest.todos,
            gone=rest.gone,
        )
    )


async def _read(run: Run, item: Item) -> Batch:
    """All comments and answers of one task."""
    run.read.add(item.task.id)
    watched = run.watched.get(item.task.id)
    version = read_version(watched.version) if watched else None
    held = version.lines if version else {}
    walk = Walk()
    try:
        found = [each.aged(held, run.now) async for each in _comments(run, item, walk)]
    except (Forbidden, Gone):
        return run.batch(Batch())
    found.sort(key=lambda each: each.line.at)
    gone: tuple[RemoteRef, ...] = ()
    if walk.whole:
        gone = await _gone(run, held.keys() - {each.line.id for each in found})
    thread = lines.task_thread(item, found) if walk.whole else item.thread
    return run.batch(
        Batch(
            people=(*item.people, *(person for each in found for person in each.people)),
            threads=(thread,),
            messages=(item.first, *(each.line for each in found)),
            todos=tuple(each.todo for each in found if each.todo),
            gone=gone,
        )
    )


async def _comments(run: Run, item: Item, walk: Walk) -> AsyncIterator[Comment]:
    async for page in _comment_pages(run, item, walk):
        for each in page:
            yield each
            if each.replies:
                for reply in await _replies(run, item, each.line.id):
                    yield reply


async def _comment_pages(run: Run, item: Item, walk: Walk) -> AsyncIterator[list[Comment]]:
    """Newest first, until a page is short; one that brings nothing new is a loop, not an end."""
    oldest: tuple[str, Instant] | None = None
    seen: set[RemoteId] = set()
    while walk.pages < MAX_COMMENT_PAGES:
        answer = await run.get(run.ask.comments(item.task.id, oldest))
        listed = list(rows(answer.get("comments"), run.world.odd))
        walk.pages += 1
        found = [each for row in listed if (each := lines.comment(row, item.thread, None, run.world))]
        fresh = [each for each in found if each.line.id not in seen]
        seen.update(each.line.id for each in fresh)
        yield fresh
        if len(listed) < COMMENT_PAGE:
            walk.whole = isinstance(answer.get("comments"), list)
            return
        if not fresh:
            return
        last = min(fresh, key=lambda each: each.line.at)
        oldest = (last.line.id, last.line.at)


async def _replies(run: Run, item: Item, root: RemoteId) -> list[Comment]:
    answer = await run.get(run.ask.replies(root))
    found = (lines.comment(row, item.thread, root, run.world) for row in rows(answer.get("comments"), run.world.odd))
    return [each for each in found if each]


async def _gone(run: Run, missing: set[RemoteId]) -> tuple[RemoteRef, ...]:
    """A comment that is no longer listed is gone when ClickUp knows it no more, asked for its answers."""
    asked = {each: await run.found(run.ask.replies(each.rpartition("/")[2])) for each in sorted(missing)[:MAX_ASKED]}
    return tuple((ItemType.MESSAGE, each) for each, answer in asked.items() if answer is None)


async def _watch(run: Run) -> AsyncIterator[Batch]:
    """Whether a comment moves its task is nowhere promised: watched tasks are asked for their newest comments."""
    for watched in run.again(lambda thread: chat_at(thread) is None):
        version = read_version(watched.version)
        shown = any(each.thread == watched.thread for each in run.focus.threads)
        try:
            if version is not None and await _is_same(run, watched.thread, version.lines, shown=shown):
                continue
        except Forbidden:
            continue
        except Gone:
            version = None
        yield await _again(run, watched.thread)


async def _is_same(run: Run, task: RemoteId, held: Mapping[RemoteId, Seen], *, shown: bool) -> bool:
    if shown and any(seen.replies for seen in held.values()):
        return False
    answer = await run.get(run.ask.comments(task, None))
    listed = list(rows(answer.get("comments"), run.world.odd))
    found = (lines.comment(row, Thread(task, task, ""), None, run.world) for row in listed)
    there = {each.line.id: each.seen for each in found if each}
    roots = [each for each in held if "/" not in each]
    newest = roots[-len(there) :] if len(listed) >= COMMENT_PAGE else roots
    if set(newest) != there.keys():
        return False
    return all((held[each].digest, held[each].replies) == (seen.digest, seen.replies) for each, seen in there.items())
