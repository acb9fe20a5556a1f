from __future__ import annotations

import asyncio
import socket
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors import TABLE
from connectors.http import Door
from connectors.limits import CAP_S, FLOOR_S, UNKNOWN_S, Limits, going_on, pause_s, reset
from leeward.errors import TryLater
from leeward.model import Instant
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.wire import Request
from leeward.zones import system_wall
from tests.connectors.loopback import Rude, answer

NOW = Instant(1_780_000_000_000)
HERE = formatdate(NOW / 1000, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7.5 "}, 7.5),
        ({"retry-after": "0"}, FLOOR_S),
        ({"retry-after": "-5"}, UNKNOWN_S),
        ({"retry-after": "999999999"}, CAP_S),
        ({"retry-after": formatdate(NOW / 1000 + 60, usegmt=True)}, 60),
        ({"retry-after": formatdate(NOW / 1000 - 60, usegmt=True)}, FLOOR_S),
        ({"retry-after": formatdate(1000, usegmt=True), "date": formatdate(970, usegmt=True)}, 30),
        ({"retry-after": "soon"}, UNKNOWN_S),
        ({"retry-after": ""}, UNKNOWN_S),
        ({"retry-after": "٣"}, UNKNOWN_S),
        ({"retry-after": "9" * 400}, UNKNOWN_S),
    ],
)
def test_retry_after_in_every_spelling(headers: dict[str, str], seconds: float | None) -> None:
    assert pause_s(headers, NOW) == seconds


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_nonsense_is_bounded(said: str) -> None:
    found = pause_s({"retry-after": said}, NOW)
    assert found is not None
    assert FLOOR_S <= found <= CAP_S


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-limit": "2000", "ratelimit-remaining": "3", "ratelimit-reset": "1780000060"}, 1_780_000_060),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "40"}, 40),
        ({"x-ratelimit-remaining": "abc", "x-ratelimit-reset": "40"}, None),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "soon"}, None),
        ({"ratelimit-reset": "40"}, None),
    ],
)
def test_the_reset_is_read_in_both_spellings_beside_a_limit_only(headers: dict[str, str], seconds: int | None) -> None:
    assert reset(headers) == seconds


def test_a_limit_that_is_not_reached_holds_nothing_up() -> None:
    limits = Limits(FakeClock())
    limits.told("h", 200, {"ratelimit-limit": "2000", "ratelimit-remaining": "3", "ratelimit-reset": "1780000060"})
    assert limits.rest_s("h") == 0


def test_a_429_without_retry_after_waits_for_the_reset() -> None:
    clock = FakeClock(NOW)
    limits = Limits(clock, lambda: 0.0)
    reset = {
        "ratelimit-limit": "10",
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(NOW // 1000 + 40),
        "date": HERE,
    }
    limits.told("h", 429, reset)
    assert limits.rest_s("h") == pytest.approx(40, abs=1)
    limits.told("other", 429, {})
    assert limits.rest_s("other") == UNKNOWN_S


def test_a_thousand_requests_of_ten_tasks_never_come_early() -> None:
    clock = FakeClock()
    limits = Limits(clock)
    told = ["1", "3", HERE, "soon", "0", "20"]
    allowed_from = 0.0
    early = 0

    async def one(number: int) -> None:
        nonlocal allowed_from, early
        await limits.turn("h", 10_000)
        early += clock.monotonic() < allowed_from
        headers = {"retry-after": told[number % len(told)]}
        limits.told("h", 429, headers)
        pause = pause_s(headers, clock.now())
        assert pause is not None
        allowed_from = clock.monotonic() + pause

    async def worker(first: int) -> None:
        for number in range(first, 1000, 10):
            await one(number)

    async def work() -> None:
        await asyncio.gather(*(worker(first) for first in range(10)))

    asyncio.run(work())
    assert early == 0


def test_who_has_no_patience_for_a_pause_is_told_how_long_it_is() -> None:
    limits = Limits(FakeClock(), lambda: 0.0)
    limits.told("h", 429, {"retry-after": "30"})
    with pytest.raises(TryLater) as caught:
        asyncio.run(limits.turn("h", 29))
    assert caught.value.after_s == 30
    assert caught.value.do == "Going on in 30 s."
    asyncio.run(limits.turn("h", 31))
    asyncio.run(limits.turn("elsewhere", 0))


MINUTE = Instant(1_780_000_020_000)
"""The beginning of one."""


@pytest.mark.parametrize(
    ("now", "after_s", "said"),
    [
        (None, 300.0, "Going on later."),
        (MINUTE, 0.2, "Going on in 1 s."),
        (MINUTE, 59.5, "Going on in 60 s."),
        (MINUTE, 60.0, "Going on at {1}."),
        (MINUTE + 1, 60.0, "Going on at {2}."),
        (MINUTE, 900.0, "Going on at {15}."),
    ],
)
def test_a_pause_says_when_it_ends_and_never_too_early(now: Instant | None, after_s: float, said: str) -> None:
    minutes = {str(n): f"{system_wall(Instant(MINUTE + n * 60_000)):%H:%M}" for n in (1, 2, 15)}
    for number, time in minutes.items():
        said = said.replace(f"{{{number}}}", time)
    assert going_on(now, after_s) == said


def test_a_pause_of_one_method_holds_up_no_other_and_no_other_account() -> None:
    """Slack limits each method of each workspace by itself; the rest of its host goes on."""
    clock = FakeClock()
    limits = Limits(clock, lambda: 0.0)
    paused: list[str] = []

    def talk(connection: socket.socket, head: bytes, _over: object) -> None:
        first = head.startswith(b"GET /slow") and not paused
        paused.extend(["slow"] if first else [])
        connection.sendall(answer(429, b"{}", retry_after="40") if first else answer(200, b"{}"))

    async def work(base: str) -> list[tuple[int, float]]:
        done = []
        began = clock.monotonic()
        for account, path, limit in (
            ("one", "/slow", "slow"), ("one", "/fast", "fast"), ("two", "/slow", "slow"), ("one", "/slow", "slow"),
        ):  # fmt: skip
            login = Login(account, "gitlab", base)
            async with Door(TABLE["gitlab"], login, None, clock, limits=limits) as door:
                request = Request("POST", base + path, limit=limit, expect=frozenset({429}), timeout_s=60)
                asked = replace(request, method="GET") if path == "/slow" else request
                done.append(((await door.send(asked)).status, clock.monotonic() - began))
        return done

    with Rude(talk).running() as rude:
        done = asyncio.run(work(rude.base))
    assert done == [(429, 0.0), (200, 0.0), (200, 0.0), (200, 40.0)]
