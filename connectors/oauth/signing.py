"""Sign-ins put together: the app of an account, a door to its authorisation server, and what is kept afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from connectors.http import Door
from connectors.keys import GRANT
from connectors.oauth.asking import App, app_of, at_login, door_of
from connectors.oauth.flow import Flow, Show
from connectors.oauth.grant import missing, pack, unpack
from connectors.oauth.loopback import Pasted
from connectors.oauth.tokens import AccountTokens
from leeward.errors import NotSupported
from leeward.oauth import APPS_OWN, OAuth
from leeward.ports import Clock, Login, Manifest, Secret, Secrets
from leeward.words import _

if TYPE_CHECKING:
    from connectors.limits import Limits
    from leeward.wire import Request, Response

How = Literal["browser", "device"]


class Client(Struct, frozen=True):
    """An account on its way to its authorisation server. `id` None: the app that everybody may use."""

    manifest: Manifest
    login: Login
    clock: Clock
    id: str | None = None
    ca_file: Path | None = None
    limits: Limits | None = None

    def oauth(self) -> OAuth:
        """The kind's sign-in with this account's address in it, and where it says nothing with what the kind offers.

        Raises `NotSupported`.
        """
        if self.manifest.oauth is None:
            raise NotSupported(_("{kind} has no page to sign in at.").format(kind=self.manifest.title))
        offered = {each.name: each.default for each in self.manifest.settings if each.default and not each.required}
        return at_login(self.manifest.oauth, replace(self.login, options={**offered, **self.login.options}))

    @asynccontextmanager
    async def door(self, app: App) -> AsyncIterator[Door]:
        """To the authorisation server alone, without the account's token."""
        here, login, secret = door_of(self.manifest, self.oauth(), self.login, app)
        async with Door(here, login, secret, self.clock, limits=self.limits, ca_file=self.ca_file) as door:
            yield door


async def sign_in(client: Client, secret: Secret | None, how: How, show: Show, pasted: Pasted | None = None) -> Secret:
    """Let the owner sign in, telling by `show` what they need; what to keep under GRANT. Raises `Trouble`."""
    oauth = client.oauth()
    app = app_of(oauth, client.id, secret)
    async with client.door(app) as door:
        flow = Flow(oauth, app, door, client.clock)
        return pack(await (flow.device(show) if how == "device" else flow.browser(show, pasted)))


def tokens(client: Client, secrets: Secrets, folder: Path) -> AccountTokens | None:
    """What renews the account's sign-in; None where it has none on this machine. Raises `Problem` for a hung keyring."""
    name = client.login.name
    if client.manifest.oauth is None or not (client.id or client.manifest.oauth.client):
        return None
    if secrets.get(name, GRANT) is None:
        return None
    oauth = client.oauth()
    app = app_of(oauth, client.id, secrets.get(name, APPS_OWN) if oauth.app != "public" else None)

    async def exchange(request: Request) -> Response:
        async with client.door(app) as door:
            return await door.send(request)

    return AccountTokens(name, oauth, app, secrets, exchange, client.clock, folder / f"sign-in-{name}.lock")


def lacks(manifest: Manifest, kept: Secret | None) -> tuple[str, ...]:
    """The scopes a sign-in was asked for and did not get."""
    grant = unpack(kept)
    return missing(manifest.oauth, grant) if manifest.oauth and grant else ()
