"""Small misbehaving servers on 127.0.0.1 for tests of the door."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

Talk = Callable[[socket.socket, bytes, Event], None]
"""Given the connection, the request's head and an event set at the end, say something."""


class Rude:
    """A server that speaks bytes; `heads` keeps what it was asked."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.heads: list[bytes] = []
        self.over = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _peer = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.7)
                try:
                    head = _head(connection)
                    self.heads.append(head)
                    self.talk(connection, head, self.over)
                except OSError:
                    continue

    @contextmanager
    def running(self) -> Iterator[Rude]:
        self._thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self._thread.join(5)
            self._listener.close()


def _head(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            break
        data += part
    return data


def saying(raw: bytes) -> Talk:
    def talk(connection: socket.socket, _head: bytes, _over: Event) -> None:
        connection.sendall(raw)

    return talk


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    named = {"content-length": str(len(body)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang(_connection: socket.socket, _head: bytes, over: Event) -> None:
    over.wait(5)


def drip(connection: socket.socket, _head: bytes, over: Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _byte in range(200):
        connection.sendall(b" ")
        if over.wait(0.02):
            return


def slam(_connection: socket.socket, _head: bytes, _over: Event) -> None:
    return
