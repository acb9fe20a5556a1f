"""What follows from an item and the owner's triage: state, tier, due, unread, and its place in the inbox.

Recomputed for every item a transaction touched, so that the lists are plain walks over an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from leeward.model import Due, Instant, State, Tier
from leeward.store.db import Db
from leeward.store.glance import DONE_RANK, NEARING, NEVER, SLEPT, SOON
from leeward.store.stamps import due_text, read_due
from leeward.zones import instant, system_zone, wall, zone

RANK = {Tier.RED: 0, Tier.YELLOW: 1, None: 2, Tier.GREEN: 3}
_LAST_PEOPLE = 4

_ITEM = (
    "SELECT item.id, item.type, item.closed, item.gone, item.cut, item.thread, item.task, item.read_n, item.updated,"
    " item.sender_tier, item.sender_due, triage.tier, triage.done_n, triage.later, triage.later_reply, triage.read_n"
    " FROM item LEFT JOIN triage ON triage.item = item.id WHERE item.id = ?"
)


def due_instant(due: Due | None, where: str | None = None) -> Instant | None:
    """When a due is over: the instant itself, or the end of the day in the zone `where` (default: here)."""
    if due is None:
        return None
    return _day_end(due, where or system_zone()) if isinstance(due, date) else due


@lru_cache(maxsize=1024)
def _day_end(day: date, where: str) -> Instant:
    return instant(datetime.combine(day + timedelta(days=1), time.min), zone(where))


class _Today(NamedTuple):
    """Now, and what follows from it, worked out once a transaction."""

    now: Instant
    where: str
    end: Instant


def _today(now: Instant) -> _Today:
    where = system_zone()
    return _Today(now, where, _day_end(wall(now, zone(where)).date(), where))


def _tier_of_due(due_at: Instant | None, today: _Today) -> Tier | None:
    """Red when it ends today or is late, yellow within 48 h."""
    if due_at is None:
        return None
    if due_at <= today.end:
        return Tier.RED
    return Tier.YELLOW if due_at <= today.now + SOON else None


def derive(db: Db, ids: Iterable[str], now: Instant) -> None:
    """Recompute everything that is derived, for each of `ids`; a thread's task and a task's thread come along."""
    today = _today(now)
    todo = set(ids)
    seen: set[str] = set()
    while todo:
        id = todo.pop()
        seen.add(id)
        row = db.execute(_ITEM, (id,)).fetchone()
        if row is None:
            continue
        item = _Item(*row)
        if item.type == "thread":
            _thread(db, item, today)
            todo |= {other for (other,) in db.execute("SELECT id FROM item WHERE thread = ?", (id,))} - seen
        elif item.type == "task":
            _task(db, item, today)
            todo |= ({item.thread} if item.thread else set()) - seen
        elif item.type != "note":
            _waiting(db, item, today)


class _Item(NamedTuple):
    """An item with the owner's triage beside it."""

    id: str
    type: str
    closed: int
    gone: int
    cut: int
    thread: str | None
    task: str | None
    read_n: int
    updated: int
    sender_tier: str | None
    sender_due: str | None
    own_tier: str | None
    done_n: int | None
    later: int | None
    later_reply: int | None
    own_read_n: int | None

    @property
    def read_to(self) -> int:
        return self.read_n if self.own_read_n is None else self.own_read_n


class _Settled(NamedTuple):
    """What an item's own kind says of it."""

    due: Due | None
    sender: Tier | None
    unread: int
    done: bool
    later: Instant | None
    listed: bool


_LINES = (
    "SELECT (SELECT n FROM message WHERE thread = ?1 AND silent IN (0, 2) ORDER BY n LIMIT 1),"
    " (SELECT n FROM message WHERE thread = ?1 AND silent IN (0, 2) ORDER BY n DESC LIMIT 1),"
    " (SELECT n FROM message WHERE thread = ?1 AND silent = 0 ORDER BY n DESC LIMIT 1),"
    " (SELECT count(*) FROM message WHERE thread = ?1 AND n > ?2 AND silent = 0)"
)
"""First, last, last by somebody else, how many unread: one look at an index, however long the thread."""


def _thread(db: Db, item: _Item, today: _Today) -> None:
    first, last, other, unread = db.execute(_LINES, (item.id, item.read_to)).fetchone()
    cleared = item.done_n is not None and (other is None or other <= item.done_n)
    empty = item.cut and last is None
    calls = _calls(db, item, unread)
    updated = (last >> 12) if last is not None else item.updated
    facts = (first, last, _people(db, item.id), updated, -updated, unread, calls)
    db.execute(
        "UPDATE item SET first_n = ?, last_n = ?, people = ?, updated = ?, recent = ?, unread = ?, calls = ? WHERE id = ?"
        " AND (first_n, last_n, people, updated, recent, unread, calls) IS NOT (?, ?, ?, ?, ?, ?, ?)",
        (*facts, item.id, *facts),
    )
    due, sender = _of_its_task(db, item)
    if sender is None and calls:
        sender = Tier.YELLOW
    done = bool(cleared or (item.closed and not unread) or item.gone or empty)
    _settle(db, item, _Settled(due, sender, unread, done, _asleep(item, other, today.now), listed=True), today)


def _people(db: Db, thread: str) -> str | None:
    """Who wrote last, newest first; read no further than until there are enough."""
    found: dict[str, None] = {}
    for (author,) in db.execute(
        "SELECT author FROM message WHERE thread = ? AND silent IN (0, 2) AND author IS NOT NULL ORDER BY n DESC LIMIT 24",
        (thread,),
    ):
        found[author] = None
        if len(found) == _LAST_PEOPLE:
            break
    return ",".join(found) or None


def _calls(db: Db, item: _Item, unread: int) -> str | None:
    """Why a thread calls its owner: a mention that was not read, or what the service says waits."""
    since = max(item.read_to, item.done_n or 0)
    mention = (
        unread
        and db.execute(
            "SELECT 1 FROM message WHERE thread = ? AND n > ? AND mention = 1 AND silent = 0 LIMIT 1", (item.id, since)
        ).fetchone()
    )
    if mention:
        return "mention"
    waiting = db.execute(
        "SELECT min(item.type) FROM item LEFT JOIN triage ON triage.item = item.id WHERE thread = ? AND closed = 0"
        " AND type IN ('mention', 'todo') AND gone = 0 AND done_n IS NULL",
        (item.id,),
    ).fetchone()[0]
    return str(waiting) if waiting else None


def _of_its_task(db: Db, item: _Item) -> tuple[Due | None, Tier | None]:
    """Due and tier: what was said in the thread, else what its task says."""
    sender = Tier(item.sender_tier) if item.sender_tier else None
    due = read_due(item.sender_due)
    task = db.execute(
        "SELECT task.mine, task.status, item.sender_tier, item.sender_due FROM task JOIN item USING (id) WHERE id = ?",
        (item.task,),
    ).fetchone()
    if task is None or task[1] == "done":
        return due, sender
    own = Tier(task[2]) if task[2] else Tier.YELLOW if task[0] else None
    return due or read_due(task[3]), sender or own


def _task(db: Db, item: _Item, today: _Today) -> None:
    facts = db.execute(
        "SELECT task.status, task.mine, item.author IS NOT NULL AND item.author = account.me,"
        " task.assignees IS NOT NULL AND NOT task.mine FROM task JOIN item USING (id)"
        " LEFT JOIN account ON account.uid = item.account WHERE id = ?",
        (item.id,),
    ).fetchone()
    if facts is None:
        return
    status, mine, by_me, for_others = facts
    discussed = (
        item.thread is not None
        and db.execute("SELECT 1 FROM item WHERE id = ? AND gone = 0 AND type = 'thread'", (item.thread,)).fetchone()
    )
    due = read_due(item.sender_due)
    sender = Tier(item.sender_tier) if item.sender_tier else Tier.YELLOW if mine and not by_me else None
    own = item.own_tier is not None or item.later is not None
    calls = own or (due is not None and not for_others) or (mine and not by_me)
    done = status == "done" or bool(item.gone)
    listed = bool(calls) and not discussed
    _settle(db, item, _Settled(due, sender, 0, done, _asleep(item, None, today.now), listed=listed), today)


def _waiting(db: Db, item: _Item, today: _Today) -> None:
    """A to-do of the service: its thread speaks for it where that is here."""
    spoken_for = (
        item.thread is not None
        and db.execute("SELECT 1 FROM item WHERE id = ? AND gone = 0", (item.thread,)).fetchone()
    )
    done = bool(item.closed) or bool(item.gone) or item.done_n is not None
    unread = int(not done)
    db.execute("UPDATE item SET unread = ? WHERE id = ?", (unread, item.id))
    later = _asleep(item, None, today.now)
    _settle(db, item, _Settled(None, Tier.YELLOW, unread, done, later, listed=not spoken_for), today)


def _asleep(item: _Item, other: int | None, now: Instant) -> Instant | None:
    """Until when an item sleeps: a time that has not come, unless somebody wrote since."""
    if item.later is None or item.later <= now:
        return None
    answered = other is not None and other > (item.later_reply or 0)
    return None if answered else Instant(item.later)


def _settle(db: Db, item: _Item, said: _Settled, today: _Today) -> None:
    due_at = due_instant(said.due, today.where)
    sender = said.sender
    urgent = _tier_of_due(due_at, today)
    pressed = urgent if urgent is not None and RANK[urgent] < RANK[sender] else sender
    tier = sender if said.done else pressed
    if item.own_tier is not None:
        tier = pressed = None if item.own_tier == "none" else Tier(item.own_tier)
    state = State.DONE if said.done else State.LATER if said.later else State.NEW if said.unread else State.OPEN
    listed = int(said.listed and state in {State.NEW, State.OPEN})
    due = due_text(said.due)
    rank = RANK[pressed] + (DONE_RANK if said.done else 0)
    facts = (tier, due, due_at, state, said.later, listed, rank, NEVER if due_at is None else due_at)
    db.execute(
        "UPDATE item SET tier = ?, due = ?, due_at = ?, state = ?, later = ?, listed = ?, rank = ?, due_sort = ?"
        " WHERE id = ? AND (tier, due, due_at, state, later, listed, rank, due_sort) IS NOT (?, ?, ?, ?, ?, ?, ?, ?)",
        (*facts, item.id, *facts),
    )


def _stirring(db: Db, now: Instant) -> tuple[list[str], list[str]]:
    """What slept until now, and what has become urgent. Where this day ends is asked only when something hangs on it."""
    slept = [id for (id,) in db.execute(SLEPT, (now,))]
    near = db.execute(NEARING, (now + SOON,))
    return slept, [id for id, rank, due_at in near if rank > 1 or due_at <= _today(now).end]


def stirs(db: Db, now: Instant) -> bool:
    """Tell whether `wake` would change anything: two look-ups in indexes."""
    return any(_stirring(db, now))


def wake(db: Db, now: Instant) -> int:
    """Bring back what slept until now, and raise what has become due; returns how many items moved."""
    slept, nearing = _stirring(db, now)
    for id in slept:
        db.execute("UPDATE triage SET later = NULL, later_reply = 0 WHERE item = ?", (id,))
    derive(db, [*slept, *nearing], now)
    db.changed |= {*slept, *nearing, *(["inbox"] if slept or nearing else [])}
    return len(slept) + len(nearing)
