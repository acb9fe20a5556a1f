"""One pull: boards that moved, each listed whole; what is missing from a listing is asked about by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.hostile import rows
from connectors.miro.api import boards, items
from connectors.miro.api.boards import Board
from connectors.miro.api.cursor import Held, key, type_of
from connectors.miro.api.items import CARD, DOC, FRAME, NOTES, Item, remote
from connectors.miro.run import Run, cursor_pages, offset_pages
from connectors.miro.tagging import tags_of_items
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone, ServiceChanged, Trouble, TryLater
from leeward.model import Batch, ItemType, Note, Person, RemoteId, RemoteRef

SETTLED_MS = 60_000
"""A board that moved less than this ago is listed once more: its stamp may cover what came after the listing."""

ASKED = 20
DOCS_NOW = 20
MAX_BOARD_PAGES = 400
"""A board of more than 20,000 items is read as far as that, when it moves; what it lacks is never called gone."""

CHUNK = 200
MAX_FAILURES = 3


async def pull(run: Run) -> AsyncIterator[Batch]:
    """Yield batches; each cursor covers what came before it."""
    found = await _boards(run)
    broken: list[Trouble] = []
    for board in _in_order(run, found):
        if run.is_spent:
            break
        try:
            async for batch in _board(run, board):
                yield batch
        except (Forbidden, Gone):
            continue
        except (TryLater, ServiceChanged) as trouble:
            # One board that fails must not hide the others; with no connection there is nothing to go on with.
            broken.append(trouble)
            if not trouble.taken or len(broken) >= MAX_FAILURES:
                raise
    async for batch in _missing(run, found):
        yield batch
    yield run.batch(Batch(cursor=run.where.dump()))
    if broken:
        raise broken[0]


async def _boards(run: Run) -> dict[str, Board]:
    """The boards that are wanted, as Miro lists them."""
    found: dict[str, Board] = {}
    async for page in offset_pages(run, run.ask.boards, Walk()):
        for row in rows(page.get("data"), run.world.odd):
            board = boards.board(row, run.world)
            if board is not None and run.wanted(board):
                found[board.id] = board
    return found


def _in_order(run: Run, found: dict[str, Board]) -> list[Board]:
    """Boards on the screen first, then those that moved or were not listed for an hour, longest ago first."""
    shown = {str(each) for each in run.focus.places}
    held = {each.id: run.where.boards.get(each.id, Held()) for each in found.values()}
    due = [
        each
        for each in found.values()
        if each.id in shown or not each.moved or held[each.id].moved != each.moved or run.is_old(held[each.id].at)
    ]
    return sorted(due, key=lambda each: (each.id not in shown, held[each.id].at))


async def _board(run: Run, board: Board) -> AsyncIterator[Batch]:
    held = run.where.boards.get(board.id, Held())
    new = Held("", held.at, held.placed, set(held.ids), dict(held.docs))
    if run.is_old(held.placed):
        yield await _place(run, board)
        new.placed = run.now
    walk = Walk()
    listed: dict[RemoteId, Item] = {}
    async for page in cursor_pages(run, lambda at: run.ask.items(board.id, at), walk, MAX_BOARD_PAGES):
        for row in rows(page.get("data"), run.world.odd):
            each = items.item(row, run.world)
            if each is not None:
                listed[each.id] = each
    tags = await tags_of_items(run, board.id) if any(each.type == CARD for each in listed.values()) else {}
    frames = {each.id: run.world.plain(each.data.get("title")) for each in listed.values() if each.type == FRAME}
    tasks = [
        items.task(each, board, tags.get(each.id, ()), frames.get(each.parent or RemoteId(""), ""), run.world)
        for each in listed.values()
        if each.type == CARD
    ]
    notes = [each for each in [*_notes(run, board, listed)] if each]
    for start in range(0, len(tasks), CHUNK):
        yield run.batch(Batch(tasks=tuple(tasks[start : start + CHUNK])))
    for start in range(0, len(notes), CHUNK):
        yield run.batch(Batch(notes=tuple(notes[start : start + CHUNK])))
    left = [each for each in listed.values() if each.type == DOC and new.docs.get(each.id) != each.stamp]
    for each in left[:DOCS_NOW]:
        yield await _doc(run, board, each, new)
    if walk.whole:
        _take(run, board, new, listed, settled=len(left) <= DOCS_NOW)
    elif walk.pages >= MAX_BOARD_PAGES:
        new.moved, new.at = board.moved, run.now
    run.where.boards[board.id] = new
    run.read.add(board.id)
    yield run.batch(Batch(cursor=run.where.dump()))


def _notes(run: Run, board: Board, listed: dict[RemoteId, Item]) -> list[Note | None]:
    """Sticky notes and texts as they are, and each frame with what lies in it."""
    inside: dict[RemoteId, list[Item]] = {}
    for each in listed.values():
        if each.parent is not None and each.type in {CARD, FRAME, *NOTES} - {DOC}:
            inside.setdefault(each.parent, []).append(each)
    plain = [items.note(each, board, run.world) for each in listed.values() if each.type in NOTES - {DOC}]
    framed = (each for each in listed.values() if each.type == FRAME)
    return [*plain, *(items.frame_note(each, inside.get(each.id, []), board, run.world) for each in framed)]


def _take(run: Run, board: Board, new: Held, listed: dict[RemoteId, Item], *, settled: bool) -> None:
    """Remember a whole listing, and what it lacks of the one before."""
    there = {key(type, each.id) for each in listed.values() if (type := _type(each)) is not None}
    known = set(run.where.missing)
    gone = sorted((str(board.id), each) for each in new.ids - there if (board.id, each) not in known)
    run.where.missing = [each for each in run.where.missing if each[0] != board.id or each[1] not in there] + gone
    new.ids = there
    new.docs = {id: stamp for id, stamp in new.docs.items() if RemoteId(id) in listed}
    quiet = board.at is not None and run.now - board.at >= SETTLED_MS
    new.moved, new.at = (board.moved if settled and quiet else ""), run.now


def _type(found: Item) -> ItemType | None:
    if found.type == CARD:
        return ItemType.TASK
    return ItemType.NOTE if found.type in NOTES or found.type == FRAME else None


async def _place(run: Run, board: Board) -> Batch:
    """The board with its readers; Miro tells the members to everybody who can open it."""
    members: list[Person] = []
    told = True
    try:
        async for page in offset_pages(run, lambda at: run.ask.members(board.id, at), Walk()):
            members += boards.people(page, run.world)
    except (Forbidden, Gone):
        told = False
    people = {each.id: each for each in (*members, *((board.owner,) if board.owner else ()))}
    place = board.place(members if told else None, run.world.me)
    return run.batch(Batch(people=tuple(people.values()), places=(place,)))


async def _doc(run: Run, board: Board, found: Item, held: Held) -> Batch:
    """A doc's text is not part of the listing."""
    try:
        row = await run.get(run.ask.doc(board.id, found.id))
    except (Forbidden, Gone):
        return run.batch(Batch())
    whole = items.item({**found.row, "data": row.get("data")}, run.world)
    note = items.note(whole, board, run.world) if whole else None
    held.docs[found.id] = found.stamp
    return run.batch(Batch(notes=(note,) if note else ()))


async def _missing(run: Run, found: dict[str, Board]) -> AsyncIterator[Batch]:
    """Ask for what a whole listing lacked: gone is what Miro, asked for that very item on a board we see, calls absent."""
    asked = [each for each in run.where.missing if each[0] in run.read][:ASKED]
    for pair in asked:
        board, name = found[pair[0]], pair[1]
        gone: tuple[RemoteRef, ...] = ()
        try:
            row = await run.get(run.ask.item(board.id, name[1:]))
        except Gone:
            gone = ((type_of(name), remote(board.id, name[1:])),)
        except (Forbidden, TryLater, ServiceChanged):
            break
        else:
            there = items.item(row, run.world)
            if there is not None and _type(there) is type_of(name):
                run.where.boards[board.id].ids.add(name)
            elif there is not None:
                gone = ((type_of(name), remote(board.id, name[1:])),)
        run.where.missing.remove(pair)
        yield run.batch(Batch(gone=gone))
