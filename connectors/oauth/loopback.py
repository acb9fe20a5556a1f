"""Where a browser comes back to (RFC 8252, 7.3): one request on 127.0.0.1 is answered, then nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from urllib.parse import urlsplit

from leeward.errors import Problem, TryLater
from leeward.ports import Clock
from leeward.words import _

HOST = "127.0.0.1"
WAIT_S = 300.0
_READ_S = 10.0
_LONGEST = 16_384
_STRANGERS = 50
"""So many requests for something else (an icon of the page) are turned away before we stop listening."""

Pasted = Callable[[], Coroutine[Any, Any, str]]
"""Waits for somebody to paste the address at which a browser on another machine ended."""

_SAID = _("You may close this page and go back to leeward.")
_NOTHING = _("There is nothing here.")


class Landing:
    """The place the browser is sent back to. `address` is what the service is told."""

    def __init__(self, address: str, arrived: asyncio.Future[str]) -> None:
        self.address = address
        self._arrived = arrived
        self._path = urlsplit(address).path or "/"
        self._hosts = {urlsplit(address).netloc, urlsplit(address).netloc.replace("localhost", HOST)}
        self._strangers = 0
        self._talking: set[asyncio.StreamWriter] = set()

    def hang_up(self) -> None:
        """Whoever is still connected is dropped."""
        for writer in self._talking:
            writer.transport.abort()

    async def wait(self, clock: Clock, wait_s: float = WAIT_S, pasted: Pasted | None = None) -> str:
        """The address the browser came back with, here or as it was `pasted`. Raises `TryLater` when nobody came."""
        alarm = asyncio.ensure_future(clock.sleep(wait_s))
        paste = asyncio.ensure_future(pasted()) if pasted else None
        several: set[asyncio.Future[Any]] = {alarm, self._arrived, *((paste,) if paste else ())}
        try:
            await asyncio.wait(several, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            if paste and not paste.done():
                paste.cancel()
        if self._arrived.done():
            return self._arrived.result()
        if paste and paste.done():
            return paste.result()
        raise TryLater(_("Nobody came back from the sign-in page in time."), _("Begin again."), taken=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self._talking.add(writer)
        try:
            async with asyncio.timeout(_READ_S):
                head = await reader.readuntil(b"\r\n\r\n")
                target = self._target(head)
                writer.write(_page(_SAID if target else _NOTHING, 200 if target else 404))
                await writer.drain()
            if target and not self._arrived.done():
                self._arrived.set_result(self.address.partition("?")[0] + "?" + urlsplit(target).query)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._talking.discard(writer)
            writer.close()

    def _target(self, head: bytes) -> str | None:
        """What was asked for, if it is our page's answer: the first one alone, and by the name we gave."""
        lines = head.decode("latin-1").split("\r\n")
        method, _space, rest = lines[0].partition(" ")
        target = rest.rpartition(" ")[0]
        hosts = [line.partition(":")[2].strip() for line in lines[1:] if line.lower().startswith("host:")]
        ours = method == "GET" and target.partition("?")[0] == self._path and "?" in target
        if ours and len(hosts) == 1 and hosts[0] in self._hosts and not self._arrived.done():
            return target
        self._strangers += 1
        if self._strangers > _STRANGERS and not self._arrived.done():
            self._arrived.set_exception(
                Problem(_("Something else keeps talking to the sign-in on this machine."), _("Begin again."))
            )
        return None


@asynccontextmanager
async def landing(redirect: str) -> AsyncIterator[Landing]:
    """Listen at `redirect`, at a free port where it says `{port}`. Raises `Problem` where its own port is taken."""
    arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    place: list[Landing] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await place[0].serve(reader, writer)

    port = 0 if "{port}" in redirect else urlsplit(redirect).port or 80
    try:
        server = await asyncio.start_server(serve, HOST, port, limit=_LONGEST)
    except OSError as error:
        raise Problem(
            _("The sign-in cannot listen on port {port} of this machine: {why}.").format(
                port=port, why=error.strerror or error
            ),
            _("End what uses it, then begin again."),
        ) from error
    place.append(Landing(redirect.replace("{port}", str(server.sockets[0].getsockname()[1])), arrived))
    try:
        yield place[0]
    finally:
        server.close()
        place[0].hang_up()
        await server.wait_closed()
        if not arrived.cancel():
            arrived.exception()


def _page(said: str, status: int) -> bytes:
    """A page without a script, that nobody keeps and that tells nobody where it was."""
    body = f"<!doctype html><meta charset=utf-8><title>leeward</title><p>{escape(said)}".encode()
    head = (
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not Found'}",
        "content-type: text/html; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'",
        "connection: close",
    )
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body
