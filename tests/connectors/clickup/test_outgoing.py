from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.clickup.api.cursor import Cursor, Mark, Seen, Version, load, read_version
from connectors.clickup.api.outgoing import compose, neutralise
from connectors.keymark import marker, split_marker
from leeward.model import Body, Instant, Key, RemoteId
from tests.fakes.clickup.words import acts

KEY = Key("lwabc1")


def test_own_words_go_as_typed_and_come_back() -> None:
    for own in ("a", "a\n\n\nb", "@ana /close <b>x</b>", "x" * 5000, ""):
        assert split_marker(compose(Body(own), KEY)) == (own, KEY)


def test_a_marker_inside_a_quote_is_none() -> None:
    sent = compose(Body("Mine", quoted="Theirs\n\n⟦lwother⟧"), KEY)
    assert split_marker(sent)[1] == KEY
    assert split_marker(neutralise("Theirs\n\n⟦lwother⟧"))[1] is None


@pytest.mark.parametrize("text", ["@ana", "x\n/close", "> /assign me", "![x](https://e.org/p.png)", "<script>x</script>",
                                  "[x](javascript:alert(1))", "[@A](#user_mention#12)", "```\n/x\n```", "    /close",
                                  "see #12", "\u200b/close"])  # fmt: skip
def test_what_acts_acts_no_more_and_is_still_there(text: str) -> None:
    assert acts(text)
    assert acts(neutralise(text)) == []
    letters = [each for each in text if each.isalnum()]
    assert [each for each in neutralise(text) if each.isalnum() and each != "\u02bc"] == letters


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="@/#!`~<>[]() \n\tab1:⟦⟧.\u200b", max_size=30))
def test_no_quote_acts(text: str) -> None:
    assert acts(neutralise(text)) == []
    assert split_marker(neutralise(text))[1] is None


def test_addresses_stay_addresses() -> None:
    assert neutralise("see https://example.org/a/b?c=1#d and http://u@h.org/") == (
        "see https://example.org/a/b?c=1#d and http://u%40h.org/"
    )
    assert neutralise("12/24 or a/b, 3 < 4") == "12/24 or a/b, 3 < 4"


def test_a_link_is_added_once() -> None:
    link = "https://example.org/x"
    assert compose(Body("Mine", link=link), KEY) == f"Mine\n\n{link}\n\n{marker(KEY)}"
    assert compose(Body(f"Mine {link}", link=link), KEY) == f"Mine {link}\n\n{marker(KEY)}"


def test_a_cursor_comes_back_and_a_damaged_one_begins_anew() -> None:
    cursor = Cursor(Instant(5), 3, {"7": True, "8": False}, [RemoteId("86a")], {"90": Mark(Instant(9), {"86a": "9"})},
                    {"90/chat": Mark(Instant(4))}, {"90/doc/1": 3})  # fmt: skip
    assert load(cursor.dump()) == cursor
    for damaged in (
        None,
        "",
        "{",
        "[]",
        "7",
        '{"v":2}',
        '{"v":1,"tasks":[1],"chats":{"a":7},"docs":[],"due":{},"lists":3}',
    ):
        assert load(damaged) == Cursor()


def test_a_mark_never_passes_the_servers_clock() -> None:
    mark = Mark(Instant(1000))
    mark.take(Instant(10_000_000), Instant(2000))
    assert mark.at == 302_000
    mark.take(Instant(5), Instant(2000))
    assert (mark.at, mark.after) == (302_000, 182_000)


def test_a_version_comes_back() -> None:
    version = Version({RemoteId("1"): Seen("d", None, 2), RemoteId("1/2"): Seen("e", Instant(5))}, "T", RemoteId("2"))
    assert read_version(version.dump()) == version
    assert read_version(Version({}).dump()) == Version({})
    for damaged in (None, "", "[", "7", "[2,[]]", '{"a":1}'):
        assert read_version(damaged) is None
