"""The steps of an ingest, in order: conversations are cut, tiers read, links follow, notices judged."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from leeward.model import Instant, Tier
from leeward.store import derive
from leeward.store.db import Db
from leeward.store.ingest import Step
from leeward.store.intake import UNSAID, Intake, Line
from leeward.store.stamps import due_text
from leeward.work import edit, instep, notify, notify_sweep, promises
from leeward.work.conversations import cut_flat
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_settings import QuietConfig
from leeward.work.subjects import author_of, subject
from leeward.work.tiers import is_urgent, read_due, read_tier
from leeward.zones import system_zone


class Notices(Struct):
    """What the last step needs: the settings, and what is before the owner's eyes."""

    config: QuietConfig
    on_screen: Callable[[str | None], bool] = lambda _thread: False

    def judge(self, db: Db, intake: Intake) -> None:
        """A step: make a notice of each new line, to-do and assignment that could ring; let what waits follow the rest."""
        self._follow(db, intake)
        news = [line for line in intake.new if _could_ring(intake, line)]
        if not news and not intake.new_todos and not intake.new_tasks:
            return
        around = surroundings(db, intake.now, self.config)
        derive.derive(db, intake.touched, intake.now)
        for line in news:
            notify.judge(db, _incoming(db, intake, line, self.on_screen(line.thread)), self.config, around, intake.now)
        for item in sorted(intake.new_todos | intake.new_tasks):
            incoming = _waiting(db, intake, item)
            if incoming is not None:
                notify.judge(db, incoming, self.config, around, intake.now)
        db.changed.add("quiet")

    def _follow(self, db: Db, intake: Intake) -> None:
        """Read elsewhere, taken back, resolved, of another tier: what waits for it is judged again."""
        if not intake.touched or not notify_sweep.anything_waits(db):
            return
        derive.derive(db, intake.touched, intake.now)
        items = sorted(intake.touched)
        ended = notify_sweep.end_pointless(db, intake.now, items)
        around = surroundings(db, intake.now, self.config)
        if notify_sweep.follow_tiers(db, self.config, around, intake.now, items) or ended:
            db.changed.add("quiet")


def all_steps(notices: Notices) -> tuple[Step, ...]:
    """Every step of an ordinary pull."""
    return (cut_flat, read_tiers, edit.keep_ours, instep.follow, promises.mark, notices.judge)


def import_steps() -> tuple[Step, ...]:
    """The steps of an import: no notice, reminder or alarm ever comes of one."""
    return (cut_flat, read_tiers, promises.mark)


def read_tiers(db: Db, intake: Intake) -> None:
    """A step: plain words in a line set the sender's tier and due of its thread; the newest word counts.

    A line that its service marks as urgent is for today where its words say nothing else.
    """
    here = system_zone()
    for line in [*intake.new, *intake.edited]:
        if line.thread is None or line.silent & UNSAID or not (line.urgent or "[" in line.text):
            continue
        tier = read_tier(line.text) or (Tier.RED if line.urgent else None)
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
    tier, title, unread, place, place_remote, remote = row or (None, "", None, None, None, None)
    names, who = author_of(db, line.author)
    account = intake.account
    ids = (line.thread, remote)
    told = subject(kind=account.kind, account=account.name, ids=ids, place=place, place_remote=place_remote)
    return notify.Incoming(
        item=line.id,
        account=account.name,
        at=line.at,
        who=who,
        source=place or title or account.name,
        thread=line.thread,
        place=line.place,
        author=line.author,
        author_names=names,
        subject=told,
        tier=Tier(tier) if tier else None,
        mention=line.mention,
        urgent=line.urgent or ("[" in line.text and is_urgent(line.text)),
        read=unread == 0,
        on_screen=on_screen,
        text=line.text,
    )


def _waiting(db: Db, intake: Intake, item: str) -> notify.Incoming | None:
    """A to-do or an assignment as something that could ring; lines speak for themselves."""
    row = db.execute(
        "SELECT item.type, item.title, item.tier, item.updated, item.thread, item.place, item.author, item.state, task.mine,"
        " place.title, place.remote, item.remote, item.sender_tier FROM item LEFT JOIN task USING (id) LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (item,),
    ).fetchone()
    kind, title, tier, updated, thread, place_id, author, state, mine, place, there, remote, sender_tier = row
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
    names, who = author_of(db, author)
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
        subject=subject(
            kind=account.kind, account=account.name, ids=(item, thread, remote), place=place, place_remote=there
        ),
        tier=Tier(tier) if tier else None,
        mention=kind == "mention",
        urgent=kind == "task" and sender_tier == Tier.RED,  # its service calls it urgent, whatever the owner made of it
        text=title,
    )
