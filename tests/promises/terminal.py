"""The real program in a terminal of its own: keys go in, bytes come out, and the terminal can be looked at afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from leeward.clock import SystemClock
from leeward.store.db import open_db, write
from tui.commands.start import fill

ROOT = Path(__file__).parents[2]
COLUMNS, LINES = 120, 40
SECONDS = 30.0
"""What anything may take before it counts as never: tests share their machine."""

_ASKED = ((b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[?2026$p", b"\x1b[?2026;2$y"))
_STRANGE = re.compile(rb"\x1b\[[<=>?][0-9;]*[a-gi-km-z]|\x1b[P_^X].*?\x1b\\|\x1b\[\?[0-9;]*\$p", re.DOTALL)
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_LEFT_ON = {7, 25}
"""Modes a fresh terminal has: lines wrap, the cursor is seen."""


def environment(**more: str) -> dict[str, str]:
    """Ours, without what changes a terminal program's mind; a keyring that is not there; nothing to ring with."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("LEEWARD", "COLUMNS", "LINES"))}
    for name in ("NO_COLOR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "TMUX"):
        mine.pop(name, None)
    mine |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "PYTHONFAULTHANDLER": "0"}
    return mine | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"} | more


def team(folder: Path) -> Path:
    """A store with the sample team in it."""
    db = open_db(folder)
    try:
        write(db, fill, SystemClock().now())
    finally:
        db.close()
    return folder


def copied(team: Path, to: Path) -> Path:
    """A fresh copy of a store."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(team, to)
    return to


class Terminal:
    """A program in a terminal of 120 by 40. Leaving the block ends it."""

    def __init__(self, folder: Path, *, env: Mapping[str, str] | None = None, program: Sequence[str] = ()) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(self._theirs)
        self.output = b""
        self._fed = 0
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        command = [*(program or ("-m", "tui.cli")), "--data", str(folder)]
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=self._theirs, stdout=self._theirs, stderr=self._theirs,
            cwd=ROOT, env=dict(env or environment()), start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        os.close(self._ours)
        os.close(self._theirs)

    def read(self, timeout: float) -> bool:
        """Take what it wrote; False where nothing came in time."""
        if not select.select([self._ours], [], [], timeout)[0]:
            return False
        data = os.read(self._ours, 1 << 16)
        for asked, answer in _ASKED:
            if asked in data:
                os.write(self._ours, answer)
        self.output += data
        return True

    def send(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    @property
    def text(self) -> str:
        """What stands on the screen."""
        self._stream.feed(_STRANGE.sub(b"", self.output[self._fed :]))
        self._fed = len(self.output)
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait(self, wanted: str) -> None:
        """Until `wanted` stands on the screen."""
        end = time.monotonic() + SECONDS
        while wanted not in self.text:
            came = self.read(0.2)
            if not came and (self.process.poll() is not None or time.monotonic() > end):
                raise AssertionError(f"never seen: {wanted}\n{self.text}")

    def kill(self) -> None:
        """With no chance to do anything about it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)

    def ended(self) -> int:
        """Its exit code, once it has ended and all it wrote was read."""
        end = time.monotonic() + SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still there\n{self.text}"
            self.read(0.05)
        while self.read(0.05):
            continue
        return int(self.process.returncode)

    @property
    def left_on(self) -> set[int]:
        """Modes of the terminal that differ from a fresh one's."""
        on = set(_LEFT_ON)
        for numbers, way in _MODE.findall(self.output):
            for number in map(int, numbers.split(b";")):
                (on.add if way == b"h" else on.discard)(number)
        return on ^ _LEFT_ON

    @property
    def modes_kept(self) -> bool:
        """Whether the line discipline is as it was found."""
        return bool(termios.tcgetattr(self._theirs) == self.before)
