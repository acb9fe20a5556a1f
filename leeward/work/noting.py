"""Notes: written on this machine, or changed where a service holds them."""

from __future__ import annotations

from msgspec.structs import replace

from leeward.errors import Problem
from leeward.ids import own_id
from leeward.model import LOCAL, Instant
from leeward.store import fts, outbox, own, read
from leeward.store.db import Db
from leeward.text import clean, one_line
from leeward.words import _
from leeward.work import links


def add_note(db: Db, now: Instant, title: str, text: str, *, label: str | None = None, about: str | None = None) -> str:
    """Write a note on this machine; `about` ties it to an item."""
    note = own.OwnNote(own_id(), LOCAL, own.ensure_local(db, now), title, text, label, about, now)
    own.put_note(db, note, now)
    if about:
        links.tie(db, now, about, note.id)
    return note.id


def edit_note(db: Db, now: Instant, id: str, text: str, title: str | None = None) -> list[int]:
    """Replace a note's text. Returns the outbox rows made where a service holds it."""
    kept = own.note(db, id)
    if kept is not None:
        own.put_note(db, replace(kept, text=text, title=title or kept.title), now)
        return []
    shown = read.note(db, id)
    if shown is None:
        raise Problem(_("There is no note {id} here.").format(id=id))
    row = db.execute(
        "SELECT item.account, item.remote, place.remote, note.version, item.n FROM item JOIN note USING (id)"
        " LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (id,),
    ).fetchone()
    new_title = one_line(title or shown.title, 300)
    fts.reindex(db, row[4], (shown.title, shown.text), (new_title, clean(text)))
    db.execute("UPDATE note SET text = ? WHERE id = ?", (clean(text), id))
    db.execute("UPDATE item SET title = ? WHERE id = ?", (new_title, id))
    db.changed |= {id, "notes"}
    doc = {
        "place": row[2],
        "note": row[1],
        "title": new_title,
        "text": text,
        "base": {"title": shown.title, "text": shown.text},
    }
    return [outbox.put(db, now, row[0], "update_note", doc, item=id, seen=row[3])]
