"""Panels over the list: what opens over one gives it back, and no key acts on rows that they hide."""

from __future__ import annotations

import pytest

from tests.tui.driving import Screen, drive
from tui.app import Options
from tui.screens.capture_panel import CapturePanel
from tui.screens.first_panel import FirstPanel
from tui.screens.list_panels import KeysPanel


@pytest.mark.parametrize("over", ["question_mark", "colon"])
def test_what_opens_over_the_first_choices_gives_them_back(over: str) -> None:
    async def look(screen: Screen) -> None:
        assert isinstance(screen.stage.panel_model, FirstPanel)
        await screen.press(over)
        assert not isinstance(screen.stage.panel_model, FirstPanel)
        await screen.press("escape")
        assert isinstance(screen.stage.panel_model, FirstPanel)
        assert "look around with a sample team" in screen.dump()

    drive(look, options=Options(follow_s=0, colours=1 << 24, first_start=True))


def test_the_keys_of_a_capture_give_it_back_as_it_was() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t", "plus", "question_mark", "question_mark", "escape")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        assert len(panel.ticked) == 4
        await screen.press("colon", *"fewer", "enter")
        assert screen.stage.panel_model is panel
        assert len(panel.ticked) == 3

    drive(look)


def test_no_key_of_a_panel_acts_on_the_rows_behind_it() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("g", "a")
        for key in ("x", "X", "i", "w"):
            await screen.press(key)
            assert screen.foot == "That means nothing here."
        assert not screen.stage.listing.ticked
        await screen.press("question_mark")
        panel = screen.stage.panel_model
        assert isinstance(panel, KeysPanel)
        assert not {"x", "X", "i", "w"} & {row[0] for row in panel.items if isinstance(row, tuple)}

    drive(look)


def test_the_parts_that_a_panel_hides_take_no_keys() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("tab", "l", "h")
        assert screen.stage.part == "list"
        await screen.press("j", "enter")
        assert not isinstance(screen.stage.panel_model, FirstPanel)

    drive(look, options=Options(follow_s=0, colours=1 << 24, first_start=True))
