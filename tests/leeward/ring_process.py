"""A process that rings until nothing waits; the test kills it. `python -m tests.leeward.ring_process FOLDER LOG UNTIL`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leeward.model import Instant
from leeward.ports import Notice, Rung
from leeward.store import db as store
from leeward.store.db import open_db
from leeward.work import channels, digest
from tests.leeward.ring_world import HERE, OPEN, SETTINGS, configured

SPEED = 100


class FastClock:
    """A hundred times as fast as the wall, so that a lease ends soon; the same in every process."""

    def __init__(self, start: float) -> None:
        self._start = start

    def now(self) -> Instant:
        return Instant(OPEN + int((time.time() - self._start) * 1000 * SPEED))

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


class LogChannel:
    """Writes each popup's key as one line; a line that was written was seen."""

    name = "osc99"
    replaces = True

    def __init__(self, log: Path) -> None:
        self._log = log

    def ring(self, notice: Notice, *, key: str) -> Rung:
        target = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(target, f"{key}\n".encode())
        os.close(target)
        return Rung.SENT


def main() -> None:
    folder, log, start = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    db = open_db(folder)
    config = configured(SETTINGS)

    def write(act: Callable[..., Any], *args: object, **named: object) -> Any:
        return store.write(db, act, *args, **named)

    waits = "SELECT 1 FROM notice WHERE state IN ('ring', 'digest', 'held')"
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while db.execute(waits).fetchone():
        channels.ring(write, [LogChannel(log)], config, HERE, FastClock(start))
        if not digest.due(db, config, HERE, FastClock(start).now()):
            time.sleep(0.005)
    db.close()


if __name__ == "__main__":
    main()
