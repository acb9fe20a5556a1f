"""Requests and answers as plain data, so that a kind is pure and needs no HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from leeward.errors import ServiceChanged
from leeward.words import _

MAX_DEPTH = 200
MAX_WEIGHT = 56 * 1024 * 1024


class Request(Struct, frozen=True):
    """One HTTP request of one account.

    `url` is absolute and must lie in an origin of the kind's Manifest; credentials are added by the door, to their own
    origin only, unless `auth` is False. `expect` lists statuses besides 2xx that the caller wants to see as an answer;
    every other one is raised as `Trouble`. `timeout_s` is the whole time the exchange may take. `body` is sent as it is.
    `credential` names another of the Manifest's secrets to go out in place of the token. `limit` names what the service
    limits by itself for this account, such as one method: a pause it asks for there holds up nothing else.
    """

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    expect: frozenset[int] = frozenset()
    auth: bool = True
    timeout_s: float = 30.0
    max_bytes: int = 16 * 1024 * 1024
    credential: str = "token"
    limit: str = ""


class Response(Struct, frozen=True):
    """An answer. Header names are lower case; `url` is where it came from after a permitted redirect."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    def json(self) -> Any:
        """Parse the body. Raises `ServiceChanged` for anything that is not JSON, too deep, or holds an absurd number."""
        return parse_json(self.body)


def json_request(method: str, url: str, document: object, **rest: Any) -> Request:
    """Build a request with a JSON body."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    headers = (("content-type", "application/json"), *rest.pop("headers", ()))
    return Request(method, url, body=body, headers=headers, **rest)


def parse_json(body: bytes) -> Any:
    """Read JSON that a stranger sent. Raises `ServiceChanged`, never anything else."""
    if weight(body) > MAX_WEIGHT:
        raise ServiceChanged(_("The service's answer would take too much memory."), _("It was not read."))
    if _depth(body) > MAX_DEPTH:
        raise ServiceChanged(_("The service's answer is nested too deeply."), _("Try again later."))
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        html = body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<head"))
        if html:
            raise ServiceChanged(
                _("A web page came back in place of data."), _("Is there a sign-in page of this network in between?")
            ) from error
        raise ServiceChanged(_("The service's answer was cut off or is not JSON."), _("Trying again later.")) from error


def weight(body: bytes) -> int:
    """About how many bytes a JSON text takes at worst while it is read: itself, as text, and what is made of it.

    A small answer can become a large document: `[]` is two bytes and takes sixty, and one character beyond the first
    65,536 makes every other of its text four bytes wide.
    """
    beyond = any(bytes((lead,)) in body for lead in range(0xF0, 0xF5))
    wide = 4 if beyond else 1 if body.isascii() else 2
    made = 4 if beyond or b"\\ud" in body or b"\\uD" in body else 2 if b"\\u" in body else wide
    parts = (body.count(b"[") + body.count(b"{")) * 240 + body.count(b",") * 60
    return len(body) * (1 + wide + made) + parts


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _depth(body: bytes) -> int:
    """How deeply brackets nest, strings left out; a bound that is cheap enough for every answer."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    inside = escaped = False
    for byte in body:
        if inside:
            escaped, inside = (not escaped and byte == 0x5C), (escaped or byte != 0x22)
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
