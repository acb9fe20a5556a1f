"""Channels: what changed since Graph's own token, with answers, and threads that are looked at again.

A token covers posts; whether an answer moves its post into it is not promised, so threads that are open here or on the
screen are asked for their newest answers too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from msgspec.structs import replace

from connectors.paging import Walk
from connectors.teams.api.ask import channel_path, line_path, newer
from connectors.teams.api.cursor import Feed
from connectors.teams.api.lines import Line, is_system, known, line, thread, version
from connectors.teams.api.shape import Row, ident, root_of, rows
from connectors.teams.run import ASKED_ONE_BY_ONE, Run, as_object, listed
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, TryLater
from leeward.model import Batch, ItemType, RemoteId, RemoteRef, Watched
from leeward.wire import Request
from leeward.words import _

CHANNELS_A_ROUND = 100
PAGES_A_CHANNEL = 50
POSTS = 20
"""A page of posts: each may bring up to a thousand answers along."""

REPLIES_A_ROUND = 200
"""How many posts are asked for their answers by themselves in one pull, where none came along."""

EIGHT_MONTHS_MS = 240 * 86_400_000
"""Graph's tokens reach no further back."""


async def channels(run: Run) -> AsyncIterator[Batch]:
    """Those on the screen first, the others in turn; one that fails must not hide the rest."""
    for id in run.turns(run.channels, CHANNELS_A_ROUND, run.focus.places):
        try:
            async for batch in _channel(run, id):
                yield batch
        except (Forbidden, Gone, Refused):
            continue
        except (TryLater, ServiceChanged) as trouble:
            if not trouble.taken:
                raise
            run.broken = run.broken or trouble
    ours = set(run.channels)
    for watched in run.again(lambda each: bool(root_of(each)) and each.rpartition("/")[0] in ours):
        try:
            news = await _look(run, watched)
        except (Forbidden, Gone, Refused):
            continue
        if news is not None:
            yield run.batch(news)


async def _channel(run: Run, id: RemoteId) -> AsyncIterator[Batch]:
    """Pages from where the last pull stopped to the end, each with the link that follows it."""
    feed = run.where.channels.get(id) or Feed()
    seen: set[str] = set()
    for _page in range(PAGES_A_CHANNEL):
        document = await changes(run, *_asked(run, id, feed), stored=feed.link is not None)
        if document is None:
            feed = run.where.channels[id] = begun_again(run, feed, id)
            continue
        found = listed(document, run.world)
        if run.alone >= REPLIES_A_ROUND and any(not isinstance(row.get("replies"), list) for row in found):
            return
        batch = await _posts(run, id, found)
        link, done = following(run, document)
        if link is None or link in seen:
            run.world.odd.count += 1
            yield run.batch(batch)
            return
        seen.add(link)
        feed = run.where.channels[id] = Feed(link, done)
        yield run.batch(batch)
        if done:
            return


def _asked(run: Run, id: RemoteId, feed: Feed) -> tuple[Request, ...]:
    """The link; at the beginning what is wanted best, and what any channel gives."""
    if feed.link is not None:
        return (run.ask.link(feed.link, messages=True),)
    since = newer(max(0, run.now - EIGHT_MONTHS_MS))
    path = f"{channel_path(id)}/messages/delta"
    wanted = run.ask.lines(path, expand="replies", filter=since)
    wanted = replace(wanted, params=(("$top", str(POSTS)), *wanted.params[1:]))
    return (wanted, run.ask.lines(path, filter=since), run.ask.lines(path))


async def changes(run: Run, *requests: Request, stored: bool) -> Row | None:
    """A page of changes, by the first request that is not refused.

    None where its token is no longer accepted (410, and 400 for a link that Graph gave out).
    """
    refusals = frozenset({400, 410} if stored else {410})
    for number, request in enumerate(requests, 1):
        try:
            response = await run.http.send(replace(request, expect=refusals))
        except Refused:
            # What comes along is a kindness of Graph; without it more is asked one by one.
            if number == len(requests):
                raise
            continue
        return None if response.status in refusals else as_object(response)
    return None


def begun_again(run: Run, feed: Feed, id: RemoteId) -> Feed:
    """From the beginning, once a round: everything is listed anew, which changes nothing that is known."""
    if feed.link is None or id in run.again_from:
        raise ServiceChanged(_("Microsoft Graph keeps no changes of one place."), _("Trying again later."))
    run.again_from.add(id)
    return Feed()


def following(run: Run, document: Row) -> tuple[str | None, bool]:
    """The link after a page, and whether it was the last one for now; no link where none can be used."""
    link, unusable = run.ask.next_page(document)
    if link is not None or unusable:
        return link, False
    return run.ask.relative(document.get("@odata.deltaLink")), True


async def _posts(run: Run, place: RemoteId, listed_: list[Row]) -> Batch:
    batch = Batch()
    for row in listed_:
        found = ident(row.get("id"))
        if found is None:
            run.world.odd.count += 1
            continue
        id = RemoteId(f"{place}/{found}")
        run.read.add(id)
        if "@removed" in row:
            batch = _add(batch, Batch(gone=((ItemType.MESSAGE, id),)))
            continue
        root = line(row, place, run.world, id)
        if root is None or (is_system(row) and not row.get("replies")):
            continue
        batch = _add(batch, gather(run, place, root, await _expanded(run, row, id, place)))
    return batch


async def _expanded(run: Run, row: Row, id: RemoteId, place: RemoteId) -> list[Line]:
    """The answers that came with a post, and those that did not fit; all of them where none came along."""
    came = row.get("replies")
    found = list(rows(came, run.world.odd)) if isinstance(came, list) else []
    link = run.ask.relative(row.get("replies@odata.nextLink"))
    request = run.ask.link(link, messages=True) if link else None
    if not isinstance(came, list):
        run.alone += 1
        request = run.ask.lines(f"{line_path(id)}/replies")
    if request is not None:
        async for page in run.pages(request, Walk()):
            found += page
    return _lines(run, found, place, id)


def _lines(run: Run, found: Sequence[Row], place: RemoteId, id: RemoteId) -> list[Line]:
    read = (line(each, place, run.world, id) for each in found)
    return list({each.id: each for each in read if each and each.id != id}.values())


def gather(run: Run, place: RemoteId, root: Line, answers: Sequence[Line]) -> Batch:
    """A post with its answers as rows; what was taken back is gone, and a thread of which nothing is left is none."""
    every = (root, *sorted(answers, key=lambda each: (each.at, each.id)))
    said = tuple(each.said for each in every if each.said is not None)
    gone: tuple[RemoteRef, ...] = tuple((ItemType.MESSAGE, each.id) for each in every if each.said is None)
    people = run.world.named(who for each in said for who in (each.author, *each.mentions))
    threads = (thread(root, answers, place),) if said else ()
    return Batch(people=people, threads=threads, messages=said, gone=gone)


def _add(one: Batch, other: Batch) -> Batch:
    return Batch(
        people=one.people + other.people,
        threads=one.threads + other.threads,
        messages=one.messages + other.messages,
        gone=one.gone + other.gone,
    )


async def _look(run: Run, watched: Watched) -> Batch | None:
    """A thread's newest answers; the whole thread where they are not those that are known."""
    found = root_of(watched.thread)
    assert found is not None
    id, place = watched.thread, RemoteId(f"{found[0]}/{found[1]}")
    path = line_path(id)
    walk = Walk()
    pages = run.pages(run.ask.lines(f"{path}/replies"), walk)
    answers: list[Line] = []
    async for page in pages:
        answers += _lines(run, page, place, id)
        if walk.pages == 1 and version(answers) == (watched.version or ""):
            return None
    row = await run.get(run.ask.get(path or ""))
    root = line(row, place, run.world, id)
    if root is None:
        return None
    batch = gather(run, place, root, list({each.id: each for each in answers}.values()))
    there = {each.id.rpartition("/")[2] for each in answers}
    lost = [each for each in known(watched.version) if each not in there] if walk.whole else []
    return replace(batch, gone=(*batch.gone, *await _confirmed(run, id, lost)))


async def _confirmed(run: Run, id: RemoteId, lost: Sequence[str]) -> tuple[RemoteRef, ...]:
    """Of the answers a whole listing lacks, those Graph does not have by themselves either."""
    gone: list[RemoteRef] = []
    for each in lost[:ASKED_ONE_BY_ONE]:
        answer = RemoteId(f"{id}/{each}")
        if await run.there(run.ask.get(line_path(answer) or "")) is None:
            gone.append((ItemType.MESSAGE, answer))
    return tuple(gone)
