"""Which origins an account may talk to, and which credential goes where."""

from __future__ import annotations

import base64
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from leeward.errors import Problem
from leeward.ports import Login, Manifest, Scheme, Secret
from leeward.text import one_line
from leeward.words import _

_PORTS = {"https": 443, "http": 80}


class Place(Struct, frozen=True):
    """Scheme, host and port of an address: what "same origin" compares."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """How limits and sentences call it."""
        standard = _PORTS[self.scheme] == self.port
        return self.host if standard else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether it is this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def place_of(url: str) -> Place:
    """The origin of `url`. Raises `Problem` for what is no plain http(s) address: user names, controls, no host."""
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        host, port, split = None, None, urlsplit("")
    odd = "\\" in url or any(char <= " " or char == "\x7f" for char in url)
    if odd or not host or split.scheme not in _PORTS or "@" in split.netloc:
        raise Problem(
            _("“{address}” is not an address leeward can use.").format(address=one_line(url, 200)),
            _("Give one that begins with https:// and names a host."),
        )
    found = Place(split.scheme, host.lower(), port or _PORTS[split.scheme])
    if found.scheme == "http" and not found.loopback:
        raise Problem(
            _("{host} is asked for without encryption.").format(host=one_line(found.name, 200)),
            _("Use its https:// address; http:// is for this machine only."),
        )
    return found


def same_origin(base: str, reference: str) -> str | None:
    """`reference` as seen from `base`, absolute; None where it is unusable or leads to another origin."""
    try:
        target = urljoin(base, reference)
        return target if place_of(target) == place_of(base) else None
    except (Problem, ValueError):
        return None


class Pins:
    """The Manifest's origins, resolved for one account, and the header each of them gets."""

    def __init__(self, manifest: Manifest, login: Login) -> None:
        self._schemes: dict[Place, Scheme | None] = {}
        self._sockets = tuple(one.url for one in manifest.origins if one.url.startswith("wss://"))
        # Under a name that stands for many nothing of ours is ever shown.
        self._many = tuple(one.url for one in manifest.origins if "//*." in one.url and one.scheme is None)
        for origin in manifest.origins:
            if origin.url not in self._sockets and "//*." not in origin.url:
                found = place_of(origin.url.replace("{url}", login.url))
                self._schemes.setdefault(found, origin.scheme)
        self._user = login.user
        self._at_home = bool(login.url) and place_of(login.url).loopback

    @property
    def loopback(self) -> bool:
        """Whether all of them are this machine."""
        return all(each.loopback for each in self._schemes)

    def check(self, url: str) -> Place:
        """The origin of `url`. Raises `Problem` where the account has no business there."""
        found = place_of(url)
        many = any(_under(found, pattern.removeprefix("https://")) for pattern in self._many)
        if found not in self._schemes and not (many and found.scheme == "https"):
            raise _no_business(found)
        return found

    def check_socket(self, url: str) -> str:
        """`url`, if the account may open a socket there. Raises `Problem`.

        ws:// leads to this machine only, and any port of it will do where the account itself is here.
        """
        scheme, colon, rest = url.partition("://")
        found = place_of({"wss": "https", "ws": "http"}.get(scheme, "") + colon + rest)
        named = any(_under(found, pattern.removeprefix("wss://")) for pattern in self._sockets)
        at_home = self._at_home and found.loopback
        if not ((named and found.scheme == "https") or found in self._schemes or at_home):
            raise _no_business(found)
        return url

    def wants(self, place: Place) -> bool:
        """Whether a credential goes to `place`."""
        return self._schemes.get(place) is not None

    def authorization(self, place: Place, secret: Secret | None) -> str | None:
        """The header for `place`; None where it gets none. Basic without a user name means the secret is a token."""
        scheme = self._schemes.get(place)
        if scheme is None or not secret:
            return None
        token = secret.reveal()
        if scheme == "basic" and self._user:
            return "Basic " + base64.b64encode(f"{self._user}:{token}".encode()).decode()
        return token if scheme == "raw" else f"Bearer {token}"


def _under(place: Place, pattern: str) -> bool:
    """Whether `pattern` names the place; `*.` in front stands for any name under the rest, at the usual port."""
    if pattern.startswith("*."):
        return place.host.endswith(pattern[1:]) and place.port == _PORTS["https"]
    return place.name == pattern


def _no_business(place: Place) -> Problem:
    return Problem(
        _("This account does not talk to {host}.").format(host=one_line(place.name, 200)),
        _("Nothing was sent there."),
    )
