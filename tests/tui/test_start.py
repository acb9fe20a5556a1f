"""What a start does in its first moment, and what it puts back afterwards."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import pty
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from leeward.paths import find
from leeward.testing.clock import FakeClock
from tui import cli
from tui.desk_first import FirstDesk
from tui.driver import QuickDriver
from tui.running import start
from tui.wiring import Home


def test_the_first_rows_are_there_before_anything_else_is_loaded(tmp_path: Path) -> None:
    home = Home(find(None, str(tmp_path)), cli.World(), FakeClock())
    running = start(home, assembled=False)
    try:
        page = FirstDesk(home, running)._page
        assert page is not None
        assert page.done()
    finally:
        asyncio.run(running.close())


def test_the_collector_works_again_after_a_command(tmp_path: Path) -> None:
    assert cli.main(["--data", str(tmp_path), "tasks", "--json"]) == 0
    assert gc.isenabled()
    with pytest.raises(SystemExit):
        cli.main(["--nothing-of-that-name"])
    assert gc.isenabled()


@pytest.fixture
def terminal() -> Iterator[int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 111, 0, 0))
    yield theirs
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    ("named", "size"),
    [({}, (111, 33)), ({"COLUMNS": "90", "LINES": "20"}, (90, 20)), ({"COLUMNS": "90", "LINES": "many"}, (90, 33))],
)
def test_the_terminal_tells_its_size(
    named: dict[str, str], size: tuple[int, int], terminal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    driver = cast("Any", SimpleNamespace(fileno=terminal))
    assert QuickDriver._get_terminal_size(driver) == size


def test_what_is_no_terminal_has_the_usual_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    with (tmp_path / "file").open("wb") as file:
        assert QuickDriver._get_terminal_size(cast("Any", SimpleNamespace(fileno=file.fileno()))) == (80, 25)
