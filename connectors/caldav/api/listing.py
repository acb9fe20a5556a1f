"""What a listing of a calendar asks us to fetch, and what the cursor remembers of it.

Each calendar has a place of its own in the cursor: its sync token, the paths that could not be read yet, and whether a
second whole listing is due (after a token was refused, what is missing is counted twice before it is gone). A server
without sync tokens has the ETag of every object there, shortened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.caldav.api.collections import Collection
from connectors.caldav.api.dav import OBJECT_BYTES, USUAL_BYTES, Entry, Listing
from connectors.caldav.api.ical import UnreadableError, parse
from connectors.caldav.api.journal import read as read_journal
from connectors.caldav.api.objects import Here
from connectors.caldav.api.paths import below
from connectors.caldav.api.todo import read as read_todo
from connectors.caldav.api.xml import cal, dav
from leeward.errors import ServiceChanged
from leeward.model import Batch, ItemType, Note, Person, RemoteId, RemoteRef, Task
from leeward.words import _

MAX_AGAIN = 200
MAX_NEWS = 60_000
_VERSION = 1


class Mark(Struct, frozen=True):
    """Where we are in one calendar."""

    token: str | None = None
    again: tuple[RemoteId, ...] = ()
    recount: bool = False
    etags: dict[str, str] | None = None


Cursor = dict[RemoteId, Mark]
"""Where we are in each calendar, by its path."""


def read_cursor(text: str | None) -> Cursor:
    """Read a cursor of ours; whatever else it is means starting over."""
    try:
        document = json.loads(text) if text else {}
        if not isinstance(document, dict) or document.get("v") != _VERSION:
            return {}
        return {RemoteId(path): _mark(said) for path, said in document["at"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _mark(said: dict[str, Any]) -> Mark:
    token, etags = said.get("t"), said.get("e")
    again = tuple(RemoteId(str(path)) for path in said.get("again", ()))
    return Mark(
        token if isinstance(token, str) else None,
        again,
        bool(said.get("recount")),
        {str(name): str(etag) for name, etag in etags.items()} if isinstance(etags, dict) else None,
    )


def write_cursor(cursor: Cursor) -> str:
    """The cursor as text, always the same for the same state."""
    at = {}
    for path, mark in sorted(cursor.items()):
        said = {"t": mark.token, "again": list(mark.again), "recount": mark.recount, "e": mark.etags}
        at[path] = {name: value for name, value in said.items() if value}
        if mark.etags is not None:
            at[path]["e"] = mark.etags
    return json.dumps({"v": _VERSION, "at": at}, separators=(",", ":"), sort_keys=True)


class News(Struct):
    """What is to be fetched of one calendar, with sizes, and what the server itself called deleted."""

    wanted: dict[RemoteId, int] = field(default_factory=dict)
    gone: list[RemoteId] = field(default_factory=list)
    odd: int = 0

    def take(self, listing: Listing, collection: Collection, where: str) -> None:
        """Sort the entries of one page of a listing."""
        self.odd += listing.odd
        if len(self.wanted) + len(self.gone) > MAX_NEWS:
            raise ServiceChanged(_("The calendar server's listing has no end."), _("Trying again later."))
        for entry in listing.entries:
            if entry.where != where or not below(entry.path, collection.path):
                # The calendar itself, a folder in it, or somebody else's path.
                continue
            if entry.gone:
                self.wanted.pop(entry.path, None)
                self.gone.append(entry.path)
            elif entry.status is not None and entry.status >= 300:
                self.odd += 1
            elif not _only_events(entry):
                self._want(entry)

    def _want(self, entry: Entry) -> None:
        size = entry.text(dav("getcontentlength"))
        length = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else USUAL_BYTES
        if length > OBJECT_BYTES:
            self.odd += 1
            return
        if entry.path in self.gone:
            self.gone.remove(entry.path)
        self.wanted[entry.path] = length


def _only_events(entry: Entry) -> bool:
    """Whether the server says that an object is an appointment; many say nothing."""
    said = entry.text(dav("getcontenttype")).lower().replace(" ", "").replace('"', "")
    return "component=vevent" in said or "component=vfreebusy" in said or "component=vavailability" in said


class Rows(Struct):
    """What was read of one calendar. `again`: asked for and not answered; `away`: answered with 404."""

    tasks: list[Task] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    people: dict[RemoteId, Person] = field(default_factory=dict)
    again: list[RemoteId] = field(default_factory=list)
    away: list[RemoteId] = field(default_factory=list)
    odd: int = 0

    def take(self, listing: Listing, asked: Iterable[RemoteId], collection: Collection, here: Here) -> None:
        """Read one page of objects."""
        answered = {entry.path: entry for entry in listing.entries}
        for path in asked:
            entry = answered.get(path)
            data = entry.props.get(cal("calendar-data")) if entry else None
            if entry and (entry.gone or (entry.status is None and not entry.props and entry.refused == (404,))):
                self.away.append(path)
            elif entry is None or data is None:
                self.again.append(path)
            else:
                version = entry.text(dav("getetag")) or None
                self._read(data.text, replace(here, path=path, version=version), collection)

    def _read(self, text: str, here: Here, collection: Collection) -> None:
        try:
            calendar = parse(text)
        except UnreadableError:
            self.odd += 1
            return
        found = read_todo(calendar, here) if collection.tasks else None
        if found:
            self.tasks.append(found[0])
            self.people.update({person.id: person for person in found[1]})
        note = read_journal(calendar, here) if collection.notes and not found else None
        if note:
            self.notes.append(note)


def types_of(collection: Collection) -> tuple[ItemType, ...]:
    """What a calendar may hold."""
    held = ((collection.tasks, ItemType.TASK), (collection.notes, ItemType.NOTE))
    return tuple(type for holds, type in held if holds)


def batch_of(collection: Collection, rows: Rows, gone: Iterable[RemoteId], *, odd: int, whole: bool) -> Batch:
    """What a calendar's round amounts to. A deletion names a path only, so it is told for all the calendar may hold."""
    refs: list[RemoteRef] = [(type, path) for path in dict.fromkeys(gone) for type in types_of(collection)]
    return Batch(
        people=tuple(rows.people.values()),
        tasks=tuple(rows.tasks),
        notes=tuple(rows.notes),
        gone=tuple(refs),
        complete=tuple((collection.path, type) for type in types_of(collection)) if whole else (),
        oddities=odd + rows.odd,
    )


def short(etag: str) -> str:
    """An ETag as the cursor keeps it."""
    return blake2b(etag.encode(errors="replace"), digest_size=6).hexdigest()
