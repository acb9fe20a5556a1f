"""Two processes at a time that judge and ring over one store, each killed by the system at a statement of its own.

`python -m tests.leeward.ring_kills FOLDER SEED KILLS WAY`. The first pairs die just after they showed something, before
they can write it down: the moment that matters most must not be left to luck. The parent holds the clock, which both read from shared memory,
and forks the pairs, so that a thousand of them take seconds. What a channel showed is appended to FOLDER/log.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from leeward.model import Instant, Tier
from leeward.ports import Notice, Rung
from leeward.store import db as store
from leeward.store.db import Db, open_db
from leeward.work import channels, notify
from leeward.work.notify import Incoming
from tests.leeward.ring_world import HERE, OPEN, SETTINGS, configured

CONFIG = configured(SETTINGS)
MEMBERS = "SELECT id FROM notice WHERE state IN ('ring', 'digest') AND ? IN (id, digest)"
HOUR = 3_600_000
SHOWN = 5
"""So many pairs die of having shown."""


class SharedClock:
    """One clock for all; only the parent moves it."""

    def __init__(self) -> None:
        self._cell = mmap.mmap(-1, 8)
        self.set(OPEN)

    def set(self, at: int) -> None:
        self._cell[:8] = struct.pack("q", at)

    def now(self) -> Instant:
        return Instant(struct.unpack("q", self._cell[:8])[0])

    def monotonic(self) -> float:
        return self.now() / 1000

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class Logged:
    """A way to ring that appends key and members as one line; what is in the file was seen."""

    def __init__(self, name: str, log: Path, members: Callable[[str], list[str]], step: Callable[[bool], None]) -> None:
        self.name, self.replaces = name, name == "osc99"
        self._log, self._members, self._step = log, members, step

    def ring(self, notice: Notice, *, key: str) -> Rung:
        line = json.dumps([key, self._members(key)]) + "\n"
        self._step(False)
        target = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(target, line.encode())
        os.close(target)
        self._step(True)
        return Rung.SENT


def work(folder: Path, clock: SharedClock, way: str, rng: random.Random, name: str, steps: int | None) -> None:
    """Judge some news and ring; gone before step number `steps`, which is a statement, or a moment around showing.

    With -1 steps it is gone once it has shown something. Without `steps` it lives, and has no news: it only rings.
    """
    left = [steps]

    def step(shown: bool) -> None:
        if steps == -1:
            if shown:
                os.kill(os.getpid(), signal.SIGKILL)
        elif left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    db = open_db(folder)
    db.execute("PRAGMA synchronous = OFF")  # the machine lives on: what was written is there
    db.set_trace_callback(lambda _statement: step(False))

    def write(act: Callable[..., Any], *args: object, **named: object) -> Any:
        return store.write(db, act, *args, **named)

    def members(key: str) -> list[str]:
        return [row[0] for row in db.execute(MEMBERS, (key,))]

    for turn in range(rng.randrange(3) if steps is not None else 0):
        item, now = f"{name}-{turn}", clock.now()
        tier = rng.choice([None, *Tier])
        news = Incoming(item, "a", now, "Jo", "#ops", thread=f"t-{item}", tier=tier, mention=rng.random() < 0.3)
        write(notify.judge, news, CONFIG, HERE, now)
    channels.ring(write, [Logged(way, folder / "log", members, step)], CONFIG, HERE, clock)
    db.close()


def forked(act: Callable[[], None]) -> int:
    """Run `act` in a process of its own; its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def pair(folder: Path, clock: SharedClock, way: str, seeds: tuple[int, int], number: int, *, dies: bool) -> int:
    """Two processes at once. How many of them were killed."""

    def one(seed: int) -> None:
        rng = random.Random(seed)
        work(
            folder, clock, way, rng, f"{number}-{seed}", (rng.randrange(60) if number > SHOWN else -1) if dies else None
        )

    children = [forked(partial(one, seed)) for seed in seeds]
    killed = 0
    for child in children:
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            killed += 1
        else:
            assert os.WEXITSTATUS(status) == 0, "a process that was not killed has a bug"
    return killed


def waits(folder: Path) -> bool:
    db: Db = open_db(folder)
    try:
        found = "SELECT 1 FROM notice WHERE state IN ('ring', 'digest', 'held', 'info')"
        return db.execute(found).fetchone() is not None
    finally:
        db.close()


def main() -> None:
    folder, seed, kills, way = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rng, clock = random.Random(seed), SharedClock()
    died = number = 0
    while died < kills:
        number += 1
        died += pair(folder, clock, way, (rng.randrange(1 << 30), rng.randrange(1 << 30)), number, dies=True)
        # A second, more than a lease, an hour, a night, and now and then three days asleep.
        clock.set(clock.now() + rng.choice([1000, 31_000, HOUR, 9 * HOUR, 72 * HOUR]))
    for _later in range(100):
        if not waits(folder):
            break
        clock.set(clock.now() + 31_000 + rng.choice([0, 7 * HOUR]))
        number += 1
        pair(folder, clock, way, (rng.randrange(1 << 30), rng.randrange(1 << 30)), number, dies=False)
    sys.stdout.write(json.dumps({"killed": died, "pairs": number}) + "\n")


if __name__ == "__main__":
    main()
