"""What a kind gives the contract suite: a fresh service of its own, its connector, and ways to break what is between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, NoReturn, TypeAlias

from msgspec import Struct

from leeward.model import ItemType, RemoteId
from leeward.ports import Connector, Manifest
from leeward.testing.clock import FakeClock

On: TypeAlias = Literal["read", "write"]
How: TypeAlias = Literal["refused", "lost", "cut", "empty", "answer"]


class Break(Struct, frozen=True):
    """One fault between connector and service.

    `refused`: no connection was made. `lost`: the service acted and its answer was lost. `cut`: it acted and half of
    the answer's body arrived. `empty`: it acted and its 2xx came without a body. `answer`: it never saw the request;
    `status`, `body` and `headers` came back in its place.
    """

    how: How
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Held(Struct, frozen=True):
    """An item as the service itself holds it now: the truth a test compares with. A line has no title."""

    text: str
    title: str = ""
    done: bool = False


class Harness(ABC):
    """One fresh world; the suite makes a new one for every test.

    `secret` is the token the connector's door holds. Methods of capabilities the Manifest does not name may stay
    unwritten. Ids are those the connector yields.
    """

    manifest: Manifest
    clock: FakeClock
    secret: str
    idle_requests: int = 12
    """How many requests a pull with nothing new may make."""

    @abstractmethod
    def connector(self) -> Connector:
        """A new connector over the same service, remembering nothing (a restarted program)."""

    @abstractmethod
    def place(self, what: ItemType) -> RemoteId:
        """Where lines (MESSAGE), tasks (TASK) or notes (NOTE) of this world live, writable by the owner."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time pass, at the service and for `clock`."""

    @abstractmethod
    def break_next(self, fault: Break, on: On, times: int = 1) -> None:
        """Break the next `times` requests that read, or that write."""

    @abstractmethod
    def mend(self) -> None:
        """Forget the faults that were not used up."""

    @abstractmethod
    def urls(self) -> tuple[str, ...]:
        """Every URL asked so far, with its query."""

    def loop_pages(self) -> bool:
        """From now on every listing names its own page as the next one. False where the kind has no pages."""
        return False

    # THREADS: lines by somebody else, unless `mine`.

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        """Somebody begins a thread: its id (None in a flat place) and its first line's."""
        _unwritten(self, text)

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        """Somebody adds a line to `thread`."""
        _unwritten(self, text, thread, reply_to)

    def edit_line(self, line: RemoteId, text: str) -> None:
        """Its author changes a line made by `add_line`."""
        _unwritten(self, line, text)

    def delete_line(self, line: RemoteId) -> None:
        """Its author takes a line made by `add_line` back."""
        _unwritten(self, line)

    def lines(self) -> dict[RemoteId, Held]:
        """Every line of the line place."""
        _unwritten(self)

    # TASKS

    def add_task(self, title: str, text: str = "") -> RemoteId:
        """Somebody makes a task."""
        _unwritten(self, title, text)

    def change_task(self, task: RemoteId, title: str) -> None:
        """Somebody renames a task."""
        _unwritten(self, task, title)

    def delete_task(self, task: RemoteId) -> bool:
        """Somebody deletes a task for good. False where this kind's service never says so."""
        _unwritten(self, task)

    def hide_task(self, task: RemoteId) -> None:
        """Listings leave the task out from now on although it is there (a lagging index)."""
        _unwritten(self, task)

    def tasks(self) -> dict[RemoteId, Held]:
        """Every task of the task place."""
        _unwritten(self)

    # NOTES

    def add_note(self, title: str, text: str) -> RemoteId:
        """Somebody writes a note."""
        _unwritten(self, title, text)

    def change_note(self, note: RemoteId, text: str) -> None:
        """Somebody changes a note."""
        _unwritten(self, note, text)

    def notes(self) -> dict[RemoteId, Held]:
        """Every note of the note place."""
        _unwritten(self)

    # WALL

    def add_idea(self, text: str) -> RemoteId:
        """Somebody sticks an idea on the wall of the note place."""
        _unwritten(self, text)

    # MARK_READ and quoting

    reads_upto: bool = True
    """False where the service has no read marker, only to-dos to finish."""

    def read_upto(self, thread: RemoteId | None) -> RemoteId | None:
        """The line up to which the service holds `thread` read, or None."""
        _unwritten(self, thread)

    def acted(self) -> tuple[str, ...]:
        """What text that reached the service did there: commands run, people or rooms alerted, links made."""
        return ()


def _unwritten(harness: Harness, *_asked: object) -> NoReturn:
    raise NotImplementedError(f"{type(harness).__name__} declares an ability and lacks the seed for it")
