"""When others are away: their zone, and the days they said they are out of office."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.shape import Row, day, obj
from connectors.basecamp.api.world import World
from connectors.basecamp.run import Gate, as_object
from leeward.errors import Forbidden, Gone
from leeward.model import Instant, RemoteId
from leeward.ports_extra import Told
from leeward.zones import instant, zone


async def hours(gate: Gate, world: World, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
    """What Basecamp tells of each; whoever it does not know is left out. It knows no hours of a working day."""
    found = []
    for each in people:
        if not each.isdecimal():
            continue
        try:
            row = as_object(await gate.send(Ask(world.api).get(f"people/{each}")))
        except (Forbidden, Gone):
            continue
        person = world.person(row)
        if person is not None and person.id == each:
            found.append(Told(each, person.zone, away=_away(row, person.zone or world.zone)))
    return tuple(found)


def _away(row: Row, zone_name: str) -> tuple[tuple[Instant, Instant | None], ...]:
    """Whole days, by their own clock."""
    told = obj(row.get("out_of_office"))
    first, last = day(told.get("start_date")), day(told.get("end_date"))
    if first is None or (last is not None and last < first):
        return ()
    try:
        here = zone(zone_name)
    except ValueError:
        here = zone("UTC")
    starts = instant(datetime.combine(first, time()), here)
    ends = None if last is None else instant(datetime.combine(last + timedelta(days=1), time()), here)
    return ((starts, ends),)
