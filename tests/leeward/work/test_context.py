from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.work.context import WINDOW, Line, context, parents, ranked
from leeward.work.context_lines import MINUTE

NOISE = (
    ("zoe", "lunch anyone? the thai place opens at noon"),
    ("yan", "zoe: yes, meet at the lift"),
    ("zoe", "yan: great, see you there"),
)
INCIDENT = (
    ("maria", "is the replica lagging again? writes to reports take ages"),
    ("tom", "maria: which replica, the one in Dublin?"),
    ("maria", "tom: yes the Dublin replica, lag is 40 minutes"),
    ("tom", "maria: the retention job holds a lock, I can move it"),
)


def say(*lines: tuple[str, str], start: int = 0, step: int = MINUTE, name: str = "m") -> list[Line]:
    return [
        Line(id=f"{name}{at}", at=start + at * step, author=author, text=text)
        for at, (author, text) in enumerate(lines)
    ]


def interleaved() -> list[Line]:
    noise, incident = say(*NOISE, start=1000, name="n"), say(*INCIDENT, name="i")
    return sorted(noise + incident, key=lambda line: line.at)


def ids(lines: list[Line], target: str) -> set[str]:
    return {mark.id for mark in context(lines, target)}


def test_two_conversations_that_run_through_each_other_are_told_apart() -> None:
    lines = interleaved()
    assert ids(lines, "i2") == {"i0", "i1", "i3"}
    assert ids(lines, "n1") == {"n0", "n2"}


def test_context_is_oldest_first_and_never_holds_the_line_itself() -> None:
    found = [mark.id for mark in context(interleaved(), "i1")]
    assert found == ["i0", "i2", "i3"]


def test_parents_name_what_a_line_answers_and_nothing_for_a_beginning() -> None:
    lines = interleaved()
    assert parents(lines, "i1") == ("i0",)
    assert parents(lines, "i0") == ()


def test_why_speaks_of_answers_distance_and_words_in_common() -> None:
    marks = {mark.id: mark for mark in context(interleaved(), "i0")}
    assert marks["i1"].why.startswith("answers maria, 1 min later, shares 'replica'")
    assert marks["i1"].score > 0.9
    marks = {mark.id: mark for mark in context(interleaved(), "i1")}
    assert marks["i0"].why.startswith("answered by tom, 1 min earlier, shares 'replica'")


def test_why_uses_display_names_and_cleans_them() -> None:
    lines = say(("U1", "who broke the build of the importer?"), ("U2", "Maria: that was me, fixing the importer now"))
    found = context(lines, "m0", names={"U1": "Maria", "U2": "Tom\x1b[31m"})
    assert [mark.id for mark in found] == ["m1"]
    assert found[0].why.startswith("answers Maria")
    whys = [mark.why for mark in ranked(lines, "m1", names={"U1": "Ma\x1b]0;x\x07ria"})]
    assert all("\x1b" not in why for why in whys)


def test_a_lone_line_is_left_alone() -> None:
    lines = interleaved()
    lone = Line(
        "lone", lines[-1].at + 3 * MINUTE, "quinn", "hello everybody, does anyone here have a spare monitor arm?"
    )
    assert context([*lines, lone], "lone") == []


def test_threads_are_certain_however_unlike_their_lines_are() -> None:
    lines = [
        Line("a", 0, "x", "the fence is blue", thread="t"),
        Line("b", 1000, "y", "z: completely other matter", thread="u"),
        Line("c", 9_000_000, "z", "!factoid", thread="t"),
    ]
    assert [(mark.id, mark.score, mark.why.split(",")[0]) for mark in context(lines, "c")] == [
        ("a", 1.0, "same thread")
    ]
    assert parents(lines, "c") == ("a",)
    assert context(lines, "b") == []


def test_a_sure_reply_overrides_every_cue() -> None:
    lines = interleaved()
    reply = Line("r", lines[-1].at + 60 * MINUTE, "zoe", "yan: lunch", reply_to=("i0",))
    found = ids([*lines, reply], "r")
    assert "i0" in found
    assert "n2" not in found
    assert parents([*lines, reply], "r") == ("i0",)


def test_a_quote_is_as_sure_as_a_reply() -> None:
    lines = [
        *interleaved(),
        Line("q", 30 * MINUTE, "quinn", "> which replica, the one in Dublin?\n\nneither, the third"),
    ]
    assert parents(lines, "q") == ("i1",)
    marks = {mark.id: mark for mark in context(lines, "q")}
    assert marks["i1"].score == 1.0
    assert marks["i1"].why == "replied to by quinn, 29 min earlier, shares 'replica', 'dublin'"
    lines[-1] = Line("q", 30 * MINUTE, "quinn", "> nobody here said this ever before\nno")
    assert parents(lines, "q") != ("i1",)
    lines[-1] = Line("q", 30 * MINUTE, "quinn", "> ok\n" * 3)
    assert parents(lines, "q") != ("i1",)


def test_mentions_that_are_certain_count_as_being_spoken_to() -> None:
    lines = say(("U1", "the printer on two is jammed"), ("U3", "standup moved to ten"))
    asked = Line("q", 3 * MINUTE, "U2", "@Maria Lopez is it the big one?", mentions=("U1",))
    assert parents([*lines, asked], "q") == ("m0",)


def test_a_window_counts_only_lines_that_somebody_wrote() -> None:
    first = Line("first", 0, "ann", "bob: did the backup of the vault finish?")
    joins = [Line(f"j{n}", 1000 + n, "", f"user{n} joined", notice=True) for n in range(300)]
    last = Line("last", 30_000, "bob", "ann: the vault backup finished at six")
    assert ids([first, *joins, last], "last") == {"first"}
    assert context([first, *joins, last], "j3") == []


def test_what_is_more_than_twenty_lines_away_never_travels() -> None:
    lines = say(*((("ann", "bob")[n % 2], f"{('bob', 'ann')[n % 2]}: step {n} of the plan") for n in range(90)))
    marks = ranked(lines, "m45")
    assert [mark.id for mark in marks] == [f"m{n}" for n in range(45 - WINDOW, 45 + WINDOW + 1) if n != 45]
    assert len(context(lines, "m45")) > 30


@pytest.mark.parametrize("lines", [[], [Line("a", 0, "x", "")]])
def test_nothing_around_is_no_context(lines: list[Line]) -> None:
    assert context(lines, "a") == []
    assert parents(lines, "a") == ()


def test_a_channel_of_one_person_hangs_together_by_time() -> None:
    diary = say(*(("me", f"note {n} about the garden shed") for n in range(6)), step=1000)
    assert len(ids(diary, "m3")) >= 4


def test_scores_do_not_depend_on_what_is_far_away() -> None:
    fill = random.Random(7)
    crowd = [
        Line(
            f"x{n}",
            n * 1000,
            f"p{fill.randrange(30)}",
            " ".join(fill.choices(["alpha", "beta", "gamma", "delta"], k=4)),
        )
        for n in range(5000)
    ]
    assert context(crowd, "x2500") == context(crowd[2500 - 150 : 2500 + 30], "x2500")


any_text = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from("@:,<>!?/#*_`^[]()\\\u202e\u200f\u0645\u4e2d\u6587\u0301\U0001f600\x00\x1b"),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Line,
            id=st.sampled_from("abcdefgh"),
            at=st.integers(-(2**62), 2**62),
            author=st.sampled_from(["", "a", "@:", "\u05d0\u05d1", "x y", "[]", "^_^"]) | any_text,
            text=any_text,
            reply_to=st.lists(st.sampled_from("abcdefgh"), max_size=2).map(tuple),
            thread=st.none() | st.sampled_from("tu"),
            mentions=st.lists(st.sampled_from(["a", "nobody"]), max_size=2).map(tuple),
            notice=st.booleans(),
        ),
        max_size=12,
    )
)
def test_any_lines_have_some_context_and_scores_from_0_to_1(lines: list[Line]) -> None:
    for target in "abz":
        for mark in ranked(lines, target):
            assert 0.0 <= mark.score <= 1.0
            assert "\n" not in mark.why
            assert mark.id in {line.id for line in lines}
        parents(lines, target)
