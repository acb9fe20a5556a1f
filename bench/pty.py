"""A program measured from outside, through a pseudo-terminal: what it paints and when, what it costs, what it leaves on.

Linux only: processor time and memory are read from /proc.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import pyte

COLUMNS, LINES = 120, 40
_QUIET_S = 0.04
sys.setswitchinterval(0.0005)  # the thread that reads must not wait for the one that looks
_PRIVATE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_STRANGE = re.compile(
    rb"\x1b\[[<=>?][0-9;]*[a-gi-km-z]|\x1b[P_^X].*?\x1b\\|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*t", re.DOTALL
)
_ASKED = ((b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[?2026$p", b"\x1b[?2026;2$y"))
_HARMLESS = {1, 7, 12, 25, 1034, 2026, 2048}


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The middle and the 95th percentile."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


@dataclass(slots=True)
class Key:
    """What a key did: milliseconds to the first and to the last byte of its answer (None: none came)."""

    first: float | None
    settled: float | None
    bytes: int
    cpu_ms: float


@dataclass(slots=True)
class Ended:
    """How it ended: seconds until the main screen was back and until the process was gone, its code, modes left on."""

    back_ms: float | None
    gone_ms: float
    code: int
    left_on: set[int] = field(default_factory=set)


class Program:
    """One run of a program in a terminal of 120 by 40."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self.screen)
        self.modes: set[int] = set()
        self.bytes = 0
        self.first_paint_ms: float | None = None
        self._tail = b""
        clean = {
            k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE"}
        }
        clean |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **(env or {})}
        self.begun = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
                os.execvpe(command[0], list(command), clean)
            finally:
                os._exit(127)
        self._came: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    # ---- reading

    def _read(self) -> None:
        """Read as fast as a terminal does: what is shown is worked out elsewhere, so that the program never waits for it."""
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self._came.put((time.perf_counter(), data))
            for asked, answer in _ASKED:
                if asked in data:
                    os.write(self._fd, answer)

    def _take(self, timeout: float) -> float | None:
        """Look at the next piece that has come; the moment it came, or None."""
        try:
            at, data = self._came.get(timeout=max(0.0, timeout))
        except Empty:
            return None
        self.bytes += len(data)
        for numbers, way in _PRIVATE.findall(data):
            for number in map(int, numbers.split(b";")):
                (self.modes.add if way == b"h" else self.modes.discard)(number)
        data = self._tail + data
        cut = data.rfind(b"\x1b")
        self._tail = (
            data[cut:]
            if cut >= 0 and len(data) - cut < 12 and not data[cut:].rstrip(b"0123456789;?<>=$[ \x1b")
            else b""
        )
        self._stream.feed(_STRANGE.sub(b"", data[: len(data) - len(self._tail)]))
        if self.first_paint_ms is None and any(line.strip() for line in self.screen.display):
            self.first_paint_ms = (at - self.begun) * 1000
        return at

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, wanted: str, timeout: float = 60.0) -> float:
        """Milliseconds since the start at which `wanted` (a pattern) stood on the screen. Raises TimeoutError."""
        pattern = re.compile(wanted, re.MULTILINE)
        end = time.perf_counter() + timeout
        at: float | None = time.perf_counter()
        while not pattern.search(self.text()):
            at = self._take(0.5) or at
            if time.perf_counter() > end or not self.alive():
                raise TimeoutError(f"never seen: {wanted}\n{self.text()}")
        assert at is not None
        return (at - self.begun) * 1000

    def settle(self, quiet_s: float = _QUIET_S, most_s: float = 3.0) -> float | None:
        """Read until nothing came for a while; the moment of the last byte."""
        last, end = None, time.perf_counter() + most_s
        while time.perf_counter() < end and (at := self._take(quiet_s)) is not None:
            last = at
        return last

    # ---- acting

    def send(self, keys: str) -> float:
        os.write(self._fd, keys.encode())
        return time.perf_counter()

    def key(self, keys: str, most_s: float = 1.0) -> Key:
        """Send keys and see what they do."""
        self.settle()
        cpu, count = self.cpu_ms(), self.bytes
        sent = self.send(keys)
        first = self._take(most_s)
        last = (self.settle() or first) if first is not None else None
        took = [None if at is None else (at - sent) * 1000 for at in (first, last)]
        return Key(took[0], took[1], self.bytes - count, self.cpu_ms() - cpu)

    def idle(self, seconds: float) -> tuple[float, int]:
        """Percent of a core and bytes to the terminal while nobody does anything."""
        self.settle(0.5)
        cpu, count, begun = self.cpu_ms(), self.bytes, time.perf_counter()
        while (left := begun + seconds - time.perf_counter()) > 0:
            self._take(left)
        return (self.cpu_ms() - cpu) / (time.perf_counter() - begun) / 10, self.bytes - count

    # ---- looking from outside

    def cpu_ms(self) -> float:
        """On-processor time of all its threads, from the scheduler's own count."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
        return total / 1e6

    def private_mib(self) -> float:
        """Memory that is this process's alone: the store's mapped pages are everybody's."""
        kib = 0
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                kib += int(line.split()[1])
        return kib / 1024

    def alive(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").exists() and Path(f"/proc/{self.pid}/stat").read_text().split()[2] != "Z"

    def end(self, keys: str) -> Ended:
        """Send the keys that leave, and wait; whatever does not go by itself within seconds is ended."""
        self.settle()
        sent, back = self.send(keys), None
        while self.alive() and time.perf_counter() < sent + 5:
            at = self._take(0.005)
            if back is None and at is not None and 1049 not in self.modes:
                back = (at - sent) * 1000
        gone = (time.perf_counter() - sent) * 1000
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
        while self._take(0.02) is not None:
            continue
        if back is None and 1049 not in self.modes:
            back = gone
        _pid, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return Ended(back, gone, os.waitstatus_to_exitcode(status), self.modes - _HARMLESS)
