"""The rarer abilities of a service: lines it keeps for later, pins, votes, a status, the hours of others.

Rules as in `leeward.ports`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from msgspec import Struct

from leeward.model import Body, Instant, Key, RemoteId, Sent


class SendsLater(Protocol):
    """SEND_LATER: the service itself keeps a line and posts it at its time, also while this machine sleeps."""

    async def send_at(self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key) -> Sent:
        """Hand the line over; `Sent.id` names what waits there. Raises `Refused` where `at` is out of the service's reach."""
        ...

    async def unsend(self, place: RemoteId, waiting: RemoteId) -> None:
        """Take a waiting line back. Raises `Gone` where it was posted already."""
        ...


@runtime_checkable
class FindsWaiting(Protocol):
    """Beside SEND_LATER, where the service shows what waits: after an unclear answer, look whether a line is kept there."""

    async def find_waiting(
        self, place: RemoteId, thread: RemoteId | None, body: Body, at: Instant, *, key: Key
    ) -> Sent | None:
        """The waiting line that `send_at` made with the same arguments; asked only while it cannot have been posted."""
        ...


class Pins(Protocol):
    """PIN: mark a line for everyone in its place, or for the owner where the service has only bookmarks."""

    async def pin(self, place: RemoteId, message: RemoteId, *, pinned: bool) -> None:
        """Set or take the mark; no error where it stands so already."""
        ...


class OpensViews(Protocol):
    """VIEWS: lists of tasks somebody saved there, opened here as a query."""

    async def open_view(self, words: str) -> tuple[RemoteId, ...] | None:
        """The tasks that the view of this title or address shows now, in its order; None where there is no such view."""
        ...


class StartsMeetings(Protocol):
    """MEET: a meeting that begins now. It goes past the outbox: its address is wanted at once, or not at all."""

    async def meet(self, topic: str, agenda: str, *, key: Key) -> Sent:
        """Begin a meeting that others may join; `Sent.url` is where.

        After an unclear answer it is looked for by `key` first: a `Trouble` means that the service shows none.
        """
        ...


class Vote(Struct, frozen=True):
    """One choice at a line and who made it: `choice` is the emoji's name without colons, `people` remote ids."""

    choice: str
    people: tuple[RemoteId, ...] = ()


class Polls(Protocol):
    """POLL: votes at a line, as reactions or as the service's own poll."""

    async def votes(self, place: RemoteId, thread: RemoteId | None, message: RemoteId) -> tuple[Vote, ...]:
        """Every choice made at `message`, with its people."""
        ...

    async def vote(self, place: RemoteId, thread: RemoteId | None, message: RemoteId, choice: str, *, on: bool) -> None:
        """Give or take back the owner's vote; no error where it stands so already."""
        ...


class SetsStatus(Protocol):
    """STATUS: the line others see beside the owner's name."""

    async def set_status(self, text: str, emoji: str | None, until: Instant | None) -> None:
        """Show `text` until `until` (None: open end); an empty text clears it."""
        ...


class Told(Struct, frozen=True):
    """The hours of one person as their service tells them. What it does not tell is None or empty.

    `open`: the windows of their week, written as in the settings ("mon-fri 09:00-17:00"), by the clock of `zone`. `away`:
    spans in which they do not want to be disturbed (a snooze, an absence), end excluded, None without an end.
    """

    person: RemoteId
    zone: str | None = None
    open: tuple[str, ...] | None = None
    away: tuple[tuple[Instant, Instant | None], ...] = ()


class TellsHours(Protocol):
    """HOURS: when other people work, or do not want to be disturbed; asked for those one writes with, now and then."""

    async def hours(self, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
        """What is known of these people, at most 50; whoever is unknown is left out."""
        ...


class Idea(Struct, frozen=True):
    """A sticky note. `x` and `y` are its middle; inside a `cluster` they count from that one's upper left corner."""

    id: RemoteId
    text: str
    author: RemoteId | None = None
    x: float = 0.0
    y: float = 0.0
    cluster: RemoteId | None = None
    tags: tuple[str, ...] = ()
    updated: Instant | None = None
    key: Key | None = None


class Cluster(Struct, frozen=True):
    """A titled area of a wall in which ideas lie; `x` and `y` are its middle."""

    id: RemoteId
    title: str
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class Wall(Struct, frozen=True):
    """Everything on a wall. `complete`: whether the listing was whole; only then is what it lacks not there."""

    ideas: tuple[Idea, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    complete: bool = False


class KeepsWall(Protocol):
    """WALL: a board whose sticky notes are listed, made, moved and grouped, for a team session.

    An idea is a note of the same id: its text is changed as a note, and after an unclear answer to `add_idea`
    `FindsSent` finds it by its key. The other methods may simply be repeated.
    """

    async def wall(self, place: RemoteId) -> Wall:
        """Every idea and cluster of a board, with tags."""
        ...

    async def add_idea(
        self, place: RemoteId, text: str, *, key: Key, x: float, y: float, cluster: RemoteId | None = None
    ) -> Sent:
        """Stick a new note on the wall; our key travels in it."""
        ...

    async def move_idea(self, idea: RemoteId, *, x: float, y: float, cluster: RemoteId | None = None) -> Sent:
        """Put an idea elsewhere: into a cluster, or out of one where `cluster` is None."""
        ...

    async def tag_idea(self, idea: RemoteId, tag: str, *, on: bool) -> None:
        """Put a tag on or take it off; no error where it stands so already. Raises `Refused` where no more fit."""
        ...

    async def group_ideas(self, place: RemoteId, title: str, ideas: tuple[RemoteId, ...]) -> RemoteId:
        """Put ideas into the cluster of that title, which is made where it is not there, and tag them with it."""
        ...
