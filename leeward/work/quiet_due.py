"""Due things in the receiver's own hours: how much open time is left, and when to remind of them, once each.

A reminder obeys the same table as everything else that could ring.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from leeward.model import Instant
from leeward.words import _, n_
from leeward.work import notify, quiet
from leeward.work.notify import Incoming
from leeward.work.quiet_now import short_time
from leeward.work.quiet_plan import Plan, Surroundings, plan
from leeward.work.quiet_settings import QuietConfig

SOON, LATE = "soon", "late"
FORGOTTEN_MS = 7 * 24 * 3600 * 1000


class DueThing(Struct, frozen=True):
    """Something with a due instant: since when it is known, until when it wants an answer, and its notice to be."""

    came: Instant
    due: Instant
    incoming: Incoming


def reminders(asked: Plan, came: Instant, due: Instant) -> tuple[tuple[str, Instant], ...]:
    """When to remind: with a quarter of the open time left, and when it is late, each moved to open time."""
    found: list[tuple[str, Instant]] = []
    whole = quiet.open_minutes(asked, came, due)
    soon = quiet.due_open_minutes(asked, came, whole - whole // 4) if whole >= 4 else None
    if soon is not None and soon < due:
        opens = quiet.next_open(asked, soon)
        if opens is not None and opens < due:
            found.append((SOON, opens))
    late = quiet.next_open(asked, due)
    if late is not None:
        found.append((LATE, late))
    return tuple(found)


def ripe(thing: DueThing, asked: Plan, now: Instant) -> Incoming | None:
    """The latest reminder of a thing that has become due; None before, and once it has been late for a week.

    It names the due it reminds of, so that a due that is moved reminds anew.
    """
    if now - thing.due > FORGOTTEN_MS:
        return None
    passed = [event for event, when in reminders(asked, thing.came, thing.due) if when <= now]
    if not passed:
        return None
    word = _("Late") if passed[-1] == LATE else _("Due soon")
    who = thing.incoming.who or word
    return replace(thing.incoming, event=f"{passed[-1]} {thing.due}", at=now, who=who)


def remind(
    db: sqlite3.Connection, things: Iterable[DueThing], config: QuietConfig, around: Surroundings, now: Instant
) -> int:
    """Make the notices that have become due: of each thing the latest one, once. How many were made."""
    made = 0
    for thing in things:
        incoming = ripe(thing, plan(config, around, thing.incoming.subject), now)
        made += incoming is not None and notify.judge(db, incoming, config, around, now) is not None
    return made


def left(asked: Plan, due: Instant, now: Instant) -> str:
    """The words beside a row: "due Tue 16:00 · 11 open hours left"."""
    time = short_time(due, now, asked.zone_at(now))
    if due <= now:
        return _("was due {time}").format(time=time)
    minutes = quiet.open_minutes(asked, now, due)
    if minutes < 60:
        rest = n_("{n} open minute left", "{n} open minutes left", minutes).format(n=minutes)
    else:
        rest = n_("{n} open hour left", "{n} open hours left", minutes // 60).format(n=minutes // 60)
    return _("due {time} · {rest}").format(time=time, rest=rest)
