"""Panels over the list: what opens over one gives it back, and no key acts on rows that they hide."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from leeward.model import ItemId
from leeward.rows import PersonRow
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tui.actions import Keymap
from tui.app import Options
from tui.screens.capture_panel import CapturePanel
from tui.screens.connect_panel import KindsPanel
from tui.screens.list_panels import KeysPanel
from tui.status import Choice, choice_line, footer
from tui.view import text_of


@pytest.mark.parametrize("over", ["question_mark", "colon"])
def test_what_opens_over_the_first_choices_gives_them_back(over: str) -> None:
    async def look(screen: Screen) -> None:
        first = screen.stage.panel_model
        await screen.press(over)
        assert "look around with a sample team" not in screen.dump()
        await screen.press("escape")
        assert screen.stage.panel_model is first
        assert "look around with a sample team" in screen.dump()

    drive(look, options=Options(follow_s=0, colours=1 << 24, first_start=True))


@pytest.mark.parametrize("keys", [("question_mark", "escape"), ("t", "escape"), ("t", "w", "q"), ("t", "enter")])
def test_who_was_reading_reads_on_where_the_panel_is_gone(keys: tuple[str, ...]) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("enter", "k")
        line = screen.stage.message
        await screen.press(*keys)
        assert screen.stage.panel_model is None
        assert screen.stage.part == "reader"
        assert screen.stage.message == line
        await screen.press("escape", *keys)
        assert screen.stage.part == "list"

    drive(look)


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
        assert "CONNECT" in screen.dump()

    drive(look, options=Options(follow_s=0, colours=1 << 24, first_start=True))


def test_what_was_found_is_read_where_one_part_is_shown_at_a_time() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("slash", *"index", "enter")
        assert screen.stage.reader.display
        assert "I can add the missing index" in screen.dump()
        assert "found" not in screen.dump()
        await screen.press("escape")
        assert "found" in screen.dump()

    drive(look, size=(40, 12))


def test_all_ways_to_send_are_shown_on_a_small_screen() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("r", "h", "i", "escape")
        shown = screen.dump()
        assert all(said in shown for said in ("Enter now", "s ", "$ my editor", "q keep the draft", "Esc write on"))
        assert "Enter take it" not in shown

    drive(look, size=(40, 12))


def test_a_long_sentence_is_said_to_its_end() -> None:
    async def look(screen: Screen) -> None:
        screen.stage.say("The server did not answer in time, three times over. Try again with :sync, or look later.")
        await screen.settle()
        assert screen.dump().rstrip().endswith("again with :sync, or look later.")
        await screen.press("j")
        assert "?" in screen.foot
        assert screen.stage.foot.region.height == 1

    drive(look, size=(60, 16))


def test_a_question_offers_enter_only_where_it_takes_it() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("2", "i")
        assert screen.foot == "Esc leave"
        await screen.press("escape", "s")
        assert screen.foot.startswith("Enter take it")

    drive(look)


def test_the_captured_line_always_travels_and_others_are_ticked_by_the_range() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        own = panel.context.message
        before = set(panel.ticked)
        await screen.press("x")
        assert panel.ticked == before
        assert own in panel.ticked
        assert "The task is made of this line." in screen.dump()
        await screen.press("k", "k", "k", "x", "x", "k", "k", "X")
        assert {row.id for row in panel.items[panel.cursor : panel.cursor + 3]} <= panel.ticked

    drive(look)


def test_every_place_of_a_capture_is_shown_or_found_by_its_name() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        assert "3  local this machine  / other" in screen.dump()
        await screen.press("slash", *"machine", "enter")
        assert panel.choices.targets[panel.target].place.title == "this machine"
        assert "→  this machine (only you)" in screen.dump()
        await screen.press("slash", *"nowhere", "enter")
        assert "No place of that name." in screen.dump()

    drive(look)


def test_a_refused_audience_is_asked_about_again() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        target = panel.choices.targets[0]
        panel.choices = replace(panel.choices, targets=(replace(target, wider="everyone can read it"),))
        for _each in range(2):
            await screen.press("enter")
            assert screen.stage.bar_model is not None
            await screen.press("escape")
        assert screen.desk.calls == []
        await screen.press("enter", "enter")
        assert [call[0] for call in screen.desk.calls] == ["capture", "read"]

    drive(look)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_who_will_read_a_capture_is_said_at_every_size(size: tuple[int, int]) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t", "3")
        assert "this machine (only you)" in screen.dump()
        await screen.press("2")
        assert "→  Platform (9 people)" in screen.dump()

    drive(look, size=size)


def test_the_values_of_a_field_with_few_are_all_shown_and_marked() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t")
        assert "#ops: [no]  yes" in screen.dump()
        assert "In step [off]  status   both" in screen.dump()
        await screen.press(*["shift+tab"], "l", "shift+tab", "l")
        assert "#ops:  no  [yes]" in screen.dump()
        assert "In step  off  [status]  both" in screen.dump()

    drive(look)


def test_a_sentence_on_readers_is_whole_on_a_small_screen() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        target = panel.choices.targets[0]
        panel.choices = replace(
            panel.choices, targets=(replace(target, wider="everyone in the organisation can read it"),)
        )
        panel.changed()
        await screen.settle()
        assert "everyone in the organisation can read it" in " ".join(screen.dump().split())

    drive(look, size=(40, 12))


def test_the_foot_cuts_no_blanks() -> None:
    keymap = Keymap()
    for space in range(30, 140):
        line = text_of(footer(keymap, "inbox", space, 'u: undo "task: Reads well"'))
        assert "…" not in line.partition("u: undo")[0]


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
def test_every_mistake_of_the_settings_is_shown_whole(size: tuple[int, int]) -> None:
    said = (
        'config.toml:6   poll = "10x"      is no time between 1s and 24h. Write such as "60s" or "5m".',
        'config.toml:11  name = "leee"     no such theme; lee is taken. Did you mean lee?',
    )

    async def look(screen: Screen) -> None:
        shown = " ".join(screen.dump().replace("Esc", "").split())
        assert all(" ".join(one.split()) in shown for one in said)
        await screen.press("escape")
        assert "config.toml" not in screen.dump()

    drive(look, size=size, options=Options(follow_s=0, colours=1 << 24, problems=said))


def test_more_mistakes_than_there_is_room_for_name_where_all_are_told() -> None:
    async def look(screen: Screen) -> None:
        assert "and more: leeward doctor" in screen.dump()
        assert screen.stage.list.region.height > 3

    said = tuple(f"config.toml:{n}  mouze  unknown setting, it does nothing. Did you mean mouse?" for n in range(30))
    drive(look, size=(40, 12), options=Options(follow_s=0, colours=1 << 24, problems=said))


def test_an_account_in_trouble_keeps_its_name_in_the_views() -> None:
    told = choice_line(Choice("account:x", "work-gitlab", "sign in !", "bold", None, "work-gitlab"), 17, None)
    assert text_of(told) == "work-gitlab    !"
    told = choice_line(Choice("account:x", "zoom", "sign in !", "bold", None, "zoom"), 17, None)
    assert text_of(told) == "zoom   sign in !"


def test_the_kinds_stand_in_columns_and_say_all_they_have_to_say() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("g", "a")
        panel = screen.stage.panel_model
        assert isinstance(panel, KindsPanel)
        lines = [text_of(line) for item in panel.items for line in panel.draw(item, 60)]
        assert not any("…" in line for line in lines)
        columns = {line.find("about") for line in lines if "about" in line}
        assert len(columns) <= 1

    drive(look)


def test_another_view_takes_the_panel_away() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("slash", *"index", "enter", "2")
        assert screen.stage.panel_model is None
        assert "Tasks, mine" in screen.dump()
        await screen.press("L")
        assert screen.desk.calls[-1][0] == "set_task"

    drive(look)


def test_one_line_and_one_person_are_counted_as_one() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("t", "minus", "minus", "minus")
        assert "── 1 line, 1 person travel ──" in screen.dump()

    drive(look)


def test_a_click_in_the_views_goes_there_and_one_in_a_panel_brings_the_keys_back() -> None:
    async def look(screen: Screen) -> None:
        side = screen.stage.side
        row = next(n for n, choice in enumerate(side.items) if choice.key == "later")
        await screen.pilot.click("#side", offset=(3, row))
        await screen.settle()
        assert screen.stage.where()[1] == "Later"
        assert screen.stage.part == "list"
        await screen.press("slash", *"index", "enter")
        assert screen.stage.part == "reader"
        await screen.pilot.click("#panel", offset=(10, 4))
        await screen.settle()
        assert screen.stage.part == "list"

    drive(look)


def test_all_that_may_follow_a_key_is_shown_on_small_screens() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("g")
        shown = " ".join(screen.dump().split())
        for said in (
            "g to the top",
            "l to what is linked",
            "c to the captured",
            "o to the",
            "p to the people",
            "a to the",
        ):
            assert said in shown
        await screen.press("escape")
        assert screen.stage.foot.region.height == 1

    drive(look, size=(60, 16))


@pytest.mark.parametrize("view", ["1", "2", "3"])
def test_esc_takes_the_filter_away_before_it_goes_back(view: str) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("5", view, "f", *"zzz", "enter")
        where = screen.stage.stop.view
        assert screen.stage.listing.source.want.text == "zzz"
        await screen.press("escape")
        assert (screen.stage.stop.view, screen.stage.listing.source.want.text) == (where, "")
        await screen.press("escape")
        assert screen.stage.stop.view == "quiet"

    drive(look)


def test_somebody_is_joined_with_somebody_else_by_name_and_parted_again() -> None:
    class SeenTwice(MemoryDesk):
        twice = False

        async def people(self, text: str = "", near: ItemId | None = None) -> Sequence[PersonRow]:
            accounts = ("chat", "work") if self.twice else ("chat",)
            return [replace(row, accounts=accounts) for row in await super().people(text, near)]

    desk = SeenTwice()

    async def look(screen: Screen) -> None:
        await screen.press("g", "p")
        assert "is also somebody else here" in screen.dump()
        assert "is somebody else than" not in screen.dump()
        message = screen.stage.message
        assert message is not None
        await screen.press("3", *"nobody")
        assert "Nobody of that name." in screen.dump()
        await screen.press(*["backspace"] * 6, *"jo", "enter")
        assert ("people_join", message.author_id, "person-4") in desk.calls
        desk.twice = True
        await screen.press("g", "p", "4")
        assert ("people_part", message.author_id) in desk.calls

    drive(look, desk=desk)
