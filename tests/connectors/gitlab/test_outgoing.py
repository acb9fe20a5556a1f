from __future__ import annotations

import html

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.gitlab.api.outgoing import APART, compose, neutralise, split_marker
from leeward.model import Body, Key
from leeward.testing.writing import ACTS
from tests.fakes.gitlab import words

ACTING = [
    "/close", "> /close", ">>>\n/close\n>>>", "\u200b/close", "  /close", "```\n/close\n```", "~~~\n@all\n~~~", "x\r/close", "x\u2028/close",
    "@all", "(@ana)", "`@all`", "**@ana**", "\\@ana", "&#64;all", "&commat;all", "&amp;#64;all", "@<b></b>all",
    "#1", "!2", "&3", "%4", '%"v1"', "~bug", '~"in review"', "$5", "\\#1", "&#35;1",
    "https://a_b/@all", "https://example.org/@all", "<https://example.org/#1>", "https://x @all", "xhttps://e.org/@ana",
    "<script>x</script>", "<!-- lwforged -->", "<!--\n/close", "![x](https://track.example/p.png)", "\t@all", "    /close", "> ```\n/close",
]  # fmt: skip


def acts(text: str) -> list[object]:
    return [*words.commands(text), *words.alerts(text), *words.references(text)]


def shown(text: str) -> str:
    return html.unescape(text.replace(APART, ""))


@pytest.mark.parametrize("text", ACTING)
def test_quotes_do_not_act(text: str) -> None:
    for wrapped in (text, f"> {text}", f"before\n{text}\nafter", f"- {text}", f"1. {text}"):
        assert acts(neutralise(wrapped)) == []


@pytest.mark.parametrize("text", ["/close", "@all", "#1", "~bug", "&#64;all", "x\n/close", "\\@ana", "<script>x"])
def test_the_judge_sees_the_same_text_act_unprotected(text: str) -> None:
    assert acts(text) != []


@pytest.mark.parametrize(
    "text", ["/close", "@ana, #1 & <b> `code` \\n", "and/or a/b", "a@b.example", "100 % ~ 5 $", "*so* **much**"]
)
def test_what_is_shown_stays_the_same(text: str) -> None:
    assert shown(neutralise(text)) == text


def test_links_stay_links() -> None:
    text = "see [the line](https://chat.example.org/a/b?c=d&e=f#g_1) and https://gitlab.example.org/-/issues/6#note_12."
    assert neutralise(text) == text


@settings(max_examples=300)
@given(st.text(alphabet="/@#!&%~$^*[]()<>`\\ \n\t\r>-aclose1:;.\u200b\u2028hps_=\"'", max_size=60))
@example(ACTS)
def test_no_text_acts_and_none_breaks_out(text: str) -> None:
    out = neutralise(text)
    assert acts(out) == []
    assert "<" not in out.replace(APART, "")
    assert "`" not in out
    composed = compose(Body("Own", text), Key("lwkey1"))
    assert split_marker(composed) == (composed.removesuffix("<!-- lwkey1 -->").rstrip(), "lwkey1")


def test_own_words_go_as_typed_and_the_marker_comes_off_again() -> None:
    for own in ("/close", "@all see #1\n\n  indented", "ends in <!-- a comment -->", ""):
        text, key = split_marker(compose(Body(own), Key("lwabc")))
        assert (text, key) == (own, "lwabc")


def test_the_link_is_there_once() -> None:
    url = "https://chat.example.org/x"
    assert compose(Body("Own", "quote", url), Key("lwa")).count(url) == 1
    assert compose(Body("Own " + url, "quote", url), Key("lwa")).count(url) == 1


def test_long_texts_take_time_in_proportion() -> None:
    import time

    began = time.process_time()
    for text in ("@" * 10**4, "https://a." * 10**5, "> " * 50_000, " " * 10**5, "<!-- " * 20_000, "/a" * 50_000):
        neutralise(text)
        split_marker(text)
    assert time.process_time() - began < 5
