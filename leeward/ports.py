"""What the core asks of the world, as small Protocols by capability.

A kind declares in its Manifest what it can; the contract suite in `leeward.testing` proves it. Nothing here is a base
class: a connector is any object with the methods of the capabilities its Manifest names. Every method may raise a
`leeward.errors.Trouble` and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from msgspec import Struct, field

from leeward.model import (
    Batch,
    Body,
    File,
    Focus,
    Identity,
    Instant,
    ItemType,
    Key,
    NoteDraft,
    RemoteId,
    Sent,
    TaskChange,
    TaskDraft,
)
from leeward.wire import Request, Response

if TYPE_CHECKING:
    from leeward.oauth import OAuth


class Can(Enum):
    """What a kind can do."""

    THREADS = auto()
    TASKS = auto()
    NOTES = auto()
    POST = auto()
    FILES = auto()
    TASK_WRITE = auto()
    NOTE_WRITE = auto()
    EDIT = auto()
    MARK_READ = auto()
    FIND_SENT = auto()
    PUSH = auto()
    QUIET = auto()
    SEND_LATER = auto()
    PIN = auto()
    POLL = auto()
    STATUS = auto()
    BUSY = auto()
    HOURS = auto()
    WALL = auto()
    MEET = auto()
    VIEWS = auto()


Scheme: TypeAlias = Literal["bearer", "basic", "raw"]


class Setting(Struct, frozen=True):
    """One question of `account add`. `name` is a key of `[[account]]`; `default` is offered, not assumed."""

    name: str
    title: str
    help: str
    required: bool = True
    default: str | None = None


class SecretSpec(Struct, frozen=True):
    """One secret of an account: where to get it, which scopes to give it. `{url}` stands for the account's address.

    The first of a kind is its token. Others travel only in requests that name them; `required` False may stay empty.
    """

    name: str
    title: str
    help: str
    page: str | None = None
    scopes: tuple[str, ...] = ()
    required: bool = True


class Origin(Struct, frozen=True):
    """One origin a kind talks to: fixed, or `{url}` for the account's own; `scheme` None sends no credential.

    A socket's begins with wss://; `*.` before a host stands for every name under it, and never gets a credential.
    """

    url: str
    scheme: Scheme | None = "bearer"


class Manifest(Struct, frozen=True):
    """What is known of a kind without importing it. `target` is "module:Class"; None for `local`.

    `oauth`: its accounts can sign in at the service's page; a plain token does as well. `contact`: the service wants an
    address in every request at which whoever asks can be reached; it is the account's `user`. `rest_s`: the service
    forbids asking over and over, so where the owner sets no `poll` a running program asks at its start, then this often,
    and besides only when something of the account comes on the screen or somebody asks for news.
    """

    kind: str
    title: str
    can: frozenset[Can]
    target: str | None
    settings: tuple[Setting, ...] = ()
    secrets: tuple[SecretSpec, ...] = ()
    origins: tuple[Origin, ...] = ()
    min_poll_s: float = 60.0
    docs: str = ""
    minutes: int = 1
    admin: str = "no administrator needed"
    oauth: OAuth | None = None
    contact: bool = False
    rest_s: float = 0.0


class Login(Struct, frozen=True):
    """An account as its connector sees it: never the secret. `url` has no slash at its end.

    `places` are the remote ids or paths the owner named; () means all they are a member of. `history`: how many lines
    of a place that is new are brought at most. `user` is the address or handle the owner gave. `mark_read`: what is read
    here may be marked read there. `options` are the answers to the Manifest's other settings, by name.
    """

    name: str
    kind: str
    url: str
    user: str | None = None
    places: tuple[str, ...] = ()
    history: int = 2000
    mark_read: bool = True
    zone: str = "UTC"
    options: Mapping[str, str] = field(default_factory=dict)


class Http(Protocol):
    """The one door to the network, bound to one account: pins origins, adds credentials, keeps limits, maps errors."""

    async def send(self, request: Request) -> Response:
        """Exchange one request. Raises `Trouble` for every status outside 2xx and `request.expect`."""
        ...


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> Instant:
        """UTC milliseconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a fake clock moves itself instead."""
        ...


class Secret:
    """A credential that shows itself to nobody by accident: repr, str and format are masked, pickling is refused."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself; only the door and a keyring have a reason to ask."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __str__(self) -> str:
        return "•••"

    def __format__(self, spec: str) -> str:
        return "•••"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest

        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


class Secrets(Protocol):
    """Where tokens live."""

    def get(self, account: str, name: str = "token") -> Secret | None:
        """Look in the order of the config: env, command, env by name, keyring. None when there is none."""
        ...

    def put(self, account: str, secret: Secret, name: str = "token") -> str:
        """Store and read back; return the backend's name. Raises `Problem` where nothing trustworthy is there."""
        ...

    def drop(self, account: str, name: str = "token") -> None:
        """Forget it; no error where it was not there."""
        ...


class Checks(Protocol):
    """Every connector: tried before a setting is saved."""

    async def check(self) -> Identity:
        """Ask the service who we are. Raises `SignInNeeded` for a wrong token."""
        ...


class Pulls(Protocol):
    """THREADS, TASKS or NOTES."""

    def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        """Yield what changed since `cursor`, page by page; each batch may move the cursor."""
        ...


class Posts(Protocol):
    """POST: new lines. A flat place gets `thread` None; `reply_to` is the line that is answered."""

    async def post(
        self,
        place: RemoteId,
        thread: RemoteId | None,
        body: Body,
        files: tuple[Upload, ...] = (),
        *,
        key: Key,
        reply_to: RemoteId | None = None,
    ) -> Sent:
        """Write one line; our key travels in it."""
        ...


class Upload(Struct, frozen=True):
    """A file on its way out."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"


class Fetches(Protocol):
    """FILES: what is attached, on request only."""

    async def fetch(self, file: File) -> bytes:
        """The content, from the account's own origin, with a size cap."""
        ...


class Edits(Protocol):
    """EDIT: our own lines."""

    async def edit(
        self, place: RemoteId, thread: RemoteId | None, message: RemoteId, body: Body | None, *, key: Key
    ) -> Sent:
        """Replace the text, or take the line back where `body` is None."""
        ...


class WritesTasks(Protocol):
    """TASK_WRITE."""

    async def create(self, draft: TaskDraft, *, key: Key) -> Sent:
        """Make a task; our key travels in it."""
        ...

    async def update(self, place: RemoteId, task: RemoteId, change: TaskChange, *, key: Key, seen: str | None) -> Sent:
        """Change what `change.fields` names. Raises `Conflict` when the task is no longer the version `seen`."""
        ...


class WritesNotes(Protocol):
    """NOTE_WRITE."""

    async def create_note(self, draft: NoteDraft, *, key: Key) -> Sent:
        """Make a note; our key travels in it."""
        ...

    async def update_note(self, note: RemoteId, draft: NoteDraft, *, key: Key, seen: str | None) -> Sent:
        """Replace a note's title and text. Raises `Conflict` when it is no longer the version `seen`."""
        ...


class FindsSent(Protocol):
    """FIND_SENT: after an unclear answer, look whether it arrived."""

    async def find_sent(
        self, what: ItemType, place: RemoteId, thread: RemoteId | None, key: Key, since: Instant
    ) -> Sent | None:
        """Search all pages for the object that carries `key`; `what` is TASK, NOTE or MESSAGE."""
        ...


class MarksRead(Protocol):
    """MARK_READ: a thread was read here, or what waited was finished."""

    async def mark_read(
        self, place: RemoteId, thread: RemoteId | None, upto: RemoteId | None, todos: tuple[RemoteId, ...]
    ) -> None:
        """Move the upstream marker to `upto` (never back) and finish `todos`."""
        ...


class Pushes(Protocol):
    """PUSH: something happened; it only ever wakes a pull."""

    async def listen(self, wake: Callable[[], None]) -> None:
        """Stay connected and call `wake` when there is news, until cancelled. Raises `Trouble` when it breaks."""
        ...


class Span(Struct, frozen=True):
    """A busy time of a calendar, end excluded. `tentative`: not yet accepted; `all_day`: it has no time of day."""

    start: Instant
    end: Instant
    tentative: bool = False
    all_day: bool = False


class TellsBusy(Protocol):
    """BUSY: when the owner is busy, by their calendars."""

    async def busy(self, calendars: tuple[str, ...], since: Instant, until: Instant) -> tuple[Span, ...]:
        """The busy times that touch [since, until) in the calendars of these titles or paths; unknown ones have none."""
        ...

    async def unknown_calendars(self, calendars: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these names no calendar of the account has."""
        ...


class SetsQuiet(Protocol):
    """QUIET: show others that the owner wants quiet."""

    async def set_quiet(self, quiet: bool, until: Instant | None, remembered: str | None) -> str | None:
        """Enter quiet (`until` None: open end) or leave it; gives back what to remember, None where nothing is set.

        `remembered` is what the call before gave back. What somebody set by hand meanwhile is left alone.
        """
        ...


class Connector(Checks, Pulls, Protocol):
    """What every kind has; the rest is asked by capability with `isinstance`-free casts after reading the Manifest."""


class MakesConnector(Protocol):
    """A Manifest's target."""

    def __call__(self, login: Login, http: Http, clock: Clock) -> Connector:
        """Bind a login to the door. Does no I/O."""
        ...


class Notice(Struct, frozen=True):
    """One thing to ring: already cleaned, sender and source only unless the owner allows more."""

    title: str
    body: str
    tier: str | None
    sound: bool = False
    item: str | None = None


class Rung(Enum):
    """What became of a notice at a channel."""

    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Channel(Protocol):
    """A way to ring. `key` is stable for one digest, so that a channel that can replaces the same popup."""

    name: str
    replaces: bool

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Show it. Never raises."""
        ...
