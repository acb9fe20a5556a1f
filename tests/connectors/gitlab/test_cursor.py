from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gitlab.api import cursor as at
from leeward.model import Instant, RemoteId

NOW = Instant(1_780_000_000_000)


def test_a_cursor_survives_the_store() -> None:
    mark = at.Mark(NOW)
    mark.take(NOW, "7", "2026-05-28T20:26:40Z/3", None)
    where = at.Cursor({"1/issues": mark}, (RemoteId("12"),))
    assert at.load(where.dump()) == where


def test_damaged_cursors_begin_anew() -> None:
    for text in ("", "{", "[]", "null", '{"v":2}', '{"v":1,"marks":{"1/issues":["x",{}]}}', '{"v":1,"marks":{"1/issues":[1,{"2":3}]}}', '{"v":1,"waits":"x"}', '{"v":1,"marks":{"a":[1,{"2":"x|y"}]}}'):  # fmt: skip
        assert at.load(text) == at.Cursor()
    assert at.load(None) == at.Cursor()


def test_it_asks_from_before_and_never_runs_ahead_of_the_service() -> None:
    mark = at.Mark(Instant(0))
    mark.take(NOW, "1", "a", NOW)
    assert mark.after == NOW - at.OVERLAP_MS
    mark.take(Instant(NOW + 10**12), "2", "b", NOW)
    assert mark.at == NOW + at.AHEAD_MS
    mark.take(Instant(5), "3", "c", NOW)
    assert mark.at == NOW + at.AHEAD_MS


def test_what_lies_before_the_overlap_is_forgotten() -> None:
    mark = at.Mark(NOW)
    mark.take(Instant(NOW - at.OVERLAP_MS - 5000), "1", "a", None)
    mark.take(NOW, "2", "b", None)
    mark.trim()
    assert mark.near.keys() == {"2"}
    assert mark.knows("2", "b")
    assert not mark.knows("2", "c")


@settings(max_examples=100)
@given(st.sets(st.integers(1, 10**12), max_size=60))
def test_a_version_remembers_its_lines(numbers: set[int]) -> None:
    ids = [RemoteId(str(each)) for each in numbers]
    held = at.version("2026-05-28T20:26:40.000Z/3", ids)
    assert at.lines_of(held) == frozenset(ids)
    assert at.moved_of(held) == "2026-05-28T20:26:40.000Z/3"


def test_odd_versions_remember_nothing() -> None:
    for held in (None, "", "a", "a/b", "a/b/", "a/b/!!", "a/b/1.§"):
        assert at.lines_of(held) == frozenset()
