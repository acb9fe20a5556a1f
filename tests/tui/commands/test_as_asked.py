"""Small promises of the command line: dry runs tell the very thing, readers are named, time alone narrows a search."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from leeward.errors import Problem
from leeward.store.db import open_db, write
from tests.tui.commands.desk import Desk, synced


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return synced(tmp_path / "data")


def line(desk: Desk) -> str:
    row = next(one for one in desk.ask("inbox", "--all") if one["title"] == "Sign-in fails behind the company proxy")
    return str(desk.ask("thread", row["id"])["messages"][-1]["id"])


def test_a_dry_run_shows_what_would_be_made_and_makes_nothing(desk: Desk) -> None:
    message, tasks, box = line(desk), desk.ask("tasks"), desk.ask("outbox")
    who = next(name for row in tasks for name in row["assignees"])
    asked = (
        "capture",
        message,
        "--to",
        "gitlab/api",
        "--say",
        "My words",
        "--assignee",
        who,
        "--reply",
        "--tier",
        "red",
    )
    would: Any = desk.ask(*asked, "--dry-run")
    assert (desk.ask("tasks"), desk.ask("outbox")) == (tasks, box)
    made: Any = desk.ask(*asked)
    assert would["context"] == made["context"]
    assert would["reply"] == made["reply"] == "queued"
    assert would["task"] == made["task"] | {"id": None, "state": "dry-run", "links": []}
    assert would["task"]["assignees"] == [who]
    assert "My words" in would["task"]["text"]
    assert ">" in would["task"]["text"]


def test_a_place_that_is_named_names_its_readers(desk: Desk) -> None:
    for more in (("--dry-run",), ()):
        ran = desk.run("capture", line(desk), "--to", "gitlab/api", *more)
        assert ran.code == 0, ran
        assert "can be read by" in ran.err
    assert "read by" not in desk.run("capture", line(desk), "--again", "--to", "local").err


def test_time_alone_narrows_a_search(desk: Desk) -> None:
    every = desk.ask("search", "after:2000-01-01")
    assert every
    day = every[0]["at"][:10]
    assert all(row["at"][:10] >= day for row in desk.ask("search", f"after:{day}"))
    assert desk.ask("search", "before:2000-01-01") == []


@pytest.mark.parametrize(
    "args", [("note", "edit", "nothing"), ("note", "ad", "x"), ("reply", "nothing"), ("post", "nowhere")]
)
def test_what_cannot_be_is_said_before_a_text_is_typed(tmp_path: Path, args: tuple[str, ...]) -> None:
    desk = Desk(tmp_path)
    with mock.patch("tui.commands.answers.stdin_text", side_effect=AssertionError("it was read")):
        assert desk.run(*args).code == 2


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    db.execute("PRAGMA query_only = 1")
    try:
        with pytest.raises(Problem, match=r"data|leeward\.db") as told:
            write(db, lambda db: db.execute("DELETE FROM item"))
    finally:
        db.close()
    assert str(tmp_path) in str(told.value)
    assert "rights" in str(told.value)


def test_a_disk_without_room_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(tmp_path)

    def full(db: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    db = open_db(tmp_path)
    try:
        with pytest.raises(Problem, match="I/O"):
            write(db, full)
        monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result((*real[:4], 0, *real[5:10])))
        with pytest.raises(Problem, match="is full"):
            write(db, full)
    finally:
        db.close()


def test_the_outbox_says_where_a_line_goes_and_when(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.connect("matrix")
    desk.ask("sync")
    place = min(row["place"] for row in desk.ask("inbox", "--all"))
    assert "sync` sends it" in desk.run("post", place, stdin="now").err
    later = desk.run("post", place, "--at", "in 3 days", stdin="then")
    assert "it leaves" in later.err, later
    now, then = desk.run("outbox").out.splitlines()
    assert place in now
    assert "leaves" not in now
    assert "leaves" in then


def test_the_outbox_says_which_line_another_waits_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.connect("matrix")
    desk.ask("sync")
    place = min(row["place"] for row in desk.ask("inbox", "--all"))
    for text in ("first", "second"):
        assert desk.run("post", place, stdin=text).code == 0
    first, second = desk.ask("outbox")
    assert (first["why"], second["why"]) == ("", f"Waits until row {first['row']} is sent.")
    assert desk.run("outbox").out.splitlines()[1].endswith(second["why"])


def test_why_tells_what_the_owner_did_until_it_is_undone(desk: Desk) -> None:
    row = next(one["id"] for one in desk.ask("inbox") if one["type"] == "thread")
    before = desk.ask("why", row)
    desk.ask("tier", "green", row)
    desk.ask("done", row)
    said = [one["say"] for one in desk.ask("why", row) if one not in before]
    assert [one for one in said if one.startswith("You")] == ["You: tier.", "You: done."]
    desk.ask("undo")
    desk.ask("undo")
    assert not [one for one in desk.ask("why", row) if one["say"].startswith("You")]


def test_safe_mode_asks_no_account_and_says_so(desk: Desk) -> None:
    ran = desk.run("--safe", "sync", "--json")
    assert (ran.code, ran.json) == (0, {"accounts": []})
    assert "Safe mode" in ran.err
    assert "account add" not in ran.err


@pytest.mark.parametrize("act", ["check", "remove", "sign-in"])
def test_an_account_that_is_not_there_is_wrong_usage(desk: Desk, act: str) -> None:
    ran = desk.run("account", act, "nope")
    assert ran.code == 2
    assert "nope" in ran.err


@pytest.mark.parametrize("name", ["two words", "local", "a/b", "GITLAB", "x\ny", "n" * 65])
def test_a_name_that_the_settings_would_not_take_is_refused_before_anything_is_asked(desk: Desk, name: str) -> None:
    before = (desk.folder / "config.toml").read_text(encoding="utf-8")
    asked = len(desk.outside.doors["gitlab"].asked)
    service: Any = desk.outside.services["gitlab"]
    ran = desk.run(
        "account", "add", "gitlab", "--name", name, "--url", service.base, "--token-stdin", stdin=service.token
    )
    assert ran.code == 2, ran
    assert "name" in ran.err or "taken" in ran.err
    assert len(desk.outside.doors["gitlab"].asked) == asked
    assert (desk.folder / "config.toml").read_text(encoding="utf-8") == before


def test_counts_are_said_as_people_say_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.connect("matrix")
    said = desk.run("sync").err
    assert "1 threads" not in said
    assert "thread" in said


def test_an_import_counts_one_as_one(tmp_path: Path) -> None:
    log = tmp_path / "harbour.log"
    log.write_text("--- Log opened Fri Nov 20 10:00:00 2026\n10:01 < maren> The crane is ready\n", encoding="utf-8")
    assert Desk(tmp_path / "data").run("import", "irc", str(log)).err.strip() == "1 thread, 1 message, 1 person are in."


def test_an_id_of_another_thing_is_told_for_what_it_is(desk: Desk) -> None:
    thread = desk.ask("inbox", "--all")[0]["id"]
    message = line(desk)
    task = desk.ask("task", "new", "Buy noodles")["id"]
    wrong: dict[tuple[str, ...], str] = {
        ("capture", thread): "is no line",
        ("context", thread[:8]): "is no line",
        ("attach", task, task): "is no line",
        ("done", message): "is a line",
        ("task", "set", message, "title=x"): "is a line",
    }
    for args, said in wrong.items():
        ran = desk.run(*args)
        assert (ran.code, said in ran.err) == (2, True), ran
    assert "nothing with the id" in desk.run("capture", "zzzz").err


@pytest.mark.parametrize("args", [("new", ""), ("new", "  "), ("set", "ID", "title=")])
def test_a_task_without_a_title_is_none(tmp_path: Path, args: tuple[str, ...]) -> None:
    desk = Desk(tmp_path)
    task = desk.ask("task", "new", "Buy noodles")["id"]
    assert desk.run("task", *(task if word == "ID" else word for word in args)).code == 2
    assert [row["title"] for row in desk.ask("tasks")] == ["Buy noodles"]
