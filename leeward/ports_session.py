"""What lasts longer than one request: a credential that is renewed, and a socket that stays open. Rules as in `leeward.ports`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from leeward.ports import Secret


class Tokens(Protocol):
    """The credential of an account that signed in at its service's page. The door asks it before every request."""

    async def current(self) -> Secret:
        """One that lasts at least a minute more. Raises `SignInNeeded` where only the owner can help."""
        ...

    async def instead_of(self, refused: Secret) -> Secret | None:
        """Another one for `refused`, which the service did not accept; None where there is no other."""
        ...


class Socket(Protocol):
    """An open WebSocket: whole texts, in order. Every method raises `TryLater` when the connection is gone."""

    async def receive(self) -> str:
        """The next text; waits for it."""
        ...

    async def send(self, text: str) -> None:
        """Say something."""
        ...


@runtime_checkable
class OpensSockets(Protocol):
    """An `Http` that opens WebSockets too: `connectors.http.Door` is one; a kind asks with `isinstance`."""

    def socket(self, url: str) -> AbstractAsyncContextManager[Socket]:
        """Open `url` (wss://, or ws:// to this machine), in an origin of the Manifest, without credentials.

        Entering raises `NotSupported` where the extra `push` is not installed, `TryLater` where nobody answers.
        """
        ...
