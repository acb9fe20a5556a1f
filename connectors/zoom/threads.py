"""Threads: those on the screen, those that moved, and those that are watched for changes nothing else tells of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from connectors.zoom.api import ask, incoming
from connectors.zoom.api.cursor import Cursor
from connectors.zoom.api.incoming import Line, World
from connectors.zoom.api.shape import Row
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Gone, Refused
from leeward.model import Batch, Focus, Instant, ItemType, Message, Person, RemoteId, RemoteRef, Watched

PAGES = 30
LOST_A_THREAD = 10
_LONG_AGO = Instant(1_262_304_000_000)
"""The first of January 2010: before there was Team Chat."""


class _Whole(Struct):
    """A thread as it was read. `first` is None where Zoom shows the answers alone; `whole`: no answer is left out."""

    rows: list[Row]
    first: Line | None
    answers: list[Line]
    whole: bool


class Threads:
    """The threads' share of one round: so many of those that `moved`, so many that are `watched`."""

    def __init__(self, session: Session, world: World, gone: set[str], where: Cursor, moved: int, watched: int) -> None:
        self._session, self._world, self._gone, self._where = session, world, gone, where
        self._moved, self._watched = moved, watched

    async def run(
        self,
        focus: Focus,
        places: set[str],
        listed: set[str],
        turn: Callable[[str], tuple[int, str]],
        asked: Callable[[str], None],
        people: Callable[[Iterable[Person]], tuple[Person, ...]],
    ) -> AsyncIterator[Batch]:
        """Yield each thread that holds news. Threads of places that are no longer read are left alone.

        `listed` are the places whose newest lines this round has seen: a thread that lies among those whole is not asked.
        """
        versions = {each.thread: each.version for each in (*focus.watch, *focus.threads)}
        moved = [(place, root) for place, mark in self._where.at.items() for root in mark.threads if place in places]
        shown = _in(focus.threads, places)
        watch = sorted(_in(focus.watch, places), key=lambda each: turn(each[1]))
        due = list(dict.fromkeys((*shown, *moved)))[: self._moved]
        rest = [each for each in watch if each not in due and not self._covered(each, listed, versions)]
        for place, root in (*due, *rest[: self._watched]):
            asked(root)
            try:
                batch = await self._thread(RemoteId(place), RemoteId(root), versions.get(RemoteId(root)))
            except ask.Absent:
                batch = await self._taken_back(RemoteId(place), RemoteId(root), versions.get(RemoteId(root)))
            except (Forbidden, Gone, Refused):
                continue
            mark = self._where.mark(place)
            if root in mark.threads:
                self._where.at[place] = mark.without(root)
            if batch is None and root not in mark.threads:
                continue
            told = batch or Batch()
            met = people(one for one in told.people)
            yield Batch(
                people=met,
                threads=told.threads,
                messages=told.messages,
                gone=told.gone,
                cursor=self._where.dump(),
                oddities=self._session.oddities(),
            )

    def _covered(self, thread: tuple[str, str], listed: set[str], versions: Mapping[RemoteId, str | None]) -> bool:
        place, root = thread
        begun, known = incoming.known(versions.get(RemoteId(root)))
        return place in listed and bool(known) and begun is not None and begun >= self._where.mark(place).back

    async def _thread(self, place: RemoteId, root: RemoteId, version: str | None) -> Batch | None:
        """What is new or changed in a thread; None where nothing is."""
        begun, known = incoming.known(version)
        mark = self._where.mark(place)
        at = Instant(mark.threads.get(root) or begun or _LONG_AGO)
        read = await self._read(place, root, at)
        lines = [*([read.first] if read.first else []), *read.answers]
        if not read.answers and not known:
            return None
        gone = await self._lost(place, read, known)
        lost = {id for _type, id in gone}
        told = [line for line in lines if self._fresh(line, place, known, is_root=line.id == root)]
        thread = incoming.thread(root, place, read.first, read.answers, self._world)
        if thread.version == version and not told and not lost:
            return None
        if read.first and at < mark.low and root not in mark.below:
            self._where.at[place] = replace(mark, below=(*mark.below, root))
        return Batch(
            people=self._authors(read.rows),
            threads=(thread,),
            messages=tuple(self._message(line, place, root, known) for line in told),
            gone=gone,
        )

    def _fresh(self, line: Line, place: str, known: dict[str, str], *, is_root: bool) -> bool:
        """Whether a line is told from here: Zoom's list of messages tells more of those it holds."""
        if line.id in known:
            return known[line.id] != line.digest
        mark = self._where.mark(place)
        if is_root:
            return line.at < mark.back
        return line.at < mark.low or line.at > mark.newest

    def _message(self, line: Line, place: RemoteId, root: RemoteId, known: dict[str, str]) -> Message:
        changed = line.id in known
        told = incoming.Line(
            line.id, line.at, line.raw, line.words, line.author, line.root, line.root_at,
            line.edited or changed, files=line.files, mentions=line.mentions, key=line.key,
        )  # fmt: skip
        return incoming.message(told, place, self._world, begins=line.id == root)

    async def _read(self, place: str, root: RemoteId, at: Instant) -> _Whole:
        """A thread, newest answers first, a hundred at a time: there are no page tokens, so `to` moves back."""
        rows: dict[str, Row] = {}
        lines: dict[str, Line] = {}
        until: int | None = None
        whole = False
        for _page in range(PAGES):
            document = await self._session.ask(ask.thread(self._session.base, place, root, at, until))
            listed = document.get("messages")
            if not isinstance(listed, list):
                # Zoom leaves the list out where there is no answer.
                whole = True
                break
            before = len(lines)
            found = self._page(listed, root, at, rows, lines)
            stamps = [line.at for line in found if line.id != root]
            if len(stamps) < ask.REPLIES_PAGE:
                whole = True
                break
            # Zoom counts in seconds: the one this page ends in is asked for again, and left behind when it brought nothing.
            until = min(stamps) + 1000 if len(lines) > before else min(stamps)
        held = incoming.joined(lines.values())
        answers = sorted((each for each in held if each.id != root), key=lambda each: (each.at, each.id))
        first = next((each for each in held if each.id == root), None)
        return _Whole(list(rows.values()), first, answers, whole)

    def _page(
        self, listed: list[Row], root: RemoteId, at: Instant, rows: dict[str, Row], lines: dict[str, Line]
    ) -> list[Line]:
        found: list[Line] = []
        for row in listed:
            if not isinstance(row, dict):
                self._session.odd.count += 1
                continue
            line = incoming.line(row, self._world, self._session.odd, (root, at))
            if line is not None:
                found.append(line)
                rows[line.id], lines[line.id] = row, line
        return found

    async def _lost(self, place: RemoteId, read: _Whole, known: dict[str, str]) -> tuple[RemoteRef, ...]:
        """Of the lines that were known and are not listed: those Zoom itself says are not there."""
        if not read.whole:
            return ()
        there = {line.id for line in read.answers} | ({read.first.id} if read.first else set())
        return await self._confirmed(place, [id for id in known if id not in there])

    async def _taken_back(self, place: RemoteId, root: RemoteId, version: str | None) -> Batch | None:
        """Zoom knows no such thread: its lines are gone where Zoom says so of each."""
        _begun, known = incoming.known(version)
        gone = await self._confirmed(place, [root, *(id for id in known if id != root)] if known else [])
        return Batch(gone=gone) if gone else None

    async def _confirmed(self, place: RemoteId, ids: Iterable[str]) -> tuple[RemoteRef, ...]:
        gone: list[RemoteRef] = []
        for id in [one for one in ids if one not in self._gone][:LOST_A_THREAD]:
            try:
                await self._session.ask(ask.line(self._session.base, place, id))
            except ask.Absent:
                self._gone.add(id)
                gone.append((ItemType.MESSAGE, RemoteId(id)))
            except (Forbidden, Gone, Refused):
                continue
        return tuple(gone)

    def _authors(self, rows: Iterable[Row]) -> tuple[Person, ...]:
        found: dict[str, Person] = {}
        for row in rows:
            each = incoming.sender(row, self._world)
            if each is not None:
                found[each.id] = self._world.meet(each)
        return tuple(found.values())


def _in(watched: Iterable[Watched], places: set[str]) -> list[tuple[str, str]]:
    return [(each.place, each.thread) for each in watched if each.place in places]
