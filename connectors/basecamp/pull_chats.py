"""Chats: those that moved or are on the screen, and a few others in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.basecamp.api import lines, places
from connectors.basecamp.api.cursor import WINDOW, Chat
from connectors.basecamp.api.ids import line_id
from connectors.basecamp.api.shape import Row, number, obj, stamp, text, whole
from connectors.basecamp.pull_recordings import remember
from connectors.basecamp.run import Run
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Audience, Batch, ItemType, Message, Person, Place, Reach, RemoteId, RemoteRef

IN_TURN = 3
"""Whether a line that was edited or deleted moves its chat is nowhere promised."""

LOST = 10


async def chats(run: Run) -> AsyncIterator[Batch]:
    """New, changed and deleted lines."""
    moved: list[str] = []
    async for batch in _pings(run, moved):
        yield batch
    walk, etag = Walk(), ""
    try:
        request = run.ask.get("chats.json", etag=run.where.etags.get("chats") or None)
        async for response, page in run.listing(request, walk):
            etag = etag or response.headers.get("etag", "")
            for row in page:
                if place := _known(run, row, moved):
                    yield run.batch(Batch(places=(place,)))
    except (Forbidden, Gone) as trouble:
        run.refused = trouble
        return
    failed = False
    for chat in dict.fromkeys([*moved, *_others(run)]):
        try:
            async for batch in _chat(run, chat):
                yield batch
        except (Forbidden, Gone):
            failed = True
    if walk.whole and not failed and etag:
        run.where.etags["chats"] = etag


async def _pings(run: Run, moved: list[str]) -> AsyncIterator[Batch]:
    """Direct messages are chats too. An older Basecamp does not list them, nor does one where they are turned off."""
    try:
        response = await run.gate.send(run.ask.get("circles.json", etag=run.where.etags.get("circles") or None))
    except (Forbidden, Gone, Refused):
        return
    if response.status == 304:
        return
    for row in run.rows(response):
        made = places.circle(row, run.world)
        if made is None:
            run.world.odd.count += 1
            continue
        circle, place, people = made
        chat = place.id.partition("/")[2]
        run.where.circles[circle] = chat
        names = (place.id, chat, circle, place.title, *(each.name for each in people))
        run.where.places[place.id] = run.wanted(*names)
        held = run.where.chats.setdefault(chat, Chat())
        stamped = text(row.get("updated_at"))
        if run.is_wanted(place.id) and held.moved != stamped:
            held.moved = stamped
            moved.append(chat)
            yield run.batch(Batch(places=(place,), people=people))
    run.where.etags["circles"] = response.headers.get("etag", "")


def _known(run: Run, row: Row, moved: list[str]) -> Place | None:
    """Take in a chat of the listing; a place where no project's dock names it."""
    found = number(row.get("id"))
    if found is None:
        run.world.odd.count += 1
        return None
    place = RemoteId(f"chat/{found}")
    stranger = None
    if place not in run.where.places:
        bucket = obj(row.get("bucket"))
        title = " / ".join(each for each in (whole(bucket.get("name")), whole(row.get("title"))) if each) or place
        run.where.places[place] = run.wanted(place, found, title, whole(bucket.get("name")))
        if run.where.places[place]:
            stranger = places.tool(place, title, Audience(Reach.PEOPLE), text(row.get("app_url")) or None)
    held = run.where.chats.setdefault(found, Chat())
    if found in run.where.circles.values():
        return None
    if run.is_wanted(place) and held.moved != text(row.get("updated_at")):
        held.moved = text(row.get("updated_at"))
        moved.append(found)
    return stranger


def _others(run: Run) -> list[str]:
    """Chats on the screen, then some in turn."""
    all_ = [each for each in run.where.chats if run.is_wanted(RemoteId(f"chat/{each}"))]
    shown = [each for each in all_ if f"chat/{each}" in run.focus.places]
    start = run.where.turn * IN_TURN % len(all_) if len(all_) > IN_TURN else 0
    return [*shown, *(all_ + all_)[start : start + min(IN_TURN, len(all_))]]


async def _chat(run: Run, chat: str) -> AsyncIterator[Batch]:
    """Lines by their last change, down to what is known."""
    held = run.where.chats[chat]
    begun = held.mark.at
    mark = replace(held.mark, near=dict(held.mark.near))
    walk, etag, known, count, same = Walk(), "", False, 0, True
    newest: list[str] = []
    async for response, page in run.listing(run.ask.lines(chat, "updated_at", held.etag if begun else None), walk):
        etag, same = etag or response.headers.get("etag", ""), False
        fresh = []
        for row in page:
            updated, name = stamp(row.get("updated_at")) or 0, number(row.get("id")) or ""
            if begun and updated and updated < held.mark.after:
                known = True
                break
            if not begun or held.mark.near.get(name) != updated:
                fresh.append(row)
            mark.take(updated, run.now)
            mark.near[name] = updated
        count += len(fresh)
        newest += [each for row in fresh if (each := number(row.get("id")))]
        yield _batch(run, chat, fresh)
        if known or (not begun and count >= run.login.history):
            known = True
            break
    if not (known or walk.whole) or same:
        return
    async for batch in _deleted(run, chat, held):
        yield batch
    mark.trim()
    window = sorted({*held.window, *newest}, key=int)[-WINDOW:]
    run.where.chats[chat] = Chat(held.moved, mark, window, etag)
    yield run.batch(Batch(cursor=run.where.dump()))


def _batch(run: Run, chat: str, page: list[Row]) -> Batch:
    found: list[Message] = []
    people: list[Person] = []
    place = RemoteId(f"chat/{chat}")
    for row in page:
        name = number(row.get("id"))
        made = lines.chat_line(row, place, line_id(chat, name), run.world) if name else None
        if made is None:
            run.world.odd.count += name is None
            continue
        found.append(made[0])
        people += made[1]
        remember(run, place, made[0])
    return run.batch(Batch(people=tuple(people), messages=tuple(found)))


async def _deleted(run: Run, chat: str, held: Chat) -> AsyncIterator[Batch]:
    """Of the newest lines known, those that the newest page lacks, each asked for by itself."""
    if not held.window:
        return
    page = run.rows(await run.gate.send(run.ask.lines(chat, "created_at")))
    there = {found for row in page if (found := number(row.get("id")))}
    oldest = min((int(each) for each in there), default=0)
    missing = [each for each in held.window if each not in there and int(each) > oldest][:LOST]
    gone: list[RemoteRef] = []
    for each in missing:
        try:
            await run.gate.send(run.ask.get(f"chats/{chat}/lines/{each}"))
        except Gone:
            gone.append((ItemType.MESSAGE, line_id(chat, each)))
            held.window.remove(each)
    if gone:
        yield Batch(gone=tuple(gone))
