"""Taking back what a service has already: by changes of their own, never by pretending."""

from __future__ import annotations

from collections.abc import Iterable

from leeward.model import Instant
from leeward.store import outbox
from leeward.store.db import Db
from leeward.work import edit, noting


def reverse(db: Db, now: Instant, rows: Iterable[int]) -> list[int]:
    """Take back what already reached its service, by changes of its own; returns their outbox rows.

    A made task is closed, a written line taken back, a changed task or note set to what it was.
    """
    made: list[int] = []
    for number in rows:
        row = outbox.get(db, number)
        if row.verb == "create_task" and row.item:
            made += _untell(db, now, number)
            made += edit.set_task(db, now, row.item, {"status": "done"})
        elif row.verb == "update_task" and row.item:
            base = {name: value for name, value in row.doc["base"].items() if name in row.doc["fields"]}
            made += edit.set_task(db, now, row.item, base)
        elif row.verb == "update_note" and row.item:
            made += noting.edit_note(db, now, row.item, row.doc["base"]["text"], row.doc["base"]["title"])
        elif row.verb == "post":
            made.append(outbox.take_back(db, now, row))
    return made


def _untell(db: Db, now: Instant, number: int) -> list[int]:
    """The line that tells of a task: dropped while it waits, taken back once it was said."""
    made: list[int] = []
    for (child,) in db.execute("SELECT row FROM outbox WHERE after = ? AND verb = 'post'", (number,)).fetchall():
        row = outbox.get(db, child)
        if row.state == "sent" or row.started is not None:
            made.append(outbox.take_back(db, now, row))
        else:
            db.execute("DELETE FROM outbox WHERE row = ?", (child,))
    return made
