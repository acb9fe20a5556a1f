"""What is said once, in place, about quiet hours: the clock's zone changed, the settings have a mistake."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from leeward.model import Instant
from leeward.words import _
from leeward.work.quiet_now import Status
from leeward.work.quiet_settings import SYSTEM, QuietConfig

ZONE, SETTINGS, CALENDARS = "zone", "settings", "calendars"
SHOWN_MS = 12 * 3600 * 1000


def put(db: sqlite3.Connection, name: str, say: str, now: Instant, until: Instant | None = None) -> None:
    """Say something from now on, for half a day unless `until` tells; it replaces what was said under that name."""
    end = until if until is not None else now + SHOWN_MS
    db.execute("INSERT OR REPLACE INTO remark VALUES (?, ?, ?, ?)", (name, now, end, say))


def drop(db: sqlite3.Connection, name: str) -> None:
    """It holds no longer."""
    db.execute("DELETE FROM remark WHERE name = ?", (name,))


def said(db: sqlite3.Connection, now: Instant) -> dict[str, str]:
    """What is to be shown now, by name."""
    rows = db.execute("SELECT name, say FROM remark WHERE until > ? ORDER BY at, name", (now,))
    return {str(name): str(say) for name, say in rows}


def old_zone(db: sqlite3.Connection, here: str) -> str | None:
    """The zone this machine was in before, "" where that was never noted; None where it is still there. Reads only."""
    row = db.execute("SELECT value FROM habit WHERE name = 'machine zone'").fetchone()
    if row is None:
        return ""
    return None if row[0] == here else str(row[0])


def note_zone(db: sqlite3.Connection, config: QuietConfig, here: str, now: Instant) -> str | None:
    """Note where the machine is; the sentence to say where it moved and windows move along."""
    before = old_zone(db, here)
    db.execute("INSERT OR REPLACE INTO habit VALUES ('machine zone', ?)", (here,))
    if not before or not _follows(config):
        return None
    db.execute("INSERT OR REPLACE INTO habit VALUES ('zone before', ?)", (before,))
    say = _("You are now in {here}. Windows follow the clock here.").format(here=here)
    put(db, ZONE, say, now)
    return say


def zone_before(db: sqlite3.Connection, now: Instant) -> str:
    """The zone this machine left lately and that could be kept; "" where nothing is asked."""
    if ZONE not in said(db, now):
        return ""
    row = db.execute("SELECT value FROM habit WHERE name = 'zone before'").fetchone()
    return str(row[0]) if row else ""


def told(db: sqlite3.Connection, status: Status, now: Instant) -> list[str]:
    """What is to be said on a screen, each with the key that answers it."""
    before = zone_before(db, now)
    found = [_("You said so over a day ago: is it still wanted? z, then 0 ends it.")] if status.asks else []
    for name, say in said(db, now).items():
        keep = _(" Keep {before}: press 5, then i.").format(before=before) if name == ZONE and before else ""
        found.append(say + keep)
    return found


def unknown_calendars(names: Sequence[str]) -> str:
    """What to say of calendars in the settings that no account has; "" where there are none."""
    if not names:
        return ""
    listed = ", ".join(names)
    return _("No calendar is called {names}: mend [quiet.busy] calendars.").format(names=listed)


def _follows(config: QuietConfig) -> bool:
    """Whether any schedule goes by the machine's clock."""
    if config.timezone != SYSTEM:
        return any(schedule.timezone == SYSTEM for schedule in config.schedules)
    return not config.schedules or any(schedule.timezone in {None, SYSTEM} for schedule in config.schedules)


def asks(status: Status) -> list[str]:
    """The question of a one-off without an end that has been in force for a day."""
    if not status.asks:
        return []
    return [_("You said so over a day ago: is it still wanted? `leeward quiet off` ends it.")]


def why(db: sqlite3.Connection, status: Status, now: Instant) -> str:
    """The reason of the present state, what it asks, and what else is to be said."""
    before = zone_before(db, now)
    keep = [_("`leeward quiet zone {before}` keeps {before}.").format(before=before)] if before else []
    return " ".join([status.why, *asks(status), *said(db, now).values(), *keep])
