"""What comes on the screen is asked for, in accounts that are otherwise left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from leeward.model import Focus, RemoteId
from leeward.ports import Clock
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live

AGAIN_S = 60.0
"""How soon looking at another thing of the same account asks it again."""


class View:
    """Remembers what was on the screen: going on looking at the same thing asks nothing."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._seen: tuple[RemoteId, ...] = ()

    async def news(self, lives: Iterable[Live], focus: Focus) -> list[Live]:
        """The resting accounts to be asked now, since something of theirs came on the screen."""
        resting = [live for live in lives if live.rests and not live.stopped]
        shown = (*focus.places, *(each.thread for each in focus.threads))
        if not resting or shown == self._seen:
            return []
        self._seen = shown
        named = await asyncio.wrap_future(self._store.read(accounts_of, sorted(set(focus.places))))
        now = self._clock.monotonic()
        return [
            live for live in resting if live.uid in named and (live.asked_s is None or now - live.asked_s >= AGAIN_S)
        ]


def accounts_of(db: Db, places: Sequence[str]) -> set[str]:
    """The accounts that have a place of one of these remote ids."""
    marks = ", ".join("?" * len(places))
    rows = db.execute(f"SELECT DISTINCT account FROM place WHERE remote IN ({marks})", list(places))
    return {str(uid) for (uid,) in rows}
