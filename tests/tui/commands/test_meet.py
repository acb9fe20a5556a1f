"""leeward meet: one meeting about a task, its address told, and nobody made its host by accident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.base import Answer, Asked, lose_answer
from tests.fakes.zoom import ZoomFake
from tests.fakes.zoom import make as zoom
from tests.tui.commands.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    found = Desk(tmp_path)
    found.outside.services["zoom"] = zoom()
    return found


def service(desk: Desk) -> ZoomFake:
    found = desk.outside.services["zoom"]
    assert isinstance(found, ZoomFake)
    return found


def task(desk: Desk, title: str = "Book the crane") -> str:
    return str(desk.ask("task", "new", title)["id"])


def test_a_meeting_is_begun_and_its_address_printed(desk: Desk) -> None:
    desk.connect("zoom")
    told: dict[str, Any] = desk.ask("meet", task(desk))
    held = service(desk).meetings
    assert [(row["topic"], row["type"]) for row in held] == [("Book the crane", 1)]
    assert told["url"] == held[0]["join_url"]
    assert (told["account"], told["said"]) == ("zoom", None)
    plain = desk.run("meet", told["task"])
    assert plain.out == f"{held[1]['join_url']}\n"
    assert "zak" not in plain.out + str(told)


def test_a_lost_answer_makes_no_second_meeting(desk: Desk) -> None:
    desk.connect("zoom")
    id = task(desk)
    desk.outside.doors["zoom"].write_faults.append(lose_answer)
    assert desk.ask("meet", id)["url"] == service(desk).meetings[0]["join_url"]
    assert len(service(desk).meetings) == 1


def test_what_did_not_reach_zoom_is_trouble(desk: Desk) -> None:
    desk.connect("zoom")
    id = task(desk)

    def broken(_service: Any, _asked: Asked) -> Answer:
        return Answer(503)

    desk.outside.doors["zoom"].write_faults.append(broken)
    assert desk.run("meet", id).code == 1
    assert service(desk).meetings == []


def test_the_linked_thread_is_told_where_to_come(desk: Desk) -> None:
    desk.connect("zoom")
    desk.ask("sync")
    thread = next(row for row in desk.ask("inbox", "--all") if row["title"].startswith("Which day"))
    line = desk.ask("thread", thread["id"])["messages"][0]["id"]
    made = desk.ask("capture", line, "--to", "local", "--no-reply")["task"]["id"]
    told = desk.ask("meet", made, "--say")
    assert told["said"]["verb"] == "post"
    desk.clock.advance(10)
    desk.ask("sync")
    texts = [row["text"] for place in service(desk).lines.values() for row in place.values()]
    assert any(told["url"] in text for text in texts)


def test_who_can_hold_it_is_asked_where_it_is_not_plain(desk: Desk) -> None:
    id = task(desk)
    nobody = desk.run("meet", id)
    assert nobody.code == 1
    assert "No account here" in nobody.err
    desk.connect("zoom", "one")
    desk.connect("zoom", "two")
    several = desk.run("meet", id)
    assert several.code == 2
    assert "--account" in several.err
    assert desk.ask("meet", id, "--account", "two")["account"] == "two"
    assert desk.run("meet", id, "--account", "three").code == 2
    assert desk.run("meet", id, "--account", "one", "--say").code == 2
