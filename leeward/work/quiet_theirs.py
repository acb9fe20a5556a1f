"""The hours of whom one writes to: from what their service tells, else from the owner's guess, else a usual day in their zone.

For the sentence above a composer ("It is 23:10 for Maria") and for sending at their opening.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from leeward import zones
from leeward.model import Instant
from leeward.ports_extra import Told
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_course import Rules, Spell, Week
from leeward.work.quiet_now import short_time
from leeward.work.quiet_settings import Hours, QuietConfig
from leeward.work.quiet_text import hours_of
from leeward.work.quiet_windows import BadRule

USUAL = hours_of("mon-fri 09:00-18:00")
MOST = 3
_LOOKED_AT = 5_000
TOLD_MS = 24 * 3600 * 1000
"""How long what a service told of somebody is not asked again when one writes to them."""

FRESH_MS = 14 * 24 * 3600 * 1000


class Theirs(Struct, frozen=True):
    """Somebody's hours: their name, the zone their clock shows, and when they are open."""

    name: str
    zone: str
    rules: Rules


class Opening(Struct, frozen=True):
    """When somebody who is not open now opens: the instant, and what their clock shows then."""

    name: str
    at: Instant
    wall: datetime
    zone: str


def of_thread(db: sqlite3.Connection, thread: str, config: QuietConfig) -> list[Theirs]:
    """Those who write in a thread, or in a place, and whose hours are known, who wrote last first, the owner aside."""
    rows = db.execute(
        "SELECT person.human, max(line.n) FROM ("
        "SELECT author, n FROM (SELECT author, n FROM message WHERE thread = ?1 AND silent = 0 ORDER BY n DESC LIMIT ?2)"
        " UNION ALL SELECT author, n FROM (SELECT author, n FROM message WHERE place = ?1 AND silent = 0 ORDER BY n DESC LIMIT ?2)) line"
        " JOIN person ON person.id = line.author WHERE NOT person.me GROUP BY person.human ORDER BY 2 DESC LIMIT ?3",
        (thread, _LOOKED_AT // 100, MOST),
    ).fetchall()
    found = (of_person(db, human, config) for human, _n in rows)
    return [one for one in found if one is not None]


def of_person(db: sqlite3.Connection, human: str, config: QuietConfig) -> Theirs | None:
    """One human's hours, over all accounts they are seen through; None where not even a zone is known."""
    rows = db.execute(
        "SELECT person.name, person.handle, person.address, person.zone, h.zone, h.open, h.away FROM person"
        " LEFT JOIN person_hours h ON h.person = person.id WHERE person.human = ? OR person.id = ?"
        " ORDER BY h.at IS NULL, h.at DESC, person.id",
        (human, human),
    ).fetchall()
    if not rows:
        return None
    guess = _guess(config, {str(word).casefold() for row in rows for word in row[:3] if word})
    zone = next((name for row in rows for name in (row[4], row[3]) if name and _known(name)), None)
    zone = zone or (guess.zone if guess else None)
    if zone is None:
        return None
    told = next((_week(row[5]) for row in rows if row[5]), None)
    away = tuple(
        Spell(Instant(start), None if end is None else Instant(end), quiet=True)
        for row in rows
        if row[6]
        for start, end in json.loads(row[6])
    )
    week = told or (guess.week if guess else USUAL.week)
    return Theirs(rows[0][0], zone, Rules(zone, mode_quiet=False, week=week, spans=away))


def opening(one: Theirs, now: Instant) -> Opening | None:
    """When they open next; None where they are open now, or are not within 400 days."""
    at = quiet.next_open(one.rules, now)
    if at is None or at == now:
        return None
    return Opening(one.name, at, zones.wall(at, zones.zone(one.zone)), one.zone)


def sentence(them: Iterable[Theirs], now: Instant) -> str:
    """What their clocks show: "It is 23:10 for Maria, 03:41 for Jo (New York)"."""
    parts = []
    for one in them:
        clock = f"{zones.wall(now, zones.zone(one.zone)):%H:%M}"
        city = one.zone.rpartition("/")[2].replace("_", " ")
        shut = "" if not quiet.is_quiet(one.rules, now) else _(", quiet")
        parts.append(_("{clock} for {name} ({city}{shut})").format(clock=clock, name=one.name, city=city, shut=shut))
    return _("It is {clocks}").format(clocks=", ".join(parts)) if parts else ""


def title(found: Opening, now: Instant, here: str) -> str:
    """An opening as a choice: "Maria's 09:00"; with its day where it is not within a day."""
    clock = f"{found.wall:%H:%M}"
    if found.at - now > 24 * 3_600_000:
        clock = short_time(found.at, now, found.zone if _known(found.zone) else here)
    return _("{name}'s {time}").format(name=found.name, time=clock)


def wanted(db: sqlite3.Connection, account: str, now: Instant, most: int = 50) -> dict[str, str]:
    """Whose hours are worth asking for: who wrote here lately, in this account; remote ids and ours."""
    rows = db.execute(
        "SELECT person.remote, person.id, max(message.n) FROM message JOIN person ON person.id = message.author"
        " WHERE message.n > (SELECT coalesce(max(n), 0) FROM message) - ? AND message.account = ? AND message.at > ?"
        " AND NOT person.me GROUP BY person.id ORDER BY 3 DESC LIMIT ?",
        (_LOOKED_AT, account, now - FRESH_MS, most),
    )
    return {str(remote): str(id) for remote, id, _n in rows}


def doubtful(db: sqlite3.Connection, thread: str, config: QuietConfig, now: Instant) -> tuple[str, str, str] | None:
    """Who wrote last in a thread or place, where it may be late for them: account, remote id and ours.

    None where they are known to be open now, or where their service told of them within a day.
    """
    row = db.execute(
        "SELECT person.account, person.remote, person.id, person.human, h.at FROM ("
        "SELECT author, n FROM (SELECT author, n FROM message WHERE thread = ?1 AND silent = 0 ORDER BY n DESC LIMIT ?2)"
        " UNION ALL SELECT author, n FROM (SELECT author, n FROM message WHERE place = ?1 AND silent = 0 ORDER BY n DESC LIMIT ?2)) line"
        " JOIN person ON person.id = line.author LEFT JOIN person_hours h ON h.person = person.id"
        " WHERE NOT person.me ORDER BY line.n DESC LIMIT 1",
        (thread, _LOOKED_AT // 100),
    ).fetchone()
    if row is None or (row[4] is not None and 0 <= now - row[4] < TOLD_MS):
        return None
    known = of_person(db, row[3], config)
    return None if known is not None and not quiet.is_quiet(known.rules, now) else (row[0], row[1], row[2])


def keep(db: sqlite3.Connection, told: Iterable[tuple[str, Told]], now: Instant) -> int:
    """Keep what a service told, by our ids of people. How many are other than before."""
    changed = 0
    for person, hours in told:
        lines = [text for text in hours.open or () if _reads(text)]
        zone = hours.zone if hours.zone and _known(hours.zone) else None
        row = (zone, json.dumps(lines) if lines else None, json.dumps([list(span) for span in hours.away[:50]]))
        old = db.execute("SELECT zone, open, away FROM person_hours WHERE person = ?", (person,)).fetchone()
        changed += old is None or tuple(old) != row
        db.execute("INSERT OR REPLACE INTO person_hours VALUES (?, ?, ?, ?, ?)", (person, now, *row))
    return changed


def _guess(config: QuietConfig, names: set[str]) -> Hours | None:
    return next((hours for name, hours in config.hours if name.casefold() in names), None)


def _week(text: str) -> Week:
    return hours_of("; ".join(json.loads(text))).week


def _reads(text: str) -> bool:
    try:
        hours_of(text)
    except BadRule:
        return False
    return True


def _known(name: str) -> bool:
    try:
        zones.zone(name)
    except ValueError:
        return False
    return True
