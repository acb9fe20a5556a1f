"""Keys that the foot offers do what they say, on the sample team: on task rows of the inbox, and where lines are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.commands.desk import Desk
from tests.tui.driving import Screen
from tests.tui.live import go_to, live
from tests.tui.test_promises import slack_export
from tests.tui.test_twins import team


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def task(desk: Desk, title: str) -> dict[str, object]:
    row: dict[str, object] = next(row for row in desk.ask("tasks") if row["title"] == title)
    return row


def test_a_task_in_the_inbox_is_edited_and_carried(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await go_to(screen, "Expenses of last month")
        await screen.press("L")
        await screen.press("i", "1", "ctrl+u", *"Expenses, all of them", "enter")
        await go_to(screen, "Release 2.4")
        await screen.press("e")

    before = task(desk, "Expenses of last month")["status"]
    live(tmp_path, desk.clock, story)
    assert (before, task(desk, "Expenses, all of them")["status"]) == ("open", "doing")


def test_a_task_that_is_read_is_carried_and_one_at_the_end_says_so(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await go_to(screen, "Expenses of last month")
        await screen.press("enter", "L", "L", "L")
        assert "done already" in screen.foot

    live(tmp_path, desk.clock, story)
    assert task(desk, "Expenses of last month")["status"] == "done"


def test_only_places_for_lines_are_offered_to_write_in(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await screen.press("c")
        bar = screen.stage.bar_model
        assert bar is not None
        assert {option.title for option in bar.options} == {"#design", "#general", "#ops"}
        await screen.press("1", *"Good morning", "escape", "enter")

    live(tmp_path, desk.clock, story)
    assert [row["verb"] for row in desk.ask("outbox", "list")] == ["post"]


def test_an_imported_thread_takes_no_answer_before_one_is_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.run("import", "slack-export", str(slack_export(tmp_path))).code == 0

    async def story(screen: Screen) -> None:
        await screen.press("r")
        assert not screen.stage.has_class("writing")
        assert "imported" in screen.foot
        await screen.press("escape", "c")
        assert screen.stage.bar_model is None
        assert "g a connects one" in screen.foot

    live(tmp_path, desk.clock, story)


def test_the_first_task_of_a_fresh_store_is_made_on_the_screen(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.connect()
    assert desk.run("sync").code == 0
    title = desk.ask("inbox", "--all")[0]["title"]

    async def story(screen: Screen) -> None:
        await go_to(screen, title)
        await screen.press("t", "slash", *"this machine", "enter")
        assert "→  this machine (only you)" in screen.dump()
        await screen.press("enter")

    live(tmp_path, desk.clock, story, outside=desk.outside)
    (made,) = [row for row in desk.ask("tasks") if row["account"] == "local"]
    assert made["place"] == "this machine"
    assert desk.run("undo").code == 0
    assert not [row for row in desk.ask("tasks") if row["account"] == "local"]


def test_a_line_says_how_its_task_stands_until_its_service_has_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.connect()
    assert desk.run("sync").code == 0

    async def make(screen: Screen) -> None:
        await go_to(screen, "Which day for the move?")
        await screen.press("t", "slash", *"website", "enter", "enter")
        if screen.stage.bar_model is not None:
            await screen.press("enter")
        await screen.heard()
        assert "Task · on its way" in screen.dump()

    async def look(screen: Screen) -> None:
        await go_to(screen, "Which day for the move?")
        assert "on its way" not in screen.dump()
        assert f"Task #{url.rpartition('/')[2]}" in screen.dump()

    live(tmp_path, desk.clock, make, outside=desk.outside)
    assert desk.run("sync").code == 0
    url = next(row["url"] for row in desk.ask("tasks") if row["links"])
    live(tmp_path, desk.clock, look, outside=desk.outside)


def test_v_shows_the_unread_says_so_and_stays_on_the_row(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await go_to(screen, "Rate limits for partners")
        here = screen.here
        await screen.press("v")
        assert (screen.here, "Inbox, unread" in screen.dump()) == (here, True)
        await screen.press("v")
        assert (screen.here, "Inbox, unread" in screen.dump()) == (here, False)

    live(tmp_path, desk.clock, story)


def test_undo_brings_a_row_back_to_where_it_stood(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await go_to(screen, "Rate limits for partners")
        before = [screen.stage.listing.key_of(item) for item in screen.stage.listing.items]
        await screen.press("e")
        await screen.heard()
        await screen.press("u")
        await screen.heard()
        assert [screen.stage.listing.key_of(item) for item in screen.stage.listing.items] == before
        assert "lets them in" not in screen.dump()

    live(tmp_path, desk.clock, story)


def test_a_task_of_ones_own_stands_in_the_list_at_once(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await screen.heard()
        await screen.press("2", "c", *"Buy milk", "enter")
        await screen.heard()
        assert "Buy milk" in [getattr(item, "title", "") for item in screen.stage.listing.items]
        assert "lets them in" not in screen.dump()

    live(tmp_path, desk.clock, story)
