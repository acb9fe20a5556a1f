"""Who syncs, sends and rings: a lock the kernel holds, so that it dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from leeward.model import Instant

FILE = "sync.lock"


class SyncLock:
    """An flock on `folder/sync.lock`. The file says who holds it and when each account last succeeded."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file: int | None = None
        self.last: dict[str, Instant] = {}
        self.skew: dict[str, float] = {}

    def take(self, who: str, now: Instant) -> bool:
        """Try to become the one; False when another process is."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        last = holder(self._path.parent).get("last")
        kept = last.items() if isinstance(last, dict) else ()
        self.last = {name: Instant(at) for name, at in kept if isinstance(at, int)}
        self._who, self._since = who, now
        self._write()
        return True

    @property
    def held(self) -> bool:
        """Whether this process is the one."""
        return self._file is not None

    def succeeded(self, account: str, now: Instant, skew_s: float | None = None) -> None:
        """Note the last success of an account; kept here so that a sync with nothing new writes nothing in the store.

        `skew_s`: how far this machine's clock is ahead of the service's, where the service told its time.
        """
        self.last[account] = now
        if skew_s is not None:
            self.skew[account] = round(skew_s, 1)
        self._write()

    def release(self) -> None:
        """Let another be the one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            return
        facts = {
            "who": self._who,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": self._since,
            "last": self.last,
            "skew": self.skew,
        }
        data = json.dumps(facts).encode()
        with suppress(OSError):  # a full disk: the lock is the kernel's, what stands in it only tells of it
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))


def holder(folder: Path) -> dict[str, Any]:
    """What the lock file says: who, pid, host, since, last. Empty where there is none; the holder may be gone."""
    try:
        facts = json.loads((folder / FILE).read_bytes() or b"{}")
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def held(folder: Path) -> bool:
    """Tell whether some process holds the lock now."""
    try:
        file = os.open(folder / FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
