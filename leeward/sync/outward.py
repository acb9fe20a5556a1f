"""Carrying the owner's quiet to the services whose accounts want it: set when it begins, cleared when it opens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from msgspec import Struct

from leeward.errors import Trouble
from leeward.model import Instant
from leeward.ports import Can, Clock
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live

_AGAIN_MS = 5 * 60_000
_SOONER_MS = 60_000
"""Services count in minutes; an end that moves by less is not worth telling."""

log = logging.getLogger("leeward.sync")


class State(Struct, frozen=True):
    """What an account is to show: quiet or not, and until when (None: open end)."""

    quiet: bool
    until: Instant | None = None


class _Told(Struct, frozen=True):
    until: Instant | None
    remembered: str


class Outward:
    """Tells services what changed. What they answered is in the store, so that a restart clears what was set before."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._not_before: dict[str, int] = {}

    async def carry(self, lives: Iterable[Live], wanted: dict[str, State]) -> None:
        """Tell each service what differs. `wanted` is by uid; an account that is not in it shows nothing."""
        able = [live for live in lives if live.can(Can.QUIET)]
        told = await asyncio.wrap_future(self._store.read(_told)) if able else {}
        for live in able:
            state, before = wanted.get(live.uid, State(quiet=False)), told.get(live.uid)
            if not live.stopped and _differs(state, before) and self._clock.now() >= self._not_before.get(live.uid, 0):
                await self._tell(live, state, before)

    async def _tell(self, live: Live, state: State, before: _Told | None) -> None:
        try:
            remembered = await live.service.set_quiet(state.quiet, state.until, before.remembered if before else None)
        except Trouble as trouble:
            log.warning("account %s does not show that it is quiet: %s", live.name, trouble.what)
            self._not_before[live.uid] = self._clock.now() + _AGAIN_MS
            return
        self._not_before.pop(live.uid, None)
        await asyncio.wrap_future(self._store.write(_keep, live.uid, state, remembered))


def _differs(state: State, before: _Told | None) -> bool:
    """Quiet that begins or ends, that lasts longer than was told, or is over sooner."""
    if before is None or not state.quiet:
        return state.quiet != (before is not None)
    if before.until is None or state.until is None:
        return before.until != state.until
    return state.until > before.until or before.until - state.until >= _SOONER_MS


def _told(db: Db) -> dict[str, _Told]:
    rows = db.execute("SELECT account, until, remembered FROM outward")
    return {str(uid): _Told(until, remembered) for uid, until, remembered in rows}


def _keep(db: Db, uid: str, state: State, remembered: str | None) -> None:
    if remembered is None or not state.quiet:
        db.execute("DELETE FROM outward WHERE account = ?", (uid,))
    else:
        db.execute("INSERT OR REPLACE INTO outward VALUES (?, ?, ?)", (uid, state.until, remembered))
