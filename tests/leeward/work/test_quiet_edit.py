from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.work import quiet_edit
from leeward.work.quiet_edit import WEEK, Draft, History, marked, written
from leeward.work.quiet_windows import DAYS, BadRule, Stretches

WORK = ("mon-fri 09:00-12:30", "mon-fri 13:00-17:30")


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def lines(draw: st.DrawFn) -> str:
    first, last = draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True))
    day, other = draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True))
    return draw(
        st.sampled_from(
            [
                f"{day} {clock(first)}-{clock(last)}",
                f"{day}-{other} {clock(first)}-{clock(last)}",
                f"{day},{other} {clock(first)}-24:00",
                f"{day} {clock(first)} - {other} {clock(last)}",
                f"daily {clock(first)}-{clock(last)}",
                "mon-sun 00:00-24:00",
            ]
        )
    )


def _minutes(marks: Stretches) -> set[int]:
    return {minute for start, end in marks for minute in range(start, end)}


STROKES = st.lists(st.tuples(st.integers(0, WEEK // 5 - 1), st.integers(1, WEEK // 5 + 9), st.booleans()), max_size=6)


@settings(max_examples=80, deadline=None)
@given(st.lists(lines(), max_size=5), st.booleans(), STROKES)
def test_cells_to_windows_to_cells_is_the_identity(
    base: list[str], quiet: bool, strokes: list[tuple[int, int, bool]]
) -> None:
    draft = Draft.of(base, quiet=quiet)
    assert draft.lines == tuple(base)
    for start, length, opened in strokes:
        draft = draft.painted(start * 5, (start + length) * 5, opened=opened)
        again = Draft.of(draft.lines, quiet=quiet)
        assert again.marks == draft.marks
        assert again.open == draft.open


@settings(max_examples=40, deadline=None)
@given(st.lists(lines(), max_size=5, unique=True), STROKES)
def test_a_line_that_nothing_came_near_keeps_its_text_and_its_place_among_the_others(
    base: list[str], strokes: list[tuple[int, int, bool]]
) -> None:
    draft = Draft.of(base)
    for start, length, opened in strokes:
        draft = draft.painted(start * 5, (start + length) * 5, opened=opened)
    changed = _minutes(draft.marks) ^ _minutes(marked(base))
    near = {(minute + by) % WEEK for minute in changed for by in (-1, 0, 1)}
    stays = [line for line in base if not near & _minutes(marked([line]))]
    places = [draft.lines.index(line) for line in stays]
    assert all(first <= second for first, second in pairwise(places))


@settings(max_examples=50, deadline=None)
@given(st.lists(lines(), max_size=4), STROKES)
def test_undo_goes_all_the_way_back_and_redo_all_the_way_forth(
    base: list[str], strokes: list[tuple[int, int, bool]]
) -> None:
    history = History(Draft.of(base))
    drafts = [history.now]
    for start, length, opened in strokes:
        if history.put("paint", history.now.painted(start * 5, (start + length) * 5, opened=opened)):
            drafts.append(history.now)
    for draft in reversed(drafts[:-1]):
        assert history.undo() == "paint"
        assert history.now == draft
    assert history.undo() is None
    assert history.now.lines == tuple(base)
    for draft in drafts[1:]:
        assert history.redo() == "paint"
        assert history.now == draft
    assert history.redo() is None


def test_painting_and_taking_it_back_leaves_odd_text_as_it_was() -> None:
    base = ("fri, mon 09:00-12:30", "tue - thu  08:00-09:00", "Daily 22:00-23:00")
    draft = Draft.of(base).painted(600, 630, opened=False)
    assert draft.lines == ("mon 09:00-10:00", "mon 10:30-12:30", "fri 09:00-12:30", *base[1:])
    back = draft.painted(600, 630, opened=True)
    assert back.lines == base
    assert not back.changed


@pytest.mark.parametrize(
    ("base", "stroke", "expected"),
    [
        (WORK, (0, 60, True), ("mon 00:00-01:00", *WORK)),
        (WORK, (8 * 60, 9 * 60, True), ("mon 08:00-12:30", "tue-fri 09:00-12:30", WORK[1])),
        (WORK, (12 * 60 + 30, 13 * 60, True), ("mon 09:00-17:30", "tue-fri 09:00-12:30", "tue-fri 13:00-17:30")),
        (("daily 22:00-07:00",), (22 * 60, 23 * 60, False), ("mon 23:00-07:00", "tue-sun 22:00-07:00")),
        (("fri 18:00 - mon 08:00",), (4 * 1440 + 17 * 60, 4 * 1440 + 18 * 60, True), ("fri 17:00 - mon 08:00",)),
        ((), (0, WEEK, True), ("daily 00:00-24:00",)),
        ((), (0, 2 * 1440 + 60, True), ("mon-tue 00:00-24:00", "wed 00:00-01:00")),
        ((), (6 * 1440 + 1320, WEEK + 420, True), ("sun 22:00-07:00",)),
        (("mon 09:00-10:00",), (540, 600, False), ()),
        (WORK, (5 * 1440 + 600, 5 * 1440 + 720, True), (*WORK, "sat 10:00-12:00")),
    ],
)
def test_it_is_written_compactly(
    base: tuple[str, ...], stroke: tuple[int, int, bool], expected: tuple[str, ...]
) -> None:
    start, end, opened = stroke
    assert sorted(Draft.of(base).painted(start, end, opened=opened).lines) == sorted(expected)


def test_a_copied_day_brings_its_night_along_and_leaves_the_night_before() -> None:
    draft = Draft.of(("mon 22:00-07:00",), quiet=True).copied(0, (1, 2))
    assert draft.lines == ("mon 22:00-07:00", "tue-wed 22:00-07:00")
    late = Draft.of(("daily 22:00-07:00",), quiet=True).painted(4 * 1440 + 1320, 4 * 1440 + 1380, opened=True)
    assert late.lines == ("mon-thu,sat-sun 22:00-07:00", "fri 23:00-07:00")
    assert late.copied(4, (5,)).lines == ("mon-thu,sun 22:00-07:00", "fri-sat 23:00-07:00")


def test_like_monday_for_all_weekdays() -> None:
    draft = Draft.of(WORK).painted(9 * 60, 10 * 60, opened=False).copied(0, range(5))
    assert draft.lines == ("mon-fri 10:00-12:30", WORK[1])


def test_typed_times_replace_a_day() -> None:
    assert Draft.of(WORK).typed(2, "8-12, 20-22:30").on_day(2) == ((480, 720), (1200, 1350))
    assert Draft.of(WORK).typed(2, "none").on_day(2) == ()
    assert Draft.of(WORK).typed(2, "all").on_day(2) == ((0, 1440),)
    assert Draft.of(()).typed(6, "22:00-02:00").lines == ("sun 22:00-02:00",)
    assert Draft.of(("daily 22:00-07:00",), quiet=True).typed(0, "8-20").on_day(0) == ((480, 1200),)


@pytest.mark.parametrize("text", ["nine to five", "9", "9-25", "9-9", "9-10 or so", "09:00-10:75"])
def test_what_is_no_time_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadRule) as refused:
        Draft.of(WORK).typed(0, text)
    assert str(refused.value).endswith(".")


def test_days_as_typed() -> None:
    assert quiet_edit.days("tue-thu, sun") == (1, 2, 3, 6)
    assert quiet_edit.days("weekdays") == (0, 1, 2, 3, 4)
    assert quiet_edit.days("sun-tue") == (0, 1, 6)
    with pytest.raises(BadRule):
        quiet_edit.days("")
    with pytest.raises(BadRule):
        quiet_edit.days("someday")


def test_the_next_change_goes_round_the_week() -> None:
    draft = Draft.of(WORK)
    assert draft.next_change(4 * 1440 + 17 * 60 + 30) == 2 * 1440 + 6 * 60 + 30 + 9 * 60
    assert draft.next_change(9 * 60) == 210
    assert Draft.of(()).next_change(0) is None
    assert Draft.of(("daily 00:00-24:00",)).next_change(0) is None


def test_nothing_marked_writes_nothing() -> None:
    assert written((), ()) == ()
    assert written(WORK, ()) == ()
