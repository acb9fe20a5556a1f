"""One account while it is talked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from leeward.model import AccountUid
from leeward.ports import Can, Connector, Login, Manifest


class Live(Struct):
    """An account with its connector. `service` is the connector again, asked by capability after reading the Manifest."""

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
    service: Any = None

    def __post_init__(self) -> None:
        self.service = self.connector

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
