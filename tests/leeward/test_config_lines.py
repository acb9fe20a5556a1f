from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.config_lines import Lines

TEXT = '''# a comment with [brackets] and "quotes
name.first = "a"  # dotted

[[account]]
name = "one # no comment"
places = [
  "a,b]",   # first

  'c',
  ["deep", {x = 1}],
]
options = {"quoted key" = 'v', other.part = 3}

[account.more]
text = """
[[account]]
name = "not a key"
a \\""" quote"""
raw = \'\'\'
url = 1\'\'\'
[[account]]
"na\\u006de" = "two"
[quiet.schedules."my work"]
open = ["mon-fri 09:00-12:30",
  "mon-fri 13:00-17:30"]
when = 2026-12-05T08:00:00
four = """"quoted""""
[[quiet.except]]
from = 2026-12-24
[[quiet.except]]

do = "quiet"
[keys]
'b.c' = "x"
'''


def test_every_shape_of_toml() -> None:
    tomllib.loads(TEXT)
    line = Lines(TEXT)
    assert line(("name", "first")) == 2
    assert line(("account",)) == 4
    assert line(("account", 0, "name")) == 5
    assert [line(("account", 0, "places", *at)) for at in ((), (0,), (1,), (2,), (2, 0), (2, 1, "x"))] == [
        6,
        7,
        9,
        10,
        10,
        10,
    ]
    assert line(("account", 0, "options", "quoted key")) == 12
    assert line(("account", 0, "options", "other", "part")) == 12
    assert line(("account", 0, "more")) == 14
    assert line(("account", 0, "more", "raw")) == 19
    assert line(("account", 1)) == 21
    assert line(("account", 1, "name")) == 22
    assert line(("quiet", "schedules", "my work", "open", 1)) == 25
    assert line(("quiet", "schedules", "my work", "when")) == 26
    assert line(("quiet", "schedules", "my work", "four")) == 27
    assert line(("quiet", "except", 0, "from")) == 29
    assert line(("quiet", "except", 1)) == 30
    assert line(("quiet", "except", 1, "do")) == 32
    assert line(("keys", "b.c")) == 34


def test_what_is_missing_has_the_line_of_what_it_misses_from() -> None:
    line = Lines(TEXT)
    assert line(("account", 1, "url")) == 21
    assert line(("nothing", "here")) == 1
    assert Lines()(("a",)) == 1


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [path, *(found for key, part in value.items() for found in _paths(part, (*path, key)))]
    return [path]


KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
VALUES = st.one_of(
    st.integers(-99, 99).map(str),
    st.sampled_from(
        ['"[x]"', "'#'", '"""a\n[b]\n"""', "[1,\n 2,\n]", "[]", "{}", '{a = 1, b = "}"}', "true", "2026-01-01"]
    ),
)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_file_of_tables(tables: dict[str, dict[str, str]]) -> None:
    text = ""
    wanted: dict[tuple[str, ...], int] = {}
    for name, pairs in tables.items():
        wanted[name,] = text.count("\n") + 1
        text += f"[{name}]  # {name}\n"
        for key, value in pairs.items():
            wanted[name, key] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    tomllib.loads(text)
    line = Lines(text)
    assert {path: line(path) for path in wanted} == wanted


@given(st.text(alphabet="[]{}\"'=.,#\\ \nab1", max_size=60))
@settings(max_examples=300, deadline=None)
def test_what_is_no_toml_ends_too(text: str) -> None:
    line = Lines(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    last = text.count("\n") + 1
    for path in _paths(document):
        assert 1 <= line(path) <= last
        assert path == () or path in line._walked.found
