"""What passes between the screen and its desk besides `leeward.rows`: questions, pages, drafts and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct, field

from leeward.model import Audience, Due, Instant, ItemId, Keep, Status, Tier
from leeward.rows import InboxRow, MessageRow, PlaceRow

Row = TypeVar("Row")
Pick: TypeAlias = Literal["inbox", "later", "waiting", "promises", "done", "all"]
Fyi: TypeAlias = Literal["with", "without", "only", "earlier"]


class Ask(Struct, frozen=True):
    """Which stretch of a list: `limit` rows after or before a row, around one, or the last ones.

    At most one of `after`, `before`, `around` and `end` is set; none of them asks for the beginning. A row that has
    left the list meanwhile still names its old position if the store knows it, else the beginning.
    """

    limit: int = 120
    after: ItemId | None = None
    before: ItemId | None = None
    around: ItemId | None = None
    end: bool = False


class Page(Struct, Generic[Row], frozen=True):
    """Rows in the list's order; `more_before` and `more_after` say whether the list goes on there."""

    rows: tuple[Row, ...] = ()
    more_before: bool = False
    more_after: bool = False


class Filter(Struct, frozen=True):
    """What of a list is wanted. `text` is what was typed after `f`; `fyi` keeps folded threads out of the pages.

    "only" asks for FYI alone, "earlier" for what was read days ago and has neither tier nor due.
    """

    pick: Pick = "inbox"
    tiers: frozenset[Tier] | None = None
    fyi: Fyi = "with"
    account: str | None = None
    place: ItemId | None = None
    person: ItemId | None = None
    status: Status | None = None
    mine: bool = False
    unread: bool = False
    text: str = ""


class Counts(Struct, frozen=True):
    """The numbers beside the views, each counted up to a bound, so that a start costs the same in any store."""

    inbox: int = 0
    today: int = 0
    two_days: int = 0
    fyi: int = 0
    fyi_unread: int = 0
    later: int = 0
    waiting: int = 0
    promises: int = 0
    tasks: int = 0
    notes: int = 0
    sessions: int = 0
    earlier: int = 0


class QuietNow(Struct, frozen=True):
    """The quiet state. `until` None: as far as one can see. `say` is the status line's sentence without the counts."""

    quiet: bool
    until: Instant | None
    schedule: str
    timezone: str
    waiting: int = 0
    say: str = ""


class QuietDay(Struct, frozen=True):
    """One row of the week: `open` are half-open stretches in minutes of that day's wall clock; `note` is a name."""

    date: str
    title: str
    hours: str
    open: tuple[tuple[int, int], ...]
    note: str = ""
    now: int | None = None


class Rang(Struct, frozen=True):
    """One line of the log of what rang and what waited. `what` is rang, waited, unseen, digest or dropped."""

    id: ItemId
    at: Instant
    what: str
    place: str
    title: str
    why: str
    item: ItemId | None = None


class Mark(Struct, frozen=True):
    """One line of a context: how sure, and why in a few words ("answers Ana, 2 min")."""

    id: ItemId
    score: float
    why: str


class Context(Struct, frozen=True):
    """What belongs to a line: `lines` is the stretch to show, `marks` those that are ticked, `wider` the next ones.

    `task` is the task already made of the line, if there is one.
    """

    message: ItemId
    lines: tuple[MessageRow, ...]
    marks: tuple[Mark, ...]
    wider: tuple[Mark, ...] = ()
    title: str = ""
    assignee: ItemId | None = None
    due: Due | None = None
    tier: Tier | None = None
    task: ItemId | None = None


class Captured(Struct, frozen=True):
    """The capsule of a task: its lines as they were, by line what became of it since, and what they name (title, text)."""

    lines: tuple[MessageRow, ...]
    since: Mapping[str, str] = field(default_factory=dict)
    named: tuple[tuple[str, str], ...] = ()


class Target(Struct, frozen=True):
    """A place a task can go to from here. `wider` is the sentence of who more will be able to read it, if anybody."""

    place: PlaceRow
    wider: str = ""
    tell: bool = False
    keep: Keep = Keep.OFF


class CaptureDraft(Struct, frozen=True):
    """What the capture panel hands over. `lines` are the ticked ones; `again` makes a second task of the same line."""

    message: ItemId
    lines: tuple[ItemId, ...]
    title: str
    say: str = ""
    place: ItemId | None = None
    assignee: ItemId | None = None
    due: Due | None = None
    tier: Tier | None = None
    tell: bool = False
    keep: Keep = Keep.OFF
    again: bool = False


class Receipt(Struct, frozen=True):
    """What a verb did, named for "u: undo …". `asks` is a question to answer before it goes further (then `ok` is no).

    `item` is what was made. Nothing here claims that a service has it.
    """

    say: str
    ok: bool = True
    asks: str = ""
    item: ItemId | None = None
    undoable: bool = True


class ThreadHead(Struct, frozen=True):
    """What stands above a thread: its row, who reads it, how many lines, and the first unread one.

    `coming` are one's own lines that its service does not show yet; they belong after its last one.
    """

    row: InboxRow
    audience: Audience
    count: int
    first_unread: ItemId | None = None
    questions: tuple[str, ...] = ()
    others: str = ""
    coming: tuple[MessageRow, ...] = ()


class Question(Struct, frozen=True):
    """One question of the connect wizard. `page` is where the answer is made.

    It is left out unless the question `only_with` has an answer, and where the question `not_with` has one.
    """

    name: str
    title: str
    help: str = ""
    default: str = ""
    secret: bool = False
    page: str = ""
    only_with: str = ""
    not_with: str = ""


class KindInfo(Struct, frozen=True):
    """One kind that can be connected, with its questions. With an `account` it is only signed in anew."""

    kind: str
    title: str
    minutes: str
    administrator: str
    questions: tuple[Question, ...] = ()
    page: str | None = None
    ready: bool = True
    account: str = ""


class Tried(Struct, frozen=True):
    """What trying a login said: `say` is "you are Sam · read and write · 14 projects", or what went wrong and to do."""

    ok: bool
    say: str
    origins: tuple[str, ...] = ()


class Words(Struct, frozen=True):
    """A time that was typed: `at` None means it was not understood; `say` is what will be done, or what is wrong."""

    at: Instant | None
    say: str


class Preset(Struct, frozen=True):
    """One offered time: "tomorrow 09:00". `event` names what is waited for instead ("when Sam answers").

    `wall` and `zone`: the same as the receiver's clock shows it, where it is their time that is meant.
    """

    title: str
    at: Instant | None = None
    event: str = ""
    wall: str = ""
    zone: str = ""


class Clash(Struct, frozen=True):
    """Both sides of an outbox row that asks."""

    row: int
    mine: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
