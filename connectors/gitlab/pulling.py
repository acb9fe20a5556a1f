"""One pull: projects, what changed in each, the lines of what moved, what is watched, and what waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.gitlab.api import cursor as at
from connectors.gitlab.api import incoming
from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, ident, obj, rows, text
from connectors.gitlab.api.incoming import Item, Sort, World
from connectors.gitlab.groups import Groups
from connectors.gitlab.listing import by_stamp, listed
from connectors.gitlab.sides import Facts, Sides, facts
from connectors.gitlab.talk import MAX_ASKED, Talk
from connectors.limits import server_now
from connectors.paging import Walk, pages
from leeward.errors import Forbidden, Gone, ServiceChanged, Trouble, TryLater
from leeward.model import Batch, Focus, Instant, ItemType, Person, Place, RemoteId, Todo, Watched
from leeward.ports import Http, Login
from leeward.wire import Response

SORTS: tuple[Sort, ...] = ("issues", "merge_requests")
MEMBERS_S = 3600.0


class Known(Struct):
    """What a running connector remembers between pulls to ask less: members by project."""

    members: dict[RemoteId, tuple[float, tuple[Person, ...] | None]] = field(default_factory=dict)


class Pull:
    """One run. `now_s` is monotonic and only ages what `known` holds; positions come from the server's stamps.

    `now` stands in for the server's clock where it does not tell the time.
    """

    def __init__(self, http: Http, login: Login, world: World, known: Known, now_s: float, now: Instant) -> None:
        self._http = http
        self._login = login
        self._ask = Ask(world.api)
        self._talk = Talk(http, world, self._ask)
        self._world = world
        self._known = known
        self._now_s = now_s
        self._now = now
        self._facts: dict[RemoteId, Facts] = {}
        self._broken: Trouble | None = None
        self._moved: set[RemoteId] = set()
        self._shown: set[RemoteId] = set()
        self._unread = False
        self._latest: Instant | None = None

    async def run(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield batches; each cursor covers what came before it."""
        where = at.load(cursor)
        watched = {each.thread: each for each in (*focus.watch, *focus.threads)}
        self._shown = {each.thread for each in focus.threads}
        places: list[Place] = []
        async for batch in self._places():
            places += batch.places
            yield batch
        first = {place: number for number, place in enumerate(focus.places)}
        places.sort(key=lambda each: first.get(each.id, len(first)))
        sides = Sides(self._http, self._world, where, self._now, frozenset(focus.places), self._ask)
        for place in places:
            if not place.archived:
                async for batch in self._contained(self._whole(place, where, watched, sides)):
                    yield batch
        groups = dict.fromkeys(self._facts[each.id].group for each in places if not each.archived)
        epics = Groups(self._talk, where, self._now, watched, self._login.history)
        async for batch in self._contained(epics.run([each for each in groups if each])):
            yield self._talk.batch(batch)
        known = {place.id for place in places}
        async for batch in self._todos(where, known):
            yield batch
        broken = self._broken or self._talk.broken
        if broken is not None:
            raise broken

    async def _contained(self, part: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        """One part that fails must not hide the others; with no connection there is nothing to go on with."""
        try:
            async for batch in part:
                yield batch
        except (TryLater, ServiceChanged) as trouble:
            self._note(trouble)

    def _note(self, trouble: Trouble) -> None:
        """Told at the end; raised at once where there is no connection."""
        if not trouble.taken:
            raise trouble
        self._broken = self._broken or trouble

    async def _whole(
        self, place: Place, where: at.Cursor, watched: dict[RemoteId, Watched], sides: Sides
    ) -> AsyncIterator[Batch]:
        try:
            await sides.columns(place)
        except (TryLater, ServiceChanged) as trouble:
            self._note(trouble)
        async for batch in self._place(place, where, watched):
            yield batch
        if place.notes:
            async for batch in sides.wiki(place, self._facts[place.id]):
                yield self._talk.batch(batch)

    async def _places(self) -> AsyncIterator[Batch]:
        if self._login.places:
            for named in self._login.places:
                response = await self._talk.read(self._ask.project(named))
                if response is not None:
                    self._heard(response)
                    yield await self._named([obj(response.json())])
            return
        walk = Walk()
        async for response in pages(self._http, self._ask.projects(), walk):
            self._heard(response)
            yield await self._named(rows(response.json(), self._world.odd))
        self._talk.ended(walk)

    def _heard(self, response: Response) -> None:
        """What time it is there."""
        told = server_now(response)
        if told is not None:
            self._now, self._latest = told, Instant(told + at.AHEAD_MS)

    def _sane(self, mark: at.Mark | None) -> at.Mark | None:
        """A position ahead of the server's own clock was taken while that was wrong: what came since lies before it."""
        ahead = mark is not None and self._latest is not None and mark.at > self._latest
        return None if ahead else mark

    async def _named(self, found: Iterable[Row]) -> Batch:
        places: list[Place] = []
        people: list[Person] = []
        for row in found:
            members = await self._members(row)
            place = incoming.place(row, self._world, members)
            if place is not None:
                self._facts[place.id] = facts(row)
                places.append(place)
                people += members or ()
        return self._talk.batch(Batch(tuple(places), tuple(people)))

    async def _members(self, row: Row) -> tuple[Person, ...] | None:
        project = ident(row.get("id"))
        if project is None or text(row.get("visibility")) != "private":
            return None
        aged, held = self._known.members.get(project, (-MEMBERS_S, None))
        if self._now_s - aged < MEMBERS_S:
            return held
        people: list[Person] = []
        walk = Walk()
        try:
            async for response in pages(self._http, self._ask.members(project), walk):
                found = (self._world.person(each) for each in rows(response.json(), self._world.odd))
                people += [each for each in found if each]
            # Of a list that broke off nobody knows how many more there are.
            held = tuple(people) if walk.whole else None
        except (Forbidden, Gone):
            held = None
        self._known.members[project] = (self._now_s, held)
        return held

    async def _place(self, place: Place, where: at.Cursor, watched: dict[RemoteId, Watched]) -> AsyncIterator[Batch]:
        for sort in SORTS:
            if sort == "issues" and not place.tasks:
                continue
            name = f"{place.id}/{sort}"
            mark = self._sane(where.marks.get(name))
            fresh = at.Mark(mark.at, dict(mark.near)) if mark else at.Mark(Instant(0))
            walk = Walk()
            moved: list[Item] = []
            self._unread = False
            try:
                async for batch in self._listed(place, sort, mark, walk, moved, fresh):
                    yield batch
                self._talk.ended(walk)
            except (Forbidden, Gone):
                # Merge requests may be switched off, or a project be hidden: it is left out, nothing is concluded.
                continue
            whole = walk.whole and not self._unread and mark is None and sort == "issues"
            async for batch in self._lines(moved, watched):
                yield batch
            if walk.whole and fresh.at:
                # Only now: the position may not pass lines that were not read.
                fresh.trim()
                where.marks[name] = fresh
            complete = ((place.id, ItemType.TASK),) if whole else ()
            yield self._talk.batch(Batch(complete=complete, cursor=where.dump() if walk.whole else None))
            async for batch in self._watch(place, sort, watched):
                yield batch

    async def _listed(
        self, place: Place, sort: Sort, mark: at.Mark | None, walk: Walk, moved: list[Item], fresh: at.Mark
    ) -> AsyncIterator[Batch]:
        """Tasks of every page; what has new lines is collected in `moved`, oldest first."""
        since = partial(self._ask.changed, place.id, sort)
        async for response in by_stamp(self._http, since, mark.after if mark else None, walk):
            items = self._items(response, sort)
            now = server_now(response) or self._now
            for each in items:
                iid = each.thread.id.rpartition("/")[2]
                if not fresh.knows(iid, each.moved):
                    moved.append(each)
                if each.thread.updated is not None:
                    fresh.take(each.thread.updated, iid, each.moved, now)
            people = tuple(person for each in items for person in each.people)
            yield self._talk.batch(Batch(people=people, tasks=tuple(each.task for each in items if each.task)))

    def _items(self, response: Response, sort: Sort) -> list[Item]:
        before = self._world.odd.count
        found = [incoming.item(row, sort, self._world) for row in listed(response, self._world.odd)]
        self._unread = self._unread or self._world.odd.count > before
        return [each for each in found if each]

    async def _lines(self, moved: list[Item], watched: dict[RemoteId, Watched]) -> AsyncIterator[Batch]:
        """The newest threads with their lines until the history of a place is full; older ones with their first."""
        latest = {each.thread.id: each for each in moved}
        budget = self._login.history
        for each in sorted(latest.values(), key=lambda item: item.thread.updated or 0, reverse=True):
            self._moved.add(each.thread.id)
            budget -= each.lines
            if budget < 0 and each.thread.id not in watched:
                thread = replace(each.thread, version=at.version(each.moved, None))
                yield self._talk.batch(Batch(threads=(thread,), messages=(each.first,)))
                continue
            yield await self._talk.thread(each, watched.get(each.thread.id))

    async def _watch(self, place: Place, sort: Sort, watched: dict[RemoteId, Watched]) -> AsyncIterator[Batch]:
        """A deleted line moves no stamp: what is watched is compared by version, a hundred threads a request."""
        prefix = f"{place.id}/{sort}/"
        ours = [each for each in watched.values() if each.thread.startswith(prefix) and each.thread not in self._moved]
        for start in range(0, len(ours), 100):
            some = {each.thread: each for each in ours[start : start + 100]}
            seen: set[RemoteId] = set()
            request = self._ask.some(place.id, sort, [each.removeprefix(prefix) for each in some])
            async for response in pages(self._http, request, Walk()):
                for item in self._items(response, sort):
                    seen.add(item.thread.id)
                    held = some.get(item.thread.id)
                    if held is not None and self._is_behind(item, held):
                        yield await self._talk.thread(item, held)
            async for batch in self._missing(sorted(some.keys() - seen), sort, some):
                yield batch

    def _is_behind(self, item: Item, held: Watched) -> bool:
        """Whether it moved since; what is on the screen is read even if it lay beyond the history so far."""
        unread = item.thread.id in self._shown and not at.has_lines(held.version)
        return unread or at.moved_of(held.version) != item.moved

    async def _missing(
        self, threads: list[RemoteId], sort: Sort, watched: dict[RemoteId, Watched]
    ) -> AsyncIterator[Batch]:
        for each in threads[:MAX_ASKED]:
            response = await self._talk.read(self._ask.one(each), forbidden=False)
            if response is None:
                refs = ((ItemType.THREAD, each), *(((ItemType.TASK, each),) if sort == "issues" else ()))
                yield Batch(gone=refs)
                continue
            item = incoming.item(obj(response.json()), sort, self._world)
            if item is not None and self._is_behind(item, watched[each]):
                yield await self._talk.thread(item, watched[each])

    async def _todos(self, where: at.Cursor, known: set[RemoteId]) -> AsyncIterator[Batch]:
        """What waits now, and what waited at the last pull and was finished since."""
        walk = Walk()
        found: list[tuple[Todo, Person | None]] = []
        async for response in pages(self._http, self._ask.todos("pending"), walk):
            found += self._waiting(response)
        self._talk.ended(walk)
        if not walk.whole:
            return
        pending = {each.id for each, _who in found}
        finished, lost = await self._finished({each for each in where.waits if each not in pending})
        gone = await self._without_target(lost) if pending or len(lost) < 2 else set()
        where.waits = tuple(sorted(pending | (lost - gone)))
        ours = [(each, who) for each, who in (*found, *finished) if each.place in known]
        people = tuple(who for _each, who in ours if who)
        refs = tuple((ItemType.TODO, each) for each in sorted(gone))
        todos = tuple(each for each, _who in ours)
        yield self._talk.batch(Batch(people=people, todos=todos, gone=refs, cursor=where.dump()))

    def _waiting(self, response: Response) -> list[tuple[Todo, Person | None]]:
        read = (incoming.todo(row, self._world) for row in listed(response, self._world.odd))
        return [each for each in read if each]

    async def _finished(self, left: set[RemoteId]) -> tuple[list[tuple[Todo, Person | None]], set[RemoteId]]:
        """What was finished, and what is in neither list."""
        found: list[tuple[Todo, Person | None]] = []
        if not left:
            return found, set()
        # The newest stand first, so the oldest id looked for is where to stop.
        oldest = min(int(each) for each in left)
        async for response in pages(self._http, self._ask.todos("done"), Walk(), MAX_ASKED):
            done = self._waiting(response)
            found += [each for each in done if each[0].id in left]
            if len(found) == len(left) or not done or min(int(each.id) for each, _who in done) < oldest:
                break
        return found, left - {each.id for each, _who in found}

    async def _without_target(self, lost: set[RemoteId]) -> set[RemoteId]:
        """GitLab drops the to-dos of what was deleted without a word: gone is what a second whole list lacks as well."""
        if not lost:
            return lost
        walk = Walk()
        again: set[RemoteId] = set()
        async for response in pages(self._http, self._ask.todos("pending"), walk):
            again |= {each.id for each, _who in self._waiting(response)}
        return lost - again if walk.whole else set()
