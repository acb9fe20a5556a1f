"""The words of leeward as types: frozen rows that pass between services, store and screen.

Instants are UTC milliseconds. What a connector yields carries the service's own ids (`RemoteId`, always a string, also
where the service uses numbers); the store turns them into our ids (`ItemId`). Remote text is raw here: the store keeps
it as received beside its cleaned display form.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NewType, TypeAlias

from msgspec import Struct, field

ItemId = NewType("ItemId", str)
RemoteId = NewType("RemoteId", str)
AccountUid = NewType("AccountUid", str)
Key = NewType("Key", str)
Instant = NewType("Instant", int)

Due: TypeAlias = date | Instant
"""When something is due: a calendar date (the whole day, in the reader's zone) or an instant."""

LOCAL = "local"
"""The account that is always there, and its kind."""

RemoteRef: TypeAlias = tuple["ItemType", RemoteId]
"""One item as its service names it: the service may use the same id for a thread and a task."""


class ItemType(StrEnum):
    """What can be listed, tiered, snoozed and linked."""

    THREAD = "thread"
    TASK = "task"
    NOTE = "note"
    MESSAGE = "message"
    MENTION = "mention"
    TODO = "todo"


class Status(StrEnum):
    """A task's state, the same over all services; the service's own word stands beside it."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"


class Tier(StrEnum):
    """How soon: shown as "today", "48 h" and "FYI"."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class State(StrEnum):
    """Where an inbox row stands: unread, read, put off, or cleared."""

    NEW = "new"
    OPEN = "open"
    LATER = "later"
    DONE = "done"


class Keep(StrEnum):
    """What a link keeps in step."""

    OFF = "off"
    STATUS = "status"
    BOTH = "both"


class Reach(StrEnum):
    """Who can read a place, narrowest first."""

    ONLY_ME = "only me"
    PEOPLE = "people"
    ORGANISATION = "organisation"
    PUBLIC = "public"
    UNKNOWN = "unknown"


class Audience(Struct, frozen=True):
    """The readers of a place. `count` and `people` (remote person ids) are given where the service tells them."""

    reach: Reach = Reach.UNKNOWN
    count: int | None = None
    people: tuple[RemoteId, ...] = ()


class Place(Struct, frozen=True):
    """A project, list, channel, room, board or calendar.

    `flat`: its lines come without threads and are cut into conversations here. `threads`, `tasks`, `notes`: what it
    holds. `writable`: the owner may write there. `archived` places are no longer read.
    """

    id: RemoteId
    title: str
    audience: Audience = Audience()
    url: str | None = None
    flat: bool = False
    threads: bool = False
    tasks: bool = False
    notes: bool = False
    writable: bool = True
    archived: bool = False


class Person(Struct, frozen=True):
    """Somebody as one account sees them. `address` is an e-mail address; only a verified one joins people."""

    id: RemoteId
    name: str
    handle: str | None = None
    address: str | None = None
    verified: bool = False
    zone: str | None = None
    me: bool = False


class File(Struct, frozen=True):
    """Something attached. `url` is fetched only on request and only from the account's own origin."""

    name: str
    url: str | None = None
    size: int | None = None
    media_type: str | None = None


class Thread(Struct, frozen=True):
    """The service's own thread (an issue's discussion, a Matrix thread). Lines of a flat place name none.

    `task`: the task this thread discusses (a GitLab issue is both). `closed`: the service calls it finished.
    `version`: what tells the watch list that it moved (a reply count or a stamp).
    """

    id: RemoteId
    place: RemoteId
    title: str
    url: str | None = None
    task: RemoteId | None = None
    people: tuple[RemoteId, ...] = ()
    updated: Instant | None = None
    closed: bool = False
    version: str | None = None


class Message(Struct, frozen=True):
    """One line. `thread` is None in a flat place. `text` is plain text or Markdown; `raw` is what was received.

    `reply_to` are the remote ids of the lines it answers or quotes for certain; `notice` marks joins, renames and other
    lines nobody wrote; `key` is our own key when we wrote it. `version` tells an edit from a repeat. `urgent`: its author
    marked it so at the service, which counts as `[urgent]` in its text does.
    """

    id: RemoteId
    place: RemoteId
    author: RemoteId | None
    at: Instant
    text: str
    thread: RemoteId | None = None
    raw: str | None = None
    reply_to: tuple[RemoteId, ...] = ()
    mentions: tuple[RemoteId, ...] = ()
    files: tuple[File, ...] = ()
    url: str | None = None
    edited: Instant | None = None
    notice: bool = False
    key: Key | None = None
    version: str | None = None
    urgent: bool = False


class Task(Struct, frozen=True):
    """Something to be done, as its service holds it. `version` is what an update must have seen (ETag, stamp)."""

    id: RemoteId
    place: RemoteId
    title: str
    text: str = ""
    status: Status = Status.OPEN
    native_status: str | None = None
    author: RemoteId | None = None
    assignees: tuple[RemoteId, ...] = ()
    due: Due | None = None
    tier: Tier | None = None
    labels: tuple[str, ...] = ()
    url: str | None = None
    thread: RemoteId | None = None
    updated: Instant | None = None
    created: Instant | None = None
    recurring: bool = False
    key: Key | None = None
    version: str | None = None


class Note(Struct, frozen=True):
    """A longer text: page, doc, journal, decision, minutes."""

    id: RemoteId
    place: RemoteId
    title: str
    text: str
    updated: Instant
    url: str | None = None
    key: Key | None = None
    version: str | None = None


class Todo(Struct, frozen=True):
    """What a service says waits for the owner. `mention`: somebody named them; else an assignment, review, ….

    `target` is the thread or task it is about; `waits` is False once it was finished upstream.
    """

    id: RemoteId
    place: RemoteId
    title: str
    at: Instant
    author: RemoteId | None = None
    mention: bool = False
    target: RemoteRef | None = None
    text: str = ""
    url: str | None = None
    waits: bool = True


class ReadUpTo(Struct, frozen=True):
    """The service's own read marker: everything in `thread` (or the flat `place`) up to `message` was read elsewhere."""

    place: RemoteId
    message: RemoteId
    thread: RemoteId | None = None


class Batch(Struct, frozen=True):
    """One page of news, stored in one transaction with its cursor.

    `gone`: only what the service itself called deleted. `complete`: the (place, type) listings that were whole.
    `moved`: places whose id changed, old to new (a room upgrade), so that links and triage follow.
    `read`: read markers moved elsewhere. `cursor`: opaque to everybody but the kind; None leaves it where it was.
    """

    places: tuple[Place, ...] = ()
    people: tuple[Person, ...] = ()
    threads: tuple[Thread, ...] = ()
    messages: tuple[Message, ...] = ()
    tasks: tuple[Task, ...] = ()
    notes: tuple[Note, ...] = ()
    todos: tuple[Todo, ...] = ()
    read: tuple[ReadUpTo, ...] = ()
    gone: tuple[RemoteRef, ...] = ()
    complete: tuple[tuple[RemoteId, ItemType], ...] = ()
    moved: tuple[tuple[RemoteId, RemoteId], ...] = ()
    cursor: str | None = None
    oddities: int = 0


class Body(Struct, frozen=True):
    """Text on its way out: the owner's own words, then what is quoted from elsewhere, both Markdown.

    A kind neutralises `quoted` for its target, so that nothing inside a quote can act there, and carries `key` in the
    object itself. `link` is the permalink of what this answers or belongs to.
    """

    own: str
    quoted: str = ""
    link: str | None = None


class TaskDraft(Struct, frozen=True):
    """A task to be created. `assignees` are remote person ids of the target account."""

    place: RemoteId
    title: str
    body: Body
    assignees: tuple[RemoteId, ...] = ()
    due: Due | None = None
    tier: Tier | None = None
    labels: tuple[str, ...] = ()


class TaskChange(Struct, frozen=True):
    """What an update sets. A field that is not named in `fields` stays as it is; `due` None in `fields` clears it.

    `instance`: of a repeating task, the due of the one that was meant; None where nobody knows.
    """

    fields: frozenset[str]
    title: str = ""
    text: str = ""
    status: Status = Status.OPEN
    assignees: tuple[RemoteId, ...] = ()
    due: Due | None = None
    tier: Tier | None = None
    labels: tuple[str, ...] = ()
    instance: Due | None = None


class NoteDraft(Struct, frozen=True):
    """A note to be created or replaced."""

    place: RemoteId
    title: str
    text: str


class Sent(Struct, frozen=True):
    """What a service answered to a write: the object's id there, its address and its version."""

    id: RemoteId
    url: str | None = None
    version: str | None = None
    at: Instant | None = None


class Identity(Struct, frozen=True):
    """Who an account is signed in as, what its token may do and what it lacks."""

    person: Person
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    server: str | None = None
    places: int | None = None


class Watched(Struct, frozen=True):
    """A thread worth asking about again even if its parent did not move, with the version we hold."""

    thread: RemoteId
    place: RemoteId
    version: str | None = None


class Focus(Struct, frozen=True):
    """What to ask first (on the screen now) and what to look at again (open, linked or unread threads)."""

    places: tuple[RemoteId, ...] = ()
    threads: tuple[Watched, ...] = ()
    watch: tuple[Watched, ...] = field(default=())
