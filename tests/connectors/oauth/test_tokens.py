"""Tokens that renew themselves: in time, one process at a time, kept before they are used, and an end that is told."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.keys import GRANT
from connectors.oauth.grant import Grant, granted, pack, unpack
from connectors.oauth.signing import tokens
from leeward.errors import SignInNeeded, Trouble, TryLater
from leeward.model import Instant
from leeward.oauth import OAuth
from leeward.ports import Secret
from leeward.testing.clock import FakeClock
from leeward.wire import Request, Response
from tests.connectors.oauth.world import NAME, World, world
from tests.fakes.base import Answer, Asked

ROOT = Path(__file__).resolve().parents[3]


def signed_in(here: World) -> Grant:
    """As if the owner had typed a code: nothing of it is under test here."""
    answer = here.authority._grant("api")
    assert here.manifest.oauth
    found = granted(json.loads(answer.body), here.manifest.oauth, here.clock.now())
    here.keep(pack(found))
    return found


async def user(here: World, times: int = 1, method: str = "GET") -> list[int]:
    async with here.door() as own:
        asking = (own.send(Request(method, here.serving.base + "/api/v4/user")) for _each in range(times))
        return [answer.status for answer in await asyncio.gather(*asking)]


def test_a_token_that_lasts_is_not_renewed(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        first = signed_in(here)
        assert asyncio.run(user(here, times=3)) == [200] * 3
        assert here.authority.refreshes == []
        assert here.kept().access == first.access


def test_an_old_token_is_renewed_before_it_ends_and_the_new_pair_is_kept(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        first = signed_in(here)
        clock.advance(here.authority.life_s - 59)
        assert asyncio.run(user(here)) == [200]
        second = here.kept()
        assert first.refresh
        assert here.authority.refreshes == [first.refresh.reveal()]
        assert second.access != first.access
        assert second.refresh != first.refresh
        clock.advance(here.authority.life_s)
        assert asyncio.run(user(here)) == [200]
        assert len(here.authority.refreshes) == 2


def test_a_service_that_does_not_rotate_keeps_its_refresh_token(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        here.authority.rotates = False
        first = signed_in(here)
        for _each in range(3):
            clock.advance(here.authority.life_s)
            assert asyncio.run(user(here)) == [200]
        assert here.kept().refresh == first.refresh
        assert len(here.authority.refreshes) == 3


def test_many_tasks_of_one_process_renew_once(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        signed_in(here)
        clock.advance(here.authority.life_s)
        assert asyncio.run(user(here, times=12)) == [200] * 12
        assert len(here.authority.refreshes) == 1


def _let_in(here: World, asked: Asked, let_in: list[str]) -> Answer | None:
    """Whatever comes with a token that is alive is done, and counted."""
    if (
        asked.path.startswith("/oauth")
        or asked.headers["authorization"].removeprefix("Bearer ") not in here.authority.alive
    ):
        return None
    let_in.append(asked.method)
    return Answer(200, b"{}")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_refused_before_its_time_is_renewed_and_the_request_sent_again(tmp_path: Path, method: str) -> None:
    """The clock here may be wrong, or somebody ended the token: 401 took nothing, so that a write may go again."""
    with world(tmp_path) as here:
        signed_in(here)
        here.authority.alive.clear()
        let_in: list[str] = []
        here.serving.fault = lambda _service, asked: _let_in(here, asked, let_in)
        assert asyncio.run(user(here, method=method)) == [200]
        assert let_in == [method]
        assert len(here.authority.refreshes) == 1


def test_a_new_token_that_is_refused_too_is_not_renewed_again_and_again(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        signed_in(here)
        here.authority.alive.clear()
        here.serving.fault = lambda _service, asked: None if asked.path.startswith("/oauth") else Answer(401, b"{}")

        async def thrice() -> int:
            failed = 0
            async with here.door() as door:
                for _each in range(3):
                    with pytest.raises(SignInNeeded):
                        await door.send(Request("GET", here.serving.base + "/api/v4/user"))
                    failed += 1
            return failed

        assert asyncio.run(thrice()) == 3
        assert len(here.authority.refreshes) == 1


def test_a_revoked_sign_in_says_what_to_do_and_asks_no_more(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        signed_in(here)
        here.authority.revoke()

        async def ask() -> None:
            async with here.door() as door:
                for _each in range(3):
                    with pytest.raises(SignInNeeded) as caught:
                        await door.send(Request("POST", here.serving.base + "/api/v4/user"))
                    assert "revoked" in caught.value.what or "ended" in caught.value.what
                    assert f"account sign-in {NAME}" in caught.value.do
                    assert caught.value.taken is False

        asyncio.run(ask())
        assert len(here.authority.refreshes) == 1


def test_a_sign_in_made_anew_meanwhile_is_taken_up(tmp_path: Path) -> None:
    """By another process, while this one goes on running."""
    with world(tmp_path) as here:
        signed_in(here)
        here.authority.revoke()

        async def ask() -> int:
            async with here.door() as door:
                with pytest.raises(SignInNeeded):
                    await door.send(Request("GET", here.serving.base + "/api/v4/user"))
                here.authority.ended = False
                signed_in(here)
                return (await door.send(Request("GET", here.serving.base + "/api/v4/user"))).status

        assert asyncio.run(ask()) == 200


def test_a_lost_answer_or_a_server_in_trouble_ends_no_sign_in(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        signed_in(here)
        clock.advance(here.authority.life_s)
        here.authority.faults = [Answer(503), Answer(400, b'{"error": "temporarily_unavailable"}')]

        async def ask() -> list[object]:
            said: list[object] = []
            async with here.door() as door:
                for _each in range(3):
                    try:
                        said.append((await door.send(Request("POST", here.serving.base + "/api/v4/nothing"))).status)
                    except Trouble as trouble:
                        said.append((type(trouble), trouble.taken))
            return said

        first, second, third = asyncio.run(ask())
        assert first == (TryLater, False)
        assert second == (TryLater, False)
        assert third not in {first, (SignInNeeded, False)}


def test_a_keyring_that_fails_loses_no_token(tmp_path: Path) -> None:
    """The old refresh token is gone by then: the new one is used from memory, and kept as soon as that works."""
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        old = signed_in(here)
        clock.advance(here.authority.life_s)
        keep, broken = here.keyring.set_password, [True]

        def put(service: str, username: str, password: str) -> None:
            if broken:
                raise OSError("locked")
            keep(service, username, password)

        here.keyring.set_password = put  # type: ignore[method-assign] # this keyring alone

        async def ask() -> None:
            async with here.door() as door:
                await door.send(Request("GET", here.serving.base + "/api/v4/user"))
                assert here.kept().access == old.access
                broken.clear()
                await door.send(Request("GET", here.serving.base + "/api/v4/user"))

        asyncio.run(ask())
        assert here.kept().access != old.access
        assert len(here.authority.refreshes) == 1


def test_leaving_in_the_middle_of_a_renewal_keeps_what_it_brings(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        old = signed_in(here)
        clock.advance(here.authority.life_s)
        renewing = here.tokens()
        reached = asyncio.Event()
        send = renewing._exchange

        async def slow(request: Request) -> Response:
            reached.set()
            await asyncio.sleep(0.05)
            return await send(request)

        renewing._exchange = slow

        async def leave() -> None:
            task = asyncio.ensure_future(renewing.current())
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(leave())
        assert here.kept().access != old.access


def test_a_renewal_that_hangs_elsewhere_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        signed_in(here)
        clock.advance(here.authority.life_s)
        file = os.open(tmp_path / f"sign-in-{NAME}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            with pytest.raises(TryLater, match="come to an end"):
                asyncio.run(here.tokens().current())
        finally:
            os.close(file)
        assert here.authority.refreshes == []


def test_without_a_sign_in_or_with_a_token_named_elsewhere_there_is_nothing_to_renew(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        assert tokens(here.client(), here.keys, tmp_path) is None
        signed_in(here)
        assert tokens(here.client(), here.keys, tmp_path) is not None
        here.keys._environ = {"LEEWARD_TOKEN_WORK": "plain"}
        assert tokens(here.client(), here.keys, tmp_path) is None


def test_a_lasting_token_without_a_refresh_token_is_used_until_it_is_refused(tmp_path: Path) -> None:
    clock = FakeClock()
    with world(tmp_path, clock) as here:
        here.authority.alive.add("for-ever")
        assert here.manifest.oauth
        here.keep(pack(granted({"access_token": "for-ever"}, here.manifest.oauth, clock.now())))
        clock.advance(400 * 86_400)
        assert asyncio.run(user(here)) == [200]
        here.authority.alive.clear()
        with pytest.raises(SignInNeeded, match="ended"):
            asyncio.run(user(here))


@pytest.mark.parametrize("life", [1, 30, 300, 3600, 90 * 86_400])
def test_a_token_is_renewed_in_its_last_minute_or_tenth(life: int) -> None:
    found = granted({"access_token": "abc", "refresh_token": "def", "expires_in": life}, OAuth("https://x"), Instant(0))
    assert found.renew_at is not None
    assert life * 900 <= found.renew_at <= life * 1000 or found.renew_at == (life - 60) * 1000


@pytest.mark.parametrize("life", [None, "soon", -1, 0, float("nan"), float("inf"), 1e300, True, [], "3600"])
def test_an_odd_life_is_taken_for_the_kinds_own(life: object) -> None:
    told = {"access_token": "abc", "refresh_token": "def", "expires_in": life}
    found = granted(told, OAuth("https://x", life_s=600), Instant(0))
    assert found.renew_at is not None
    assert 0 <= found.renew_at <= 10 * 366 * 86_400_000


@pytest.mark.parametrize("kept", ["", "[]", "{}", "plain-token", '{"access": 7}', '{"access": ""}', "[" * 500])
def test_what_is_no_sign_in_is_none(kept: str) -> None:
    assert unpack(Secret(kept)) is None


SCRIPT = """
import asyncio, json, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from connectors import TABLE
from connectors.keys import Keys
from connectors.oauth.signing import Client, tokens
from leeward.clock import SystemClock
from leeward.ports import Login

class Shelf:  # a keyring two processes share, written whole
    name = "shelf"
    file = Path({folder!r}) / "shelf.json"
    def read(self):
        return json.loads(self.file.read_text()) if self.file.exists() else {{}}
    def get_password(self, service, name):
        return self.read().get(name)
    def set_password(self, service, name, secret):
        fresh = self.file.with_suffix(f".{{name.replace('/', '_')}}.{{sys.argv[1]}}")
        fresh.write_text(json.dumps(self.read() | {{name: secret}}))
        fresh.replace(self.file)

async def main():
    client = Client(TABLE["gitlab"], Login("work", "gitlab", {base!r}), SystemClock(), "app-1")
    renewing = tokens(client, Keys({{}}, environ={{}}, backend=Shelf), Path({folder!r}))
    print("ready", flush=True)
    sys.stdin.readline()
    print((await renewing.current()).reveal(), flush=True)

asyncio.run(main())
"""


def test_two_processes_that_renew_at_once_renew_once(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        first = signed_in(here)
        old = pack(Grant(first.access, first.refresh, Instant(0), first.scopes)).reveal()
        (tmp_path / "shelf.json").write_text(json.dumps({f"{NAME}/{GRANT}": old}))
        code = SCRIPT.format(root=str(ROOT), folder=str(tmp_path), base=here.serving.base)
        running = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for number in range(3)
        ]
        for one in running:
            assert one.stdout
            assert one.stdout.readline() == "ready\n"
        for one in running:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        shown = {one.communicate(timeout=30)[0].strip() for one in running}
        assert [one.returncode for one in running] == [0, 0, 0]
        assert len(here.authority.refreshes) == 1
        assert len(shown) == 1
        assert shown <= here.authority.alive
