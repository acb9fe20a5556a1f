"""One pull: places, tasks with their comments, chat, docs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.clickup.pull_chat import chats
from connectors.clickup.pull_docs import docs
from connectors.clickup.pull_places import tree
from connectors.clickup.pull_tasks import changed
from connectors.clickup.run import Run
from leeward.errors import ServiceChanged, Trouble, TryLater
from leeward.model import Batch


async def pull(run: Run) -> AsyncIterator[Batch]:
    """Yield batches; each cursor covers what came before it."""
    broken: Trouble | None = None
    fine = True
    for part in (tree, changed, chats, docs):
        try:
            async for batch in part(run):
                yield batch
        except (TryLater, ServiceChanged) as trouble:
            # One part that fails must not hide the others; with no connection there is nothing to go on with.
            if not trouble.taken:
                raise
            broken, fine = broken or trouble, False
    if run.tree and fine:
        run.where.tree = run.now
    run.where.turn += 1
    yield run.batch(Batch(cursor=run.where.dump()))
    if broken is not None:
        raise broken
