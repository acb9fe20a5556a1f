"""Taking in places, people, threads, tasks, notes and to-dos. Each statement changes a row only where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from leeward.ids import item_id
from leeward.model import (
    AccountUid,
    Batch,
    Due,
    Instant,
    ItemId,
    ItemType,
    Note,
    Person,
    Place,
    RemoteId,
    Task,
    Thread,
    Todo,
)
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.text import clean, one_line, safe_url
from leeward.words import _

TITLE_CELLS = 300


def due_text(due: Due | None) -> str | None:
    """A due as it is stored: an ISO date, or milliseconds in digits."""
    if due is None:
        return None
    return due.isoformat() if isinstance(due, date) else str(due)


def read_due(stored: str | None) -> Due | None:
    """The other way round."""
    if stored is None:
        return None
    return date.fromisoformat(stored) if "-" in stored[1:] else Instant(int(stored))


def local_id(db: Db, account: str, kind: ItemType | str, remote: RemoteId | str) -> ItemId:
    """Our id of what a service calls `remote`: the one it was made with here, else a digest."""
    row = db.execute(
        "SELECT id FROM alias WHERE account = ? AND type = ? AND remote = ?", (account, str(kind), remote)
    ).fetchone()
    return ItemId(row[0]) if row else item_id(AccountUid(account), kind, remote)


def spot(db: Db, at: Instant, odd: int) -> int:
    """The next free number at an instant: even for messages, odd for items, in the order they come."""
    low = at << 12
    table = "item" if odd else "message"
    row = db.execute(f"SELECT max(n) FROM {table} WHERE n BETWEEN ? AND ?", (low, low + 4095)).fetchone()
    if row[0] is None:
        return low + odd
    if row[0] + 2 <= low + 4095:
        return int(row[0]) + 2
    return spot(db, Instant(at + 1), odd)


def _raw(raw: str, shown: str) -> str | None:
    return None if raw == shown else raw


def take_places(db: Db, intake: Intake, batch: Batch) -> None:
    """Store places; a place that moved keeps its old id, and with it all that belongs to it."""
    account = intake.account.uid
    for old, new in batch.moved:
        db.execute(
            "INSERT OR IGNORE INTO alias VALUES (?, 'place', ?, ?)", (account, new, local_id(db, account, "place", old))
        )
    for place in batch.places:
        _take_place(db, intake, place)


def _take_place(db: Db, intake: Intake, place: Place) -> None:
    id = local_id(db, intake.account.uid, "place", place.id)
    title = one_line(place.title, TITLE_CELLS) or place.id
    people = json.dumps(place.audience.people) if place.audience.people else None
    before = db.total_changes
    db.execute(
        "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " remote = excluded.remote, title = excluded.title, raw_title = excluded.raw_title, reach = excluded.reach,"
        " readers = excluded.readers, people = excluded.people, url = excluded.url, flat = excluded.flat,"
        " threads = excluded.threads, tasks = excluded.tasks, notes = excluded.notes, writable = excluded.writable,"
        " archived = excluded.archived WHERE (remote, title, reach, readers, people, url, flat, threads, tasks, notes,"
        " writable, archived) IS NOT (excluded.remote, excluded.title, excluded.reach, excluded.readers, excluded.people,"
        " excluded.url, excluded.flat, excluded.threads, excluded.tasks, excluded.notes, excluded.writable, excluded.archived)",
        (
            *(id, intake.account.uid, place.id, title, _raw(place.title, title)),
            *(place.audience.reach, place.audience.count, people, safe_url(place.url) if place.url else None),
            *(place.flat, place.threads, place.tasks, place.notes, place.writable, place.archived),
        ),
    )
    if db.total_changes != before:
        db.changed |= {"places", id}


def take_people(db: Db, intake: Intake, batch: Batch) -> None:
    """Store people; equal verified addresses are one human, unless the user said otherwise."""
    for person in batch.people:
        _take_person(db, intake, person)


def _take_person(db: Db, intake: Intake, person: Person) -> None:
    id = item_id(AccountUid(intake.account.uid), "person", person.id)
    name = one_line(person.name, 80) or person.handle or person.id
    before = db.total_changes
    db.execute(
        "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " raw_name = excluded.raw_name, handle = excluded.handle, address = coalesce(excluded.address, address),"
        " verified = max(verified, excluded.verified), zone = coalesce(excluded.zone, zone), me = max(me, excluded.me)"
        " WHERE name <> excluded.name OR handle IS NOT excluded.handle OR me < excluded.me OR verified < excluded.verified"
        " OR (excluded.address IS NOT NULL AND address IS NOT excluded.address)"
        " OR (excluded.zone IS NOT NULL AND zone IS NOT excluded.zone)",
        (
            *(id, intake.account.uid, person.id, name, _raw(person.name, name)),
            *(one_line(person.handle, 80) if person.handle else None, person.address),
            *(person.verified, person.zone, person.me, id),
        ),
    )
    if db.total_changes == before:
        return
    db.changed.add("people")
    if person.me:
        accounts.set_me(db, intake.account.uid, id)
        intake.account = accounts.facts(db, intake.account.uid)
    if person.address and person.verified:
        _join_by_address(db, id, person.address)


def _join_by_address(db: Db, id: ItemId, address: str) -> None:
    row = db.execute(
        "SELECT human FROM person WHERE address = ? AND verified AND id <> ? AND NOT EXISTS (SELECT 1 FROM person_join"
        " WHERE NOT joined AND a = min(person.id, ?) AND b = max(person.id, ?)) LIMIT 1",
        (address, id, id, id),
    ).fetchone()
    if row:
        db.execute("UPDATE person SET human = ? WHERE human = (SELECT human FROM person WHERE id = ?)", (row[0], id))


def take_threads(db: Db, intake: Intake, batch: Batch) -> None:
    """Store the service's own threads."""
    for thread in batch.threads:
        _take_thread(db, intake, thread)


def _take_thread(db: Db, intake: Intake, thread: Thread) -> None:
    account = intake.account.uid
    id = local_id(db, account, ItemType.THREAD, thread.id)
    task = local_id(db, account, ItemType.TASK, thread.task) if thread.task else None
    place = local_id(db, account, "place", thread.place)
    _take_item(
        db, intake, id, ItemType.THREAD, thread.id, place, thread.title, thread.url, thread.updated or intake.now
    )
    before = db.total_changes
    db.execute(
        "UPDATE item SET task = ?, closed = ?, version = ?, gone = 0 WHERE id = ?"
        " AND (task IS NOT ? OR closed <> ? OR version IS NOT ? OR gone <> 0)",
        (task, thread.closed, thread.version, id, task, thread.closed, thread.version),
    )
    if db.total_changes != before:
        intake.touched.add(id)


def _take_item(
    db: Db,
    intake: Intake,
    id: ItemId,
    type: ItemType,
    remote: str,
    place: ItemId | None,
    title: str,
    url: str | None,
    updated: Instant,
) -> bool:
    """The listed side of a thread, task, note or to-do. Returns whether it is new here."""
    shown = one_line(title, TITLE_CELLS) or _("(no title)")
    link = safe_url(url) if url else None
    row = db.execute("SELECT n, title, url, updated, place, gone, remote FROM item WHERE id = ?", (id,)).fetchone()
    if row is None:
        n = spot(db, updated, 1)
        since = intake.account.since << 12
        db.execute(
            "INSERT INTO item (n, id, type, account, place, remote, title, raw_title, url, updated, recent, read_n)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (n, id, type, intake.account.uid, place, remote, shown, _raw(title, shown), link, updated, -updated, since),
        )
        intake.touched.add(id)
        intake.count(type + "s")
        if type is ItemType.THREAD:
            intake.new_threads.add(id)
            intake.index[n] = (shown, "")
        return True
    if (row[1], row[2], row[4], row[5], row[6]) != (shown, link, place, 0, remote) or (
        type is not ItemType.THREAD and row[3] != updated
    ):
        if row[1] != shown and type is ItemType.THREAD:
            intake.unindex.setdefault(row[0], (row[1], ""))
            intake.index[row[0]] = (shown, "")
        moved = updated if type is not ItemType.THREAD else row[3]
        db.execute(
            "UPDATE item SET title = ?, raw_title = ?, url = ?, updated = ?, recent = ?, place = ?, gone = 0, remote = ?,"
            " account = ? WHERE id = ?",
            (shown, _raw(title, shown), link, moved, -moved, place, remote, intake.account.uid, id),
        )
        intake.touched.add(id)
    return False


def take_tasks(db: Db, intake: Intake, batch: Batch) -> None:
    """Store tasks."""
    for task in batch.tasks:
        _take_task(db, intake, task)


def _take_task(db: Db, intake: Intake, task: Task) -> None:
    account = intake.account.uid
    id = _adopt(db, account, ItemType.TASK, task.id, task.key) or local_id(db, account, ItemType.TASK, task.id)
    place = local_id(db, account, "place", task.place)
    old = db.execute(
        "SELECT item.n, item.title, task.text, task.status FROM item JOIN task USING (id) WHERE id = ?", (id,)
    ).fetchone()
    updated = task.updated or task.created or intake.now
    if old is not None and task.updated is None:
        updated = Instant(db.execute("SELECT updated FROM item WHERE id = ?", (id,)).fetchone()[0])
    new = _take_item(db, intake, id, ItemType.TASK, task.id, place, task.title, task.url, updated)
    before = db.total_changes
    text = clean(task.text)
    people = [local_id(db, account, "person", person) for person in task.assignees]
    me = intake.account.me
    values = (
        *(text, _raw(task.text, text), task.status, one_line(task.native_status, 80) if task.native_status else None),
        *(",".join(people) or None, me is not None and me in people, json.dumps(task.labels) if task.labels else None),
        *(task.recurring, task.created, task.version),
    )
    db.execute(
        "INSERT INTO task VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text,"
        " raw_text = excluded.raw_text, status = excluded.status, native_status = excluded.native_status,"
        " assignees = excluded.assignees, mine = excluded.mine, labels = excluded.labels, recurring = excluded.recurring,"
        " version = excluded.version WHERE (text, status, native_status, assignees, mine, labels, recurring, version)"
        " IS NOT (excluded.text, excluded.status, excluded.native_status, excluded.assignees, excluded.mine,"
        " excluded.labels, excluded.recurring, excluded.version)",
        (id, *values),
    )
    thread = local_id(db, account, ItemType.THREAD, task.thread) if task.thread else None
    author = local_id(db, account, "person", task.author) if task.author else None
    facts = (task.tier, due_text(task.due), thread, author)
    db.execute(
        "UPDATE item SET sender_tier = ?, sender_due = ?, thread = ?, author = ? WHERE id = ?"
        " AND (sender_tier, sender_due, thread, author) IS NOT (?, ?, ?, ?)",
        (*facts, id, *facts),
    )
    if db.total_changes == before and not new:
        return
    intake.touched |= {id, *([thread] if thread else [])}
    (intake.new_tasks if new else intake.changed_tasks).add(id)
    _reindex(db, intake, id, old[1:3] if old else None, text)


def _adopt(db: Db, account: str, type: ItemType, remote: RemoteId, key: str | None) -> ItemId | None:
    """The item made here that this object is: our key in it says so, also when the answer to its making was lost."""
    if key is None:
        return None
    row = db.execute(
        "SELECT item FROM outbox WHERE key = ? AND account = ? AND verb IN ('create_task', 'create_note')",
        (key, account),
    ).fetchone()
    if row is None or row[0] is None:
        return None
    db.execute("INSERT OR IGNORE INTO alias VALUES (?, ?, ?, ?)", (account, type, remote, row[0]))
    return ItemId(row[0])


def _reindex(db: Db, intake: Intake, id: ItemId, old: Iterable[str] | None, text: str) -> None:
    n, title = db.execute("SELECT n, title FROM item WHERE id = ?", (id,)).fetchone()
    before = tuple(old) if old is not None else None
    if before == (title, text):
        return
    if before is not None:
        intake.unindex.setdefault(n, (before[0], before[1]))
    intake.index[n] = (title, text)


def take_notes(db: Db, intake: Intake, batch: Batch) -> None:
    """Store notes."""
    for note in batch.notes:
        _take_note(db, intake, note)


def _take_note(db: Db, intake: Intake, note: Note) -> None:
    account = intake.account.uid
    id = _adopt(db, account, ItemType.NOTE, note.id, note.key) or local_id(db, account, ItemType.NOTE, note.id)
    old = db.execute("SELECT item.title, note.text FROM item JOIN note USING (id) WHERE id = ?", (id,)).fetchone()
    place = local_id(db, account, "place", note.place)
    new = _take_item(db, intake, id, ItemType.NOTE, note.id, place, note.title, note.url, note.updated)
    text = clean(note.text)
    before = db.total_changes
    db.execute(
        "INSERT INTO note (id, text, raw_text, version) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " text = excluded.text, raw_text = excluded.raw_text, version = excluded.version"
        " WHERE (text, version) IS NOT (excluded.text, excluded.version)",
        (id, text, _raw(note.text, text), note.version),
    )
    if db.total_changes != before or new:
        intake.touched.add(id)
        _reindex(db, intake, id, old, text)


def take_todos(db: Db, intake: Intake, batch: Batch) -> None:
    """Store what a service says waits for the owner; finished there, it leaves here."""
    for todo in batch.todos:
        _take_todo(db, intake, todo)


def _take_todo(db: Db, intake: Intake, todo: Todo) -> None:
    account = intake.account.uid
    type = ItemType.MENTION if todo.mention else ItemType.TODO
    id = local_id(db, account, ItemType.TODO, todo.id)
    known = db.execute("SELECT closed FROM item WHERE id = ?", (id,)).fetchone()
    if known is None and not todo.waits:
        return
    place = local_id(db, account, "place", todo.place)
    if _take_item(db, intake, id, type, todo.id, place, todo.title, todo.url, todo.at):
        intake.new_todos.add(id)
    target = local_id(db, account, *todo.target) if todo.target else None
    if todo.target and todo.target[0] is ItemType.TASK:
        row = db.execute("SELECT thread FROM item WHERE id = ?", (target,)).fetchone()
        target = row[0] if row and row[0] else target
    author = local_id(db, account, "person", todo.author) if todo.author else None
    facts = (target, author, int(not todo.waits))
    before = db.total_changes
    db.execute(
        "UPDATE item SET thread = ?, author = ?, closed = ? WHERE id = ? AND (thread, author, closed) IS NOT (?, ?, ?)",
        (*facts, id, *facts),
    )
    if db.total_changes != before:
        intake.touched |= {id, *([target] if target else [])}
