"""The road in: ask a service what changed, store each page with its cursor in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from leeward.errors import SignInNeeded, Trouble, TryLater
from leeward.model import Batch, Focus, Instant, RemoteId, Watched
from leeward.ports import Clock
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.ingest import Step, ingest
from leeward.store.lanes import Store
from leeward.store.listings import Seen
from leeward.sync.account import Live, Told
from leeward.words import _

ROWS_A_TRANSACTION = 2_000
WATCHED = 50
log = logging.getLogger("leeward.sync")


async def pull(store: Store, live: Live, clock: Clock, steps: Sequence[Step], told: Told, focus: Focus) -> None:
    """Bring one account up to date. What came before a failure stays; the failure is told once."""
    stored = await asyncio.wrap_future(store.read(accounts.cursor, live.uid))
    cursor = live.cursor if live.cursor is not None and stored is not None else stored
    watch = await asyncio.wrap_future(store.read(watched, live.uid))
    seen: Seen = {}
    pending: list[Batch] = []
    reached = live.cursor
    try:
        try:
            async for batch in live.connector.pull(cursor, Focus(focus.places, focus.threads, watch)):
                pending.append(batch)
                reached = batch.cursor or reached
                if sum(map(_rows, pending)) >= ROWS_A_TRANSACTION:
                    await _keep(store, live, clock, steps, told, pending, seen)
                    pending.clear()
        except Exception:  # what came before the failure is kept; the failure itself goes on
            if any(map(_rows, pending)):
                await _keep(store, live, clock, steps, told, pending, seen)
            raise
        if any(map(_rows, pending)) or (pending and stored is None):
            await _keep(store, live, clock, steps, told, pending, seen)
    except Trouble as trouble:
        told.trouble = (trouble.what, trouble.do)
        live.stopped = isinstance(trouble, SignInNeeded)
        live.failures += 1
        live.cursor = None
        if isinstance(trouble, TryLater):
            raise
    except Exception:  # a connector's bug stops its own account, is logged whole, and nothing else
        log.exception("account %s could not be read", live.name)
        told.trouble = (
            _("What this service sent could not be read."),
            _("The log has the details; the rest works on."),
        )
        live.failures += 1
        live.cursor = None
    else:
        # Only now: of a round that was given up some pages came that nobody stored.
        live.cursor = reached
        live.failures = 0
        live.stopped = False


def _rows(batch: Batch) -> int:
    lists = (
        *(batch.places, batch.people, batch.threads, batch.messages, batch.tasks, batch.notes, batch.todos),
        *(batch.read, batch.gone, batch.complete, batch.moved),
    )
    return sum(map(len, lists)) + batch.oddities


async def _keep(
    store: Store, live: Live, clock: Clock, steps: Sequence[Step], told: Told, batches: list[Batch], seen: Seen
) -> None:
    intake = await asyncio.wrap_future(store.write(ingest, live.uid, tuple(batches), tuple(steps), clock.now(), seen))
    for name, count in intake.counts.items():
        if name in told.pulled:
            told.pulled[name] += count
    told.withheld += intake.counts.get("withheld", 0)


def watched(db: Db, uid: str) -> tuple[Watched, ...]:
    """Threads worth asking about again: linked ones, then the newest that are not done."""
    rows = db.execute(
        "SELECT item.remote, place.remote, item.version FROM item JOIN place ON place.id = item.place"
        " WHERE item.account = ? AND item.type = 'thread' AND item.cut = 0 AND item.gone = 0 AND item.remote IS NOT NULL"
        " AND (item.state <> 'done' OR EXISTS (SELECT 1 FROM link WHERE link.a = item.id AND link.gone IS NULL))"
        " ORDER BY EXISTS (SELECT 1 FROM link WHERE link.a = item.id AND link.gone IS NULL) DESC, item.recent LIMIT ?",
        (uid, WATCHED),
    )
    return tuple(Watched(RemoteId(thread), RemoteId(place), version) for thread, place, version in rows)


def note_health(db: Db, uid: str, now: Instant, trouble: tuple[str, str] | None) -> bool:
    """Write down how an account is; returns whether that is news."""
    return accounts.told(db, uid, now, trouble[0] if trouble else None, trouble[1] if trouble else "")
