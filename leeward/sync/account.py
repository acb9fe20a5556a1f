"""One account while it is talked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from msgspec import Struct, field

from leeward.model import AccountUid
from leeward.ports import (
    Can,
    Connector,
    Edits,
    FindsSent,
    Login,
    Manifest,
    MarksRead,
    Posts,
    Pushes,
    SetsQuiet,
    TellsBusy,
    WritesNotes,
    WritesTasks,
)
from leeward.ports_extra import OpensViews, SendsLater, TellsHours


class Service(
    Connector,
    Posts,
    Edits,
    WritesTasks,
    WritesNotes,
    FindsSent,
    MarksRead,
    Pushes,
    TellsBusy,
    TellsHours,
    SetsQuiet,
    SendsLater,
    OpensViews,
    Protocol,
):
    """A connector with every method a sync may call; which of them are there the Manifest says."""


class Live(Struct):
    """An account with its connector."""

    uid: AccountUid
    login: Login
    manifest: Manifest
    connector: Connector
    poll_s: float = 60.0
    skew_s: Callable[[], float | None] = lambda: None
    cursor: str | None = None
    failures: int = 0
    pulling: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopped: bool = False
    asked_s: float | None = None

    @property
    def service(self) -> Service:
        """The connector, to be asked for what its Manifest declares."""
        return cast("Service", self.connector)

    @property
    def name(self) -> str:
        """The user's name for it."""
        return self.login.name

    @property
    def rests(self) -> bool:
        """Whether it is asked on view and seldom by itself, since its service forbids more and its owner wants no other."""
        return 0 < self.manifest.rest_s <= self.poll_s

    def can(self, what: Can) -> bool:
        """Whether its kind declares a capability."""
        return what in self.manifest.can


class Told(Struct):
    """What a round did for one account; `trouble` is (what, do)."""

    account: str
    pulled: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("threads", "messages", "tasks", "notes"), 0))
    sent: int = 0
    trouble: tuple[str, str] | None = None
    withheld: int = 0
