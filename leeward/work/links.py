"""Links: one object seen from both ends, with a journal that says why."""

from __future__ import annotations

from leeward.errors import Problem
from leeward.ids import own_id
from leeward.model import Instant, ItemId, ItemType, Keep
from leeward.store import find, read
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts, instep, instep_links
from leeward.work.pins import pin


def tie(db: Db, now: Instant, a: str, b: str, *, message: str | None = None, keep: Keep = Keep.OFF) -> ItemId:
    """Link two items; `message` is the line it began with. The same two again give the same link."""
    row = db.execute(
        "SELECT id FROM link WHERE gone IS NULL AND message IS ? AND ((a = ? AND b = ?) OR (a = ? AND b = ?))",
        (message, a, b, b, a),
    ).fetchone()
    if row is not None:
        _keep(db, row[0], keep)
        return ItemId(row[0])
    link = own_id()
    seen = db.execute("SELECT max(n) FROM message WHERE thread = ?", (a,)).fetchone()[0]
    db.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, NULL, ?, NULL)", (link, a, b, message, keep, now, seen))
    pin(db, a)
    instep_links.begin(db, link)
    db.changed |= {a, b, link}
    return link


def attach(db: Db, now: Instant, message: str, task: str, keep: Keep = Keep.OFF) -> ItemId:
    """Join a line's thread to a task that is there already."""
    line = read.message(db, message)
    if line is None:
        raise Problem(_("There is no line {id} here.").format(id=message))
    if find.type_of(db, task) is not ItemType.TASK:
        raise Problem(_("{id} is no task.").format(id=task), _("`leeward tasks` lists them."))
    with acts.act(db, now, acts.say_items(db, _("linked"), [task]), []) as act:
        link = tie(db, now, line.thread, task, message=message, keep=keep)
        act.rows.append(("link", link))
        act.items |= {line.thread, task}
    read.note_down(db, now, task, _("Linked to a line by {who}.").format(who=line.author), link)
    return link


def unlink(db: Db, now: Instant, link: str) -> None:
    """End a link; both items stay."""
    row = db.execute("SELECT a, b FROM link WHERE id = ? AND gone IS NULL", (link,)).fetchone()
    if row is None:
        raise Problem(_("There is no link {id} here.").format(id=link))
    with acts.act(db, now, _("unlinked"), [("link", link)]) as act:
        db.execute("UPDATE link SET gone = ? WHERE id = ?", (now, link))
        act.items |= set(row)
    db.changed |= {*row, "tasks"}


def take_back(db: Db, now: Instant, link: str) -> None:
    """Undo what a link carried over last; both sides stay as they are then. Raises `Problem` where there is nothing."""
    found = instep_links.one(db, link)
    side = found.seen.get("last", {}).get("side") if found is not None else None
    rows = [("link", link), *([("own", side)] if side else [])]
    with acts.act(db, now, acts.say_items(db, _("not carried over"), [side] if side else []), rows) as act:
        act.outbox += instep.take_back(db, now, link)
        act.items |= {side} if side else set()
    db.changed |= {link, "tasks"}


def keep_in_step(db: Db, now: Instant, link: str, keep: Keep) -> None:
    """Choose what a link keeps in step."""
    with acts.act(db, now, _("keep in step: {keep}").format(keep=keep), [("link", link)]):
        _keep(db, link, keep)
    db.changed.add(link)


def _keep(db: Db, link: str, keep: Keep) -> None:
    """From off to something it begins anew: what differs by then stays as it is."""
    was = db.execute("SELECT keep FROM link WHERE id = ?", (link,)).fetchone()
    db.execute("UPDATE link SET keep = ? WHERE id = ?", (keep, link))
    if was is not None and was[0] == Keep.OFF and keep is not Keep.OFF:
        instep_links.begin(db, link)
