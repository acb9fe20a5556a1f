"""A task's fields, as they are stored: what is there, and new values at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leeward.errors import Problem
from leeward.model import Instant, Status
from leeward.store import derive, fts
from leeward.store.db import Db
from leeward.text import clean, one_line
from leeward.words import _
from leeward.zones import system_zone, wall, zone

FIELDS = ("title", "text", "status", "due", "tier", "assignees", "labels")


def current(db: Db, id: str) -> dict[str, Any]:
    """A task's fields as they are stored here."""
    row = db.execute(
        "SELECT title, text, status, sender_due, sender_tier, assignees, labels FROM item JOIN task USING (id) WHERE id = ?",
        (id,),
    ).fetchone()
    if row is None:
        raise Problem(_("There is no task {id} here.").format(id=id))
    people = row[5].split(",") if row[5] else []
    labels = json.loads(row[6]) if row[6] else []
    return dict(zip(FIELDS, (*row[:5], people, labels), strict=True))


def word(name: str) -> str:
    """A field's name in words."""
    return {
        "title": _("title"),
        "text": _("text"),
        "status": _("status"),
        "due": _("due"),
        "tier": _("tier"),
        "assignees": _("assignee"),
        "labels": _("labels"),
    }.get(name, name)


def said(db: Db, name: str, value: Any) -> str:
    """A field's value in words: names of people, a day or a time on this wall."""
    if value in (None, "", []):
        return _("none")
    if name == "assignees":
        rows = [db.execute("SELECT name FROM person WHERE id = ?", (one,)).fetchone() for one in value]
        return ", ".join(str(row[0]) if row else _("somebody") for row in rows)
    if name == "due" and str(value).isdigit():
        return f"{wall(Instant(int(value)), zone(system_zone())):%Y-%m-%d %H:%M}"
    return ", ".join(value) if name == "labels" else str(value)


def put_back_note(db: Db, id: str, ours: tuple[str, str], base: Mapping[str, str]) -> None:
    """Show what a note was before our change, unless something newer than both stands there already."""
    row = db.execute("SELECT n, title, text FROM item JOIN note USING (id) WHERE id = ?", (id,)).fetchone()
    if row is None or (row[1], row[2]) != (ours[0], clean(ours[1])):
        return
    fts.reindex(db, row[0], (row[1], row[2]), (base["title"], base["text"]))
    db.execute("UPDATE item SET title = ? WHERE id = ?", (base["title"], id))
    db.execute("UPDATE note SET text = ? WHERE id = ?", (base["text"], id))
    db.changed |= {id, "notes"}


def write(db: Db, now: Instant, id: str, fields: Mapping[str, Any]) -> None:
    """Show new values here at once."""
    n, title, text = db.execute("SELECT n, title, text FROM item JOIN task USING (id) WHERE id = ?", (id,)).fetchone()
    new_title = one_line(str(fields["title"]), 300) if "title" in fields else title
    new_text = clean(str(fields["text"])) if "text" in fields else text
    db.execute("UPDATE item SET title = ? WHERE id = ?", (new_title, id))
    db.execute("UPDATE task SET text = ? WHERE id = ?", (new_text, id))
    if (new_title, new_text) != (title, text):
        fts.reindex(db, n, (title, text), (new_title, new_text))
    if "due" in fields:
        db.execute("UPDATE item SET sender_due = ? WHERE id = ?", (fields["due"], id))
    if "tier" in fields:
        db.execute("UPDATE item SET sender_tier = ? WHERE id = ?", (fields["tier"], id))
    if "status" in fields:
        word = fields.get("native_status")  # the service's own word fits its own status only
        db.execute("UPDATE task SET status = ?, native_status = ? WHERE id = ?", (Status(fields["status"]), word, id))
    if "labels" in fields:
        db.execute("UPDATE task SET labels = ? WHERE id = ?", (json.dumps(fields["labels"]), id))
    if "assignees" in fields:
        me = db.execute(
            "SELECT me FROM account JOIN item ON item.account = account.uid WHERE item.id = ?", (id,)
        ).fetchone()
        mine = bool(me and me[0] in fields["assignees"])
        db.execute(
            "UPDATE task SET assignees = ?, mine = ? WHERE id = ?", (",".join(fields["assignees"]) or None, mine, id)
        )
    derive.derive(db, [id], now)
    db.changed |= {id, "tasks", "inbox"}
