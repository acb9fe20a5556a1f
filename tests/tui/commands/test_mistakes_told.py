"""Every mistake of the settings is told where people look: by doctor a line each, and beside what is printed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.tui.commands.desk import Desk

MISTAKES = """
[[account]]
name = "team"
kind = "gitlap"
[quiet]
badge = "lots"
[keys]
dones = "d"
later = "e"
[theme]
name = "leee"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "config.toml").write_text(MISTAKES, encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    return Desk(folder)


TOLD = ("config.toml:4 ", "config.toml:6 ", "config.toml:8 ", "config.toml:9 ", "config.toml:11 ")


def test_doctor_has_a_line_for_each_also_for_keys_and_theme(desk: Desk) -> None:
    rows = [row for row in desk.run("doctor").out.splitlines() if " settings " in row]
    assert [row.split()[2] + " " for row in rows] == list(TOLD)
    assert all(row.startswith("!! ") for row in rows)
    assert "Did you mean done?" in rows[2]
    assert "Did you mean lee?" in rows[4]
    (check,) = [one for one in desk.run("doctor", "--json").json["checks"] if one["name"] == "settings"]
    assert not check["ok"]
    assert all(place in check["say"] for place in TOLD)
    assert desk.run("--safe", "doctor").code in {0, 1}


@pytest.mark.parametrize(
    "args", [(), ("inbox",), ("account", "list"), ("sync",), ("quiet", "preview"), ("quiet", "status")]
)
def test_beside_what_is_printed_each_is_told_once(desk: Desk, args: tuple[str, ...]) -> None:
    ran = desk.run(*args)
    assert ran.code == 0, ran
    for place in TOLD[:2]:
        assert ran.err.count(place) == 1, ran


def test_settings_without_a_mistake_say_nothing(tmp_path: Path) -> None:
    assert Desk(tmp_path).run("inbox").err == ""


@pytest.mark.parametrize("form", [(), ("--safe",)])
def test_settings_that_were_named_and_are_not_there_are_told(tmp_path: Path, form: tuple[str, ...]) -> None:
    ran = Desk(tmp_path).run("inbox", "--config", str(tmp_path / "typo.toml"), *form)
    assert ran.code == 0
    assert "typo.toml:1" in ran.err
    assert "is not there" in ran.err
    (tmp_path / "typo.toml").write_text("")
    assert Desk(tmp_path).run("inbox", "--config", str(tmp_path / "typo.toml"), *form).err == ""


@pytest.mark.parametrize("args", [("status", "x"), ("off", "now"), ("preview", "14")])
def test_a_word_that_would_do_nothing_is_wrong_usage(desk: Desk, args: tuple[str, ...]) -> None:
    assert desk.run("quiet", *args).code == 2


def test_a_week_may_be_said_in_one_word(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.run("quiet", "week", "mon-fri 9-12", "--yes")
    assert desk.ask("quiet", "week")["days"]["tue"] == [["09:00", "12:00"]]
    desk.run("quiet", "week", "sat, sun", "10-11", "--yes")
    assert desk.ask("quiet", "week")["days"]["sun"] == [["10:00", "11:00"]]


def test_only_a_damaged_store_is_moved_aside(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ask("task", "new", "Buy noodles")
    whole = desk.run("doctor", "--salvage")
    assert whole.code == 1
    assert "whole" in whole.err
    db = sqlite3.connect(tmp_path / "leeward.db")
    db.execute("PRAGMA user_version = 999")
    db.close()
    newer = desk.run("doctor", "--salvage")
    assert newer.code == 1
    assert "newer" in newer.err
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_dry_run_of_one_account_tells_of_that_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.connect()
    desk.connect("matrix")
    desk.ask("sync")
    line = next(
        shown["messages"][-1]["id"]
        for row in desk.ask("inbox", "--all")
        if (shown := desk.ask("thread", row["id"]))["messages"]
    )
    desk.ask("capture", line, "--to", "gitlab/api")
    assert [row["account"] for row in desk.ask("sync", "--dry-run", "gitlab")] == ["gitlab"]
    assert desk.ask("sync", "--dry-run", "matrix") == []
