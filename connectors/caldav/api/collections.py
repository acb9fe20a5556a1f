"""What discovery finds: who we are, where our calendars are, and what each of them holds."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from msgspec import Struct

from connectors.caldav.api.dav import Entry
from connectors.caldav.api.paths import one_spelling, resolve
from connectors.caldav.api.people import address_id, first_mail
from connectors.caldav.api.xml import CS, OC, Element, cal, dav
from leeward.model import Audience, Person, Place, Reach, RemoteId

_WRITES = frozenset({dav("all"), dav("write"), dav("write-content"), dav("bind")})
_SHARED_TYPES = frozenset({f"{{{CS}}}shared", f"{{{CS}}}shared-owner", f"{{{CS}}}subscribed"})
_INVITES = (dav("invite"), f"{{{CS}}}invite", f"{{{OC}}}invite")
_EVERYTHING = frozenset({"VTODO", "VJOURNAL", "VEVENT"})


class Principal(Struct, frozen=True):
    """Who is signed in: `homes` are the paths (with their origin) under which the calendars are."""

    path: RemoteId
    name: str
    addresses: frozenset[RemoteId]
    homes: tuple[tuple[str, RemoteId], ...]

    @property
    def person(self) -> Person:
        """The owner, under the address that ATTENDEE lines use if there is one."""
        mail = first_mail(sorted(self.addresses))
        address = mail.removeprefix("mailto:") if mail else None
        return Person(mail or self.path, self.name or address or last_part(self.path), address=address, me=True)


class Collection(Struct, frozen=True):
    """A calendar that holds tasks or notes. `syncs`: it can tell what changed; `shared`: others may read it."""

    path: RemoteId
    title: str
    tasks: bool
    notes: bool
    writable: bool = True
    shared: bool = False
    syncs: bool = True

    @property
    def place(self) -> Place:
        """As the core sees it; how many read a shared one is not told, so that is unknown."""
        audience = Audience(Reach.UNKNOWN) if self.shared else Audience(Reach.ONLY_ME, 1)
        return Place(self.path, self.title, audience, tasks=self.tasks, notes=self.notes, writable=self.writable)


def principal_path(entry: Entry, asked: str) -> tuple[str, RemoteId] | None:
    """Where the signed-in principal is; None where the server takes us for nobody."""
    return _href(entry.props.get(dav("current-user-principal")), asked)


def homes_of(entry: Entry, asked: str) -> tuple[tuple[str, RemoteId], ...]:
    """Every calendar home an entry names."""
    said = entry.props.get(cal("calendar-home-set"))
    found = [resolve(each.text, asked) for each in (said.every(dav("href")) if said else ())]
    return tuple(dict.fromkeys((where, as_folder(path)) for where, path in (each for each in found if each)))


def principal_of(entry: Entry, asked: str) -> Principal:
    """Read a principal's own properties."""
    said = entry.props.get(cal("calendar-user-address-set"))
    addresses = frozenset(
        address_id(each.text) for each in (said.every(dav("href")) if said else ()) if each.text.strip()
    )
    return Principal(entry.path, entry.text(dav("displayname")), addresses, homes_of(entry, asked))


def is_calendar(entry: Entry) -> bool:
    """Whether an entry is a calendar collection."""
    return _has(entry, cal("calendar"))


def collection_of(entry: Entry, owner: RemoteId | None, asked: str) -> Collection | None:
    """Read a calendar; None for what is none or holds neither tasks nor notes. `owner` is who we are."""
    if not is_calendar(entry):
        return None
    components = _components(entry)
    if not components & {"VTODO", "VJOURNAL"}:
        return None
    path = as_folder(entry.path)
    theirs = _href(entry.props.get(dav("owner")), asked)
    lent = theirs is not None and owner is not None and as_folder(theirs[1]) != as_folder(owner)
    return Collection(
        path,
        entry.text(dav("displayname")) or last_part(path),
        tasks="VTODO" in components,
        notes="VJOURNAL" in components,
        writable=_writable(entry),
        shared=lent or _shared(entry),
        syncs=_syncs(entry),
    )


def events_of(entry: Entry) -> Collection | None:
    """Read a calendar as one that holds appointments; None for what holds none."""
    if not is_calendar(entry) or "VEVENT" not in _components(entry):
        return None
    path = as_folder(entry.path)
    return Collection(path, entry.text(dav("displayname")) or last_part(path), tasks=False, notes=False)


def _components(entry: Entry) -> frozenset[str]:
    said = entry.props.get(cal("supported-calendar-component-set"))
    if said is None:
        return _EVERYTHING
    return frozenset(each.name.strip().upper() for each in said.every(cal("comp")))


def _writable(entry: Entry) -> bool:
    said = entry.props.get(dav("current-user-privilege-set"))
    if said is None or not said.inside:
        return True
    return any(right.tag in _WRITES for each in said.every(dav("privilege")) for right in each.inside)


def _shared(entry: Entry) -> bool:
    kinds = entry.props.get(dav("resourcetype"))
    if kinds and any(kind.tag in _SHARED_TYPES for kind in kinds.inside):
        return True
    invites = (entry.props.get(name) for name in _INVITES)
    return any(invite is not None and invite.inside for invite in invites)


def _syncs(entry: Entry) -> bool:
    """By the list of reports, or by its token where the server keeps no such list."""
    reports = entry.props.get(dav("supported-report-set"))
    if reports and any(element.tag == dav("sync-collection") for element in reports.walk()):
        return True
    return bool(entry.text(dav("sync-token")))


def _has(entry: Entry, kind: str) -> bool:
    kinds = entry.props.get(dav("resourcetype"))
    return kinds is not None and kinds.first(kind) is not None


def _href(element: Element | None, asked: str) -> tuple[str, RemoteId] | None:
    found = element.first(dav("href")) if element else None
    place = resolve(found.text, asked) if found and found.text.strip() else None
    return (place[0], RemoteId(place[1])) if place else None


def as_folder(path: str) -> RemoteId:
    """A collection's path ends in a slash."""
    return RemoteId(path if path.endswith("/") else f"{path}/")


def last_part(path: str) -> str:
    """The last segment of a path, readable."""
    return unquote(path.rstrip("/").rpartition("/")[2]) or "/"


def chosen(collections: Iterable[Collection], names: Iterable[str]) -> list[Collection]:
    """The calendars the owner named, by title or path; all of them where none is named."""
    wanted = [name.strip() for name in names if name.strip()]
    every = list(collections)
    if not wanted:
        return every
    titles = {name.casefold() for name in wanted}
    paths = {as_folder(path) for name in wanted for path in (one_spelling(_path_in(name)),) if path}
    return [each for each in every if each.path in paths or each.title.casefold() in titles]


def missing(collections: Iterable[Collection], names: Iterable[str]) -> list[str]:
    """The names that no calendar answers to."""
    every = list(collections)
    return [name for name in names if name.strip() and not chosen(every, [name])]


def _path_in(name: str) -> str:
    """The path in what may be a whole address."""
    _scheme, found, rest = name.partition("://")
    return f"/{rest.partition('/')[2]}" if found else name
