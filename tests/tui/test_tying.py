"""A line to a task that exists, threads split and joined, several lines in one task: by keys and by line commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tui.commands.desk import Desk
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tests.tui.live import go_to, live
from tests.tui.test_promises import slack_export
from tests.tui.test_twins import team


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def verbs(memory: MemoryDesk, *names: str) -> list[tuple[object, ...]]:
    return [call for call in memory.calls if call[0] in names]


def test_t_joins_the_line_to_a_task_by_number_or_by_words() -> None:
    memory = MemoryDesk()

    async def story(screen: Screen) -> None:
        await screen.press("enter")
        line = screen.stage.message
        assert line is not None
        await screen.press("T", "1")
        await screen.press("T", *"stopped 33", "enter")
        assert [call[1] for call in verbs(memory, "attach")] == [line.id, line.id]
        assert verbs(memory, "attach")[0][2] != verbs(memory, "attach")[1][2]
        await screen.press("T", *"no such task", "enter")
        assert len(verbs(memory, "attach")) == 2

    drive(story, desk=memory)


def test_a_thread_is_split_at_the_line_under_the_cursor() -> None:
    memory = MemoryDesk()

    async def story(screen: Screen) -> None:
        await screen.press(":", *"split the thread", "enter")
        assert "Put the cursor on the line" in screen.foot
        await screen.press("enter", "k")
        line = screen.stage.message
        assert line is not None
        await screen.press(":", *"split the thread", "enter")
        assert verbs(memory, "split") == [("split", line.id)]

    drive(story, desk=memory)


def test_two_ticked_threads_are_joined() -> None:
    memory = MemoryDesk()

    async def story(screen: Screen) -> None:
        await screen.press("x", ":", *"join with another", "enter")
        assert "Tick two threads" in screen.foot
        await screen.press("x", ":", *"join with another", "enter")
        assert verbs(memory, "join") == [("join", "thread-000000", "thread-000001")]

    drive(story, desk=memory)


def test_several_ticked_lines_travel_with_one_task_and_ticked_threads_become_one_each() -> None:
    memory = MemoryDesk()

    async def story(screen: Screen) -> None:
        await screen.press("enter", "t")
        panel: Any = screen.stage.panel_model
        before = set(panel.ticked)
        await screen.press("k", "k", "k", "k", "x")
        assert len(panel.ticked) == len(before) + 1
        await screen.press("enter")
        (made,) = verbs(memory, "capture")
        draft: Any = made[1]
        assert set(draft.lines) == panel.ticked
        assert len(draft.lines) >= 3
        await screen.press("escape", "x", "x", ":", *"one task each", "enter")
        assert len(verbs(memory, "capture")) == 3

    drive(story, desk=memory)


def imported(folder: Path) -> Desk:
    desk = Desk(folder)
    assert desk.run("import", "slack-export", str(slack_export(folder)), "--me", "ana").code == 0
    return desk


def test_attach_split_join_and_several_lines_on_the_command_line(tmp_path: Path) -> None:
    desk = imported(tmp_path)
    rows = desk.ask("inbox", "--all")
    threads = [desk.ask("thread", row["id"]) for row in rows]
    lines = [line for one in threads for line in one["messages"]]

    task = desk.ask(
        "capture", lines[0]["id"], "--to", "local", "--no-reply", "--context", f"{lines[1]['id']},{lines[2]['id']}"
    )
    assert set(task["context"]) == {lines[1]["id"], lines[2]["id"]}
    kept = desk.ask("capsule", task["task"]["id"])
    assert {line["id"] for line in kept["lines"]} == {line["id"] for line in lines[:3]}

    other = desk.ask("task", "new", "Mend the roof")
    tied = desk.ask("attach", lines[3]["id"], other["id"], "--sync", "status")
    assert [link["sync"] for link in tied["links"]] == ["status"]
    assert desk.ask("attach", lines[3]["id"], other["id"])["links"][0]["id"] == tied["links"][0]["id"], "the same link"
    assert desk.ask("unlink", tied["links"][0]["id"]) == {"done": "unlinked"}
    assert desk.run("undo").code == 0
    assert len(next(one for one in desk.ask("tasks") if one["id"] == other["id"])["links"]) == 1

    long = next((one for one in threads if len(one["messages"]) > 1), None)
    if long is not None:
        split = desk.ask("thread", "split", long["messages"][-1]["id"])
        assert split["messages"][0]["id"] == long["messages"][-1]["id"]
        joined = desk.ask("thread", "join", long["thread"]["id"], split["thread"]["id"])
        assert [line["id"] for line in joined["messages"]] == [line["id"] for line in long["messages"]]


def conversation(desk: Desk) -> dict[str, Any]:
    """A conversation of several lines that was cut from a flat channel."""
    rows = [row for row in desk.ask("inbox") if row["place"] == "#ops"]
    return next(row for row in rows if len(desk.ask("thread", row["id"])["messages"]) > 3)


def test_a_split_of_the_sample_team_is_joined_again(tmp_path: Path) -> None:
    desk = team(tmp_path)
    row = conversation(desk)
    lines = [line["id"] for line in desk.ask("thread", row["id"])["messages"]]
    fresh = desk.ask("thread", "split", lines[2])
    assert fresh["messages"][0]["id"] == lines[2]
    assert lines[0] in [line["id"] for line in desk.ask("thread", row["id"])["messages"]]
    joined = desk.ask("thread", "join", row["id"], fresh["thread"]["id"])
    assert [line["id"] for line in joined["messages"]] == lines
    assert desk.run("undo").code == 0
    assert desk.run("undo").code == 0
    assert [line["id"] for line in desk.ask("thread", row["id"])["messages"]] == lines


def test_a_dry_run_says_what_would_be_pushed_and_pushes_nothing(tmp_path: Path) -> None:
    desk = team(tmp_path)
    row = conversation(desk)
    assert desk.run("reply", row["id"], stdin="I will, by Friday.").code == 0
    (would,) = desk.ask("sync", "--dry-run")
    assert would["verb"] == "post"
    assert would["says"] == {"text": "I will, by Friday."}
    assert "I will, by Friday." in desk.run("sync", "--dry-run").out
    assert [one["state"] for one in desk.ask("outbox", "list")] == ["queued"]
    assert desk.run("undo", "--push", "nothing").code == 2


def test_g_l_leads_from_the_thread_to_its_task_and_back(tmp_path: Path) -> None:
    desk = team(tmp_path)
    thread = conversation(desk)
    lines = desk.ask("thread", thread["id"])["messages"]
    task = desk.ask("capture", lines[1]["id"], "--to", "local", "--no-reply")["task"]

    async def story(screen: Screen) -> None:
        await go_to(screen, thread["title"])
        await screen.press("g", "l")
        assert screen.stage.doc.subject == task["id"]
        await screen.press("g", "l")
        assert screen.stage.doc.thread == thread["id"]

    live(desk.folder, desk.clock, story)
