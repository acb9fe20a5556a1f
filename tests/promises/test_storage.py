"""No room, no right, no handles, another version: a clear sentence, exit 1, no traceback, and the original is kept."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.promises.terminal import ROOT, copied, environment, team

HANDLES = """
import resource, sys
from tui.cli import main
limit, what = int(sys.argv[1]), getattr(resource, sys.argv[2])
resource.setrlimit(what, (limit, resource.getrlimit(what)[1]))
sys.exit(main(sys.argv[3:]))
"""
COMMANDS = (["inbox"], ["task", "new", "Buy noodles"], ["sync"], ["search", "noodles"], ["export"])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = team(tmp_path_factory.mktemp("store") / "team")
    with closing(sqlite3.connect(folder / "leeward.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, cwd=ROOT,
        env=environment(), timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def assert_said(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 1, ran
    assert ran.stderr.splitlines()[-1].startswith("leeward: "), ran
    assert "Traceback" not in ran.stdout + ran.stderr


def whole(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "leeward.db")) as db:
        return bool(db.execute("PRAGMA quick_check").fetchone()[0] == "ok")


@pytest.mark.parametrize("handles", [4, 5, 6, 8, 10])
@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_too_many_open_files(sample: Path, tmp_path: Path, command: list[str], handles: int) -> None:
    folder = copied(sample, tmp_path / "data")
    ran = run("-c", HANDLES, str(handles), "RLIMIT_NOFILE", *command, "--data", str(folder))
    if ran.returncode != 0:
        assert_said(ran)
    assert ran.returncode != 0 or handles > 4
    assert whole(folder)


def test_a_disk_without_room(sample: Path, tmp_path: Path) -> None:
    folder = copied(sample, tmp_path / "data")
    ran = run("-c", HANDLES, "4096", "RLIMIT_FSIZE", *COMMANDS[1], "--data", str(folder))
    assert_said(ran)
    assert whole(folder)
    assert "noodles" not in run("-m", "tui.cli", "tasks", "--data", str(folder)).stdout.lower()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_newer_database_is_left_alone(sample: Path, tmp_path: Path, command: list[str]) -> None:
    folder = copied(sample, tmp_path / "data")
    with closing(sqlite3.connect(folder / "leeward.db")) as db:
        db.execute("PRAGMA user_version = 999")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = hashlib.sha256((folder / "leeward.db").read_bytes()).digest()
    assert_said(run("-m", "tui.cli", *command, "--data", str(folder)))
    assert hashlib.sha256((folder / "leeward.db").read_bytes()).digest() == before
