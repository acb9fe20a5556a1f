"""From a line to its task and back to what was captured: two keys, and what became of the lines stands below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.store.db import open_db, write
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tests.tui.live import go_to, live
from tests.tui.test_twins import team


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def test_two_keys_show_the_lines_and_what_was_changed_since(tmp_path: Path) -> None:
    desk = team(tmp_path)
    line = next(row for row in desk.ask("promises") if "write down why" in row["text"])
    task = desk.ask("capture", line["id"], "--to", "local", "--no-reply")["task"]
    db = open_db(tmp_path)
    write(db, lambda db: db.execute("UPDATE message SET text = 'never mind' WHERE id = ?", (line["id"],)))
    db.close()

    async def story(screen: Screen) -> None:
        await screen.press("2")
        await go_to(screen, task["title"])
        await screen.press("g", "c")
        dump = screen.dump()
        assert "Captured lines" in dump
        assert "1 changed since" in dump
        assert "edited since; now: never mind" in dump
        assert "great. and someone should" in dump
        assert "People" in dump
        assert "Frozen" in dump

    live(tmp_path, desk.clock, story)


def test_a_task_that_was_not_made_of_a_line_says_so() -> None:
    async def story(screen: Screen) -> None:
        await screen.press("2", "j", "g", "c")
        assert "not made of a line" in screen.foot

    drive(story, desk=MemoryDesk())
