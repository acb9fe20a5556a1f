"""What one has just written stands in its thread at once, says how it is on its way, and is never there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from leeward.store import outbox
from leeward.work import acts, posting
from tests.tui.commands.desk import Desk, synced
from tests.tui.driving import Screen
from tests.tui.live import go_to, live
from tests.tui.test_twins import team

ANSWER = "Sounds good, I will try it."


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def typed(text: str) -> list[str]:
    return ["space" if letter == " " else letter for letter in text]


def reader(screen: Screen) -> str:
    """What the reader shows of its lines: the text, without the composer and the list."""
    return "\n".join(
        "".join(text for line in screen.stage._draw_entry(entry, 70) for text, _ink in line)
        for entry in screen.stage.doc.items
    )


async def write_it(screen: Screen, title: str) -> None:
    await go_to(screen, title)
    await screen.press("r", *typed(ANSWER), "escape", "enter")
    await screen.heard()


def a_thread(desk: Desk) -> str:
    """The title of the first thread of the inbox."""
    return str(next(row["title"] for row in desk.ask("inbox") if row["type"] == "thread"))


def test_a_reply_stands_in_the_reader_with_its_word_and_undo_takes_it_away(tmp_path: Path) -> None:
    desk = team(tmp_path)
    title = a_thread(desk)

    async def story(screen: Screen) -> None:
        await write_it(screen, title)
        *_others, last = reader(screen).split("\n")
        assert ANSWER in last
        assert last.rstrip().endswith("on its way")
        assert any(ANSWER in line for line in screen.dump().split("\n"))
        await screen.press("u")
        await screen.heard()
        assert ANSWER not in reader(screen)
        await screen.press("U")
        await screen.heard()
        assert reader(screen).count(ANSWER) == 1

    live(tmp_path, desk.clock, story)


def test_the_line_just_written_is_in_view_where_the_thread_fills_the_reader(tmp_path: Path) -> None:
    desk = team(tmp_path)
    rows = [row for row in desk.ask("inbox") if row["type"] == "thread"]
    title = max(rows, key=lambda row: len(desk.ask("thread", row["id"])["messages"]))["title"]

    async def story(screen: Screen) -> None:
        await go_to(screen, title)
        await screen.press("l", "G")
        assert len(screen.stage.doc.items) > screen.stage.reader.room
        here = screen.stage.reader.item
        store = screen.desk.running.store  # type: ignore[attr-defined]
        store.write(posting.reply, screen.desk.now(), screen.stage.doc.thread, ANSWER).result()
        await screen.heard()
        assert screen.stage.reader.item.id == here.id, "the cursor stays on its line"
        assert any(ANSWER in line and "on its way" in line for line in screen.dump().split("\n"))

    live(tmp_path, desk.clock, story, size=(120, 10))


def test_a_line_that_is_dropped_elsewhere_leaves_the_reader(tmp_path: Path) -> None:
    desk = team(tmp_path)
    row = next(row for row in desk.ask("inbox") if row["type"] == "thread")

    async def story(screen: Screen) -> None:
        await go_to(screen, row["title"])
        store = screen.desk.running.store  # type: ignore[attr-defined]
        store.write(posting.reply, screen.desk.now(), screen.stage.doc.thread, ANSWER).result()
        await screen.heard()
        assert reader(screen).rstrip().endswith("on its way")
        store.write(acts.undo, screen.desk.now()).result()
        await screen.heard()
        assert ANSWER not in reader(screen)

    live(tmp_path, desk.clock, story)


def test_its_word_follows_the_outbox(tmp_path: Path) -> None:
    desk = team(tmp_path)
    title = a_thread(desk)

    async def story(screen: Screen) -> None:
        await write_it(screen, title)
        running = screen.desk.running  # type: ignore[attr-defined]
        (row,) = await screen.desk.outbox()
        for state, said in (("unsure", "checking whether it arrived"), ("asks", "asks you"), ("failed", "not taken")):
            running.store.write(outbox.settle, row.row, state).result()
            await screen.heard()
            assert reader(screen).rstrip().endswith(said)
            assert reader(screen).count(ANSWER) == 1

    live(tmp_path, desk.clock, story)


def test_nothing_is_made_of_a_line_on_its_way_but_its_text_is_copied_and_enter_shows_the_outbox(tmp_path: Path) -> None:
    desk = team(tmp_path)
    title = a_thread(desk)

    async def story(screen: Screen) -> None:
        await write_it(screen, title)
        feed = screen.stage.doc.feed
        assert feed is not None
        assert all(line.sending is None for line in feed.rows), "the page that is loaded holds real lines only"
        assert screen.stage.message is not None
        assert screen.stage.message.sending is None, "the list's verbs mean a line that can be meant"
        await screen.press("l", "G")
        assert screen.stage.reader.item.text == ANSWER
        for verb in ("t", "T"):
            await screen.press(verb)
            assert screen.stage.panel_model is None
            assert screen.stage.bar_model is None
            assert "does not show this line yet" in screen.foot
        await screen.press("Y")
        assert screen.app.clipboard == ANSWER
        await screen.press("enter")
        assert screen.stage.stop.view == "outbox"

    live(tmp_path, desk.clock, story)


def test_in_a_long_thread_it_stands_after_the_last_line_only(tmp_path: Path) -> None:
    desk = synced(tmp_path)
    title = desk.ask("inbox", "--all")[0]["title"]

    async def story(screen: Screen) -> None:
        await write_it(screen, title)
        doc = screen.stage.doc
        assert doc.feed is not None
        assert doc.coming
        doc.feed.more_after = True
        doc.rebuilt(screen.stage.face)
        assert not doc.coming
        assert ANSWER not in reader(screen)
        doc.feed.more_after = False
        doc.rebuilt(screen.stage.face)
        assert reader(screen).rstrip().endswith("on its way")

    live(tmp_path, desk.clock, story, outside=desk.outside)


def test_the_line_its_service_brings_takes_its_place(tmp_path: Path) -> None:
    desk = synced(tmp_path)
    title = desk.ask("inbox", "--all")[0]["title"]

    async def first(screen: Screen) -> None:
        await write_it(screen, title)
        assert reader(screen).rstrip().endswith("on its way")

    async def after(screen: Screen) -> None:
        await go_to(screen, title)
        assert reader(screen).count(ANSWER) == 1
        assert not reader(screen).rstrip().endswith("on its way")

    live(tmp_path, desk.clock, first, outside=desk.outside)
    assert desk.run("sync").code == 0
    assert desk.ask("outbox", "list") == []
    live(tmp_path, desk.clock, after, outside=desk.outside)
    assert desk.run("sync").code == 0
    live(tmp_path, desk.clock, after, outside=desk.outside)
