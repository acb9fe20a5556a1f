"""What is looked at now and then: columns of boards, wikis, and the epics of groups that have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from msgspec import Struct, field

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import pages as read
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, ident, iso, obj, rows, stamp, text
from connectors.gitlab.api.incoming import World
from connectors.paging import Walk, pages
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged
from leeward.model import Batch, Instant, ItemType, Place, RemoteId, RemoteRef
from leeward.ports import Http

HOUR_MS = 3_600_000
MAX_EVENTS = 20
"""Pages of events that are read to date a wiki; what is older has the project's own date."""

MAX_ASKED = 20
"""How many missing pages are asked about one by one in one pull."""

ABSENT = "absent"


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

    def _rests(self, name: str) -> at.Side | None:
        """What is still fresh enough not to be asked for again."""
        held = self.where.sides.get(name)
        return held if held is not None and 0 <= self.now - held.at < HOUR_MS else None

    async def columns(self, place: Place) -> None:
        """The labels that are columns of a project's boards, once an hour."""
        name = f"{place.id}/boards"
        held = self._rests(name)
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
        held = self._rests(name)
        if held is not None and held.said in {known.activity, ABSENT} and place.id not in self.shown:
            return
        try:
            document = (await self.http.send(self.ask.wiki(place.id))).json()
        except (Forbidden, Gone):
            # Switched off, or for others only.
            self.where.sides[name] = at.Side(self.now, ABSENT)
            return
        except ServiceChanged:
            # Larger than can be read, or no list: counted, and it stops nothing else.
            self.where.sides[name] = at.Side(self.now, ABSENT)
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

    async def epics(self, groups: Iterable[str]) -> AsyncIterator[Batch]:
        """What changed in each group. One that has none (they need a licence) is asked again after an hour."""
        for path in groups:
            missing = self._rests(f"groups/{path}/epics")
            if missing is not None and missing.said == ABSENT:
                continue
            try:
                async for batch in self._group(path):
                    yield batch
            except (Forbidden, Gone, Refused):
                self.where.sides[f"groups/{path}/epics"] = at.Side(self.now, ABSENT)
                yield Batch(cursor=self.where.dump())

    async def _group(self, path: str) -> AsyncIterator[Batch]:
        place = await self._group_place(path)
        if place is None:
            return
        name = f"{place.id}/epics"
        mark = self.where.marks.get(name)
        fresh = at.Mark(mark.at) if mark else at.Mark(Instant(0))
        since = (("updated_after", iso(mark.after)),) if mark else ()
        walk = Walk()
        placed = False
        async for response in pages(self.http, self.ask.epics(place.id.removeprefix("groups/"), *since), walk):
            found = [
                each for row in rows(response.json(), self.world.odd) if (each := read.epic(row, place, self.world))
            ]
            for task, _author in found:
                if task.updated is not None:
                    fresh.take(task.updated, task.id, str(task.version), self.now)
            # The place comes with the first answer: a group without a licence for epics is no place.
            places = () if placed else (place,)
            placed = True
            people = tuple({who.id: who for _task, who in found if who}.values())
            yield Batch(places=places, people=people, tasks=tuple(task for task, _who in found))
        if walk.whole and fresh.at:
            fresh.near = {}
            self.where.marks[name] = fresh
            yield Batch(cursor=self.where.dump())

    async def _group_place(self, path: str) -> Place | None:
        """A group with its readers, by what was read within the hour: its id, title, visibility and address."""
        name = f"groups/{path}/place"
        held = self._rests(name)
        if held is None:
            row = obj((await self.http.send(self.ask.group(path))).json())
            parts = [str(ident(row.get("id")) or ""), *(text(row.get(each)) for each in _TOLD)]
            held = self.where.sides[name] = at.Side(self.now, "\n".join(parts))
        values = [*held.said.split("\n"), "", "", "", ""]
        return read.group_place(dict(zip(("id", *_TOLD), values, strict=False)), path)


_TOLD = ("full_path", "visibility", "web_url")
