"""The tokens of one account, renewed in time and by one process at a time.

A refresh token is often good for one renewal only. Two processes that renew at once would use it twice, which services
take for theft and answer by ending the sign-in. So the renewal happens under a lock of the kernel, beside the data, and
who gets the lock looks into the keyring first: another process may have been there.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connectors.keys import GRANT
from connectors.oauth import asking
from connectors.oauth.asking import App
from connectors.oauth.grant import Grant, granted, pack, unpack
from leeward.errors import Problem, Refused, SignInNeeded, Trouble, TryLater
from leeward.oauth import OAuth
from leeward.paths import PRIVATE_FILE, make_folder
from leeward.ports import Clock, Secret, Secrets
from leeward.wire import Request, Response
from leeward.words import _

log = logging.getLogger("leeward.oauth")
PATIENCE_S = 45.0
_LOOK_S = 0.1
_FAREWELL_S = 5.0
_JUST_S = 30.0
"""A token that was renewed this short a while ago and is refused is not renewed again: it is not its age."""


Exchange = Callable[[Request], Awaitable[Response]]


class AccountTokens:
    """`leeward.ports_session.Tokens`. `exchange` reaches the authorisation server; `lock` is a file beside the data."""

    def __init__(
        self, account: str, oauth: OAuth, app: App, keys: Secrets, exchange: Exchange, clock: Clock, lock: Path
    ) -> None:
        self._account, self._oauth, self._app = account, oauth, app
        self._keys, self._exchange, self._clock, self._lock = keys, exchange, clock, lock
        self._grant: Grant | None = None
        self._unkept = False
        self._renewed_at: float | None = None
        self._spent: Secret | None = None
        self._turn = asyncio.Lock()

    async def current(self) -> Secret:
        """A token that lasts a minute more. Raises `SignInNeeded` where only the owner can help."""
        grant = self._grant
        if grant is None or not self._good(grant, None):
            grant = await self._fresh(None)
        elif self._unkept:
            await self._keep(grant)
        return grant.access

    async def instead_of(self, refused: Secret) -> Secret | None:
        """Another token for one the service did not accept; None where a new one would fare no better."""
        now = self._clock.monotonic()
        if self._grant and self._grant.access != refused:
            return self._grant.access
        if self._renewed_at is not None and now - self._renewed_at < _JUST_S:
            return None
        found = (await self._fresh(refused)).access
        return None if found == refused else found

    async def _fresh(self, refused: Secret | None) -> Grant:
        """What the keyring has now, renewed where it is old or was refused."""
        async with self._turn:
            if self._grant and self._good(self._grant, refused):
                return self._grant  # another task of ours was here meanwhile
            async with self._alone():
                kept = self._grant if self._unkept and self._grant else unpack(await self._read())
                if kept is None:
                    raise self._sign_in(_("{account} is not signed in on this machine.").format(account=self._account))
                self._grant = kept if self._good(kept, refused) else await self._to_the_end(self._renew(kept))
                return self._grant

    def _good(self, grant: Grant, refused: Secret | None) -> bool:
        spent = self._spent is not None and grant.refresh == self._spent
        return grant.access != refused and not spent and not self._old(grant)

    async def _to_the_end(self, renewing: Coroutine[Any, Any, Grant]) -> Grant:
        """A renewal is not broken off half-way: the old refresh token is gone by then, the new one not yet kept."""
        task = asyncio.ensure_future(renewing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=_FAREWELL_S)
            task.cancel()
            raise

    async def _renew(self, old: Grant) -> Grant:
        if old.refresh is None or old.refresh == self._spent:
            raise self._sign_in(_("The sign-in of {account} has ended.").format(account=self._account))
        told = asking.answer(await self._exchange(asking.renewal(self._oauth, self._app, old.refresh)))
        if "error" in told:
            raise self._refused(old.refresh, told)
        grant = granted(told, self._oauth, self._clock.now(), old)
        self._renewed_at, self._spent = self._clock.monotonic(), None
        await self._keep(grant)
        return grant

    def _refused(self, refresh: Secret, told: Mapping[str, Any]) -> Trouble:
        trouble = asking.refusal(told)
        if not isinstance(trouble, Refused):
            return trouble
        self._spent = refresh
        return self._sign_in(_("The sign-in of {account} has ended or was revoked.").format(account=self._account))

    async def _keep(self, grant: Grant) -> None:
        """Into the keyring. Where that fails the new token is used all the same, and kept at the next request."""
        self._grant, self._unkept = grant, True
        try:
            await asyncio.to_thread(self._keys.put, self._account, pack(grant), GRANT)
        except Problem as problem:
            log.warning("account %s: a renewed sign-in could not be kept: %s", self._account, problem)
        else:
            self._unkept = False

    async def _read(self) -> Secret | None:
        return await asyncio.to_thread(self._keys.get, self._account, GRANT)

    def _old(self, grant: Grant) -> bool:
        return grant.renew_at is not None and self._clock.now() >= grant.renew_at

    def _sign_in(self, what: str) -> SignInNeeded:
        do = _("Sign in again: `leeward account sign-in {account}`, or on the screen g a.")
        return SignInNeeded(what, do.format(account=self._account), account=self._account)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One renewal at a time, across processes and across the tasks of this one. The kernel ends it with its holder."""
        make_folder(self._lock.parent)
        file = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            ends = self._clock.monotonic() + PATIENCE_S
            while not _taken(file):
                if self._clock.monotonic() >= ends:
                    raise TryLater(
                        _("Another leeward renews this sign-in and does not come to an end."),
                        _("Trying again later."),
                        taken=False,
                    )
                await self._clock.sleep(_LOOK_S)
            yield
        finally:
            os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
