"""HTTP for the tests themselves: the standard library only, so that it shares nothing with what it judges."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout_s: float = 30.0,
) -> Answer:
    """Exchange one request. Raises OSError where nobody listens."""
    split = urlsplit(url)
    assert split.hostname is not None
    connection = HTTPConnection(split.hostname, split.port or 80, timeout=timeout_s)
    try:
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def answers(url: str, statuses: frozenset[int] = frozenset({200})) -> bool:
    """Whether this address answers with one of these statuses."""
    try:
        return ask("GET", url, timeout_s=2.0).status in statuses
    except (OSError, HTTPException):
        return False


def basic(user: str, password: str) -> dict[str, str]:
    """The header of Basic authentication."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
