import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from leeward.clock import SystemClock
from leeward.model import Instant
from leeward.paths import find
from leeward.store.db import open_db, write
from leeward.store.own import ensure_local
from tui.cli import World
from tui.commands import run
from tui.commands.start import fill
from tui.quick import answer, usual


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    db = open_db(tmp_path)
    write(db, fill, SystemClock().now())
    db.execute("UPDATE item SET due = NULL, due_at = NULL WHERE due_at < ?", (SystemClock().now() + 172_900_000,))
    db.execute("UPDATE item SET due = '2091-03-04' WHERE id = (SELECT min(id) FROM item WHERE listed = 1)")
    db.execute("UPDATE item SET due = '3822854400007' WHERE id = (SELECT max(id) FROM item WHERE listed = 1)")
    db.close()
    return tmp_path


def _said(args: list[str], *, quick: bool) -> str:
    with redirect_stdout(StringIO()) as out:
        code = answer(args) if quick else run(args, World())
    assert code == 0
    return out.getvalue()


@pytest.mark.parametrize(
    "flags", [[], ["--limit", "1"], ["--limit=3"], ["--plain", "--safe"], ["--limit", "199", "--config", "none.toml"]]
)
def test_the_short_road_and_the_long_one_say_the_same(folder: Path, flags: list[str]) -> None:
    args = ["--data", str(folder), "inbox", "--json", *flags]
    said = _said(args, quick=True)
    assert said == _said(args, quick=False)
    assert '"id"' in said


def test_both_kinds_of_due_are_among_the_rows_compared(folder: Path) -> None:
    said = _said(["inbox", "--json", "--data", str(folder)], quick=True)
    assert '"due": "2091-03-04"' in said
    assert '"due": "2091-02-21T00:00:00.007Z"' in said


@pytest.mark.parametrize(
    "args",
    [
        ["inbox"],
        ["inbox", "--json", "--help"],
        ["inbox", "--json", "--all"],
        ["inbox", "--json", "--after", "abc"],
        ["inbox", "inbox", "--json"],
        ["inbox", "--json", "--limit", "0"],
        ["inbox", "--json", "--limit", "many"],
        ["inbox", "--json", "--limit"],
        ["inbox", "--json", "--data"],
        ["inbox", "--json", "--data", ""],
        ["inbox", "--json", "--data", "--plain"],
        ["inbox", "--json", "--dat", "x"],
        ["search", "inbox", "--json"],
        ["tasks", "--json"],
    ],
)
def test_whatever_is_not_plain_takes_the_long_road(
    folder: Path, args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEEWARD_DATA", str(folder))
    assert answer(args) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE item SET later = 1 WHERE listed = 1",
        "UPDATE item SET due_at = 1, rank = 2 WHERE listed = 1",
        "PRAGMA user_version = 1",
    ],
)
def test_what_would_change_on_looking_takes_the_long_road(folder: Path, change: str) -> None:
    assert answer(["inbox", "--json", "--data", str(folder)]) == 0
    db = open_db(folder)
    db.execute(change)
    db.close()
    assert answer(["inbox", "--json", "--data", str(folder)]) is None


def test_a_store_that_is_not_there_or_damaged_takes_the_long_road(tmp_path: Path) -> None:
    assert answer(["inbox", "--json", "--data", str(tmp_path)]) is None
    assert not list(tmp_path.iterdir())
    (tmp_path / "leeward.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    assert answer(["inbox", "--json", "--data", str(tmp_path)]) is None


def test_an_empty_inbox_is_an_empty_list(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    write(db, ensure_local, Instant(1))
    db.close()
    assert _said(["inbox", "--json", "--data", str(tmp_path)], quick=True) == "[]\n"


def test_the_short_road_loads_next_to_nothing() -> None:
    import subprocess

    code = "import sys, tui.cli, tui.quick, leeward.store.glance; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"argparse", "dataclasses", "leeward.model", "tui.commands"} & set(loaded)


@pytest.mark.parametrize("home", [None, "", " ", "/somewhere/else"])
def test_both_roads_look_in_the_same_folder(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEEWARD_DATA", raising=False)
    if home is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", home)
    assert Path(usual()) == find().data
