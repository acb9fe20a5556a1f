"""The hours of people one writes with, asked of the services that can tell them, now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from leeward.errors import Trouble
from leeward.model import Instant, RemoteId
from leeward.ports import Can, Clock
from leeward.ports_extra import Told
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live

EVERY_MS = 30 * 60_000
log = logging.getLogger("leeward.sync")

Wanted: TypeAlias = Callable[[Db, str, Instant], Mapping[str, str]]
Keep: TypeAlias = Callable[[Db, Sequence[tuple[str, Told]], Instant], int]


class TheirHours:
    """Asks every account that can tell, at most every half hour. `wanted` says of whom, `keep` stores what was told.

    A service that does not want to be asked over and over is left to `ask_of`, when somebody writes.
    """

    def __init__(self, store: Store, clock: Clock, wanted: Wanted, keep: Keep) -> None:
        self._store, self._clock = store, clock
        self._wanted, self._keep = wanted, keep
        self._tried: dict[str, Instant] = {}
        self._broken: set[str] = set()

    async def refresh(self, lives: Iterable[Live]) -> int:
        """Bring what is kept up to date. Of how many people it is other than before."""
        now, changed = self._clock.now(), 0
        for live in lives:
            last = self._tried.get(live.uid)
            if _tells(live) and not live.manifest.rest_s and not (last is not None and 0 <= now - last < EVERY_MS):
                self._tried[live.uid] = now
                changed += await self._ask(live, now)
        return changed

    async def _ask(self, live: Live, now: Instant) -> int:
        people = await asyncio.wrap_future(self._store.read(self._wanted, live.uid, now))
        if not people:
            return 0
        try:
            changed = await ask_of(self._store, live, people, self._keep, now)
        except Trouble as trouble:  # what was known stays; the account's own pull tells the person
            if live.uid not in self._broken:
                log.warning("account %s: hours of others: %s", live.name, trouble.what)
            self._broken.add(live.uid)
            return 0
        self._broken.discard(live.uid)
        return changed


async def ask_of(store: Store, live: Live, people: Mapping[str, str], keep: Keep, now: Instant) -> int:
    """Ask one account now of these people, remote ids and ours, and keep it. Of how many it is other than before.

    Raises Trouble.
    """
    if not _tells(live):
        return 0
    told = await live.service.hours(tuple(RemoteId(remote) for remote in people))
    named = [(people[one.person], one) for one in told if one.person in people]
    return await asyncio.wrap_future(store.write(keep, named, now)) if named else 0


def _tells(live: Live) -> bool:
    return live.can(Can.HOURS) and not live.stopped
