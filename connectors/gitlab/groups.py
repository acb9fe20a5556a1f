"""The epics of groups that have them: tasks and threads of their group, and what is no longer there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import pages as read
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Odd, Row, ident, iso, obj, rows, text
from connectors.gitlab.api.incoming import Item
from connectors.gitlab.listing import by_stamp
from connectors.gitlab.talk import MAX_ASKED, Talk
from connectors.paging import Walk, pages
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Batch, Instant, ItemType, Place, RemoteId, RemoteRef, Watched
from leeward.wire import Request

_TOLD = ("full_path", "visibility", "web_url")


class Listing(Struct):
    """One listing: whether every epic was asked for or what changed only, what came, and what has new lines."""

    whole: bool
    mark: at.Mark
    since: Instant
    before: frozenset[str]
    walk: Walk = field(default_factory=Walk)
    came: set[str] = field(default_factory=set)
    moved: dict[RemoteId, Item] = field(default_factory=dict)
    gone: set[RemoteId] = field(default_factory=set)

    def take(self, item: Item, now: Instant) -> None:
        """Note that an epic came; it moved where its stamp is new, or where it was not there before."""
        name = short(item.thread.id)
        updated = item.thread.updated
        self.came.add(name)
        settled = updated is not None and updated < self.since - 1000 and name in self.before
        if not settled and not self.mark.knows(name, item.moved):
            self.moved[item.thread.id] = item
        if updated is not None:
            self.mark.take(updated, name, item.moved, now)


class Groups(Struct):
    """One run over them; `now` is the server's clock, `history` how many lines of a group are read at first."""

    talk: Talk
    where: at.Cursor
    now: Instant
    watched: dict[RemoteId, Watched]
    history: int

    @property
    def _ask(self) -> Ask:
        return self.talk.ask

    async def run(self, groups: Iterable[str]) -> AsyncIterator[Batch]:
        """What changed in each group. One that has no epics (they need a licence) is asked again after an hour."""
        for path in groups:
            missing = self.where.rests(f"groups/{path}/epics", self.now)
            if missing is not None and missing.said == at.ABSENT:
                continue
            try:
                async for batch in self._group(path):
                    yield self.talk.batch(batch)
            except (Forbidden, Gone, Refused):
                self.where.sides[f"groups/{path}/epics"] = at.Side(self.now, at.ABSENT)
                yield Batch(cursor=self.where.dump())

    async def _group(self, path: str) -> AsyncIterator[Batch]:
        place = await self._place(path)
        if place is None:
            return
        listing = self._begun(place)
        async for batch in self._listed(place, listing):
            yield batch
        async for batch in self._lines(listing):
            yield batch
        if listing.walk.whole:
            await self._compare(place, listing)
            listing.mark.trim()
            if listing.mark.at:
                self.where.marks[f"{place.id}/epics"] = listing.mark
            yield Batch(gone=_refs(*listing.gone), cursor=self.where.dump())
        async for batch in self._watch(place, listing):
            yield batch

    def _begun(self, place: Place) -> Listing:
        """Of what changed, and once an hour of every epic: of a deleted one nothing else tells."""
        mark, held = self.where.marks.get(f"{place.id}/epics"), self.where.sides.get(f"{place.id}/listed")
        before = frozenset(held.said.split()) if held is not None else frozenset()
        whole = mark is None or self.where.rests(f"{place.id}/listed", self.now) is None
        mark = at.Mark(mark.at, dict(mark.near)) if mark else at.Mark(Instant(0))
        return Listing(whole, mark, mark.after, before)

    async def _listed(self, place: Place, listing: Listing) -> AsyncIterator[Batch]:
        group = place.id.removeprefix("groups/")

        def since(after: Instant | None) -> Request:
            return self._ask.epics(group, *((("updated_after", iso(after)),) if after is not None else ()))

        places: tuple[Place, ...] = (place,)
        after = None if listing.whole else listing.since
        async for response in by_stamp(self.talk.http, since, after, listing.walk):
            document = rows(response.json(), self.talk.world.odd)
            found = [each for row in document if (each := read.epic(row, place, self.talk.world))]
            for item in found:
                listing.take(item, self.now)
            people = tuple(who for each in found for who in each.people)
            # The place comes with the first answer: a group without a licence for epics is no place.
            yield Batch(places=places, people=people, tasks=tuple(each.task for each in found if each.task))
            places = ()
        self.talk.ended(listing.walk)

    async def _lines(self, listing: Listing) -> AsyncIterator[Batch]:
        """The newest with their lines until the history of the group is full; older ones with their description."""
        budget = self.history
        for each in sorted(listing.moved.values(), key=lambda item: item.thread.updated or 0, reverse=True):
            held = self.watched.get(each.thread.id)
            batch = await self._thread(each, held) if budget > 0 or held is not None else _first(each)
            budget -= len(batch.messages)
            yield batch

    async def _thread(self, item: Item, held: Watched | None) -> Batch:
        """Every line. An epic need not move for a line, so its version seals them, and the newest dates the thread."""
        try:
            batch = await self.talk.thread(item, held)
        except Refused:
            return _first(item)
        if not batch.threads:
            return _first(item)
        thread, lines = batch.threads[0], batch.messages[1:]
        times = [item.thread.updated or item.first.at, *(each.edited or each.at for each in lines)]
        version = thread.version
        if version is not None:
            seal = at.seal((each.id, each.version) for each in lines)
            version = at.version(f"{item.moved}:{seal}", [each.id for each in lines])
        return replace(batch, threads=(replace(thread, updated=max(times), version=version),))

    async def _compare(self, place: Place, listing: Listing) -> None:
        """What a whole listing lacks of the one before is gone when GitLab, asked for that very epic, says so."""
        name = f"{place.id}/listed"
        held = self.where.sides.get(name)
        if not listing.whole and held is not None:
            self.where.sides[name] = at.Side(held.at, " ".join(sorted(listing.before | listing.came)))
            return
        missing = sorted(listing.before - listing.came)
        # Others are asked about in another hour: some may lag in the listing for long.
        start = self.now // at.HOUR_MS * MAX_ASKED % len(missing) if missing else 0
        left = set(missing)
        for each in (missing[start:] + missing[:start])[:MAX_ASKED]:
            epic = RemoteId("groups/" + each.replace("/", "/epics/"))
            if await self._is_gone(epic):
                left.discard(each)
                listing.gone.add(epic)
        self.where.sides[name] = at.Side(self.now, " ".join(sorted(listing.came | left)))

    async def _is_gone(self, epic: RemoteId) -> bool:
        try:
            return await self.talk.read(self._ask.one(epic), forbidden=False) is None
        except (Forbidden, Refused):
            return False

    async def _watch(self, place: Place, listing: Listing) -> AsyncIterator[Batch]:
        """A line need not move its epic: the lines of what is watched are asked for, and compared by their seal."""
        for held in self.watched.values():
            if held.place != place.id or held.thread in listing.moved or held.thread in listing.gone:
                continue
            try:
                if await self._is_sealed(held):
                    continue
                row = obj((await self.talk.http.send(self._ask.one(held.thread))).json())
            except Gone:
                yield Batch(gone=_refs(held.thread))
                continue
            except (Forbidden, Refused):
                continue
            item = read.epic(row, place, self.talk.world)
            if item is not None:
                yield await self._thread(item, held)

    async def _is_sealed(self, held: Watched) -> bool:
        """Whether the lines are those of the version that is held; not told where GitLab does not show them."""
        path = read.held_path(held.thread, held.version)
        if path is None or not at.has_lines(held.version):
            return False
        found: list[Row] = []
        walk = Walk()
        try:
            async for response in pages(self.talk.http, self._ask.discussions(path), walk):
                found += rows(response.json(), Odd())
        except Gone:
            return False
        seal = at.moved_of(held.version).rpartition(":")[2]
        return not walk.whole or seal == read.seal_of(found)

    async def _place(self, path: str) -> Place | None:
        """A group with its readers, by what was read within the hour: its id, title, visibility and address."""
        name = f"groups/{path}/place"
        held = self.where.rests(name, self.now)
        if held is None:
            row = obj((await self.talk.http.send(self._ask.group(path))).json())
            parts = [str(ident(row.get("id")) or ""), *(text(row.get(each)) for each in _TOLD)]
            held = self.where.sides[name] = at.Side(self.now, "\n".join(parts))
        values = [*held.said.split("\n"), "", "", "", ""]
        return read.group_place(dict(zip(("id", *_TOLD), values, strict=False)), path)


def short(epic: RemoteId) -> str:
    """An epic in the list of a whole listing: its group and its number there."""
    return epic.removeprefix("groups/").replace("/epics/", "/")


def _refs(*epics: RemoteId) -> tuple[RemoteRef, ...]:
    return tuple((what, each) for each in sorted(epics) for what in (ItemType.THREAD, ItemType.TASK))


def _first(item: Item) -> Batch:
    """The description alone, in a version that says that the lines were not read."""
    thread = replace(item.thread, version=at.version(item.moved, None))
    return Batch(people=item.people, threads=(thread,), messages=(item.first,))
