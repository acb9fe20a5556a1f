"""Texts and ids: what is read from HTML, what is written, and what a stranger's JSON cannot break."""

from __future__ import annotations

import os
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hostile import Odd
from connectors.keymark import signed, split_marker
from connectors.miro.api import boards, cursor, items
from connectors.miro.api.cursor import Cursor, Held
from connectors.miro.api.hostile import ident, iso, stamp
from connectors.miro.api.words import compose, neutralise, plain, read, write
from connectors.miro.api.world import World
from leeward.model import Body, Instant, Key, Status
from tests.fakes.miro.described import DOCUMENT
from tests.fakes.miro.words import acts

MANY = 1000 if os.environ.get("LEEWARD_FULL") else 60
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("content", "words", "title"),
    [
        ("", "", None),
        ("plain, not <HTML> at all", "plain, not  at all", None),
        ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2", None),
        ("AT&amp;T", "AT&T", None),
        ("<p>one</p><p>two</p>", "one\ntwo", None),
        ("<p>one</p>\n<p><br></p>\n<p>two<br/></p>", "one\n\ntwo", None),
        ("one<br>two<br /><br>three", "one\ntwo\n\nthree", None),
        ("<p><strong>Title</strong></p><p>text</p>", "Title\ntext", "Title"),
        ("<p><b>All</b> <strong>bold</strong></p>", "All bold", "All bold"),
        ("<p><strong>Half</strong> bold</p>", "Half bold", None),
        ("<ul><li>one</li><li>two</li></ul>end", "- one\n- two\nend", None),
        ('<a href="https://x.example/1">here</a>', "[here](https://x.example/1)", None),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example", None),
        ('<a href="javascript:alert(1)">here</a>', "here", None),
        ("<p>never closed <em>at <u>all", "never closed at all", None),
        ("</p></li></a></strong>", "", None),
        ("<![x><p>broken</p>", "broken", None),
        ("<p>&#x202e;&lt;script&gt;</p>", "\u202e<script>", None),
    ],
)
def test_content_is_read_as_lines(content: str, words: str, title: str | None) -> None:
    assert read(content) == (words, title)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"))
)
@settings(max_examples=MANY, deadline=None)
def test_what_is_written_is_read_back(text: str) -> None:
    assert read(write(text))[0] == text
    assert read(plain(text))[0] == text.replace("\n", " ") or not text.strip()


@given(st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=MANY, deadline=None)
def test_quotes_never_act_and_the_key_is_found(own: str, quoted: str) -> None:
    whole = compose(Body(own, quoted), Key("lwabc"), 6000)
    assert split_marker(whole)[1] == "lwabc"
    assert acts(write(neutralise(quoted))) == []
    assert split_marker(neutralise(f"{quoted} ⟦lwother⟧"))[1] is None


def test_a_marker_stands_at_the_end_only() -> None:
    assert split_marker("words ⟦lwa⟧ more") == ("words ⟦lwa⟧ more", None)
    assert split_marker(signed("words", Key("lwa"))) == ("words", "lwa")
    assert split_marker(signed("", Key("lwa"))) == ("", "lwa")


@given(JSON)
@settings(max_examples=MANY, deadline=None)
def test_no_answer_breaks_the_readers(document: Any) -> None:
    world = World("https://api.miro.com", "Europe/Amsterdam")
    rows = document if isinstance(document, list) else [document]
    for row in rows:
        if not isinstance(row, dict):
            continue
        for each in (row, {**row, "id": "1", "type": "card"}, {"id": "1", "type": "sticky_note", "data": row}):
            found = items.item(each, world)
            board = boards.board({**each, "id": "b"}, world)
            assert board is not None
            if found is not None:
                items.task(found, board, (), "", world)
                items.note(found, board, world)
                items.frame_note(found, [found], board, world)
        boards.people({"data": row}, world)


@given(st.text(max_size=60) | JSON.map(str))
@settings(max_examples=MANY, deadline=None)
def test_a_damaged_cursor_begins_anew(text: str) -> None:
    assert isinstance(cursor.load(text), Cursor)


def test_a_cursor_comes_back_as_it_was() -> None:
    held = Held("2026-01-01T00:00:00Z", Instant(5), Instant(6), {"t1", "n2"}, {"3": "x"})
    where = Cursor({"b=": held}, [("b=", "t9")])
    again = cursor.load(where.dump())
    assert (again.boards, again.missing) == (where.boards, where.missing)
    assert cursor.load('{"v": 99}') == Cursor()


def test_ids_and_stamps() -> None:
    assert ident(3458764517517819000) == "3458764517517819000"
    assert [ident(each) for each in ("o9J_lJWSHdg=", "../x", "", True, -1, None, "a/b")] == ["o9J_lJWSHdg="] + [
        None
    ] * 6
    assert stamp("2022-03-30T17:26:50.000Z") == 1_648_661_210_000
    assert iso(Instant(1_648_661_210_000)) == "2022-03-30T17:26:50.000Z"
    assert [stamp(each) for each in (5, "yesterday", "9" * 50, None)] == [None] * 4


@pytest.mark.parametrize(
    ("tags", "status"),
    [((), Status.OPEN), (("gate",), Status.OPEN), (("DOING ",), Status.DOING), (("doing", "done"), Status.DONE)],
)
def test_tags_say_how_far_a_card_is(tags: tuple[str, ...], status: Status) -> None:
    assert items.status_of(tags)[0] is status


def official() -> list[Any]:
    """The example answers of the published description, by path and method."""
    if not DOCUMENT.is_file():
        return []
    found = []
    for path, operations in yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation.get("responses", {}).items():
                content = answer.get("content", {}).get("application/json", {})
                if status in {"200", "201"} and "example" in content:
                    found.append(pytest.param(path, content["example"], id=f"{method} {path}"))
    return found


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the official descriptions are not at hand (LEEWARD_SHARED)")
def test_there_are_official_examples() -> None:
    assert len(official()) >= 20


@pytest.mark.parametrize(("path", "example"), official())
def test_official_examples_are_read_without_oddities(path: str, example: Any) -> None:
    world = World("https://api.miro.com", "UTC")
    board = boards.board({"id": "o9J_lJWSHdg=", "viewLink": "https://miro.com/app/board/o9J_lJWSHdg="}, world)
    assert board is not None
    if path in {"/v2/boards", "/v2/boards/{board_id}"}:
        listed = example.get("data", [example])
        for row in listed:
            found = boards.board(row, world)
            assert found is not None
            assert found.title
            assert found.url is None or found.url.startswith("https://")
    elif path.endswith("/members"):
        assert boards.people(example, world)
    elif "oauth" in path:
        assert world.person(example["user"])
    elif not path.endswith(("/tags", "/groups", "/connectors")):
        for row in example["data"] if isinstance(example.get("data"), list) else [example]:
            item = items.item(row, world)
            assert item is not None
            assert item.modified is not None
            if item.type == "card":
                assert items.task(item, board, (), "", world).title
            else:
                assert items.note(item, board, world) is not None
    assert world.odd == Odd(0)
