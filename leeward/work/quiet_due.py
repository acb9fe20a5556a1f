"""Due things in the receiver's own hours: how much open time is left, and when to remind of them, once each.

A reminder obeys the same table as everything else that could ring.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from leeward import zones
from leeward.model import Due, Instant
from leeward.rows import InboxRow, TaskRow
from leeward.words import _
from leeward.work import quiet
from leeward.work.notify import Incoming
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_plan import Plan, plan
from leeward.work.quiet_settings import QuietConfig

SOON, LATE = "soon", "late"
Dues = TypeVar("Dues", InboxRow, TaskRow)
_DAY_MS = 24 * 3600 * 1000
_COUNTED_MS = 14 * _DAY_MS
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


def due_instant(asked: Plan, due: Due, at: Instant) -> Instant:
    """The end of a due: a whole day ends with its last open minute, where it has one. `at` says in which zone."""
    if not isinstance(due, date):
        return due
    start = zones.instant(datetime.combine(due, time.min), zones.zone(asked.zone_at(at)))
    last, whole = quiet.due_today(asked, start), Instant(start + _DAY_MS)
    return whole if last is None or last > whole else last


def counted(db: sqlite3.Connection, rows: Iterable[Dues], config: QuietConfig, now: Instant) -> list[Dues]:
    """Rows with the open minutes that are left until they are due; without a schedule all hours are open, and none told."""
    listed = list(rows)
    if config.schedule is None or not any(row.due is not None for row in listed):
        return listed
    asked = plan(config, surroundings(db, now, config))
    return [row if row.due is None else replace(row, left=minutes_left(asked, row.due, now)) for row in listed]


def minutes_left(asked: Plan, due: Due, now: Instant) -> int | None:
    """The open minutes until something is due; None once it is, and where that is further off than one counts in hours."""
    end = due_instant(asked, due, now)
    return quiet.open_minutes(asked, now, end) if now < end < now + _COUNTED_MS else None
