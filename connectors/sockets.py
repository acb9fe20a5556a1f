"""WebSockets, for what a service pushes: opened by the door, which has checked where they lead. Needs the extra `push`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leeward.errors import NotSupported, TryLater
from leeward.text import one_line
from leeward.words import _

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_S = 20.0
CLOSE_S = 2.0
LONGEST = 1024 * 1024
"""Bytes of one text; what a service pushes is small, and only ever wakes a pull."""


class OpenSocket:
    """`leeward.ports_session.Socket` over the library's connection."""

    def __init__(self, connection: ClientConnection, host: str) -> None:
        self._connection, self._host = connection, host

    async def receive(self) -> str:
        """The next text. Raises `TryLater` when the connection is gone."""
        from websockets.exceptions import ConnectionClosed

        try:
            got = await self._connection.recv(decode=True)
        except (ConnectionClosed, OSError) as error:
            raise _gone(self._host) from error
        return got if isinstance(got, str) else got.decode("utf-8", "replace")

    async def send(self, text: str) -> None:
        """Say something. Raises `TryLater` when the connection is gone."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._connection.send(text)
        except (ConnectionClosed, OSError) as error:
            raise _gone(self._host) from error


@asynccontextmanager
async def open_socket(url: str, certificates: ssl.SSLContext, user_agent: str) -> AsyncIterator[OpenSocket]:
    """Open `url`; no redirect is followed. Raises `NotSupported` without the extra, `TryLater` where nobody answers."""
    try:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidHandshake, InvalidURI
    except ImportError as error:
        raise NotSupported(
            _("News cannot be pushed here: a library is missing."), _("Install it: pip install 'leeward[push]'.")
        ) from error

    class Straight(connect):
        """The address was checked; another one was not."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    split = urlsplit(url)
    opening = Straight(
        url,
        ssl=certificates if split.scheme == "wss" else None,
        user_agent_header=user_agent,
        open_timeout=OPEN_S,
        close_timeout=CLOSE_S,
        max_size=LONGEST,
        proxy=None if split.scheme == "ws" else True,
    )
    try:
        connection = await opening
    except (OSError, TimeoutError, EOFError, InvalidHandshake, InvalidURI, ValueError) as error:
        raise TryLater(
            _("No socket to {host}.").format(host=one_line(split.netloc, 200)), _("Trying again later."), taken=False
        ) from error
    try:
        yield OpenSocket(connection, split.netloc)
    finally:
        await connection.close()


def _gone(host: str) -> TryLater:
    return TryLater(_("The connection to {host} broke.").format(host=one_line(host, 200)), _("Trying again later."))
