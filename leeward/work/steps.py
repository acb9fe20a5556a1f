"""The steps of an ingest, in order: conversations are cut, tiers read, links follow, notices judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leeward.model import Instant, ItemId, Tier
from leeward.store import derive
from leeward.store.db import Db
from leeward.store.intake import Intake, Line
from leeward.store.things import due_text
from leeward.work import edit, links, notify, quiet_store
from leeward.work.conversations import cut_flat
from leeward.work.quiet_plan import Subject, Surroundings
from leeward.work.quiet_settings import QuietConfig
from leeward.work.tiers import read_due, read_tier
from leeward.zones import system_zone

Step = Callable[[Db, Intake], None]


@dataclass(slots=True)
class Notices:
    """What the last step needs: the settings, and what is before the owner's eyes."""

    config: QuietConfig
    on_screen: Callable[[str | None], bool] = lambda _thread: False

    def judge(self, db: Db, intake: Intake) -> None:
        """A step: make a notice of each new line, to-do and assignment that could ring."""
        news = [line for line in intake.new if _could_ring(intake, line)]
        if not news and not intake.new_todos and not intake.new_tasks:
            return
        around = surroundings(db, intake.now)
        derive.derive(db, intake.touched, intake.now)
        for line in news:
            notify.judge(db, _incoming(db, intake, line, self.on_screen(line.thread)), self.config, around, intake.now)
        for item in sorted(intake.new_todos | intake.new_tasks):
            incoming = _waiting(db, intake, item)
            if incoming is not None:
                notify.judge(db, incoming, self.config, around, intake.now)
        db.changed.add("quiet")


def surroundings(db: Db, now: Instant) -> Surroundings:
    """What the quiet rules need besides the settings."""
    return Surroundings(system_zone(), quiet_store.oneoffs(db, now))


def all_steps(notices: Notices) -> tuple[Step, ...]:
    """Every step of an ordinary pull."""
    return (cut_flat, read_tiers, edit.keep_ours, links.follow, notices.judge)


def import_steps() -> tuple[Step, ...]:
    """The steps of an import: no notice, reminder or alarm ever comes of one."""
    return (cut_flat, read_tiers)


def read_tiers(db: Db, intake: Intake) -> None:
    """A step: plain words in a line set the sender's tier and due of its thread; the newest word counts."""
    here = system_zone()
    for line in [*intake.new, *intake.edited]:
        if line.thread is None or line.silent & 5 or "[" not in line.text:
            continue
        tier = read_tier(line.text)
        if tier is None:
            continue
        zone = db.execute("SELECT zone FROM person WHERE id = ?", (line.author,)).fetchone()
        due = read_due(line.text, line.at, zone[0] if zone and zone[0] else here)
        db.execute("UPDATE item SET sender_tier = ?, sender_due = ? WHERE id = ?", (tier, due_text(due), line.thread))
        intake.touched.add(line.thread)


def _could_ring(intake: Intake, line: Line) -> bool:
    return not line.silent and line.thread is not None and not intake.first_contact(line.at)


def _incoming(db: Db, intake: Intake, line: Line, on_screen: bool) -> notify.Incoming:
    row = db.execute(
        "SELECT item.tier, item.title, item.unread, place.title, place.remote, item.remote FROM item"
        " LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (line.thread,),
    ).fetchone()
    tier, title, unread, place, place_remote, remote = row
    names, who = _author(db, line.author)
    account = intake.account
    threads = {str(line.thread), f"{account.kind}:{place}#{remote}", *([str(remote)] if remote else [])}
    subject = Subject(frozenset(threads), frozenset({str(place), str(place_remote)}), account.name, account.kind)
    return notify.Incoming(
        item=line.id,
        account=account.name,
        at=line.at,
        who=who,
        source=place or title,
        thread=line.thread,
        place=line.place,
        author=line.author,
        author_names=names,
        subject=subject,
        tier=Tier(tier) if tier else None,
        mention=line.mention,
        read=unread == 0,
        on_screen=on_screen,
        text=line.text,
    )


def _author(db: Db, author: ItemId | None) -> tuple[frozenset[str], str]:
    row = db.execute(
        "SELECT person.name, human.name, person.handle, person.address FROM person JOIN person AS human"
        " ON human.id = person.human WHERE person.id = ?",
        (author,),
    ).fetchone()
    if row is None:
        return frozenset(), ""
    return frozenset(name for name in row if name), str(row[1])


def _waiting(db: Db, intake: Intake, item: str) -> notify.Incoming | None:
    """A to-do or an assignment as something that could ring; lines speak for themselves."""
    row = db.execute(
        "SELECT item.type, item.title, item.tier, item.updated, item.thread, item.place, item.author, item.state, task.mine,"
        " place.title, item.n FROM item LEFT JOIN task USING (id) LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (item,),
    ).fetchone()
    kind, title, tier, updated, thread, place_id, author, state, mine, place, _n = row
    if state == "done" or intake.first_contact(Instant(updated)) or (kind == "task" and not mine):
        return None
    if kind == "task" and author == intake.account.me:
        return None
    if (
        thread
        and db.execute(
            "SELECT 1 FROM message WHERE thread = ? AND silent = 0 AND at >= ?", (thread, intake.account.since)
        ).fetchone()
    ):
        return None
    names, who = _author(db, author)
    account = intake.account
    return notify.Incoming(
        item=item,
        account=account.name,
        at=Instant(updated),
        who=who,
        source=place or title,
        thread=thread,
        place=place_id,
        author=author,
        author_names=names,
        subject=Subject(frozenset({item}), frozenset({str(place)}), account.name, account.kind),
        tier=Tier(tier) if tier else None,
        mention=kind == "mention",
        text=title,
    )
