"""The busy times of the calendars that the settings name, asked for now and then and kept without their titles."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence

from leeward.errors import Trouble
from leeward.model import Instant
from leeward.ports import Can, Clock, Span
from leeward.store import busy
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.lock import SyncLock

EVERY_MS = 15 * 60_000
BEHIND_MS = 24 * 3600 * 1000
AHEAD_MS = 60 * 24 * 3600 * 1000
log = logging.getLogger("leeward.sync")


class BusyTimes:
    """Asks every account that can tell, at most every 15 minutes, and at once when other calendars are chosen.

    The last success stands in the lock's file, so that `sync` run every minute does not ask every minute.
    """

    def __init__(self, store: Store, clock: Clock, lock: SyncLock) -> None:
        self._store, self._clock, self._lock = store, clock, lock
        self._tried: dict[str, Instant] = {}
        self._broken: set[str] = set()
        self._lacks: dict[str, frozenset[str]] = {}
        self.unknown: tuple[str, ...] | None = None
        """The names that no account has a calendar of; None where that was not asked for yet."""

    async def refresh(self, lives: Iterable[Live], calendars: Sequence[str]) -> bool:
        """Bring what is kept up to date; whether anything changed."""
        able = [live for live in lives if live.can(Can.BUSY)]
        if not calendars or not able:
            self.unknown = tuple(calendars)
            return False
        others = await asyncio.wrap_future(self._store.read(_news, list(calendars), [live.uid for live in able]))
        changed = False
        for live in able:
            if not live.stopped and (others or self._due(live)):
                changed |= await self._ask(live, tuple(calendars))
        if all(live.uid in self._lacks for live in able):
            missing = frozenset.intersection(*(self._lacks[live.uid] for live in able))
            self.unknown = tuple(name for name in calendars if name in missing)
        if others:
            await asyncio.wrap_future(self._store.write(_settle, list(calendars), [live.uid for live in able]))
        return changed

    def _due(self, live: Live) -> bool:
        last = max(self._lock.last.get(_name(live), Instant(0)), self._tried.get(live.uid, Instant(0)))
        return not 0 <= self._clock.now() - last < EVERY_MS

    async def _ask(self, live: Live, calendars: tuple[str, ...]) -> bool:
        now = self._clock.now()
        self._tried[live.uid] = now
        try:
            spans = await live.service.busy(calendars, Instant(now - BEHIND_MS), Instant(now + AHEAD_MS))
            self._lacks[live.uid] = frozenset(await live.service.unknown_calendars(calendars))
        except Trouble as trouble:  # what was known stays; the account's own pull tells the person
            if live.uid not in self._broken:
                log.warning("account %s: busy times: %s", live.name, trouble.what)
            self._broken.add(live.uid)
            return False
        self._broken.discard(live.uid)
        self._lock.succeeded(_name(live), now)
        if not await asyncio.wrap_future(self._store.read(busy.differs, live.uid, spans)):
            return False
        await asyncio.wrap_future(self._store.write(_put, live.uid, spans))
        return True


def _name(live: Live) -> str:
    return f"{live.name} busy"


def _put(db: Db, uid: str, spans: tuple[Span, ...]) -> None:
    busy.put_busy(db, uid, spans)
    db.changed.add("quiet")


def _news(db: Db, calendars: list[str], uids: list[str]) -> bool:
    """Whether other calendars are chosen, or other accounts tell of them, than when it was asked last."""
    row = db.execute("SELECT value FROM habit WHERE name = 'busy calendars'").fetchone()
    return row is None or json.loads(row[0]) != [calendars, uids]


def _settle(db: Db, calendars: list[str], uids: list[str]) -> None:
    db.execute("INSERT OR REPLACE INTO habit VALUES ('busy calendars', ?)", (json.dumps([calendars, uids]),))
    busy.keep_accounts(db, uids)
