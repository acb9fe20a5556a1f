"""What is looked at now and then: columns of boards, and wikis."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct, field

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import pages as read
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, obj, rows, stamp, text
from connectors.gitlab.api.incoming import World
from connectors.gitlab.talk import MAX_ASKED
from connectors.paging import Walk, pages
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged
from leeward.model import Batch, Instant, ItemType, Place, RemoteId, RemoteRef
from leeward.ports import Http

MAX_EVENTS = 20
"""Pages of events that are read to date a wiki; what is older has the project's own date."""


class Facts(Struct, frozen=True):
    """What a project's row says beside its place: when anything happened last, its birth, and its outermost group."""

    activity: str
    created: Instant
    group: str | None


def facts(row: Row) -> Facts:
    """Out of a project's row."""
    space = obj(row.get("namespace"))
    path = text(space.get("full_path")) if text(space.get("kind")) == "group" else ""
    return Facts(
        text(row.get("last_activity_at")), stamp(row.get("created_at")) or Instant(0), path.partition("/")[0] or None
    )


class Sides(Struct):
    """One run over them; `now` is the server's clock."""

    http: Http
    world: World
    where: at.Cursor
    now: Instant
    shown: frozenset[RemoteId]
    ask: Ask = field(default_factory=lambda: Ask(""))

    async def columns(self, place: Place) -> None:
        """The labels that are columns of a project's boards, once an hour."""
        name = f"{place.id}/boards"
        held = self.where.rests(name, self.now)
        if held is None:
            found: tuple[str, ...] = ()
            try:
                async for response in pages(self.http, self.ask.boards(place.id), Walk()):
                    found += read.columns(response.json(), self.world)
            except (Forbidden, Gone):
                found = ()
            held = self.where.sides[name] = at.Side(self.now, "\n".join(dict.fromkeys(found)))
        self.world.columns[place.id] = tuple(each for each in held.said.split("\n") if each)

    async def wiki(self, place: Place, known: Facts) -> AsyncIterator[Batch]:
        """Every page, where something happened in the project, an hour has passed, or it is on the screen."""
        name = f"{place.id}/wikis"
        held = self.where.rests(name, self.now)
        if held is not None and held.said in {known.activity, at.ABSENT} and place.id not in self.shown:
            return
        try:
            document = (await self.http.send(self.ask.wiki(place.id))).json()
        except (Forbidden, Gone):
            # Switched off, or for others only.
            self.where.sides[name] = at.Side(self.now, at.ABSENT)
            return
        except ServiceChanged:
            # Larger than can be read, or no list: counted, and it stops nothing else.
            self.where.sides[name] = at.Side(self.now, at.ABSENT)
            yield Batch(oddities=1)
            return
        listed = list(rows(document, self.world.odd))
        dates = read.newest(await self._written(place)) if listed else {}
        notes = []
        for row in listed:
            since = dates.get(text(row.get("slug")), known.created)
            notes.append(read.wiki_page(row, place, since, self.world))
        slugs = {slug for row in listed if (slug := text(row.get("slug")))}
        gone = await self._gone(place, slugs) if isinstance(document, list) else ()
        self.where.sides[name] = at.Side(self.now, known.activity)
        yield Batch(notes=tuple(each for each in notes if each), gone=gone, cursor=self.where.dump())

    async def _gone(self, place: Place, listed: set[str]) -> tuple[RemoteRef, ...]:
        """What a listing lacks of the one before is gone when GitLab, asked for that very page, says so."""
        name = f"{place.id}/pages"
        held = self.where.sides.get(name)
        missing = sorted(set((held.said if held else "").split("\n")) - listed - {""})
        gone: list[RemoteRef] = []
        left = set(missing[MAX_ASKED:])
        for slug in missing[:MAX_ASKED]:
            try:
                await self.http.send(self.ask.page(place.id, slug))
            except Gone:
                gone.append((ItemType.NOTE, read.wiki_id(place.id, slug)))
            else:
                left.add(slug)
        self.where.sides[name] = at.Side(self.now, "\n".join(sorted(listed | left)))
        return tuple(gone)

    async def _written(self, place: Place) -> list[tuple[str, Instant]]:
        found: list[tuple[str, Instant]] = []
        try:
            async for response in pages(self.http, self.ask.wiki_events(place.id), Walk(), MAX_EVENTS):
                found += read.written(response.json(), self.world)
        except (Forbidden, Gone, Refused):
            # Older servers know no events of wikis.
            return found
        return found
