"""One writer and one reader thread, so that no handler ever waits for the disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from leeward.errors import Problem
from leeward.events import Bus, Changed
from leeward.store import db as base
from leeward.store.db import Db
from leeward.words import _

T = TypeVar("T")
_Job = tuple[Callable[..., Any], tuple[object, ...], "Future[Any]"]


class _Lane(threading.Thread):
    """A thread with a connection of its own and a queue."""

    def __init__(self, name: str, open_db: Callable[[], Db], run: Callable[[Db, Callable[..., Any], Any], Any]) -> None:
        super().__init__(name=name, daemon=True)
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.db: Db | None = None
        self._open = open_db
        self._run = run
        self._closed = False
        self._gate = threading.Lock()

    def run(self) -> None:
        while (job := self.jobs.get()) is not None:
            act, args, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if self.db is None:
                    self.db = self._open()
                future.set_result(self._run(self.db, act, args))
            except BaseException as error:  # noqa: BLE001 - the future carries it to who asked
                future.set_exception(error)
        if self.db is not None:
            self.db.close()

    def submit(self, act: Callable[..., T], args: tuple[object, ...]) -> Future[T]:
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                future.set_exception(Problem(_("leeward is closing.")))
            else:
                self.jobs.put((act, args, future))
        return future

    def finish(self) -> None:
        """Do what is queued, and take nothing more: who waits for a job that nobody does would wait for ever."""
        with self._gate:
            self._closed = True
            self.jobs.put(None)


class Store:
    """The store of one process. Reads and writes return futures; `Changed` is published after each commit.

    Await one with `asyncio.wrap_future`, or block on `.result()` outside a screen.
    """

    def __init__(self, folder: Path, bus: Bus | None = None) -> None:
        self.folder = folder
        self.bus = bus or Bus()
        self._writer = _Lane("store-writer", lambda: base.open_db(folder), self._commit)
        self._writer.db = base.open_db(folder)  # here, so that who opens a store hears what is wrong with it
        self._reader = _Lane("store-reader", lambda: base.open_db(folder, readonly=True), _read)
        self._writer.start()
        self._reader.start()
        self._version = -1
        self.commits = 0
        """How many transactions this process has begun: what was read before is older than that."""

    def read(self, act: Callable[..., T], *args: object) -> Future[T]:
        """Run `act(db, …)` on the reader, on one snapshot."""
        return self._reader.submit(act, args)

    def write(self, act: Callable[..., T], *args: object) -> Future[T]:
        """Run `act(db, …)` on the writer in one transaction."""
        return self._writer.submit(act, args)

    def others_wrote(self) -> Future[bool]:
        """Tell whether another process committed since the last call; asks outside any transaction."""
        return self._writer.submit(self._others_wrote, ())

    def interrupt(self) -> None:
        """Stop the read that is under way: it was overtaken (search as you type)."""
        if self._reader.db is not None:
            self._reader.db.interrupt()

    def close(self) -> None:
        """Finish what is queued and close both connections."""
        for lane in (self._reader, self._writer):
            lane.finish()
        for lane in (self._reader, self._writer):
            lane.join(timeout=10)

    def _commit(self, db: Db, act: Callable[..., T], args: tuple[object, ...]) -> T:
        if act == self._others_wrote:
            return act(db, *args)
        self.commits += 1
        result = base.write(db, act, *args)
        if db.changed:
            self.bus.publish(Changed(frozenset(db.changed)))
        return result

    def _others_wrote(self, db: Db) -> bool:
        version = int(db.execute("PRAGMA data_version").fetchone()[0])
        moved = self._version not in {-1, version}
        self._version = version
        return moved


def _read(db: Db, act: Callable[..., T], args: tuple[object, ...]) -> T:
    return base.read(db, act, *args)
