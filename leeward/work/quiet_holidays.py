"""Public holidays are asked for once a year and kept, since reading them takes a quarter of a second."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date

from leeward.model import Instant
from leeward.work import notify, quiet_remarks
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_settings import QuietConfig
from leeward.zones import system_zone, wall, zone


def year_of(now: Instant) -> int:
    """The year on this machine's clock."""
    return wall(now, zone(system_zone())).year


def holidays_wanted(db: sqlite3.Connection, config: QuietConfig, year: int) -> bool:
    """Whether the holidays that are kept are of other regions or of another year than they should be."""
    row = db.execute("SELECT value FROM habit WHERE name = 'holidays'").fetchone()
    kept = row[0] if row else _asked((), 0)
    return bool(kept != (_asked(config.holidays, year) if config.holidays else _asked((), 0)))


def take_holidays(
    db: sqlite3.Connection,
    config: QuietConfig,
    found: Iterable[tuple[date, str]],
    problems: Sequence[str],
    now: Instant,
) -> None:
    """Keep what was found, say what was not, and judge again what waits."""
    _put(db, config, year_of(now), found)
    if problems:
        quiet_remarks.put(db, "holidays", " ".join(problems), now)
    notify.rejudge(db, config, surroundings(db, now, config), now)


def _put(db: sqlite3.Connection, config: QuietConfig, year: int, found: Iterable[tuple[date, str]]) -> None:
    """Keep the holidays of the regions that the settings name; `year` is the first of the two they are for."""
    db.execute("DELETE FROM holiday")
    db.executemany("INSERT INTO holiday VALUES (?, ?)", [(day.isoformat(), name) for day, name in found])
    asked = _asked(config.holidays, year) if config.holidays else _asked((), 0)
    db.execute("INSERT OR REPLACE INTO habit VALUES ('holidays', ?)", (asked,))


def _asked(regions: Sequence[str], year: int) -> str:
    return json.dumps([list(regions), year])
