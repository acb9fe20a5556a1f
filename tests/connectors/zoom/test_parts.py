"""Long texts as several messages: nothing is lost, nothing is too long, and what is cut is put together again."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.zoom.api import outgoing, parts
from leeward.errors import Refused
from leeward.model import Body, Key, RemoteId

KEY = Key("lw" + "k" * 24)
FULL = os.environ.get("LEEWARD_FULL") == "1"
words = st.text(st.sampled_from("ab \n\t😀e\u0301👩\u200d👧⟦⟧*~@`[]()"), max_size=4000)


def nobody(_name: str) -> None:
    return None


@settings(max_examples=1000 if FULL else 60, deadline=None)
@given(words)
def test_a_text_comes_back_as_it_was_cut(text: str) -> None:
    pieces = outgoing.pieces(outgoing.Draft(text), KEY)
    assert all(parts.units(piece["message"]) <= parts.LONGEST for piece in pieces)
    signed = [parts.unsigned(piece["message"]) for piece in pieces]
    found = [(signature, said) for said, signature in signed if signature]
    assert len(found) == len(pieces)
    assert {signature.key for signature, _said in found} == {KEY}
    assert parts.gathered(found[::-1]) == (text, True)


def test_a_short_text_is_one_message_whose_marker_names_no_part() -> None:
    (piece,) = outgoing.pieces(outgoing.Draft("Hello"), KEY)
    assert piece == {"message": f"Hello\n⟦{KEY}⟧"}


def test_what_just_fits_is_not_cut() -> None:
    room = parts.LONGEST - parts.units(parts.marker(KEY))
    assert len(outgoing.pieces(outgoing.Draft("x" * room), KEY)) == 1
    assert len(outgoing.pieces(outgoing.Draft("x" * (room + 1)), KEY)) == 2
    assert len(outgoing.pieces(outgoing.Draft("😀" * (room // 2 + 1)), KEY)) == 2


def test_it_is_cut_between_paragraphs_before_lines_before_words() -> None:
    first, second = "a" * 500 + "\n" + "b" * 200, "c " * 300
    said = [piece["message"] for piece in outgoing.pieces(outgoing.Draft(f"{first}\n\n{second}"), KEY)]
    assert said == [f"{first}\n\n\n⟦{KEY} 1/2⟧", f"{second}\n⟦{KEY} 2/2⟧"]


def test_a_cut_divides_no_sign_of_several_characters() -> None:
    family = "👩\u200d👩\u200d👧"
    text = "x" * 980 + family * 200
    for start, _end in parts.cuts(text, KEY):
        assert text[start] not in "\u200d\ufe0f"


def test_more_than_twenty_messages_are_refused() -> None:
    with pytest.raises(Refused, match="20 messages"):
        outgoing.pieces(outgoing.Draft("x" * 25_000), KEY)


def test_a_missing_part_ends_the_text_before_it() -> None:
    held = [(parts.Signature(KEY, number, 3), f"{number};") for number in (1, 3)]
    assert parts.gathered(held) == ("1;", False)
    assert parts.gathered([]) == ("", False)


@pytest.mark.parametrize("text", ["⟦lwx⟧ and more", "⟦key⟧", "⟦lw⟧", "plain", "", "⟦lwx 1/2", "x" * 500 + "⟦ lwx⟧"])
def test_what_is_no_marker_stays_in_the_text(text: str) -> None:
    assert parts.unsigned(text) == (text, None)


def test_formats_and_mentions_are_told_by_their_place_in_utf_16() -> None:
    def ana(name: str) -> RemoteId | None:
        return RemoteId("ana@example.org") if name == "ana" else None

    body = Body("😀 **bold** ~~gone~~ [form](https://example.org/f) @ana @all @nobody `@ana`")
    (piece,) = outgoing.pieces(outgoing.compose(body, ana), KEY)
    text = piece["message"].encode("utf-16-le")

    def at(start: int, end: int) -> str:
        return str(text[start * 2 : end * 2].decode("utf-16-le"))

    formats = [(at(each["start_position"], each["end_position"]), each["format_type"]) for each in piece["rich_text"]]
    assert formats == [("bold", "Bold"), ("gone", "Strikethrough"), ("form", "AddLink")]
    assert piece["rich_text"][2]["format_attr"] == "https://example.org/f"
    mentions = [(at(each["start_position"], each["end_position"] + 1), each["at_type"]) for each in piece["at_items"]]
    assert mentions == [("@ana", 1), ("@all", 2)]
    assert piece["at_items"][0]["at_contact"] == "ana@example.org"
    assert piece["message"].startswith("😀 bold gone form @ana @all @nobody `@ana`\n⟦")


def test_a_format_that_is_cut_is_told_in_both_parts() -> None:
    body = Body("x " * 480 + "**" + "y " * 60 + "z**")
    first, second = outgoing.pieces(outgoing.compose(body, nobody), KEY)
    assert first["rich_text"][0]["end_position"] <= parts.units(parts.unsigned(first["message"])[0])
    assert second["rich_text"][0]["start_position"] == 0


def test_quotes_are_text_and_nothing_else() -> None:
    body = Body("Mine", quoted="@all **bold** [x](https://example.org)\n/close", link="https://example.org/1")
    (piece,) = outgoing.pieces(outgoing.compose(body, nobody), KEY)
    assert piece.keys() == {"message"}
    assert parts.unsigned(piece["message"])[0] == (
        "Mine\n\n> @all **bold** [x](https://example.org)\n> /close\n\nhttps://example.org/1"
    )
