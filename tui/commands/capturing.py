"""context, capture, attach, unlink."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from leeward.errors import Problem, Usage
from leeward.model import LOCAL, Due, ItemId, Keep, Reach, Tier
from leeward.rows import PlaceRow, TaskRow
from leeward.store import find, read
from leeward.store.db import Db
from leeward.words import _
from leeward.work.capture import Captured, Order, Proposal
from leeward.zones import system_zone
from tui.commands import answers
from tui.wiring import Home

if TYPE_CHECKING:
    from leeward.work import capsule


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "capsule":
        parser.add_argument("task", metavar="TASK")
        parser.set_defaults(run=_capsule)
    elif verb == "context":
        parser.add_argument("message", nargs="?", metavar="MESSAGE")
        parser.add_argument("--batch", action="store_true", help=_("read messages on stdin, print predictions"))
        parser.set_defaults(run=_context)
    elif verb == "capture":
        _capture_arguments(parser)
        parser.set_defaults(run=_capture)
    elif verb == "attach":
        parser.add_argument("message", metavar="MESSAGE")
        parser.add_argument("task", metavar="TASK")
        parser.add_argument(
            "--sync", choices=[keep.value for keep in Keep], default="off", help=_("what is kept in step")
        )
        parser.set_defaults(run=_attach)
    else:
        parser.add_argument("link", metavar="LINK")
        parser.set_defaults(run=_unlink)


def _capture_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("message", metavar="MESSAGE")
    parser.add_argument("--to", metavar="ACCOUNT[/PLACE]", help=_("where the task goes; consents to its readers"))
    parser.add_argument("--title", help=_("the task's title; by default made from the line"))
    parser.add_argument("--assignee", metavar="PERSON", help=_("a name, a handle, an id, or none"))
    parser.add_argument("--due", metavar="WHEN", help=_("a date or a time, or none"))
    parser.add_argument("--tier", choices=["red", "yellow", "green", "none"])
    parser.add_argument("--context", metavar="auto|none|ID,…", default="auto", help=_("the lines that travel along"))
    parser.add_argument("--say", default="", help=_("your own words, above the quote"))
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--reply", action="store_true", default=None, help=_("tell the thread, with the task's link"))
    told.add_argument("--no-reply", dest="reply", action="store_false", help=_("tell nobody"))
    parser.add_argument("--sync", choices=[keep.value for keep in Keep], help=_("what the link keeps in step"))
    parser.add_argument("--dry-run", action="store_true", help=_("show it and make nothing"))
    parser.add_argument("--again", action="store_true", help=_("make another task of the same line"))


def _context(home: Home, args: argparse.Namespace) -> int:
    if args.batch:
        from leeward.work.context_batch import batch

        for prediction in batch(sys.stdin, "stdin"):
            answers.out(prediction)
        return 0
    if args.message is None:
        raise Usage(_("Name a message, or use --batch."))
    from leeward.work.capture import marks

    def act(db: Db) -> tuple[str, list[Any], dict[str, str]]:
        id = str(find.resolve(db, args.message, "message"))
        found = marks(db, id)
        return (
            id,
            found,
            {row.id: f"{row.author}: {row.text}" for row in read.lines_of(db, [mark.id for mark in found])},
        )

    id, found, texts = answers.reading(home, act)
    if home.json:
        context = [{"id": mark.id, "score": mark.score, "why": mark.why} for mark in found]
        answers.out({"message": id, "context": context})
        return 0
    from leeward.text import one_line

    answers.lines(
        [f"{mark.score:4.2f}  {mark.id[:8]}  {one_line(texts.get(mark.id, ''), 70):<70}  {mark.why}" for mark in found]
        or [_("It stands alone.")]
    )
    return 0


def read_due(home: Home, words: str) -> Due | None:
    """A due from words; "none" clears it. Raises `Usage`."""
    if words in {"", "none"}:
        return None
    from leeward.work.tiers import parse_when

    try:
        found = parse_when(words, home.clock.now(), system_zone())
    except ValueError:
        found = None
    if found is None:
        raise Usage(_("{words} is no due date.").format(words=words), _("Write 2026-11-24, fri 16:00 or tomorrow."))
    return found


def person(db: Db, account: str, words: str) -> ItemId:
    """Somebody by id, handle or name, as an account knows them. Raises `Usage`."""
    wanted = words.lstrip("@").lower()
    rows = db.execute(
        "SELECT id, name, handle, address FROM person WHERE account = ? ORDER BY name", (account,)
    ).fetchall()
    exact = [r for r in rows if wanted in {str(value).lower().lstrip("@") for value in r if value}]
    exact = [r for r in exact if words.lstrip("@") in {str(value).lstrip("@") for value in r if value}] or exact
    near = exact or [r for r in rows if str(r[1]).lower().startswith(wanted) or str(r[0]).startswith(words)]
    if len({r[0] for r in near}) == 1:
        return ItemId(near[0][0])
    names = ", ".join(str(r[1]) for r in (near or rows)[:10])
    what = _("{words} could be several people.") if near else _("Nobody is called {words} there.")
    raise Usage(what.format(words=words), _("There are: {names}.").format(names=names) if names else "")


def _capture(home: Home, args: argparse.Namespace) -> int:
    from leeward.work import capture, triage

    def plan(db: Db) -> tuple[Order, PlaceRow, Proposal, bool]:
        return _plan(home, db, args)

    known = (
        None
        if args.again
        else answers.reading(home, lambda db: capture.earlier(db, find.resolve(db, args.message, "message")))
    )
    if known is not None:
        order = Order(ItemId(args.message), ItemId(""), "")
        full = answers.reading(home, lambda db: find.resolve(db, args.message, "message"))
        made = answers.writing(home, capture.capture, home.clock.now(), replace(order, message=full))
        return _show(home, made)
    order, place, proposal, named = answers.writing(home, plan)
    widens = capture.widens(proposal.source.audience if proposal.source else None, place.audience)
    shown = {"place": f"{place.account}/{place.title}", "who": capture.readers(place.audience)}
    if widens and not named and not args.dry_run:
        raise Problem(
            _("{place} can be read by more: {who}.").format(**shown), _("Name it with --to if that is meant.")
        )
    if widens or (named and place.audience.reach is not Reach.ONLY_ME):
        answers.say(_("{place} can be read by: {who}.").format(**shown))
    if args.dry_run:
        return _dry(home, order)

    def make(db: Db) -> capture.Captured:
        made = capture.capture(db, home.clock.now(), order)
        thread, n = db.execute("SELECT thread, n FROM message WHERE id = ?", (order.message,)).fetchone()
        triage.seen(db, home.clock.now(), thread, n)
        return made

    return _show(home, answers.writing(home, make))


def _plan(home: Home, db: Db, args: argparse.Namespace) -> tuple[Order, PlaceRow, Proposal, bool]:
    """What the flags and the line itself say, as an order."""
    from leeward.work import capture

    message = find.resolve(db, args.message, "message")
    proposal = capture.propose(db, message, system_zone())
    place, named = capture.target(db, proposal.source.id if proposal.source else None, args.to)
    known = db.execute("SELECT uid FROM account WHERE name = ?", (place.account,)).fetchone()
    # In a fresh store this machine's own account comes with its first task.
    account = str(known[0]) if known is not None else LOCAL
    context: tuple[ItemId, ...] | None
    if args.context == "auto":
        context = None
    elif args.context == "none":
        context = ()
    else:
        context = tuple(find.resolve(db, one, "message") for one in args.context.split(",") if one)
    who = proposal.assignee
    if args.assignee:
        who = None if args.assignee == "none" else person(db, account, args.assignee)
    order = Order(
        message=message,
        to=place.id,
        title=args.title or proposal.title,
        own=args.say,
        assignees=(who,) if who else (),
        due=read_due(home, args.due) if args.due else proposal.due,
        tier=(None if args.tier == "none" else Tier(args.tier)) if args.tier else proposal.tier,
        context=context,
        reply=proposal.reply if args.reply is None else args.reply,
        keep=Keep(args.sync) if args.sync else proposal.keep,
        again=args.again,
    )
    return order, place, proposal, named


def _dry(home: Home, order: Order) -> int:
    """Show what would be made: it is made, read and rolled back, so that it is the very thing."""
    from leeward.work import capture

    def act(db: Db) -> tuple[Captured, TaskRow | None]:
        db.execute("SAVEPOINT dry")
        made = capture.capture(db, home.clock.now(), order)
        row = read.task(db, made.task)
        db.execute("ROLLBACK TO dry")
        db.execute("RELEASE dry")
        return made, row

    made, row = answers.writing(home, act)
    assert row is not None
    if home.json:
        task = answers.task(row) | {"id": None, "state": "dry-run", "links": []}
        answers.out({"task": task, "context": made.context, "reply": "queued" if made.reply else "none"})
    else:
        answers.lines([f"{row.title}  →  {row.account}/{row.place}, {len(made.context)} lines travel"])
    return 0


def _show(home: Home, made: Captured) -> int:
    row: TaskRow | None = answers.reading(home, read.task, made.task)
    if row is None:
        raise Problem(_("The task of this line is gone."), _("Use --again to make another."))
    if home.json:
        answers.out({"task": answers.task(row), "context": made.context, "reply": "queued" if made.reply else "none"})
        return 0
    word = _("made") if made.new else _("was made before")
    answers.lines([f"{row.id[:8]}  {row.title}  {row.account}/{row.place}  {word}, {row.state}"])
    return 0


def _attach(home: Home, args: argparse.Namespace) -> int:
    from leeward.work import links

    def act(db: Db) -> TaskRow | None:
        message, task = find.resolve(db, args.message, "message"), find.resolve(db, args.task, "item")
        links.attach(db, home.clock.now(), message, task, Keep(args.sync))
        return read.task(db, task)

    row = answers.writing(home, act)
    if row is None:
        return 0
    return answers.told(home, answers.task(row), _("linked to {title}").format(title=row.title))


def _capsule(home: Home, args: argparse.Namespace) -> int:
    from leeward.work import capsule

    def act(db: Db) -> tuple[str, capsule.Kept | None]:
        id = str(find.resolve(db, args.task, "item"))
        return id, capsule.kept(db, id)

    id, found = answers.reading(home, act)
    if found is None:
        raise Problem(_("This task was not made of a line."), _("`leeward capture` makes one."))
    if home.json:
        answers.out(_capsule_row(id, found))
    else:
        answers.lines([capsule.told(found)])
    return 0


def _capsule_row(id: str, found: capsule.Kept) -> dict[str, Any]:
    """A capsule in JSON: as it was frozen, and beside each line what became of it."""
    from leeward.store.stamps import read_due as stored_due
    from leeward.work.capsule import told

    doc = found.doc
    lines = [
        {
            **{name: line[name] for name in ("id", "author", "text", "url")},
            "at": answers.stamp(line["at"]),
            "files": [{"name": name, "url": url} for name, url in line["files"]],
            "since": {"what": found.since[line["id"]][0], "text": found.since[line["id"]][1]}
            if line["id"] in found.since
            else None,
        }
        for line in doc["lines"]
    ]
    dates = [
        {"words": words, "date": answers.due(stored_due(due)), "line": line}
        for words, due, line in doc.get("dates", ())
    ]
    return {
        "task": id,
        "message": found.message,
        "account": doc["account"],
        "place": doc["place"],
        "url": doc.get("url"),
        "at": answers.stamp(found.at),
        "hash": found.hash,
        "intact": found.intact,
        "lines": lines,
        "people": doc["people"],
        "files": doc["files"],
        "links": doc.get("links", []),
        "dates": dates,
        "amounts": doc.get("amounts", []),
        "markdown": told(found),
    }


def _unlink(home: Home, args: argparse.Namespace) -> int:
    from leeward.work import acts, links

    def act(db: Db) -> str | None:
        links.unlink(db, home.clock.now(), find.resolve(db, args.link, "link"))
        return acts.last(db)

    said = answers.writing(home, act)
    return answers.told(home, {"done": said}, said or "")
