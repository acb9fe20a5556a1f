"""What the quiet rules need besides the settings, as the store keeps it: one-offs, busy times, holidays, the zone.

Holidays and busy times come from outside; they are kept here so that asking costs a few rows and imports nothing.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from leeward.model import Instant
from leeward.work import quiet_store
from leeward.work.quiet_course import Spell
from leeward.work.quiet_plan import Surroundings
from leeward.work.quiet_settings import Busy, QuietConfig
from leeward.work.quiet_windows import merge
from leeward.zones import system_zone

_MINUTE_MS = 60_000


def surroundings(db: sqlite3.Connection, now: Instant, config: QuietConfig) -> Surroundings:
    """Everything a plan is made of, apart from the settings."""
    days = holidays(db) if config.holidays else ()
    return Surroundings(system_zone(), quiet_store.oneoffs(db, now), busy_times(db, config.busy), days)


def busy_times(db: sqlite3.Connection, chosen: Busy) -> tuple[Spell, ...]:
    """The busy times that count, joined where they touch; none where no calendar is chosen."""
    if not chosen.calendars:
        return ()
    slack = chosen.slack_min * _MINUTE_MS
    rows = db.execute(
        "SELECT start, until FROM busy WHERE (? OR NOT tentative) AND (? OR NOT all_day)",
        (chosen.tentative, chosen.all_day),
    )
    joined = merge((start - slack, until + slack) for start, until in rows)
    return tuple(Spell(Instant(start), Instant(end), quiet=True) for start, end in joined)


def holidays(db: sqlite3.Connection) -> tuple[tuple[date, str], ...]:
    """The holidays that are kept, by date."""
    rows = db.execute("SELECT day, name FROM holiday ORDER BY day")
    return tuple((date.fromisoformat(day), name) for day, name in rows)
