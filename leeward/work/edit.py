"""Changing a task or a note: at once here, through the outbox there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from leeward.errors import Problem, Usage
from leeward.model import LOCAL, Instant, Status, Tier
from leeward.store import outbox, own
from leeward.store.db import Db
from leeward.store.fields import FIELDS, current, write
from leeward.store.intake import Intake
from leeward.store.stamps import due_text, read_due
from leeward.words import _

STALE_MS = 600_000
"""No pull takes so long between asking for a page and storing it."""


def set_task(db: Db, now: Instant, id: str, fields: Mapping[str, Any]) -> list[int]:
    """Set fields of a task. Values as stored: due an ISO date or milliseconds in digits, assignees our person ids.

    Returns the outbox rows made; none where the task lives on this machine or has not left it yet. Raises `Usage` for a
    field there is not, `Problem` for a task there is not.
    """
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise Usage(
            _("A task has no field {name}.").format(name=min(unknown)), _("There are ") + ", ".join(FIELDS) + "."
        )
    row = db.execute(
        "SELECT item.account, item.remote, place.remote, task.version, account.kind, task.native_status, task.recurring FROM item JOIN task USING (id)"
        " JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (id,),
    ).fetchone()
    if row is None:
        raise Problem(_("There is no task {id} here.").format(id=id))
    before = current(db, id)
    changed = {name: value for name, value in fields.items() if before[name] != value}
    if not changed:
        return []
    kept = own.task(db, id)
    if row[4] == LOCAL or (row[1] is None and kept is not None and _waits(db, id)):
        assert kept is not None
        own.put_task(db, _with(kept, changed), now)
        _amend(db, id)
        return []
    write(db, now, id, changed)
    base = {name: before[name] for name in changed}
    if "status" in changed:
        base["native_status"] = row[5]
    doc = {"place": row[2], "task": row[1], "fields": changed, "base": base}
    if row[6] and "status" in changed and before["due"] is not None:
        doc["instance"] = before["due"]  # by the time it is sent, another one may be the present one
    parent = db.execute(
        "SELECT max(row) FROM outbox WHERE item = ? AND verb = 'create_task' AND state <> 'sent'", (id,)
    )
    return [
        outbox.put(db, now, row[0], "update_task", doc, item=id, seen=row[3], after=parent.fetchone()[0]),
    ]


def keep_ours(db: Db, intake: Intake) -> None:
    """A step of every ingest: what the owner changed and the service does not have yet stays on the screen.

    What the service says of those fields is kept with the outbox row, for the merge.
    """
    for id in sorted(intake.changed_tasks):
        _after_ours(db, intake.now, id)
        waiting = outbox.changes(db, id)
        if not waiting:
            continue
        theirs = current(db, id)
        theirs["native_status"] = db.execute("SELECT native_status FROM task WHERE id = ?", (id,)).fetchone()[0]
        for row, _state, doc in waiting:
            doc["theirs"] = {name: theirs[name] for name in doc["base"]}
            outbox.restate(db, row, doc)
            write(db, intake.now, id, doc["fields"])


def _after_ours(db: Db, now: Instant, id: str) -> None:
    """A listing that was asked for before our change arrived says what stood there then: it is no news.

    It is known by its version, the very one that our change was made from.
    """
    sent = db.execute(
        "SELECT ours.doc, json_extract(ours.result, '$.version') FROM outbox AS first JOIN task ON task.id = first.item"
        " AND task.version = first.seen JOIN outbox AS ours ON ours.item = first.item AND ours.row >= first.row"
        " WHERE first.item = ? AND first.verb = 'update_task' AND first.state = 'sent' AND first.started > ?"
        " AND json_extract(first.result, '$.version') <> first.seen AND ours.verb = 'update_task'"
        " AND ours.state = 'sent' ORDER BY ours.row",
        (id, now - STALE_MS),
    ).fetchall()
    for text, version in sent:
        write(db, now, id, json.loads(text)["fields"])
        db.execute("UPDATE task SET version = coalesce(?, version) WHERE id = ?", (version, id))


def _with(kept: own.OwnTask, fields: Mapping[str, Any]) -> own.OwnTask:
    values = dict(fields)
    if "due" in values:
        values["due"] = read_due(values["due"])
    if "tier" in values:
        values["tier"] = Tier(values["tier"]) if values["tier"] else None
    if "status" in values:
        values["status"] = Status(values["status"])
    for name in ("assignees", "labels"):
        if name in values:
            values[name] = tuple(values[name])
    return replace(kept, **values)


def _waits(db: Db, id: str) -> bool:
    """Tell whether a task's making is still in its grace, so that a change can go along with it."""
    return (
        db.execute(
            "SELECT 1 FROM outbox WHERE item = ? AND verb = 'create_task' AND state = 'queued' AND started IS NULL",
            (id,),
        ).fetchone()
        is not None
    )


def _amend(db: Db, id: str) -> None:
    """The waiting create carries what the task says now."""
    kept = own.task(db, id)
    row = db.execute(
        "SELECT row, doc FROM outbox WHERE item = ? AND verb = 'create_task' AND state = 'queued'", (id,)
    ).fetchone()
    if row is None or kept is None:
        return
    doc = json.loads(row[1])
    doc |= {"title": kept.title, "due": due_text(kept.due), "tier": kept.tier, "assignees": list(kept.assignees)}
    db.execute("UPDATE outbox SET doc = ? WHERE row = ?", (json.dumps(doc, ensure_ascii=False), row[0]))
