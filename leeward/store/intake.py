"""What one ingest learned, for the steps that run in its transaction."""

from __future__ import annotations

from msgspec import Struct, field

from leeward.model import Instant, ItemId
from leeward.store.names import Names, Spots

TITLE_CELLS = 300
SILENT_NOTICE, SILENT_MINE, SILENT_GONE = 1, 2, 4
"""Bits of a line's `silent`: nobody wrote it (a join), the owner did, it was taken back. Only 0 can be unread."""

UNSAID = SILENT_NOTICE | SILENT_GONE
"""Either of these, and there are no words to read anything from."""


class AccountFacts(Struct, frozen=True):
    """An account as ingest needs it. `since`: what is older arrives read and never rings; `me` is a person id."""

    uid: str
    name: str
    kind: str
    since: Instant
    me: ItemId | None


class Line(Struct, frozen=True):
    """A message that is new here. `n` is its place in time; `thread` is None until a flat place is cut.

    `silent` is made of the bits above. `urgent` is for who judges it now and is not kept.
    """

    n: int
    id: ItemId
    place: ItemId
    thread: ItemId | None
    author: ItemId | None
    at: Instant
    text: str
    silent: int
    mention: bool
    reply_to: tuple[ItemId, ...]
    urgent: bool = False


class Intake(Struct):
    """Everything this transaction touched, by our ids. Steps may add to `touched`, whose state is derived at the end.

    `names`, `spots` and `line_spots` give out ids and places in time. `new`, `edited`: lines. `new_…`, `changed_tasks`:
    what else is new or different; `fresh` is all of it that stands in a list. `flat`: places with lines that have no
    conversation yet. `marks`: up to which line a thread or flat place was read elsewhere. `index`, `unindex`: the (title,
    body) that the index of words gets and loses. `counts`: what the sync reports; `oddities`: what could not be read.
    """

    account: AccountFacts
    now: Instant
    names: Names
    spots: Spots
    line_spots: Spots
    touched: set[str] = field(default_factory=set)
    new: list[Line] = field(default_factory=list)
    edited: list[Line] = field(default_factory=list)
    new_threads: set[str] = field(default_factory=set)
    new_tasks: set[str] = field(default_factory=set)
    changed_tasks: set[str] = field(default_factory=set)
    new_todos: set[str] = field(default_factory=set)
    flat: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    marks: dict[str, int] = field(default_factory=dict)
    index: dict[int, tuple[str, str]] = field(default_factory=dict)
    unindex: dict[int, tuple[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    oddities: int = 0

    def first_contact(self, at: Instant) -> bool:
        """Tell whether something is older than the account: it never rings."""
        return at < self.account.since

    def reindex(self, n: int, old: tuple[str, str] | None, new: tuple[str, str] | None) -> None:
        """Note what the index shall hold of `n`; `old` is what it held before this transaction, if anything."""
        if old is not None and n not in self.index and n not in self.unindex:
            self.unindex[n] = old
        if new is None:
            self.index.pop(n, None)
        else:
            self.index[n] = new

    def count(self, what: str, how_many: int = 1) -> None:
        """Add to the totals a sync reports."""
        self.counts[what] = self.counts.get(what, 0) + how_many
