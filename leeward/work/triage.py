"""Done, later, tier: what the owner decides about an item, and what of it travels upstream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leeward.model import Instant, ItemType, Tier
from leeward.store import derive, find
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts, edit, instep, notify_sweep, upstream
from leeward.work.pins import pin


def done(db: Db, now: Instant, ids: Sequence[str], upstream_accounts: frozenset[str] = frozenset()) -> None:
    """Clear threads and to-dos here, complete tasks upstream.

    On a row that has a thread it acts on the thread. `upstream_accounts` are the uids whose services are told.
    """
    threads, tasks = _sorted(db, ids)
    with acts.act(db, now, acts.say_items(db, _("done"), list(ids)), _rows(db, threads, tasks)) as act:
        for id in threads:
            _clear(db, id)
            act.items.add(id)
        for id in tasks:
            act.outbox += edit.set_task(db, now, id, {"status": "done"})
            act.outbox += instep.completed(db, now, id)
            act.items |= {id, *(key for table, key in instep.tied(db, id) if table == "triage")}
        for id in threads:
            act.outbox += upstream.mark_read(db, now, id, upstream_accounts)
        _derive(db, act.items, now)


def undone(db: Db, now: Instant, ids: Sequence[str]) -> None:
    """Bring back: threads are unread again from their last line by somebody else, tasks open."""
    threads, tasks = _sorted(db, ids)
    with acts.act(db, now, acts.say_items(db, _("unread again"), list(ids)), _rows(db, threads, tasks)) as act:
        for id in threads:
            last = db.execute("SELECT max(n) FROM message WHERE thread = ? AND silent = 0", (id,)).fetchone()[0]
            _put(db, id, done_n=None, read_n=None if last is None else last - 1)
            act.items.add(id)
        for id in tasks:
            act.outbox += edit.set_task(db, now, id, {"status": "open"})
            act.outbox += instep.completed(db, now, id)
            act.items.add(id)
        _derive(db, act.items, now)


def read(db: Db, now: Instant, thread: str, upto_n: int) -> None:
    """Mark a thread read up to a line; it stays where it is."""
    with acts.act(db, now, acts.say_items(db, _("read"), [thread]), [("triage", thread)]) as act:
        _put(db, thread, read_n=upto_n)
        act.items.add(thread)
        _derive(db, act.items, now)


def seen(db: Db, now: Instant, thread: str, upto_n: int) -> None:
    """The owner answered: lines up to there are read. It belongs to the act before it, and is undone with it."""
    row = db.execute(
        "SELECT coalesce(triage.read_n, item.read_n) FROM item LEFT JOIN triage ON triage.item = item.id WHERE id = ?",
        (thread,),
    ).fetchone()
    if row is not None and row[0] < upto_n:
        with acts.amend(db, "triage", thread, thread):
            _put(db, thread, read_n=upto_n)
        _derive(db, {thread}, now)


def answered(db: Db, now: Instant, thread: str) -> None:
    """The owner answered in a thread without naming a line: all that is here of it is read."""
    last = db.execute("SELECT max(n) FROM message WHERE thread = ?", (thread,)).fetchone()[0]
    if last is not None:
        seen(db, now, thread, last)


def later(db: Db, now: Instant, ids: Sequence[str], until: Instant) -> None:
    """Put off until an instant; a new line by somebody else brings it back before."""
    targets = _targets(db, ids)
    with acts.act(db, now, acts.say_items(db, _("later"), list(ids)), _triage_rows(targets)) as act:
        for id in targets:
            last = db.execute("SELECT max(n) FROM message WHERE thread = ?", (id,)).fetchone()[0]
            _put(db, id, later=until, later_reply=last or 0)
            pin(db, id)
            act.items.add(id)
        _derive(db, act.items, now)


def tier(db: Db, now: Instant, ids: Sequence[str], value: Tier | None) -> None:
    """Set the owner's tier; None says "no tier", whatever the sender meant."""
    targets = _targets(db, ids)
    with acts.act(db, now, acts.say_items(db, _("tier"), list(ids)), _triage_rows(targets)) as act:
        for id in targets:
            _put(db, id, tier=value or "none")
            pin(db, id)
            act.items.add(id)
        _derive(db, act.items, now)


def _sorted(db: Db, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is cleared here, and what is completed upstream."""
    threads, tasks = [], []
    for id in ids:
        type = find.type_of(db, id)
        if type is ItemType.TASK:
            tasks.append(id)
        elif type is not ItemType.NOTE:
            threads.append(str(find.thread_of(db, id) or id))
    return list(dict.fromkeys(threads)), list(dict.fromkeys(tasks))


def _targets(db: Db, ids: Sequence[str]) -> list[str]:
    found = []
    for id in ids:
        type = find.type_of(db, id)
        found.append(id if type in {ItemType.TASK, ItemType.NOTE} else str(find.thread_of(db, id) or id))
    return list(dict.fromkeys(found))


def _clear(db: Db, id: str) -> None:
    last = db.execute("SELECT max(n) FROM message WHERE thread = ?", (id,)).fetchone()[0]
    own_n = db.execute("SELECT n FROM item WHERE id = ?", (id,)).fetchone()
    n = last if last is not None else own_n[0] if own_n else 0
    _put(db, id, done_n=n, read_n=n, later=None, later_reply=0)
    for (waiting,) in db.execute(
        "SELECT id FROM item WHERE thread = ? AND type IN ('mention', 'todo')", (id,)
    ).fetchall():
        _put(db, waiting, done_n=n)


def _put(db: Db, id: str, **fields: object) -> None:
    db.execute("INSERT OR IGNORE INTO triage (item) VALUES (?)", (id,))
    assign = ", ".join(f"{name} = ?" for name in fields)
    db.execute(f"UPDATE triage SET {assign} WHERE item = ?", (*fields.values(), id))


def _rows(db: Db, threads: Iterable[str], tasks: Iterable[str]) -> list[tuple[str, str]]:
    rows = []
    for id in threads:
        rows.append(("triage", id))
        waiting = db.execute("SELECT id FROM item WHERE thread = ? AND type IN ('mention', 'todo')", (id,))
        rows += [("triage", str(other)) for (other,) in waiting]
    for id in tasks:
        rows += [("own", id), ("triage", id), *instep.tied(db, id)]
    return rows


def _triage_rows(targets: Iterable[str]) -> list[tuple[str, str]]:
    return [("triage", id) for id in targets]


def _derive(db: Db, items: set[str], now: Instant) -> None:
    derive.derive(db, items, now)
    if notify_sweep.end_pointless(db, now, sorted(items)):
        db.changed.add("quiet")
    db.changed |= {*items, "inbox", "tasks"}
