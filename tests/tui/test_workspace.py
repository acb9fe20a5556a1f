import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from leeward.errors import Trouble
from leeward.events import ELSEWHERE, Progress
from leeward.model import ItemId, Tier
from leeward.rows import Found, OutboxRow
from tests.tui.desk import MemoryDesk, inbox_row
from tests.tui.driving import Screen, drive
from tui.app import Options
from tui.asks import CaptureDraft
from tui.screens.capture_panel import CapturePanel
from tui.screens.week_editor import WeekEditor
from tui.widgets.composer import Composer


def captured(screen: Screen) -> CaptureDraft:
    ((name, draft), (read, _thread, _upto)) = screen.desk.calls
    assert (name, read) == ("capture", "read")
    assert isinstance(draft, CaptureDraft)
    return draft


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_the_inbox_at_each_width(size: tuple[int, int]) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("j")
        screen.same_as(f"inbox-{size[0]}")

    drive(look, size=size)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("capture", ["t"]),
        ("later", ["s"]),
        ("quiet", ["5"]),
        ("tasks", ["2"]),
        ("notes", ["3"]),
        ("sessions", ["4"]),
        ("search", ["slash", "i", "n", "d", "e", "x"]),
        ("palette", ["colon", "o", "u", "t"]),
        ("keys", ["question_mark"]),
        ("why", ["w"]),
        ("outbox-empty", ["g", "o"]),
        ("connect", ["g", "a", "1"]),
        ("reply", ["r"]),
        ("prefix", ["g"]),
    ],
)
def test_every_view_and_panel(name: str, keys: list[str]) -> None:
    async def look(screen: Screen) -> None:
        await screen.press(*keys)
        screen.same_as(name)

    drive(look, size=(120, 32))


def test_looking_marks_nothing_read() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("j", "j", "enter", "j", "space", "escape", "n")
        assert screen.desk.calls == []

    drive(look)


def test_the_reader_opens_at_the_first_unread_line_else_at_the_end() -> None:
    async def look(screen: Screen) -> None:
        assert screen.stage.reader.item.id == "thread-000000-m00013"
        await screen.press("j", "j")
        assert screen.stage.doc.head is not None
        assert screen.stage.reader.item.id == screen.stage.doc.head.first_unread == "thread-000002-m00012"

    drive(look)


def test_done_moves_on_to_the_next_and_can_be_undone() -> None:
    async def clear(screen: Screen) -> None:
        await screen.press("j", "e")
        assert screen.desk.calls == [("done", "row-000001")]
        assert screen.here == "row-000002"
        assert 'u: undo "done: row-000001"' in screen.dump() or screen.foot == "done: row-000001"
        await screen.press("u")
        assert screen.desk.calls[-1] == ("undo", False)
        assert screen.here == "row-000002"

    drive(clear)


def test_quick_done_twice_clears_two_different_rows() -> None:
    async def clear(screen: Screen) -> None:
        await screen.send("e")
        await screen.send("e")
        await screen.settle()
        assert screen.desk.calls == [("done", "row-000000"), ("done", "row-000001")]

    drive(clear)


def test_what_fails_is_said_and_the_row_comes_back() -> None:
    async def fail(screen: Screen) -> None:
        screen.desk.fails = Trouble("The disk is full.", "Make room.")
        await screen.press("e")
        assert "The disk is full. Make room." in screen.foot
        screen.desk.fails = None
        screen.desk.tell("inbox")
        await screen.heard()
        await screen.press("g", "g")
        assert screen.here == "row-000000"

    drive(fail)


def test_a_typed_line_that_could_not_be_kept_stands_there_again() -> None:
    """Also where the disk is so full that no draft of it was taken."""

    async def fail(screen: Screen) -> None:
        full = Trouble("The disk is full.", "Make room.")

        async def no_draft(key: str, text: str) -> None:
            raise full

        screen.desk.draft_save = no_draft  # type: ignore[method-assign]  # what a full disk does
        screen.desk.fails = full
        await screen.press("r", *"Yes", "escape", "enter")
        assert "The disk is full. Make room." in screen.foot
        composer = screen.stage.query_one(Composer)
        assert composer.display
        assert composer.text == "Yes"
        await screen.press("escape", "q", "2", "c", *"Milk", "enter")
        assert "The disk is full. Make room." in screen.foot
        screen.desk.fails = None
        await screen.press("c")
        assert "NEW TASK  Milk" in screen.dump()
        del screen.desk.draft_save
        await screen.press("enter")
        assert screen.desk.calls[-1] == ("task_new", "Milk")
        assert "Nothing" not in screen.foot
        await screen.press("c")
        assert "what is to be done" in screen.dump()

    drive(fail)


def test_a_line_that_another_process_wrote_stands_in_the_open_thread() -> None:
    async def arrive(screen: Screen) -> None:
        before = len(screen.stage.doc.items)
        screen.desk.lines += 1
        screen.desk.tell(ELSEWHERE)
        await screen.heard()
        assert len(screen.stage.doc.items) == before + 1

    drive(arrive)


def test_new_rows_wait_and_the_cursor_stays_on_its_item() -> None:
    async def arrive(screen: Screen) -> None:
        await screen.press("j", "j")
        top = screen.stage.list.top
        screen.desk.added.append(inbox_row(4000))
        screen.desk.tell("inbox")
        await screen.heard()
        assert screen.here == "row-000002"
        assert screen.stage.list.top == top
        assert "1 new, g g lets them in" in screen.dump()
        await screen.press("g", "g")
        assert screen.here == "row-004000"

    drive(arrive)


def test_ticked_rows_are_acted_on_together() -> None:
    async def tick(screen: Screen) -> None:
        await screen.press("x", "x", "j", "X", "p", "1")
        assert screen.desk.calls == [
            ("tier", "row-000000", "row-000001", "row-000002", "row-000003", Tier.RED),
        ]

    drive(tick)


def test_fyi_is_folded_and_cleared_by_its_heading() -> None:
    async def clear(screen: Screen) -> None:
        await screen.press("G")
        assert "FYI, 4 unread" in screen.dump()
        assert screen.here == "None"
        await screen.press("enter")
        assert screen.stage.listing.opened
        await screen.press("e")
        name, *ids = screen.desk.calls[-1]
        assert name == "done"
        assert len(ids) == sum(1 for number in range(60) if inbox_row(number).tier is Tier.GREEN)

    drive(clear, desk=MemoryDesk(60))


def test_capture_is_two_keys_in_the_plain_case() -> None:
    async def make(screen: Screen) -> None:
        await screen.press("t", "enter")
        draft = captured(screen)
        assert draft.title == "Write down why it stopped"
        assert draft.message in draft.lines
        assert len(draft.lines) == 3
        assert draft.place == "p1"
        assert draft.tier is Tier.YELLOW

    drive(make)


def test_capture_takes_the_newest_unread_line_by_somebody_else() -> None:
    async def make(screen: Screen) -> None:
        await screen.press("j", "j", "t")
        panel = screen.stage.panel_model
        assert isinstance(panel, CapturePanel)
        assert panel.context.message == "thread-000002-m00012"

    drive(make)


def test_capture_ticks_widens_narrows_and_chooses_a_place_by_digit() -> None:
    async def make(screen: Screen) -> None:
        await screen.press("t", "plus", "plus", "minus", "k", "x", "3", "enter")
        draft = captured(screen)
        assert draft.place == "p3"
        assert len(draft.lines) == 3

    drive(make)


def test_capture_fields_are_typed_and_the_due_understood() -> None:
    async def make(screen: Screen) -> None:
        await screen.press(
            "t", "i", "ctrl+u", *"Ask", "enter", "tab", "tab", "h", "i", "tab", "tab", "tab", *"Fri", "enter", "enter"
        )
        draft = captured(screen)
        assert (draft.title, draft.say, str(draft.due)) == ("Ask", "hi", "2026-03-27")

    drive(make)


def test_a_wider_audience_is_asked_about_before_anything_is_made() -> None:
    async def make(screen: Screen) -> None:
        screen.desk.wider = "Everyone at Acme will be able to read these lines."
        await screen.press("t", "enter")
        assert screen.desk.calls == []
        assert "Everyone at Acme" in screen.dump()
        await screen.press("enter")
        assert screen.desk.calls[0][0] == "capture"

    drive(make)


def test_undoing_what_has_left_asks_and_no_second_u_confirms() -> None:
    async def undo(screen: Screen) -> None:
        await screen.press("t", "enter", "u")
        assert "Close it there?" in screen.dump()
        await screen.press("u")
        assert ("undo", True) not in screen.desk.calls
        await screen.press("enter")
        assert ("undo", True) in screen.desk.calls

    drive(undo)


def test_later_by_digit_and_by_words() -> None:
    async def put_off(screen: Screen) -> None:
        await screen.press("s", "3")
        assert screen.desk.calls == [("later", "row-000000", "tomorrow 09:00")]
        await screen.press("s", *"in", "space", "2", "h", "enter")
        assert screen.desk.calls[-1] == ("later", "row-000001", "today 11:41")
        await screen.press("s", "z", "enter")
        assert "Write in 2h" in screen.dump()
        await screen.press("escape")
        assert screen.stage.bar_model is None

    drive(put_off)


def test_a_reply_is_written_and_sent_by_esc_enter() -> None:
    async def reply(screen: Screen) -> None:
        await screen.press("r", *"Yes", "enter", "e", "escape", "enter")
        assert screen.desk.calls == [
            ("reply", "thread-000000", "Yes\ne", None),
            ("read", "thread-000000", screen.last),
        ]
        assert screen.desk.drafts == {}

    drive(reply)


def test_quick_esc_and_key_in_one_chord_is_both() -> None:
    async def reply(screen: Screen) -> None:
        await screen.press("r", *"Yes", "alt+s")
        assert screen.desk.calls == [
            ("reply", "thread-000000", "Yes", "Jo's 09:00"),
            ("read", "thread-000000", screen.last),
        ]

    drive(reply)


def test_a_draft_survives() -> None:
    async def reply(screen: Screen) -> None:
        await screen.press("r", *"half", "escape", "q")
        assert screen.desk.drafts == {"reply:thread-000000": "half"}
        await screen.press("r")
        assert "half" in screen.dump()

    drive(reply)


def test_search_follows_what_is_typed_and_esc_returns() -> None:
    async def find(screen: Screen) -> None:
        await screen.press("slash", *"retention")
        panel = screen.stage.panel_model
        assert panel is not None
        assert panel.items
        assert screen.stage.doc.thread == panel.items[0].thread
        await screen.press("down", "enter")
        assert screen.stage.part == "reader"
        await screen.press("escape", "escape")
        assert screen.stage.panel_model is None

    drive(find)


def test_filter_and_back_out_of_it() -> None:
    async def narrow(screen: Screen) -> None:
        await screen.press("f", *"rate", "enter")
        assert all("Rate" in row.title for row in screen.stage.listing.items)
        found = screen.here
        await screen.press("escape")
        assert not screen.stage.listing.source.want.text
        assert screen.here == found, "one stays on what was found"
        await screen.press("g", "g")
        assert screen.here == "row-000000"

    drive(narrow)


def test_h_and_l_never_act() -> None:
    async def move(screen: Screen) -> None:
        await screen.press("h", "h", "l", "l", "l")
        assert screen.stage.part == "reader"
        assert screen.desk.calls == []

    drive(move)


def test_esc_walks_back_through_history_and_q_leaves_at_the_top() -> None:
    async def walk(screen: Screen) -> None:
        await screen.press("j", "2", "3", "escape", "escape")
        assert (screen.stage.stop.view, screen.here) == ("inbox", "row-000001")
        await screen.press("q")
        assert screen.app._exit

    drive(walk)


def test_the_end_of_a_long_list_is_one_page_away() -> None:
    async def end(screen: Screen) -> None:
        await screen.press("G")
        assert screen.here == "None"
        await screen.press("k")
        last = screen.here
        await screen.press("g", "g")
        assert screen.here == "row-000000"
        assert int(last.removeprefix("row-")) > 99_990
        assert len(screen.stage.listing.items) < 700

    drive(end, desk=MemoryDesk(100_000))


def test_going_down_loads_more_and_lets_the_far_side_go() -> None:
    async def down(screen: Screen) -> None:
        for _ in range(60):
            await screen.press("space")
        assert len(screen.stage.listing.items) <= 602
        assert int(screen.here.removeprefix("row-")) > 700

    drive(down, desk=MemoryDesk(100_000))


def test_a_thread_of_thousands_opens_at_its_end_with_a_part_of_it() -> None:
    async def look(screen: Screen) -> None:
        assert screen.stage.reader.item.id == "thread-000000-m04999"
        assert len(screen.stage.doc.items) < 200
        await screen.press("enter", "g", "g")
        assert screen.stage.reader.item.id == "thread-000000-m00000"
        await screen.press("G")
        assert screen.stage.reader.item.id == "thread-000000-m04999"

    drive(look, desk=MemoryDesk(300, 5000))


def test_n_finds_the_next_unread_from_the_reader() -> None:
    async def find(screen: Screen) -> None:
        await screen.press("enter", "n")
        assert screen.stage.doc.thread == "thread-000002"
        assert screen.stage.part == "reader"
        await screen.press("n", "N")
        assert screen.stage.doc.thread == "thread-000002"

    drive(find)


def test_tasks_are_edited_assigned_and_carried() -> None:
    async def work(screen: Screen) -> None:
        await screen.press("2", "L")
        assert screen.desk.calls[-1][:2] == ("set_task", "task-0000")
        await screen.press("a", "2")
        assert screen.desk.calls[-1] == ("assign", "task-0000", "person-1")
        await screen.press("i", "1", "ctrl+u", *"New", "enter")
        assert str(screen.desk.calls[-1][2]) == "{'title': 'New'}"

    drive(work)


def test_quiet_is_one_key_and_a_digit() -> None:
    async def hush(screen: Screen) -> None:
        await screen.press("z", "2", "z", "0")
        assert screen.desk.calls == [("quiet_on", "1 h"), ("quiet_off",)]

    drive(hush)


def test_the_outbox_asks_and_takes_an_answer() -> None:
    async def answer(screen: Screen) -> None:
        screen.desk.outbox_rows = [
            OutboxRow(7, "wiki", "note", ItemId("n"), "Minutes", "asks", 1, None, "It changed there.")
        ]
        await screen.press("g", "o", "enter", "3")
        assert screen.desk.calls == [("answer_outbox", 7, "mine")]

    drive(answer)


def test_a_change_that_is_read_shows_how_it_stands_now_and_says_nothing_twice() -> None:
    async def wait(screen: Screen) -> None:
        row = OutboxRow(7, "wiki", "note", ItemId("n"), "Minutes", "queued", 0, None, "on its way")
        screen.desk.outbox_rows = [row]
        await screen.press("g", "o")
        assert screen.dump().count("on its way") == 2, "on the row and as its state, not as a reason too"
        await screen.press("enter")
        assert "u takes it back" in screen.foot
        screen.desk.outbox_rows = [replace(row, state="unsure", why="The answer was lost.", tries=1)]
        screen.desk.tell("outbox")
        await screen.heard()
        assert "State     checking whether it arrived" in screen.dump()

    drive(wait)


def test_an_account_is_tried_before_it_is_saved() -> None:
    async def connect(screen: Screen) -> None:
        await screen.press("g", "a", "enter", "enter", *"bad", "enter")
        assert "That token is not known there." in screen.dump()
        assert "bad" not in screen.dump()
        await screen.press("ctrl+u", *"good", "enter", "l", "enter")
        assert screen.desk.calls == [("connect_save", "gitlab", "https://gitlab.com", "week")]
        assert "is not there" not in screen.dump(), "the account made the file"

    drive(connect)


def test_an_unknown_key_says_so_and_escape_ends_a_sequence() -> None:
    async def mistype(screen: Screen) -> None:
        await screen.press("g", "x")
        assert screen.foot.startswith("g x means nothing here.")
        await screen.press("p", "escape", "3")
        assert screen.stage.stop.view == "notes"

    drive(mistype)


def test_keys_of_ones_own_work_and_trouble_with_them_is_shown() -> None:
    async def press(screen: Screen) -> None:
        assert "[keys] later: t is task already" in screen.dump()
        await screen.press("D")
        assert screen.desk.calls == [("done", "row-000000")]

    drive(press, options=Options(follow_s=0, colours=1 << 24, keys={"done": "D", "later": "t"}))


def test_long_work_is_shown_in_the_status_line() -> None:
    async def work(screen: Screen) -> None:
        for listener in screen.desk.listeners:
            listener(Progress("work-gitlab", 1200, 4000))
        await screen.heard()
        assert "work-gitlab 1200 / 4000" in screen.dump()

    drive(work, size=(140, 40))


def test_the_mouse_moves_and_a_double_click_opens() -> None:
    async def click(screen: Screen) -> None:
        await screen.pilot.click("#list", offset=(10, 5))
        await screen.settle()
        assert screen.here == "row-000002"
        await screen.pilot.click("#list", offset=(10, 5), times=2)
        await screen.settle()
        assert screen.stage.part == "reader"

    drive(click)


def test_hostile_titles_reach_no_terminal() -> None:
    async def look(screen: Screen) -> None:
        dump = screen.dump()
        assert "\x1b" not in dump
        assert "\u202e" not in dump
        assert "[bold]" in dump

    drive(look, size=(200, 60))


@pytest.mark.parametrize("theme", ["lee-light", "lee-contrast", "lee-16", "nord"])
def test_the_words_are_the_same_in_every_theme(theme: str) -> None:
    async def look(screen: Screen) -> None:
        await screen.press("j")
        screen.same_as("inbox-120")

    drive(look, options=Options(theme=theme, follow_s=0, colours=1 << 24))


def test_every_action_has_somebody_who_answers() -> None:
    async def ask(screen: Screen) -> None:
        from tui.actions import ACTIONS, PALETTE

        holders = (*screen.app.keying.groups, CapturePanel, WeekEditor)
        internal = {"accept", "leave", "choose"}
        targets = {action.target for action in ACTIONS} | set(PALETTE)
        missing = {each for each in targets - internal if not any(hasattr(holder, f"act_{each}") for holder in holders)}
        assert missing == set()

    drive(ask)


@pytest.mark.parametrize("size", [(120, 32), (80, 24), (40, 12)])
def test_the_first_start_offers_three_ways(size: tuple[int, int]) -> None:
    async def look(screen: Screen) -> None:
        screen.same_as(f"first-{size[0]}")
        await screen.press("2")
        assert "CONNECT an account" in screen.dump()
        await screen.press("escape")
        screen.same_as(f"first-{size[0]}")
        await screen.press("escape")
        assert screen.stage.panel_model is None

    drive(look, size=size, options=Options(follow_s=0, colours=1 << 24, first_start=True))


def test_enter_on_the_first_start_looks_around() -> None:
    async def look(screen: Screen) -> None:
        await screen.press("enter")
        assert screen.app.return_value == "demo"

    drive(look, options=Options(follow_s=0, colours=1 << 24, first_start=True))


def test_without_colours_the_cursor_is_still_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def look(screen: Screen) -> None:
        await screen.press("j")
        screen.same_as("inbox-120")
        styles = {segment.style for strip in screen.stage.list._rows for segment in strip if segment.style}
        colours = [
            colour.triplet for style in styles for colour in (style.color, style.bgcolor) if colour and colour.triplet
        ]
        assert all(colour.red == colour.green == colour.blue for colour in colours)

    drive(look)


def test_a_search_that_was_left_shows_nothing_afterwards() -> None:
    """Its hits may come after the panel is gone; the reader follows the list again by then."""
    began, left = asyncio.Event(), asyncio.Event()

    class Slow(MemoryDesk):
        async def search(self, text: str, limit: int = 60) -> Sequence[Found]:
            began.set()
            await left.wait()
            return await super().search(text, limit)

    async def scenario(screen: Screen) -> None:
        await screen.press("j", "j", "j")
        before = screen.stage.doc.subject
        await screen.send("/")
        for letter in "retention":
            await screen.send(letter)
        await began.wait()
        screen.stage.panel(None)
        left.set()
        await screen.settle()
        assert screen.stage.doc.subject == before
        await screen.press("/", *"retention")
        panel = screen.stage.panel_model
        assert panel is not None
        assert panel.items
        assert any("/retention" in row.replace(" ", "") for row in screen.dump().split("\n"))
        assert screen.stage.doc.subject != before

    drive(scenario, desk=Slow())
