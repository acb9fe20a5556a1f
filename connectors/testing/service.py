"""A fake service and the way into it without a socket: `Http.send`, with the door's own mapping of statuses."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.answers import settle
from leeward.errors import TryLater
from leeward.ports import Scheme
from leeward.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a service sees it. `path` is still percent-encoded; header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def first(self, name: str) -> str | None:
        """The first value of a query's parameter."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service says; header names are lower case."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Service(Protocol):
    """A fake service; `base` is the address it is reached under, so that the links it gives out work."""

    base: str

    def answer(self, asked: Asked) -> Answer:
        """Act on a request and answer it; never raises for what a client may send."""
        ...


READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})


class LostError(Exception):
    """Raised by a fault: the request arrived (or not), the answer did not."""

    def __init__(self, *, arrived: bool) -> None:
        super().__init__("lost")
        self.arrived = arrived


Fault = Callable[[Service, Asked], Answer | None]
"""Stands before a service: returns an answer of its own, None to let the service answer, or raises LostError."""


def lose_answer(service: Service, asked: Asked) -> Answer | None:
    """The service acts on the request, and the answer is lost."""
    service.answer(asked)
    raise LostError(arrived=True)


def never_connect(_service: Service, _asked: Asked) -> Answer | None:
    """Nobody is there."""
    raise LostError(arrived=False)


def always(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Every request gets this answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _service, _asked: Answer(status, body, named)


class FakeHttp:
    """`Http.send` straight into a service, with the door's own mapping of statuses.

    `faults` are used up one a request, first come first served; None in the list lets one request through.
    `read_faults` and `write_faults` wait for a request of their sort.
    `asked` keeps every request, so that a test can count and check them.
    """

    def __init__(self, service: Service, secret: str | None = None, scheme: Scheme = "bearer", user: str = "") -> None:
        self.service = service
        self.faults: list[Fault | None] = []
        self.read_faults: list[Fault | None] = []
        self.write_faults: list[Fault | None] = []
        self.asked: list[Asked] = []
        self._authorization = _authorization(secret, scheme, user)

    async def send(self, request: Request) -> Response:
        """As the door does it: raises `Trouble` for every status outside 2xx and `request.expect`."""
        split = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers}
        if request.auth and self._authorization:
            headers["authorization"] = self._authorization
        query = (*parse_qsl(split.query, keep_blank_values=True), *request.params)
        asked = Asked(request.method, split.path, query, headers, request.body or b"")
        self.asked.append(asked)
        fault = self._next_fault(request.method)
        try:
            answer = (fault(self.service, asked) if fault else None) or self.service.answer(asked)
        except LostError as lost:
            raise TryLater("The service did not answer.", "Trying again.", taken=lost.arrived) from lost
        # As the door tells it: the whole address that was asked.
        whole = (
            f"{request.url}{'&' if split.query else '?'}{urlencode(request.params)}" if request.params else request.url
        )
        return settle(request, Response(answer.status, answer.body, dict(answer.headers), whole))

    def _next_fault(self, method: str) -> Fault | None:
        sorted_faults = self.read_faults if method in READS else self.write_faults
        for waiting in (self.faults, sorted_faults):
            if waiting:
                return waiting.pop(0)
        return None


def _authorization(secret: str | None, scheme: Scheme, user: str) -> str | None:
    if secret is None:
        return None
    if scheme == "basic":
        return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
    return secret if scheme == "raw" else f"Bearer {secret}"
