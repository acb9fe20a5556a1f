"""What is asked of an authorisation server, and what its refusals mean. Pure."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from leeward.errors import Forbidden, Problem, Refused, ServiceChanged, SignInNeeded, Trouble, TryLater
from leeward.oauth import APPS_OWN, OAuth
from leeward.ports import Login, Manifest, Origin, Scheme, Secret
from leeward.text import one_line
from leeward.wire import Request, Response
from leeward.words import _

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_FORM = (("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"))
_EXPECT = frozenset({400, 401, 403, 404})
_LONGEST = 300


class App(Struct, frozen=True):
    """Who asks: an app's id, and its secret where it has one."""

    id: str
    secret: Secret | None = None


class Proof(Struct, frozen=True):
    """One try to sign in: what only we can know of it. `verifier` is "" where the service takes no PKCE."""

    state: str
    verifier: str = ""

    @property
    def challenge(self) -> str:
        """S256 of the verifier (RFC 7636, 4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_proof(oauth: OAuth) -> Proof:
    """Random, from the system."""
    return Proof(secrets.token_urlsafe(32), secrets.token_urlsafe(64) if oauth.pkce else "")


def at_login(oauth: OAuth, login: Login) -> OAuth:
    """The same sign-in with `{url}` and `{setting}` filled in. Raises `Problem` where a setting has no value."""

    def filled(address: str | None) -> str | None:
        if address is None:
            return None
        rest = address.replace("{url}", login.url)
        for name, value in {"user": login.user or "", **login.options}.items():
            if value:
                rest = rest.replace("{" + name + "}", quote(value, safe=""))
        if "{" in rest:
            name = rest.partition("{")[2].partition("}")[0]
            raise Problem(_("{name} is needed to sign in.").format(name=name), _("Add it to the account's settings."))
        return rest

    return replace(
        oauth,
        token=filled(oauth.token) or "",
        authorize=filled(oauth.authorize),
        device=filled(oauth.device),
        app_page=filled(oauth.app_page),
    )


def app_of(oauth: OAuth, client_id: str | None, secret: Secret | None) -> App:
    """The app that asks. Raises `SignInNeeded` where it has no id, or not the secret it must have."""
    id = client_id or oauth.client
    if not id:
        raise SignInNeeded(_("The account names no app to sign in with."), _("Make one, and give its id as client_id."))
    if oauth.app == "confidential" and not secret:
        raise SignInNeeded(_("The app's secret was not found."), _("Give it again with `leeward account sign-in`."))
    return App(id, None if oauth.app == "public" else secret)


def door_of(manifest: Manifest, oauth: OAuth, login: Login, app: App) -> tuple[Manifest, Login, Secret | None]:
    """What a door to the authorisation server is made of: its own origins alone, and no token of the account."""
    scheme: Scheme | None = "basic" if oauth.basic else None
    origins = tuple(Origin(_origin(one), scheme) for one in (oauth.token, oauth.device) if one)
    here = Manifest(manifest.kind, manifest.title, manifest.can, None, origins=origins)
    return here, Login(login.name, login.kind, login.url, app.id), app.secret if oauth.basic else None


def page(oauth: OAuth, app: App, proof: Proof, redirect: str) -> str:
    """The address a person opens in a browser."""
    params = {
        "response_type": "code",
        "client_id": app.id,
        "redirect_uri": redirect,
        "scope": _scope(oauth),
        "state": proof.state,
    }
    if proof.verifier:
        params |= {"code_challenge": proof.challenge, "code_challenge_method": "S256"}
    address = oauth.authorize or ""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(_with(params, oauth.ask))}"


def exchange(oauth: OAuth, app: App, proof: Proof, redirect: str, code: str) -> Request:
    """A code for tokens (RFC 6749, 4.1.3)."""
    params = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    if proof.verifier:
        params["code_verifier"] = proof.verifier
    return _post(oauth, oauth.token, app, _with(params, oauth.exchange))


def renewal(oauth: OAuth, app: App, refresh: Secret) -> Request:
    """A refresh token for new tokens (RFC 6749, 6)."""
    params = {"grant_type": "refresh_token", "refresh_token": refresh.reveal()}
    return _post(oauth, oauth.token, app, _with(params, oauth.renew))


def device_code(oauth: OAuth, app: App) -> Request:
    """Ask for a code to be typed elsewhere (RFC 8628, 3.1)."""
    return _post(oauth, oauth.device or "", app, {"scope": _scope(oauth)})


def device_poll(oauth: OAuth, app: App, code: Secret) -> Request:
    """Has somebody typed it? (RFC 8628, 3.4)."""
    return _post(oauth, oauth.token, app, {"grant_type": DEVICE, "device_code": code.reveal()})


def code_in(address: str, proof: Proof) -> str:
    """The code in the address a browser came back to.

    Raises `Refused` for another sign-in's answer, `Forbidden` where it was declined there.
    """
    told = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    if not secrets.compare_digest(told.get("state", "").encode(), proof.state.encode()):
        raise Refused(_("This answer does not belong to this sign-in; nothing was taken over."), _("Begin again."))
    if "error" in told:
        raise refusal(told)
    if not told.get("code"):
        raise ServiceChanged(_("The sign-in page sent no code."), _("Begin again."))
    return told["code"]


def refusal(told: Mapping[str, Any]) -> Trouble:
    """What an error of RFC 6749 or 8628 means to a person."""
    name = str(told.get("error") or "")
    why = one_line(str(told.get("error_description") or name), _LONGEST)
    said = f" “{why}”" if why else ""
    if name == "access_denied":
        return Forbidden(_("The sign-in was declined at the service's page."), _("Begin again when you like."))
    if name in {"expired_token", "code_expired"}:
        return Refused(_("The code ran out before it was typed."), _("Begin again."))
    if name in {"invalid_client", "unauthorized_client"}:
        return SignInNeeded(
            _("The service does not accept the app.") + said, _("Check client_id and the app's secret.")
        )
    if name == "invalid_scope":
        return Forbidden(_("The app may not ask for these rights.") + said, _("Add the scopes to the app."))
    if name in {"temporarily_unavailable", "server_error"}:
        return TryLater(_("The sign-in service has trouble of its own.") + said, _("Trying again later."), taken=False)
    return Refused(_("The service refused the sign-in.") + said, _("Begin again."))


def answer(response: Response) -> Mapping[str, Any]:
    """A token endpoint's answer, errors too: some services send them with 200, some as {"error": {…}}."""
    document = response.json()
    if not isinstance(document, Mapping):
        raise ServiceChanged(_("The sign-in brought no answer leeward can read."), _("Try again."))
    if response.status == 404 and "error" not in document:
        raise ServiceChanged(_("There is nobody to sign in with at this address."), _("Check the account's address."))
    if response.status >= 400 and "error" not in document:
        return {"error": str(document.get("reason") or document.get("code") or response.status), **document}
    return document


def _post(oauth: OAuth, url: str, app: App, params: Mapping[str, str]) -> Request:
    form = dict(params)
    if not (oauth.basic and app.secret):
        form["client_id"] = app.id
        if app.secret:
            form[APPS_OWN] = app.secret.reveal()
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    return Request("POST", url, headers=_FORM, body=body, auth=oauth.basic, expect=_EXPECT)


def _with(params: Mapping[str, str], more: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """`more` wins; "" takes a parameter out."""
    return {name: value for name, value in (dict(params) | dict(more)).items() if value}


def _scope(oauth: OAuth) -> str:
    return oauth.joint.join(one.name for one in oauth.scopes)


def _origin(url: str) -> str:
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"
