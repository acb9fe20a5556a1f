"""The command line end to end over the fakes: connect, sync, read, capture, triage, undo, break, come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.base import always
from tests.tui.commands.desk import Desk, synced


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return synced(tmp_path / "data")


def by_title(rows: list[dict[str, Any]], title: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row["title"] == title]
    return found


def test_a_second_sync_brings_nothing_and_says_so(desk: Desk) -> None:
    (report,) = desk.ask("sync")["accounts"]
    assert report["account"] == "gitlab"
    assert report["trouble"] is None
    assert not any(report["pulled"].values())
    assert set(report) == {"account", "pulled", "sent", "queued", "unsure", "asks", "failed", "trouble"}


def test_every_listing_has_its_fields(desk: Desk) -> None:
    (row, *_rest) = desk.ask("inbox")
    assert set(row) == {
        "id",
        "type",
        "account",
        "place",
        "title",
        "people",
        "tier",
        "due",
        "state",
        "unread",
        "updated",
        "url",
    }
    shown = desk.ask("thread", row["id"])
    assert shown["thread"]["id"] == row["id"]
    assert set(shown["messages"][0]) == {"id", "author", "at", "text", "reply_to", "url", "mine", "unread"}
    task = desk.ask("tasks")[0]
    fields = "id account place title text status native_status assignees due tier url state links"
    assert set(task) == set(fields.split())
    assert desk.ask("notes") == []
    (hit, *_hits) = desk.ask("search", "certificate")
    assert set(hit) == {"id", "type", "title", "snippet", "at"}
    assert desk.ask("account", "list")[1]["ok"] is True
    assert desk.ask("doctor")["ok"] in {True, False}


def captured(desk: Desk, *more: str) -> dict[str, Any]:
    row = by_title(desk.ask("inbox", "--all"), "Sign-in fails behind the company proxy")
    line = desk.ask("thread", row["id"])["messages"][-1]
    made: dict[str, Any] = desk.ask("capture", line["id"], "--to", "gitlab/api", "--title", "Mend the chain", *more)
    return made


def test_capture_sends_once_and_comes_back_as_itself(desk: Desk) -> None:
    made = captured(desk, "--reply", "--sync", "status")
    assert made["task"]["state"] == "queued"
    assert made["reply"] == "queued"
    assert captured(desk)["task"]["id"] == made["task"]["id"]
    assert {row["verb"] for row in desk.ask("outbox", "list")} == {"create_task", "post"}
    (report,) = desk.ask("sync")["accounts"]
    assert report["sent"] == 2
    task = by_title(desk.ask("tasks"), "Mend the chain")
    assert (task["id"], task["state"]) == (made["task"]["id"], "sent")
    service: Any = desk.outside.services["gitlab"]
    assert [row["title"] for row in service.things.values()].count("Mend the chain") == 1
    assert desk.ask("outbox", "list") == []
    assert desk.ask("why", task["id"])


def test_the_first_task_of_a_fresh_store_can_be_kept_on_this_machine(desk: Desk) -> None:
    row = by_title(desk.ask("inbox", "--all"), "Which day for the move?")
    line = desk.ask("thread", row["id"])["messages"][0]["id"]
    assert desk.run("capture", line, "--to", "local", "--dry-run").code == 0
    task = desk.ask("capture", line, "--to", "local", "--no-reply")["task"]
    assert task["account"] == "local"
    assert [one["id"] for one in desk.ask("tasks") if one["account"] == "local"] == [task["id"]]


def test_undo_in_the_grace_and_after_it(desk: Desk) -> None:
    before = {row["id"] for row in desk.ask("tasks")}
    captured(desk, "--reply")
    desk.ask("undo")
    assert desk.ask("outbox", "list") == []
    assert {row["id"] for row in desk.ask("tasks")} == before
    captured(desk)
    desk.ask("sync")
    refused = desk.run("undo")
    assert refused.code == 1
    assert "--sent" in refused.err
    desk.ask("undo", "--sent")
    desk.ask("sync")
    assert by_title(desk.ask("tasks"), "Mend the chain")["status"] == "done"


def test_triage_and_back(desk: Desk) -> None:
    row = desk.ask("inbox")[0]
    for act in (("done",), ("later", "2h"), ("tier", "green")):
        before = desk.ask("inbox", "--all")
        desk.ask(*act, row["id"])
        assert desk.ask("inbox", "--all") != before
        desk.ask("undo")
        assert desk.ask("inbox", "--all") == before
        desk.ask("redo")
        desk.ask("undo")
    desk.ask("later", "2h", row["id"])
    assert row["id"] not in {one["id"] for one in desk.ask("inbox")}
    desk.clock.advance(2 * 3600 + 1)
    assert row["id"] in {one["id"] for one in desk.ask("inbox")}


def test_one_broken_account_is_partly_done(desk: Desk) -> None:
    desk.connect("matrix")
    desk.outside.doors["gitlab"].faults = [always(401)] * 200
    ran = desk.run("sync", "--json")
    assert ran.code == 3
    trouble = {one["account"]: one["trouble"] for one in ran.json["accounts"]}
    assert trouble["matrix"] is None
    assert set(trouble["gitlab"]) == {"what", "do"}
    assert desk.run("sync", "gitlab", "--json").code == 1
    desk.outside.doors["gitlab"].faults = []
    assert desk.run("sync").code == 0


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    captured(desk)
    asked = len(desk.outside.doors["gitlab"].asked)
    rows = desk.ask("sync", "--dry-run")
    assert [row["verb"] for row in rows] == ["create_task"]
    assert len(desk.outside.doors["gitlab"].asked) == asked
    assert desk.ask("outbox", "list")[0]["state"] == "queued"


def test_own_tasks_and_notes_live_without_any_account(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    task = desk.ask("task", "new", "Buy noodles")
    desk.ask("task", "set", task["id"], "due=2026-11-24", "status=doing", "text=two packs")
    again = by_title(desk.ask("tasks"), "Buy noodles")
    assert (again["due"], again["status"], again["text"]) == ("2026-11-24", "doing", "two packs")
    note = desk.ask("note", "add", "Minutes", "--about", task["id"], stdin="# One\n\ntwo")
    assert desk.ask("note", "edit", note["id"], stdin="three")["text"] == "three"
    desk.ask("done", task["id"])
    assert desk.ask("tasks", "--open") == []
    lines = desk.run("export").out.splitlines()
    assert any("Buy noodles" in line for line in lines)
    assert desk.run("sync").code == 0


def test_without_a_terminal_the_bare_command_prints_the_inbox(desk: Desk) -> None:
    ran = desk.run()
    assert ran.code == 0
    assert "Sign-in fails" in ran.out


@pytest.mark.parametrize("state", ["file", "damaged"])
def test_a_store_that_cannot_be_used_is_one_sentence(tmp_path: Path, state: str) -> None:
    data = tmp_path / "data"
    if state == "file":
        data.write_text("x", encoding="utf-8")
    else:
        _damage(data)
    for args in (("inbox",), ("sync",), ("task", "new", "x"), ("search", "x"), ("done", "x"), ("export",)):
        ran = Desk(data).run(*args)
        assert ran.code == 1, ran
        assert ran.err.splitlines()[-1].startswith("leeward: ")
        assert "Traceback" not in ran.err + ran.out


def _damage(data: Path) -> None:
    data.mkdir()
    (data / "leeward.db").write_bytes(b"\xa5" * 40960)


def test_a_damaged_store_is_salvaged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _damage(data)
    desk = Desk(data)
    ran = desk.run("doctor", "--salvage", "--json")
    assert ran.json["checks"]
    assert list(data.glob("leeward.db.damaged-*"))
    assert desk.run("inbox").code == 0
