"""task, assign, note, reply, post."""

from __future__ import annotations

import argparse
import base64
from pathlib import Path
from typing import Any

from leeward.errors import Problem, Usage
from leeward.model import LOCAL, Due, Instant, Status, Tier
from leeward.rows import TaskRow
from leeward.store import find, own, read
from leeward.store.db import Db
from leeward.store.stamps import due_text
from leeward.words import _
from leeward.work import acts, edit, instep, noting, posting
from tui.commands import answers
from tui.commands.capturing import person, read_due
from tui.wiring import Home

_MOST_BYTES = 20 * 1024 * 1024


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "task":
        parser.add_argument("words", nargs="+", metavar="set ID FIELD=VALUE… | new TITLE")
    elif verb == "assign":
        parser.add_argument("id", metavar="ID")
        parser.add_argument("person", metavar="PERSON", help=_("a name, a handle, an id, or none"))
    elif verb == "note":
        parser.add_argument("words", nargs="+", metavar="add TITLE | edit ID")
        parser.add_argument("--about", metavar="ID", help=_("the item it belongs to"))
        parser.add_argument("--decision", action="store_true", help=_("it is a decision"))
    else:
        parser.add_argument("goal", metavar="THREAD" if verb == "reply" else "PLACE")
        parser.add_argument("--file", action="append", default=[], metavar="FILE", help=_("attach a file"))
        parser.add_argument("--at", metavar="TIME|their-morning", help=_("send later"))
    parser.set_defaults(run=_RUN[verb])


def _task(home: Home, args: argparse.Namespace) -> int:
    words: list[str] = args.words
    if words[0] == "new" and len(words) >= 2:
        return _new(home, _titled(" ".join(words[1:])))
    if words[0] != "set" or len(words) < 3 or not all("=" in word for word in words[2:]):
        raise Usage(_("Write `task set ID FIELD=VALUE…`, or `task new TITLE`."))

    def act(db: Db) -> TaskRow | None:
        id = str(find.resolve(db, words[1], "item"))
        fields = {
            name: _value(home, db, id, name, value) for name, _e, value in (word.partition("=") for word in words[2:])
        }
        change(db, home.clock.now(), id, fields)
        return read.task(db, id)

    return _show(home, answers.writing(home, act))


def change(db: Db, now: Instant, id: str, fields: dict[str, Any]) -> None:
    """Set fields of a task as one act that can be undone."""
    with acts.act(db, now, acts.say_items(db, _("changed"), [id]), [("own", id), *instep.tied(db, id)]) as act:
        act.outbox += edit.set_task(db, now, id, fields)
        act.outbox += instep.completed(db, now, id)
        act.items.add(id)


def _value(home: Home, db: Db, id: str, name: str, value: str) -> Any:
    """A field's value as it is stored. Raises `Usage` for what it cannot be."""
    if name == "title":
        return _titled(value)
    if name == "due":
        return due_text(read_due(home, value))
    if name in {"assignees", "assignee"}:
        account = db.execute("SELECT account FROM item WHERE id = ?", (id,)).fetchone()
        return [person(db, account[0], one) for one in value.split(",") if one and one != "none"]
    if name == "labels":
        return [one for one in value.split(",") if one]
    words = {"status": [one.value for one in Status], "tier": [*(one.value for one in Tier), "none"]}
    if name in words and value not in words[name]:
        raise Usage(_("{value} is no {name}.").format(value=value, name=name), ", ".join(words[name]) + ".")
    return None if (name, value) == ("tier", "none") else value


def _titled(words: str) -> str:
    if not words.strip():
        raise Usage(_("A task needs a title."))
    return words.strip()


def _show(home: Home, row: TaskRow | None) -> int:
    if row is not None and home.json:
        answers.out(answers.task(row))
    elif row is not None:
        from tui.times import due

        when = "" if row.due is None else _("due {time}").format(time=due(row.due, answers.face(home)))
        answers.lines(["  ".join(filter(None, [row.id[:8], row.title, row.status, when, row.state]))])
    return 0


def _new(home: Home, title: str) -> int:
    def act(db: Db) -> TaskRow | None:
        now = home.clock.now()
        with acts.act(db, now, _("new task: {title}").format(title=title), []) as made:
            task = own.new_task(db, now, title=title)
            made.made.append(task.id)
        return read.task(db, task.id)

    return _show(home, answers.writing(home, act))


def _assign(home: Home, args: argparse.Namespace) -> int:
    def act(db: Db) -> TaskRow | None:
        id = str(find.resolve(db, args.id, "item"))
        task = db.execute("SELECT task, type FROM item WHERE id = ?", (id,)).fetchone()
        goal = id if task[1] == "task" else task[0]
        if goal is None:
            raise Problem(_("This is no task; make one of it first."))
        account = db.execute("SELECT account FROM item WHERE id = ?", (goal,)).fetchone()
        who = [] if args.person == "none" else [person(db, account[0], args.person)]
        change(db, home.clock.now(), goal, {"assignees": who})
        return read.task(db, goal)

    return _show(home, answers.writing(home, act))


def _note(home: Home, args: argparse.Namespace) -> int:
    words: list[str] = args.words
    if words[0] != "add" and (words[0], len(words)) != ("edit", 2):
        raise Usage(_("Write `note add TITLE` or `note edit ID`; the text comes from stdin."))
    # What cannot be is said before somebody types a long text.
    edited = answers.reading(home, find.resolve, words[1], "item") if words[0] == "edit" else ""
    text = answers.stdin_text()
    if edited and not text.strip():
        raise Usage(_("There is no text on stdin; the note stays as it is."))
    now = home.clock.now()
    if not edited:
        title = " ".join(words[1:]) or (text.strip().splitlines() or [_("Note")])[0]

        def act(db: Db) -> str:
            about = str(find.resolve(db, args.about)) if args.about else None
            label = "decision" if args.decision else None
            with acts.act(db, now, _("note: {title}").format(title=title), []) as made:
                id = noting.add_note(db, now, title, text, label=label, about=about)
                made.made.append(id)
            return id

        id = answers.writing(home, act)
    else:
        id = edited

        def change_note(db: Db) -> None:
            with acts.act(db, now, acts.say_items(db, _("changed"), [id]), [("own", id)]) as changed:
                changed.outbox += noting.edit_note(db, now, id, text)

        answers.writing(home, change_note)
    row = answers.reading(home, read.note, id)
    if row is not None and home.json:
        answers.out(answers.note(row))
    elif row is not None:
        answers.lines([f"{row.id[:8]}  {row.title}"])
    return 0


def files_of(paths: list[str]) -> list[dict[str, str]]:
    """Files to send, read whole. Raises `Usage` for one that cannot be read or is too large."""
    found = []
    for path in paths:
        file = Path(path)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise Usage(_("{path} cannot be read: {why}.").format(path=path, why=error.strerror)) from error
        if len(data) > _MOST_BYTES:
            raise Usage(_("{path} is larger than 20 MB.").format(path=path))
        found.append({"name": file.name, "data": base64.b64encode(data).decode()})
    return found


def _reply(home: Home, args: argparse.Namespace) -> int:
    from leeward.work import triage

    thread = answers.reading(home, lambda db: find.thread_of(db, find.resolve(db, args.goal)))
    if thread is None:
        raise Usage(_("{id} has no thread to answer in.").format(id=args.goal))
    text = answers.stdin_text().rstrip("\n")
    files = files_of(args.file)

    def act(db: Db) -> int:
        at, their = _at(home, db, args.at, thread)
        row = posting.reply(db, home.clock.now(), thread, text, files=files, at=at, their=their)
        triage.answered(db, home.clock.now(), thread)
        return row

    return _queued(home, answers.writing(home, act))


def _post(home: Home, args: argparse.Namespace) -> int:
    place = answers.reading(home, _place, args.goal)
    text = answers.stdin_text().rstrip("\n")
    files = files_of(args.file)

    def act(db: Db) -> int:
        at, their = _at(home, db, args.at, place)
        return posting.post(db, home.clock.now(), place, text, files=files, at=at, their=their)

    return _queued(home, answers.writing(home, act))


def _place(db: Db, words: str) -> str:
    """A place by id, "account/title" or title. Raises `Usage`."""
    rows = find.places(db)
    goals = [one for one in rows if one.account != LOCAL]  # nobody is written to on this machine
    plain = words.replace("/#", "/").lstrip("#")
    named = [one for one in goals if words in {one.id, one.title, f"{one.account}/{one.title}"}]
    named = named or [one for one in goals if plain in {(title := one.title.lstrip("#")), f"{one.account}/{title}"}]
    named = named or [one for one in goals if words and one.id.startswith(words)]
    if len(named) == 1:
        return named[0].id
    what = _("{words} fits several places.") if named else _("There is no place {words}.")
    names = ", ".join(f"{one.account}/{one.title}" for one in named or goals)
    raise Usage(what.format(words=words), _("There are: {names}.").format(names=names) if names else "")


def _at(home: Home, db: Db, words: str | None, thread: str) -> tuple[Due | None, posting.Their | None]:
    """When to send: a time, or the next opening of who wrote last in the thread or place, with their clock's time."""
    if words is None:
        return None, None
    if words == "their-morning":
        from leeward.work import quiet_theirs

        them = quiet_theirs.of_thread(db, thread, home.config.quiet)
        opens = quiet_theirs.opening(them[0], home.clock.now()) if them else None
        if opens is None:
            raise Usage(
                _("Nobody's morning is known here, or it is working time there now."), _("Write a time instead.")
            )
        return opens.at, posting.Their(opens.wall.isoformat(), opens.zone)
    from tui.commands.sorting import when

    return when(home, words), None


def _queued(home: Home, row: int) -> int:
    from leeward.store import outbox

    rows = [one for one in answers.reading(home, outbox.listed) if one.row == row]
    if home.json and rows:
        answers.out(answers.outbox_row(rows[0]))
    elif rows and rows[0].due is not None and rows[0].due > home.clock.now() + outbox.GRACE_MS:
        from tui.times import short

        time = short(rows[0].due, answers.face(home))
        answers.say(_("Queued for {account}; it leaves {time}.").format(account=rows[0].account, time=time))
    elif rows:
        answers.say(_("Queued for {account}; `leeward sync` sends it.").format(account=rows[0].account))
    return 0


_RUN = {"task": _task, "assign": _assign, "note": _note, "reply": _reply, "post": _post}
