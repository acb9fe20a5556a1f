"""The keyboard answers while a service hangs: connections are taken, questions arrive, and no answer ever comes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.promises.terminal import Terminal, environment, team

FULL = bool(os.environ.get("LEEWARD_FULL"))
KEYS = 320 if FULL else 80
SOON_S = 1.0
"""Generous: the tests share their machine. With LEEWARD_FULL the promise itself is measured."""
PROMISED_S = 0.1

SETTINGS = """
[[account]]
name = "work"
kind = "gitlab"
url = "{url}"
token_env = "HANGING_TOKEN"
poll = "60s"
"""


class Silent:
    """A server that listens and says nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._held: list[socket.socket] = []

    def asked(self) -> bool:
        """Whether somebody asks and waits."""
        with suppress(BlockingIOError):
            while True:
                self._held.append(self._listener.accept()[0])
        for each in self._held:
            each.setblocking(False)
            with suppress(BlockingIOError):
                if each.recv(1 << 16, socket.MSG_PEEK).startswith(b"GET "):
                    return True
        return False

    @contextmanager
    def running(self) -> Iterator[Silent]:
        try:
            yield self
        finally:
            for each in (*self._held, self._listener):
                each.close()


def pressed(terminal: Terminal, key: str) -> float | None:
    """Seconds from a key to the first byte painted; None where none came soon."""
    while terminal.read(0.01):
        continue
    sent = time.monotonic()
    terminal.send(key)
    return time.monotonic() - sent if terminal.read(SOON_S) else None


def test_keys_are_answered_while_a_service_hangs(tmp_path: Path) -> None:
    folder = team(tmp_path / "team")
    with Silent().running() as silent:
        (folder / "config.toml").write_text(SETTINGS.format(url=silent.url), encoding="utf-8")
        with Terminal(folder, env=environment(HANGING_TOKEN="glpat-hang")) as terminal:
            terminal.wait("INBOX")
            end = time.monotonic() + 20
            while not silent.asked():
                assert time.monotonic() < end, "the service was asked"
                terminal.read(0.05)
            took = [pressed(terminal, key) for _round in range(KEYS // 8) for key in "jjjxkkxk"]
            assert silent.asked(), "and it still waits"
            answered = sorted(each for each in took if each is not None)
            assert len(answered) == len(took)
            if FULL:
                assert answered[int(len(answered) * 0.95)] < PROMISED_S
            terminal.send("q")
            assert terminal.ended() == 0
