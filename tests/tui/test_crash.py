from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from leeward import logs
from leeward.errors import Trouble
from tui import crash
from tui.crash import BUG, KEPT, Guard, report_of

SECRET = "s3cret-of-sam"

PROGRAM = """
import asyncio, os, sys, time, tty
from pathlib import Path
from leeward import logs
from tui.crash import Guard

guard = Guard(Path(sys.argv[1]))
guard.install()
logs.hide("s3cret-of-sam")

def screen():
    tty.setraw(0)
    guard.screen(on=True)
    os.write(2, b"\\x1b[?1049h\\x1b[?25l\\x1b[?1000h\\x1b[?1003h\\x1b[?1006h\\x1b[?2004h\\x1b[?1004h\\x1b[>1u\\x1b[31mscreen")

async def sleep():
    os.write(1, b"READY")
    await asyncio.sleep(30)

def wait():
    asyncio.run(sleep())

def draw():
    while True:
        os.write(2, b"\\x1b[?2026h" + b"frame" * 400 + b"\\x1b[?2026l")

def drawing():
    import threading
    threading.Thread(target=draw, daemon=True).start()

def bug():
    token = "s3cret-of-sam"
    message = "lunch with Maria?"
    raise ValueError(message + token)

def thread():
    import threading
    one = threading.Thread(target=bug, name="writer")
    one.start()
    one.join()
    return 0

def both(*steps):
    for step in steps:
        code = step()
    return code or 0

guard.at_end(lambda: os.write(1, b"[flushed]"))
todo = {
    "wait": lambda: both(screen, wait),
    "draw": lambda: both(screen, drawing, wait),
    "plain": lambda: both(wait),
    "bug": lambda: both(screen, bug),
    "thread": thread,
    "leave": lambda: both(screen, lambda: 0),
    "closed": lambda: both(screen, lambda: guard.screen(on=False)),
    "hook": None,
}[sys.argv[2]]
if todo is None:
    screen()
    bug()
sys.exit(guard.run(todo))
"""


@dataclass
class Ran:
    code: int
    output: bytes
    modes_kept: bool

    @property
    def screen(self) -> pyte.Screen:
        screen = pyte.Screen(100, 24)
        pyte.ByteStream(screen).feed(self.output)
        return screen


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def run(terminal: tuple[int, int], folder: Path, what: str, number: int | None = None) -> Ran:
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), what],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    output = b""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.05)[0]:
            output += os.read(ours, 65536)
            if number is not None and b"READY" in output:
                program.send_signal(number)
                number = None
        elif program.poll() is not None:
            break
    if program.poll() is None:
        program.kill()
    return Ran(program.wait(), output, termios.tcgetattr(theirs) == before)


def assert_as_found(ran: Ran) -> None:
    # The last word on each mode must be off (on for the cursor).
    for mode in (b"1000", b"1003", b"1006", b"2004", b"1004", b"1049"):
        assert ran.output.rfind(b"\x1b[?" + mode + b"l") > ran.output.rfind(b"\x1b[?" + mode + b"h"), mode
    assert ran.output.rfind(b"\x1b[?25h") > ran.output.rfind(b"\x1b[?25l")
    assert ran.output.rfind(b"\x1b[>1u") < ran.output.rfind(b"\x1b[<u") < ran.output.rfind(b"\x1b[?1049l")
    assert not ran.screen.cursor.hidden
    assert ran.modes_kept


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(number: int, terminal: tuple[int, int], tmp_path: Path) -> None:
    ran = run(terminal, tmp_path, "wait", number)
    assert ran.code == -number
    assert_as_found(ran)
    assert ran.output.endswith(b"[flushed]")


def test_a_signal_amid_a_frame_lets_nothing_be_drawn_after_the_terminal_is_back(
    terminal: tuple[int, int], tmp_path: Path
) -> None:
    ran = run(terminal, tmp_path, "draw", signal.SIGTERM)
    assert ran.code == -signal.SIGTERM
    assert_as_found(ran)
    assert ran.output.rfind(b"\x1b[?2026h") < ran.output.rfind(b"\x1b[?2026l")
    assert b"frame" not in ran.output[ran.output.rfind(b"\x1b[?1049l") :]


@pytest.mark.parametrize("what", ["bug", "hook"])
def test_a_bug_gives_the_terminal_back_first_and_shows_no_values(
    what: str, terminal: tuple[int, int], tmp_path: Path
) -> None:
    ran = run(terminal, tmp_path, what)
    assert ran.code == BUG
    assert_as_found(ran)
    after = ran.output[ran.output.rfind(b"\x1b[?1049l") :].decode()
    [report] = tmp_path.iterdir()
    assert f"id {report.stem}: ValueError" in after
    assert str(report) in after.replace("\r\n", "")
    for words in (SECRET, "Maria", "Traceback"):
        assert words not in ran.output.decode()
        assert words not in report.read_text()
    assert "in bug" in report.read_text()
    assert report.read_text().rstrip().endswith("builtins.ValueError")
    assert report.stat().st_mode & 0o777 == 0o600


def test_leaving_without_closing_the_screen_gives_it_back_too(terminal: tuple[int, int], tmp_path: Path) -> None:
    ran = run(terminal, tmp_path, "leave")
    assert ran.code == 0
    assert_as_found(ran)


def test_a_terminal_that_was_given_back_is_left_alone(terminal: tuple[int, int], tmp_path: Path) -> None:
    ran = run(terminal, tmp_path, "closed")
    assert ran.output.endswith(b"screen")


def test_ctrl_c_without_a_screen_ends_with_130(terminal: tuple[int, int], tmp_path: Path) -> None:
    ran = run(terminal, tmp_path, "plain", signal.SIGINT)
    assert (ran.code, ran.output) == (130, b"READY")


def test_a_threads_bug_does_not_end_the_program(terminal: tuple[int, int], tmp_path: Path) -> None:
    ran = run(terminal, tmp_path, "thread")
    assert (ran.code, list(tmp_path.iterdir())) == (0, [])
    assert b"Traceback" not in ran.output


def test_a_report_keeps_our_own_words_only() -> None:
    logs.hide(SECRET)
    try:
        try:
            try:
                int("a line by Maria")
            except ValueError as error:
                raise Trouble(f"It broke with {SECRET}.", "Try again.") from error
        except Trouble as error:
            text = report_of("abc", error)
    finally:
        logs._secrets.clear()
    assert "leeward.errors.Trouble: It broke with •••. Try again." in text
    assert "builtins.ValueError" in text
    assert "Maria" not in text.replace('int("a line by Maria")', "")


def test_a_group_of_errors_is_told_whole() -> None:
    assert "  | builtins.ValueError" in report_of("abc", ExceptionGroup("two", [ValueError("x"), Trouble("Ours.")]))
    assert "  | leeward.errors.Trouble: Ours." in report_of("abc", ExceptionGroup("two", [Trouble("Ours.")]))


def test_a_bug_can_be_told_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crash, "_installed", [])
    monkeypatch.setenv("LEEWARD_DATA", str(tmp_path))
    assert crash.report(ValueError("x")) == BUG
    [written] = (tmp_path / "state" / "crashes").iterdir()
    assert str(written) in capsys.readouterr().err


def test_old_reports_go_and_a_folder_that_cannot_be_is_no_second_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guard = Guard(tmp_path / "crashes")
    for _number in range(KEPT + 5):
        assert guard.bug(ValueError("x")) == BUG
    assert len(list(guard.crashes.iterdir())) == KEPT
    (tmp_path / "file").write_text("")
    assert Guard(tmp_path / "file" / "crashes").bug(ValueError("x")) == BUG
    assert capsys.readouterr().err.splitlines()[-1].startswith("leeward met a bug and closed (id ")
