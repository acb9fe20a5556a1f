"""What the quiet view reads and keeps in the store: its log, the card after a quiet stretch, the week before this one."""

from __future__ import annotations

import json

from msgspec.structs import replace

from leeward.model import Instant, ItemId
from leeward.store import find
from leeward.store.db import Db
from leeward.words import _, n_
from leeward.work import notify_log, quiet, quiet_replay, quiet_store
from leeward.work.quiet_course import Spell, Week
from leeward.work.quiet_edit import week_of
from leeward.work.quiet_plan import Plan, plan
from leeward.work.quiet_settings import QuietConfig, Schedule
from leeward.work.quiet_words import say_week
from tui.asks import Ask, Page, Rang
from tui.desk_week import Muting

_BEFORE, _TOLD = "week before", "week card"
_ALWAYS = ["daily 00:00-24:00"]
_WORDS = {"held": "waited", "info": "waited", "digest": "digest", "shown": "rang", "maybe": "unseen", "ring": "rang"}


def log(db: Db, ask: Ask, text: str, now: Instant, zone: str) -> Page[Rang]:
    """What waits with its release time, the first to come out first; below it what rang or did not, newest first."""
    rows, more = notify_log.log(db, ask.limit, ask.after, text)
    found = [
        Rang(
            ItemId(row.id), row.came, _WORDS.get(row.state, "dropped"), row.source, row.who,
            notify_log.about(row, now, zone), ItemId(row.thread or row.item),
        )
        for row in rows
    ]  # fmt: skip
    return Page(tuple(found), ask.after is not None, more)


def card(db: Db, asked: Plan, now: Instant) -> tuple[str, Instant | None]:
    """What the quiet stretch that is just over held back, in a sentence, and when it ended; "" where that was told."""
    if quiet.is_quiet(asked, now):
        return "", None
    end = quiet.since(asked, now)
    if not quiet.is_quiet(asked, Instant(end - 1)) or _habit(db, _TOLD) == str(end):
        return "", None
    events = quiet_replay.past(db, quiet.since(asked, Instant(end - 1)), end)
    if not events:
        return "", None
    start = quiet.since(asked, Instant(end - 1))
    rang = db.execute("SELECT count(*) FROM notice WHERE broke >= ? AND broke < ?", (start, end)).fetchone()[0]
    said = n_(
        "While it was quiet: {n} notice, {rang} rang", "While it was quiet: {n} notices, {rang} rang", len(events)
    )
    said = said.format(n=len(events), rang=rang)
    old = _week_before(db, asked, quiet_store.oneoffs(db, start))
    if old is not None:
        outcome = quiet_replay.replay(events, lambda subject: plan(old.config, old.around, subject))
        would = outcome.rang + outcome.through
        said += _(", {n} would have under your old rules").format(n=would)
    return f"{said}.", end


def told(db: Db, stretch: Instant) -> None:
    """The card of the stretch that ended then was shown."""
    db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (_TOLD, str(stretch)))


def remember_week(db: Db, before: Schedule | None, now: Instant) -> None:
    """Keep the times that counted until now, for the card."""
    lines = _ALWAYS if before is None else say_week(before.week)
    kept = {"quiet": before is not None and before.mode_quiet, "lines": lines, "at": now}
    db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (_BEFORE, json.dumps(kept)))


def mutings(db: Db, id: ItemId) -> list[Muting]:
    """The place and the account an item is of, as rules would name them."""
    row = db.execute(
        "SELECT place.title, account.name FROM item JOIN account ON account.uid = item.account"
        " LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (find.thread_of(db, id) or id,),
    ).fetchone()
    if row is None:
        return []
    place, account = row
    found = [Muting(place, (("account", account), ("place", place)))] if place else []
    return [*found, Muting(account, (("account", account),))]


def muting(db: Db, id: ItemId, config: QuietConfig) -> list[Muting]:
    """The rules that mute just an item's thread, its place or its account."""
    thread = find.thread_of(db, id) or id
    able = [Muting(_("this thread"), (("thread", thread),)), *mutings(db, id)]
    rules = [
        {key: named for key in ("thread", "place", "account", "kind") if (named := getattr(rule, key)) is not None}
        for rule in config.overrides
        if rule.mute
    ]
    return [one for one in able if dict(one.rule) in rules]


def _habit(db: Db, name: str) -> str | None:
    row = db.execute("SELECT value FROM habit WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def _week_before(db: Db, asked: Plan, oneoffs: tuple[Spell, ...]) -> Plan | None:
    """The plan with the week that was edited last as it was before; None where none was, or its schedule is gone."""
    kept = _habit(db, _BEFORE)
    now = asked.config.named(asked.schedule)
    if kept is None or now is None:
        return None
    told_before = json.loads(kept)
    week: Week = week_of(told_before["lines"])
    made = replace(now, mode_quiet=told_before["quiet"], week=week)
    schedules = tuple(made if one.name == now.name else one for one in asked.config.schedules)
    return plan(replace(asked.config, schedules=schedules), replace(asked.around, oneoffs=oneoffs))
