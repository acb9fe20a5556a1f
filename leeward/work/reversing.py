"""Taking back what a service has already: by changes of their own, never by pretending."""

from __future__ import annotations

from collections.abc import Iterable

from leeward.model import Instant
from leeward.store import fields, outbox, read
from leeward.store.db import Db
from leeward.text import clean
from leeward.words import _
from leeward.work import edit, instep_values, noting


def reverse(db: Db, now: Instant, rows: Iterable[int]) -> list[int]:
    """Take back what already reached its service, by changes of its own; returns their outbox rows.

    A made task is closed, a written line taken back, a changed task or note set to what it was. What somebody else
    changed since stays as they left it.
    """
    made: list[int] = []
    for number in rows:
        row = outbox.get(db, number)
        if row.verb == "create_task" and row.item:
            made += _untell(db, now, number)
            made += edit.set_task(db, now, row.item, {"status": "done"})
        elif row.verb == "update_task" and row.item:
            base = {name: row.doc["base"].get(name) for name in _still_ours(db, now, row.item, row)}
            made += edit.set_task(db, now, row.item, base)
        elif row.verb == "update_note" and row.item and _is_our_note(db, row.item, row):
            made += noting.edit_note(db, now, row.item, row.doc["base"]["text"], row.doc["base"]["title"])
        elif row.verb == "post":
            made.append(outbox.take_back(db, now, row))
    return made


def _still_ours(db: Db, now: Instant, task: str, row: outbox.Row) -> list[str]:
    """The fields of a change that nobody changed since: all of them in the version it made, else those that say it yet."""
    ours = row.doc["fields"]
    if _same_version(db, "task", task, row.row):
        return list(ours)
    says = fields.current(db, task)
    kept = [name for name in ours if instep_values.same(name, says[name], ours[name])]
    if len(kept) < len(ours):
        names = ", ".join(fields.word(name) for name in ours if name not in kept)
        say = _("Not taken back, since it was changed there meanwhile: {names}.").format(names=names)
        read.note_down(db, now, task, say)
    return kept


def _is_our_note(db: Db, note: str, row: outbox.Row) -> bool:
    shown = read.note(db, note)
    ours = (row.doc["title"], clean(row.doc["text"]))
    return _same_version(db, "note", note, row.row) or (shown is not None and (shown.title, shown.text) == ours)


def _same_version(db: Db, table: str, item: str, row: int) -> bool:
    found = db.execute(
        f"SELECT 1 FROM outbox JOIN {table} AS made ON made.id = ? WHERE outbox.row = ?"
        " AND made.version = json_extract(outbox.result, '$.version')",
        (item, row),
    ).fetchone()
    return found is not None


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
