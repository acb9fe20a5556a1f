"""Reads that only the screen asks, as plain functions of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from leeward.model import LOCAL, Audience, Focus, Instant, ItemId, Keep, RemoteId, Watched
from leeward.rows import AccountRow, InboxRow
from leeward.store import find, inbox, notices, outbox, promises, read
from leeward.store.db import Db
from leeward.store.stretch import Stretch, Want, Where, inbox_stretch
from leeward.text import one_line
from leeward.words import _
from leeward.zones import instant, wall, zone
from tui.asks import Ask, Clash, Context, Counts, Filter, Mark, Page, Preset, Target, ThreadHead

Row = TypeVar("Row")
SHOWN_AROUND = 12
EARLIER = 2 * 86_400_000
"""What was read, has neither tier nor due and did not move for this long is folded at the end of the inbox."""


def minute(at: datetime, day: date) -> int:
    """Minutes of a wall time from the beginning of `day`."""
    return (at.date() - day).days * 1440 + at.hour * 60 + at.minute


def page(found: Stretch[Row]) -> Page[Row]:
    """A stretch as the screen's page."""
    return Page(found.rows, found.more_before, found.more_after)


def where(ask: Ask) -> Where:
    """The screen's question as the store's."""
    return Where(ask.limit, ask.after, ask.before, ask.around, ask.end)


def want(want: Filter, now: int = 0) -> Want:
    """The screen's filter as the store's; what was read and lies still for `EARLIER` is folded."""
    tiers = frozenset(str(tier) for tier in want.tiers) if want.tiers is not None else None
    return Want(
        want.pick,
        tiers,
        want.fyi,
        now - EARLIER if want.fyi != "with" else None,
        want.account,
        want.place,
        want.person,
        want.status,
        want.mine,
        want.unread,
        want.text,
    )


def counts(db: Db, now: Instant) -> Counts:
    """The numbers beside the views."""
    found = inbox.counts(db)
    fyi = inbox.counted(db, "item WHERE listed = 1 AND rank = 3")
    # CROSS JOIN keeps the order: only local and private tasks are looked up, which are few.
    tasks = inbox.mine_open(db)
    tasks += db.execute(
        "SELECT (SELECT count(*) FROM account CROSS JOIN item ON item.account = account.uid"
        " CROSS JOIN task USING (id) WHERE account.kind = ? AND item.type = 'task' AND item.gone = 0 AND item.rank < 4"
        " AND NOT task.mine) + (SELECT count(*) FROM place CROSS JOIN item ON item.place = place.id"
        " CROSS JOIN task ON task.id = item.id WHERE place.reach = 'only me' AND place.account <> ? AND item.type = 'task'"
        " AND item.gone = 0 AND item.rank < 4 AND task.assignees IS NULL AND NOT task.mine)",
        (LOCAL, LOCAL),
    ).fetchone()[0]
    return Counts(
        inbox=found["unread"],
        today=inbox.counted(db, "item WHERE listed = 1 AND rank = 0"),
        two_days=inbox.counted(db, "item WHERE listed = 1 AND rank = 1"),
        fyi=fyi,
        fyi_unread=found["green"],
        earlier=inbox.earlier(db, now - EARLIER),
        later=found["later"],
        waiting=notices.waiting(db),
        tasks=tasks,
        notes=inbox.counted(db, "note"),
        promises=promises.count(db),
    )


def focus(db: Db, threads: Sequence[str]) -> Focus:
    """What is on the screen, as connectors know it."""
    rows = [
        db.execute(
            "SELECT item.remote, place.remote, item.version, item.cut FROM item JOIN place ON place.id = item.place"
            " WHERE item.id = ?",
            (id,),
        ).fetchone()
        for id in threads
    ]
    known = [row for row in rows if row is not None]
    watched = tuple(Watched(RemoteId(row[0]), RemoteId(row[1]), row[2]) for row in known if row[0] and not row[3])
    return Focus(tuple(RemoteId(row[1]) for row in known), watched)


def head(db: Db, thread: str) -> ThreadHead | None:
    """What stands above a thread."""
    rows = inbox.rows(db, [thread])
    if not rows:
        return None
    place = find.place(db, rows[0].place_id)
    count = db.execute("SELECT count(*) FROM message WHERE thread = ?", (thread,)).fetchone()[0]
    first = db.execute(
        "SELECT message.id FROM message JOIN item ON item.id = message.thread LEFT JOIN triage ON triage.item = item.id"
        " WHERE message.thread = ? AND silent = 0 AND message.n > coalesce(triage.read_n, item.read_n) ORDER BY message.n LIMIT 1",
        (thread,),
    ).fetchone()
    audience = place.audience if place else Audience()
    others = _others(db, rows[0]) if place and place.flat else ""
    return ThreadHead(rows[0], audience, count, ItemId(first[0]) if first else None, (), others)


def _others(db: Db, row: InboxRow) -> str:
    """What else is being said in the same flat place."""
    found = db.execute(
        "SELECT title, unread FROM item WHERE place = ? AND type = 'thread' AND id <> ? AND listed = 1 ORDER BY recent LIMIT 1",
        (row.place_id, row.id),
    ).fetchone()
    if found is None:
        return ""
    return _("also in {place} now: {title}").format(place=row.place, title=one_line(found[0], 60))


def next_unread(db: Db, after: str | None, back: bool) -> InboxRow | None:
    """The next unread row after one, round the end."""
    want = Want(unread=True)
    where = Where(1, before=after) if back else Where(1, after=after)
    found = inbox_stretch(db, want, where)
    if not found.rows and after is not None:
        found = inbox_stretch(db, want, Where(1, end=True) if back else Where(1))
    return found.rows[0] if found.rows and found.rows[0].id != after else None


def clash(db: Db, number: int) -> Clash | None:
    """Both sides of an outbox row that asks."""
    row = outbox.get(db, number)
    if row.state not in {"asks", "failed"}:
        return None
    from leeward.store.fields import said

    mine = {name: said(db, name, value) for name, value in row.doc.get("fields", {}).items()}
    base = {name: value for name, value in row.doc.get("base", {}).items() if name != "native_status"}
    theirs = {name: said(db, name, value) for name, value in base.items()}
    choices = ("both", "theirs", "mine") if row.verb == "clash" else ("theirs", "mine") if mine else ("send", "drop")
    return Clash(number, mine or {"text": str(row.doc.get("text") or row.doc.get("title") or "")}, theirs, choices)


def context(db: Db, message: str, here: str) -> Context:
    """A line's context with the stretch around it."""
    from leeward.work import capture
    from leeward.work.conversations import around

    proposal = capture.propose(db, message, here)
    taken = proposal.taken
    lines = around(db, message)
    at = next((n for n, line in enumerate(lines) if line.id == message), 0)
    ticked = [n for n, line in enumerate(lines) if line.id in taken]
    low = max(0, min([at - SHOWN_AROUND, *ticked]))
    high = min(len(lines), max([at + SHOWN_AROUND, *ticked]) + 1)
    rows = read.lines_of(db, [line.id for line in lines[low:high] if not line.notice])
    marks = tuple(Mark(ItemId(one.id), one.score, one.why) for one in proposal.marks if one.id in taken)
    wider = sorted((one for one in proposal.marks if one.id not in taken), key=lambda one: -one.score)
    return Context(
        message=ItemId(message),
        lines=tuple(rows),
        marks=marks,
        wider=tuple(Mark(ItemId(one.id), one.score, one.why) for one in wider),
        title=proposal.title,
        assignee=proposal.assignee,
        due=proposal.due,
        tier=proposal.tier,
        task=capture.earlier(db, message),
    )


def targets(db: Db, message: str) -> list[Target]:
    """Where a task made of a line can go."""
    from leeward.work import capture

    row = db.execute("SELECT place FROM message WHERE id = ?", (message,)).fetchone()
    source = find.place(db, row[0]) if row else None
    proposal = capture.habits(db, source.id if source else None)
    found = []
    for place in capture.targets(db, source.id if source else None):
        wider = capture.widens(source.audience if source else None, place.audience)
        said = _("{who} can read it").format(who=capture.readers(place.audience)) if wider else ""
        found.append(Target(place, said, proposal.reply, Keep(proposal.keep)))
    return found


def human(db: Db, person: str) -> str:
    """Who somebody is over all accounts."""
    row = db.execute("SELECT human FROM person WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row and row[0] else person


def kind_of(db: Db, item: str) -> str | None:
    """The kind of service an item is at."""
    row = db.execute(
        "SELECT kind FROM item JOIN account ON account.uid = item.account WHERE id = ?", (item,)
    ).fetchone()
    return str(row[0]) if row else None


def habits(db: Db) -> dict[str, str]:
    """What the screen remembers."""
    rows = db.execute("SELECT substr(name, 8), value FROM habit WHERE name LIKE 'screen %'")
    return dict(rows.fetchall())


def near(db: Db, item: str) -> frozenset[str]:
    """Who takes part in a thread."""
    rows = db.execute(
        "SELECT DISTINCT person.human FROM message JOIN person ON person.id = message.author WHERE message.thread = ?",
        (item,),
    )
    return frozenset(human for (human,) in rows)


def presets(now: Instant, here: str) -> list[Preset]:
    """The times offered for later."""
    there = zone(here)
    at = wall(now, there)
    today, tomorrow = at.date(), at.date() + timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    wanted = [
        (_("in 1 h"), Instant(now + 3_600_000)),
        (
            _("this afternoon 13:00") if at.hour < 13 else _("this evening 19:00"),
            _hour(today, 13 if at.hour < 13 else 19, here),
        ),
        (_("tomorrow 09:00"), _hour(tomorrow, 9, here)),
        (_("Monday 09:00"), _hour(monday, 9, here)),
    ]
    return [Preset(title, when) for title, when in wanted if when > now]


def _hour(day: date, hour: int, here: str) -> Instant:
    return instant(datetime.combine(day, time(hour)), zone(here))


def answers_from(db: Db, item: str) -> str | None:
    """Whose answer a thread waits for: the last one who wrote and is not the owner."""
    thread = find.thread_of(db, item)
    row = db.execute(
        "SELECT person.id FROM message JOIN person ON person.id = message.author WHERE message.thread = ? AND silent = 0"
        " ORDER BY message.n DESC LIMIT 1",
        (thread,),
    ).fetchone()
    return find.names(db, [row[0]]).get(row[0]) if row else None


def sample_accounts(db: Db) -> list[AccountRow]:
    """The sample team's accounts, which nobody syncs."""
    rows = db.execute("SELECT name, kind, url FROM account WHERE kind <> ? ORDER BY name", (LOCAL,))
    return [AccountRow(name, kind, url, ok=True, trouble=None, do=None, seen=None) for name, kind, url in rows]
