"""Keys that the foot offers do what they say, on the sample team: on task rows of the inbox, and where lines are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.commands.desk import Desk, synced
from tests.tui.driving import Screen, drive
from tests.tui.live import go_to, live
from tests.tui.test_promises import slack_export
from tests.tui.test_twins import team
from tests.tui.test_watch import until
from tui.asks import Filter
from tui.screens.settling import Settling
from tui.screens.sources import NotesSource, TasksSource
from tui.view import text_of


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
    desk = synced(tmp_path)
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
    desk = synced(tmp_path)

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


def test_a_task_that_is_read_shows_what_was_changed_of_it(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await screen.press("2")
        await go_to(screen, "Expenses of last month")
        await screen.press("i", "1", "ctrl+u", *"Expenses, all of them", "enter")
        await screen.press("i", "3", *"2031-05-06", "enter")
        await screen.press("i", "5")
        await screen.heard()
        said = [getattr(entry, "text", "") for entry in screen.stage.doc.items]
        assert said[0] == "Expenses, all of them"
        assert any("May" in text for text in said)
        assert any(text.startswith("doing") for text in said)

    live(tmp_path, desk.clock, story)


def test_a_note_that_is_read_shows_what_was_written_into_it(tmp_path: Path) -> None:
    desk = team(tmp_path)

    async def story(screen: Screen) -> None:
        await screen.press("3", "l", "i", "ctrl+end", *"X7", "escape", "enter")
        await screen.heard()
        assert any(getattr(entry, "text", "").endswith("X7") for entry in screen.stage.doc.items)

    live(tmp_path, desk.clock, story)


def test_captured_lines_that_are_read_stay_when_their_task_changes(tmp_path: Path) -> None:
    desk = team(tmp_path)
    title = next(row["title"] for row in desk.ask("inbox") if row["type"] == "thread")

    async def story(screen: Screen) -> None:
        await go_to(screen, title)
        await screen.press("t", "enter")
        await screen.heard()
        task = (await screen.desk.outbox())[0].item if await screen.desk.outbox() else None
        made = task or screen.stage.message.task  # type: ignore[union-attr]
        assert made is not None
        await screen.stage.open_item(made)
        await screen.settle()
        await screen.press("g", "c")
        assert "Captured lines" in screen.dump()
        await screen.desk.set_task(made, {"title": "Another title"})
        await screen.heard()
        assert "Captured lines" in screen.dump()

    live(tmp_path, desk.clock, story)


def test_an_empty_list_says_what_emptied_it() -> None:
    async def story(screen: Screen) -> None:
        await screen.press("2", "f", *"zzzz", "enter")
        assert "No task here fits the filter." in screen.dump()
        assert "Esc takes the filter away." in screen.dump()
        assert "No task is yours." in text_of(TasksSource(screen.desk).empty()[1])
        assert "No note here fits the filter." in text_of(NotesSource(screen.desk, Filter(text="z")).empty()[1])

    drive(story)


def test_what_is_being_read_stays_when_its_row_goes_until_one_comes_back_to_the_list(tmp_path: Path) -> None:
    desk = team(tmp_path)
    title = next(row["title"] for row in desk.ask("inbox") if row["type"] == "thread")

    async def story(screen: Screen) -> None:
        await go_to(screen, title)
        await screen.press("enter")
        read = screen.stage.doc.thread
        row = screen.stage.row
        await screen.desk.done([row.id])
        await screen.heard()
        assert screen.stage.row is None or screen.stage.row.id != row.id
        assert screen.stage.doc.thread == read
        await screen.press("escape")
        assert screen.stage.row is None or screen.stage.doc.thread == screen.stage.row.thread

    live(tmp_path, desk.clock, story)


@pytest.mark.parametrize("by_name", [True, False])
def test_whoever_asks_for_another_try_gets_one_also_after_a_refused_token(tmp_path: Path, *, by_name: bool) -> None:
    desk = Desk(tmp_path)
    desk.connect()

    async def story(screen: Screen) -> None:
        engine = screen.desk.running.engine  # type: ignore[attr-defined]
        await until(lambda: bool(engine._wakes))
        (live_one,) = engine.lives.values()
        live_one.stopped = True  # as a refused token leaves it
        if by_name:
            (account,) = screen.stage.told.accounts
            Settling(screen.stage).account(account)
            await screen.press("1")
            assert f"Looking at {live_one.name}." in screen.foot
        else:
            screen.app.keying.act("sync_now")
        assert not live_one.stopped

    live(tmp_path, desk.clock, story, outside=desk.outside)
