"""Keeping linked items in step: what was done, named, due or given on one side goes to the other, and nothing comes back.

Each link remembers what it last saw on both sides (`link.agreed`). A field that moved on one side only is carried over; a
field that moved on both to different values is a clash: both stay, both texts stand in the journal and in the outbox,
where its owner chooses. What we carried over is remembered as seen, and copies of lines are never copied, so nothing goes
round; a side that rewrites what it is told is told the same three times at most.
"""

from __future__ import annotations

from typing import Any

from leeward.errors import Problem
from leeward.model import Instant
from leeward.store import derive, fields, outbox, read
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.words import _
from leeward.work import edit, instep_lines, instep_links
from leeward.work.instep_links import Link
from leeward.work.instep_values import KEPT, Fields, is_gone, moved, people_of, same, state

CLASH = "clash"
"""The verb of an outbox row that asks which of two texts counts; it is never sent."""

AGAIN = 3
"""How often a side that rewrites what it is told is told the same."""


def follow(db: Db, intake: Intake) -> None:
    """A step of every ingest: linked items follow what came in."""
    came = intake.changed_tasks | intake.new_tasks | _gone_now(db, intake)
    for link in instep_links.of_items(db, came):
        _fields(db, intake.now, link, intake)
    for line in intake.new:
        if line.thread is not None and not line.silent & 5 and not intake.first_contact(line.at):
            for link in instep_links.of_items(db, {line.thread}, both=True):
                instep_lines.copy(db, intake, link, line.thread, line.id, certain=bool(line.reply_to))


def _gone_now(db: Db, intake: Intake) -> set[str]:
    """Of what was touched, the tasks that were deleted there."""
    return {id for id in intake.touched if is_gone(db, id)}


def completed(db: Db, now: Instant, task: str) -> list[int]:
    """After a task was changed here: its links follow. Returns the outbox rows made."""
    return [row for link in instep_links.of_items(db, {task}) for row in _fields(db, now, link, None)]


def tied(db: Db, task: str) -> list[tuple[str, str]]:
    """The rows that a change of a task may change through its links, for the log of acts."""
    found: list[tuple[str, str]] = []
    for link in instep_links.of_items(db, {task}):
        found += [("link", link.id), ("triage", link.thread)]
        found += [("own", side) for side in (link.task, link.other) if side is not None and side != task]
    return found


def _fields(db: Db, now: Instant, link: Link, intake: Intake | None) -> list[int]:
    mine, theirs = state(db, link.task), state(db, link.other)
    if mine is None or _ended(db, now, link):
        return []
    before = link.saw("task") or {"status": "open"}
    rows: list[int] = []
    if theirs is not None and link.saw("task") and link.saw("thread"):
        rows = _exchange(db, now, link, mine, theirs)
    instep_links.look(db, link)
    after = state(db, link.task) or mine
    if after["status"] == "done" and before.get("status") != "done":
        _finish(db, now, link, intake)
    return rows


def _ended(db: Db, now: Instant, link: Link) -> bool:
    """A side that was deleted there is neither told nor followed; its tombstone says so once, until it is back."""
    gone = [side for side in (link.task, link.other) if side is not None and is_gone(db, side)]
    if bool(gone) != bool(link.seen.get("ended")):
        link.seen["ended"] = bool(gone)
        instep_links.remember(db, link)
        say = (
            _("Deleted there: nothing is kept in step any more.") if gone else _("It is back, and kept in step again.")
        )
        read.note_down(db, now, gone[0] if gone else link.task, say, link.id)
    return bool(gone)


def _exchange(db: Db, now: Instant, link: Link, mine: Fields, theirs: Fields) -> list[int]:
    """Carry what moved on one side over to the other; returns the outbox rows made."""
    to_task: Fields = {}
    to_other: Fields = {}
    for name in KEPT:
        here, there = moved(name, link.seen["task"], mine), moved(name, link.seen["thread"], theirs)
        if same(name, mine[name], theirs[name]):
            if here or there:
                _no_clash(db, link, name)
        elif here and there:
            _clash(db, now, link, name, mine[name], theirs[name])
        elif here and _may(link, "thread", name, mine[name]):
            to_other[name] = mine[name]
        elif there and _may(link, "task", name, theirs[name]):
            to_task[name] = theirs[name]
        elif here or there:
            _clash(db, now, link, name, mine[name], theirs[name])
    return [*_push(db, now, link, "thread", to_other), *_push(db, now, link, "task", to_task)]


def _may(link: Link, side: str, name: str, value: Any) -> bool:
    """Whether a side may be told a value: not the same for ever, where it answers with another each time."""
    told = link.seen.setdefault("told", {}).setdefault(side, {})
    last, times = told.get(name, (None, 0))
    times = times + 1 if same(name, last, value) else 1
    told[name] = (value, times)
    return times <= AGAIN


def _push(db: Db, now: Instant, link: Link, side: str, wanted: Fields) -> list[int]:
    """Tell one side; returns the outbox rows made."""
    goal = link.task if side == "task" else link.other
    if goal is None or not wanted:
        return []
    before = fields.current(db, goal)
    told = dict(wanted)
    if "assignees" in told:
        known = people_of(db, goal, told["assignees"])
        if told["assignees"] and not known:
            del told["assignees"]  # nobody of them has an account there: it stays with who has it
        else:
            told["assignees"] = known
    rows = edit.set_task(db, now, goal, told) if told else []
    for name, value in told.items():
        _no_clash(db, link, name)
        say = _("Kept in step: {name} is “{value}” now, it was “{old}”.").format(
            name=fields.word(name), value=fields.said(db, name, value), old=fields.said(db, name, before[name])
        )
        read.note_down(db, now, goal, say, link.id)
    if told:
        link.seen["last"] = {"side": goal, "before": {name: before[name] for name in told}, "rows": rows}
    return rows


def _clash(db: Db, now: Instant, link: Link, name: str, here: Any, there: Any) -> None:
    """Both stay; both texts are kept, told and asked about."""
    texts = {"here": fields.said(db, name, here), "there": fields.said(db, name, there)}
    say = _("{name} was changed on both sides and stays so. Task: “{here}”. Its thread's: “{there}”.").format(
        name=fields.word(name), **texts
    )
    read.note_down(db, now, link.task, say, link.id)
    _no_clash(db, link, name)
    account = db.execute("SELECT account FROM item WHERE id = ?", (link.task,)).fetchone()[0]
    doc = {"link": link.id, "name": name, "fields": {name: here}, "base": {name: there}}
    row = outbox.put(db, now, account, CLASH, doc, item=link.task, lane=_lane(link, name), grace_ms=0)
    outbox.settle(db, row, "asks", why=say)
    db.changed |= {link.task, "outbox"}


def _lane(link: Link, name: str) -> str:
    return f"{CLASH} {link.id} {name}"


def _no_clash(db: Db, link: Link, name: str) -> None:
    """The question is answered, or asked anew."""
    gone = db.execute("DELETE FROM outbox WHERE lane = ? AND verb = ?", (_lane(link, name), CLASH))
    if gone.rowcount:
        db.changed |= {link.task, "outbox"}


def decide(db: Db, now: Instant, row: outbox.Row, choice: str) -> None:
    """Its owner decides about a clash: "mine" (the task's counts on both sides), "theirs" (the thread's), else both stay."""
    link = instep_links.one(db, row.doc["link"])
    name = row.doc["name"]
    db.execute("DELETE FROM outbox WHERE row = ?", (row.row,))
    db.changed |= {"outbox", *([row.item] if row.item else [])}
    mine, theirs = (state(db, link.task), state(db, link.other)) if link is not None else (None, None)
    if link is None or mine is None or theirs is None or choice not in {"mine", "theirs"}:
        return
    told = link.seen.get("told", {})
    for side in told.values():
        side.pop(name, None)
    if choice == "mine":
        _push(db, now, link, "thread", {name: mine[name]})
    else:
        _push(db, now, link, "task", {name: theirs[name]})
    instep_links.look(db, link)


def left_apart(db: Db, now: Instant, task: str) -> None:
    """After a change on its way was dropped: what differs through that stays, nothing is carried back."""
    for link in instep_links.of_items(db, {task}):
        instep_links.look(db, link)
        read.note_down(db, now, task, _("A change was dropped; both sides stay as they are."), link.id)


def take_back(db: Db, now: Instant, id: str) -> list[int]:
    """Undo the newest push of a link: dropped in its grace, else by a change of its own. Returns the outbox rows made.

    The side it came from keeps what it says. Raises `Problem` where nothing was pushed.
    """
    link = instep_links.one(db, id)
    last = link.seen.pop("last", None) if link is not None else None
    if link is None or last is None:
        raise Problem(_("Nothing was kept in step by this link that could be taken back."))
    side, made = last["side"], []
    said: Fields = {}
    if not all(_dropped(db, row, said) for row in last["rows"]):
        made = edit.set_task(db, now, side, last["before"])
    elif not last["rows"]:
        edit.set_task(db, now, side, last["before"])
    else:
        fields.write(db, now, side, last["before"] | said)
    names = ", ".join(fields.word(name) for name in last["before"])
    read.note_down(db, now, side, _("Taken back: {names}. Both sides stay as they are.").format(names=names), id)
    instep_links.look(db, link)
    return made


def _dropped(db: Db, row: int, said: Fields) -> bool:
    """Drop a row that nobody has sent yet; `said` learns what its service said of these fields since."""
    found = outbox.find(db, row)
    said |= found.doc.get("theirs", {}) if found is not None else {}
    done = db.execute(
        "DELETE FROM outbox WHERE row = ? AND state = 'queued' AND started IS NULL AND json_extract(doc, '$.maybe') IS NULL",
        (row,),
    )
    db.changed.add("outbox")
    return bool(done.rowcount)


def _finish(db: Db, now: Instant, link: Link, intake: Intake | None) -> None:
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
