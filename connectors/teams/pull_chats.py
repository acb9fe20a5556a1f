"""Chats: what changed since the newest change known, a share of what is older, and read markers.

Graph has no token for chats. The listing shows which said something; an edit or a deletion does not show there, so chats
on the screen and some others in turn are asked as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from connectors.paging import Walk
from connectors.teams.api.ask import newer
from connectors.teams.api.cursor import AHEAD_MS, OVERLAP_MS, ChatMark, newest
from connectors.teams.api.lines import Line, line
from connectors.teams.api.places import moved, read_until
from connectors.teams.api.shape import Row, part
from connectors.teams.run import Run, listed
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, TryLater
from leeward.model import Batch, Instant, ItemType, ReadUpTo, RemoteId

CHATS_A_ROUND = 100
IN_TURN = 10
PAST_A_ROUND = 30


async def chats(run: Run) -> AsyncIterator[Batch]:
    """Those that moved or are on the screen, some others in turn, then what is left of the past."""
    stirred = [id for id, row in run.chats.items() if _mark(run, id).moved != moved(row) or not _mark(run, id).at]
    first = [*(id for id in run.focus.places if id in run.chats), *stirred][:CHATS_A_ROUND]
    for id in run.turns(run.chats, IN_TURN, first):
        try:
            batch = await _changed(run, id)
        except (Forbidden, Gone, Refused):
            continue
        except (TryLater, ServiceChanged) as trouble:
            if not trouble.taken:
                raise
            run.broken = run.broken or trouble
            continue
        yield run.batch(batch)
    async for batch in _past(run):
        yield run.batch(batch)
    marks = tuple(mark for id, row in run.chats.items() if (mark := _read(run, id, row)))
    if marks:
        yield run.batch(Batch(read=marks))


def _mark(run: Run, id: RemoteId) -> ChatMark:
    return run.where.chats.get(id) or ChatMark()


async def _changed(run: Run, id: RemoteId) -> Batch:
    """Everything that changed in a chat; the position moves only once all pages came."""
    held = _mark(run, id)
    path = f"/chats/{part(id)}/messages"
    if not held.at:
        return await _begin(run, id, path)
    since = newer(max(0, held.at - OVERLAP_MS))
    walk = Walk()
    found: list[Row] = []
    async for page in run.pages(run.ask.lines(path, orderby="lastModifiedDateTime desc", filter=since), walk):
        found += page
    lines = _lines(run, found, id)
    fresh = [each for each in lines if held.near.get(_short(each)) != each.changed]
    if walk.whole:
        _take(run, id, held, lines)
    return _rows(run, fresh)


async def _begin(run: Run, id: RemoteId, path: str) -> Batch:
    """First contact: the newest page now, the rest in shares."""
    document = await run.get(run.ask.lines(path, orderby="createdDateTime desc"))
    lines = _lines(run, listed(document, run.world), id)
    link, unusable = run.ask.next_page(document)
    run.world.odd.count += unusable
    left = run.login.history - len(lines)
    _take(run, id, ChatMark(past=link if left > 0 else None, left=max(0, left)), lines)
    return _rows(run, lines)


def _take(run: Run, id: RemoteId, held: ChatMark, lines: Iterable[Line]) -> None:
    """Remember what was taken in."""
    lines = list(lines)
    at = max([held.at, *(min(each.changed, run.now + AHEAD_MS) for each in lines)])
    # An empty chat has been read as well.
    at = Instant(at or 1)
    known = held.near | {_short(each): int(each.changed) for each in lines}
    near = {each: changed for each, changed in known.items() if changed > at - OVERLAP_MS}
    window = newest(held.window | {_short(each): int(each.at) for each in lines})
    run.where.chats[id] = ChatMark(at, moved(run.chats[id]), held.past, held.left, window, held.read, near)


async def _past(run: Run) -> AsyncIterator[Batch]:
    """What is left of the chats' history, a page each in turn until the round's share is used up."""
    left = PAST_A_ROUND
    while waiting := [id for id in run.chats if _mark(run, id).past]:
        for id in waiting:
            if left <= 0:
                return
            left -= 1
            held = run.where.chats[id]
            link, held.past = held.past, None
            try:
                document = await run.get(run.ask.link(link or "", messages=True))
            except (Forbidden, Gone, Refused):
                # The link is no longer accepted: what came is what there is.
                run.world.odd.count += 1
                continue
            except (TryLater, ServiceChanged):
                held.past = link
                raise
            lines = _lines(run, listed(document, run.world), id)
            further, unusable = run.ask.next_page(document)
            held.left -= len(lines)
            held.past = further if further != link and held.left > 0 else None
            run.world.odd.count += unusable or further == link
            yield _rows(run, lines)


def _lines(run: Run, found: Iterable[Row], id: RemoteId) -> list[Line]:
    read = (line(each, id, run.world) for each in found)
    unique = {each.id: each for each in read if each}
    return sorted(unique.values(), key=lambda each: (each.at, each.id))


def _rows(run: Run, lines: Iterable[Line]) -> Batch:
    lines = list(lines)
    said = tuple(each.said for each in lines if each.said is not None)
    gone = tuple((ItemType.MESSAGE, each.id) for each in lines if each.said is None)
    people = run.world.named(who for each in said for who in (each.author, *each.mentions))
    return Batch(people=people, messages=said, gone=gone)


def _read(run: Run, id: RemoteId, row: Row) -> ReadUpTo | None:
    """The newest line known that the owner read elsewhere, where that is news."""
    upto, held = read_until(row), run.where.chats.get(id)
    if upto is None or held is None:
        return None
    line_ = max(((at, short) for short, at in held.window.items() if at <= upto), default=None)
    if line_ is None or held.read == line_[1]:
        return None
    held.read = line_[1]
    return ReadUpTo(id, RemoteId(f"{id}/{line_[1]}"))


def _short(each: Line) -> str:
    return each.id.rpartition("/")[2]
