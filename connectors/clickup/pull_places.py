"""The tree of a workspace: spaces, folders and lists, once an hour or when a task names a list nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from connectors.clickup.api import places
from connectors.clickup.api.hostile import Row, rows
from connectors.clickup.api.places import Above, Workspace
from connectors.clickup.run import Run
from leeward.errors import Forbidden, Gone
from leeward.model import Batch, Place, RemoteId

UNARCHIVED = ("archived", "false")


async def tree(run: Run) -> AsyncIterator[Batch]:
    """Every list of every workspace, with its members."""
    if not run.tree:
        return
    for workspace in run.workspaces:
        yield run.batch(Batch(people=workspace.people))
        async for batch in workspace_tree(run, workspace):
            yield batch


async def workspace_tree(run: Run, workspace: Workspace) -> AsyncIterator[Batch]:
    """A batch a space. A space that is closed to us is left out; nothing is concluded from that."""
    spaces = await run.get(run.ask.get(f"v2/team/{workspace.id}/space", UNARCHIVED))
    for row in rows(spaces.get("spaces"), run.world.odd):
        space = places.space(row, workspace, run.world)
        if space is None:
            continue
        try:
            yield run.batch(Batch(places=tuple([each async for each in _lists(run, *space)])))
        except (Forbidden, Gone):
            continue


async def _lists(run: Run, space: RemoteId, above: Above) -> AsyncIterator[Place]:
    folders = await run.get(run.ask.get(f"v2/space/{space}/folder", UNARCHIVED))
    for row in rows(folders.get("folders"), run.world.odd):
        folder = places.folder(row, above, run.world)
        if folder is None:
            continue
        listed = row.get("lists")
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            # The folder's own answer usually holds its lists, and the description says it holds their names.
            listed = (await run.get(run.ask.get(f"v2/folder/{folder[0]}/list", UNARCHIVED))).get("lists")
        for place in _wanted(run, listed, folder[1]):
            yield place
    bare = await run.get(run.ask.get(f"v2/space/{space}/list", UNARCHIVED))
    for place in _wanted(run, bare.get("lists"), above):
        yield place


def _wanted(run: Run, listed: object, above: Above) -> Iterator[Place]:
    for row in rows(listed, run.world.odd):
        found = places.list_place(row, above, run.world)
        if found is None:
            continue
        place, names = found
        run.where.lists[place.id] = run.wanted(names) and not place.archived
        if run.where.lists[place.id]:
            yield place


async def strangers(run: Run, workspace: Workspace, listed: list[Row]) -> AsyncIterator[Batch]:
    """Places of tasks whose list is not known: a new one, or one that was shared by itself."""
    unknown = _unknown(run, workspace, listed)
    if not unknown:
        return
    if not run.tree:
        async for batch in workspace_tree(run, workspace):
            yield batch
        unknown = {id_: held for id_, held in unknown.items() if id_ not in run.where.lists}
    found = []
    for id_, (place, names) in unknown.items():
        run.where.lists[id_] = run.wanted(names)
        found += [place] if run.where.lists[id_] else []
    yield run.batch(Batch(places=tuple(found)))


def _unknown(run: Run, workspace: Workspace, listed: list[Row]) -> dict[RemoteId, tuple[Place, tuple[str, ...]]]:
    found = (places.list_of_task(row, workspace, run.world) for row in listed)
    return {each[0].id: each for each in found if each and each[0].id not in run.where.lists}
