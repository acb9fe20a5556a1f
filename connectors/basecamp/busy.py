"""When the owner is busy: entries of the schedules they chose, repeating ones as Basecamp resolves them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from connectors.basecamp.api.ask import Ask
from connectors.basecamp.api.base import squeezed
from connectors.basecamp.api.shape import Row, day, flag, number, obj, rows, stamp, text
from connectors.basecamp.api.world import World
from connectors.basecamp.finding import Finder
from connectors.basecamp.run import Gate, as_object
from leeward.model import Instant
from leeward.ports import Span
from leeward.zones import instant, zone

DAY = timedelta(days=1)


async def busy(
    gate: Gate, world: World, calendars: tuple[str, ...], since: Instant, until: Instant
) -> tuple[Span, ...]:
    """The times in [since, until) of entries that name the owner, or nobody, in projects of these names or numbers."""
    if not calendars:
        return ()
    called = {each for name in calendars for each in _names(name)}
    first, last = (datetime.fromtimestamp(at / 1000, UTC).date() for at in (since, until))
    document = as_object(await gate.send(Ask(world.api).upcoming(first - DAY, last + DAY)))
    found = []
    for name in ("schedule_entries", "recurring_schedule_entry_occurrences"):
        for row in rows(document.get(name) or [], world.odd):
            if _is_called(row, called) and _is_ours(row, world):
                found += [each for each in _span(row, world) if each.start < until and each.end > since]
    return tuple(dict.fromkeys(sorted(found, key=lambda each: (each.start, each.end))))


async def unknown(gate: Gate, world: World, calendars: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these names no project with a schedule has; nothing is asked where none is named."""
    if not calendars:
        return ()
    there: set[str] = set()
    async for row in Finder(gate, world).every(Ask(world.api).get("projects.json")):
        docked = rows(row.get("dock") or [], world.odd)
        if any(text(each.get("name")) == "schedule" and each.get("enabled") is not False for each in docked):
            there |= set(_of_bucket(row))
    return tuple(each for each in calendars if not there & _names(each))


def _names(calendar: str) -> set[str]:
    """A schedule is named by its project, with or without its own title behind."""
    name = " ".join(calendar.casefold().split())
    return {name, name.rpartition(" / ")[0]} - {""}


def _of_bucket(bucket: Row) -> tuple[str, ...]:
    found = number(bucket.get("id")) or ""
    return tuple(each for each in (squeezed(bucket.get("name")).casefold(), found, f"project/{found}") if each)


def _is_called(row: Row, called: set[str]) -> bool:
    return any(each in called for each in _of_bucket(obj(row.get("bucket"))))


def _is_ours(row: Row, world: World) -> bool:
    listed = row.get("participants")
    people = [number(obj(each).get("id")) for each in (listed if isinstance(listed, list) else ())]
    return not people or world.me in people


def _span(row: Row, world: World) -> Iterator[Span]:
    if flag(row, "all_day"):
        first, last = day(row.get("starts_at")), day(row.get("ends_at")) or day(row.get("starts_at"))
        if first and last and first <= last:
            here = zone(world.zone)
            start, end = (instant(datetime.combine(each, time()), here) for each in (first, last + DAY))
            yield Span(start, end, all_day=True)
        return
    begins, ends = stamp(row.get("starts_at")), stamp(row.get("ends_at"))
    if begins is not None and ends is not None and begins < ends:
        yield Span(begins, ends)
