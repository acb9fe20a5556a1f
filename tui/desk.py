"""What the screen asks of the rest of the program: one object, handed in by the composition root.

Reads are async and return `leeward.rows` rows in pages; verbs return a `Receipt` once the change is committed on this
machine (never once a service has it: the outbox tells that). Lists are paged by keyset: an edge is named by the id of
a row the screen holds, so a million rows cost what fifty cost. Every method may raise `leeward.errors.Trouble`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from leeward.events import Event
from leeward.model import Due, Instant, ItemId, Keep, Tier
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
from tui.asks import (
    Ask,
    Captured,
    CaptureDraft,
    Clash,
    Context,
    Counts,
    Filter,
    KindInfo,
    Page,
    Preset,
    QuietDay,
    QuietNow,
    Rang,
    Receipt,
    Target,
    ThreadHead,
    Tried,
    Words,
)
from tui.desk_promises import Promises
from tui.desk_week import Weeks

if TYPE_CHECKING:
    from tui.wiring import Show


class Reads(Protocol):
    """Everything the screen reads."""

    def now(self) -> Instant:
        """The clock, so that the screen reads none."""
        ...

    def zone(self) -> str:
        """The owner's zone as an IANA name; it may change while the program runs."""
        ...

    def local_time(self, zone: str | None) -> str:
        """What the clock shows in a zone ("03:41"); "" where the zone is not known."""
        ...

    async def counts(self) -> Counts:
        """The numbers beside the views."""
        ...

    async def inbox(self, ask: Ask, want: Filter) -> Page[InboxRow]:
        """Threads, mentions, assigned and due: by tier, then due; FYI last."""
        ...

    async def tasks(self, ask: Ask, want: Filter) -> Page[TaskRow]:
        """Tasks: by status, tier, then due."""
        ...

    async def notes(self, ask: Ask, want: Filter) -> Page[NoteRow]:
        """Notes, newest first."""
        ...

    async def head(self, thread: ItemId) -> ThreadHead | None:
        """What stands above a thread; None when it is gone."""
        ...

    async def opened(self, thread: ItemId, at: ItemId | None, limit: int) -> tuple[ThreadHead, Page[MessageRow]] | None:
        """`head`, and `messages` around the line `at`, else around the first unread one, else the newest."""
        ...

    async def messages(self, thread: ItemId, ask: Ask) -> Page[MessageRow]:
        """Lines oldest first; `ask.end` is the newest stretch."""
        ...

    async def task(self, id: ItemId) -> TaskRow | None:
        """One task; None when it is gone."""
        ...

    async def note(self, id: ItemId) -> NoteRow | None:
        """One note; None when it is gone."""
        ...

    async def next_unread(self, after: ItemId | None, *, back: bool = False) -> InboxRow | None:
        """The next unread row of the inbox in its order, round its end."""
        ...

    async def search(self, text: str, limit: int = 60) -> Sequence[Found]:
        """Newest first; a newer call may end an older one, which then raises `asyncio.CancelledError`."""
        ...

    async def accounts(self) -> Sequence[AccountRow]:
        """Every account and how it is."""
        ...

    async def outbox(self) -> Sequence[OutboxRow]:
        """Every change that still has to reach a service, oldest first."""
        ...

    async def clash(self, row: int) -> Clash | None:
        """Both sides of a row that asks."""
        ...

    def think_ahead(self, message: ItemId) -> None:
        """`context` of this line may be asked for soon."""
        ...

    async def context(self, message: ItemId) -> Context:
        """What belongs to a line, and what can be read from the line itself."""
        ...

    async def capsule(self, item: ItemId) -> Captured | None:
        """The captured lines of a task, as they were; None where it was not captured."""
        ...

    async def links(self, item: ItemId) -> Sequence[LinkRow]:
        """The links of an item, seen from it."""
        ...

    async def lacks(self, item: ItemId) -> str:
        """What cannot be kept in step with an item, because its kind cannot do it; "" where everything can."""
        ...

    async def targets(self, message: ItemId) -> Sequence[Target]:
        """Where a task made of this line can go: last used for this place first."""
        ...

    async def places(self, text: str = "") -> Sequence[PlaceRow]:
        """Places by name, those last used first."""
        ...

    async def people(self, text: str = "", near: ItemId | None = None) -> Sequence[PersonRow]:
        """Who can be named; those of the item `near` first."""
        ...

    async def person(self, id: ItemId) -> PersonRow | None:
        """One human."""
        ...

    async def quiet(self) -> QuietNow:
        """The quiet state as it stands."""
        ...

    async def quiet_week(self, days: int = 7) -> Sequence[QuietDay]:
        """The coming days."""
        ...

    async def quiet_log(self, ask: Ask, text: str = "") -> Page[Rang]:
        """What rang and what waited, newest first; of those that hold these words."""
        ...

    async def why(self, id: ItemId) -> Sequence[JournalRow]:
        """The journal of an item, a link or a notice, newest first."""
        ...

    async def later_presets(self, id: ItemId | None) -> Sequence[Preset]:
        """The times offered for later; `id` is what waits."""
        ...

    def words(self, typed: str) -> Words:
        """A typed time ("di 9u", "in 2h", "tomorrow")."""
        ...

    def due_words(self, typed: str) -> tuple[Due | None, str]:
        """A typed due, a date or an instant ("Fri", "24 Nov", "tomorrow 9:00"); None and a sentence if it is none."""
        ...

    async def draft_load(self, key: str) -> str:
        """What was being typed under this key, or ""."""
        ...


class Verbs(Protocol):
    """Everything the screen does."""

    async def done(self, ids: Sequence[ItemId]) -> Receipt:
        """Clear here, and upstream where the account allows; a task is completed."""
        ...

    async def undone(self, ids: Sequence[ItemId]) -> Receipt:
        """Back, unread."""
        ...

    async def later(self, ids: Sequence[ItemId], when: Preset) -> Receipt:
        """Put off; a reply wakes it."""
        ...

    async def tier(self, ids: Sequence[ItemId], tier: Tier | None) -> Receipt:
        """Set the owner's tier."""
        ...

    async def read(self, thread: ItemId, upto: ItemId) -> None:
        """The owner answered or acted here: lines up to `upto` are read. Looking alone never calls this."""
        ...

    async def remember(self, name: str, value: str) -> None:
        """Keep a choice about the screen: its theme, a width."""
        ...

    async def undo(self, *, sure: bool = False) -> Receipt | None:
        """Take the last act back; a remote one that left already answers with `asks` until `sure`."""
        ...

    async def redo(self) -> Receipt | None:
        """Do again what was undone last; None when there is nothing."""
        ...

    async def capture(self, draft: CaptureDraft) -> Receipt:
        """Make a task of a line with its context."""
        ...

    async def attach(self, message: ItemId, task: ItemId) -> Receipt:
        """Tie a line to a task that exists."""
        ...

    async def unlink(self, link: ItemId) -> Receipt:
        """Take a link away."""
        ...

    async def keep(self, link: ItemId, keep: Keep) -> Receipt:
        """What a link keeps in step."""
        ...

    async def reply(self, thread: ItemId, text: str, at: Preset | None = None) -> Receipt:
        """Answer in a thread, now or at a time."""
        ...

    async def post(self, place: ItemId, text: str, at: Preset | None = None) -> Receipt:
        """Say something new in a place."""
        ...

    async def note_save(self, id: ItemId | None, title: str, text: str, near: ItemId | None = None) -> Receipt:
        """Make a note (`id` None), or replace one; `near` is what it was written about."""
        ...

    async def draft_save(self, key: str, text: str) -> None:
        """Keep what is being typed; empty text forgets it."""
        ...

    async def set_task(self, id: ItemId, fields: Mapping[str, object]) -> Receipt:
        """Fields: title, text, status (Status), due (Due | None), tier (Tier | None)."""
        ...

    async def task_new(self, title: str) -> Receipt:
        """A task of one's own, not made of a line."""
        ...

    async def assign(self, ids: Sequence[ItemId], person: ItemId | None) -> Receipt:
        """Give tasks or threads to somebody, or to nobody."""
        ...

    async def split(self, message: ItemId) -> Receipt:
        """Begin a thread of its own at this line."""
        ...

    async def join(self, first: ItemId, second: ItemId) -> Receipt:
        """Make two threads one."""
        ...

    async def people_join(self, one: ItemId, other: ItemId) -> Receipt:
        """Two people are one from now on."""
        ...

    async def people_part(self, person: ItemId) -> Receipt:
        """This account's person is somebody else than those they were joined with."""
        ...

    async def answer_outbox(self, row: int, choice: str) -> Receipt:
        """`choice`: send, drop, both, theirs, mine."""
        ...

    async def quiet_on(self, until: Preset) -> Receipt:
        """Ring no more until then."""
        ...

    async def quiet_open(self, until: Preset) -> Receipt:
        """Ring although the schedule is quiet."""
        ...

    async def quiet_off(self) -> Receipt:
        """End the one-off; the schedule counts again."""
        ...

    async def mute(self, id: ItemId, until: Preset | None) -> Receipt:
        """Let one thread or place not ring."""
        ...


class Connects(Protocol):
    """Connecting an account."""

    def kinds(self, *, theirs: bool = True) -> Sequence[KindInfo]:
        """What can be connected; with `theirs` also what other packages bring, which takes a look at all of them."""
        ...

    def renewal(self, account: str) -> KindInfo | None:
        """What is asked to sign in to an account anew; None where its token comes from elsewhere."""
        ...

    async def connect_try(self, kind: KindInfo, answers: Mapping[str, str], show: Show) -> Tried:
        """Try a login; nothing is saved. `show` is told which page to open, and a code to type there, where that is so."""
        ...

    def settings_problems(self) -> Sequence[str]:
        """What is wrong with the settings as they are now, a sentence each."""
        ...

    async def connect_save(self, kind: KindInfo, first: str) -> Receipt:
        """Keep the login that was tried last. `first`: now, week or all."""
        ...


class Desk(Reads, Verbs, Connects, Weeks, Promises, Protocol):
    """The whole of it."""

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` (from any thread) with every event after its commit; returns what ends it."""
        ...

    def focus(self, threads: Sequence[ItemId]) -> None:
        """What is on the screen now is asked for first and does not ring."""
        ...

    def sync_now(self, account: str | None = None) -> None:
        """Look at one account at once, or at all, also where a service took no token of theirs before."""
        ...
