"""ATTENDEE and ORGANIZER as people; their id is the calendar address, e-mail addresses in lower case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.caldav.api.ical import Component, Line, line, tidy
from leeward.errors import NotSupported
from leeward.model import Person, RemoteId
from leeward.words import _

MAX_PEOPLE = 200
_MAIL = "mailto:"


def address_id(value: str) -> RemoteId:
    """One spelling for a calendar address."""
    plain = value.strip()
    return RemoteId(plain.lower() if plain.lower().startswith(_MAIL) else plain)


def person_of(said: Line, mine: frozenset[RemoteId]) -> Person:
    """Who an ATTENDEE or ORGANIZER line names. Nothing here is verified: anybody can write anybody's address."""
    id = address_id(said.value)
    mail = id.removeprefix(_MAIL) if id.startswith(_MAIL) else None
    return Person(id, said.param("CN") or mail or id, address=mail, me=id in mine)


def people_of(task: Component, mine: frozenset[RemoteId]) -> list[Person]:
    """Everybody a component names, each once."""
    named = [*task.lines("ORGANIZER"), *task.lines("ATTENDEE")][:MAX_PEOPLE]
    return list({person.id: person for person in (person_of(said, mine) for said in named) if person.id}.values())


def attendees(task: Component) -> tuple[RemoteId, ...]:
    """The ids of those who are to do it."""
    ids = (address_id(said.value) for said in task.lines("ATTENDEE")[:MAX_PEOPLE])
    return tuple(dict.fromkeys(id for id in ids if id))


def attend(task: Component, wanted: Sequence[RemoteId]) -> None:
    """Set who is to do it: lines that stay keep their parameters, new ones ask the server to send no invitations."""
    known = {address_id(said.value): said for said in task.lines("ATTENDEE")}
    task.put("ATTENDEE", *(known.get(id) or _attendee(id) for id in dict.fromkeys(wanted)))


def _attendee(id: RemoteId) -> Line:
    if ":" not in id or any(char.isspace() for char in id) or tidy(id) != id:
        raise NotSupported(_("A calendar knows people by their address only."), _("Leave the assignee empty here."))
    return line("ATTENDEE", id, (("ROLE", "REQ-PARTICIPANT"), ("SCHEDULE-AGENT", "NONE")))


def first_mail(ids: Iterable[RemoteId]) -> RemoteId | None:
    """The first e-mail address among calendar addresses."""
    return next((id for id in ids if id.startswith(_MAIL)), None)
