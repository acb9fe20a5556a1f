"""A loopback proxy between leeward and a server, which can lose an answer at a chosen moment and do something then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.servers import HOST

_PER_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"})


class Moment(Enum):
    """When a trap springs, seen from the server."""

    BEFORE = auto()
    """The request has come; the server never sees it."""
    WRITTEN = auto()
    """The server acted on it; the answer is lost."""
    ANSWERED = auto()
    """The answer was handed over."""


@dataclass(slots=True)
class Trap:
    """Springs once, on the first request with this method whose path holds `path`."""

    method: str
    path: str
    moment: Moment
    act: Callable[[], None]
    sprung: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange; `status` is None where the server was not asked."""

    method: str
    path: str
    status: int | None


class Proxy(ThreadingHTTPServer):
    """Forwards everything to `target` as it is, names of hosts included."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.target = urlsplit(target)
        self.traps: list[Trap] = []
        self.seen: list[Seen] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def trap_for(self, method: str, path: str) -> Trap | None:
        """The trap this request springs, taken away so that it springs once."""
        with self.lock:
            found = next((trap for trap in self.traps if trap.method == method and trap.path in path), None)
            if found:
                self.traps.remove(found)
            return found


@contextmanager
def between(target: str) -> Iterator[Proxy]:
    """A running proxy in front of `target`."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        trap = self.server.trap_for(self.command, self.path)
        if trap and trap.moment is Moment.BEFORE:
            self._lose(trap, None)
            return
        try:
            status, headers, answer = self._ask(body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        if trap and trap.moment is Moment.WRITTEN:
            self._lose(trap, status)
            return
        self._note(status)
        self._hand_over(status, headers, answer)
        if trap:
            self._spring(trap)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        target = self.server.target
        connection = HTTPConnection(target.hostname or HOST, target.port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _PER_HOP}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def _hand_over(self, status: int, headers: list[tuple[str, str]], answer: bytes) -> None:
        try:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _PER_HOP and name.lower() != "content-length":
                    self.send_header(name, value)
            if status not in {204, 304}:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)
            self.wfile.flush()
        except OSError:  # the program was killed meanwhile, which is what some tests are about
            self.close_connection = True

    def _lose(self, trap: Trap, status: int | None) -> None:
        self._note(status)
        self.close_connection = True
        self._spring(trap)

    def _spring(self, trap: Trap) -> None:
        trap.act()
        trap.sprung.set()

    def _note(self, status: int | None) -> None:
        with self.server.lock:
            self.server.seen.append(Seen(self.command, self.path, status))

    def log_message(self, *arguments: Any) -> None:
        """`seen` is the log."""


for _verb in [
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "OPTIONS",
    "HEAD",
    "PROPFIND",
    "REPORT",
    "MKCALENDAR",
    "MKCOL",
    "PROPPATCH",
]:
    setattr(_Handler, f"do_{_verb}", _Handler._forward)
