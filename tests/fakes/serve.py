"""A fake service over HTTP on loopback: any method, keep-alive, one request at a time inside the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Protocol, Self, cast, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.base import Answer, Asked, Fault, LostError, Service

MAX_BODY = 64 * 1024 * 1024
MAX_HOLD_S = 60.0


@runtime_checkable
class Holds(Protocol):
    """A service that holds an answer back while there is nothing new (a long poll)."""

    def hold(self, asked: Asked) -> float:
        """How many seconds this request may wait in all; 0 when it can be answered now."""
        ...


class MakesService(Protocol):
    def __call__(self, seed: Path | None) -> Service: ...


def _module(kind: str) -> Callable[[Path | None], Service]:
    def make(seed: Path | None) -> Service:
        return cast(MakesService, import_module(f"tests.fakes.{kind}").make)(seed)

    return make


KINDS: dict[str, Callable[[Path | None], Service]] = {
    kind: _module(kind)
    for kind in ("gitlab", "matrix", "caldav", "slack", "clickup", "miro", "zoom", "teams", "basecamp")
}
"""Every kind's module (or package) has `make(seed)`; its service may have `token` and `user` to sign in with."""


class Serving(AbstractContextManager["Serving"]):
    """Serve `service` on 127.0.0.1 until closed; `base` is where. `fault` stands before it when set.

    The service's own `base` is the name each request used.
    """

    def __init__(self, service: Service, port: int = 0) -> None:
        self.service = service
        self.fault: Fault | None = None
        self.asked: list[Asked] = []
        self.lock = Lock()
        serving = self

        class Handler(_Handler):
            owner = serving

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        service.base = self.base
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def run(self) -> None:
        """Serve in this thread until interrupted."""
        try:
            self._server.serve_forever(poll_interval=0.2)
        finally:
            self._server.server_close()

    def answer(self, asked: Asked) -> Answer | None:
        """None: drop the connection."""
        self._hold(asked)
        with self.lock:
            self.asked.append(asked)
            # Links are given under the name the caller used: a proxy may stand between, or "localhost" be typed.
            host = asked.headers.get("host")
            self.service.base = f"http://{host}" if host else self.base
            try:
                return (self.fault(self.service, asked) if self.fault else None) or self.service.answer(asked)
            except LostError:
                return None

    def _hold(self, asked: Asked) -> None:
        if not isinstance(self.service, Holds):
            return
        began = time.monotonic()
        while True:
            with self.lock:
                allowed = min(self.service.hold(asked), MAX_HOLD_S)
            if time.monotonic() - began >= allowed:
                return
            time.sleep(0.02)


class _Handler(BaseHTTPRequestHandler):
    owner: Serving
    protocol_version = "HTTP/1.1"
    server_version = "fake"
    sys_version = ""
    timeout = 60
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The server asks for do_PROPFIND, do_REPORT, …: every method goes the same way.
        if name.startswith("do_"):
            return self._any
        raise AttributeError(name)

    def _any(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            return
        body = self.rfile.read(length)
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, split.path, tuple(parse_qsl(split.query, keep_blank_values=True)), headers, body)
        answer = self.owner.answer(asked)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        named = {name.lower() for name in answer.headers}
        if "date" not in named:
            self.send_header("date", self.date_time_string())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        bodiless = answer.status in {204, 304} or self.command == "HEAD"
        if "content-length" not in named and answer.status not in {204, 304}:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
