"""Pages of OneNote: by their stamps, oldest change first, a share a round since each page is a request of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec.structs import replace

from connectors.paging import Walk
from connectors.teams.api import notes
from connectors.teams.api.ask import MANY, newer
from connectors.teams.api.cursor import NEVER, OVERLAP_MS
from connectors.teams.api.shape import ONENOTE, PAGE, Row, part
from connectors.teams.pull_places import section_of
from connectors.teams.run import ASKED_ONE_BY_ONE, Run
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Batch, Instant, ItemType, Note, Place, RemoteId
from leeward.wire import Request

PAGES_A_ROUND = 60
"""Microsoft allows 120 requests of OneNote a minute and 400 an hour."""

SECTIONS_A_ROUND = 10
REMEMBERED = 5000
_PARENTS = "parentSection($select=id,displayName),parentNotebook($select=id,displayName,isShared)"


async def pages(run: Run) -> AsyncIterator[Batch]:
    """Those that changed; once an hour also which are no longer there."""
    try:
        async for batch in _changed(run):
            yield batch
        if run.due:
            async for batch in _lost(run):
                yield batch
    except (Forbidden, Gone, Refused):
        # No licence, no notebook, or no right: everything else works on.
        return


async def _changed(run: Run) -> AsyncIterator[Batch]:
    left = [PAGES_A_ROUND]
    for parents in (_PARENTS, ""):
        try:
            async for batch in _listed(run, "/me/onenote/pages", left, parents, since=run.where.notes):
                yield batch
        except Refused:
            continue
        return
    # With very many sections Microsoft lists the pages of one at a time only.
    for section in run.turns(map(RemoteId, run.where.sections), SECTIONS_A_ROUND):
        path = f"/me/onenote/sections/{part(section.removeprefix(f'{ONENOTE}/'))}/pages"
        async for batch in _listed(run, path, left, _PARENTS, since=NEVER):
            yield batch


async def _listed(run: Run, path: str, left: list[int], parents: str, *, since: Instant) -> AsyncIterator[Batch]:
    """The pages of a listing whose stamp is another than the one known, until the round's share is used up."""
    params: dict[str, str | int] = {"top": PAGES_A_ROUND, "orderby": "lastModifiedDateTime"}
    if parents:
        params["expand"] = parents
    if since:
        params["filter"] = newer(max(0, since - OVERLAP_MS), "ge")
    async for page in run.pages(run.ask.get(path, **params), Walk()):
        for row in page:
            id, at = notes.page_id(row), notes.changed_at(row)
            stamp = notes.version(row) or ""
            if id is None or at is None:
                run.world.odd.count += 1
                continue
            if run.where.pages.get(id) == stamp:
                continue
            if left[0] <= 0:
                return
            left[0] -= 1
            batch = await _page(run, row, id)
            run.where.pages[id] = stamp
            run.where.notes = Instant(max(run.where.notes, min(at, run.now)))
            run.where.pages = dict(list(run.where.pages.items())[-REMEMBERED:])
            yield run.batch(batch)


async def _page(run: Run, row: Row, id: RemoteId) -> Batch:
    place = notes.section_of(row)
    new: tuple[Place, ...] = ()
    if place is not None and place not in run.where.sections:
        found = section_of(row, run)
        if found is None:
            return Batch()
        run.where.sections.append(place)
        new = (found,)
    note = await read(run, row, id)
    return Batch(places=new, notes=(note,) if note else ())


async def read(run: Run, row: Row, id: RemoteId) -> Note | None:
    """A page with its content; None where it went meanwhile."""
    try:
        response = await run.http.send(content(run, id))
    except Gone:
        return None
    return notes.note(row, response.body.decode("utf-8", "replace"), run.world)


def content(run: Run, id: RemoteId, *, ids: bool = False) -> Request:
    """The HTML of a page; `ids`: with those OneNote itself gave its parts."""
    path = f"{run.ask.base}/me/onenote/pages/{part(id.removeprefix(f'{PAGE}/'))}/content"
    params = (("includeIDs", "true"),) if ids else ()
    return Request("GET", path, params, (("accept", "text/html"),))


async def _lost(run: Run) -> AsyncIterator[Batch]:
    """Of the pages known, those a whole listing lacks and Graph does not have by themselves either."""
    walk = Walk()
    there: set[str] = set()
    async for page in run.pages(run.ask.get("/me/onenote/pages", top=MANY, select="id"), walk):
        there |= {id for row in page if (id := notes.page_id(row))}
    absent = [RemoteId(id) for id in run.where.pages if id not in there] if walk.whole else []
    gone: list[RemoteId] = []
    for id in absent[:ASKED_ONE_BY_ONE]:
        name = part(id.removeprefix(f"{PAGE}/"))
        if await run.there(run.ask.get(f"/me/onenote/pages/{name}", select="id")) is None:
            gone.append(id)
            del run.where.pages[id]
    if gone:
        yield replace(run.batch(Batch()), gone=tuple((ItemType.NOTE, id) for id in gone))
