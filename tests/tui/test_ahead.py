"""Keys that come faster than what they are meant for opens: they wait, in order, and mean nothing else meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual import events

from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tui.app import Options
from tui.screens import ahead
from tui.screens.reading import Doc

SLOW = Options(follow_s=0.05, colours=1 << 24)
"""As a real run: the reader follows once the cursor has rested."""


async def hurry(screen: Screen, *keys: str) -> None:
    """Keys that were in the terminal's hands already when the first was read."""
    for name in keys:
        character = {"space": " ", "enter": "\r", "escape": "\x1b", "tab": "\t"}.get(name, name)
        screen.app.post_message(events.Key(name, character if len(character) == 1 else None))
    await screen.settle()
    while screen.app.ahead._held or screen.app.ahead._due:
        await screen.settle()
    await screen.settle()


def test_a_sentence_typed_right_after_the_reply_key_is_the_reply() -> None:
    async def story(screen: Screen) -> None:
        await hurry(screen, "r", *"seen", "space", *"exit", "enter", *"qt")
        composer = screen.app.keying.writing._composer
        assert composer is not None
        assert composer.text == "seen exit\nqt"
        assert not screen.desk.gone
        await hurry(screen, "escape", "enter")
        assert [call for call in screen.desk.calls if call[0] == "reply"][-1][2] == "seen exit\nqt"

    drive(story)


def test_pasted_text_waits_in_its_place_among_the_keys() -> None:
    async def story(screen: Screen) -> None:
        screen.app.post_message(events.Key("r", "r"))
        screen.app.post_message(events.Paste("e e e"))
        await hurry(screen, "x")
        composer = screen.app.keying.writing._composer
        assert composer is not None
        assert composer.text == "e e ex"

    drive(story)


def test_a_task_is_made_of_the_row_the_cursor_came_to_not_of_the_one_before() -> None:
    async def story(screen: Screen) -> None:
        before = screen.stage.doc.thread
        await hurry(screen, "j", "j", "t", "enter")
        drafts = [call[1] for call in screen.desk.calls if call[0] == "capture"]
        assert len(drafts) == 1, "the second key made it"
        message: Any = drafts[0]
        assert before is not None
        assert "000002" in str(getattr(message, "message", message))

    drive(story, options=SLOW)


def test_an_answer_goes_to_the_row_the_cursor_came_to_in_the_reader_too() -> None:
    async def story(screen: Screen) -> None:
        await hurry(screen, "j", "j", "l", "r", *"yes", "escape", "enter")
        (reply,) = [call for call in screen.desk.calls if call[0] == "reply"]
        assert reply[1] == "thread-000002"

    drive(story, options=SLOW)


def test_moving_waits_for_the_view_that_was_asked_for() -> None:
    async def story(screen: Screen) -> None:
        await hurry(screen, "2", "j", "j")
        assert screen.stage.stop.view == "tasks"
        assert screen.stage.list.cursor == 2

    drive(story)


def test_what_hangs_keeps_the_keys_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE_S", 0.01)
    desk = MemoryDesk()
    never = asyncio.Event

    async def hang(*_args: object) -> Doc:
        await never().wait()
        raise AssertionError

    async def story(screen: Screen) -> None:
        monkeypatch.setattr(desk, "receivers", hang)
        screen.app.post_message(events.Key("r", "r"))
        screen.app.post_message(events.Key("j", "j"))
        screen.app.post_message(events.Key("j", "j"))
        for _each in range(500):
            await asyncio.sleep(0.001)
            if screen.stage.list.cursor == 2:
                break
        assert screen.stage.list.cursor == 2
        for worker in screen.app.workers:
            if worker.group == "composer":
                worker.cancel()

    drive(story, desk=desk)


def test_the_reader_that_follows_late_does_not_take_the_verb_away(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = MemoryDesk()
    real = desk.opened

    async def story(screen: Screen) -> None:
        asked: list[object] = []
        gate, twice = asyncio.Event(), asyncio.Event()

        async def slow(*given: Any) -> Any:
            asked.append(given)
            if len(asked) == 2:
                twice.set()
            await gate.wait()
            return await real(*given)

        monkeypatch.setattr(desk, "opened", slow)
        for key in "jr":
            screen.app.post_message(events.Key(key, key))
        async with asyncio.timeout(5):
            await twice.wait()
        gate.set()
        await screen.settle()
        await screen.settle()
        assert screen.app.keying.writing.live

    drive(story, desk=desk, options=SLOW)
