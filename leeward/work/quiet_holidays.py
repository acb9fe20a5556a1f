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


def holidays_wanted(db: sqlite3.Connection, config: QuietConfig, now: Instant) -> bool:
    """Whether the holidays that are kept are of other regions or years, or an hour ago could not be read; reads only."""
    row = db.execute("SELECT value FROM habit WHERE name = 'holidays'").fetchone()
    kept = row[0] if row else _NONE
    return kept not in {_asked(config, now), _asked(config, now, failed=True)}


def take_holidays(
    db: sqlite3.Connection,
    config: QuietConfig,
    found: Iterable[tuple[date, str]],
    problems: Sequence[str],
    now: Instant,
) -> None:
    """Keep what was found for this year and the next, say what was not, and judge again what waits."""
    db.execute("DELETE FROM holiday")
    db.executemany("INSERT INTO holiday VALUES (?, ?)", [(day.isoformat(), name) for day, name in found])
    asked = _asked(config, now, failed=bool(problems))
    db.execute("INSERT OR REPLACE INTO habit VALUES ('holidays', ?)", (asked,))
    quiet_remarks.drop(db, "holidays")
    if problems:
        quiet_remarks.put(db, "holidays", " ".join(problems), now)
    notify.rejudge(db, config, surroundings(db, now, config), now)


_NONE = json.dumps([])
_HOUR_MS = 3_600_000


def _asked(config: QuietConfig, now: Instant, *, failed: bool = False) -> str:
    """What was asked for; what failed also says in which hour, so that it is tried again in the next one."""
    if not config.holidays:
        return _NONE
    return json.dumps([list(config.holidays), year_of(now), *([now // _HOUR_MS] if failed else [])])
