"""A process that syncs one account over HTTP and may be killed at any moment; forked from one that has everything loaded.

Lines on stdin: the fake time in milliseconds. For each, one child syncs once; its pid is printed, then what became of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from connectors import TABLE
from connectors.gitlab.connector import GitLab
from connectors.http import Door
from connectors.slack.connector import Slack
from leeward.model import AccountUid, Instant
from leeward.ports import Login, Secret
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from leeward.testing.clock import FakeClock
from tests.leeward.store.hand import STEPS

MAKERS: dict[str, type[GitLab | Slack]] = {"gitlab": GitLab, "slack": Slack}


def ensure(db: Db, kind: str, url: str) -> AccountUid:
    return accounts.ensure(db, "work", kind, url, now=Instant(0), since=Instant(0))


async def once(folder: Path, url: str, token: str, kind: str, now: int) -> None:
    clock = FakeClock(Instant(now))
    store = Store(folder)
    uid = store.write(ensure, kind, url).result()
    lock = SyncLock(folder)
    login, manifest = Login("work", kind, url), TABLE[kind]
    async with Door(manifest, login, Secret(token), clock) as door:
        live = Live(uid, login, manifest, MAKERS[kind](login, door, clock))
        if lock.take("sync", clock.now()):
            await Engine(store, [live], clock, STEPS, lock).round()
    lock.release()
    store.close()


def main() -> None:
    folder, url, token, kind = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                asyncio.run(once(folder, url, token, kind, int(line)))
            except BaseException:  # noqa: BLE001 - the parent reads the code
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - the parent listens
        _pid, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the parent listens


if __name__ == "__main__":
    main()
