"""The one door for all that comes in, pulled or imported: rows, then the steps, then the cursor, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from leeward.model import Batch, Instant
from leeward.store import accounts, derive, fts, lines, listings, markers, things
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.store.listings import Seen
from leeward.store.names import Names, Spots
from leeward.store.storable import storable

Step: TypeAlias = Callable[[Db, Intake], None]
"""A function of `work/` that the composition root hands in: cut conversations, read tiers, judge notices."""


def ingest(
    db: Db, account: str, batches: Sequence[Batch], steps: Sequence[Step], now: Instant, seen: Seen | None = None
) -> Intake:
    """Store what an account said. Runs inside the caller's transaction.

    `account` is the account's uid; `seen` what earlier pages of this round named. Repeats change nothing; the cursor
    moves only together with rows, so a round that brought nothing new writes nothing. A line that SQLite cannot hold is
    made to fit, so that it never stands in the way of those behind it.
    """
    seen = {} if seen is None else seen
    db.execute("SAVEPOINT ingest")
    try:
        intake = _ingest(db, account, batches, steps, now, seen)
    except (UnicodeEncodeError, OverflowError):
        db.execute("ROLLBACK TO ingest")
        known = {key: storable(named) for key, named in seen.items()}
        seen.clear()
        seen.update(known)
        intake = _ingest(db, account, storable(tuple(batches)), steps, now, seen)
    db.execute("RELEASE ingest")
    return intake


def _ingest(db: Db, account: str, batches: Sequence[Batch], steps: Sequence[Step], now: Instant, seen: Seen) -> Intake:
    intake = Intake(accounts.facts(db, account), now, Names(db, account), Spots(db, odd=True), Spots(db, odd=False))
    before = db.total_changes
    for batch in batches:
        listings.note_seen(seen, batch)
        things.take_places(db, intake, batch)
        things.take_people(db, intake, batch)
        things.take_threads(db, intake, batch)
        things.take_tasks(db, intake, batch)
        things.take_notes(db, intake, batch)
        lines.take_messages(db, intake, batch)
        things.take_todos(db, intake, batch)
        markers.take_read(db, intake, batch)
        listings.take_gone(db, intake, batch)
        listings.take_complete(db, intake, batch, seen)
        intake.oddities += batch.oddities
    fts.fill(db, intake)
    for step in steps:
        step(db, intake)
    derive.derive(db, intake.touched, now)
    if db.total_changes != before or accounts.cursor(db, account) is None:
        last = next((batch.cursor for batch in reversed(batches) if batch.cursor is not None), None)
        if last is not None:
            accounts.set_cursor(db, account, last)
    if intake.oddities:
        accounts.add_oddities(db, account, intake.oddities, now)
    db.changed |= intake.touched
    if intake.touched:
        db.changed |= {"inbox", "tasks", "notes"}
    return intake
