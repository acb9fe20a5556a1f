"""The desk over the real store: everything the screen reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import date, datetime, time
from typing import TypeVar

from msgspec.structs import replace

from leeward.errors import Trouble
from leeward.events import Event
from leeward.model import LOCAL, Due, Instant, ItemId
from leeward.ports import Can
from leeward.rows import (
    AccountRow,
    Found,
    InboxRow,
    JournalRow,
    LinkRow,
    MessageRow,
    NoteRow,
    OutboxRow,
    PersonRow,
    PlaceRow,
    TaskRow,
)
from leeward.store import accounts, find, notices, outbox, read
from leeward.store.db import Db
from leeward.store.stretch import Stretch, inbox_stretch, message_stretch, note_stretch, task_stretch
from leeward.sync.lock import holder
from leeward.words import _
from leeward.zones import instant, system_zone, wall, zone
from tui import desk_queries
from tui.asks import (
    Ask,
    Captured,
    Clash,
    Context,
    Counts,
    Filter,
    Page,
    Preset,
    QuietDay,
    QuietNow,
    Target,
    ThreadHead,
    Words,
)
from tui.running import Running
from tui.wiring import Home

T = TypeVar("T")
Row = TypeVar("Row")
Dues = TypeVar("Dues", InboxRow, TaskRow)
LATELY = 7 * 86_400_000
_NEEDED = ((Can.TASK_WRITE, _("changes of a status")), (Can.POST, _("lines")))


class StoreReads:
    """`tui.desk.Reads` over a store."""

    def __init__(self, home: Home, running: Running) -> None:
        self.home = home
        self.running = running
        self.shown: tuple[ItemId, ...] = ()
        self._ahead: tuple[ItemId, int, Future[Context]] | None = None

    async def _ask(self, act: Callable[..., T], *args: object) -> T:
        return await self._arrived(self.running.store.read(act, *args))

    async def _arrived(self, ready: Future[T]) -> T:
        return await asyncio.wrap_future(ready)

    async def _do(self, act: Callable[..., T], *args: object) -> T:
        return await asyncio.wrap_future(self.running.store.write(act, *args))

    def now(self) -> Instant:
        """The clock."""
        return self.home.clock.now()

    def zone(self) -> str:
        """The owner's zone."""
        return system_zone()

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Every event after its commit."""
        return self.running.store.bus.listen(listener)

    def focus(self, threads: Sequence[ItemId]) -> None:
        """What is on the screen is asked for first and does not ring."""
        self.shown = tuple(threads)
        future = self.running.store.read(desk_queries.focus, self.shown)
        future.add_done_callback(lambda done: self.running.look_at(done.result()))

    def sync_now(self, account: str | None = None) -> None:
        """Look at one account at once, or at all, also where a service took no token of theirs before."""
        engine = self.running.engine
        for live in list(engine.lives.values()):
            if account in {None, live.name}:
                engine.wake(live.name)

    def local_time(self, zone_name: str | None) -> str:
        """What the clock shows there."""
        try:
            return f"{wall(self.now(), zone(zone_name)):%H:%M}" if zone_name else ""
        except ValueError:
            return ""

    async def counts(self) -> Counts:
        """The numbers beside the views."""
        return await self._ask(desk_queries.counts, self.now())

    async def inbox(self, ask: Ask, want: Filter) -> Page[InboxRow]:
        """A stretch of the inbox."""
        return desk_queries.page(await self._ask(self._inbox, ask, want))

    def _inbox(self, db: Db, ask: Ask, want: Filter) -> Stretch[InboxRow]:
        now = self.now()
        found = self._counted(db, inbox_stretch(db, desk_queries.want(want, now), desk_queries.where(ask)))
        odd = notices.unseen(db, Instant(now - LATELY))
        if not odd:
            return found
        return replace(
            found,
            rows=tuple(replace(row, unseen=(row.thread or row.id) in odd and row.unread > 0) for row in found.rows),
        )

    async def tasks(self, ask: Ask, want: Filter) -> Page[TaskRow]:
        """A stretch of the tasks."""
        asked, where = desk_queries.want(want), desk_queries.where(ask)
        return desk_queries.page(await self._ask(lambda db: self._counted(db, task_stretch(db, asked, where))))

    async def notes(self, ask: Ask, want: Filter) -> Page[NoteRow]:
        """A stretch of the notes."""
        return desk_queries.page(await self._ask(note_stretch, desk_queries.want(want), desk_queries.where(ask)))

    async def head(self, thread: ItemId) -> ThreadHead | None:
        """What stands above a thread."""
        return await self._ask(self._head, thread)

    def _head(self, db: Db, thread: str) -> ThreadHead | None:
        head = desk_queries.head(db, thread)
        return head and replace(head, row=self._left(db, [head.row])[0])

    async def opened(self, thread: ItemId, at: ItemId | None, limit: int) -> tuple[ThreadHead, Page[MessageRow]] | None:
        """A thread as it is opened, in one read."""

        def act(db: Db) -> tuple[ThreadHead, Stretch[MessageRow]] | None:
            head = self._head(db, thread)
            if head is None:
                return None
            where = at or head.first_unread
            ask = Ask(limit, around=where) if where else Ask(limit, end=True)
            head = replace(head, coming=outbox.coming(db, self.now(), thread))
            return head, message_stretch(db, thread, desk_queries.where(ask))

        found = await self._ask(act)
        return None if found is None else (found[0], desk_queries.page(found[1]))

    async def messages(self, thread: ItemId, ask: Ask) -> Page[MessageRow]:
        """A stretch of a thread."""
        return desk_queries.page(await self._ask(message_stretch, thread, desk_queries.where(ask)))

    async def task(self, id: ItemId) -> TaskRow | None:
        """One task."""

        def act(db: Db) -> TaskRow | None:
            row = read.task(db, id)
            return row and self._left(db, [row])[0]

        return await self._ask(act)

    def _counted(self, db: Db, found: Stretch[Dues]) -> Stretch[Dues]:
        return replace(found, rows=tuple(self._left(db, found.rows)))

    def _left(self, db: Db, rows: Sequence[Dues]) -> list[Dues]:
        """Rows with the open minutes that are left until they are due."""
        if self.home.config.quiet.schedule is None:  # none is told, and nothing has to be loaded to know it
            return list(rows)
        from leeward.work import quiet_due

        return quiet_due.counted(db, rows, self.home.config.quiet, self.now())

    async def note(self, id: ItemId) -> NoteRow | None:
        """One note."""
        return await self._ask(read.note, id)

    async def next_unread(self, after: ItemId | None, *, back: bool = False) -> InboxRow | None:
        """The next unread row, round the end."""
        return await self._ask(desk_queries.next_unread, after, back)

    async def search(self, text: str, limit: int = 60) -> Sequence[Found]:
        """Newest first; a newer search ends an older one."""
        from leeward.store.search import search as find_words
        from leeward.sync.views import view_in

        view = view_in(text)
        if view is None:
            return await self._ask(find_words, text, limit)
        from leeward.store.shown import tasks_shown
        from tui.viewing import of_lives

        uid, shown = await of_lives(self.running.engine.lives.values(), view)
        return await self._ask(tasks_shown, uid, shown, limit)

    async def accounts(self) -> Sequence[AccountRow]:
        """Every account and how it is."""
        health = await self._ask(accounts.health)
        last = self.running.lock.last or holder(self.home.folders.data).get("last", {})
        rows = await self._ask(desk_queries.sample_accounts) if self.home.sample else []
        for account in self.home.config.accounts:
            ok, what, do, _odd = health.get(account.name, (None, None, None, 0))
            lives = self.running.engine.lives.values() if self.running.assembled else ()
            live = next((one for one in lives if one.name == account.name), None)
            stands = account.name in self.running.troubles or (live is not None and live.stopped and what is not None)
            seen = last.get(account.name)
            rows.append(AccountRow(account.name, account.kind, account.url, ok, what, do, seen, stands))
        return rows

    async def outbox(self) -> Sequence[OutboxRow]:
        """What still has to reach a service."""
        return await self._ask(outbox.listed, self.now())

    async def clash(self, row: int) -> Clash | None:
        """Both sides of a row that asks."""
        return await self._ask(desk_queries.clash, row)

    async def context(self, message: ItemId) -> Context:
        """What belongs to a line."""
        ready, self._ahead = self._ahead, None
        if ready is not None and ready[:2] == (message, self.running.store.commits):
            return await self._arrived(ready[2])
        return await self._ask(desk_queries.context, message, self.zone())

    def think_ahead(self, message: ItemId) -> None:
        """Work out what belongs to a line while nobody waits for it; good until something is written."""
        store = self.running.store
        if self._ahead is None or self._ahead[:2] != (message, store.commits):
            self._ahead = message, store.commits, store.read(desk_queries.context, message, self.zone())

    async def capsule(self, item: ItemId) -> Captured | None:
        """The captured lines of a task, as they were."""
        from tui.desk_capsule import captured

        return await self._ask(captured, item)

    async def links(self, item: ItemId) -> Sequence[LinkRow]:
        """The links of an item."""
        return await self._ask(find.links, item)

    async def lacks(self, item: ItemId) -> str:
        """What the kind of an item's account cannot do for a link."""
        kind = await self._ask(desk_queries.kind_of, item)
        if kind is None or kind == LOCAL:
            return ""
        try:
            manifest = self.home.outside.manifest(kind)
        except Trouble:
            return ""
        missing = [said for can, said in _NEEDED if can not in manifest.can]
        return _("{kind} takes no {what}").format(kind=manifest.title, what=", ".join(missing)) if missing else ""

    async def targets(self, message: ItemId) -> Sequence[Target]:
        """Where a task can go."""
        return await self._ask(desk_queries.targets, message)

    async def places(self, text: str = "") -> Sequence[PlaceRow]:
        """Places by name."""
        rows = await self._ask(find.places)
        return [row for row in rows if text.lower() in f"{row.account}/{row.title}".lower()]

    async def people(self, text: str = "", near: ItemId | None = None) -> Sequence[PersonRow]:
        """Who can be named."""
        rows = await self._ask(read.people)
        known = await self._ask(desk_queries.near, near) if near else frozenset()
        fitting = [row for row in rows if text.lower() in f"{row.name} {row.handle or ''}".lower()]
        return sorted(fitting, key=lambda row: row.id not in known)

    async def person(self, id: ItemId) -> PersonRow | None:
        """One human, by any of their ids."""
        human = await self._ask(desk_queries.human, id)
        return next((row for row in await self._ask(read.people) if row.id == human), None)

    def rest(self) -> None:
        """The first moment is over; only a desk that held something back for it has to know."""

    async def quiet(self) -> QuietNow:
        """The quiet state."""
        return await self._ask(self._quiet)

    async def quiet_week(self, days: int = 7) -> Sequence[QuietDay]:
        """The coming days."""
        return await self._ask(self._week, days)

    # What judges quiet hours is a tenth of the whole start: it is loaded when the first moment is over.

    def _quiet(self, db: Db) -> QuietNow:
        from tui import desk_hours

        return desk_hours.quiet(db, self.home.config.quiet, self.now())

    def _week(self, db: Db, days: int) -> list[QuietDay]:
        from tui import desk_hours

        return desk_hours.week(db, self.home.config.quiet, self.now(), days)

    async def why(self, id: ItemId) -> Sequence[JournalRow]:
        """The journal, newest first."""

        def act(db: Db) -> list[JournalRow]:
            from leeward.work import why

            return why.told(db, id, self.zone())

        return sorted(await self._ask(act), key=lambda row: -row.at)

    async def later_presets(self, id: ItemId | None) -> Sequence[Preset]:
        """The times offered for later; for a thread also "when Sam answers"."""
        times = desk_queries.presets(self.now(), self.zone())
        who = await self._ask(desk_queries.answers_from, id) if id else None
        return [*times, Preset(_("when {name} answers").format(name=who), event="reply")] if who else times

    def words(self, typed: str) -> Words:
        """A typed time."""
        from leeward.work.quiet_now import short_time
        from leeward.work.tiers import parse_when

        here = self.zone()
        said = parse_when(typed, self.now(), here)
        if said is None:
            return Words(None, _("not a time: write such as in 2h, di 9u, tomorrow 9:00"))
        at = instant(datetime.combine(said, time(9)), zone(here)) if isinstance(said, date) else said
        if at <= self.now():
            return Words(None, _("that is over already"))
        return Words(at, short_time(at, self.now(), here))

    def due_words(self, typed: str) -> tuple[Due | None, str]:
        """A typed due."""
        if typed.strip().lower() in {"", "none", "-"}:
            return None, _("no due")
        from leeward.work.quiet_now import short_time
        from leeward.work.tiers import parse_when

        said = parse_when(typed, self.now(), self.zone())
        if said is None:
            return None, _("not a date: write such as Fri, 24 Nov, tomorrow 9:00")
        if isinstance(said, date):
            return said, f"{said:%a} {said.day} {said:%b}"
        return said, short_time(said, self.now(), self.zone())

    async def draft_load(self, key: str) -> str:
        """What was being typed."""

        def act(db: Db) -> str:
            row = db.execute("SELECT text FROM draft WHERE key = ?", (key,)).fetchone()
            return str(row[0]) if row else ""

        return await self._ask(act)
