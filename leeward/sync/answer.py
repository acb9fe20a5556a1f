"""What the owner decides about a row of the outbox that asks or failed: send it, or drop it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leeward.errors import Usage
from leeward.model import Instant
from leeward.store import fields, listings, outbox, own
from leeward.store.db import Db
from leeward.store.outbox import Row
from leeward.sync import send
from leeward.words import _

FLIGHT_MS = 300_000
"""No request takes longer: what was begun before has no sender any more."""


def answer(db: Db, number: int, choice: str, now: Instant) -> None:
    """The user decides about a row that asks or failed: "send" it, or "drop" it."""
    row = outbox.get(db, number)
    if row.verb == listings.REMOVE:
        listings.consent(db, now, row.doc["ids"], remove=choice == "send")
        db.execute("DELETE FROM outbox WHERE row = ?", (number,))
        return
    if row.state == "sent":
        if choice != "drop" or not outbox.waits_there(db, number):
            raise Usage(_("This reached its service already."))
        outbox.take_back(db, now, row, grace_ms=0)
        return
    if choice == "send":
        _send(db, row, now)
        return
    if row.started is not None and row.state == "queued" and 0 <= now - row.started < FLIGHT_MS:
        raise Usage(_("It is being sent just now."), _("Try again in a moment."))
    db.execute("DELETE FROM outbox WHERE row = ?", (number,))
    _drop(db, row, now)
    outbox.fail_dependants(db, number)
    db.changed |= {"outbox", *([row.item] if row.item else [])}


def _send(db: Db, row: Row, now: Instant) -> None:
    """What asks or failed is sent again. What is on its way only comes sooner: it may be there already."""
    if row.state in {"queued", "unsure"}:
        db.execute("UPDATE outbox SET due = ? WHERE row = ?", (now, row.row))
        db.changed.add("outbox")
        return
    doc, seen = row.doc | {"again": True}, _version(db, row) or row.seen
    new = send.successor(db, row)
    if new is not None:  # neither its thread nor what it answers is there
        doc |= {"place": new[0], "thread": None, "reply_to": None}
    why = _("as you said")
    outbox.settle(db, row.row, "queued", due=now, started=None, tries=0, seen=seen, doc=doc, why=why)
    if row.parent is None:
        db.execute("UPDATE outbox SET after = NULL WHERE row = ? AND state = 'queued'", (row.row,))


def _version(db: Db, row: Row) -> str | None:
    """The version of an item as it was read last."""
    if row.verb not in {"update_task", "update_note"}:
        return None
    found = db.execute(f"SELECT version FROM {row.verb.removeprefix('update_')} WHERE id = ?", (row.item,)).fetchone()
    return found[0] if found else None


def _rest_on(db: Db, now: Instant, row: Row, there: Mapping[str, Any]) -> None:
    """Show what stands there. What was changed on top of a dropped change stays, and rests on what that rested on.

    Where both sides had changed a field, what the owner had written on top before that was known keeps its own rest:
    they let the other side's words stand, so whether those go over these is a question of its own.
    """
    assert row.item is not None
    was, ours, clash = row.doc["base"], row.doc["fields"], row.doc.get("clash", {})
    # A dropped change may have arrived all the same, its answer lost: then it is what stands there.
    rest = {name: value if value == ours.get(name) else was.get(name) for name, value in there.items()}
    fields.write(db, now, row.item, there)
    for number, _state, doc in outbox.changes(db, row.item, behind=row.row):
        names = [name for name in rest if name in doc["base"] and number > clash.get(name, 0)]
        doc["base"] |= {name: rest[name] for name in names}
        outbox.restate(db, number, doc)
        fields.write(db, now, row.item, doc["fields"])


def _drop(db: Db, row: Row, now: Instant) -> None:
    """Show again what stands there; what was never made there stays here, so that nothing typed is lost."""
    if row.item is None:
        return
    if row.verb == "update_task" and db.execute("SELECT 1 FROM task WHERE id = ?", (row.item,)).fetchone():
        _rest_on(db, now, row, row.doc.get("theirs") or row.doc["base"])
    elif row.verb == "update_note":
        fields.put_back_note(db, row.item, (row.doc["title"], row.doc["text"]), row.doc["base"])
    elif row.verb in {"create_task", "create_note"}:
        own.keep_here(db, row.item, now)
