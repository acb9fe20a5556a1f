"""Capture: one chat line becomes a task with its context, written to a tracker and linked back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, field

from leeward.errors import Problem, Usage
from leeward.ids import own_id
from leeward.model import LOCAL, Audience, Due, Instant, ItemId, Keep, Reach, Tier
from leeward.rows import MessageRow, PlaceRow
from leeward.store import find, outbox, own, read
from leeward.store.db import Db
from leeward.store.stamps import due_text
from leeward.words import _, n_
from leeward.work import acts, capsule, links, proposing
from leeward.work.context import Mark
from leeward.work.context_hints import choice, note_ticks
from leeward.work.tiers import read_tier, title_of

_CALLS = re.compile(r"(?<!\w)@(?=\w)")
_WIDTH = {Reach.ONLY_ME: 0, Reach.PEOPLE: 1, Reach.UNKNOWN: 2, Reach.ORGANISATION: 3, Reach.PUBLIC: 4}


class Order(Struct, frozen=True):
    """What the owner wants made. `to` is a place id; `context` the ids of the lines that travel, None for the proposal.

    `own` are the owner's own words, above the quote; `again` makes a second task of the same line.
    """

    message: ItemId
    to: ItemId
    title: str
    own: str = ""
    assignees: tuple[ItemId, ...] = ()
    due: Due | None = None
    tier: Tier | None = None
    context: tuple[ItemId, ...] | None = None
    reply: bool = False
    keep: Keep = Keep.OFF
    again: bool = False


class Proposal(Struct, frozen=True):
    """What the panel opens with: everything read from the line itself, and the marks of the lines around it."""

    message: MessageRow
    title: str
    assignee: ItemId | None
    due: Due | None
    tier: Tier | None
    marks: tuple[Mark, ...]
    taken: frozenset[str]
    source: PlaceRow | None
    reply: bool
    keep: Keep
    places: tuple[PlaceRow, ...] = field(default=())


class Habits(Struct, frozen=True):
    """What was chosen last for a place: whether its thread is told, and what is kept in step."""

    reply: bool
    keep: Keep


class Captured(Struct, frozen=True):
    """What was made. `new` is False where the line had its task already."""

    task: ItemId
    context: tuple[ItemId, ...]
    reply: bool
    new: bool


def marks(db: Db, message: str) -> list[Mark]:
    """The context of a line, with reasons."""
    found = choice(db, message)
    return [mark for mark in found.marks if mark.id in found.taken]


def propose(db: Db, message: str, zone: str) -> Proposal:
    """Read what a line offers: title, who, due and tier come from the line itself only."""
    row = read.message(db, message)
    if row is None:
        raise Problem(_("There is no line {id} here.").format(id=message))
    found = choice(db, message)
    source = _source(db, message)
    account = db.execute("SELECT account FROM message WHERE id = ?", (message,)).fetchone()[0]
    people = proposing.people(db, account, row.text)
    chosen = habits(db, source.id if source else None)
    return Proposal(
        message=row,
        # A name in a title must not call anybody where the task is made.
        title=_CALLS.sub("", title_of(row.text, tuple(people))),
        assignee=proposing.who(row, people),
        due=proposing.due_of(row.text, row.at, row.zone or zone),
        tier=read_tier(row.text),
        marks=found.marks,
        taken=found.taken,
        source=source,
        reply=chosen.reply,
        keep=chosen.keep,
        places=tuple(targets(db, source.id if source else None)),
    )


def _source(db: Db, message: str) -> PlaceRow | None:
    row = db.execute("SELECT place FROM message WHERE id = ?", (message,)).fetchone()
    return find.place(db, row[0]) if row else None


def habits(db: Db, source: str | None) -> Habits:
    """What was chosen last for a place; nothing is told or kept until its owner has said so once."""
    return Habits(_habit(db, f"reply {source}") == "yes", Keep(_habit(db, f"keep {source}") or "off"))


def _habit(db: Db, name: str) -> str | None:
    row = db.execute("SELECT value FROM habit WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def targets(db: Db, source: str | None = None) -> list[PlaceRow]:
    """Where a task can go, the place last used for this channel first, this machine last."""
    able = [place for place in find.places(db) if place.tasks and place.writable]
    if all(place.id != own.HERE.id for place in able):  # nothing was made here yet, and who asks may only read
        able.append(own.HERE)
    last = _habit(db, f"to {source}") if source else None
    recent = _habit(db, "to")
    return sorted(able, key=lambda place: (place.id != last, place.account == LOCAL, place.id != recent))


def target(db: Db, source: str | None, to: str | None) -> tuple[PlaceRow, bool]:
    """The place a capture goes to, and whether the owner named it.

    `to` is "account" or "account/place". Raises `Usage` listing the places where nothing decides.
    """
    able = targets(db, source)
    if to is not None:
        return _named(able, to), True
    last = _habit(db, f"to {source}") if source else None
    known = next((place for place in able if place.id == last), None)
    remote = [place for place in able if place.account != LOCAL]
    if known is None and len(remote) == 1:
        known = remote[0]
    if known is None and not remote:
        known = next((place for place in able if place.account == LOCAL), None)
    if known is None:
        raise Usage(_("Where should the task go?"), _("Name one with --to: ") + _list(able))
    return known, False


def _named(able: Sequence[PlaceRow], to: str) -> PlaceRow:
    account, _slash, title = to.partition("/")
    there = [place for place in able if place.account == account]
    fitting = [place for place in there if not title or title in {place.title, place.id}]
    fitting = fitting or [place for place in there if place.title.rstrip("/").rsplit("/", 1)[-1] == title]
    if len(fitting) == 1:
        return fitting[0]
    if not there:
        raise Usage(_("No account {account} can take tasks.").format(account=account), _("There are: ") + _list(able))
    what = _("{to} fits several places.") if fitting else _("There is no place {to}.")
    raise Usage(what.format(to=to), _("There are: ") + _list(there))


def _list(places: Sequence[PlaceRow]) -> str:
    return ", ".join(place.account if place.account == LOCAL else f"{place.account}/{place.title}" for place in places)


def widens(source: Audience | None, goal: Audience) -> bool:
    """Tell whether readers of the goal could not read the source."""
    if source is None or goal.reach is Reach.ONLY_ME:
        return False
    if Reach.UNKNOWN in {source.reach, goal.reach}:
        return source.reach is not Reach.PUBLIC and goal.reach in {Reach.UNKNOWN, Reach.ORGANISATION, Reach.PUBLIC}
    if _WIDTH[goal.reach] != _WIDTH[source.reach]:
        return _WIDTH[goal.reach] > _WIDTH[source.reach]
    if goal.reach is Reach.PEOPLE and source.people and goal.people:
        return not set(goal.people) <= set(source.people)
    return goal.reach is Reach.PEOPLE


def readers(audience: Audience) -> str:
    """Who will be able to read it, in words."""
    words = {
        Reach.ONLY_ME: _("only me"),
        Reach.ORGANISATION: _("everyone in the organisation"),
        Reach.PUBLIC: _("everybody, it is public"),
        Reach.UNKNOWN: _("an unknown circle of readers"),
    }
    if audience.reach is Reach.PEOPLE:
        return _("{n} people").format(n=audience.count) if audience.count else _("some people")
    return words[audience.reach]


def earlier(db: Db, message: str) -> ItemId | None:
    """The task that was made of a line before: here, or at the service itself, which says so of the thread it began."""
    row = db.execute(
        "SELECT task.id FROM link JOIN task ON task.id IN (link.a, link.b) WHERE link.message = ? AND link.gone IS NULL"
        " ORDER BY link.created LIMIT 1",
        (message,),
    ).fetchone()
    return ItemId(row[0]) if row else _made_there(db, message)


def _made_there(db: Db, message: str) -> ItemId | None:
    """Where a task and its thread are one at the service, its lines are about the task and it is not made of them."""
    row = db.execute(
        "SELECT made.id FROM message JOIN item AS thread ON thread.id = message.thread AND thread.cut = 0"
        " JOIN item AS made ON made.id = thread.task AND made.type = 'task' AND made.gone = 0"
        " WHERE message.id = ?1 AND made.remote IS NOT thread.remote AND NOT EXISTS"
        " (SELECT 1 FROM message AS before WHERE before.thread = thread.id AND before.n < message.n)",
        (message,),
    ).fetchone()
    return ItemId(row[0]) if row else None


def capture(db: Db, now: Instant, order: Order) -> Captured:
    """Make the task: its row, capsule, link, outbox rows and journal in one transaction. Only enqueues."""
    known = None if order.again else earlier(db, order.message)
    if known is not None:
        frozen = capsule.of(db, known)
        ids = tuple(ItemId(line["id"]) for line in frozen["lines"] if line["id"] != order.message) if frozen else ()
        return Captured(known, ids, reply=False, new=False)
    if order.to == own.HERE.id:
        own.ensure_local(db, now)
    line = read.message(db, order.message)
    place = find.place(db, order.to)
    if line is None or place is None:
        raise Problem(_("There is no line {id} here.").format(id=order.message))
    offered = choice(db, order.message)
    taken = tuple(ItemId(mark.id) for mark in offered.marks if mark.id in offered.taken)
    chosen = taken if order.context is None else order.context
    task = own_id()
    account = str(db.execute("SELECT uid FROM account WHERE name = ?", (place.account,)).fetchone()[0])
    source = _source(db, order.message)
    rows = [("habit", "to"), *(("habit", f"{name} {source.id}") for name in ("to", "reply", "keep", "ticks") if source)]
    with acts.act(db, now, _("task: {title}").format(title=order.title), rows) as act:
        frozen = capsule.freeze(db, now, task, order.message, chosen)
        _write_task(db, now, task, account, place, order, capsule.markdown(frozen))
        act.made.append(task)
        link = links.tie(db, now, line.thread, task, message=order.message, keep=order.keep)
        act.rows.append(("link", link))
        act.items |= {line.thread, task}
        if place.account != LOCAL:
            parent = _enqueue(db, now, task, account, place, order, line, capsule.markdown(frozen))
            act.outbox.append(parent)
        else:
            parent = None
        replied = _reply(db, now, task, line, parent) if order.reply else None
        if replied is not None and parent is None:
            act.outbox.append(replied)
        _remember(db, source, place, order)
        if source is not None and order.context:
            note_ticks(db, source.id, offered, order.context)
    said = n_(
        "Made from a line by {who} in {place}, with {n} line of context.",
        "Made from a line by {who} in {place}, with {n} lines of context.",
        len(chosen),
    ).format(who=line.author, place=source.title if source else "", n=len(chosen))
    read.note_down(db, now, task, said, link)
    db.changed |= {line.thread, order.message, task, "tasks", "inbox"}
    return Captured(task, chosen, reply=replied is not None, new=True)


def _write_task(db: Db, now: Instant, task: ItemId, account: str, place: PlaceRow, order: Order, quoted: str) -> None:
    text = "\n\n".join(part for part in (order.own, quoted) if part)
    made = own.OwnTask(
        task,
        account,
        place.id,
        order.title,
        text,
        assignees=order.assignees,
        due=order.due,
        tier=order.tier,
        created=now,
    )
    own.put_task(db, made, now)


def _enqueue(
    db: Db, now: Instant, task: ItemId, account: str, place: PlaceRow, order: Order, line: MessageRow, quoted: str
) -> int:
    remote = db.execute("SELECT remote FROM place WHERE id = ?", (place.id,)).fetchone()[0]
    doc = {
        "place": remote,
        "title": order.title,
        "own": order.own,
        "quoted": quoted,
        "link": line.url,
        "assignees": list(order.assignees),
        "due": due_text(order.due),
        "tier": order.tier,
    }
    return outbox.put(db, now, account, "create_task", doc, item=task)


def _reply(db: Db, now: Instant, task: ItemId, line: MessageRow, parent: int | None) -> int | None:
    """Tell the thread; the link is filled in when the task has one. Returns the outbox row."""
    row = db.execute(
        "SELECT message.account, place.remote, message.remote, item.remote, item.cut, place.writable FROM message"
        " JOIN place ON place.id = message.place LEFT JOIN item ON item.id = message.thread WHERE message.id = ?",
        (line.id,),
    ).fetchone()
    if row is None or row[0] == LOCAL or not row[5]:
        return None
    doc = {"place": row[1], "thread": None if row[4] else row[3], "reply_to": row[2], "task": task}
    return outbox.put(db, now, row[0], "post", doc, item=line.thread, lane=f"{line.thread} {task}", after=parent)


def _remember(db: Db, source: PlaceRow | None, place: PlaceRow, order: Order) -> None:
    facts: dict[str, str] = {"to": place.id}
    if source is not None:
        facts |= {
            f"to {source.id}": place.id,
            f"reply {source.id}": "yes" if order.reply else "no",
            f"keep {source.id}": order.keep,
        }
    for name, value in facts.items():
        db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (name, value))
