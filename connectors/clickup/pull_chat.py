"""Chat: channels that moved, their lines newest first until known, and the answers below them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from connectors.clickup.api import lines, places
from connectors.clickup.api.asking import chat_at
from connectors.clickup.api.cursor import OVERLAP_MS, Mark, Seen, Version, read_version
from connectors.clickup.api.hostile import Row, ident, rows, stamp, text
from connectors.clickup.api.lines import Comment
from connectors.clickup.api.places import Workspace
from connectors.clickup.run import MAX_ASKED, Run, cursor_pages
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone
from leeward.model import Batch, Instant, ItemType, Person, Place, RemoteId, RemoteRef, Thread

MAX_THREADS = 50
"""How many threads of one channel are read at once; older ones are read when somebody looks at them."""

NEAR = 100
"""How many lines of a channel are remembered with their number of answers: a page."""


async def chats(run: Run) -> AsyncIterator[Batch]:
    """Channels that moved in each workspace, then the threads that are watched."""
    for workspace in run.workspaces:
        try:
            async for batch in _workspace(run, workspace):
                yield batch
        except (Forbidden, Gone):
            # Chat may be switched off, or not be part of the plan.
            continue
    async for batch in _watch(run):
        yield batch


async def _workspace(run: Run, workspace: Workspace) -> AsyncIterator[Batch]:
    name = f"{workspace.id}/chat"
    mark = run.where.chats.get(name, Mark())
    moved = Mark(mark.at)
    # Once an hour all of them are listed: renamed and new ones have no line that tells.
    since = mark.after if mark.at and not run.tree else None
    walk = Walk()
    channels: list[tuple[Row, Place]] = []
    async for batch in _listed(run, workspace, since, walk, channels):
        yield batch
    first = {each: index for index, each in enumerate(run.focus.places)}
    for row, place in sorted(channels, key=lambda each: first.get(each[1].id, len(first))):
        latest = stamp(row.get("latest_comment_at"))
        held = run.where.chats.get(place.id)
        if place.archived or (held and (latest or 0) <= held.at and place.id not in first):
            continue
        async for batch in _channel(run, place, latest):
            yield batch
        if latest is not None:
            moved.take(latest, run.now)
    async for batch in _shown(run, workspace, {place.id for _row, place in channels}):
        yield batch
    if walk.whole:
        run.where.chats[name] = moved
        yield run.batch(Batch(cursor=run.where.dump()))


async def _listed(
    run: Run, workspace: Workspace, since: Instant | None, walk: Walk, channels: list[tuple[Row, Place]]
) -> AsyncIterator[Batch]:
    """Collect the channels of interest; the place of one that is new here, or of all once an hour."""
    async for answer in cursor_pages(run.http, lambda at: run.ask.channels(workspace.id, since, at), walk):
        for row in rows(answer.get("data"), run.world.odd):
            if not _is_wanted(run, workspace, row):
                continue
            place, people = await _placed(run, workspace, row, known=since is not None)
            if place is None:
                continue
            channels.append((row, place))
            if since is None or place.id not in run.where.chats:
                yield run.batch(Batch(places=(place,), people=people))


def _is_wanted(run: Run, workspace: Workspace, row: Row) -> bool:
    found = ident(row.get("id"))
    return found is None or run.wanted((workspace.id, workspace.name, found, text(row.get("name"))))


async def _placed(run: Run, workspace: Workspace, row: Row, *, known: bool) -> tuple[Place | None, tuple[Person, ...]]:
    """The channel as a place; the members of a private one are asked for once an hour."""
    found = ident(row.get("id"))
    private = text(row.get("visibility")) != "PUBLIC" or text(row.get("type")) != "CHANNEL"
    members: tuple[Person, ...] = ()
    place = places.channel_id(row, workspace)
    if found and private and not (known and place in run.where.chats):
        people: list[Person] = []
        try:
            make = run.ask.channel_members
            async for answer in cursor_pages(run.http, lambda at: make(workspace.id, found, at), Walk()):
                people += places.people_of(answer.get("data"), run.world)
        except (Forbidden, Gone):
            people = []
        members = tuple(people)
    return places.channel(row, workspace, run.world, members), members


async def _shown(run: Run, workspace: Workspace, asked: set[RemoteId]) -> AsyncIterator[Batch]:
    """Channels on the screen are read although they did not move: an edit moves nothing."""
    for each in run.focus.places:
        at = chat_at(each)
        if at and at.root is None and at.workspace == workspace.id and each not in asked and each in run.where.chats:
            async for batch in _channel(run, Place(each, each), None):
                yield batch


async def _channel(run: Run, place: Place, latest: Instant | None) -> AsyncIterator[Batch]:
    at = chat_at(place.id)
    assert at is not None, "this module makes the ids of its places"
    mark = run.where.chats.get(place.id)
    moved = Mark(mark.at if mark else Instant(0))
    found: list[Comment] = []
    make = run.ask.messages
    try:
        async for answer in cursor_pages(run.http, lambda to: make(at.workspace, at.channel, to), Walk()):
            page = [lines.chat_line(row, place.id, None, run.world) for row in rows(answer.get("data"), run.world.odd)]
            fresh = [each for each in page if each]
            found += fresh
            yield run.batch(_page(fresh))
            oldest = min((each.line.at for each in fresh), default=Instant(0))
            if (mark and oldest < mark.at - OVERLAP_MS) or len(found) >= run.login.history:
                break
        unread = [each for each in found if _is_unread(run, each, mark)]
        for root in unread[:MAX_THREADS]:
            yield await _thread(run, root)
        yield run.batch(Batch(gone=await _gone_roots(run, at.workspace, mark, found)))
    except (Forbidden, Gone):
        return
    for each in found:
        moved.take(each.line.at, run.now)
    if latest is not None:
        moved.take(latest, run.now)
    left = {each.line.id for each in unread[MAX_THREADS:]}
    newest = sorted(found, key=lambda each: each.line.at)[-NEAR:]
    moved.near = {each.line.id: _state(each) for each in newest if each.line.id not in left}
    run.where.chats[place.id] = moved
    yield run.batch(Batch(cursor=run.where.dump()))


def _is_unread(run: Run, root: Comment, mark: Mark | None) -> bool:
    """Whether the answers below a line are to be read: their number moved, or somebody watches them."""
    thread = root.line.thread
    if thread is None or thread in run.read:
        return False
    return mark is None or thread in run.watched or mark.near.get(root.line.id) != _state(root)


def _page(found: list[Comment]) -> Batch:
    return Batch(
        messages=tuple(each.line for each in found),
        todos=tuple(each.todo for each in found if each.todo and not each.line.thread),
    )


def _state(root: Comment) -> str:
    return f"{root.line.at}|{root.replies}|{root.task or ''}"


async def _gone_roots(run: Run, workspace: str, mark: Mark | None, found: list[Comment]) -> tuple[RemoteRef, ...]:
    """Lines held from the last time, newer than the oldest just read and not among them, are asked about."""
    if mark is None or not found:
        return ()
    oldest = min(each.line.at for each in found)
    there = {each.line.id for each in found}
    missing = [
        RemoteId(id_)
        for id_, state in mark.near.items()
        if id_ not in there and state.partition("|")[0].isdecimal() and int(state.partition("|")[0]) > oldest
    ]
    return await _gone(run, workspace, missing)


async def _gone(run: Run, workspace: str, missing: Iterable[RemoteId]) -> tuple[RemoteRef, ...]:
    asked = {
        each: await run.found(run.ask.is_there(workspace, each.rpartition("/")[2]))
        for each in sorted(missing)[:MAX_ASKED]
    }
    return tuple((ItemType.MESSAGE, each) for each, answer in asked.items() if answer is None)


async def _thread(run: Run, root: Comment) -> Batch:
    """The answers below a line that was just listed."""
    thread = root.line.thread
    assert thread is not None, "only lines with a thread are asked for their answers"
    run.read.add(thread)
    walk = Walk(whole=not root.replies)
    replies = await _replies(run, thread, root.line.place, walk) if root.replies else []
    watched = run.watched.get(thread)
    version = read_version(watched.version) if watched else None
    at = chat_at(thread)
    gone: tuple[RemoteRef, ...] = ()
    if walk.whole and version and at:
        gone = await _gone(run, at.workspace, version.lines.keys() - {each.line.id for each in replies})
    row = lines.chat_thread(root, replies) if walk.whole else None
    return run.batch(_news(row, [root, *replies], gone))


def _news(thread: Thread | None, found: list[Comment], gone: tuple[RemoteRef, ...]) -> Batch:
    return Batch(
        threads=(thread,) if thread else (),
        messages=tuple(each.line for each in found),
        todos=tuple(each.todo for each in found if each.todo),
        gone=gone,
    )


async def _replies(run: Run, thread: RemoteId, place: RemoteId, walk: Walk) -> list[Comment]:
    at = chat_at(thread)
    assert at is not None, "chat threads are named by their channel"
    root = at.root
    assert root is not None, "and by their first line"
    found: dict[RemoteId, Comment] = {}
    async for answer in cursor_pages(run.http, lambda to: run.ask.chat_replies(at.workspace, root, to), walk):
        for row in rows(answer.get("data"), run.world.odd):
            each = lines.chat_line(row, place, RemoteId(root), run.world)
            if each is not None:
                found[each.line.id] = each
    return sorted(found.values(), key=lambda each: each.line.at)


async def _watch(run: Run) -> AsyncIterator[Batch]:
    """An answer may come to a line too old to be listed: watched threads are asked for their answers."""
    for watched in run.again(lambda thread: chat_at(thread) is not None):
        version = read_version(watched.version)
        at = chat_at(watched.thread)
        if version is None or at is None or at.root is None:
            continue
        walk = Walk()
        try:
            replies = await _replies(run, watched.thread, watched.place, walk)
        except Gone:
            yield run.batch(Batch(gone=((ItemType.THREAD, watched.thread),)))
            continue
        except Forbidden:
            continue
        if not walk.whole or _is_same(version, replies):
            continue
        missing = version.lines.keys() - {each.line.id for each in replies}
        gone = await _gone(run, at.workspace, missing)
        row = lines.chat_thread_again(watched.thread, watched.place, version, replies)
        yield run.batch(_news(row, replies, gone))


def _is_same(version: Version, replies: list[Comment]) -> bool:
    there: dict[RemoteId, Seen] = {each.line.id: each.seen for each in replies}
    return {id_: (seen.digest, seen.edited) for id_, seen in version.lines.items()} == {
        id_: (seen.digest, seen.edited) for id_, seen in there.items()
    }
