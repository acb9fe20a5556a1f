"""The week being painted by keys and by mouse, and what stands with it in the quiet view."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from leeward.errors import Problem
from leeward.model import Instant
from leeward.work.quiet_edit import FIRST, Draft, marked
from tests.tui.desk import HOUR, NOW, MemoryDesk
from tests.tui.driving import Screen, drive
from tui.desk_week import Board, Muting, Receivers
from tui.screens.week_editor import WeekEditor


def editor(screen: Screen) -> WeekEditor:
    assert isinstance(screen.stage.panel_model, WeekEditor)
    return screen.stage.panel_model


@pytest.mark.parametrize("size", [(120, 32), (80, 24), (40, 12)])
def test_the_editor_at_each_width(size: tuple[int, int]) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("5", "i", "h", "x", "w")
        screen.same_as(f"week-{size[0]}")

    drive(look, size=size)


@pytest.mark.parametrize("size", [(120, 32), (40, 12)])
def test_the_text_is_shown_before_it_is_saved_with_another_key(size: tuple[int, int]) -> None:
    async def save(screen: Screen) -> None:
        await screen.press("5", "z", "w", "x", "enter")
        screen.same_as(f"week-text-{size[0]}")
        await screen.press("enter")
        assert "1 saves it" in screen.foot
        assert screen.desk.calls == []
        await screen.press("1")
        assert screen.desk.calls == [
            ("week_save", "work", ("mon 09:00-09:30", "mon 10:00-12:30", "tue-fri 09:00-12:30", FIRST[1]))
        ]
        assert screen.stage.panel_model is None
        assert screen.stage.stop.view == "quiet"

    drive(save, size=size)


def test_moving_goes_round_the_week_and_by_columns() -> None:
    async def move(screen: Screen) -> None:
        await screen.press("5", "i")
        grid = editor(screen).grid
        assert (grid.day, grid.minute) == (0, 9 * 60 + 30)
        await screen.press("k", "h", "left", "down", "l")
        assert (grid.day, grid.minute) == (0, 9 * 60)
        await screen.press("home", "h")
        assert (grid.day, grid.minute) == (6, 23 * 60 + 30)
        await screen.press("plus", "plus", "l")
        assert (grid.day, grid.minute, grid.step) == (6, 23 * 60 + 35, 5)
        await screen.press("plus")
        assert "5 minutes" in screen.foot
        await screen.press("minus", "minus")
        assert (grid.minute, grid.step) == (23 * 60 + 30, 30)
        await screen.press("tab")
        assert (grid.day, grid.minute) == (0, 9 * 60)

    drive(move)


def test_a_range_is_a_block_of_days_and_hours() -> None:
    async def paint(screen: Screen) -> None:
        await screen.press("5", "i", "X")
        assert "Paint one cell" in screen.foot
        await screen.press("tab", "x", "j", "j", "l", "X")
        assert editor(screen).draft.lines == ("mon-wed 09:00-17:30", "thu-fri 09:00-12:30", "thu-fri 13:00-17:30")

    async def block(screen: Screen) -> None:
        await screen.press("5", "i", "home", "x", "j", "l", "l", "X")
        assert editor(screen).draft.lines == (*FIRST, "mon-tue 00:00-01:30")
        await screen.press("u")
        assert editor(screen).draft.lines == (*FIRST, "mon 00:00-00:30")
        await screen.press("u", "u")
        assert "Nothing to take back" in screen.foot
        assert not editor(screen).draft.changed
        await screen.press("U", "U")
        assert editor(screen).draft.lines == (*FIRST, "mon-tue 00:00-01:30")

    drive(paint)
    drive(block)


def test_fine_columns_paint_minutes() -> None:
    async def paint(screen: Screen) -> None:
        await screen.press("5", "i", "plus", "plus", "tab", "x")
        assert editor(screen).draft.on_day(0) == ((540, 755), (780, 1050))
        assert "Mon 12:30-12:35  rings" in screen.dump()

    drive(paint)


def test_times_are_typed() -> None:
    async def type_them(screen: Screen) -> None:
        await screen.press("5", "i", "j", "i", "ctrl+u")
        for key in "8-9:xx":
            await screen.press({":": "colon", "-": "minus"}.get(key, key))
        await screen.press("enter")
        assert "is no time span" in screen.dump()
        await screen.press("ctrl+w", *["8", "minus", "1", "1"], "enter")
        assert editor(screen).draft.on_day(1) == ((480, 660),)

    drive(type_them)


def test_a_day_is_copied_and_the_weekdays_are_made_like_monday() -> None:
    async def copy(screen: Screen) -> None:
        await screen.press("5", "i", "home", "x", "y", "4")
        assert editor(screen).draft.on_day(5) == editor(screen).draft.on_day(0)
        await screen.press("colon", "1")
        assert {editor(screen).draft.on_day(day) for day in range(7)} == {((0, 30), (540, 750), (780, 1050))}
        await screen.press("y", *"wed", "enter")
        assert screen.foot == "That changes nothing."

    drive(copy)


def test_leaving_asks_only_where_something_would_be_lost() -> None:
    async def leave(screen: Screen) -> None:
        await screen.press("5", "i", "j", "escape")
        assert screen.stage.panel_model is None
        await screen.press("i", "x", "escape")
        assert "The week has changed" in screen.dump()
        await screen.press("escape")
        assert editor(screen).draft.changed
        await screen.press("q", "2")
        assert editor(screen).text is not None
        await screen.press("escape")
        assert editor(screen).text is None
        await screen.press("escape", "1")
        assert screen.stage.panel_model is None
        assert screen.desk.calls == []

    drive(leave)


def test_what_could_not_be_saved_is_still_there() -> None:
    desk = MemoryDesk()
    desk.week_fails = Problem("The file cannot be written.", "Nothing was changed.")

    async def fail(screen: Screen) -> None:
        await screen.press("5", "i", "x", "enter", "1")
        assert "cannot be written" in screen.foot
        assert editor(screen).draft.changed

    drive(fail, desk=desk)


def test_a_first_schedule_is_offered_where_there_is_none() -> None:
    desk = MemoryDesk()
    desk.settings = ""
    desk.week = replace(desk.week, draft=Draft((), quiet=False, marks=marked(FIRST)), fresh=True)

    async def make(screen: Screen) -> None:
        await screen.press("5", "i")
        assert "No schedule yet: this would be “work”" in screen.dump()
        await screen.press("enter")
        assert "+ [quiet.schedules.work]" in screen.dump()
        await screen.press("1")
        assert screen.desk.calls == [("week_save", "work", FIRST)]

    drive(make, desk=desk)


@pytest.mark.parametrize("size", [(120, 32), (40, 12)])
def test_the_mouse_paints(size: tuple[int, int]) -> None:
    async def paint(screen: Screen) -> None:
        await screen.press("5", "i", "home")
        pane = screen.stage.panel_pane
        line = 2 if size[0] > 100 else 3
        offset = 1 + pane.margin + 6
        await screen.pilot.mouse_down(pane, offset=(offset, line))
        await screen.settle()
        assert editor(screen).draft.on_day(0)[0] == (0, 30)
        await screen.pilot._post_mouse_events([_move()], pane, offset=(offset + 2, line), button=1)
        await screen.settle()
        assert editor(screen).draft.on_day(0)[:2] == ((0, 30), (60, 90))
        await screen.pilot.mouse_up(pane, offset=(offset + 2, line))

    drive(paint, size=size)


def _move() -> type:
    from textual import events

    return events.MouseMove


# ---- the view and `z` ----


def test_the_view_tells_the_next_changes_and_the_card_once() -> None:
    desk = MemoryDesk()
    desk.board = Board(
        ((Instant(NOW + 3 * HOUR), True), (Instant(NOW + 4 * HOUR), False), (Instant(NOW + 8 * HOUR), True)),
        "While it was quiet: 41 notices, 0 rang, 2 would have under your old rules.",
    )

    async def look(screen: Screen) -> None:
        await screen.press("5")
        screen.same_as("quiet-card")
        await screen.press("1", "5")
        assert "41 notices" not in screen.dump()
        assert "quiet from 12:41, rings from 13:41, quiet from 17:41" in screen.dump()

    drive(look, desk=desk, size=(120, 32))


def test_on_a_small_screen_the_log_keeps_its_rows() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("5")
        screen.same_as("quiet-40")
        assert "RANG" in screen.dump()

    drive(look, size=(40, 12))


def test_the_card_stays_while_one_looks_although_something_changes() -> None:
    desk = MemoryDesk()
    desk.board = Board(card="While it was quiet: 41 notices, 0 rang.")

    async def look(screen: Screen) -> None:
        await screen.press("5")
        screen.desk.board = Board(((Instant(NOW + HOUR), True),))
        screen.desk.tell("quiet")
        await screen.heard()
        assert "41 notices" in screen.dump()
        assert "quiet from 10:41" in screen.dump()

    drive(look, desk=desk)


def test_every_row_of_the_log_answers_why_and_opens() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("5", "w")
        assert "Held. It was Fri 21:40" in screen.dump()
        await screen.press("escape", "enter")
        assert screen.stage.stop.view == "inbox"

    drive(look)


@pytest.mark.parametrize(
    ("keys", "call"),
    [
        (["z", "1"], ("quiet_on", "30 min")),
        (["z", "4"], ("quiet_on", "until I say so")),
        (["z", "5"], ("quiet_say", "until tomorrow")),
        (["z", "6"], ("quiet_say", "until next week")),
        (["z", "0"], ("quiet_off",)),
        (["z", "7", *"20m", "enter"], ("quiet_say", "20m")),
        (["z", "7", *"fri", "space", "9", "colon", *"00", "enter"], ("quiet_say", "until fri 9:00")),
        (["z", "o", "2"], ("quiet_open", "1 h")),
        (["z", "o", *"45m", "enter"], ("quiet_say", "open 45m")),
        (["z", *"fri", "space", "9", "colon", *"00", "enter"], ("quiet_say", "until fri 9:00")),
        (["z", *"90m", "enter"], ("quiet_say", "90m")),
    ],
)
def test_quiet_for_a_while(keys: list[str], call: tuple[str, ...]) -> None:
    async def ask(screen: Screen) -> None:
        await screen.press(*keys)
        assert screen.desk.calls == [call]

    drive(ask)


def test_a_trip_is_a_place_and_its_days() -> None:
    async def travel(screen: Screen) -> None:
        await screen.press("z", "t", *"lisbon", "enter")
        assert "from - to" in screen.dump()
        for key in "30 Mar - 3 Apr":
            await screen.press({" ": "space", "-": "minus"}.get(key, key))
        await screen.press("enter")
        assert screen.desk.calls == []
        seen = " ".join(screen.dump().split())
        assert (
            "This would be written: [[quiet.trip]] · from = 2026-03-30 · to = 2026-04-03 · timezone ="
            ' "Europe/Lisbon" · why = "lisbon"'
        ) in seen
        await screen.press("1")
        assert screen.desk.calls == [("trip", "2026-03-30", "2026-04-03", "Europe/Lisbon", "lisbon")]

    drive(travel)


@pytest.mark.parametrize(("key", "calls"), [("1", 1), ("escape", 0)])
def test_the_lines_of_a_date_are_shown_before_they_are_written(key: str, calls: int) -> None:
    async def plan(screen: Screen) -> None:
        await screen.press("5", "i", "colon", "3")
        for letter in "quiet 30 Mar - 3 Apr":
            await screen.press({" ": "space", "-": "minus"}.get(letter, letter))
        await screen.press("enter")
        seen = " ".join(screen.dump().split())
        assert '[[quiet.except]] · from = 2026-03-30 · to = 2026-04-03 · do = "quiet"' in seen
        assert [one for one in screen.desk.calls if one[0] == "quiet_dates"] == []
        await screen.press(key)
        assert len([one for one in screen.desk.calls if one[0] == "quiet_dates"]) == calls

    drive(plan)


def test_a_trip_to_nowhere_is_refused() -> None:
    async def travel(screen: Screen) -> None:
        await screen.press("z", "t", *"nowhere", "enter")
        assert "no such place" in screen.dump()
        assert screen.desk.calls == []

    drive(travel)


def test_mute_offers_thread_place_and_account() -> None:
    desk = MemoryDesk()
    desk.wider_mutings = (Muting("#ops", (("place", "#ops"),)), Muting("work", (("account", "work"),)))

    async def mute(screen: Screen) -> None:
        await screen.press("z", "m")
        assert "this thread" in screen.dump()
        await screen.press("2")
        assert screen.desk.calls == [("mute_by", "#ops")]
        screen.desk.muted = (Muting("work", (("account", "work"),)),)
        await screen.press("z", "m")
        assert "rings again: work" in screen.dump()
        await screen.press("4")
        assert screen.desk.calls[1:] == [("unmute", "work")]

    drive(mute, desk=desk)


def test_another_schedule_is_opened_and_asks_where_something_would_be_lost() -> None:
    async def choose(screen: Screen) -> None:
        config = replace(screen.desk.week.config, schedule="work")
        screen.desk.week = replace(screen.desk.week, others=("nights", "oncall"), config=config)
        await screen.press("5", "i", "colon")
        assert "another schedule: nights, oncall" in screen.dump()
        await screen.press("5")
        assert "nights" in screen.dump()
        await screen.press("1")
        assert editor(screen).sheet.name == "nights"
        assert "WEEK  nights" in screen.dump()
        await screen.press("colon", "6")
        assert screen.desk.calls == [("use_schedule", "nights")]
        await screen.press("x", "colon", "5", "1")
        assert "open work and lose that?" in screen.dump()
        await screen.press("2")
        assert editor(screen).sheet.name == "nights"
        await screen.press("colon", "5", "1", "1")
        assert editor(screen).sheet.name == "work"

    drive(choose)


@pytest.mark.parametrize("size", [(120, 32), (80, 24), (40, 12)])
def test_holidays_are_listed_by_name_and_switched_off(size: tuple[int, int]) -> None:
    async def toggle(screen: Screen) -> None:
        await screen.press("5", "i", "colon", "4")
        assert "HOLIDAYS  NL" in screen.dump()
        assert "quiet  Fri 25 Dec 2026  Christmas Day" in screen.dump()
        await screen.press("enter")
        assert screen.desk.calls == [("holiday", date(2026, 12, 25), False)]
        assert "off    Fri 25 Dec 2026" in screen.dump()
        await screen.press("enter", "1", "ctrl+u", *"de", "minus", *"by", "enter")
        assert screen.desk.calls[1:] == [("holiday", date(2026, 12, 25), True), ("holiday_regions", ("DE-BY",))]
        assert "HOLIDAYS  DE-BY" in screen.dump()
        await screen.press("escape")
        assert screen.stage.panel_model is None
        assert screen.stage.stop.view == "quiet"

    drive(toggle, size=size)


@pytest.mark.parametrize("size", [(120, 32), (80, 24), (40, 12)])
def test_the_zone_before_is_kept_with_one_key(size: tuple[int, int]) -> None:
    async def keep(screen: Screen) -> None:
        screen.desk.board = Board(before="Europe/Amsterdam")
        await screen.press("5")
        assert "i keep Europe/Amsterdam" in screen.dump()
        await screen.press("i")
        assert screen.desk.calls == [("keep_zone", "Europe/Amsterdam")]
        assert screen.stage.panel_model is None
        await screen.press("i")
        assert isinstance(screen.stage.panel_model, WeekEditor)

    drive(keep, size=size)


def test_what_may_ring_in_quiet_stands_beside_the_week() -> None:
    async def look(screen: Screen) -> None:
        screen.desk.board = Board(through="VIP, mention")
        await screen.press("5")
        assert "may ring in quiet: today items" in screen.dump()
        assert "from VIP, mention" in screen.dump()

    drive(look)


def test_the_log_is_filtered_by_words() -> None:
    async def narrow(screen: Screen) -> None:
        await screen.press("5", "f", *"sam", "enter")
        assert "Sam: licence" in screen.dump()
        assert "Maria: db down" not in screen.dump()
        await screen.press("f", "ctrl+u", *"nobody", "enter")
        assert "Nothing in the log fits the filter." in screen.dump()

    drive(narrow)


def test_sending_at_their_opening_is_offered_with_what_their_clock_shows() -> None:
    async def write(screen: Screen) -> None:
        await screen.press("enter", "r", "Y", "escape")
        assert "It is 04:41 for Jo (New York, quiet)" in screen.dump()
        assert "s at Jo's 09:00" in screen.dump()
        await screen.press("s")
        (call,) = [one for one in screen.desk.calls if one[0] == "reply"]
        assert call[3] == "Jo's 09:00"

    drive(write)


def test_what_their_service_tells_later_stands_above_what_is_written_meanwhile() -> None:
    async def write(screen: Screen) -> None:
        desk = screen.desk
        desk.told_later, known = desk.theirs, Receivers()
        desk.theirs = known
        await screen.press("enter", "r", "Y")
        assert "It is 04:41 for Jo (New York, quiet)" in screen.dump()
        await screen.press("e", "s", "escape")
        assert "s at Jo's 09:00" in screen.dump()
        await screen.press("s")
        (call,) = [one for one in desk.calls if one[0] == "reply"]
        assert call[2:] == ("Yes", "Jo's 09:00")

    drive(write)


def test_a_trip_may_have_another_schedule_where_there_are_several() -> None:
    async def travel(screen: Screen) -> None:
        screen.desk.week = replace(screen.desk.week, others=("oncall",))
        await screen.press("z", "t", *"new", "space", *"york", "enter")
        for key in "30 Nov - 4 Dec":
            await screen.press({" ": "space", "-": "minus"}.get(key, key))
        await screen.press("enter")
        assert "as here: work" in screen.dump()
        await screen.press("2")
        assert 'schedule = "oncall"' in " ".join(screen.dump().split())
        await screen.press("1")
        assert screen.desk.calls[-1][0] == "trip"
        assert screen.desk.calls[-1][-1] == "oncall"

    drive(travel)


@pytest.mark.parametrize("size", [(120, 32), (80, 24), (40, 12)])
def test_the_clocks_of_readers_never_push_out_whom_one_answers(size: tuple[int, int]) -> None:
    async def write(screen: Screen) -> None:
        await screen.press("enter", "r")
        assert " REPLY in #ops" in screen.dump()
        assert "It is 04:41 for Jo" in screen.dump()

    drive(write, size=size)
