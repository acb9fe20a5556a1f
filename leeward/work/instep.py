"""Keeping linked items in step: what was done, named, due or given on one side goes to the other, and nothing comes back.

Each link remembers what it last saw on both sides (`link.agreed`). A field that moved on one side only is carried over; a
field that moved on both to different values is a clash: both stay, and the journal shows both texts. What we carried
over is remembered as seen, and lines that bear our key are never copied, so nothing goes round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from leeward.ids import digest
from leeward.model import Instant, ItemType, Key
from leeward.store import derive, fields, find, outbox, read
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.store.things import read_due
from leeward.text import one_line
from leeward.words import _
from leeward.work import edit
from leeward.zones import system_zone, wall, zone

KEPT = ("status", "title", "due", "assignees")
Fields = dict[str, Any]


class _Link(Struct, frozen=True):
    """A link between a thread and a task; `discussed` is the task the thread itself is about, if there is one."""

    id: str
    thread: str
    task: str
    discussed: str | None
    keep: str
    seen: dict[str, Fields]


def follow(db: Db, intake: Intake) -> None:
    """A step of every ingest: linked items follow what came in."""
    moved = intake.changed_tasks | intake.new_tasks
    for link in _links(db, moved):
        _fields(db, intake.now, link, intake)
    for line in intake.new:
        if line.thread is not None and not line.silent & 5 and not intake.first_contact(line.at):
            for link in _links(db, {line.thread}, both=True):
                _copy(db, intake, link, line.thread, line.id, certain=bool(line.reply_to))


def completed(db: Db, now: Instant, task: str) -> None:
    """After a task was changed here: its links follow."""
    for link in _links(db, {task}):
        _fields(db, now, link, None)


def _links(db: Db, items: set[str], *, both: bool = False) -> list[_Link]:
    found: dict[str, _Link] = {}
    keeps = "link.keep = 'both'" if both else "link.keep <> 'off'"
    for item in sorted(items):
        rows = db.execute(
            "SELECT link.id, thread.id, task.id, thread.task, link.keep, link.agreed FROM link"
            " JOIN item AS thread ON thread.id IN (link.a, link.b) AND thread.type = 'thread'"
            " JOIN item AS task ON task.id IN (link.a, link.b) AND task.type = 'task'"
            f" WHERE link.gone IS NULL AND {keeps} AND (link.a = ?1 OR link.b = ?1 OR thread.task = ?1 OR task.thread = ?1)",
            (item,),
        )
        for row in rows:
            seen = json.loads(row[5]) if row[5] else {}
            found[row[0]] = _Link(row[0], row[1], row[2], row[3], row[4], seen)
    return list(found.values())


def _fields(db: Db, now: Instant, link: _Link, intake: Intake | None) -> None:
    mine = _state(db, link.task)
    theirs = _state(db, link.discussed) if link.discussed and link.discussed != link.task else None
    if mine is None:
        return
    before = link.seen.get("task") or {"status": "open"}
    if theirs is not None and link.discussed is not None:
        seen = link.seen.get("thread") or theirs
        mine = _exchange(db, now, link, (before if link.seen else mine, mine), (seen, theirs))
    finished = mine["status"] == "done" and before.get("status") != "done"
    seen_now = {
        "task": mine,
        **({"thread": _state(db, link.discussed)} if theirs is not None and link.discussed else {}),
    }
    if seen_now != link.seen:
        db.execute("UPDATE link SET agreed = ? WHERE id = ?", (json.dumps(seen_now), link.id))
    if finished:
        _finish(db, now, link, intake)


def _state(db: Db, task: str | None) -> Fields | None:
    if task is None or not db.execute("SELECT 1 FROM task WHERE id = ?", (task,)).fetchone():
        return None
    now = fields.current(db, task)
    humans = [_human(db, one) for one in now["assignees"]]
    return {"status": now["status"], "title": now["title"], "due": now["due"], "assignees": sorted(humans)}


def _human(db: Db, person: str) -> str:
    row = db.execute("SELECT human FROM person WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else person


def _exchange(db: Db, now: Instant, link: _Link, task: tuple[Fields, Fields], other: tuple[Fields, Fields]) -> Fields:
    """Carry what moved on one side over to the other. Returns the task's fields as they are then."""
    assert link.discussed is not None
    to_task: Fields = {}
    to_other: Fields = {}
    for name in KEPT:
        here, there = _moved(name, *task), _moved(name, *other)
        if _same(name, task[1][name], other[1][name]):
            continue
        if here and there:
            _clash(db, now, link, name, task[1][name], other[1][name])
        elif here:
            to_other[name] = task[1][name]
        elif there:
            to_task[name] = other[1][name]
    _set(db, now, link, link.discussed, to_other)
    _set(db, now, link, link.task, to_task)
    return _state(db, link.task) or task[1]


def _moved(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return not _same(name, before.get(name), after.get(name))


def _same(name: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same; dues are compared at the coarser of their precisions."""
    if name != "due" or one is None or other is None:
        return bool(one == other)
    first, second = read_due(one), read_due(other)
    if isinstance(first, date) == isinstance(second, date):
        return first == second
    here = zone(system_zone())
    days = [
        value if isinstance(value, date) else wall(Instant(int(value or 0)), here).date() for value in (first, second)
    ]
    return days[0] == days[1]


def _set(db: Db, now: Instant, link: _Link, task: str, wanted: Fields) -> None:
    if not wanted:
        return
    if "assignees" in wanted:
        known = _people_of(db, task, wanted["assignees"])
        if wanted["assignees"] and not known:
            del wanted["assignees"]
        else:
            wanted["assignees"] = known
    if wanted:
        edit.set_task(db, now, task, wanted)
        names = ", ".join(sorted(wanted))
        read.note_down(db, now, task, _("Kept in step with its linked item: {names}.").format(names=names), link.id)


def _people_of(db: Db, task: str, humans: Sequence[str]) -> list[str]:
    """The same humans as the task's own account knows them."""
    found = []
    for human in humans:
        row = db.execute(
            "SELECT person.id FROM person JOIN item ON item.account = person.account WHERE item.id = ? AND person.human = ?",
            (task, human),
        ).fetchone()
        if row is not None:
            found.append(str(row[0]))
    return found


def _clash(db: Db, now: Instant, link: _Link, name: str, here: Any, there: Any) -> None:
    say = _("{name} was changed on both sides and stays so. Task: “{here}”. Its thread's: “{there}”.").format(
        name=name, here=here, there=there
    )
    read.note_down(db, now, link.task, say, link.id)
    db.changed.add(link.task)


def _finish(db: Db, now: Instant, link: _Link, intake: Intake | None) -> None:
    """A task's completion makes its linked thread done, never the reverse; the journal says why."""
    title, account = db.execute(
        "SELECT item.title, account.name FROM item JOIN account ON account.uid = item.account WHERE item.id = ?",
        (link.task,),
    ).fetchone()
    last = db.execute("SELECT max(n) FROM message WHERE thread = ?", (link.thread,)).fetchone()[0]
    db.execute("INSERT OR IGNORE INTO triage (item) VALUES (?)", (link.thread,))
    db.execute("UPDATE triage SET done_n = ?, read_n = ?, later = NULL WHERE item = ?", (last or 0, last, link.thread))
    say = _("Done, because its task “{title}” was completed in {account}.").format(title=title, account=account)
    read.note_down(db, now, link.thread, say, link.id)
    if intake is not None:
        intake.touched.add(link.thread)
    else:
        derive.derive(db, [link.thread], now)
    db.changed |= {link.thread, "inbox"}


def _copy(db: Db, intake: Intake, link: _Link, thread: str, line: str, *, certain: bool) -> None:
    """Bring a new line to the other side, where that takes lines; only what surely belongs leaves a cut channel."""
    row = read.message(db, line)
    ours = db.execute(
        "SELECT 1 FROM message JOIN outbox ON outbox.key = message.key WHERE message.id = ?", (line,)
    ).fetchone()
    n, cut = db.execute(
        "SELECT message.n, coalesce(item.cut, 1) FROM message LEFT JOIN item ON item.id = message.thread WHERE message.id = ?",
        (line,),
    ).fetchone()
    seen = db.execute("SELECT seen_n FROM link WHERE id = ?", (link.id,)).fetchone()[0]
    if row is None or ours or (cut and not certain) or (thread == link.thread and seen is not None and n <= seen):
        return
    goal = _goal(db, link, thread)
    if goal is None:
        _say_once(db, intake.now, link)
        return
    account, doc = goal
    if (
        account == intake.account.uid
        and doc["thread"] == db.execute("SELECT remote FROM item WHERE id = ?", (thread,)).fetchone()[0]
    ):
        return
    head = f"**{one_line(row.author, 80)}** {wall(row.at, zone(system_zone())):%Y-%m-%d %H:%M}"
    quoted = "\n".join(f"> {text}" for text in (head, *row.text.splitlines()))
    key = Key(f"lw{digest('copy', link.id, line)}")
    if db.execute("SELECT 1 FROM outbox WHERE key = ?", (key,)).fetchone() is None:
        doc |= {"text": "", "quoted": quoted}
        outbox.put(db, intake.now, account, "post", doc, item=link.task, lane=f"copy {link.id}", key=key)


def _goal(db: Db, link: _Link, thread: str) -> tuple[str, dict[str, Any]] | None:
    """Where a line of `thread` goes: to the task's own discussion, or back to the linked thread."""
    discussion = db.execute("SELECT thread FROM item WHERE id = ?", (link.task,)).fetchone()[0]
    if thread == discussion:
        target = link.thread
        captured = db.execute(
            "SELECT message.remote FROM link JOIN message ON message.id = link.message WHERE link.id = ?", (link.id,)
        ).fetchone()
    else:
        target, captured = discussion, None
    row = db.execute(
        "SELECT item.account, place.remote, item.remote, item.cut FROM item JOIN place ON place.id = item.place"
        " WHERE item.id = ? AND place.writable",
        (target,),
    ).fetchone()
    if row is None:
        return None
    reply_to = captured[0] if captured and row[3] else None
    return row[0], {"place": row[1], "thread": None if row[3] else row[2], "reply_to": reply_to}


def _say_once(db: Db, now: Instant, link: _Link) -> None:
    say = _("New lines are not copied: the task's place takes no comments.")
    known = db.execute("SELECT 1 FROM journal WHERE link = ? AND say = ?", (link.id, say)).fetchone()
    if known is None and find.type_of(db, link.task) is ItemType.TASK:
        read.note_down(db, now, link.task, say, link.id)


def tied(db: Db, task: str) -> list[tuple[str, str]]:
    """The rows that a task's completion may change through its links, for the log of acts."""
    return [row for link in _links(db, {task}) for row in (("link", link.id), ("triage", link.thread))]
