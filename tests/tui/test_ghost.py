"""The frame before the screen: drawn from rows, gone without a trace, and keys that only move."""

import os
import pty
import re
import select
import sys
import termios
from contextlib import closing
from pathlib import Path

import pytest

from leeward.clock import milliseconds
from leeward.model import Instant
from leeward.store import db as store
from leeward.store.glance import ghost_page
from leeward.store.stretch import Want, Where, inbox_stretch
from tui import cli, ghost
from tui.commands.start import fill
from tui.ghost import INKS, draw, moves

COLOURS = {**dict.fromkeys(INKS, "#102030"), "red": "#ff0000", "accent": "#00ff00", "list": "43"}
ROWS = [
    ("Pump is late\x1b[2J", "red", "ops/web", 3, "Ana, Bo"),
    ("サーバーが落ちています" * 5, "", "", 0, ""),
]
FAILS = """
import sys
from tui import screen_run
def start(*_args, **_named):
    sys.stdout.flush()
    raise {error}
screen_run.start = start
from tui.cli import main
sys.exit(main(["--data", {folder!r}]))
"""


def plain(frame: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with rows, as a screen leaves it."""
    value = " ".join(f"{name}={COLOURS[name]}" for name in (*INKS, "list"))
    with closing(store.open_db(tmp_path)) as db:
        store.write(db, fill, Instant(milliseconds()))
        store.write(db, lambda db: db.execute("INSERT INTO habit VALUES (?, ?)", (ghost.HABIT, value)))
    return tmp_path


@pytest.mark.parametrize(("wide", "high"), [(120, 40), (120, 20), (80, 24), (40, 12)])
def test_rows_stand_inside_the_terminal_and_steer_nothing(wide: int, high: int) -> None:
    frame = draw(ROWS, COLOURS, wide, high)
    assert "Pump is late" in plain(frame)
    assert "\x1b[2J" in frame
    assert frame.count("\x1b[2J") == 1
    places = [(int(y), int(x)) for y, x in re.findall(r"\x1b\[(\d+);(\d+)H", frame)]
    assert max(y for y, _x in places) <= high
    assert max(x for _y, x in places) <= wide


def test_no_frame_where_it_could_not_stand() -> None:
    assert draw(ROWS, COLOURS, 20, 5) == ""
    assert draw(ROWS, {**COLOURS, "text": "default"}, 120, 40) == ""
    assert draw(ROWS, {}, 120, 40) == ""


def test_only_keys_that_move_are_done_again() -> None:
    assert moves(b"jxk\x1b[B\x1b[6~e g\x1b[<0;1;1M") == ["j", "k", "down", "pagedown", "space", "g"]
    assert moves(b"\x1b") == []
    assert moves(b"\x1b[") == []


def test_the_page_begins_as_the_screens_does(folder: Path) -> None:
    now = Instant(milliseconds())
    found = ghost_page(str(folder), now, 0, ghost.HABIT)
    assert found is not None
    assert found[0]["list"] == "43"
    with closing(store.open_db(folder)) as db:
        shown = inbox_stretch(db, Want(fyi="without", old=now), Where())
    assert [row[0] for row in found[1]] == [row.title for row in shown.rows][: len(found[1])]
    assert [row[3] for row in found[1]] == [row.unread for row in shown.rows][: len(found[1])]
    assert ghost_page(str(folder), now, 0, "screen nothing") is None
    assert ghost_page(str(folder / "nowhere"), now, 0, ghost.HABIT) is None


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is needed")
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [("ZeroDivisionError", 70, b"met a bug"), ("KeyboardInterrupt", 130, b""), ("SystemExit(3)", 3, b"")],
)
def test_the_terminal_comes_back_whatever_happens_before_the_screen(
    folder: Path, error: str, code: int, said: bytes
) -> None:
    pid, fd = pty.fork()
    if pid == 0:
        termios.tcsetwinsize(0, (40, 120))
        os.environ.update({"COLORTERM": "truecolor", "TERM": "xterm-256color"})
        os.execv(sys.executable, [sys.executable, "-c", FAILS.format(error=error, folder=str(folder))])
    before, out = termios.tcgetattr(fd), b""
    while select.select([fd], [], [], 20)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        out += data
        if b"\x1b[c" in data:
            os.write(fd, b"\x1b[?62;22c")
    after = termios.tcgetattr(fd)
    _pid, status = os.waitpid(pid, 0)
    os.close(fd)
    assert os.waitstatus_to_exitcode(status) == code
    assert out.count(b"\x1b[?1049h") == 1
    assert b"\x1b[?1049l" in out
    assert out.rfind(b"\x1b[?1049l") > out.rfind(b"\x1b[?1049h")
    assert said in out
    assert after[3] & (termios.ECHO | termios.ICANON) == before[3] & (termios.ECHO | termios.ICANON)


def test_a_frame_that_fails_keeps_nobody_from_opening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ghost, "appear", fails)
    assert cli.main(["--data", str(tmp_path), "--plain"]) == 0
    assert ghost.Ghost.shown is None
