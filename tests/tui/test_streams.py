"""A reader that leaves early, a closed stream, a full disk behind the output: the right code, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.promises.terminal import ROOT, environment

COMMANDS = (
    ("inbox", "--json"), ("inbox",), ("tasks", "--json"), ("search", "x"), ("export",), ("doctor", "--json"), ("--version",),
    ("--help",), (), ("quiet", "preview"),
)  # fmt: skip
START = """
import os, sys
for number in map(int, filter(None, sys.argv[1].split(","))):
    os.close(number)
os.execv(sys.executable, [sys.executable, "-m", "tui.cli", *sys.argv[2:]])
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("streams") / "data"
    for title in ("x one", "x two"):
        subprocess.run([sys.executable, "-m", "tui.cli", "--data", folder, "task", "new", title], cwd=ROOT, check=True,
                       env=environment(), timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    return str(folder)


def start(
    data: str, args: Sequence[str], out: int, closed: str = "", inp: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in environment().items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", START, closed, *args, "--data", data], stdout=out, stdin=inp, stderr=subprocess.PIPE, text=True,
        check=False, cwd=ROOT, env=env, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_a_reader_that_left_is_none_of_our_business(data: str, args: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = start(data, args, writer)
    finally:
        os.close(writer)
    assert ran.returncode in {0, 1} if args[:1] == ("doctor",) else ran.returncode == 0, ran
    assert ran.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_an_answer_that_finds_no_room_is_one_sentence(data: str, args: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = start(data, args, full.fileno())
    assert ran.returncode == 1, ran
    (line,) = ran.stderr.splitlines()
    assert line.startswith("leeward: ")
    assert "No space left" in line


@pytest.mark.parametrize("closed", ["0", "1", "2", "0,1,2"])
@pytest.mark.parametrize("args", [*COMMANDS, ("context", "--batch"), ("quiet", "eval", "--jsonl")], ids=" ".join)
def test_a_stream_that_is_closed_has_a_stand_in(data: str, args: tuple[str, ...], closed: str) -> None:
    ran = start(data, args, subprocess.PIPE, closed)
    assert ran.returncode in {0, 1}, ran
    assert "bug" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_token_from_a_closed_stdin_is_missing_and_no_bug(data: str) -> None:
    ran = start(
        data, ("account", "add", "gitlab", "--url", "http://127.0.0.1:1", "--token-stdin"), subprocess.PIPE, "0"
    )
    assert ran.returncode in {1, 2}, ran
    assert ran.stderr.startswith("leeward: ")


@pytest.mark.parametrize("flag", ["--plain", "--json"])
def test_lines_and_json_open_no_screen_in_a_terminal(data: str, flag: str) -> None:
    ours, theirs = os.openpty()
    try:
        ran = start(data, (flag,), theirs, inp=theirs)
        said = os.read(ours, 65536)
    finally:
        os.close(theirs)
        os.close(ours)
    assert ran.returncode == 0, ran
    assert (said.strip() == b"[]") if flag == "--json" else (b"Nothing waits" in said)
    assert b"\x1b" not in said
