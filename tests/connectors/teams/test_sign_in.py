"""Signing in with a code that is typed at Microsoft's page, against a strict server over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from connectors.http import Door
from connectors.keys import GRANT, Keys
from connectors.manifests.teams import MANIFEST as TEAMS
from connectors.oauth.signing import Client, lacks, sign_in, tokens
from connectors.teams.connector import Teams
from connectors.teams.rights import NEEDED
from leeward.model import Focus
from leeward.ports import Login, Manifest
from leeward.testing.clock import FakeClock
from tests.connectors.test_keys import Memory
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving
from tests.fakes.teams import make
from tui.connecting import kind_info

MICROSOFT = "https://login.microsoftonline.com"


def at(login: Login) -> str | None:
    return Client(TEAMS, login, FakeClock(), "app-1").oauth().device


def test_the_tenant_is_part_of_the_address() -> None:
    login = Login("work", "teams", "https://graph.microsoft.com")
    assert at(login) == f"{MICROSOFT}/organizations/oauth2/v2.0/devicecode"
    named = replace(login, options={"tenant": "harbour.example"})
    assert at(named) == f"{MICROSOFT}/harbour.example/oauth2/v2.0/devicecode"
    assert at(replace(login, options={"tenant": "a/../b"})) == f"{MICROSOFT}/a%2F..%2Fb/oauth2/v2.0/devicecode"


def test_what_is_asked_for_is_what_the_account_checks() -> None:
    assert TEAMS.oauth is not None
    asked = {each.name for each in TEAMS.oauth.scopes}
    assert asked == {*NEEDED, "offline_access"}
    assert set(TEAMS.secrets[0].scopes) == set(NEEDED)


def here(authority: Authority) -> Manifest:
    """The same sign-in at a server of this machine."""
    assert TEAMS.oauth is not None
    oauth = replace(TEAMS.oauth, token="{url}/oauth/token", device="{url}/oauth/authorize_device")
    return replace(TEAMS, oauth=oauth)


def test_a_code_is_typed_and_the_account_reads_and_renews_itself(tmp_path: Path) -> None:
    authority, clock = Authority(), FakeClock()
    authority.now = clock.monotonic
    sleeps = clock.sleep

    async def sleep(seconds: float) -> None:
        await sleeps(seconds)
        if len(clock.slept) == 2:
            authority.type_code("WDJB-0")

    clock.sleep = sleep  # type: ignore[method-assign] # this clock alone
    shown: list[tuple[str, str | None]] = []
    keyring = Memory()
    keys = Keys({}, environ={}, backend=lambda: keyring)
    with Serving(Guarded(make(), authority)) as serving:
        login = Login("work", "teams", serving.base)
        client = Client(here(authority), login, clock, "app-1")
        kept = asyncio.run(sign_in(client, None, "device", lambda page, code: shown.append((page, code))))
        keys.put("work", kept, GRANT)
        assert shown == [(f"{serving.base}/device", "WDJB-0")]
        assert authority.asked[0]["scope"].split() == ["offline_access", *NEEDED]
        assert lacks(TEAMS, kept) == ()

        async def read() -> int:
            renewing = tokens(client, keys, tmp_path)
            assert renewing is not None
            async with Door(client.manifest, login, renewing, clock) as door:
                return sum([len(each.messages) async for each in Teams(login, door, clock).pull(None, Focus())])

        lines = asyncio.run(read())
        assert lines > 0
        clock.advance(2 * 3600)
        authority.alive.clear()
        assert asyncio.run(read()) == lines
        assert len(authority.refreshes) == 1


def test_the_connect_screen_asks_for_no_address_to_come_back_to() -> None:
    (app,) = (each for each in kind_info(TEAMS).questions if each.name == "client_id")
    assert app.help.endswith("allow public client flows. Empty: paste a token instead")
