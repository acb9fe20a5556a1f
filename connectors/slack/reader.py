"""One round: channels, what is new in each, what is left of their past, and the threads that moved.

Slack tells nothing of changes: the newest page of a channel is read again each round, which shows new lines, edits,
deletions and threads that moved in one request. How many requests a round may make follows Slack's tiers; who had to
wait comes first the next time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.slack.api import ask, incoming
from connectors.slack.api.cursor import WINDOW, Cursor, Gap, Mark
from connectors.slack.api.shape import Row, instant, line_id, obj, split_id, stamp, whole
from connectors.slack.people import MEMBERS_A_ROUND, Directory
from leeward.errors import Forbidden, Gone, Refused, ServiceChanged, Trouble, TryLater
from leeward.model import Batch, Focus, ItemType, Person, ReadUpTo, RemoteId, RemoteRef, Watched
from leeward.ports import Clock, Login
from leeward.words import _

HISTORY_A_ROUND = 40
PAST_A_ROUND = 10
REPLIES_A_ROUND = 35
MARKERS_A_ROUND = 15
HURRY_S = 50.0
LOST_A_PLACE = 10
_NEWEST = 100
_THREAD_PAGES = 20
_REMEMBERED_MS = 60 * 86_400_000
"""Workspaces without a plan hide lines after 90 days: what disappears at that age was not deleted."""


class Known(Struct):
    """What saves questions and rows while the program runs: pages as they last came, and when who was asked."""

    pages: dict[str, str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    rounds: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[dict[str, Row], str]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    whole_at: float = -HURRY_S

    def forget(self) -> None:
        """What was told may not have been kept: tell it again."""
        for held in (self.pages, self.people, self.markers, self.parts):
            held.clear()


class Round:
    """One pull."""

    def __init__(self, login: Login, directory: Directory, clock: Clock, known: Known, where: Cursor) -> None:
        self._login, self._directory, self._clock = login, directory, clock
        self._known = known
        self._where = where
        self._world = directory.world
        self._history = 1 if where.strict else HISTORY_A_ROUND
        self._replies = 1 if where.strict else REPLIES_A_ROUND
        self._news: list[str] = []
        self._broken: Trouble | None = None
        known.rounds += 1
        self._moved, known.moved = known.moved, set()
        self._hurried = bool(self._moved) and clock.monotonic() - known.whole_at < HURRY_S
        if not self._hurried:
            known.whole_at = clock.monotonic()

    async def run(self, focus: Focus) -> AsyncIterator[Batch]:
        """Yield batches; a limit that is met in between ends the round, not the account."""
        yielded = False
        try:
            async for batch in self._steps(focus):
                yielded = yielded or bool(batch.messages)
                yield batch
        except TryLater as trouble:
            if trouble.taken or not yielded:
                raise

    async def _steps(self, focus: Focus) -> AsyncIterator[Batch]:
        places = await self._directory.places()
        order = {str(id): number for number, id in enumerate(focus.places)}
        yield await self._places(places)
        open_places = [id for row, id in places if row.get("is_archived") is not True and self._wanted(id)]
        waiting = sorted(open_places, key=lambda one: (order.get(one, len(order)), self._turn(one)))
        past_first = self._where.strict and self._known.rounds % 2 == 0 and bool(self._gaps(waiting))
        limited: TryLater | None = None
        for part in (
            self._channels([] if past_first else waiting),
            self._past([] if self._hurried else waiting),
            self._threads(focus, set(waiting)),
            self._markers(focus, waiting),
        ):
            try:
                async for batch in part:
                    yield batch
            except TryLater as pause:
                if pause.taken:
                    raise
                limited = (
                    limited or pause
                )  # Slack limits each method by itself: what others bring is taken all the same
        if trouble := self._broken or limited:
            raise trouble

    def _wanted(self, id: str) -> bool:
        """A round that was woken between two others reads only where something happened."""
        return not self._hurried or id in self._moved

    async def _channels(self, waiting: list[str]) -> AsyncIterator[Batch]:
        """The newest page of each channel in turn; one that fails must not hide the others."""
        # With very many channels their past would never have its turn.
        kept = 0 if self._where.strict or not self._gaps(waiting) else PAST_A_ROUND
        for id in waiting:
            if self._history <= kept:
                return
            try:
                async for batch in self._channel(id):
                    yield batch
            except (Forbidden, Gone, Refused):
                continue
            except (TryLater, ServiceChanged) as trouble:
                if not trouble.taken:
                    raise
                self._broken = self._broken or trouble

    async def _places(self, listed: list[tuple[Row, str]]) -> Batch:
        budget = [MEMBERS_A_ROUND]
        found = [
            await self._directory.place(row, id, budget, known=id in self._where.at or id in self._known.asked)
            for row, id in listed
        ]
        people = self._fresh(await self._directory.need((self._world.me,)))
        return Batch(tuple(each for each in found if each), people, oddities=self._odd())

    async def _channel(self, id: str) -> AsyncIterator[Batch]:
        """The newest page of a channel."""
        self._asked(id)
        limit = ask.STRICT_PAGE if self._where.strict else _NEWEST
        self._history -= 1
        document = await self._directory.ask(ask.history(self._directory.base, id, limit))
        rows, odd = self._lines(document)
        more = document.get("has_more") is True
        if more and len(rows) == ask.STRICT_PAGE < limit:
            self._where.strict, self._history, self._replies = True, 0, min(self._replies, 1)
        held = self._where.at.get(id)
        digest = _digest(document.get("messages"))
        if held is not None and self._known.pages.get(id) == digest:
            return
        held = held or Mark()
        oldest = min(rows, default="")
        lost = {ts for ts in held.window if ts not in rows and (not more or ts > oldest)}
        gone, unsure, there = await self._confirmed(id, None, lost)
        rows |= there
        gone += tuple((ItemType.MESSAGE, line_id(id, ts)) for ts, row in rows.items() if incoming.taken_back(row))
        newest = dict.fromkeys(sorted(unsure, reverse=True)[:LOST_A_PLACE], "")
        newest |= {ts: incoming.moved(rows[ts]) for ts in sorted(rows, reverse=True)[:WINDOW]}
        mark = replace(held, window=newest, threads=_to_read(held, rows))
        if more and oldest and oldest > held.newest:
            left = self._login.history - _said(rows.values())
            mark = replace(mark, gaps=(*((Gap(oldest, held.newest, left),) if left > 0 else ()), *held.gaps))
        self._where.at[id] = mark
        self._news.append(id)
        yield self._begun(id, rows, held, await self._batch(id, rows, gone, odd))
        self._known.pages[id] = digest

    async def _past(self, places: list[str]) -> AsyncIterator[Batch]:
        """What is left of the channels' past, a page a channel in turn until the round's share is used up."""
        shut: set[str] = set()
        while self._history > 0 and (waiting := [id for id in self._gaps(places) if id not in shut]):
            for id in waiting:
                if self._history <= 0:
                    return
                try:
                    yield await self._older(id)
                except (Forbidden, Gone, Refused):
                    shut.add(id)

    async def _older(self, id: str) -> Batch:
        mark = self._where.at[id]
        gap, *others = mark.gaps
        limit = ask.STRICT_PAGE if self._where.strict else min(ask.PAGE, max(1, gap.left))
        self._history -= 1
        document = await self._directory.ask(
            ask.history(self._directory.base, id, limit, latest=gap.latest, oldest=gap.stop)
        )
        rows, odd = self._lines(document)
        oldest = min(rows, default=gap.latest)
        left = gap.left - _said(rows.values())
        further: tuple[Gap, ...] = ()
        if document.get("has_more") is True and left > 0:
            if oldest < gap.latest:
                further = (Gap(oldest, gap.stop, left),)
            else:
                odd += 1
        self._where.at[id] = replace(mark, gaps=(*further, *others), threads=_to_read(mark, rows))
        return self._begun(id, rows, mark, await self._batch(id, rows, (), odd))

    def _begun(self, id: str, rows: dict[str, Row], held: Mark, batch: Batch) -> Batch:
        """Threads not known so far are named by their first lines: their answers may have to wait."""
        begun = [ts for ts, row in rows.items() if incoming.moved(row) and not held.window.get(ts)]
        return replace(batch, threads=tuple(incoming.thread(ts, id, {ts: rows[ts]}, self._world) for ts in begun))

    async def _threads(self, focus: Focus, places: set[str]) -> AsyncIterator[Batch]:
        """Threads on the screen, then those that moved, then those that are watched for edits."""
        versions = {each.thread: each.version for each in (*focus.watch, *focus.threads)}
        moved = [(id, ts) for id in places for ts in self._where.at.get(id, Mark()).threads]
        queue = [
            *_known(focus.threads),
            *(found for name in self._known.parts if (found := split_id(name))),
            *sorted(moved, key=lambda each: each[1], reverse=True),
            *sorted(_known(focus.watch), key=lambda each: self._turn(line_id(*each))),
        ]
        for id, root in dict.fromkeys(each for each in queue if each[0] in places):
            if self._replies <= 0:
                return
            try:
                batch = await self._thread(id, root, incoming.known_answers(versions.get(line_id(id, root))))
            except ask.Absent:
                batch = Batch()
            except (Forbidden, Gone, Refused):
                continue
            mark = self._where.at.get(id, Mark())
            if root in mark.threads and line_id(id, root) not in self._known.parts:
                self._where.at[id] = mark.without(root)
                batch = replace(batch, cursor=self._where.dump())
            if batch != Batch():
                yield batch

    async def _thread(self, id: str, root: str, known: set[str]) -> Batch:
        """All of a thread. Raises `Absent` where Slack knows none."""
        name = line_id(id, root)
        self._asked(name)
        rows, after = self._known.parts.pop(name, ({}, ""))
        odd, seen = 0, {""}
        limit = ask.STRICT_PAGE if self._where.strict else ask.PAGE
        for _page in range(_THREAD_PAGES):
            self._replies -= 1
            document = await self._directory.ask(ask.replies(self._directory.base, id, root, limit, cursor=after))
            found, wrong = self._lines(document)
            rows |= found
            after = ask.next_cursor(document)
            odd += wrong + (bool(after) and after in seen)
            if after in seen:
                break
            seen.add(after)
            if self._replies <= 0:
                # A long thread in a tight round: the next one goes on from here.
                self._known.parts[name] = (dict(rows), after)
                break
        complete = not after and not odd
        answers = {ts for ts, row in rows.items() if incoming.root_of(row) == root}
        rows = {ts: row for ts, row in rows.items() if ts in answers or ts == root}
        lost = {ts for ts in known - answers if complete and root in rows}
        digest = _digest(list(rows.values()))
        if self._known.pages.get(name) == digest and not lost:
            return Batch()
        gone, _unsure, there = await self._confirmed(id, root, lost)
        rows |= there
        batch = await self._batch(id, rows, gone, odd)
        if not answers and not known:
            return batch
        self._known.pages[name] = digest
        return replace(batch, threads=(incoming.thread(root, id, rows, self._world),))

    async def _confirmed(
        self, id: str, root: str | None, lost: Iterable[str]
    ) -> tuple[tuple[RemoteRef, ...], tuple[str, ...], dict[str, Row]]:
        """Of the lines a listing lacks: those Slack does not show by themselves either, those not asked for, the rest."""
        young = sorted(ts for ts in lost if instant(ts) > self._clock.now() - _REMEMBERED_MS)
        gone: list[RemoteRef] = []
        there: dict[str, Row] = {}
        for number, ts in enumerate(young):
            left = self._history if root is None else self._replies
            if number >= LOST_A_PLACE or left <= 0:
                return tuple(gone), tuple(young[number:]), there
            base = self._directory.base
            if root is None:
                self._history -= 1
                request = ask.history(base, id, 1, only=ts)
            else:
                self._replies -= 1
                request = ask.replies(base, id, root, 2, only=ts)
            rows, _odd = self._lines(await self._directory.ask(request))
            if ts in rows:
                there[ts] = rows[ts]
            else:
                gone.append((ItemType.MESSAGE, line_id(id, ts)))
        return tuple(gone), (), there

    async def _markers(self, focus: Focus, places: list[str]) -> AsyncIterator[Batch]:
        """Where the owner read up to elsewhere. A bot reads nothing."""
        if self._world.bot is not None or self._where.strict or self._hurried:
            return
        ahead = dict.fromkeys((*(id for id in focus.places if id in places), *self._news))
        rest = sorted((id for id in places if id not in ahead), key=lambda one: self._turn(f"{one}/read"))
        for id in [*ahead, *rest][:MARKERS_A_ROUND]:
            self._asked(f"{id}/read")
            try:
                document = await self._directory.ask(ask.get(self._directory.base, "conversations.info", channel=id))
            except (Forbidden, Gone, Refused):
                continue
            upto = stamp(obj(document.get("channel")).get("last_read")) or ""
            window = self._where.at.get(id, Mark()).window
            line = max((ts for ts in window if ts <= upto), default=None)
            if line is not None and self._known.markers.get(id) != line:
                yield Batch(read=(ReadUpTo(RemoteId(id), line_id(id, line)),))
                self._known.markers[id] = line

    async def _batch(self, id: str, rows: dict[str, Row], gone: tuple[RemoteRef, ...], odd: int) -> Batch:
        bots = [each for row in rows.values() if (each := incoming.bot(row))]
        for each in bots:
            if each.id not in self._world.people:
                self._world.know(each)
        people = await self._directory.need(incoming.named(rows.values()))
        said = (incoming.message(rows[ts], id, self._world) for ts in sorted(rows))
        return Batch(
            people=self._fresh(people),
            messages=tuple(each for each in said if each),
            gone=gone,
            cursor=self._where.dump(),
            oddities=odd + self._odd(),
        )

    def _lines(self, document: Row) -> tuple[dict[str, Row], int]:
        """The lines of a page. Raises `ServiceChanged` for a page without: it is not an empty one."""
        if not isinstance(document.get("messages"), list):
            raise ServiceChanged(_("Slack's answer holds no lines."), _("Trying again later."))
        return incoming.lines(document)

    def _gaps(self, places: Iterable[str]) -> list[str]:
        return [id for id in places if self._where.at.get(id, Mark()).gaps]

    def _fresh(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Those that are new or differ from what was told."""
        found = tuple(each for each in people if self._known.people.get(each.id) != each)
        self._known.people |= {each.id: each for each in found}
        return found

    def _turn(self, name: str) -> tuple[int, str]:
        """Who waited longest comes first; among those a fresh program never asked, chance by the minute decides."""
        minute = self._clock.now() // 60_000
        return self._known.asked.get(name, 0), hashlib.blake2b(f"{minute}/{name}".encode(), digest_size=8).hexdigest()

    def _asked(self, name: str) -> None:
        self._known.asked[name] = self._known.rounds

    def _odd(self) -> int:
        found, self._directory.oddities = self._directory.oddities, 0
        return found


def _known(watched: Iterable[Watched]) -> list[tuple[str, str]]:
    return [found for each in watched if (found := split_id(each.thread))]


def _said(rows: Iterable[Row]) -> int:
    """How many lines a page brings with the answers that are read for it."""
    return sum(1 + (whole(row.get("reply_count")) if incoming.moved(row) else 0) for row in rows)


def _to_read(held: Mark, rows: dict[str, Row]) -> tuple[str, ...]:
    """Threads still to be read: what waited, what moved, and those an answer shown to the whole channel belongs to."""
    moved = [ts for ts, row in rows.items() if (now := incoming.moved(row)) and now != held.window.get(ts, "")]
    shown = [root for ts, row in rows.items() if ts not in held.window and (root := incoming.root_of(row))]
    return tuple(dict.fromkeys((*held.threads, *moved, *shown)))


def _digest(rows: object) -> str:
    return hashlib.blake2b(json.dumps(rows, sort_keys=True).encode("utf-8", "replace"), digest_size=12).hexdigest()
