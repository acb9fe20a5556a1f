"""An account that signs in at a fake service's own page, over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

from msgspec.structs import replace

from connectors import TABLE
from connectors.http import Door
from connectors.keys import GRANT, Keys
from connectors.oauth.grant import Grant, unpack
from connectors.oauth.signing import Client, tokens
from connectors.oauth.tokens import AccountTokens
from leeward.oauth import OAuth
from leeward.ports import Clock, Login, Manifest, Secret
from leeward.testing.clock import FakeClock
from tests.connectors.test_keys import Memory
from tests.fakes.gitlab import make
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving

NAME = "work"


class World:
    """A served GitLab whose authorisation server is `authority`, an account at it, and a keyring in memory."""

    def __init__(self, serving: Serving, authority: Authority, folder: Path, clock: Clock) -> None:
        self.serving, self.authority, self.folder, self.clock = serving, authority, folder, clock
        self.keyring = Memory()
        self.keys = Keys({}, environ={}, backend=lambda: self.keyring)
        self.manifest: Manifest = TABLE["gitlab"]
        self.login = Login(NAME, "gitlab", serving.base)

    def describe(self, change: Callable[[OAuth], OAuth]) -> None:
        """Another description of the same sign-in."""
        assert self.manifest.oauth is not None
        self.manifest = replace(self.manifest, oauth=change(self.manifest.oauth))

    def client(self) -> Client:
        return Client(self.manifest, self.login, self.clock, self.authority.client)

    def keep(self, kept: Secret) -> None:
        self.keys.put(NAME, kept, GRANT)

    def kept(self) -> Grant:
        found = unpack(self.keys.get(NAME, GRANT))
        assert found is not None
        return found

    def tokens(self) -> AccountTokens:
        found = tokens(self.client(), self.keys, self.folder)
        assert found is not None
        return found

    def door(self) -> Door:
        return Door(self.manifest, self.login, self.tokens(), self.clock)


@contextmanager
def world(folder: Path, clock: Clock | None = None, **about: object) -> Iterator[World]:
    authority = Authority(**about)  # type: ignore[arg-type] # its own keywords
    clocked = clock or FakeClock()
    authority.now = clocked.monotonic
    with Serving(Guarded(make(None), authority)) as serving:
        yield World(serving, authority, folder, clocked)


class Browser:
    """What a person's browser does with the page, in a thread of its own: it is sent back where the service says."""

    def __init__(self, back: Callable[[str], str | None]) -> None:
        self._back = back
        self.shown: list[tuple[str, str | None]] = []
        self.pages: list[str] = []
        self._threads: list[Thread] = []

    def show(self, page: str, code: str | None) -> None:
        self.shown.append((page, code))
        to = self._back(page)
        if to is not None:
            thread = Thread(target=self._visit, args=(to,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _visit(self, address: str) -> None:
        with urlopen(address, timeout=5) as answer:
            self.pages.append(answer.read().decode())

    def leave(self) -> None:
        for thread in self._threads:
            thread.join(5)
