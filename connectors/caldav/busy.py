"""The owner's busy times, asked of the calendars that were chosen for it."""

from __future__ import annotations

from connectors.caldav.api.appointments import spans
from connectors.caldav.api.collections import chosen, missing
from connectors.caldav.api.dav import events_between, multistatus
from connectors.caldav.api.ical import UnreadableError, parse
from connectors.caldav.api.objects import Here
from connectors.caldav.api.when import stamp
from connectors.caldav.api.xml import cal
from connectors.caldav.session import Session
from leeward.errors import Forbidden, Gone
from leeward.model import Instant
from leeward.ports import Span

MOST = 5_000


async def busy_times(
    session: Session, zone: str, calendars: tuple[str, ...], within: tuple[Instant, Instant]
) -> tuple[Span, ...]:
    """Every busy time that touches `within`, in order; a calendar that may not be read has none."""
    found = await session.find()
    mine = found.principal.addresses if found.principal else frozenset()
    listed = chosen(await session.appointments(), calendars) if any(name.strip() for name in calendars) else []
    spoken: set[Span] = set()
    for collection in listed:
        url = session.url(collection.path)
        try:
            answer = await session.send(events_between(url, stamp(within[0]), stamp(within[1])))
        except (Forbidden, Gone):
            continue
        here = Here(collection.path, collection.path, zone=zone, mine=mine)
        for entry in multistatus(answer, url).entries:
            data = entry.props.get(cal("calendar-data"))
            if data is not None and len(spoken) < MOST:
                spoken |= _read(data.text, here, within)
    return tuple(sorted(spoken, key=lambda span: (span.start, span.end))[:MOST])


async def unknown_names(session: Session, calendars: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these names no calendar has; nothing is asked where none is named."""
    named = tuple(name for name in calendars if name.strip())
    listed = await session.appointments() if named else []
    return tuple(missing(listed, named))


def _read(text: str, here: Here, within: tuple[Instant, Instant]) -> set[Span]:
    try:
        return set(spans(parse(text), here, within))
    except UnreadableError:
        return set()
