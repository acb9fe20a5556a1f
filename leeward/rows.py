"""What the store hands to the command line and the screen: cleaned text, our ids, names in place of ids.

Every text here has passed `leeward.text`; instants are UTC milliseconds.
"""

from __future__ import annotations

from msgspec import Struct

from leeward.model import Audience, Due, File, Instant, ItemId, ItemType, Keep, State, Status, Tier


class InboxRow(Struct, frozen=True):
    """One row of the inbox. `type` says why it calls: thread, task, mention or todo. `people` are names, newest first.

    `tier` is the one that counts (the owner's, else the sender's); `thread` is the thread it opens, if it has one;
    `left`: the open minutes until it is due, where that was worked out; `unseen`: it rang, and nobody knows whether it was
    seen.
    """

    id: ItemId
    type: ItemType
    account: str
    place: str
    place_id: ItemId
    title: str
    people: tuple[str, ...]
    tier: Tier | None
    due: Due | None
    state: State
    unread: int
    updated: Instant
    url: str | None
    thread: ItemId | None
    later: Instant | None = None
    left: int | None = None
    unseen: bool = False


class MessageRow(Struct, frozen=True):
    """One line of a thread. `task` is the task made of it.

    `sending` is the outbox's word for an own line that its service does not show yet, "sent" included; None for all others.

    `task_state` is the outbox's word for that task, "" where nothing is on its way; `task_url` its address, once it has one.

    `open` is what it promises or asks for while nothing has come of it: promise, request, later or question.
    """

    id: ItemId
    thread: ItemId
    author: str
    author_id: ItemId | None
    at: Instant
    text: str
    reply_to: tuple[ItemId, ...]
    url: str | None
    mine: bool
    unread: bool
    notice: bool = False
    edited: Instant | None = None
    gone: bool = False
    files: tuple[File, ...] = ()
    sending: str | None = None
    task: ItemId | None = None
    zone: str | None = None
    open: str | None = None
    task_state: str = ""
    task_url: str | None = None


class PromiseRow(Struct, frozen=True):
    """A line that leaves something open. `kind`: promise, request, later or question; `words` say why it is thought so."""

    line: MessageRow
    kind: str
    words: str
    account: str
    place: str
    title: str

    @property
    def id(self) -> ItemId:
        """The line's."""
        return self.line.id

    @property
    def thread(self) -> ItemId:
        """The conversation it was said in."""
        return self.line.thread

    @property
    def url(self) -> str | None:
        """Where it was said."""
        return self.line.url


class LinkRow(Struct, frozen=True):
    """One link as seen from an item: `id` is the link, `item` the other end."""

    id: ItemId
    item: ItemId
    type: ItemType
    title: str
    url: str | None
    sync: Keep


class TaskRow(Struct, frozen=True):
    """A task with its links; `state` is the outbox's word, "sent" where nothing is on its way.

    `left`: the open minutes until it is due, where that was worked out.
    """

    id: ItemId
    account: str
    place: str
    place_id: ItemId | None
    title: str
    text: str
    status: Status
    native_status: str | None
    assignees: tuple[str, ...]
    mine: bool
    due: Due | None
    tier: Tier | None
    url: str | None
    state: str
    updated: Instant
    recurring: bool = False
    links: tuple[LinkRow, ...] = ()
    left: int | None = None


class NoteRow(Struct, frozen=True):
    """A note with its links."""

    id: ItemId
    account: str
    place: str
    title: str
    text: str
    updated: Instant
    url: str | None
    state: str = "sent"
    links: tuple[LinkRow, ...] = ()


class Found(Struct, frozen=True):
    """One search hit. `snippet` marks nothing; the screen finds the words again."""

    id: ItemId
    type: ItemType
    title: str
    snippet: str
    at: Instant
    thread: ItemId | None = None


class PlaceRow(Struct, frozen=True):
    """A place that can be written to or filtered by."""

    id: ItemId
    account: str
    title: str
    audience: Audience
    url: str | None
    flat: bool
    tasks: bool
    notes: bool
    writable: bool


class PersonRow(Struct, frozen=True):
    """One human over all accounts."""

    id: ItemId
    name: str
    handle: str | None
    address: str | None
    zone: str | None
    me: bool
    accounts: tuple[str, ...]


class OutboxRow(Struct, frozen=True):
    """One change that still has to reach a service. `why` is a sentence."""

    row: int
    account: str
    verb: str
    item: ItemId | None
    title: str
    state: str
    tries: int
    due: Instant | None
    why: str


class AccountRow(Struct, frozen=True):
    """An account and how it is: `ok` None before its first round; `sign_in`: it stands still until its owner acts."""

    account: str
    kind: str
    url: str
    ok: bool | None
    trouble: str | None
    do: str | None
    seen: Instant | None
    sign_in: bool = False


class JournalRow(Struct, frozen=True):
    """One entry of the journal of an item, a link or a notice."""

    at: Instant
    say: str
