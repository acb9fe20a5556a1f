"""Links: one object seen from both ends, with a journal that says why."""

from __future__ import annotations

from leeward.errors import Problem
from leeward.ids import own_id
from leeward.model import Instant, ItemId, ItemType, Keep
from leeward.store import derive, find, read
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.words import _
from leeward.work import acts, edit, triage


def tie(db: Db, now: Instant, a: str, b: str, *, message: str | None = None, keep: Keep = Keep.OFF) -> ItemId:
    """Link two items; `message` is the line it began with. The same two again give the same link."""
    row = db.execute(
        "SELECT id FROM link WHERE gone IS NULL AND message IS ? AND ((a = ? AND b = ?) OR (a = ? AND b = ?))",
        (message, a, b, b, a),
    ).fetchone()
    if row is not None:
        db.execute("UPDATE link SET keep = ? WHERE id = ?", (keep, row[0]))
        return ItemId(row[0])
    link = own_id()
    seen = db.execute("SELECT max(n) FROM message WHERE thread = ?", (a,)).fetchone()[0]
    db.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, NULL, ?, NULL)", (link, a, b, message, keep, now, seen))
    triage.pin(db, a)
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


def keep_in_step(db: Db, now: Instant, link: str, keep: Keep) -> None:
    """Choose what a link keeps in step."""
    with acts.act(db, now, _("keep in step: {keep}").format(keep=keep), [("link", link)]):
        db.execute("UPDATE link SET keep = ? WHERE id = ?", (keep, link))
    db.changed.add(link)


def follow(db: Db, intake: Intake) -> None:
    """A step of every ingest: what was completed elsewhere makes its linked threads done."""
    for task in sorted(intake.changed_tasks | intake.new_tasks):
        completed(db, intake.now, task, intake)


def completed(db: Db, now: Instant, task: str, intake: Intake | None = None) -> None:
    """A task's completion makes its linked threads done, never the reverse; the journal says why."""
    facts = db.execute(
        "SELECT task.status, item.title, account.name FROM task JOIN item USING (id)"
        " JOIN account ON account.uid = item.account WHERE id = ?",
        (task,),
    ).fetchone()
    if facts is None:
        return
    rows = db.execute(
        "SELECT link.id, item.id, item.state, item.task, link.agreed FROM link JOIN item ON item.id IN (link.a, link.b)"
        " AND item.id <> ?1 WHERE (link.a = ?1 OR link.b = ?1) AND link.gone IS NULL AND link.keep <> 'off'"
        " AND item.type = 'thread'",
        (task,),
    ).fetchall()
    for link, thread, _state, its_task, agreed in rows:
        if facts[0] == (agreed or "open"):
            continue
        db.execute("UPDATE link SET agreed = ? WHERE id = ?", (facts[0], link))
        if facts[0] != "done":
            continue
        _clear(db, thread)
        if its_task and its_task != task:
            edit.set_task(db, now, its_task, {"status": "done"})
        say = _("Done, because its task “{title}” was completed in {account}.").format(title=facts[1], account=facts[2])
        read.note_down(db, now, thread, say, link)
        if intake is not None:
            intake.touched.add(thread)
        else:
            derive.derive(db, [thread], now)
        db.changed |= {thread, "inbox"}


def _clear(db: Db, thread: str) -> None:
    last = db.execute("SELECT max(n) FROM message WHERE thread = ?", (thread,)).fetchone()[0]
    db.execute("INSERT OR IGNORE INTO triage (item) VALUES (?)", (thread,))
    db.execute("UPDATE triage SET done_n = ?, read_n = ?, later = NULL WHERE item = ?", (last or 0, last, thread))
