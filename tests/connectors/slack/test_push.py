"""Socket Mode over a real WebSocket on this machine: envelopes are answered, news wakes, breaks end in trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from connectors.http import Door
from connectors.manifests.slack import MANIFEST
from connectors.slack.connector import Slack
from leeward.errors import NotSupported, Problem, SignInNeeded, TryLater
from leeward.model import Focus, RemoteId
from leeward.ports import Login, Secret
from leeward.testing.clock import FakeClock
from tests.contract.slack_world import SlackWorld
from tests.fakes.serve import Serving
from tests.fakes.slack import SlackFake

Talk = Callable[[ServerConnection], Any]


def envelope(number: int, channel: str, sort: str = "message") -> str:
    event = {"type": sort, "channel": channel, "text": "hi"}
    return json.dumps({"envelope_id": f"e{number}", "type": "events_api", "payload": {"event": event}})


class Calm(FakeClock):
    """Nobody waits here, and others have their turn."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(0)


class Ear:
    """A connector that listens over the real door, and what it was woken for."""

    def __init__(self, fake: SlackFake, serving: Serving, app: bool = True) -> None:
        self.clock = Calm()
        self.woken = 0
        self.fake = fake
        others = {"app": Secret(SlackFake.app_token)} if app else {}
        self.login = Login("team", "slack", serving.base)
        self.door = Door(MANIFEST, self.login, Secret(SlackFake.token), self.clock, others=others)
        self.slack = Slack(self.login, self.door, self.clock)

    def wake(self) -> None:
        self.woken += 1

    async def hear(self) -> None:
        async with self.door:
            await self.slack.listen(self.wake)


@asynccontextmanager
async def talking(fake: SlackFake, talk: Talk) -> AsyncIterator[None]:
    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        fake.socket = f"ws://127.0.0.1:{port}/link/?ticket=secret-ticket"
        yield


def listened(talk: Talk, *, app: bool = True) -> Ear:
    """Listen until the talk is over."""
    fake = SlackWorld().service
    with Serving(fake) as serving:
        ear = Ear(fake, serving, app)

        async def whole() -> None:
            async with talking(fake, talk):
                await ear.hear()

        asyncio.run(whole())
    return ear


def test_every_envelope_is_answered_and_lines_wake() -> None:
    answered: list[str] = []

    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"type": "hello"}')
        for number, sort in enumerate(("message", "reaction_added", "message")):
            await socket.send(envelope(number, "C0HARBOUR", sort))
            answered.append(json.loads(await socket.recv())["envelope_id"])
        for nonsense in ("", "[]", "{", '{"envelope_id": 7}', '{"payload": []}'):
            await socket.send(nonsense)
        await socket.send('{"type": "disconnect", "reason": "refresh_requested"}')

    ear = listened(talk)
    assert answered == ["e0", "e1", "e2"]
    assert 1 <= ear.woken <= 3
    assert ear.slack._known.moved == {RemoteId("C0HARBOUR")}


def test_a_busy_workspace_wakes_seldom() -> None:
    async def talk(socket: ServerConnection) -> None:
        for number in range(200):
            await socket.send(envelope(number, "C0HARBOUR"))
            await socket.recv()
        await socket.send('{"type": "disconnect"}')

    fake = SlackWorld().service
    with Serving(fake) as serving:
        ear = Ear(fake, serving)
        stopped = asyncio.Event()

        async def sleep(seconds: float) -> None:
            del seconds
            await stopped.wait()

        ear.clock.sleep = sleep  # type: ignore[method-assign] # no time passes here

        async def whole() -> None:
            async with talking(fake, talk):
                await ear.hear()

        asyncio.run(whole())
    assert ear.woken == 1


def test_a_connection_that_breaks_is_trouble_and_nothing_else() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"type": "hello"}')
        socket.transport.abort()

    with pytest.raises(TryLater, match="broke"):
        listened(talk)


def test_without_the_apps_token_nothing_is_opened_and_it_is_said() -> None:
    async def talk(socket: ServerConnection) -> None:
        raise AssertionError(socket)

    with pytest.raises(SignInNeeded, match="secret called app"):
        listened(talk, app=False)


def test_the_apps_token_goes_to_that_one_method() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send('{"type": "disconnect"}')

    fake = SlackWorld().service
    with Serving(fake) as serving:
        ear = Ear(fake, serving)

        async def whole() -> None:
            async with ear.door, talking(fake, talk):
                await ear.slack.listen(ear.wake)
                await ear.slack.check()

        asyncio.run(whole())
        shown = {asked.path.rpartition("/")[2]: asked.headers["authorization"] for asked in serving.asked}
    assert shown["apps.connections.open"] == f"Bearer {SlackFake.app_token}"
    assert SlackFake.app_token not in shown["auth.test"]


@pytest.mark.parametrize(
    "url",
    ["wss://evil.example/link", "wss://slack.com.evil.example/", "ws://wss.slack.com/", "https://wss.slack.com/x"],
)
def test_a_socket_elsewhere_is_refused(url: str) -> None:
    fake = SlackWorld().service
    fake.socket = url
    with Serving(fake) as serving, pytest.raises(Problem):
        asyncio.run(Ear(fake, serving).hear())


def test_slacks_own_hosts_are_let_through() -> None:
    door = Door(MANIFEST, Login("t", "slack", "https://slack.com"), None, FakeClock())
    assert door._pins.check_socket("wss://wss-primary.slack.com/link?ticket=1")
    for url in ("wss://wss.slack.com:444/x", "wss://slack.com:444/x", "ws://slack.com/x", "ws://127.0.0.1:9/"):
        with pytest.raises(Problem):
            door._pins.check_socket(url)


def test_a_door_without_sockets_says_so() -> None:
    world = SlackWorld()
    with pytest.raises(NotSupported):
        asyncio.run(world.connector().listen(lambda: None))


def test_a_machine_without_the_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    async def talk(socket: ServerConnection) -> None:
        raise AssertionError(socket)

    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    with pytest.raises(NotSupported, match="library"):
        listened(talk)


def test_a_woken_round_reads_only_where_something_happened() -> None:
    world = SlackWorld()
    quiet = world.service.add_channel("quiet", [world.me, world.ana])
    connector = world.connector()

    def read() -> list[str]:
        world.http.asked.clear()

        async def pull() -> list[str]:
            return [line.text async for batch in connector.pull(None, Focus()) for line in batch.messages]

        asyncio.run(pull())
        return [str(each.first("channel")) for each in world.http.asked if each.path.endswith("conversations.history")]

    world.add_line("first", None)
    assert sorted(set(read())) == sorted({world.channel, quiet})
    world.clock.advance(5)
    connector._known.moved.add(world.channel)
    assert set(read()) == {world.channel}
    assert connector._known.moved == set()
    world.clock.advance(60)
    connector._known.moved.add(world.channel)
    assert set(read()) == {world.channel, quiet}
