"""How accounts of a kind sign in at their service's own page (RFC 6749, 7636, 8252, 8628), as plain data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

APPS_OWN = "client_secret"
"""The name of the SecretSpec of a kind whose own app has a secret beside its id."""

ANY_PORT = "http://127.0.0.1:{port}/"
"""Where the browser comes back to: this machine, a port that is free at that moment."""

Pairs = tuple[tuple[str, str], ...]


class Scope(Struct, frozen=True):
    """One right that is asked for, and the sentence that tells a person what for."""

    name: str
    why: str


class OAuth(Struct, frozen=True):
    """The sign-in of a kind. In every address `{url}` stands for the account's own, `{name}` for its setting of that name.

    token: where a code, a device code or a refresh token is exchanged. It is no origin of the kind's bearer: either
        `{url}` itself or an `Origin(…, None)` of the Manifest, as `device` is.
    authorize, device: the page for a browser (any origin of the Manifest: nobody else asks it), and where a code to
        type elsewhere comes from; None where there is none.
    scopes: joined with `joint`. A service that gives none names (Basecamp) has ().
    client: the id of an app that everybody may use; None where the owner makes an app of their own, whose id is
        `client_id` of their `[[account]]`. `app_page` and `app_help` say where, and what to fill in there.
    app: "public" has no secret; else it is the SecretSpec APPS_OWN, which "either" may have and "confidential" must.
    basic: the app's id and secret go as Basic authorization, not in the form.
    pkce: False only for services that stumble over it.
    redirect: ANY_PORT, or an address with a fixed port where the service compares it letter by letter. The app is
        registered with this address; in place of a free port it has none.
    ask, exchange, renew: further parameters of the page, of the exchange of a code, and of a renewal. A value of "" takes
        a standard parameter of that name out.
    life_s: how long an access token lasts whose answer does not say.
    """

    token: str
    authorize: str | None = None
    device: str | None = None
    scopes: tuple[Scope, ...] = ()
    joint: str = " "
    client: str | None = None
    app_page: str | None = None
    app_help: str = ""
    app: Literal["public", "either", "confidential"] = "public"
    basic: bool = False
    pkce: bool = True
    redirect: str = ANY_PORT
    ask: Pairs = ()
    exchange: Pairs = ()
    renew: Pairs = ()
    life_s: float = 3600.0
