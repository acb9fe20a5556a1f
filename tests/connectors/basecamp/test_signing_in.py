"""Signing in at Launchpad as the Manifest describes it, at a strict server on loopback in Launchpad's place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from connectors import TABLE
from connectors.basecamp.connector import Basecamp
from connectors.oauth.signing import sign_in
from leeward.model import Focus
from leeward.oauth import ANY_PORT, APPS_OWN
from leeward.ports import Login, Origin, Secret
from leeward.testing.clock import FakeClock
from tests.connectors.oauth.world import NAME, Browser, World
from tests.fakes.basecamp import make
from tests.fakes.oauth import Authority, Guarded
from tests.fakes.serve import Serving

WEEKS_S = 14 * 86_400.0


class Patient(FakeClock):
    """Nobody comes late: who waits for somebody gets all the time there is."""

    async def sleep(self, seconds: float) -> None:
        await (asyncio.Event().wait() if seconds > 120 else super().sleep(seconds))


def launchpad(serving: Serving, authority: Authority, folder: Path, clock: FakeClock) -> World:
    """The description of Basecamp's sign-in with its addresses on this machine."""
    here = World(serving, authority, folder, clock)
    here.manifest = replace(TABLE["basecamp"], origins=(Origin("{url}", "bearer"),))
    here.login = Login(NAME, "basecamp", f"{serving.base}/195539477", user="sam@example.org")
    here.describe(
        lambda oauth: replace(
            oauth,
            token=oauth.token.replace("https://launchpad.37signals.com/authorization", f"{serving.base}/oauth"),
            authorize=f"{serving.base}/oauth/authorize",
            redirect=ANY_PORT,
        )
    )
    here.keys.put(NAME, Secret("its-secret"), APPS_OWN)
    return here


def test_signing_in_with_an_app_of_ones_own_and_renewing_after_two_weeks(tmp_path: Path) -> None:
    authority, clock = Authority(secret="its-secret"), Patient()
    authority.now, authority.life_s = clock.monotonic, int(WEEKS_S)
    service = make()
    service.limit = 1000
    with Serving(Guarded(service, authority)) as serving:
        here = launchpad(serving, authority, tmp_path, clock)
        browser = Browser(authority.agree)
        here.keep(asyncio.run(sign_in(here.client(), Secret("its-secret"), "browser", browser.show)))
        browser.leave()
        page = parse_qs(urlsplit(browser.shown[0][0]).query)
        assert (page["response_type"], page["client_id"]) == (["code"], [authority.client])
        assert "scope" not in page
        # What Launchpad's guide asks for, and in the body alone.
        assert {"grant_type", "client_id", "client_secret", "redirect_uri", "code"} <= authority.asked[0].keys()

        async def pull() -> int:
            async with here.door() as door:
                connector = Basecamp(here.login, door, clock)
                return len({each.id async for batch in connector.pull(None, Focus()) for each in batch.tasks})

        assert asyncio.run(pull()) == 3
        authority.alive.clear()
        clock.advance(WEEKS_S + 1)
        assert asyncio.run(pull()) == 3
        assert authority.asked[-1]["grant_type"] == "refresh_token"
        assert authority.asked[-1]["client_secret"] == "its-secret"
        assert service.wrong == []
