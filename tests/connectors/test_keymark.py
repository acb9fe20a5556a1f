"""Our key at the end of a text that others see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.keymark import marker, signed, split_marker, unmarked
from leeward.model import Key

KEY = Key("lw7abcDEF")


@given(st.text(max_size=60).map(str.rstrip))
def test_what_was_signed_comes_back_with_its_key(text: str) -> None:
    assert split_marker(signed(text, KEY)) == (text, KEY)
    assert signed(text, None) == text


@given(st.text(alphabet="⟦⟧lw7a \n", max_size=40))
def test_words_by_others_never_bring_a_key(text: str) -> None:
    assert split_marker(unmarked(f"{text}{marker(KEY)}"))[1] is None


@pytest.mark.parametrize("text", ["", "a ⟦lw7⟧ b", "⟦7abc⟧", "⟦lw⟧", "⟦lw7abc", f"⟦lw{'a' * 61}⟧", "⟦lw7 abc⟧"])
def test_what_is_no_marker_at_the_end_stays_in_the_text(text: str) -> None:
    assert split_marker(text) == (text, None)


def test_blanks_around_a_marker_go_with_it_and_a_long_text_keeps_all_its_words() -> None:
    words = "word " * 10_000
    assert split_marker(f"{words}end\n\n {marker(KEY)} \n") == (f"{words}end", KEY)
