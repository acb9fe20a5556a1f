"""The due things of the store that want a reminder now: listed ones with a due of their own, and those of a sender's tier.

Threads of imports and what was over before its account came never remind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from leeward.model import LOCAL, Due, Instant, Tier
from leeward.store.glance import NEVER
from leeward.store.stamps import read_due
from leeward.work.notify import Incoming, judge, notice_id
from leeward.work.quiet_due import DueThing, due_instant, ripe
from leeward.work.quiet_plan import Plan, Surroundings, due_at, plan
from leeward.work.quiet_settings import QuietConfig
from leeward.work.subjects import author_of, subject

_DAY_MS = 24 * 3600 * 1000
_AHEAD_MS = 35 * _DAY_MS
_BEHIND_MS = 14 * _DAY_MS
MOST = 500
# Both lists of ids are stretches of an index: in a large store thousands of rows have a tier and have lain still for long.
_ROWS = (
    "SELECT item.id, item.type, item.title, item.tier, item.due, item.due_at, item.updated, item.thread, item.place,"
    " item.author, item.remote, account.name, account.kind, account.since, place.title, place.remote,"
    " (SELECT at FROM message WHERE message.thread = item.id AND message.silent = 0 ORDER BY n DESC LIMIT 1), task.created"
    " FROM item JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place"
    " LEFT JOIN task ON task.id = item.id LEFT JOIN triage ON triage.item = item.id"
    " WHERE item.id IN (SELECT id FROM item WHERE listed = 1 AND due_at BETWEEN ?1 - ?2 AND ?1 + ?3 UNION ALL"
    f" SELECT id FROM item WHERE listed = 1 AND rank IN (0, 1) AND due_sort = {NEVER} AND recent < ?2 - ?1)"
    " AND item.listed = 1 AND item.gone = 0 AND ((item.due_at BETWEEN ?1 - ?2 AND ?1 + ?3)"
    " OR (item.due_at IS NULL AND item.tier IN ('red', 'yellow') AND triage.tier IS NULL AND item.updated > ?1 - ?2))"
    " AND NOT (item.type = 'thread' AND account.kind = ?4) ORDER BY item.due_sort, item.recent LIMIT ?5"
)


def wanted(db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant) -> list[Incoming]:
    """The reminders that have become due and were not made yet; reads only."""
    found = []
    for row in db.execute(_ROWS, (now, _BEHIND_MS, _AHEAD_MS, LOCAL, MOST)).fetchall():
        thing = _thing(db, row, config, around)
        incoming = ripe(thing, plan(config, around, thing.incoming.subject), now) if thing is not None else None
        if incoming is not None and not _made(db, incoming):
            found.append(incoming)
    return found


def make(
    db: sqlite3.Connection, found: Iterable[Incoming], config: QuietConfig, around: Surroundings, now: Instant
) -> int:
    """Make notices of them. How many were made."""
    return sum(judge(db, incoming, config, around, now) is not None for incoming in found)


def _made(db: sqlite3.Connection, incoming: Incoming) -> bool:
    id = notice_id(incoming.item, incoming.event)
    return db.execute("SELECT 1 FROM notice WHERE id = ?", (id,)).fetchone() is not None


def _thing(db: sqlite3.Connection, row: tuple[str, ...], config: QuietConfig, around: Surroundings) -> DueThing | None:
    """A row as something due; None for what has no due by these settings, or was over before its account came."""
    id, type, title, tier_word, due_word, _due_at, updated, thread, place_id, author = row[:10]
    remote, account, kind, since, place, place_remote, said, created = row[10:]
    told = subject(kind=kind, account=account, ids=(id, thread, remote), place=place, place_remote=place_remote)
    tier = Tier(tier_word) if tier_word else None
    asked = plan(config, around, told)
    came = Instant(int(said or created or updated))
    due = _due(asked, read_due(due_word) if due_word else None, tier, came)
    if due is None or max(due, came) < int(since) or (not due_word and came < int(since)):
        return None
    names, _who = author_of(db, author)
    incoming = Incoming(
        item=id,
        account=account,
        at=came,
        who="",
        source=title if kind == LOCAL or not place else place,
        thread=id if type == "thread" else thread,
        place=place_id,
        author_names=names,
        subject=told,
        tier=tier,
    )
    return DueThing(min(came, due), due, incoming)


def _due(asked: Plan, due: Due | None, tier: Tier | None, came: Instant) -> Instant | None:
    """Until when it wants an answer: a whole day ends with its last open minute, where it has one."""
    if due is None:
        return due_at(asked, tier, came)
    return due_instant(asked, due, came)
