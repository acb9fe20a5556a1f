"""Taking in places, people, threads, tasks, notes and to-dos. Each statement changes a row only where it differs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from leeward.ids import item_id
from leeward.model import (
    AccountUid,
    Batch,
    Instant,
    ItemId,
    ItemType,
    Note,
    Person,
    Place,
    RemoteId,
    Task,
    Thread,
    Tier,
    Todo,
)
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.intake import TITLE_CELLS, Intake
from leeward.store.names import Names, Spots
from leeward.store.stamps import due_text, sane, sane_or_none
from leeward.text import clean, one_line, safe_url
from leeward.words import _


def local_id(db: Db, account: str, kind: ItemType | str, remote: RemoteId | str) -> ItemId:
    """Our id of what a service calls `remote`: the one it was made with here, else a digest."""
    return Names(db, account).of(kind, remote)


def spot(db: Db, at: Instant, odd: int) -> int:
    """The next free number at an instant: even for messages, odd for items, in the order they come."""
    return Spots(db, odd=bool(odd)).take(at)


def _raw(raw: str, shown: str) -> str | None:
    return None if raw == shown else raw


def take_places(db: Db, intake: Intake, batch: Batch) -> None:
    """Store places; a place that moved keeps its old id, and with it all that belongs to it."""
    account = intake.account.uid
    for old, new in batch.moved:
        db.execute(
            "INSERT OR IGNORE INTO alias VALUES (?, 'place', ?, ?)", (account, new, intake.names.of("place", old))
        )
        intake.names.forget()
    for place in batch.places:
        _take_place(db, intake, place)


def _take_place(db: Db, intake: Intake, place: Place) -> None:
    id = intake.names.of("place", place.id)
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
    address = person.address.strip().lower() if person.address else None
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
            *(one_line(person.handle, 80) if person.handle else None, address),
            *(person.verified, person.zone, person.me, id),
        ),
    )
    if db.total_changes == before:
        return
    db.changed.add("people")
    if person.me:
        accounts.set_me(db, intake.account.uid, id)
        intake.account = accounts.facts(db, intake.account.uid)
    if address and person.verified:
        _join_by_address(db, id, address)
    _join_by_owner(db, id)


def _join_by_address(db: Db, id: ItemId, address: str) -> None:
    row = db.execute(
        "SELECT human FROM person WHERE address = ? AND verified AND id <> ? AND NOT EXISTS (SELECT 1 FROM person_join"
        " WHERE NOT joined AND a = min(person.id, ?) AND b = max(person.id, ?)) LIMIT 1",
        (address, id, id, id),
    ).fetchone()
    if row:
        db.execute("UPDATE person SET human = ? WHERE human = (SELECT human FROM person WHERE id = ?)", (row[0], id))


def _join_by_owner(db: Db, id: ItemId) -> None:
    """What the owner said outlives what was pulled: who comes again is the human they were."""
    row = db.execute(
        "SELECT human FROM person WHERE id <> ?1 AND id IN (SELECT CASE WHEN a = ?1 THEN b ELSE a END FROM person_join"
        " WHERE joined AND (a = ?1 OR b = ?1)) LIMIT 1",
        (id,),
    ).fetchone()
    if row:
        db.execute("UPDATE person SET human = ? WHERE human = (SELECT human FROM person WHERE id = ?)", (row[0], id))


def take_threads(db: Db, intake: Intake, batch: Batch) -> None:
    """Store the service's own threads."""
    for thread in batch.threads:
        _take_thread(db, intake, thread)


def _take_thread(db: Db, intake: Intake, thread: Thread) -> None:
    names = intake.names
    id = names.of(ItemType.THREAD, thread.id)
    task = names.of(ItemType.TASK, thread.task) if thread.task else None
    facts = _Facts(task=task, closed=int(thread.closed), version=thread.version)
    shown = _Shown(thread.title, thread.url, sane(thread.updated or intake.now), names.of("place", thread.place))
    if _take_item(db, intake, id, ItemType.THREAD, thread.id, shown, facts) is not None:
        return
    before = db.total_changes
    db.execute(
        "UPDATE item SET task = ?, closed = ?, version = ?, gone = 0 WHERE id = ?"
        " AND (task IS NOT ? OR closed <> ? OR version IS NOT ? OR gone <> 0)",
        (task, thread.closed, thread.version, id, task, thread.closed, thread.version),
    )
    if db.total_changes != before:
        intake.touched.add(id)


class _Shown(NamedTuple):
    """What every listed item has."""

    title: str
    url: str | None
    updated: Instant
    place: ItemId | None


class _Facts(NamedTuple):
    """What only some kinds of items have; a new item is written with them at once."""

    task: ItemId | None = None
    closed: int = 0
    version: str | None = None
    sender_tier: Tier | None = None
    sender_due: str | None = None
    thread: ItemId | None = None
    author: ItemId | None = None


def _take_item(
    db: Db, intake: Intake, id: ItemId, type: ItemType, remote: str, said: _Shown, facts: _Facts
) -> tuple[int, str] | None:
    """The listed side of a thread, task, note or to-do. Returns its number and title where it is new here."""
    shown = one_line(said.title, TITLE_CELLS) or _("(no title)")
    link = safe_url(said.url) if said.url else None
    row = db.execute("SELECT n, title, url, updated, place, gone, remote FROM item WHERE id = ?", (id,)).fetchone()
    if row is None:
        n = intake.spots.take(said.updated)
        since = intake.account.since << 12
        db.execute(
            "INSERT INTO item (n, id, type, account, place, remote, title, raw_title, url, updated, recent, read_n,"
            " task, closed, version, sender_tier, sender_due, thread, author)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(n, id, type, intake.account.uid, said.place, remote, shown, _raw(said.title, shown), link),
                *(said.updated, -said.updated, since, *facts),
            ),
        )
        intake.touched.add(id)
        intake.fresh.add(id)
        intake.count(type + "s")
        if type is ItemType.THREAD:
            intake.new_threads.add(id)
            intake.index[n] = (shown, "")
        return n, shown
    moves = type is not ItemType.THREAD
    if (row[1], row[2], row[4], row[5], row[6]) != (shown, link, said.place, 0, remote) or (
        moves and row[3] != said.updated
    ):
        if row[1] != shown and type is ItemType.THREAD:
            intake.reindex(row[0], (row[1], ""), (shown, ""))
        moved = said.updated if moves else row[3]
        db.execute(
            "UPDATE item SET title = ?, raw_title = ?, url = ?, updated = ?, recent = ?, place = ?, gone = 0, remote = ?,"
            " account = ? WHERE id = ?",
            (
                *(shown, _raw(said.title, shown), link, moved, -moved, said.place, remote),
                *(intake.account.uid, id),
            ),
        )
        intake.touched.add(id)
    return None


def take_tasks(db: Db, intake: Intake, batch: Batch) -> None:
    """Store tasks."""
    for task in batch.tasks:
        _take_task(db, intake, task)


def _take_task(db: Db, intake: Intake, task: Task) -> None:
    names, me = intake.names, intake.account.me
    id = _adopt(db, intake, ItemType.TASK, task.id, task.key) or names.of(ItemType.TASK, task.id)
    old = db.execute(
        "SELECT item.title, task.text, item.updated FROM item JOIN task USING (id) WHERE id = ?", (id,)
    ).fetchone()
    updated = task.updated or task.created or intake.now
    if old is not None and task.updated is None:
        updated = Instant(old[2])
    thread = names.of(ItemType.THREAD, task.thread) if task.thread else None
    author = names.of("person", task.author) if task.author else None
    facts = _Facts(sender_tier=task.tier, sender_due=due_text(task.due), thread=thread, author=author)
    shown = _Shown(task.title, task.url, sane(updated), names.of("place", task.place))
    before = db.total_changes  # the title counts too: what is overwritten may wait in the outbox
    new = _take_item(db, intake, id, ItemType.TASK, task.id, shown, facts)
    text = clean(task.text)
    people = [names.of("person", person) for person in task.assignees]
    db.execute(
        _TASK,
        (
            *(id, text, _raw(task.text, text), task.status),
            *(one_line(task.native_status, 80) if task.native_status else None, ",".join(people) or None),
            *(me is not None and me in people, json.dumps(task.labels) if task.labels else None),
            *(task.recurring, sane_or_none(task.created), task.version),
        ),
    )
    if new is None:
        says = (task.tier, facts.sender_due, thread, author)
        db.execute(
            "UPDATE item SET sender_tier = ?, sender_due = ?, thread = ?, author = ? WHERE id = ?"
            " AND (sender_tier, sender_due, thread, author) IS NOT (?, ?, ?, ?)",
            (*says, id, *says),
        )
        if db.total_changes == before:
            return
    intake.touched |= {id, *([thread] if thread else [])}
    (intake.changed_tasks if new is None else intake.new_tasks).add(id)
    _reindex(db, intake, id, old[:2] if old else None, text, new)


_TASK = (
    "INSERT INTO task VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text,"
    " raw_text = excluded.raw_text, status = excluded.status, native_status = excluded.native_status,"
    " assignees = excluded.assignees, mine = excluded.mine, labels = excluded.labels, recurring = excluded.recurring,"
    " version = excluded.version WHERE (text, status, native_status, assignees, mine, labels, recurring, version)"
    " IS NOT (excluded.text, excluded.status, excluded.native_status, excluded.assignees, excluded.mine,"
    " excluded.labels, excluded.recurring, excluded.version)"
)


def _adopt(db: Db, intake: Intake, type: ItemType, remote: RemoteId, key: str | None) -> ItemId | None:
    """The item made here that this object is: our key in it says so, also when the answer to its making was lost."""
    if key is None:
        return None
    account = intake.account.uid
    row = db.execute(
        "SELECT item FROM outbox WHERE key = ? AND account = ? AND verb IN ('create_task', 'create_note')",
        (key, account),
    ).fetchone()
    if row is None or row[0] is None:
        return None
    known = db.execute(
        "SELECT alias.remote, item.gone FROM alias LEFT JOIN item USING (id)"
        " WHERE alias.id = ? AND alias.account = ? AND alias.type = ?",
        (row[0], account, type),
    ).fetchone()
    if known is not None and known[0] != remote and not known[1]:
        return None  # somebody copied it there, our key with it; the one we made is another
    db.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?, ?)", (account, type, remote, row[0]))
    intake.names.forget()
    return ItemId(row[0])


def _reindex(
    db: Db, intake: Intake, id: ItemId, old: Iterable[str] | None, text: str, new: tuple[int, str] | None
) -> None:
    n, title = new or db.execute("SELECT n, title FROM item WHERE id = ?", (id,)).fetchone()
    before = tuple(old) if old is not None else None
    if before == (title, text):
        return
    intake.reindex(n, (before[0], before[1]) if before is not None else None, (title, text))


def take_notes(db: Db, intake: Intake, batch: Batch) -> None:
    """Store notes."""
    for note in batch.notes:
        _take_note(db, intake, note)


def _take_note(db: Db, intake: Intake, note: Note) -> None:
    id = _adopt(db, intake, ItemType.NOTE, note.id, note.key) or intake.names.of(ItemType.NOTE, note.id)
    old = db.execute("SELECT item.title, note.text FROM item JOIN note USING (id) WHERE id = ?", (id,)).fetchone()
    shown = _Shown(note.title, note.url, sane(note.updated), intake.names.of("place", note.place))
    before = db.total_changes
    new = _take_item(db, intake, id, ItemType.NOTE, note.id, shown, _Facts())
    text = clean(note.text)
    db.execute(
        "INSERT INTO note (id, text, raw_text, version) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " text = excluded.text, raw_text = excluded.raw_text, version = excluded.version"
        " WHERE (text, version) IS NOT (excluded.text, excluded.version)",
        (id, text, _raw(note.text, text), note.version),
    )
    if db.total_changes != before or new is not None:
        intake.touched.add(id)
        _reindex(db, intake, id, old, text, new)


def take_todos(db: Db, intake: Intake, batch: Batch) -> None:
    """Store what a service says waits for the owner; finished there, it leaves here."""
    for todo in batch.todos:
        _take_todo(db, intake, todo)


def _take_todo(db: Db, intake: Intake, todo: Todo) -> None:
    names = intake.names
    type = ItemType.MENTION if todo.mention else ItemType.TODO
    id = names.of(ItemType.TODO, todo.id)
    known = db.execute("SELECT closed FROM item WHERE id = ?", (id,)).fetchone()
    if known is None and not todo.waits:
        return
    target = names.of(*todo.target) if todo.target else None
    if todo.target and todo.target[0] is ItemType.TASK:
        row = db.execute("SELECT thread FROM item WHERE id = ?", (target,)).fetchone()
        target = row[0] if row and row[0] else target
    author = names.of("person", todo.author) if todo.author else None
    facts = _Facts(closed=int(not todo.waits), thread=target, author=author)
    shown = _Shown(todo.title, todo.url, sane(todo.at), names.of("place", todo.place))
    if _take_item(db, intake, id, type, todo.id, shown, facts) is not None:
        intake.new_todos.add(id)
        intake.touched |= {id, *([target] if target else [])}
        return
    before = db.total_changes
    says = (target, author, facts.closed)
    db.execute(
        "UPDATE item SET thread = ?, author = ?, closed = ? WHERE id = ? AND (thread, author, closed) IS NOT (?, ?, ?)",
        (*says, id, *says),
    )
    if db.total_changes != before:
        intake.touched |= {id, *([target] if target else [])}
