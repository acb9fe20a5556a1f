"""Socket Mode: Slack tells that something happened, which only ever wakes a pull and says where to look first.

The socket's address is asked for with the app's own token; every envelope is answered by its id, else Slack sends it again.
Slack ends a connection now and then and says so: another one is opened.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from connectors.slack.api import ask
from connectors.slack.api.shape import Row, ident, obj, text
from connectors.slack.people import Directory
from leeward import logs
from leeward.errors import NotSupported, ServiceChanged
from leeward.model import RemoteId
from leeward.ports import Clock, Http
from leeward.ports_session import OpensSockets, Socket
from leeward.wire import parse_json
from leeward.words import _

APP = "app"
"""The secret that opens sockets: the app-level token."""

CALM_S = 10.0
"""A busy workspace wakes a pull this often at most."""

Heard = Callable[[RemoteId | None], None]
"""Told of the conversation in which something happened, None where it is not said."""


class Ears:
    """The socket of one account."""

    def __init__(self, directory: Directory, http: Http, clock: Clock, heard: Heard) -> None:
        self._directory, self._http, self._clock, self._heard = directory, http, clock, heard
        self._happened = asyncio.Event()

    async def listen(self, wake: Callable[[], None]) -> None:
        """Stay connected until Slack wants another connection. Raises `Trouble` when it breaks."""
        http = self._http
        if not isinstance(http, OpensSockets):
            raise NotSupported(_("News cannot be pushed here."))
        async with http.socket(await self._address()) as socket:
            waking = asyncio.ensure_future(self._wake_calmly(wake))
            try:
                while (told := await self._envelope(socket)).get("type") != "disconnect":
                    self._take(told)
            finally:
                waking.cancel()

    async def _wake_calmly(self, wake: Callable[[], None]) -> None:
        """At once where it was calm, and then no more often than CALM_S; nothing that happened goes without a wake."""
        while True:
            await self._happened.wait()
            self._happened.clear()
            wake()
            await self._clock.sleep(CALM_S)

    async def _address(self) -> str:
        answer = await self._directory.ask(ask.socket(self._directory.base, APP))
        url = text(answer.get("url"))
        if not url:
            raise ServiceChanged(_("Slack gave no address to listen at."), _("Trying again later."))
        logs.hide(url)  # whoever has it may listen
        return url

    async def _envelope(self, socket: Socket) -> Row:
        """The next message, answered at once: Slack waits three seconds."""
        try:
            told = obj(parse_json((await socket.receive()).encode("utf-8", "replace")))
        except ServiceChanged:
            return {}
        if id := text(told.get("envelope_id")):
            await socket.send(json.dumps({"envelope_id": id}))
        return told

    def _take(self, told: Row) -> None:
        """A greeting counts for what happened while nobody listened; of the rest only lines do."""
        event = obj(obj(told.get("payload")).get("event"))
        if told.get("type") == "events_api" and text(event.get("type")).startswith("message"):
            self._heard(ident(event.get("channel")))
        elif told.get("type") != "hello":
            return
        self._happened.set()
