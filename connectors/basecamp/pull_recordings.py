"""What changed in all projects, type by type, newest change first; and what was put in the trash or the archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from msgspec.structs import replace

from connectors.basecamp.api import lines, places, recordings
from connectors.basecamp.api.base import Item
from connectors.basecamp.api.cursor import Mark
from connectors.basecamp.api.ids import TASKS, named, own_number, recording
from connectors.basecamp.api.places import NEEDED
from connectors.basecamp.api.shape import Row, number, obj, stamp, text
from connectors.basecamp.pull_places import columns, stranger
from connectors.basecamp.run import Run, as_object
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Audience, Batch, Message, Person, Place, RemoteId

READ = ("Message", "Todo", "Kanban::Card", "Document", "Upload", "Question::Answer")
"""Read in every round, before the comments below them."""

FIRST_PAGES = 60
"""How far back a first contact reads each type: three to six thousand, by how large a page the service gives."""

DUE = 60
"""How many recordings that came without all of their fields are asked for by themselves in one round."""

TRASH = ("Comment", "Todo", "Kanban::Card", "Message", "Document")
IN_TURN = (
    *((each, "archived") for each in ("Todo", "Kanban::Card", "Message", "Document", "Upload", "Question::Answer")),
    *((each, "trashed") for each in ("Upload", "Question::Answer", "Todolist", "Vault", "Door")),
    *((each, "archived") for each in ("Todolist", "Vault", "Comment")),
)
TURNS = 2
"""How many of those are asked in one round: all within seven rounds."""


async def changed(run: Run) -> AsyncIterator[Batch]:
    """Messages, tasks, documents, files and answers that changed, then what was cut short in a listing."""
    for type_ in READ:
        if _has(run, type_):
            async for page in _news(run, type_, "active"):
                yield await _items(run, page)
    async for batch in _due(run):
        yield batch


async def comments(run: Run) -> AsyncIterator[Batch]:
    """Comments on anything, also below what did not move itself."""
    async for page in _news(run, "Comment", "active"):
        async for batch in _parents(run, page):
            yield batch
        yield _lines(run, page)
    for remote in tuple(run.where.back):
        async for batch in _below(run, RemoteId(remote)):
            yield batch
        run.where.back.remove(remote)


async def _below(run: Run, remote: RemoteId) -> AsyncIterator[Batch]:
    """All comments of what came back from the trash: what was said or changed there meanwhile moved no stamp since."""
    found = own_number(remote)
    if found is None:
        return
    try:
        async for _response, page in run.listing(run.ask.comments(found), Walk()):
            async for batch in _parents(run, page):
                yield batch
            yield _lines(run, page)
    except (Forbidden, Gone):
        return


async def removed(run: Run) -> AsyncIterator[Batch]:
    """What went to the trash or the archive: that is how Basecamp says that something is gone."""
    start = run.where.turn * TURNS % len(IN_TURN)
    turns = IN_TURN if run.first else (IN_TURN + IN_TURN)[start : start + TURNS]
    for type_, status in (*((each, "trashed") for each in TRASH), *turns):
        if not _has(run, type_):
            continue
        try:
            async for page in _news(run, type_, status):
                yield _gone(run, page)
        except Refused:
            # An older Basecamp does not know how to list links.
            continue


def _has(run: Run, type_: str) -> bool:
    """Whether any project has the tool that holds such things."""
    tool = NEEDED.get(type_)
    return tool is None or any(
        each.startswith(f"{tool}/") for held in run.where.projects.values() if held.wanted for each in held.dock
    )


async def _news(run: Run, type_: str, status: str) -> AsyncIterator[list[Row]]:
    """The rows that were not taken in before; the listing's mark moves once they all were."""
    name = f"{type_}:{status}"
    held = run.where.marks.get(name)
    mark = Mark(held.at, dict(held.near)) if held else Mark()
    walk, known, shrunk, total, etag = Walk(), False, False, 0, ""
    try:
        request = run.ask.recordings(type_, status, run.where.etags.get(name) if held else None)
        async for response, page in run.listing(request, walk):
            etag = etag or response.headers.get("etag", "")
            count = int(number(response.headers.get("x-total-count", "")) or 0)
            # A listing that shrinks while it is walked moves rows over a page's edge: it is walked again next time.
            shrunk, total = count < total, count
            fresh, known = _fresh(run, page, held, mark)
            if fresh and (held is not None or status == "active"):
                yield fresh
            elif fresh:
                # In the trash since before the first contact: nothing is gone here, but it may come back.
                run.where.lost += [found for row in fresh if (found := recording(row)) and type_ != "Comment"]
            known = known or (held is None and (status != "active" or walk.pages >= FIRST_PAGES))
            if known or shrunk:
                break
    except (Forbidden, Gone) as trouble:
        run.refused = trouble
        return
    if (known or walk.whole) and not shrunk and (held is None or walk.pages):
        mark.trim()
        run.where.marks[name], run.where.etags[name] = mark, etag


def _fresh(run: Run, page: list[Row], held: Mark | None, mark: Mark) -> tuple[list[Row], bool]:
    """What is new on a page, and whether it reached what was known."""
    fresh, known = [], False
    for row in page:
        updated, name = stamp(row.get("updated_at")) or 0, number(row.get("id")) or ""
        if held is not None and updated and updated < held.after:
            known = True
            break
        if held is None or held.near.get(name) != updated:
            fresh.append(row)
        mark.take(updated, run.now)
        mark.near[name] = updated
    return fresh, known


async def _items(run: Run, page: list[Row]) -> Batch:
    """The rows of a page as what they are, in places that are wanted."""
    found: list[Item] = []
    extra = Batch()
    for row in page:
        place, more = await _place(run, row)
        extra = _both(extra, more) if more else extra
        remote = recording(row)
        if remote is None or not run.is_wanted(place):
            run.world.odd.count += remote is None
            continue
        if remote in run.where.lost:
            run.where.lost.remove(remote)
            run.where.back.append(remote)
        task = remote.partition("/")[0] in TASKS
        if task and ("completed" not in row or ("steps" not in row and text(row.get("type")) == "Kanban::Card")):
            run.where.due = [*(each for each in run.where.due if each != remote), remote]
        if task and "completed" not in row:
            continue
        made = recordings.item(row, place, run.world)
        found += [made] if made else []
    return run.batch(_both(extra, _taken(run, found)))


async def _place(run: Run, row: Row) -> tuple[RemoteId, Batch | None]:
    """Where a row lives; a list, folder or column that nobody knows is asked for first."""
    place = places.place_of(row, run.where)
    if text(row.get("type")) == "Kanban::Card" and place.startswith("project/"):
        held = run.where.projects.get(place.partition("/")[2])
        for remote in held.dock if held else ():
            if remote.startswith("table/"):
                await columns(run, remote)
        place = places.place_of(row, run.where)
        column = number(obj(row.get("parent")).get("id"))
        if place.startswith("project/") and column:
            # A column of a table nobody may see: asked for once, then its cards stay with the project.
            run.where.columns.setdefault(column, "")
    return place, await stranger(run, place)


def _taken(run: Run, items: list[Item]) -> Batch:
    for each in items:
        if each.thread:
            run.at[each.id] = each.thread.place
    return Batch(
        people=tuple(person for each in items for person in each.people),
        threads=tuple(each.thread for each in items if each.thread),
        messages=tuple(each.first for each in items if each.first),
        tasks=tuple(each.task for each in items if each.task),
        notes=tuple(each.note for each in items if each.note),
    )


def _both(one: Batch, two: Batch) -> Batch:
    return replace(two, places=(*one.places, *two.places), people=(*one.people, *two.people))


async def _due(run: Run) -> AsyncIterator[Batch]:
    """Cards with their steps, and what else a listing left out; each is remembered as done at once."""
    for remote in run.where.due[:DUE]:
        try:
            made = await one(run, RemoteId(remote))
        except (Forbidden, Gone):
            made = None
        run.where.due = [each for each in run.where.due if each != remote]
        if made is not None:
            yield run.batch(made)


async def one(run: Run, remote: RemoteId) -> Batch | None:
    """One recording by itself, with its place where that is new; None where there is no way to ask for it."""
    request = run.ask.one(remote)
    if request is None:
        return None
    row = as_object(await run.gate.send(request))
    if recording(row) != remote:
        run.world.odd.count += 1
        return None
    place, extra = await _place(run, row)
    if not run.is_wanted(place):
        return None
    made = recordings.item(row, place, run.world)
    return _both(extra or Batch(), _taken(run, [made])) if made else None


async def _parents(run: Run, page: list[Row]) -> AsyncIterator[Batch]:
    """What new comments are about, where it was not seen in this pull."""
    for row in page:
        thread = lines.parent_of(row)
        if thread is None or thread in run.at:
            continue
        try:
            made = await one(run, thread)
        except (Forbidden, Gone):
            made = None
        if made is not None:
            yield run.batch(made)
        if thread not in run.at:
            run.at[thread] = named("project", number(obj(row.get("bucket")).get("id")) or "0")
            bare = lines.bare_thread(row, run.at[thread])
            if bare is not None and run.is_wanted(bare.place):
                yield Batch(threads=(bare,))


def _lines(run: Run, page: list[Row]) -> Batch:
    found: list[Message] = []
    people: list[Person] = []
    for row in page:
        thread = lines.parent_of(row)
        place = run.at.get(thread) if thread else None
        if thread is None or place is None:
            run.world.odd.count += 1
            continue
        made = lines.comment(row, place, run.world) if run.is_wanted(place) else None
        if made is None:
            continue
        found.append(made[0])
        people += made[1]
        remember(run, thread, made[0])
    return run.batch(Batch(people=tuple(people), messages=tuple(found)))


def remember(run: Run, thread: RemoteId, line: Message) -> None:
    """The newest line of a thread or chat: a read marker may come to stand there."""
    held = run.where.last.get(thread)
    if held is None or held[0] <= line.at:
        run.where.last[thread] = (line.at, line.id)


def _gone(run: Run, page: list[Row]) -> Batch:
    gone = []
    shut = []
    for row in page:
        remote = recording(row)
        if remote is None:
            run.world.odd.count += 1
            continue
        word = remote.partition("/")[0]
        if word in {"list", "vault"}:
            shut += list(_archived(run, row, word, remote))
        else:
            gone += list(recordings.lost(remote))
            run.where.lost += [remote] if word != "comment" and remote not in run.where.lost else []
            run.where.due = [each for each in run.where.due if each != remote]
    return run.batch(Batch(places=tuple(shut), gone=tuple(gone)))


def _archived(run: Run, row: Row, word: str, remote: RemoteId) -> Iterator[Place]:
    """A list or folder that was put away is no longer read; what was in it stays here."""
    if run.where.places.pop(remote, False):
        pid = number(obj(row.get("bucket")).get("id")) or ""
        made = places.listed(row, word, run.where, run.readers.get(pid, Audience()))
        if made is not None and own_number(remote):
            yield replace(made, archived=True, writable=False)
