"""One pull: places, what changed, comments, what was removed, chats, what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.basecamp.pull_chats import chats
from connectors.basecamp.pull_places import tree
from connectors.basecamp.pull_recordings import changed, comments, removed
from connectors.basecamp.pull_waiting import waits
from connectors.basecamp.run import Run
from leeward.errors import ServiceChanged, Trouble, TryLater
from leeward.model import Batch

PARTS = (changed, comments, removed, chats, waits)


async def pull(run: Run) -> AsyncIterator[Batch]:
    """Yield batches; each cursor covers what came before it."""
    async for batch in tree(run):
        yield batch
    if run.tree:
        run.where.tree = run.now
        yield run.batch(Batch(cursor=run.where.dump()))
    broken: Trouble | None = None
    for part in PARTS:
        try:
            async for batch in part(run):
                yield batch
        except (TryLater, ServiceChanged) as trouble:
            # One part that fails must not hide the others; with no connection, or asked to wait, there is no going on.
            yield run.batch(Batch(cursor=run.where.dump()))
            if not trouble.taken:
                raise
            broken = broken or trouble
    if broken is None:
        run.where.turn += 1
    yield run.batch(Batch(cursor=run.where.dump()))
    broken = broken or (None if run.heard else run.refused)
    if broken is not None:
        raise broken
