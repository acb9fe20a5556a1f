"""One calendar object: its main component, our key in it, and the stamps a change leaves."""

from __future__ import annotations

from msgspec import Struct

from connectors.caldav.api.ical import Component, line, text_line
from connectors.caldav.api.when import instant_of, stamp
from leeward.model import Instant, Key, RemoteId

KEY = "X-LEEWARD-KEY"
PRODUCT = "-//leeward//leeward//EN"
TODO = "VTODO"
JOURNAL = "VJOURNAL"


class Here(Struct, frozen=True):
    """Where an object is, and whose eyes read it: floating times are of `zone`, `mine` are the owner's addresses."""

    path: RemoteId
    place: RemoteId
    version: str | None = None
    zone: str = "UTC"
    mine: frozenset[RemoteId] = frozenset()


def main(calendar: Component, name: str) -> Component | None:
    """The component an object is about: the one that is no single instance, else the first."""
    found = calendar.inner(name)
    return next((each for each in found if not each.line("RECURRENCE-ID")), found[0] if found else None)


def key_of(calendar: Component) -> Key | None:
    """Our key, if we made the object."""
    component = main(calendar, TODO) or main(calendar, JOURNAL)
    return Key(component.text(KEY)) if component and component.line(KEY) else None


def keys_of(calendar: Component) -> frozenset[Key]:
    """Every key of ours in an object: its own, and those of changes to single instances."""
    inner = (each for each in calendar.body if isinstance(each, Component))
    return frozenset(Key(each.text(KEY)) for each in inner if each.line(KEY))


def updated_of(component: Component) -> Instant | None:
    """When an object was last changed, by its own word."""
    return instant_of(component.line("LAST-MODIFIED")) or instant_of(component.line("DTSTAMP"))


def touch(component: Component, now: Instant) -> None:
    """Leave the stamps of a change."""
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        component.put(name, line(name, stamp(now)))
    sequence = component.value("SEQUENCE")
    if sequence.isascii() and sequence.isdigit():
        component.put("SEQUENCE", line("SEQUENCE", str(int(sequence[:9]) + 1)))


def fresh(name: str, key: Key, now: Instant) -> tuple[Component, Component]:
    """A new object and its one component. The UID is the key itself, so that one key can only ever make one object."""
    calendar = Component("VCALENDAR", [line("VERSION", "2.0"), line("PRODID", PRODUCT)])
    component = Component(name, [text_line("UID", key)])
    for stamped in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        component.body.append(line(stamped, stamp(now)))
    component.body.append(text_line(KEY, key))
    calendar.body.append(component)
    return calendar, component


def set_text(component: Component, name: str, text: str) -> bool:
    """Let a TEXT property say `text`, once; empty takes it out. Returns whether that changed anything."""
    wanted = text_line(name, text)
    if component.text(name) == wanted.text and len(component.lines(name)) <= 1:
        return False
    component.put(name, *([wanted] if wanted.value else []))
    return True


def one_line(title: str) -> str:
    """A title without line breaks, otherwise as typed."""
    return " ".join(title.splitlines())
