"""Real servers on loopback: started on a free port, asked until they answer, stopped by their own process."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

HOST = "127.0.0.1"
START_S = 60.0
STOP_S = 10.0

_T = TypeVar("_T")

running: list[Process] = []
"""What is up now; a failing test shows the end of their logs."""


class NotInTimeError(AssertionError):
    """Something did not happen before its deadline."""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def until(what: str, probe: Callable[[], _T | None], within_s: float = START_S, every_s: float = 0.1) -> _T:
    """Ask `probe` again and again until it returns something; raises NotInTimeError at the deadline."""
    deadline = time.monotonic() + within_s
    while True:
        answer = probe()
        if answer is not None:
            return answer
        if time.monotonic() >= deadline:
            raise NotInTimeError(f"{what}: not within {within_s:.0f} s")
        time.sleep(every_s)


@dataclass(slots=True)
class Process:
    """A program under our hand, its output in `log`."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def tail(self, limit: int = 6000) -> str:
        """The end of what it said."""
        text = self.log.read_bytes()[-limit:]
        return text.decode(errors="replace")

    def up(self, answers: Callable[[], bool], within_s: float = START_S) -> None:
        """Wait until it answers. When it ended or stayed silent it is stopped, and its log is raised."""

        def probe() -> bool | None:
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}")
            return answers() or None

        try:
            until(f"{self.name} answers", probe, within_s)
        except AssertionError as failed:
            self.stop()
            raise AssertionError(f"{failed}\n{self.tail()}") from failed

    def stop(self) -> None:
        """End this process, politely first, and forget it."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        if self.popen.stdout:
            self.popen.stdout.close()
        if self in running:
            running.remove(self)


def start(
    name: str,
    argv: Sequence[str],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    pipe: bool = False,
) -> Process:
    """Start a program in `folder`, its output in a file there. `pipe` keeps stdout readable instead of logging it."""
    log = folder / f"{name}.log"
    with log.open("ab") as sink:
        popen = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(os.environ if env is None else env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if pipe else sink,
            stderr=sink if pipe else subprocess.STDOUT,
        )
    assert popen.stdin is not None
    popen.stdin.write(stdin)
    popen.stdin.close()
    process = Process(name, popen, log)
    running.append(process)
    return process


def listens(port: int) -> bool:
    """Whether something accepts connections on this port."""
    with socket.socket() as caller:
        caller.settimeout(1.0)
        return caller.connect_ex((HOST, port)) == 0
