"""What waits follows what happened meanwhile: read here or elsewhere, taken back, resolved, of another tier.

Run over what an ingest or an act touched, and over everything by the housekeeping, so that no road is missed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from leeward.model import Instant, State, Tier
from leeward.store.intake import SILENT_GONE
from leeward.words import _
from leeward.work import notify
from leeward.work.quiet_plan import Surroundings
from leeward.work.quiet_settings import QuietConfig

_FACTS = (
    "SELECT n.id, n.schedule, m.n, m.silent, t.gone, coalesce(triage.read_n, t.read_n), triage.done_n, i.gone, i.state"
    " FROM notice n LEFT JOIN message m ON m.id = n.item LEFT JOIN item t ON t.id = coalesce(m.thread, n.thread)"
    " LEFT JOIN triage ON triage.item = t.id LEFT JOIN item i ON i.id = n.item"
)
_ROWS = _FACTS + " WHERE n.state IN ('held', 'info', 'ring', 'digest')"
_RANG = _FACTS + " WHERE n.state IN ('shown', 'maybe') AND n.read_at IS NULL ORDER BY n.came DESC LIMIT ?"
_LOOKED_AT = 300
_TIERS = (
    "SELECT item.id, item.tier FROM notice n JOIN item ON item.id = coalesce(n.thread, n.item)"
    " WHERE n.state IN ('held', 'info') AND n.tier IS NOT item.tier"
)


class Pointless(NamedTuple):
    """A notice that need not ring any more: `state` is read or cancelled, `why` a sentence."""

    notice: str
    schedule: str
    state: str
    why: str


def pointless(db: sqlite3.Connection, items: Iterable[str] | None = None) -> list[Pointless]:
    """Which of the waiting notices of these threads and items (all: None) have become pointless; reads only."""
    found = []
    for row in _among(db, _ROWS, items):
        ended = _ended(*row[2:])
        if ended is not None:
            found.append(Pointless(row[0], row[1], *ended))
    return found


def end_pointless(db: sqlite3.Connection, now: Instant, items: Iterable[str] | None = None) -> int:
    """Let go of them. How many they were."""
    found = pointless(db, items)
    for one in found:
        notify.finish(db, one.notice, one.schedule, one.state, one.why, now)
    return len(found)


def read_since(db: sqlite3.Connection) -> list[str]:
    """Notices that rang, or may have, and whose line was read or whose task was done since; reads only."""
    return [row[0] for row in db.execute(_RANG, (_LOOKED_AT,)) if _ended(*row[2:]) is not None]


def note_read(db: sqlite3.Connection, now: Instant) -> int:
    """Take down when what rang was read, for the journal. How many they were."""
    found = read_since(db)
    for notice in found:
        db.execute("UPDATE notice SET read_at = ? WHERE id = ?", (now, notice))
    return len(found)


def moved(db: sqlite3.Connection, items: Iterable[str] | None = None) -> dict[str, Tier | None]:
    """Items and threads whose tier is not that of what waits for them; reads only."""
    return {str(id): Tier(tier) if tier else None for id, tier in _among(db, _TIERS, items)}


def follow_tiers(
    db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant, items: Iterable[str] | None = None
) -> int:
    """Judge again what waits for something whose tier changed. How many items that were."""
    found = moved(db, items)
    for id, tier in found.items():
        notify.retier(db, id, tier, config, around, now)
    return len(found)


def anything_waits(db: sqlite3.Connection) -> bool:
    """Whether any notice waits at all: one look into an index."""
    return (
        db.execute("SELECT 1 FROM notice WHERE state IN ('held', 'info', 'ring', 'digest') LIMIT 1").fetchone()
        is not None
    )


def _among(db: sqlite3.Connection, query: str, items: Iterable[str] | None) -> list[tuple[Any, ...]]:
    if items is None:
        return db.execute(query).fetchall()
    if not anything_waits(db):
        return []
    narrow = query + " AND (n.thread = ?1 OR n.item = ?1)"
    return list(dict.fromkeys(row for item in items for row in db.execute(narrow, (item,))))


def _ended(
    n: int | None, silent: int, thread_gone: int | None, read_n: int | None, done_n: int | None, gone: int | None,
    state: str | None,
) -> tuple[str, str] | None:  # fmt: skip
    """The state and reason, None where it still has a point. `n` is None unless it is a line."""
    if n is not None:
        if silent & SILENT_GONE or thread_gone:
            return "cancelled", _("It was taken back before it rang.")
        if n <= max(read_n or 0, done_n or 0):
            return "read", _("It was read before it rang.")
        return None
    if gone:
        return "cancelled", _("It is there no longer.")
    if state == State.DONE:
        return "cancelled", _("It was done before it rang.")
    return None
