"""An authorisation server (RFC 6749, 7636, 8628) that is strict: one-time codes, PKCE, rotating refresh tokens.

It stands before any fake service as `Guarded`: the service then takes the access tokens handed out here, and no other.
A refresh token that is used a second time ends the sign-in, as services do that take it for stolen.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.fakes.base import Answer, Asked, Service

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
AUTHORIZE, TOKEN, CODE = "/oauth/authorize", "/oauth/token", "/oauth/authorize_device"


@dataclass
class _Asking:
    redirect: str
    challenge: str
    scope: str


@dataclass
class _Device:
    scope: str
    state: str = "authorization_pending"
    polled: list[float] = field(default_factory=list)


class Authority:
    """`client` and `secret` are the app that may ask; `now` tells seconds; `life_s` is how long a token lasts."""

    def __init__(self, client: str = "app-1", secret: str | None = None, *, basic: bool = False) -> None:
        self.base = ""
        self.client, self.secret, self.basic = client, secret, basic
        self.life_s = 3600
        self.interval = 5
        self.scope: str | None = None
        self.rotates = True
        self.now: Callable[[], float] = lambda: 0.0
        self.alive: set[str] = set()
        self.refreshes: list[str] = []
        self.asked: list[dict[str, str]] = []
        self.ended = False
        self._made = 0
        self._codes: dict[str, _Asking] = {}
        self._renewable: dict[str, str] = {}
        self._spent: set[str] = set()
        self.devices: dict[str, _Device] = {}
        self.faults: list[Answer | None] = []

    def answer(self, asked: Asked) -> Answer:
        """Any request under /oauth."""
        if asked.path == AUTHORIZE and asked.method == "GET":
            return self._page(dict(asked.query))
        form = dict(parse_qsl(asked.body.decode()))
        self.asked.append(form)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        if asked.method != "POST" or asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _no("invalid_request", 400)
        if not self._knows(asked, form):
            return _no("invalid_client", 401)
        if asked.path == CODE:
            return self._give_code(form)
        ways = {"authorization_code": self._exchange, "refresh_token": self._renew, DEVICE: self._poll}
        way = ways.get(form.get("grant_type", ""))
        return way(form) if asked.path == TOKEN and way else _no("unsupported_grant_type", 400)

    def agree(self, address: str, *, deny: bool = False) -> str:
        """What a browser does with the page's address when its reader agrees: the address it is sent back to."""
        split = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(split.query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client
        assert asked["code_challenge_method"] == "S256"
        told = {"state": asked["state"]}
        if deny:
            told |= {"error": "access_denied", "error_description": "The resource owner said no"}
        else:
            told["code"] = self._new("code")
            self._codes[told["code"]] = _Asking(asked["redirect_uri"], asked["code_challenge"], asked.get("scope", ""))
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    def type_code(self, user_code: str, state: str = "granted") -> None:
        """Somebody typed the code at the page, and agreed or not."""
        self.devices[f"device-{user_code}"].state = state

    def revoke(self) -> None:
        """The owner took the app's rights back at the service."""
        self.ended = True
        self.alive.clear()

    def _page(self, query: dict[str, str]) -> Answer:
        del query
        return Answer(200, b"<!doctype html><p>May this app?</p>", {"content-type": "text/html"})

    def _knows(self, asked: Asked, form: dict[str, str]) -> bool:
        if self.basic:
            wanted = "Basic " + base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
            return asked.headers.get("authorization") == wanted and "client_secret" not in form
        return (form.get("client_id"), form.get("client_secret")) == (self.client, self.secret) and (
            "authorization" not in asked.headers
        )

    def _exchange(self, form: dict[str, str]) -> Answer:
        asking = self._codes.pop(form.get("code", ""), None)
        if asking is None or asking.redirect != form.get("redirect_uri"):
            return _no("invalid_grant", 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asking.challenge:
            return _no("invalid_grant", 400)
        return self._grant(asking.scope)

    def _renew(self, form: dict[str, str]) -> Answer:
        refresh = form.get("refresh_token", "")
        self.refreshes.append(refresh)
        if refresh in self._spent:
            self.revoke()  # used twice: stolen, as far as anybody can tell
        if self.ended or refresh not in self._renewable:
            return _no("invalid_grant", 400)
        if not self.rotates:
            return self._grant(self._renewable[refresh], renewable=False)
        self._spent.add(refresh)
        return self._grant(self._renewable.pop(refresh))

    def _give_code(self, form: dict[str, str]) -> Answer:
        user = f"WDJB-{len(self.devices)}"
        self.devices[f"device-{user}"] = _Device(form.get("scope", ""))
        told = {
            "device_code": f"device-{user}",
            "user_code": user,
            "verification_uri": f"{self.base}/device",
            "expires_in": 600,
            "interval": self.interval,
        }
        return Answer(200, json.dumps(told).encode(), {"content-type": "application/json"})

    def _poll(self, form: dict[str, str]) -> Answer:
        device = self.devices.get(form.get("device_code", ""))
        if device is None:
            return _no("invalid_grant", 400)
        fast = bool(device.polled) and self.now() - device.polled[-1] < self.interval
        device.polled.append(self.now())
        if fast:
            self.interval += 5
            return _no("slow_down", 400)
        return self._grant(device.scope) if device.state == "granted" else _no(device.state, 400)

    def _grant(self, scope: str, *, renewable: bool = True) -> Answer:
        told: dict[str, object] = {
            "access_token": self._new("access"),
            "token_type": "Bearer",
            "expires_in": self.life_s,
            "scope": scope if self.scope is None else self.scope,
        }
        self.alive.add(str(told["access_token"]))
        if renewable:
            told["refresh_token"] = self._new("refresh")
            self._renewable[str(told["refresh_token"])] = scope
        return Answer(200, json.dumps(told).encode(), {"content-type": "application/json", "cache-control": "no-store"})

    def _new(self, what: str) -> str:
        self._made += 1
        return f"{what}-{self._made:04d}-Zm9vYmFyYmF6"


class Guarded:
    """A service behind an `Authority` of the same origin: its own token counts no longer, those handed out do."""

    def __init__(self, service: Service, authority: Authority) -> None:
        self.service, self.authority = service, authority

    @property
    def base(self) -> str:
        return self.service.base

    @base.setter
    def base(self, base: str) -> None:
        self.service.base = self.authority.base = base

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/oauth/"):
            return self.authority.answer(asked)
        scheme, _space, shown = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or shown not in self.authority.alive:
            return Answer(401, b'{"message":"401 Unauthorized"}', {"content-type": "application/json"})
        own = {**asked.headers, "authorization": f"Bearer {getattr(self.service, 'token', '')}"}
        return self.service.answer(Asked(asked.method, asked.path, asked.query, own, asked.body))


def _no(error: str, status: int) -> Answer:
    return Answer(status, json.dumps({"error": error}).encode(), {"content-type": "application/json"})
