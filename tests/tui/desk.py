"""A desk in memory: believable threads, tasks and notes, a fixed clock, and every verb recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from leeward.events import Changed, Event
from leeward.model import Audience, Due, Instant, ItemId, ItemType, Keep, Reach, State, Status, Tier
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
    PromiseRow,
    TaskRow,
)
from leeward.work.tiers import parse_when
from tests.tui.weeks import MemoryWeeks
from tui.asks import (
    Ask,
    Captured,
    CaptureDraft,
    Clash,
    Context,
    Counts,
    Filter,
    KindInfo,
    Mark,
    Page,
    Preset,
    Question,
    QuietDay,
    QuietNow,
    Rang,
    Receipt,
    Target,
    ThreadHead,
    Tried,
    Words,
)
from tui.wiring import Show

Row = TypeVar("Row")
NOW = Instant(1_774_258_860_000)  # Mon 23 Mar 2026, 09:41 UTC
MINUTE = 60_000
HOUR = 60 * MINUTE


def wall(at: Instant) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None)


TITLES = (
    "db-2 is at 94 % disk, who can look?",
    "Release blocked by licence check",
    "Wording of the pause button",
    "Rate limits for partners",
    "May we drop Python 3.10?",
    "会議の議事録をどこに置きますか",
    "Lunch 🍜 on Thursday 👩‍👩‍👧",
    "\x1b]52;c;cm0gLXJm\x07[/] [bold]not markup[/bold] \u202egnp.exe",
    "Ünïcödé cafe\u0301 and a very long title that goes on well past the end of any column one could think of",
    "Minutes of the platform meeting",
)
PLACES = ("#ops", "platform/api#112", "#design", "platform/api#98", "clickup · Platform", "회의실", "#random")
PEOPLE = ("Maria", "Ana", "Sam", "Lee", "Jo", "Kim", "山田太郎")
SAID = (
    "db-2 is at 94 % disk, who can look?",
    "is that the one with the audit tables",
    "yes. retention job has not run since Friday",
    "I can add the missing index today, needs a review before 5",
    "great. and someone should write down why it stopped",
    "> quoted from elsewhere\nand an answer below it",
    "それは監査テーブルのものですか。金曜日から保持ジョブが動いていません。",
    "a\u0301 combining, 👩‍💻 joined, \u202eright to left and \x1b[31mno colour",
)


def inbox_row(number: int) -> InboxRow:
    tier = (Tier.RED, Tier.YELLOW, None, Tier.GREEN)[0 if number < 2 else 1 if number < 8 else 2 if number % 3 else 3]
    due: Due | None = None
    if tier is Tier.RED:
        due = Instant(NOW + 7 * HOUR + 49 * MINUTE)
    elif tier is Tier.YELLOW:
        due = Instant(NOW + 25 * HOUR + number * HOUR)
    kind = ItemType.MENTION if number % 11 == 5 else ItemType.THREAD
    people = tuple(PEOPLE[(number + step) % len(PEOPLE)] for step in range(1 + number % 4))
    place = PLACES[number % len(PLACES)]
    return InboxRow(
        ItemId(f"row-{number:06}"), kind, "team-matrix", place, ItemId(f"place-{number % len(PLACES)}"),
        TITLES[number % len(TITLES)] + (f" {number}" if number >= len(TITLES) else ""), people, tier, due,
        State.NEW if number % 2 == 0 else State.OPEN, (number % 5) if number % 2 == 0 else 0,
        Instant(NOW - number * 7 * MINUTE), f"https://chat.example.org/{number}", ItemId(f"thread-{number:06}"),
    )  # fmt: skip


def message_row(thread: ItemId, number: int, count: int) -> MessageRow:
    author = PEOPLE[number % 3]
    return MessageRow(
        ItemId(f"{thread}-m{number:05}"), thread, author, ItemId(f"person-{number % 3}"),
        Instant(NOW - (count - number) * 9 * MINUTE), SAID[number % len(SAID)], (),
        f"https://chat.example.org/{thread}/{number}", number % 7 == 6, number >= count - 2,
        zone="America/New_York" if author == "Sam" else None,
    )  # fmt: skip


def task_row(number: int) -> TaskRow:
    status = (Status.OPEN, Status.DOING, Status.OPEN, Status.DONE)[number % 4]
    return TaskRow(
        ItemId(f"task-{number:04}"), "work-gitlab", "platform/infra", ItemId("place-1"),
        f"Write down why the retention job stopped {number}" if number else "Write down why the retention job stopped",
        "As said in #ops:\n\n> great. and someone should write down why it stopped", status, None,
        (PEOPLE[number % 5],) if number % 3 else (), number % 2 == 0,
        date(2026, 3, 24) + timedelta(days=number % 9 - 2) if number % 3 else Instant(NOW + number * HOUR),
        (Tier.RED, Tier.YELLOW, Tier.GREEN, None)[number % 4], f"https://gitlab.example.org/platform/infra/{number}",
        "queued" if number == 3 else "sent", NOW,
    )  # fmt: skip


def note_row(number: int) -> NoteRow:
    return NoteRow(
        ItemId(f"note-{number:03}"), "local", "this machine", f"Minutes of the platform meeting {number}",
        "# Decisions\n\nWe keep the index.\n\nAna reviews by Friday.", Instant(NOW - number * 30 * HOUR), None,
    )  # fmt: skip


class MemoryDesk(MemoryWeeks):
    """Rows are made when they are asked for, so that a hundred thousand cost nothing."""

    def __init__(self, threads: int = 300, messages: int = 14) -> None:
        self.threads = threads
        self.lines = messages
        self.gone: list[ItemId] = []
        self.added: list[InboxRow] = []
        self.changed: dict[ItemId, InboxRow] = {}
        self.calls: list[tuple[object, ...]] = []
        self.tried: dict[str, str] = {}
        self.habits: dict[str, str] = {}
        self.drafts: dict[str, str] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self.undoable: list[str] = []
        self.outbox_rows: list[OutboxRow] = []
        self.wider = ""
        self.fails: Exception | None = None
        self.tasks_made = 0

    # ---- the order of the inbox ----

    def _number(self, id: ItemId | None) -> int | None:
        return int(id.removeprefix("row-")) if id and id.startswith("row-") else None

    def _walk(self, want: Filter, start: int, step: int, limit: int) -> tuple[list[InboxRow], bool]:
        found: list[InboxRow] = []
        number = start
        while 0 <= number < self.threads:
            row = self._row(number)
            if row is not None and self._fits(row, want):
                if len(found) == limit:
                    return found, True
                found.append(row)
            number += step
        return found, False

    def _row(self, number: int) -> InboxRow | None:
        id = ItemId(f"row-{number:06}")
        if id in self.gone:
            return None
        return self.changed.get(id) or inbox_row(number)

    def _fits(self, row: InboxRow, want: Filter) -> bool:
        if want.pick not in {"inbox", "all"}:
            return False
        green = row.tier is Tier.GREEN
        if want.fyi == "earlier" or (want.fyi == "without" and green) or (want.fyi == "only" and not green):
            return False
        return (
            (want.tiers is None or row.tier in want.tiers)
            and (not want.unread or row.unread > 0)
            and (not want.account or row.account == want.account)
            and want.text.casefold() in f"{row.title} {row.place} {' '.join(row.people)}".casefold()
        )

    async def inbox(self, ask: Ask, want: Filter) -> Page[InboxRow]:
        if self.fails is not None:
            raise self.fails
        added = [row for row in self.added if self._fits(row, want)] if ask.after is None else []
        if ask.end:
            rows, more = self._walk(want, self.threads - 1, -1, ask.limit)
            return Page(tuple(reversed(rows)), more_before=more)
        if (before := self._number(ask.before)) is not None:
            rows, more = self._walk(want, before - 1, -1, ask.limit)
            return Page(tuple(reversed(rows)), more_before=more, more_after=True)
        if (around := self._number(ask.around)) is not None:
            head, before_more = self._walk(want, around - 1, -1, ask.limit // 2)
            tail, after_more = self._walk(want, around, 1, ask.limit // 2)
            return Page((*reversed(head), *tail), before_more, after_more)
        after = self._number(ask.after)
        rows, more = self._walk(want, 0 if after is None else after + 1, 1, ask.limit)
        return Page((*added, *rows), more_before=after is not None, more_after=more)

    async def counts(self) -> Counts:
        return Counts(12, 2, 6, 4, 4, 3, 0, 2, 34, 8, 1)

    def now(self) -> Instant:
        return NOW

    def zone(self) -> str:
        return "UTC"

    def _page(self, rows: Sequence[Row], ask: Ask, key: Callable[[Row], ItemId]) -> Page[Row]:
        keys = [key(row) for row in rows]
        start, end = 0, min(len(rows), ask.limit)
        if ask.end:
            start, end = max(0, len(rows) - ask.limit), len(rows)
        elif ask.after in keys:
            start = keys.index(ask.after) + 1
            end = min(len(rows), start + ask.limit)
        elif ask.before in keys:
            end = keys.index(ask.before)
            start = max(0, end - ask.limit)
        elif ask.around in keys:
            start = max(0, keys.index(ask.around) - ask.limit // 2)
            end = min(len(rows), start + ask.limit)
        return Page(tuple(rows[start:end]), start > 0, end < len(rows))

    async def tasks(self, ask: Ask, want: Filter) -> Page[TaskRow]:
        rows = [row for number in range(34) if (row := task_row(number)).mine or not want.mine]
        rows = [row for row in rows if want.text.casefold() in row.title.casefold() and row.id not in self.gone]
        return self._page(rows, ask, lambda row: row.id)

    async def notes(self, ask: Ask, want: Filter) -> Page[NoteRow]:
        return self._page([note_row(number) for number in range(8)], ask, lambda row: row.id)

    async def head(self, thread: ItemId) -> ThreadHead | None:
        if not thread.startswith("thread-"):
            return None
        row = inbox_row(int(thread.removeprefix("thread-")))
        first = message_row(thread, self.lines - 2, self.lines).id if row.unread else None
        return ThreadHead(row, Audience(Reach.PEOPLE, 6), self.lines, first, ("which tables?",))

    async def opened(self, thread: ItemId, at: ItemId | None, limit: int) -> tuple[ThreadHead, Page[MessageRow]] | None:
        head = await self.head(thread)
        if head is None:
            return None
        where = at or head.first_unread
        return head, await self.messages(thread, Ask(limit, around=where) if where else Ask(limit, end=True))

    async def messages(self, thread: ItemId, ask: Ask) -> Page[MessageRow]:
        rows = [message_row(thread, number, self.lines) for number in range(self.lines)]
        return self._page(rows, ask, lambda row: row.id)

    async def task(self, id: ItemId) -> TaskRow | None:
        return task_row(int(id.removeprefix("task-"))) if id.startswith("task-") else None

    async def note(self, id: ItemId) -> NoteRow | None:
        return note_row(int(id.removeprefix("note-"))) if id.startswith("note-") else None

    async def next_unread(self, after: ItemId | None, *, back: bool = False) -> InboxRow | None:
        here = self._number(after)
        step = -1 if back else 1
        start = 0 if here is None else here + step
        for number in range(start, self.threads if step > 0 else -1, step):
            row = self._row(number)
            if row is not None and row.unread:
                return row
        return None

    async def search(self, text: str, limit: int = 60) -> Sequence[Found]:
        found = [
            Found(message.id, ItemType.MESSAGE, inbox_row(number).title, message.text, message.at, message.thread)
            for number in range(min(60, self.threads))
            for message in (message_row(ItemId(f"thread-{number:06}"), number % self.lines, self.lines),)
            if text.casefold() in message.text.casefold()
        ]
        return found[:limit]

    async def accounts(self) -> Sequence[AccountRow]:
        return (
            AccountRow("work-gitlab", "gitlab", "https://gitlab.example.org", True, None, None, NOW),
            AccountRow(
                "clickup", "clickup", "https://clickup.example.org", True, None, None, Instant(NOW - 2 * MINUTE)
            ),
            AccountRow("team-matrix", "matrix", "https://matrix.example.org", True, None, None, NOW),
            AccountRow(
                "zoom",
                "zoom",
                "https://zoom.example.org",
                False,
                "sign in",
                "The token was revoked.",
                None,
                sign_in=True,
            ),
        )

    async def outbox(self) -> Sequence[OutboxRow]:
        return tuple(self.outbox_rows)

    async def clash(self, row: int) -> Clash | None:
        return Clash(row, {"text": "mine"}, {"text": "theirs"}, ("both", "theirs", "mine"))

    async def promises(self, ask: Ask, want: Filter) -> Page[PromiseRow]:
        lines = [message_row(ItemId(f"thread-{number:06}"), 4, self.lines) for number in range(2)]
        rows = [PromiseRow(line, "request", "someone should write", "team-matrix", "#ops", TITLES[0]) for line in lines]
        return self._page([row for row in rows if row.id not in self.gone], ask, lambda row: row.id)

    async def dismiss(self, lines: Sequence[ItemId]) -> Receipt:
        receipt = self._did("dismiss", *lines)
        self.gone += lines
        return receipt

    # ---- capture ----

    def think_ahead(self, message: ItemId) -> None: ...

    async def context(self, message: ItemId) -> Context:
        thread = ItemId(message.rpartition("-m")[0])
        lines = (await self.messages(thread, Ask(12, end=True))).rows
        at = next(number for number, row in enumerate(lines) if row.id == message)
        marks = tuple(
            Mark(row.id, 0.9 - n * 0.2, "answers Ana, 2 min") for n, row in enumerate(lines[max(0, at - 2) : at])
        )
        wider = tuple(Mark(row.id, 0.2, "same people") for row in lines[max(0, at - 4) : max(0, at - 2)])
        return Context(message, lines, marks, wider, "Write down why it stopped", None, None, Tier.YELLOW)

    async def capsule(self, item: ItemId) -> Captured | None:
        thread = ItemId("thread-000000")
        lines = tuple(message_row(thread, number, self.lines) for number in range(3))
        return (
            Captured(lines, {lines[1].id: "deleted there since"}, (("People", "Maria, Ana"),))
            if item == "task-0000"
            else None
        )

    async def targets(self, message: ItemId) -> Sequence[Target]:
        org = Audience(Reach.ORGANISATION)
        infra = PlaceRow(ItemId("p1"), "gitlab", "platform/infra", org, None, False, True, False, True)
        board = PlaceRow(ItemId("p2"), "clickup", "Platform", Audience(Reach.PEOPLE, 9), None, False, True, False, True)
        local = PlaceRow(ItemId("p3"), "local", "this machine", Audience(Reach.ONLY_ME), None, False, True, True, True)
        return (Target(infra, self.wider), Target(board), Target(local))

    async def places(self, text: str = "") -> Sequence[PlaceRow]:
        people = Audience(Reach.PEOPLE, 6)
        return tuple(
            PlaceRow(ItemId(f"place-{n}"), "team-matrix", title, people, None, True, False, False, True)
            for n, title in enumerate(PLACES)
        )

    async def people(self, text: str = "", near: ItemId | None = None) -> Sequence[PersonRow]:
        return tuple(
            PersonRow(ItemId(f"person-{n}"), name, name.casefold(), None, None, False, ("team-matrix",))
            for n, name in enumerate(PEOPLE)
        )

    async def person(self, id: ItemId) -> PersonRow | None:
        return next((row for row in await self.people() if row.id == id), None)

    # ---- quiet ----

    async def quiet(self) -> QuietNow:
        return QuietNow(
            False, Instant(NOW + 2 * HOUR + 49 * MINUTE), "work", "UTC", 0, "then quiet to 13:00, rings to 17:30"
        )

    async def quiet_week(self, days: int = 7) -> Sequence[QuietDay]:
        work = ((540, 750), (780, 1050))
        names = ("Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29")
        return tuple(
            QuietDay(f"2026-03-{23 + n}", name, "8.0 h" if n < 5 else "0 h", work if n < 5 else (), "23 h" if n == 6 else "",
                     581 if n == 0 else None)
            for n, name in enumerate(names[:days])
        )  # fmt: skip

    async def quiet_log(self, ask: Ask, text: str = "") -> Page[Rang]:
        rows = (
            Rang(
                ItemId("n1"),
                Instant(NOW - 7 * HOUR),
                "rang",
                "#ops",
                "Maria: db down",
                'keyword "down"',
                ItemId("thread-000000"),
            ),
            Rang(
                ItemId("n2"),
                Instant(NOW - 36 * HOUR),
                "waited",
                "#design",
                "Lee: pause wording",
                "48 h item, in the Mon 09:00 digest",
            ),
            Rang(
                ItemId("n3"),
                Instant(NOW - 64 * HOUR),
                "unseen",
                "api#112",
                "Sam: licence",
                "the desktop took it, read Mon 08:55",
            ),
        )
        fitting = tuple(row for row in rows if text.lower() in f"{row.title} {row.place}".lower())
        return self._page(fitting, ask, lambda row: row.id)

    async def why(self, id: ItemId) -> Sequence[JournalRow]:
        return (
            JournalRow(Instant(NOW - HOUR), 'Held. It was Fri 21:40; schedule "work" is quiet until Mon 09:00.'),
            JournalRow(Instant(NOW - 50 * HOUR), f"Arrived ({id})."),
        )

    async def later_presets(self, id: ItemId | None) -> Sequence[Preset]:
        return (
            Preset("in 1 h", Instant(NOW + HOUR)),
            Preset("this afternoon 13:00", Instant(NOW + 199 * MINUTE)),
            Preset("tomorrow 09:00", Instant(NOW + 24 * HOUR)),
            Preset("Monday 09:00", Instant(NOW + 7 * 24 * HOUR)),
            Preset("when Sam answers", None, "reply"),
        )

    def words(self, typed: str) -> Words:
        return (
            Words(Instant(NOW + 2 * HOUR), "today 11:41") if typed == "in 2h" else Words(None, "Write in 2h, or di 9u.")
        )

    def due_words(self, typed: str) -> tuple[Due | None, str]:
        if typed.casefold().startswith("fr"):
            return date(2026, 3, 27), ""
        found = parse_when(typed, NOW, "UTC")
        return (found, "") if found is not None else (None, "Write Fri, or 24 Nov.")

    async def draft_load(self, key: str) -> str:
        return self.drafts.get(key, "")

    # ---- verbs ----

    def tell(self, *keys: str) -> None:
        for listener in tuple(self.listeners):
            listener(Changed(frozenset(keys)))

    def _did(self, name: str, *facts: object, say: str = "") -> Receipt:
        if self.fails is not None:
            raise self.fails
        self.calls.append((name, *facts))
        self.undoable.append(say or name)
        self.tell("inbox")
        return Receipt(say or name)

    async def done(self, ids: Sequence[ItemId]) -> Receipt:
        receipt = self._did("done", *ids, say="done: " + ", ".join(ids))
        self.gone += ids
        return receipt

    async def undone(self, ids: Sequence[ItemId]) -> Receipt:
        return self._did("undone", *ids)

    async def later(self, ids: Sequence[ItemId], when: Preset) -> Receipt:
        receipt = self._did("later", *ids, when.title)
        self.gone += ids
        return receipt

    async def tier(self, ids: Sequence[ItemId], tier: Tier | None) -> Receipt:
        for id in ids:
            number = self._number(id)
            if number is not None:
                self.changed[id] = replace(self.changed.get(id) or inbox_row(number), tier=tier)
        return self._did("tier", *ids, tier)

    async def read(self, thread: ItemId, upto: ItemId) -> None:
        self.calls.append(("read", thread, upto))

    def local_time(self, zone: str | None) -> str:
        return "03:41" if zone else ""

    async def links(self, item: ItemId) -> Sequence[LinkRow]:
        row = await self.task(item)
        return row.links if row is not None else ()

    async def lacks(self, item: ItemId) -> str:
        return ""

    async def remember(self, name: str, value: str) -> None:
        self.habits[name] = value

    async def undo(self, *, sure: bool = False) -> Receipt | None:
        if not self.undoable:
            return None
        last = self.undoable[-1]
        if last == "capture" and not sure:
            return Receipt(last, asks="The task is in platform/infra already. Close it there?")
        self.undoable.pop()
        self.calls.append(("undo", sure))
        self.gone.clear()
        self.tell("inbox")
        return Receipt(f"undone: {last}", undoable=False)

    async def redo(self) -> Receipt | None:
        return None

    async def capture(self, draft: CaptureDraft) -> Receipt:
        return self._did("capture", draft)

    async def attach(self, message: ItemId, task: ItemId) -> Receipt:
        return self._did("attach", message, task)

    async def unlink(self, link: ItemId) -> Receipt:
        return self._did("unlink", link)

    async def unpush(self, link: ItemId) -> Receipt:
        return self._did("unpush", link)

    async def keep(self, link: ItemId, keep: Keep) -> Receipt:
        return self._did("keep", link, keep)

    async def reply(self, thread: ItemId, text: str, at: Preset | None = None) -> Receipt:
        return self._did("reply", thread, text, at.title if at else None)

    async def post(self, place: ItemId, text: str, at: Preset | None = None) -> Receipt:
        return self._did("post", place, text)

    async def note_save(self, id: ItemId | None, title: str, text: str, near: ItemId | None = None) -> Receipt:
        return self._did("note_save", id, title, text, near)

    async def draft_save(self, key: str, text: str) -> None:
        if text:
            self.drafts[key] = text
        else:
            self.drafts.pop(key, None)

    async def set_task(self, id: ItemId, fields: Mapping[str, object]) -> Receipt:
        return self._did("set_task", id, dict(fields))

    async def task_new(self, title: str) -> Receipt:
        return self._did("task_new", title)

    async def assign(self, ids: Sequence[ItemId], person: ItemId | None) -> Receipt:
        return self._did("assign", *ids, person)

    async def split(self, message: ItemId) -> Receipt:
        return self._did("split", message)

    async def join(self, first: ItemId, second: ItemId) -> Receipt:
        return self._did("join", first, second)

    async def people_join(self, one: ItemId, other: ItemId) -> Receipt:
        return self._did("people_join", one, other)

    async def people_part(self, person: ItemId) -> Receipt:
        return self._did("people_part", person)

    async def answer_outbox(self, row: int, choice: str) -> Receipt:
        return self._did("answer_outbox", row, choice)

    async def quiet_on(self, until: Preset) -> Receipt:
        return self._did("quiet_on", until.title)

    async def quiet_open(self, until: Preset) -> Receipt:
        return self._did("quiet_open", until.title)

    async def quiet_off(self) -> Receipt:
        return self._did("quiet_off")

    async def mute(self, id: ItemId, until: Preset | None) -> Receipt:
        return self._did("mute", id)

    # ---- connecting ----

    def kinds(self, *, theirs: bool = True) -> Sequence[KindInfo]:
        return (
            KindInfo(
                "gitlab", "GitLab", "about a minute", "no administrator needed",
                (
                    Question("url", "Address", "where your GitLab is", "https://gitlab.com"),
                    Question("token", "Token", "paste the token", "", secret=True),
                ),
                "{url}/-/user_settings/personal_access_tokens",
            ),
            KindInfo("slack", "Slack", "ten minutes", "own app, manifest given", ready=False),
        )  # fmt: skip

    def renewal(self, account: str) -> KindInfo | None:
        return None

    async def connect_try(self, kind: KindInfo, answers: Mapping[str, str], show: Show) -> Tried:
        good = answers["token"] == "good"
        self.tried = dict(answers)
        return Tried(good, "you are Sam · read and write · 14 projects" if good else "That token is not known there.")

    def settings_problems(self) -> list[str]:
        return [] if any(call[0] == "connect_save" for call in self.calls) else ["config.toml:1 is not there."]

    async def connect_save(self, kind: KindInfo, first: str) -> Receipt:
        return self._did("connect_save", kind.kind, self.tried["url"], first)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def focus(self, threads: Sequence[ItemId]) -> None:
        self.focused = tuple(threads)

    def sync_now(self, account: str | None = None) -> None:
        self.calls.append(("sync_now", account) if account else ("sync_now",))
