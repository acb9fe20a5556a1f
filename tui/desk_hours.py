"""Quiet hours as the screen asks for them: how it is now, and the coming days."""

from __future__ import annotations

from leeward.model import Instant
from leeward.store import notices
from leeward.store.db import Db
from leeward.words import _
from leeward.work import quiet_now, quiet_remarks
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_plan import Plan, plan
from leeward.work.quiet_settings import QuietConfig
from leeward.zones import wall, zone
from tui.asks import QuietDay, QuietNow
from tui.desk_queries import minute


def waits(db: Db, config: QuietConfig, now: Instant) -> tuple[quiet_now.Status, int, list[str]]:
    """Whether it is quiet, how much waits, and what is to be said about it."""
    status = quiet_now.status(_asked(db, config, now), now)
    return status, notices.waiting(db), quiet_remarks.told(db, status, now)


def quiet(db: Db, config: QuietConfig, now: Instant) -> QuietNow:
    """The quiet state as the screen shows it."""
    status, waiting, told = waits(db, config, now)
    say = " · ".join([quiet_now.line(status, now, 0), *told])
    return QuietNow(status.quiet, status.until, status.schedule or "", status.timezone, waiting, say)


def week(db: Db, config: QuietConfig, now: Instant, days: int) -> list[QuietDay]:
    """The coming days, today first, by the clock on the wall where the owner is now."""
    from leeward.work import quiet_preview

    asked = _asked(db, config, now)
    here = zone(asked.zone_at(now))
    at = wall(now, here)
    found = []
    for day in quiet_preview.days(asked, now, days):
        stretches = [
            (minute(wall(Instant(a * 1000), here), day.date), minute(wall(Instant(b * 1000), here), day.date))
            for a, b in day.open
        ]
        long = "" if day.length_s == 86_400 else _("{hours} h day").format(hours=f"{day.length_s / 3600:g}")
        odd = " ".join(part for part in (long, day.named) if part)
        title = f"{day.date:%a} {day.date.day}"
        passed = at.hour * 60 + at.minute if at.date() == day.date else None
        found.append(QuietDay(day.date.isoformat(), title, f"{day.open_hours:.1f} h", tuple(stretches), odd, passed))
    return found


def _asked(db: Db, config: QuietConfig, now: Instant) -> Plan:
    return plan(config, surroundings(db, now, config))
