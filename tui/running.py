"""The engine of one run, put together from the settings: accounts, doors, steps, lock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from leeward import logs
from leeward.config import Account
from leeward.errors import Trouble
from leeward.events import Bus
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.lock import SyncLock
from leeward.zones import system_zone
from tui.wiring import Home, login_of

if TYPE_CHECKING:
    from logging import Handler

    from leeward.model import AccountUid, Focus
    from leeward.ports import Secrets
    from leeward.sync.account import Live
    from leeward.sync.engine import Engine
    from leeward.work.steps import Notices


class Running:
    """A store, an engine and what must be closed. `troubles` are accounts that cannot even be tried.

    The engine is put together when it is first asked for: the first frame of a screen needs neither it nor any token.
    """

    def __init__(self, home: Home, store: Store, lock: SyncLock, log: Handler | None = None) -> None:
        self.store, self.lock = store, lock
        self._log = log
        self.troubles: dict[str, tuple[str, str]] = {}
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self._home = home
        self._focus: Focus | None = None
        self._made: tuple[Engine, Notices] | None = None
        self._making = threading.Lock()

    @property
    def engine(self) -> Engine:
        """What syncs and sends."""
        return self.assemble()[0]

    @property
    def notices(self) -> Notices:
        """What judges whether something rings."""
        return self.assemble()[1]

    @property
    def assembled(self) -> bool:
        """Whether the engine is there."""
        return self._made is not None

    def look_at(self, focus: Focus) -> None:
        """What is on the screen is asked for first."""
        self._focus = focus
        if self._made is not None:
            self._made[0].focus = focus

    def assemble(self) -> tuple[Engine, Notices]:
        """Bind every account of the settings, once; nothing is asked of a service."""
        with self._making:
            if self._made is None:
                self._made = _assembled(self._home, self)
                if self._focus is not None:
                    self._made[0].focus = self._focus
        return self._made

    async def close_doors(self) -> None:
        """Hang up, in the loop in which was asked."""
        closers, self.closers = self.closers, []
        for close in closers:
            with contextlib.suppress(RuntimeError):  # after a bug that loop is gone, and its connections with it
                await close()

    async def close(self) -> None:
        """Close the doors, then the store."""
        await self.close_doors()
        self.lock.release()
        self.store.close()
        logs.stop(self._log)


def start(home: Home, bus: Bus | None = None, *, assembled: bool = True) -> Running:
    """Open the store and the log, and unless `assembled` is no, bind the accounts; nothing is asked yet."""
    log = logs.start(home.folders.log)
    try:
        store = Store(home.folders.data, bus)
    except BaseException:
        logs.stop(log)
        raise
    running = Running(home, store, SyncLock(home.folders.data), log)
    if assembled:
        running.assemble()
    return running


def _assembled(home: Home, running: Running) -> tuple[Engine, Notices]:
    from leeward.sync.engine import Engine
    from leeward.work import instep
    from leeward.work.steps import Notices, all_steps

    store = running.store
    notices = Notices(home.config.quiet)
    lives: list[Live] = []
    secrets = home.outside.secrets(home.config)
    for account in home.config.accounts:
        if account.kind == "local":
            continue
        uid = store.write(ensure, account, home.clock.now()).result()
        try:
            lives.append(_bind(home, running, account, uid, secrets))
        except Trouble as trouble:
            running.troubles[account.name] = (trouble.what, trouble.do)
            store.write(accounts.told, uid, home.clock.now(), trouble.what, trouble.do).result()
    if home.sample:
        from tui.demo import service

        lives += service.lives(home.clock, store.read(_uids).result())
    return Engine(store, lives, home.clock, all_steps(notices), running.lock, instep.completed), notices


def _uids(db: Db) -> dict[str, str]:
    return dict(db.execute("SELECT name, uid FROM account").fetchall())


def _bind(home: Home, running: Running, account: Account, uid: AccountUid, secrets: Secrets) -> Live:
    from leeward.sync.account import Live
    from tui.signing import credential

    login, shown = login_of(account, system_zone()), credential(home, account, secrets)
    connected = home.outside.connect(login, shown.token, home.clock, account.ca_file, shown.others)
    running.closers.append(connected.close)
    manifest = home.outside.manifest(account.kind)
    return Live(
        uid,
        login,
        manifest,
        connected.connector,
        max(account.poll_s or manifest.rest_s or 60.0, manifest.min_poll_s),
        connected.skew_s,
    )


def join(home: Home, running: Running, name: str) -> None:
    """Let an account that was added or signed in anew meanwhile take part in a running engine."""
    account = home.config.account(name)
    assert account is not None
    uid = running.store.write(ensure, account, home.clock.now()).result()
    running.engine.join(_bind(home, running, account, uid, home.outside.secrets(home.config)))


def ensure(db: Db, account: Account, now: int) -> AccountUid:
    """The account's row, made at first sight; `since` is in its options where the owner chose one."""
    from leeward.model import Instant

    since = account.options.get("since")
    chosen = Instant(int(since)) if since and since.lstrip("-").isdigit() else None
    return accounts.ensure(db, account.name, account.kind, account.url, now=Instant(now), since=chosen)
