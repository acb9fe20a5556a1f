"""Textual's driver for Linux and macOS, leaving at once: its key thread is woken in place of being waited for."""

from __future__ import annotations

import os
import selectors
import time
from codecs import getincrementaldecoder
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from tui.ghost import Ghost

INTRODUCERS = frozenset("[OPX^_]\x1b")
"""What follows an escape that begins a sequence."""


def split_escape(data: str, *, waits: bool) -> bool:
    """Whether an escape, in `data` or just before it where one `waits`, is a key of its own with another behind it."""
    rest = data if waits else data[1:] if data.startswith("\x1b") else ""
    return bool(rest) and rest[0] not in INTRODUCERS


_TICK_S, _LISTENS_S = 0.1, 1.0
ENTER = "\x1b[?1049h"


class QuickDriver(LinuxDriver):
    """The key thread sleeps until there is a key, and ends when it is told to."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._wake_read, self._wake_write = os.pipe()

    def write(self, data: str) -> None:
        """Write, but do not enter the alternate screen again where a first frame stands in it: that would clear it."""
        if data == ENTER and Ghost.shown is not None and Ghost.shown.stands:
            Ghost.shown.stands = False
            return
        super().write(data)

    def _get_terminal_size(self) -> tuple[int, int]:
        """As `LinuxDriver` finds it; `shutil` would bring three kinds of compression along."""
        named = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
        wide, high = (int(one) if one.isdecimal() else 0 for one in named)
        if not (wide and high):
            try:
                size = os.get_terminal_size(self.fileno)
            except (OSError, ValueError):
                size = os.terminal_size((80, 25))
            wide, high = wide or size.columns or 80, high or size.lines or 25
        return wide, high

    def disable_input(self) -> None:
        """Wake the key thread, so that waiting for it takes no time."""
        if not self.exit_event.is_set():
            os.write(self._wake_write, b"x")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read keys until told to end; a lone escape is decided on by the parser's own clock."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")().decode
        waits = False
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            listens_until = 0.0
            while not self.exit_event.is_set():
                # The parser's clock matters only for what was begun a moment ago; else nothing wakes this thread.
                for key, _events in selector.select(_TICK_S if time.monotonic() < listens_until else None):
                    if key.fd != self.fileno:
                        os.read(self._wake_read, 1)
                        return
                    data = decode(os.read(self.fileno, 4096))
                    if not data:
                        return
                    if split_escape(data, waits=waits):
                        # Esc and a key typed right after it came as one: they are two.
                        parser, data = XTermParser(self._debug), data.removeprefix("\x1b")
                        self.process_message(Key("escape", "\x1b"))
                    waits = data == "\x1b"
                    listens_until = time.monotonic() + _LISTENS_S
                    for event in parser.feed(data):
                        self.process_message(event)
                for event in parser.tick():
                    waits = False  # the escape was told: what comes next is a key of its own
                    self.process_message(event)
