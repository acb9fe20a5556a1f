"""Docs: pages as notes. A doc is read when its stamp moved, and a few others in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.clickup.api import lines, places
from connectors.clickup.api.asking import doc_at
from connectors.clickup.api.hostile import Row, number, rows, text
from connectors.clickup.api.places import Workspace
from connectors.clickup.run import Run, cursor_pages
from connectors.paging import Walk
from leeward.errors import Forbidden, Gone
from leeward.model import Batch, Place

DOCS_NOW = 20
DOCS_IN_TURN = 2
"""Whether an edited page moves its doc's stamp is nowhere promised, and pages are asked for by doc only."""


async def docs(run: Run) -> AsyncIterator[Batch]:
    """Docs of each workspace; those that are new or moved come with their place."""
    for workspace in run.workspaces:
        try:
            async for batch in _workspace(run, workspace):
                yield batch
        except (Forbidden, Gone):
            continue


async def _workspace(run: Run, workspace: Workspace) -> AsyncIterator[Batch]:
    found: list[tuple[Row, Place]] = []
    async for answer in cursor_pages(run.http, lambda at: run.ask.docs(workspace.id, at), Walk()):
        for row in rows(answer.get("docs"), run.world.odd):
            place = places.doc(row, workspace, run.world)
            if place and row.get("deleted") is not True and _is_wanted(run, workspace, row, place):
                found.append((row, place))
    unique = {place.id: (row, place) for row, place in found}
    moved = [each for each in unique.values() if run.where.docs.get(each[1].id) != _stamp(each[0])]
    moved.sort(key=lambda each: _stamp(each[0]), reverse=True)
    still = [place for row, place in unique.values() if run.where.docs.get(place.id) == _stamp(row)]
    if run.tree:
        yield run.batch(Batch(places=tuple(still)))
    for row, place in moved[:DOCS_NOW]:
        batch = await _pages(run, place)
        if batch is not None:
            run.where.docs[place.id] = _stamp(row)
            yield run.batch(Batch(places=(place,)))
            yield batch
    shown = [place for place in still if place.id in run.focus.places]
    start = run.where.turn * DOCS_IN_TURN % len(still) if len(still) > DOCS_IN_TURN else 0
    for place in {each.id: each for each in [*shown, *still[start : start + DOCS_IN_TURN]]}.values():
        yield await _pages(run, place) or Batch()
    if moved:
        yield run.batch(Batch(cursor=run.where.dump()))


async def _pages(run: Run, place: Place) -> Batch | None:
    at = doc_at(place.id)
    assert at is not None, "this module's places are docs"
    try:
        response = await run.http.send(run.ask.pages(at[0], at[1]))
    except (Forbidden, Gone):
        return None
    return run.batch(Batch(notes=tuple(lines.pages(response.json(), place.id, run.world))))


def _is_wanted(run: Run, workspace: Workspace, row: Row, place: Place) -> bool:
    return run.wanted((workspace.id, workspace.name, text(row.get("id")), place.id, place.title))


def _stamp(row: Row) -> int:
    return number(row.get("date_updated")) or number(row.get("date_created")) or 0
