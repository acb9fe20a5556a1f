"""One round: what moved, the newest lines there, what is left of the past, threads, reminders, and the notes.

Zoom's list of conversations tells in one request which of them moved. Whether a change or a deletion moves one is
nowhere promised: places on the screen, and others in turn, are read again, and watched threads as well. How much a
round may ask follows Zoom's limits; who had to wait comes first the next time.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.zoom.api import ask, incoming
from connectors.zoom.api.cursor import Cursor, Gap, Mark, beginning
from connectors.zoom.api.incoming import Line
from connectors.zoom.api.shape import Row, instant, text
from connectors.zoom.conversations import AHEAD_MS, MONTH_MS, YEAR_MS, Conversations
from connectors.zoom.library import Library
from connectors.zoom.people import MEMBERS_A_ROUND, Directory
from connectors.zoom.reminders import Reminders
from connectors.zoom.session import Session
from connectors.zoom.threads import Threads
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, Trouble, TryLater
from leeward.model import Batch, Focus, ItemType, Person, Place, RemoteId, RemoteRef
from leeward.ports import Clock, Login

WINDOW = 40
NARROW_PAST_MS = 2 * YEAR_MS
PAGES_A_ROUND, BASIC_PAGES = 60, 10
AGAIN_A_ROUND, BASIC_AGAIN = 2, 1
MOVED_A_ROUND, BASIC_MOVED = 40, 10
WATCHED_A_ROUND, BASIC_WATCHED = 8, 1
BASIC_EVERY_MS = 170_000
"""A free account has 2,000 of these requests a day: it is asked every three minutes, and looks again every six."""


class Known(Struct):
    """What saves questions and rows while the program runs: rows as they were told, and when who was asked."""

    digests: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    asked: dict[str, int] = field(default_factory=dict)
    rounds: int = 0
    last: int = 0
    cursor: str | None = None

    def forget(self) -> None:
        """What was told may not have been kept: tell it again."""
        for held in (self.digests, self.people, self.places, self.changed, self.gone):
            held.clear()


class Round:
    """One pull."""

    def __init__(
        self, login: Login, session: Session, directory: Directory, clock: Clock, known: Known, where: Cursor
    ) -> None:
        self._login, self._session, self._directory, self._clock = login, session, directory, clock
        self._known, self._where = known, where
        self._world = directory.world
        self._conversations = Conversations(session, directory, where, clock)
        self._pages = BASIC_PAGES if directory.basic else PAGES_A_ROUND
        self._moved = BASIC_MOVED if directory.basic else MOVED_A_ROUND
        self._broken: Trouble | None = None
        self._listed: set[str] = set()
        known.rounds += 1

    async def run(self, focus: Focus) -> AsyncIterator[Batch]:
        """Yield batches; a limit that is met in between ends the round, not the account."""
        now = self._clock.now()
        if self._directory.basic and self._known.last and now - self._known.last < BASIC_EVERY_MS:
            return
        self._known.last = now
        yielded = False
        try:
            async for batch in self._steps(focus):
                yielded = yielded or bool(batch.messages)
                yield batch
        except TryLater as trouble:
            if trouble.taken or not yielded:
                raise
        if self._broken is not None:
            raise self._broken

    async def _steps(self, focus: Focus) -> AsyncIterator[Batch]:
        await self._directory.refresh()
        await self._conversations.look()
        yield await self._places()
        order = {str(id): number for number, id in enumerate(focus.places)}
        open_places = self._open()
        turn = sorted(open_places, key=self._turn)
        looks = not self._directory.basic or self._known.rounds % 2 == 1
        again = 0 if not looks else BASIC_AGAIN if self._directory.basic else AGAIN_A_ROUND
        moved = sorted(
            (id for id in self._where.due if id in open_places),
            key=lambda one: (order.get(one, len(order)), -self._where.due[one]),
        )
        shown = [id for id in order if id in open_places]
        unread = [id for id in turn if id not in self._where.at]
        watches = 0 if not looks else BASIC_WATCHED if self._directory.basic else WATCHED_A_ROUND
        threads = Threads(self._session, self._world, self._known.gone, self._where, self._moved, watches)
        for part in (
            self._news(list(dict.fromkeys((*moved, *shown, *unread, *turn[:again])))),
            self._past(turn, order),
            threads.run(focus, set(open_places), self._listed, self._turn, self._asked, self._people),
            Reminders(self._session, self._directory, self._where, self._known.asked, self._clock).run(open_places),
            Library(self._session, self._world, self._where, self._known.asked, self._clock).run(),
        ):
            async for batch in part:
                yield batch

    def _open(self) -> list[str]:
        """Every place that is read, by id."""
        direct = [f"@{id}" for id in self._directory.named_contacts()]
        met = [id for id in (*self._where.at, *self._where.due) if id.startswith("@")]
        wanted = [id for id in met if self._directory.wants_direct(RemoteId(id[1:]))]
        channels = [id for id, row in self._directory.channels.items() if not _archived(row)]
        return list(dict.fromkeys((*channels, *direct, *wanted)))

    async def _places(self) -> Batch:
        """Places and people that are new or differ from what was told."""
        budget = [MEMBERS_A_ROUND]
        found: list[Place] = []
        for id, row in self._directory.channels.items():
            place = await self._directory.place(row, budget, known=id in self._known.places or id in self._where.at)
            found += [place] if place else []
        found += [
            incoming.direct(RemoteId(id[1:]), self._world)
            for id in (*self._where.at, *self._where.due, *(f"@{one}" for one in self._directory.named_contacts()))
            if id.startswith("@") and self._directory.wants_direct(RemoteId(id[1:]))
        ]
        fresh: dict[str, Place] = {each.id: each for each in found if self._known.places.get(each.id) != each}
        self._known.places |= fresh
        people = self._people(list(self._world.people.values()))
        return Batch(tuple(fresh.values()), people, oddities=self._session.oddities())

    async def _news(self, ids: Sequence[str]) -> AsyncIterator[Batch]:
        """The newest lines of each place in turn; one that fails must not hide the others."""
        for id in ids:
            if self._pages <= 0:
                return
            self._asked(id)
            try:
                batch = await self._gladly(RemoteId(id))
            except ask.NoScope:
                raise
            except (Forbidden, Gone, Refused):
                self._where.due.pop(id, None)
                continue
            except (TryLater, ServiceChanged) as trouble:
                if not trouble.taken:
                    raise
                self._broken = self._broken or trouble
                continue
            if batch is not None:
                yield batch

    async def _gladly(self, id: RemoteId) -> Batch | None:
        """The newest lines of a place; where Zoom refuses to tell of a long time at once, of its last month."""
        try:
            return await self._recent(id)
        except Refused:
            if self._where.narrow:
                raise
            self._where.narrow = True
            return await self._recent(id)

    def _begun(self, id: RemoteId) -> Mark:
        """Where reading a place begins this time: a long absence may leave a gap to be filled later."""
        held, now = self._where.at.get(id), self._clock.now()
        if held is None:
            start, gaps = beginning(self._where.due.get(id, 0), self._login.history, now)
            held = Mark(back=start, low=start, gaps=gaps)
        if self._where.narrow and now - held.back > MONTH_MS:
            start, gap = now - MONTH_MS, Gap(held.back, now - MONTH_MS, max(self._login.history, 1))
            held = replace(held, back=start, low=start, gaps=(gap, *held.gaps))
        return held

    async def _recent(self, id: RemoteId) -> Batch | None:
        held = self._begun(id)
        until = max(self._clock.now(), self._session.now) + AHEAD_MS
        rows, left = await self._stretch(id, held.back, until, self._pages)
        lines = self._lines(rows)
        said = [each for each in lines if not each.gone]
        newest = max((each.at for each in said), default=held.newest)
        stamps = sorted((each.at for each in said), reverse=True)
        back = stamps[WINDOW - 1] if len(stamps) >= WINDOW else held.back
        gaps = (*((Gap(left[0], left[1], self._login.history),) if left else ()), *held.gaps)
        self._listed.add(id)
        gone = self._newly_gone(lines)
        low = left[1] if left and left[1] < until else held.low
        mark = replace(
            held,
            low=max(held.low, low),
            newest=max(newest, held.newest),
            back=back,
            stamp=self._conversations.read(id),
            gaps=gaps,
        )
        self._where.at[id] = self._queued(mark, lines, held.newest)
        digest = _digest(said)
        if self._known.digests.get(id) == digest and not gone:
            return None
        batch = self._batch(id, rows, lines, gone)
        self._known.digests[id] = digest
        return batch

    async def _stretch(self, id: str, since: int, until: int, budget: int) -> tuple[list[Row], tuple[int, int] | None]:
        """All messages of [since, until], and what is left of it where the pages ran out."""
        found: list[Row] = []
        whole = False
        try:
            async for rows, over in self._session.pages(ask.lines(self._session.base, id, since, until), "messages"):
                self._pages -= 1
                budget -= 1
                found += rows
                whole = over
                if budget <= 0:
                    break
        except ask.Stale:
            self._pages -= 1
        left = None if whole else _rest(found, since, until)
        # Pages that went in circles and brought nothing further are not asked for again.
        return found, None if left == (since, until) and budget > 0 and found else left

    async def _past(self, turn: Sequence[str], order: dict[str, int]) -> AsyncIterator[Batch]:
        """What is left of each place's past, a stretch a place in turn until the round's share is used up."""
        shut: set[str] = set()
        while self._pages > 0:
            waiting = [id for id in turn if self._where.mark(id).gaps and id not in shut]
            if not waiting:
                return
            for id in sorted(waiting, key=lambda one: order.get(one, len(order))):
                if self._pages <= 0:
                    return
                gaps = self._where.mark(id).gaps
                try:
                    yield await self._older(RemoteId(id))
                    if self._where.mark(id).gaps == gaps:
                        shut.add(id)
                except (Forbidden, Gone):
                    shut.add(id)
                except Refused:
                    # Zoom may not want to be asked for many years at once: then by the month.
                    if self._where.narrow:
                        shut.add(id)
                    self._where.narrow = True

    async def _older(self, id: RemoteId) -> Batch:
        mark = self._where.mark(id)
        gap, *others = mark.gaps
        bottom = gap.since
        if self._where.narrow:
            bottom = max(bottom, gap.until - MONTH_MS)
        pages = max(1, min(self._pages, -(-gap.left // ask.PAGE)))
        rows, left = await self._stretch(id, bottom, gap.until, pages)
        lines = self._lines(rows)
        remaining = gap.left - len(lines)
        rest = [Gap(left[0], left[1], remaining)] if left else []
        floor = max(gap.since, self._clock.now() - NARROW_PAST_MS)
        if not left and bottom > floor:
            rest = [Gap(gap.since, bottom, remaining)]
        low = min(mark.low, left[1] if left else bottom) if gap.until >= mark.low else mark.low
        gone = self._newly_gone(lines)
        below = tuple(each for each in mark.below if each not in {line.id for line in lines})
        kept = tuple(one for one in (*rest, *others) if one.left > 0)
        self._where.at[id] = self._queued(replace(mark, gaps=kept, low=low, below=below), lines, 0)
        return self._batch(id, rows, lines, gone, frozenset(mark.below))

    def _queued(self, mark: Mark, lines: Iterable[Line], newest: int) -> Mark:
        """Threads these lines belong to, where they are new, were changed or deleted."""
        found = dict(mark.threads)
        for each in lines:
            state = f"{each.digest}{each.gone}"
            changed = (each.edited or each.gone) and self._known.changed.get(each.id) != state
            if changed:
                self._known.changed[each.id] = state
            if each.root and (each.at > newest or changed):
                found[each.root] = each.root_at or each.at
        return replace(mark, threads=found)

    def _batch(
        self,
        id: RemoteId,
        rows: Sequence[Row],
        lines: Sequence[Line],
        gone: tuple[RemoteRef, ...],
        below: frozenset[str] = frozenset(),
    ) -> Batch:
        roots = {each.root for each in lines if each.root} | self._where.mark(id).threads.keys() | below
        said = sorted((each for each in lines if not each.gone), key=lambda each: (each.at, each.id))
        return Batch(
            people=self._people(self._directory.met(rows)),
            messages=tuple(incoming.message(each, id, self._world, begins=each.id in roots) for each in said),
            gone=gone,
            cursor=self._where.dump(),
            oddities=self._session.oddities(),
        )

    def _newly_gone(self, lines: Iterable[Line]) -> tuple[RemoteRef, ...]:
        """What Zoom says was deleted, told once."""
        lost = [each.id for each in lines if each.gone and each.id not in self._known.gone]
        self._known.gone.update(lost)
        return tuple((ItemType.MESSAGE, id) for id in lost)

    def _lines(self, rows: Iterable[Row]) -> list[Line]:
        found = {one.id: one for row in rows if (one := incoming.line(row, self._world, self._session.odd))}
        return incoming.joined(found.values())

    def _people(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Those that are new or differ from what was told."""
        found: dict[str, Person] = {each.id: each for each in people if self._known.people.get(each.id) != each}
        self._known.people |= found
        return tuple(found.values())

    def _turn(self, name: str) -> tuple[int, str]:
        """Who waited longest comes first; among those a fresh program never asked, chance by the minute decides."""
        minute = self._clock.now() // 60_000
        return self._known.asked.get(name, 0), hashlib.blake2b(f"{minute}/{name}".encode(), digest_size=8).hexdigest()

    def _asked(self, name: str) -> None:
        self._known.asked[name] = self._known.rounds


def _archived(row: Row) -> bool:
    return row.get("is_archived") is True or text(row.get("status")).lower() == "archived"


def _rest(rows: Iterable[Row], since: int, until: int) -> tuple[int, int]:
    """What of [since, until] is left after some pages; whether Zoom lists newest first shows in the pages themselves."""
    stamps = [stamp for row in rows if (stamp := instant(row.get("timestamp")) or instant(row.get("date_time")))]
    if not stamps:
        return since, until
    return (since, min(stamps)) if stamps[0] >= stamps[-1] else (max(stamps), until)


def _digest(lines: Iterable[Line]) -> str:
    told = ";".join(sorted(f"{each.id}{each.digest}{each.edited}{each.root}{each.key}" for each in lines))
    return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
