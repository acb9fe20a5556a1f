"""The lines of one thread: read whole, compared with what was held, and asked about one by one where they are missing."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import incoming
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, rows
from connectors.gitlab.api.incoming import Item, World
from connectors.paging import Walk, pages, unfinished
from leeward.errors import Forbidden, Gone, ServiceChanged
from leeward.model import Batch, ItemType, Message, Person, RemoteId, RemoteRef, Watched
from leeward.ports import Http
from leeward.wire import Request, Response
from leeward.words import _

MAX_ASKED = 20
"""How many missing lines, threads or epics of one listing are asked about one by one in one pull."""


class Talk(Struct):
    """Bound to one pull. `broken` is what to tell of a list whose rest is said to be somewhere else."""

    http: Http
    world: World
    ask: Ask
    broken: ServiceChanged | None = None

    def ended(self, walk: Walk) -> None:
        """Note a list that goes on at another origin: what came of it is kept, and the account says so at the end."""
        if walk.elsewhere:
            self.broken = self.broken or unfinished(walk)

    async def thread(self, item: Item, watched: Watched | None) -> Batch:
        """A thread with every line of it; no thread in it where GitLab shows its lines to nobody, or not to us."""
        lines: list[Message] = []
        people: list[Person] = list(item.people)
        walk = Walk()
        try:
            async for response in pages(self.http, self.ask.discussions(item.path), walk):
                for row in rows(response.json(), self.world.odd):
                    said, who = incoming.notes(row, item, self.world)
                    lines += said
                    people += who
        except (Forbidden, Gone):
            return self.batch(Batch(people=item.people))
        self.ended(walk)
        ids = [each.id for each in lines]
        gone: tuple[RemoteRef, ...] = ()
        if walk.whole and watched is not None:
            gone = await self._gone(item, at.lines_of(watched.version).difference(ids))
        named = dict.fromkeys(each.author for each in (item.first, *lines) if each.author and not each.notice)
        # A walk that was broken off may not count as this version read, or its rest would never be asked for.
        version = at.version(item.moved, ids) if walk.whole else None
        thread = replace(item.thread, people=tuple(named), version=version)
        first = replace(item.first, mentions=incoming.mentions(item.first.text, self.world.handles))
        return self.batch(Batch(people=tuple(people), threads=(thread,), messages=(first, *lines), gone=gone))

    async def _gone(self, item: Item, missing: Iterable[RemoteId]) -> tuple[RemoteRef, ...]:
        """A line that is no longer listed is gone when GitLab, asked for it, says so."""
        asked = {
            each: await self.read(self.ask.get(f"{item.path}/notes/{each}"), forbidden=False)
            for each in sorted(missing)[:MAX_ASKED]
        }
        return tuple((ItemType.MESSAGE, each) for each, answer in asked.items() if answer is None)

    async def read(self, request: Request, *, forbidden: bool = True) -> Response | None:
        """An answer, or None where the service says that it is not there (or, if `forbidden`, not for us)."""
        try:
            response = await self.http.send(request)
        except Gone:
            return None
        except Forbidden:
            if forbidden:
                return None
            raise
        as_object(response)
        return response

    def batch(self, batch: Batch) -> Batch:
        """Each person once, with what was odd since the batch before."""
        odd, self.world.odd.count = self.world.odd.count, 0
        unique = tuple({each.id: each for each in batch.people}.values())
        return replace(batch, people=unique, oddities=batch.oddities + odd)


def as_object(response: Response) -> Row:
    """The one object of an answer. Raises `ServiceChanged`, which leaves a write unsure."""
    document = response.json()
    if not isinstance(document, dict):
        raise ServiceChanged(_("GitLab's answer is not what was asked for."), _("Trying again later."))
    return document
