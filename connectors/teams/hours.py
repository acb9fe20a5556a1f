"""When others work: the hours, the zone and the days out of office that their mailbox tells colleagues.

What else fills their days comes with that answer, and nothing of it is read. Source: Graph's calendar action getSchedule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.hostile import obj, rows, text
from connectors.teams.api.ask import Ask
from connectors.teams.api.shape import Row, instant, iso, part
from connectors.teams.api.world import World
from connectors.teams.run import Run, listed
from leeward import zones
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Instant, RemoteId
from leeward.ports_extra import Told
from leeward.wire import Request

MOST = 20
"""As many mailboxes as Exchange looks into at once."""

AHEAD_MS = 14 * 86_400_000
"""How far ahead days out of office are asked for."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d{0,9})?)?")


async def hours(run: Run, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
    """What the mailboxes of these people tell; whoever has none, or is not of this organisation, is left out."""
    wanted: dict[str, RemoteId] = {}
    for each in dict.fromkeys(people[:MOST]):
        address = await _address(run, each)
        if address:
            wanted[address.casefold()] = each
    if not wanted:
        return ()
    try:
        document = await run.get(question(run.ask, tuple(wanted), run.now))
    except (Forbidden, Refused):  # a mailbox elsewhere, or a sign-in from before this right was asked for
        return ()
    found = []
    for row in listed(document, run.world):
        person = wanted.pop(text(row.get("scheduleId")).casefold(), None)
        if person is not None and not obj(row.get("error")):
            found.append(told(person, row, run.world))
    return tuple(found)


def question(ask: Ask, addresses: tuple[str, ...], now: Instant) -> Request:
    """Their next two weeks, in as few columns as Graph draws."""
    document = {
        "schedules": list(addresses),
        "startTime": _when(now),
        "endTime": _when(now + AHEAD_MS),
        "availabilityViewInterval": 1440,
    }
    return ask.write("POST", "/me/calendar/getSchedule", document)


def told(person: RemoteId, row: Row, world: World) -> Told:
    """One mailbox. Windows without a zone we know say nothing."""
    shown = obj(row.get("workingHours"))
    zone = known_zone(text(obj(shown.get("timeZone")).get("name")))
    window = _window(shown)
    return Told(person, zone, (window,) if zone and window else None, tuple(_away(row, world)))


def known_zone(name: str) -> str | None:
    """The IANA name of a zone, also of one in Microsoft's words; None for one somebody made up."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    for found in (name.strip(), WINDOWS_TO_OLSON.get(name.strip(), "")):
        try:
            zones.zone(found)
        except ValueError:
            continue
        return found
    return None


def _window(shown: Row) -> str | None:
    """Their week in one line; Graph knows one pair of times for all days. Half of nothing is nothing."""
    given = shown.get("daysOfWeek")
    named = {text(each).lower() for each in given[:7]} if isinstance(given, list) else set()
    days = [each[:3] for each in _DAYS if each in named]
    start, end = (_CLOCK.fullmatch(text(shown.get(name))) for name in ("startTime", "endTime"))
    if not days or start is None or end is None:
        return None
    opens, shuts = f"{start[1]}:{start[2]}", f"{end[1]}:{end[2]}"
    shuts = "24:00" if shuts == "00:00" else shuts
    return f"{','.join(days)} {opens}-{shuts}" if opens != shuts else None


def _away(row: Row, world: World) -> Iterator[tuple[Instant, Instant]]:
    given = row.get("scheduleItems")
    for each in rows(given[:500] if isinstance(given, list) else [], world.odd):
        start, end = (instant(obj(each.get(name)).get("dateTime")) for name in ("start", "end"))
        if text(each.get("status")).lower() == "oof" and start is not None and end is not None and start < end:
            yield start, end


async def _address(run: Run, person: RemoteId) -> str | None:
    held = run.world.people.get(person)
    if held is not None and held.address:
        return held.address
    try:
        row = await run.get(run.ask.get(f"/users/{part(person)}", select="id,mail,userPrincipalName"))
    except (Forbidden, Gone, Refused):
        return None
    address = text(row.get("mail")) or text(row.get("userPrincipalName"))
    return address if "@" in address else None


def _when(at: int) -> dict[str, str]:
    return {"dateTime": iso(at).removesuffix("Z"), "timeZone": "UTC"}
