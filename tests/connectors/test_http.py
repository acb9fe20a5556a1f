from __future__ import annotations

import asyncio
import gzip
import math
import re
import socket
import ssl
import subprocess
import sys
import time
import tracemalloc
from email.utils import formatdate
from pathlib import Path

import pytest

from connectors import TABLE
from connectors.http import Door
from connectors.limits import Limits
from leeward.clock import SystemClock
from leeward.errors import Conflict, Gone, Problem, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.ports import Clock, Login, Secret
from leeward.testing.clock import FakeClock
from leeward.wire import Request, Response
from leeward.zones import system_wall
from tests.connectors.loopback import Rude, Talk, answer, drip, hang, saying, slam

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "glpat-never-elsewhere"


def ask(base: str, request: Request, clock: Clock | None = None, limits: Limits | None = None) -> Response:
    async def work() -> Response:
        login = Login("work", "gitlab", base)
        clocked = clock or FakeClock()
        async with Door(
            TABLE["gitlab"],
            login,
            Secret(TOKEN),
            clocked,
            limits=limits or Limits(clocked, lambda: 0.0),
            chance=lambda: 0.5,
        ) as door:
            return await door.send(request)

    return asyncio.run(work())


def get(talk: Talk, method: str = "GET", **rest: object) -> Response:
    with Rude(talk).running() as rude:
        return ask(rude.base, Request(method, rude.base + "/x", **rest))  # type: ignore[arg-type] # fields of Request


def trouble(talk: Talk, method: str = "POST", **rest: object) -> Trouble:
    with pytest.raises(Trouble) as caught:
        get(talk, method, **rest)
    assert caught.value.account == "work"
    return caught.value


def test_importing_the_door_loads_no_http_library() -> None:
    code = "import sys, connectors.http; print([m for m in ('httpx', 'certifi', 'email.mime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_token_and_our_name_go_in_headers() -> None:
    with Rude(saying(answer(200, b"{}"))).running() as rude:
        ask(rude.base, Request("GET", rude.base + "/x", (("q", "a b&c"),)))
    head = rude.heads[0].decode()
    assert f"authorization: Bearer {TOKEN}" in head
    assert head.startswith(("GET /x?q=a+b%26c ", "GET /x?q=a%20b%26c "))
    assert "user-agent: leeward" in head


@pytest.mark.parametrize(
    ("kind", "user", "said"),
    [("basecamp", "sam@example.org", " (sam@example.org)\r\n"), ("basecamp", None, "\r\n"), ("gitlab", "sam@example.org", "\r\n"),
     ("basecamp", "sam@example.org)\r\nx: y\u202e(", " (sam@example.orgx: y)\r\n")],
)  # fmt: skip
def test_an_address_to_ask_at_goes_where_the_service_wants_one(kind: str, user: str | None, said: str) -> None:
    async def work(base: str) -> None:
        async with Door(TABLE[kind], Login("work", kind, base, user), Secret(TOKEN), FakeClock()) as door:
            await door.send(Request("GET", base + "/x"))

    with Rude(saying(answer(200, b"{}"))).running() as rude:
        asyncio.run(work(rude.base))
    line = rude.heads[0].decode().partition("user-agent: leeward")[2]
    assert re.match(r"/[\w.+]+" + re.escape(said), line)


def test_no_credentials_where_none_are_wanted() -> None:
    with Rude(saying(answer(200, b"{}"))).running() as rude:
        ask(rude.base, Request("GET", rude.base + "/x", auth=False))
    assert TOKEN not in rude.heads[0].decode()


def test_another_origin_is_refused_before_anything_is_sent() -> None:
    with Rude(saying(answer(200, b"{}"))).running() as ours, Rude(saying(answer(200, b"{}"))).running() as theirs:
        with pytest.raises(Problem, match="does not talk to"):
            ask(ours.base, Request("GET", theirs.base + "/x"))
        assert theirs.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://gitlab.example.org/x",
        "https://me:pw@gitlab.example.org/",
        "file:///etc/passwd",
        "https://",
        "https://a b/",
        "https://[::1/",
        "https://h:99999/",
        "https://h\\@evil.example/",
        "//evil.example/x",
        "",
    ],
)
def test_addresses_nobody_should_use_are_refused(url: str) -> None:
    with pytest.raises(Problem):
        ask("https://gitlab.example.org", Request("GET", url))


def test_a_redirect_to_another_host_is_not_followed_and_leaks_nothing() -> None:
    with Rude(saying(answer(200, b"{}"))).running() as theirs:
        found = trouble(saying(answer(302, location=theirs.base + "/steal")), "GET")
        assert isinstance(found, ServiceChanged)
        assert theirs.heads == []


def test_a_redirect_at_home_is_followed_for_reading_only() -> None:
    def talk(connection: socket.socket, head: bytes, _over: object) -> None:
        connection.sendall(answer(200, b'"there"') if head.startswith(b"GET /new") else answer(301, location="/new"))

    assert get(talk).json() == "there"
    assert isinstance(trouble(talk, "POST"), ServiceChanged)


def test_a_redirect_in_circles_ends() -> None:
    with Rude(saying(answer(302, location="/again"))).running() as rude:
        with pytest.raises(ServiceChanged, match="circles"):
            ask(rude.base, Request("GET", rude.base + "/x"))
        assert len(rude.heads) == 4


def test_an_expected_redirect_is_an_answer() -> None:
    assert get(saying(answer(301, location="https://else.example/")), expect=frozenset({301})).status == 301


@pytest.mark.parametrize("talk", [hang, drip])
def test_a_hang_and_a_slow_drip_end_with_the_deadline(talk: Talk) -> None:
    began = time.monotonic()
    found = trouble(talk, timeout_s=0.3)
    assert time.monotonic() - began < 2
    assert isinstance(found, TryLater)
    assert found.taken is True


def test_a_closed_port_takes_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TryLater, match="No connection") as caught:
        ask(f"http://127.0.0.1:{port}", Request("POST", f"http://127.0.0.1:{port}/x"))
    assert caught.value.taken is False


def test_a_tls_failure_takes_nothing() -> None:
    with Rude(saying(b"this is no TLS at all")).running() as rude:
        base = rude.base.replace("http:", "https:")
        with pytest.raises(TryLater, match="certificate") as caught:
            ask(base, Request("POST", base + "/x"))
    assert caught.value.taken is False


def test_a_dropped_connection_leaves_a_write_unclear() -> None:
    found = trouble(slam)
    assert isinstance(found, TryLater)
    assert found.taken is True


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 4\r\n\r\nnope",
        answer(200, gzip.compress(b"x" * 1000)[:20], content_encoding="gzip"),
    ],
)
def test_broken_answers_are_trouble_and_unclear(raw: bytes) -> None:
    assert trouble(saying(raw)).taken is True


def test_a_gzip_bomb_is_stopped_and_memory_stays_bounded() -> None:
    bomb = answer(200, gzip.compress(bytes(300 * 1024 * 1024), 9), content_encoding="gzip")
    tracemalloc.start()
    try:
        found = trouble(saying(bomb), "GET", max_bytes=1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found, ServiceChanged)
    assert peak < 32 * 1024 * 1024


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": [1, 2]}')
    assert get(saying(answer(200, packed, content_encoding="gzip"))).json() == {"a": [1, 2]}


def test_a_large_plain_answer_is_stopped() -> None:
    assert isinstance(trouble(saying(answer(200, b"x" * 5000)), "GET", max_bytes=4999), ServiceChanged)


def test_a_sign_in_page_is_recognised_and_a_wanted_page_is_not() -> None:
    page = answer(200, b"<!DOCTYPE html><html>Free WiFi</html>", content_type="text/html")
    assert "web page" in trouble(saying(page), "GET").what
    assert get(saying(page), headers=(("accept", "*/*"),)).body.startswith(b"<!DOCTYPE")


def test_truncated_json_is_trouble_when_it_is_read() -> None:
    with pytest.raises(ServiceChanged, match="cut off"):
        get(saying(answer(200, b'[{"id": 1'))).json()


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, b'{"message":"401 Unauthorized"}', SignInNeeded, "401 Unauthorized"),
        (404, b'{"message":"404 Project Not Found"}', Gone, "404 Project Not Found"),
        (400, b'{"message":{"title":["can\'t be blank","is bad"]}}', Refused, "title can't be blank, is bad"),
        (400, b'{"error":"due_date is invalid"}', Refused, "due_date is invalid"),
        (409, b'{"message":["Duplicate"]}', Conflict, "Duplicate"),
        (403, b'{"errcode":"M_FORBIDDEN","error":"not a member"}', Trouble, "not a member"),
        (422, b'{"message":"\\u001b]52;c;evil\\u0007 \\u202e"}', Refused, ""),
        (400, b'{"message":"' + b"x" * 5000 + b'"}', Refused, "xxx"),
        (400, b"<html>no</html>", Refused, ""),
        (400, b"[[[[", Refused, ""),
    ],
)
def test_the_services_own_words_come_along_safe_and_short(
    status: int, body: bytes, kind: type[Trouble], said: str
) -> None:
    found = trouble(saying(answer(status, body)))
    assert isinstance(found, kind)
    assert found.taken is False
    assert said in found.what
    assert len(found.what) < 320
    assert found.what.isprintable()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_is_never_repeated(status: int) -> None:
    with Rude(saying(answer(status))).running() as rude:
        with pytest.raises(TryLater) as caught:
            ask(rude.base, Request("POST", rude.base + "/x"))
        assert len(rude.heads) == 1
    assert caught.value.taken is True


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_reads_and_repeatable_writes_are_tried_three_times_more(status: int, method: str) -> None:
    clock = FakeClock()
    with Rude(saying(answer(status))).running() as rude:
        with pytest.raises(TryLater):
            ask(rude.base, Request(method, rude.base + "/x"), clock)
        assert len(rude.heads) == 4
    assert len(clock.slept) == 3


@pytest.mark.parametrize("first", [b"", answer(502)])
@pytest.mark.parametrize("then", [answer(429, retry_after="900"), answer(403)])
def test_a_write_that_may_have_been_taken_stays_unclear_whatever_its_repeat_says(first: bytes, then: bytes) -> None:
    """A lost answer, then a refusal of the repeat: taken for "surely not there" the object would be made once more."""
    said = iter([first, then])

    def talk(connection: socket.socket, _head: bytes, _over: object) -> None:
        connection.sendall(next(said))

    assert trouble(talk, "PUT").taken is True


def test_a_write_that_was_only_told_to_wait_was_not_taken() -> None:
    said = iter([answer(429, retry_after="1"), answer(403)])

    def talk(connection: socket.socket, _head: bytes, _over: object) -> None:
        connection.sendall(next(said))

    assert trouble(talk, "PUT").taken is False


def test_a_500_is_not_repeated() -> None:
    with Rude(saying(answer(500))).running() as rude:
        with pytest.raises(TryLater):
            ask(rude.base, Request("GET", rude.base + "/x"))
        assert len(rude.heads) == 1


def test_a_short_pause_is_kept_and_then_it_goes_on() -> None:
    clock = FakeClock()

    def talk(connection: socket.socket, _head: bytes, _over: object) -> None:
        connection.sendall(answer(200, b"1") if clock.slept else answer(429, retry_after="7"))

    with Rude(talk).running() as rude:
        assert ask(rude.base, Request("GET", rude.base + "/x"), clock).json() == 1
    assert sum(clock.slept) >= 7


def test_a_long_pause_is_said_at_once_and_shared_by_all() -> None:
    clock = FakeClock()
    limits = Limits(clock, lambda: 0.0)
    with Rude(saying(answer(429, retry_after="600"))).running() as rude:
        for _time in range(3):
            with pytest.raises(TryLater) as caught:
                ask(rude.base, Request("GET", rude.base + "/x"), clock, limits)
            assert 599 <= caught.value.after_s <= 661
            end = math.ceil((clock.now() + caught.value.after_s * 1000) / 60_000) * 60_000
            assert caught.value.do == f"Going on at {system_wall(Instant(end)):%H:%M}."
            assert caught.value.taken is False
        assert len(rude.heads) == 1
    assert clock.slept == []


def test_how_far_the_clocks_are_apart_is_known() -> None:
    async def work(base: str) -> float | None:
        async with Door(TABLE["gitlab"], Login("work", "gitlab", base), None, clock) as door:
            await door.send(Request("GET", base + "/x"))
            return door.skew_s

    clock = FakeClock()
    with Rude(saying(answer(200, b"1", date=formatdate(clock.now() / 1000 - 90, usegmt=True)))).running() as rude:
        assert asyncio.run(work(rude.base)) == pytest.approx(90, abs=1)


def test_cookies_are_not_kept() -> None:
    async def work(base: str) -> None:
        async with Door(TABLE["gitlab"], Login("work", "gitlab", base), None, SystemClock()) as door:
            await door.send(Request("GET", base + "/x"))
            await door.send(Request("GET", base + "/x"))

    with Rude(saying(answer(200, b"1", set_cookie="session=1; Path=/"))).running() as rude:
        asyncio.run(work(rude.base))
    assert all(b"cookie" not in head.lower() for head in rude.heads)


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        login = Login("work", "gitlab", "https://127.0.0.1:1")
        async with Door(TABLE["gitlab"], login, None, SystemClock(), ca_file=tmp_path / "no.pem") as door:
            await door.send(Request("GET", "https://127.0.0.1:1/"))

    with pytest.raises(Problem, match=r"no\.pem"):
        asyncio.run(work())
    assert ssl.OPENSSL_VERSION


def test_a_kind_cannot_set_what_is_the_doors() -> None:
    with pytest.raises(AssertionError, match="authorization"):
        ask("http://127.0.0.1:9", Request("GET", "http://127.0.0.1:9/", headers=(("Authorization", "x"),)))
