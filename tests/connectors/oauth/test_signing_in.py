"""Signing in at a fake authorisation server over HTTP: the browser that comes back, and the code typed elsewhere."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from connectors import TABLE
from connectors.oauth.asking import at_login
from connectors.oauth.grant import unpack
from connectors.oauth.signing import Client, lacks, sign_in
from leeward.errors import Forbidden, NotSupported, Problem, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.oauth import OAuth
from leeward.ports import Login, Secret, Setting
from leeward.testing.clock import FakeClock
from leeward.wire import Request
from tests.connectors.oauth.world import Browser, World, world
from tests.fakes.base import Answer


class Patient(FakeClock):
    """Nobody comes late: who waits for somebody gets all the time there is."""

    async def sleep(self, seconds: float) -> None:
        await (asyncio.Event().wait() if seconds > 120 else super().sleep(seconds))


def test_a_browser_comes_back_and_the_account_works(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        browser = Browser(here.authority.agree)
        here.keep(asyncio.run(sign_in(here.client(), None, "browser", browser.show)))
        browser.leave()
        assert "You may close this page" in browser.pages[0]
        page = parse_qs(urlsplit(browser.shown[0][0]).query)
        assert page["scope"] == ["api"]
        assert page["redirect_uri"][0].startswith("http://127.0.0.1:")

        async def ask() -> int:
            async with here.door() as door:
                return (await door.send(Request("GET", here.serving.base + "/api/v4/user"))).status

        assert asyncio.run(ask()) == 200


def test_the_listening_ends_with_the_answer(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        browser = Browser(here.authority.agree)
        asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()
        port = urlsplit(parse_qs(urlsplit(browser.shown[0][0]).query)["redirect_uri"][0]).port
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port or 0), 1):
            pass


def test_an_answer_of_another_sign_in_is_not_taken(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        browser = Browser(lambda page: here.authority.agree(page).replace("state=", "state=x"))
        with pytest.raises(Refused, match="does not belong to this sign-in"):
            asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()
        assert here.authority.asked == []


def test_a_refusal_at_the_page_is_told(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        browser = Browser(lambda page: here.authority.agree(page, deny=True))
        with pytest.raises(Forbidden, match="declined"):
            asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()


def test_nobody_is_waited_for_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        with pytest.raises(TryLater, match="Nobody came back") as caught:
            asyncio.run(sign_in(here.client(), None, "browser", Browser(lambda _page: None).show))
        assert caught.value.taken is False
        assert clock.slept == [300.0]


def test_a_stolen_code_is_worthless_without_the_verifier(tmp_path: Path) -> None:
    """Somebody else's code in our answer: the server compares what only that somebody knows."""
    with world(tmp_path, Patient()) as here:
        browser = Browser(lambda page: here.authority.agree(page.replace("code_challenge=", "code_challenge=theirs")))
        with pytest.raises(Refused):
            asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/favicon.ico", {}),
        ("/", {}),
        ("/?code=x&state=y", {"Host": "evil.example"}),
        ("/other?code=x&state=y", {}),
    ],
)
def test_what_else_is_asked_on_that_port_is_turned_away(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    with world(tmp_path, Patient()) as here:
        stray: list[int] = []

        def back(page: str) -> str:
            to = here.authority.agree(page)
            place = to.partition("/?")[0]
            with socket.create_connection(("127.0.0.1", urlsplit(place).port or 0), 5) as line:
                host = headers.get("Host", urlsplit(place).netloc)
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                stray.append(1)
            return to

        browser = Browser(back)
        kept = asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()
        assert stray == [1]
        assert unpack(kept) is not None


def test_a_port_of_its_own_that_is_taken_is_named(tmp_path: Path) -> None:
    with world(tmp_path) as here, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        here.describe(lambda old: replace(old, redirect=f"http://localhost:{port}/back"))
        with pytest.raises(Problem, match=f"port {port}"):
            asyncio.run(sign_in(here.client(), None, "browser", Browser(lambda _page: None).show))


def test_a_fixed_port_and_name_come_back_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with world(tmp_path, Patient()) as here:
        here.describe(lambda old: replace(old, redirect=f"http://localhost:{port}/back"))
        browser = Browser(lambda page: here.authority.agree(page).replace("localhost", "127.0.0.1"))
        assert unpack(asyncio.run(sign_in(here.client(), None, "browser", browser.show)))
        browser.leave()


def test_a_confidential_app_shows_its_secret_in_the_form_or_as_basic(tmp_path: Path) -> None:
    for basic in (False, True):
        with world(tmp_path, Patient(), secret="app-s3cret", basic=basic) as here:
            here.describe(lambda old, basic=basic: replace(old, app="confidential", basic=basic))  # type: ignore[misc]
            with pytest.raises(SignInNeeded, match="secret was not found"):
                asyncio.run(sign_in(here.client(), None, "browser", Browser(here.authority.agree).show))
            browser = Browser(here.authority.agree)
            kept = asyncio.run(sign_in(here.client(), Secret("app-s3cret"), "browser", browser.show))
            browser.leave()
            assert unpack(kept)
            with pytest.raises(SignInNeeded, match="does not accept the app"):
                asyncio.run(
                    sign_in(here.client(), Secret("not-the-secret"), "device", Browser(lambda _page: None).show)
                )


def test_a_code_is_typed_elsewhere(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        browser = Browser(lambda _page: None)
        kept = asyncio.run(_typing(here, browser, after=3))
        assert unpack(kept)
        page, code = browser.shown[0]
        assert page == f"{here.serving.base}/device"
        assert code == "WDJB-0"
        assert clock.slept == [5.0, 5.0, 5.0]


async def _typing(here: World, browser: Browser, after: int, state: str = "granted") -> Secret:
    """The owner types the code while we have asked `after` times less one."""
    assert isinstance(here.clock, FakeClock)
    clock, sleeps = here.clock, here.clock.sleep

    async def sleep(seconds: float) -> None:
        await sleeps(seconds)
        if len(clock.slept) == after:
            here.authority.type_code("WDJB-0", state)

    clock.sleep = sleep  # type: ignore[method-assign] # this clock alone
    return await sign_in(here.client(), None, "device", browser.show)


def test_slow_down_makes_us_slower_for_good(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        here.authority.faults = [None, Answer(400, json.dumps({"error": "slow_down"}).encode())]
        asyncio.run(_typing(here, Browser(lambda _page: None), after=3))
        assert clock.slept == [5.0, 10.0, 10.0]


@pytest.mark.parametrize(("state", "error"), [("access_denied", Forbidden), ("expired_token", Refused)])
def test_a_code_that_is_declined_or_runs_out_ends_it(tmp_path: Path, state: str, error: type[Trouble]) -> None:
    with world(tmp_path) as here, pytest.raises(error):
        asyncio.run(_typing(here, Browser(lambda _page: None), after=2, state=state))


def test_a_code_nobody_types_runs_out(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        with pytest.raises(Refused, match="ran out"):
            asyncio.run(sign_in(here.client(), None, "device", Browser(lambda _page: None).show))
        assert 590 <= sum(clock.slept) <= 600


def test_a_code_survives_a_moment_without_network(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        here.authority.faults = [None, Answer(503), Answer(503)]
        kept = asyncio.run(_typing(here, Browser(lambda _page: None), after=1))
        assert unpack(kept)
        assert clock.slept == [5.0, 10.0, 20.0]


def test_who_has_no_page_or_no_codes_says_so(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.describe(lambda old: replace(old, device=None))
        with pytest.raises(NotSupported, match="no codes"):
            asyncio.run(sign_in(here.client(), None, "device", Browser(lambda _page: None).show))
        here.describe(lambda old: replace(old, authorize=None))
        with pytest.raises(NotSupported, match="no page"):
            asyncio.run(sign_in(here.client(), None, "browser", Browser(lambda _page: None).show))


def test_a_scope_that_was_not_given_is_named(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        here.authority.scope = "read_user https://gitlab.example/API_other"
        browser = Browser(here.authority.agree)
        kept = asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()
        assert lacks(here.manifest, kept) == ("api",)
        here.authority.scope = "read_user https://gitlab.example/API"
        browser = Browser(here.authority.agree)
        assert lacks(here.manifest, asyncio.run(sign_in(here.client(), None, "browser", browser.show))) == ()
        browser.leave()


@pytest.mark.parametrize(
    "told",
    [
        b"[]",
        b"{}",
        b'{"access_token": "a b"}',
        b'{"access_token": 7}',
        b'{"access_token": "x\\ny"}',
        b'{"access_token": "abc", "token_type": "mac"}',
        b"<!doctype html><p>Sign in first",
    ],
)
def test_nonsense_is_no_token(tmp_path: Path, told: bytes) -> None:
    with world(tmp_path, Patient()) as here:
        here.authority.faults = [Answer(200, told)]
        browser = Browser(here.authority.agree)
        with pytest.raises(ServiceChanged):
            asyncio.run(sign_in(here.client(), None, "browser", browser.show))
        browser.leave()


def test_no_token_code_or_verifier_is_told_to_anybody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in what is logged at the most talkative level, nor in what is said of a failure."""
    caplog.set_level(logging.DEBUG)
    with world(tmp_path, Patient()) as here:
        browser = Browser(here.authority.agree)
        here.keep(asyncio.run(sign_in(here.client(), None, "browser", browser.show)))
        browser.leave()
        form = here.authority.asked[0]
        secrets = [form["code"], form["code_verifier"], here.kept().access.reveal()]
        refresh = here.kept().refresh
        assert refresh
        secrets.append(refresh.reveal())
        said = str(Refused("It said: " + " ".join(secrets))) + repr(here.kept())
        from leeward.logs import redact

        logged = redact("\n".join(record.getMessage() for record in caplog.records))
        assert [one for one in secrets if one in said + logged] == []


def test_the_tokens_of_the_sign_in_go_to_its_own_server_alone(tmp_path: Path) -> None:
    with world(tmp_path, Patient()) as here:
        browser = Browser(here.authority.agree)
        here.keep(asyncio.run(sign_in(here.client(), None, "browser", browser.show)))
        browser.leave()
        assert [
            one for one in here.serving.asked if one.path.startswith("/oauth") and "authorization" in one.headers
        ] == []

        async def elsewhere() -> None:
            async with here.door() as door:
                await door.send(Request("GET", "https://gitlab.example.org/api/v4/user"))

        with pytest.raises(Problem, match="does not talk to"):
            asyncio.run(elsewhere())


@pytest.mark.parametrize(
    ("options", "tenant"), [({}, "organizations"), ({"tenant": "acme"}, "acme"), ({"tenant": "../evil"}, "..%2Fevil")]
)
def test_a_setting_in_an_address_has_its_usual_value_and_stays_one_part_of_it(
    options: dict[str, str], tenant: str
) -> None:
    oauth = OAuth("https://in.example/{tenant}/token")
    setting = Setting("tenant", "Tenant", "", required=False, default="organizations")
    manifest = replace(TABLE["gitlab"], oauth=oauth, settings=(setting,))
    login = Login("work", "gitlab", "https://gitlab.example", options=options)
    assert Client(manifest, login, FakeClock()).oauth().token == f"https://in.example/{tenant}/token"


def test_a_setting_without_a_value_is_asked_for() -> None:
    with pytest.raises(Problem, match="tenant is needed"):
        at_login(OAuth("https://in.example/{tenant}/token"), Login("work", "teams", ""))
