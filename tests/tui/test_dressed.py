"""Longer texts: marks go only where nothing is lost, code keeps its blanks, and nobody's line takes long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeward.text import width
from tests.leeward.hostile import strings
from tui.dressed import CODE, FENCE, HEADING, PLAIN, QUOTE, draw, flat, parts
from tui.view import Line


def said(lines: list[Line] | tuple[Line, ...]) -> list[str]:
    return ["".join(text for text, _ink in line) for line in lines]


def drawn(text: str, space: int = 40) -> list[Line]:
    return [line for part, sort in parts(text) for line in draw(part, sort, space)]


def test_each_line_is_what_its_marks_say_and_a_fence_holds_until_it_is_closed() -> None:
    text = "# Round\n#ops is a room\n> said\n```py\n# no heading\n> no quote\n``\n```\n- **Decided:** now\n~~~\nopen"
    assert [sort for _line, sort in parts(text)] == [
        HEADING, PLAIN, QUOTE, FENCE, CODE, CODE, CODE, FENCE, PLAIN, FENCE, CODE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "shown", "bold"),
    [
        ("# Tuesday's round", "Tuesday's round", ["Tuesday's round"]),
        ("### C# ###", "C#", ["C#"]),
        ("## **All** of it", "All of it", ["All of it"]),
        ("- **Decided:** alerts wait", "- Decided: alerts wait", ["Decided:"]),
        ("**a** and **b**.", "a and b.", ["a", "b"]),
        ("2**3**4", "2**3**4", []),
        ("src/**/*.py and tests/**/*.py", "src/**/*.py and tests/**/*.py", []),
        ("def f(*args, **kwargs) and **more", "def f(*args, **kwargs) and **more", []),
        ("`**x**` stays", "`**x**` stays", []),
        ("[words](https://x.example/a)", "[words](https://x.example/a)", []),
        ("#ops is a room", "#ops is a room", []),
        ("# ", "#", []),
    ],
)
def test_what_is_bold_loses_its_marks_and_all_else_is_as_written(line: str, shown: str, bold: list[str]) -> None:
    (row,) = drawn(line, 80)
    assert "".join(text for text, _ink in row).rstrip() == shown
    assert [text.strip() for text, ink in row if ink == "bold"] == bold
    assert flat(line).rstrip() == shown


def test_a_bold_run_is_found_again_where_its_line_was_broken() -> None:
    rows = drawn("one two **three four five six** seven", 12)
    assert said(rows) == ["one two", "three four", "five six", "seven"]
    assert ["".join(text for text, ink in row if ink == "bold") for row in rows] == [
        "", "three four", "five six", "",
    ]  # fmt: skip


def test_items_hang_and_quotes_carry_their_mark_on() -> None:
    assert said(drawn("- [x] take the boat out before noon", 20)) == [
        "- [x] take the boat",
        "      out before",
        "      noon",
    ]
    assert said(drawn("10. take the boat out", 16)) == ["10. take the", "    boat out"]
    rows = drawn("> take the boat out", 12)
    assert said(rows) == ["> take the", "> boat out"]
    assert {ink for row in rows for _text, ink in row} == {"dim"}


def test_code_keeps_its_blanks_where_it_is_cut() -> None:
    assert said(drawn("```\nif x:  # why\n\treturn  x\n```", 11)) == [
        "```",
        "if x:  # wh",
        "y",
        "    return ",
        " x",
        "```",
    ]


@given(st.text(alphabet=st.sampled_from("ab *#>`-~1. \t\n[](é漢👍🏽\u0301"), max_size=120), st.integers(2, 30))
def test_nothing_but_marks_is_lost_and_no_line_is_too_wide(text: str, space: int) -> None:
    def letters(shown: str) -> str:
        return "".join(letter for letter in shown if not letter.isspace() and letter not in "*#>")

    rows = drawn(text, space)
    assert letters("".join(said(rows))) == letters(text)
    assert all(width(line) <= space for line in said(rows))


def test_hostile_lines_are_drawn_whole() -> None:
    for text in strings():
        assert drawn(text, 30)


@pytest.mark.parametrize(
    "line", ["` " * 20_000, "`" * 40_000, " **a" * 10_000, "# " + " " * 40_000 + "#" * 9, "> " * 20_000]
)
def test_a_line_made_to_be_slow_is_drawn_like_any_other(line: str) -> None:
    assert drawn(line, 60)  # what takes the square of its length would take minutes here
    assert flat(line)
