"""What was made here: the document is the truth, the rows in `item`, `task` and `note` are its listed copy."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from leeward.ids import own_id
from leeward.model import LOCAL, Audience, Due, Instant, ItemId, ItemType, Reach, Status, Tier
from leeward.rows import PlaceRow
from leeward.store import derive, fields, fts
from leeward.store.db import Db
from leeward.store.stamps import due_text, read_due
from leeward.store.things import spot
from leeward.text import clean, one_line

_EPOCH = Instant(0)


class OwnTask(Struct, frozen=True):
    """A task made here: at `local` for good, or on its way to the place it was made for."""

    id: ItemId
    account: str
    place: str | None
    title: str
    text: str = ""
    status: Status = Status.OPEN
    assignees: tuple[str, ...] = ()
    due: Due | None = None
    tier: Tier | None = None
    labels: tuple[str, ...] = ()
    created: Instant = _EPOCH


class OwnNote(Struct, frozen=True):
    """A note made here. `label` is "decision" or "minutes" where it is one; `about` the item it belongs to."""

    id: ItemId
    account: str
    place: str | None
    title: str
    text: str = ""
    label: str | None = None
    about: str | None = None
    created: Instant = _EPOCH


LOCAL_PLACE = "this machine"
HERE = PlaceRow(
    ItemId("local-place"),
    LOCAL,
    LOCAL_PLACE,
    Audience(Reach.ONLY_ME, 1),
    url=None,
    flat=False,
    tasks=True,
    notes=True,
    writable=True,
)
"""The one place of the account that is always there, as it reads once something was put there."""


def ensure_local(db: Db, now: Instant) -> ItemId:
    """The account that is always there, and its one place."""
    place = HERE.id
    db.execute("INSERT OR IGNORE INTO account VALUES ('local', 'local', 'local', '', 0, ?, NULL)", (now,))
    db.execute(
        "INSERT OR IGNORE INTO place VALUES (?, 'local', ?, ?, NULL, 'only me', 1, NULL, NULL, 0, 0, 1, 1, 1, 0)",
        (place, LOCAL_PLACE, LOCAL_PLACE),
    )
    return place


def put_task(db: Db, task: OwnTask, now: Instant) -> None:
    """Write a task made here and its listed copy."""
    doc = asdict(task) | {"due": due_text(task.due)}
    _put(db, task.id, ItemType.TASK, doc, now)
    title, text = one_line(task.title, 300), clean(task.text)
    old = db.execute("SELECT n, title, task.text FROM item JOIN task USING (id) WHERE id = ?", (task.id,)).fetchone()
    n = _list(db, task.id, ItemType.TASK, task.account, task.place, title, now)
    me = db.execute("SELECT me FROM account WHERE uid = ?", (task.account,)).fetchone()
    mine = bool(me and me[0] in task.assignees)
    db.execute(
        "INSERT INTO task VALUES (?, ?, NULL, ?, NULL, ?, ?, ?, 0, ?, NULL) ON CONFLICT (id) DO UPDATE SET text = excluded.text,"
        " status = excluded.status, assignees = excluded.assignees, mine = excluded.mine, labels = excluded.labels",
        (
            *(task.id, text, task.status, ",".join(task.assignees) or None, mine),
            *(json.dumps(task.labels) if task.labels else None, task.created),
        ),
    )
    db.execute("UPDATE item SET sender_tier = ?, sender_due = ? WHERE id = ?", (task.tier, due_text(task.due), task.id))
    fts.reindex(db, n, (old[1], old[2]) if old else None, (title, text))
    derive.derive(db, [task.id], now)
    db.changed |= {task.id, "tasks", "inbox"}


def put_note(db: Db, note: OwnNote, now: Instant) -> None:
    """Write a note made here and its listed copy."""
    _put(db, note.id, ItemType.NOTE, asdict(note), now)
    title, text = one_line(note.title, 300), clean(note.text)
    old = db.execute("SELECT n, title, note.text FROM item JOIN note USING (id) WHERE id = ?", (note.id,)).fetchone()
    n = _list(db, note.id, ItemType.NOTE, note.account, note.place, title, now)
    db.execute(
        "INSERT INTO note VALUES (?, ?, NULL, NULL, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text,"
        " label = excluded.label",
        (note.id, text, note.label),
    )
    fts.reindex(db, n, (old[1], old[2]) if old else None, (title, text))
    db.changed |= {note.id, "notes"}


def _put(db: Db, id: str, type: ItemType, doc: dict[str, Any], now: Instant) -> None:
    db.execute(
        "INSERT INTO own VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, updated = excluded.updated",
        (id, type, json.dumps(doc, ensure_ascii=False), now),
    )


def _list(db: Db, id: str, type: ItemType, account: str, place: str | None, title: str, now: Instant) -> int:
    row = db.execute("SELECT n FROM item WHERE id = ?", (id,)).fetchone()
    if row is not None:
        db.execute(
            "UPDATE item SET title = ?, account = ?, place = ?, updated = ?, recent = ?, gone = 0 WHERE id = ?",
            (title, account, place, now, -now, id),
        )
        return int(row[0])
    n = spot(db, now, 1)
    db.execute(
        "INSERT INTO item (n, id, type, account, place, title, updated, recent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (n, id, type, account, place, title, now, -now),
    )
    return n


def task(db: Db, id: str) -> OwnTask | None:
    """A task made here, as it was written."""
    doc = _get(db, id, ItemType.TASK)
    if doc is None:
        return None
    return OwnTask(
        **{
            **doc,
            "due": read_due(doc["due"]),
            "status": Status(doc["status"]),
            "tier": Tier(doc["tier"]) if doc["tier"] else None,
            "assignees": tuple(doc["assignees"]),
            "labels": tuple(doc["labels"]),
        }
    )


def note(db: Db, id: str) -> OwnNote | None:
    """A note made here, as it was written."""
    doc = _get(db, id, ItemType.NOTE)
    return OwnNote(**doc) if doc is not None else None


def _get(db: Db, id: str, type: ItemType) -> dict[str, Any] | None:
    row = db.execute("SELECT doc FROM own WHERE id = ? AND type = ?", (id, type)).fetchone()
    if row is None:
        return None
    doc: dict[str, Any] = json.loads(row[0])
    return doc


def remove(db: Db, id: str) -> None:
    """Take back something made here that no service has."""
    row = db.execute(
        "SELECT n, title, coalesce(task.text, note.text, '') FROM item LEFT JOIN task USING (id) LEFT JOIN note USING (id)"
        " WHERE id = ?",
        (id,),
    ).fetchone()
    if row is not None:
        fts.reindex(db, row[0], (row[1], row[2]), None)
    for table, column in (("item", "id"), ("task", "id"), ("note", "id"), ("own", "id"), ("capsule", "task")):
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", (id,))
    db.changed |= {id, "tasks", "notes", "inbox"}


def keep_here(db: Db, id: str, now: Instant) -> None:
    """What was to be made at a service lives on this machine instead, as it is shown now."""
    made, page = task(db, id), note(db, id)
    if made is not None:
        says = fields.current(db, id)
        kept = replace(
            made,
            account=LOCAL,
            place=ensure_local(db, now),
            title=says["title"],
            text=says["text"],
            status=Status(says["status"]),
            assignees=tuple(says["assignees"]),
            due=read_due(says["due"]),
            tier=Tier(says["tier"]) if says["tier"] else None,
            labels=tuple(says["labels"]),
        )
        put_task(db, kept, now)
        db.execute("DELETE FROM outbox WHERE item = ? AND verb = 'update_task' AND state <> 'sent'", (id,))
    elif page is not None:
        put_note(db, replace(page, account=LOCAL, place=ensure_local(db, now)), now)


def restore(db: Db, id: str, now: Instant) -> None:
    """Make the listed copy follow the document again (after an undo)."""
    kept = task(db, id)
    if kept is not None:
        put_task(db, kept, now)
    page = note(db, id)
    if page is not None:
        put_note(db, page, now)


def new_task(db: Db, now: Instant, account: str = LOCAL, place: str | None = None, **fields: Any) -> OwnTask:
    """Make a task here; without a place it lives on this machine."""
    where = place or (ensure_local(db, now) if account == LOCAL else None)
    made = OwnTask(own_id(), account, where, created=now, **fields)
    put_task(db, made, now)
    return made
