"""Pure pieces: times, wrapping, rows as lines, fields, bars, feeds, plain lists."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console
from rich.segment import Segment

from leeward.model import Instant, ItemId
from leeward.testing.clock import FakeClock
from leeward.text import one_line, width
from leeward.zones import system_wall, zone
from leeward.zones import wall as from_zone
from tests.tui.desk import HOUR, MINUTE, NOW, inbox_row, message_row, note_row, task_row, wall
from tui import plain, times, view
from tui.asks import Ask, Counts, Page
from tui.bars import Bar, Option
from tui.feed import MOST, PAGE, Feed, merged
from tui.field import Field
from tui.screens.list_panels import fits
from tui.status import views
from tui.times import Face
from tui.view import in_words
from tui.widgets.steady import Steady, agreed
from tui.wrap import left, right, wrap

FACE = Face(NOW, wall)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "09:41"),
        (469, "17:30"),
        (24 * 60, "Tue 09:41"),
        (-3 * 24 * 60, "Fri 09:41"),
        (20 * 24 * 60, "12 Apr"),
        (-400 * 24 * 60, "Feb 2025"),
    ],
)
def test_times_are_short(minutes: int, said: str) -> None:
    assert times.short(Instant(NOW + minutes * MINUTE), FACE) == said


def test_dues_say_when_they_are_late() -> None:
    assert times.due(date(2026, 3, 24), FACE) == "Tue"
    assert times.due(date(2026, 3, 23), FACE) == "today"
    assert times.due(date(2026, 3, 20), FACE) == "3 d late"
    assert times.due(Instant(NOW - 5 * HOUR), FACE) == "5 h late"
    assert times.due(Instant(NOW + 5 * HOUR), FACE) == "14:41"


def test_ages_are_short() -> None:
    ages = [times.age(Instant(NOW - gone), FACE) for gone in (0, 4 * MINUTE, 3 * HOUR, 50 * HOUR)]
    assert ages == ["now", "4 m", "3 h", "2 d"]
    assert times.age(None, FACE) == ""


def test_the_zone_is_asked_for_when_the_first_second_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock(NOW)
    shown = times.wall_clock(clock)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")  # a laptop that travels; the C library is not told of it
    assert shown(NOW) == system_wall(NOW)
    clock.advance(1)
    assert shown(NOW) == from_zone(NOW, zone("Asia/Kathmandu"))
    monkeypatch.setenv("TZ", "Pacific/Apia")
    assert shown(NOW) == from_zone(NOW, zone("Asia/Kathmandu"))
    clock.advance(1)
    assert shown(NOW) == from_zone(NOW, zone("Pacific/Apia"))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapping_keeps_to_the_width_and_loses_no_word(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert lines
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.integers(1, 40))
def test_cells_are_filled_exactly(raw: str, cells: int) -> None:
    text = one_line(raw)
    assert width(left(text, cells)) == width(right(text, cells)) == cells


@pytest.mark.parametrize("space", [20, 39, 60, 79, 119])
@pytest.mark.parametrize("number", range(12))
def test_no_row_is_wider_than_its_room(space: int, number: int) -> None:
    lines = [
        *view.inbox_two(inbox_row(number), space, FACE, ticked=True),
        view.inbox_one(inbox_row(number), space, FACE),
        *view.task_two(task_row(number), space, FACE),
        view.task_one(task_row(number), space, FACE, ticked=True),
        *view.note_two(note_row(number % 8), space, FACE),
        *view.message_lines(message_row(ItemId("thread-1"), number, 12), space, FACE),
    ]
    assert max(view.cells(line) for line in lines) <= space


def test_a_row_says_tier_title_time_place_people_and_what_is_new() -> None:
    first, second = view.inbox_two(inbox_row(2), 60, FACE)
    assert view.text_of(first) == "48 h   Wording of the pause button                 Tue 12:41"
    assert view.text_of(second) == "       #design · Sam, Lee, Jo                          2 new"
    assert {text.strip(): ink for text, ink in first}["48 h"] == "yellow"


def test_plain_lists_are_the_same_words() -> None:
    assert plain.plain_inbox([inbox_row(0)], 80, FACE)[0].startswith("today  17:30     │ db-2 is at 94 % disk")
    assert plain.plain_inbox([], 80, FACE) == ["Nothing waits in the inbox."]
    thread = ItemId("thread-000002")
    lines = plain.plain_thread(inbox_row(2), [message_row(thread, n, 4) for n in range(4)], 80, FACE)
    assert lines[0] == "Wording of the pause button"
    assert "── new" in lines
    assert plain.plain_tasks([task_row(1)], 80, FACE)[0].startswith("48 h   doing")
    assert plain.plain_notes([note_row(0)], 80, FACE)[0].startswith("Minutes of the platform meeting 0")


def test_a_field_is_edited_like_a_line_of_a_shell() -> None:
    field = Field.of("one two")
    for key, character in (
        ("ctrl+w", None),
        ("x", "x"),
        ("left", None),
        ("backspace", None),
        ("ctrl+e", None),
        ("end", None),
    ):
        field = field.key(key, character) or field
    assert field == Field("onex", 4)
    assert Field("ab", 1).typed("1\n2").text == "a1 2b"


def test_what_is_typed_into_a_bar_stays_readable_however_much_fits_it() -> None:
    bar = Bar("JOIN", typed=lambda _text: None, changed=lambda _text: "Rate limits for partners · " * 9)
    for letter in "rate limits":
        bar.press(letter, letter)
    for space in (40, 80, 120):
        (line,) = bar.lines(space)
        assert "JOIN  rate limits" in view.text_of(line)
        assert "Rate" in view.text_of(line)
        assert view.cells(line) <= space


def test_a_bar_chooses_by_key_or_takes_what_is_typed() -> None:
    heard: list[object] = []
    bar = Bar("LATER", (Option("1", "in 1 h", 60),), heard.append, lambda text: None if text == "ok" else "what?")
    assert bar.press("1", "1")
    assert heard == [60]
    bar = Bar("LATER", (Option("1", "in 1 h", 60),), heard.append, lambda text: None if text == "o1" else "what?")
    for key in "o1":
        assert not bar.press(key, key)
    assert bar.press("enter", None)
    assert heard == [60]


def test_the_palette_ranks_beginnings_before_letters() -> None:
    assert [fits("out", title) for title in ("outside", "open outside", "shout", "o u t", "tuo")] == [0, 1, 2, 3, None]


# ---- feeds ----


def key(row: int) -> ItemId:
    return ItemId(str(row))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 40), unique=True), st.lists(st.integers(0, 40), unique=True))
def test_a_change_never_reorders_what_is_on_the_screen(old: list[int], fresh: list[int]) -> None:
    rows, waiting = merged(old, fresh, key, all_in=False)
    assert len(set(rows)) == len(rows)
    assert set(rows) <= set(fresh)
    kept = [row for row in rows if row in old]
    assert kept == [row for row in old if row in fresh]
    if old:
        assert len(rows) + waiting == len(fresh)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["down", "up"]), max_size=30))
def test_a_window_stays_whole_and_small_wherever_one_goes(ways: list[str]) -> None:
    total = 3_000
    feed: Feed[int] = Feed(key)
    feed.filled(Page(tuple(range(PAGE)), more_after=True))
    for way in ways:
        ask = feed.wants(len(feed.rows) - 1 if way == "down" else 0)
        if ask is None:
            continue
        feed.grown(ask, _served(ask, total))
        assert feed.rows == list(range(feed.rows[0], feed.rows[-1] + 1))
        assert len(feed.rows) <= MOST
        assert feed.more_before == (feed.rows[0] > 0)
        assert feed.more_after == (feed.rows[-1] < total - 1)


def _served(ask: Ask, total: int) -> Page[int]:
    if ask.after is not None:
        start = int(ask.after) + 1
        return Page(
            tuple(range(start, min(total, start + ask.limit))), more_before=True, more_after=start + ask.limit < total
        )
    assert ask.before is not None
    end = int(ask.before)
    return Page(tuple(range(max(0, end - ask.limit), end)), more_before=end - ask.limit > 0, more_after=True)


def test_a_page_that_no_longer_joins_is_dropped() -> None:
    feed: Feed[int] = Feed(key)
    feed.filled(Page((1, 2, 3), more_after=True))
    assert feed.grown(Ask(after=ItemId("9")), Page((10, 11))) == 0
    assert feed.rows == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "known"),
    [("plain", True), ("Ünïcödé · “x” …", True), ("会議の議事録", True), ("👩‍💻", False), ("ไทย", False), ("a\u0301", False), ("\u00ad", False)],
)  # fmt: skip
def test_what_all_terminals_draw_as_wide_as_we_count(text: str, known: bool) -> None:
    assert agreed(text) is known


def test_a_row_terminals_disagree_about_ends_in_its_column() -> None:
    drawn = Steady([Segment("👩‍💻 x")], 4, 10).render(Console())
    assert drawn.startswith("\x1b[?7l\x1b[4X")
    assert drawn.endswith("\x1b[?7h\x1b[15G")


def test_a_row_says_how_much_open_time_is_left_and_what_may_not_have_been_seen() -> None:
    row = replace(inbox_row(2), left=11 * 60 + 20, unseen=True)
    assert view.text_of(view.inbox_two(row, 60, FACE)[1]).endswith("unseen?  11 h left  2 new")
    assert "11 open hours left" in view.text_of(view.inbox_two(row, 90, FACE)[1])
    assert "unseen?  11 open hours left" in view.text_of(view.inbox_one(row, 120, FACE))
    assert "hours left" not in view.text_of(view.inbox_one(row, 80, FACE))
    due = Instant(NOW + 30 * HOUR)
    assert times.due_left(due, 11 * 60, FACE) == f"due {times.due(due, FACE)} · 11 open hours left"
    assert times.due_left(due, 1, FACE).endswith("1 open minute left")
    assert times.due_left(Instant(NOW - 2 * HOUR), None, FACE) == "2 h late"
    assert times.open_left(90, brief=True) == "1 h left"
    assert times.open_left(45, brief=True) == "45 min left"


def test_a_count_ends_where_the_store_stops_counting() -> None:
    assert [in_words(count) for count in (0, 9_999, 10_000)] == ["0", "9999", "9999+"]
    said = {name: count for name, _title, count in views(Counts(inbox=10_000, tasks=1_000, notes=999))}
    assert said == {"inbox": "9999+", "tasks": "1000", "notes": "999", "sessions": "", "quiet": ""}
