"""Hrefs: one spelling for each, always a path of the account's own origin.

A path in that spelling is our remote id, of a collection (ending in "/") and of an object alike. A server that moves an
object to another path makes another item of it.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

_PLAIN = "-._~!$&'()*+,;=:@"
_PORTS = {"http": 80, "https": 443}
MAX_PATH = 2_000


def origin(url: str) -> str:
    """Scheme, host and port of a URL, the usual port left out; "" where it is no web address."""
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return ""
    if split.scheme not in _PORTS or not split.hostname:
        return ""
    host = f"[{split.hostname}]" if ":" in split.hostname else split.hostname
    return f"{split.scheme}://{host}" + (f":{port}" if port not in {None, _PORTS[split.scheme]} else "")


def one_spelling(path: str) -> str | None:
    """The path with one way of percent-encoding; None for what is no absolute path or climbs."""
    if not path.startswith("/") or len(path) > MAX_PATH:
        return None
    segments = [unquote_to_bytes(segment) for segment in path.split("/")]
    if any(segment in {b".", b".."} for segment in segments) or b"" in segments[1:-1]:
        return None
    return "/".join(quote(segment, safe=_PLAIN) for segment in segments)


def resolve(href: str, asked: str) -> tuple[str, str] | None:
    """The origin and path an href means in the answer to a request of the URL `asked`; None for nonsense."""
    try:
        url = urljoin(asked, href.strip())
        where, path = origin(url), one_spelling(urlsplit(url).path or "/")
    except ValueError:
        return None
    return (where, path) if where and path else None


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def below(path: str, collection: str) -> bool:
    """Whether `path` is an object right inside `collection`."""
    rest = path.removeprefix(collection)
    return path.startswith(collection) and bool(rest) and "/" not in rest


def object_path(collection: str, name: str) -> str:
    """Where we put an object of our own."""
    return f"{collection}{quote(name, safe=_PLAIN)}.ics"
