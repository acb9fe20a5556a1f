"""inbox, thread, tasks, notes, search, why."""

from __future__ import annotations

import argparse

from leeward.errors import Problem, Usage
from leeward.rows import Found, InboxRow, JournalRow, MessageRow
from leeward.store import find, inbox, read
from leeward.store.db import Db
from leeward.words import _
from tui.commands import answers
from tui.commands.parsing import count
from tui.wiring import Home


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "inbox":
        parser.add_argument("--limit", type=count, default=100, help=_("rows a page (100)"))
        parser.add_argument("--after", metavar="ID", help=_("continue after this row"))
        parser.add_argument("--all", action="store_true", help=_("also what is done or put off"))
    elif verb == "thread":
        parser.add_argument("words", nargs="+", metavar="ID", help=_("an id; or: split MESSAGE; or: join ID ID"))
    elif verb == "tasks":
        parser.add_argument("--open", action="store_true", help=_("leave out what is done"))
        parser.add_argument("--mine", action="store_true", help=_("assigned to me, or on this machine"))
        parser.add_argument("--limit", type=count, help=_("rows at most"))
    elif verb == "search":
        parser.add_argument("query", nargs="+", metavar="QUERY", help=_("words; is: by: in: before: after: narrow it"))
        parser.add_argument("--limit", type=count, default=50, help=_("hits at most (50)"))
    elif verb == "why":
        parser.add_argument("id", metavar="ID")
    else:
        parser.add_argument("--limit", type=count, help=_("rows at most"))
    parser.set_defaults(run=_RUN[verb])


def _inbox(home: Home, args: argparse.Namespace) -> int:
    return show_inbox(home, limit=args.limit, after=args.after, everything=args.all)


def show_inbox(home: Home, *, limit: int = 100, after: str | None = None, everything: bool = False) -> int:
    """Print a page of the inbox."""
    if limit < 1:
        raise Usage(_("--limit takes a number from 1 on."))
    _tidy(home)

    def act(db: Db) -> list[InboxRow]:
        spot = str(find.resolve(db, after, "item")) if after else None
        return inbox.everything(db, limit, spot) if everything else inbox.page(db, limit, spot)

    rows = answers.reading(home, act)
    if home.json:
        answers.out([answers.inbox_row(row) for row in rows])
        return 0
    from leeward.work.quiet_due import counted
    from tui.plain import plain_inbox

    answers.tell_problems(home)
    rows = answers.reading(home, counted, rows, home.config.quiet, home.clock.now())
    answers.listed(rows, plain_inbox(rows, answers.width() - answers.ID, answers.face(home)))
    return 0


def _tidy(home: Home) -> None:
    """Bring back what slept until now; writes only where there is something."""
    from leeward.store.derive import stirs, wake

    now = home.clock.now()
    if answers.reading(home, stirs, now):
        answers.writing(home, wake, now)


def _thread(home: Home, args: argparse.Namespace) -> int:
    words: list[str] = args.words
    if words[0] == "split" and len(words) == 2:
        return _split(home, words[1])
    if words[0] == "join" and len(words) == 3:
        return _join(home, words[1], words[2])
    if len(words) != 1 or words[0] in {"split", "join"}:
        raise Usage(_("Write `thread ID`, `thread split MESSAGE` or `thread join ID ID`."))
    return _show(home, words[0])


def _show(home: Home, prefix: str) -> int:
    def act(db: Db) -> tuple[InboxRow, list[MessageRow]]:
        id = find.resolve(db, prefix)
        thread = find.thread_of(db, id)
        rows = inbox.rows(db, [str(thread)]) if thread else []
        if thread is None or not rows:
            raise Problem(_("{id} has no thread.").format(id=prefix), _("`leeward tasks` shows tasks."))
        return rows[0], read.messages(db, thread, limit=1_000_000)

    row, messages = answers.reading(home, act)
    if home.json:
        answers.out({"thread": answers.inbox_row(row), "messages": [answers.message(one) for one in messages]})
        return 0
    from tui.plain import plain_thread

    answers.lines(plain_thread(row, messages, answers.width(), answers.face(home)))
    return 0


def _split(home: Home, message: str) -> int:
    from leeward.work.conversations import split_at

    made = answers.writing(home, lambda db: split_at(db, home.clock.now(), find.resolve(db, message, "message")))
    return _show(home, made)


def _join(home: Home, one: str, other: str) -> int:
    from leeward.work.conversations import join_threads

    def act(db: Db) -> str:
        first, second = answers.ids(db, [one, other], "item")
        return str(join_threads(db, home.clock.now(), first, second))

    return _show(home, answers.writing(home, act))


def _tasks(home: Home, args: argparse.Namespace) -> int:
    status = "open" if args.open else None
    rows = answers.reading(home, read.tasks, status=status, mine=args.mine, limit=args.limit)
    if home.json:
        answers.out([answers.task(row) for row in rows])
        return 0
    from leeward.work.quiet_due import counted
    from tui.plain import plain_tasks

    rows = answers.reading(home, counted, rows, home.config.quiet, home.clock.now())
    answers.listed(rows, plain_tasks(rows, answers.width() - answers.ID, answers.face(home)))
    return 0


def _notes(home: Home, args: argparse.Namespace) -> int:
    rows = answers.reading(home, read.notes, args.limit)
    if home.json:
        answers.out([answers.note(row) for row in rows])
        return 0
    from tui.plain import plain_notes

    answers.listed(rows, plain_notes(rows, answers.width() - answers.ID, answers.face(home)))
    return 0


def _search(home: Home, args: argparse.Namespace) -> int:
    from leeward.store.search import search
    from leeward.sync.views import view_in

    query = " ".join(args.query)
    view = view_in(query)
    rows = answers.reading(home, search, query, args.limit) if view is None else _of_view(home, view, args.limit)
    if home.json:
        answers.out(
            [
                {"id": r.id, "type": r.type, "title": r.title, "snippet": r.snippet, "at": answers.stamp(r.at)}
                for r in rows
            ]
        )
        return 0
    from tui.times import short

    face = answers.face(home)
    for row in rows:
        said = row.snippet if row.type == "message" or row.snippet == row.title else f"{row.title}: {row.snippet}"
        answers.lines([f"{row.id[:8]}  {short(row.at, face):>10}  {row.type:<8}{said}"])
    if not rows:
        answers.say(_("Nothing was found."))
    return 0


def _of_view(home: Home, words: str, limit: int) -> list[Found]:
    """What a view at its service shows now, of what is here."""
    from leeward.store.shown import tasks_shown
    from tui.viewing import ask_services

    uid, shown = ask_services(home, words)
    return answers.reading(home, tasks_shown, uid, shown, limit)


def _why(home: Home, args: argparse.Namespace) -> int:
    return tell_why(home, args.id)


def tell_why(home: Home, wanted: str) -> int:
    """Print the journal of an item, a link or a notice; of one notice in five lines at most."""
    from leeward.work import notify, why
    from leeward.zones import system_zone

    def act(db: Db) -> list[JournalRow]:
        id = str(find.resolve(db, wanted, "item", "message", "link", "notice"))
        if db.execute("SELECT 1 FROM notice WHERE id = ?", (id,)).fetchone():
            return notify.shortened(notify.why(db, id, system_zone()))
        return sorted(why.told(db, id, system_zone()), key=lambda row: row.at)

    rows = answers.reading(home, act)
    if home.json:
        answers.out(answers.journal(rows))
        return 0
    from tui.times import short

    face = answers.face(home)
    answers.lines([f"{short(row.at, face):>10}  {row.say}" for row in rows] or [_("Nothing happened to it yet.")])
    return 0


_RUN = {"inbox": _inbox, "thread": _thread, "tasks": _tasks, "notes": _notes, "search": _search, "why": _why}
