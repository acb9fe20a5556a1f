"""The program in a terminal of its own, read byte by byte as the terminal would."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

LIMIT_S = 30.0
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


class Terminal:
    """One run. `output` is every byte that came."""

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str] | None = None, size: tuple[int, int] = (120, 40)
    ) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        self.output = b""
        self.process = subprocess.Popen(
            [sys.executable, *argv],
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC", **(env or {})},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def send(self, keys: str) -> None:
        """Keys as bytes."""
        os.write(self.ours, keys.encode())

    def read(self, seconds: float = 0.05) -> bytes:
        """What comes until it is quiet for so long."""
        came = b""
        while select.select([self.ours], [], [], seconds)[0]:
            part = os.read(self.ours, 65536)
            came += part
        self.output += came
        return came

    def until(self, text: bytes) -> None:
        """Read until this was drawn."""
        end = time.monotonic() + LIMIT_S
        while text not in self.output:
            assert time.monotonic() < end, f"{text!r} was never drawn: {self.output[-2000:]!r}"
            assert self.process.poll() is None or self.read(), f"it ended: {self.output[-2000:]!r}"
            self.read()

    def ended(self) -> int:
        """Its exit code, once it has ended and all was read."""
        end = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.read()
        self.read()
        return self.process.returncode

    def as_found(self) -> list[str]:
        """What of the terminal is not as it was before; empty where all is."""
        modes: dict[bytes, bytes] = {}
        for names, how in _MODE.findall(self.output):
            for name in names.split(b";"):
                modes[name] = how
        usual = {b"25": b"h", b"7": b"h"}
        wrong = [name.decode() for name, how in modes.items() if how != usual.get(name, b"l")]
        pushed, popped = self.output.rfind(b"\x1b[>1u"), self.output.rfind(b"\x1b[<u")
        wrong += ["keyboard"] if pushed > popped else []
        wrong += ["line modes"] if termios.tcgetattr(self.theirs) != self.before else []
        return wrong
