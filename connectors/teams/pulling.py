"""One pull: places, tasks, channels, chats, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connectors.teams.pull_channels import channels
from connectors.teams.pull_chats import chats
from connectors.teams.pull_notes import pages
from connectors.teams.pull_places import channels as channel_places
from connectors.teams.pull_places import chats as chat_places
from connectors.teams.pull_places import lists, sections
from connectors.teams.pull_tasks import tasks
from connectors.teams.run import Run
from leeward.errors import ServiceChanged, TryLater
from leeward.model import Batch

PARTS = (channel_places, chat_places, lists, sections, channels, chats, tasks, pages)


async def pull(run: Run) -> AsyncIterator[Batch]:
    """Yield batches; each cursor covers what came before it."""
    for part in PARTS:
        try:
            async for batch in part(run):
                yield batch
        except (TryLater, ServiceChanged) as trouble:
            # One part that fails must not hide the others; with no connection there is nothing to go on with.
            if not trouble.taken:
                raise
            run.broken = run.broken or trouble
    if run.due and run.broken is None:
        run.where.asked = run.now
    run.where.turn += 1
    yield run.batch(Batch())
    if run.broken is not None:
        raise run.broken
