"""Text on its way in and out: the few marks, mentions, our key, and HTML that wants to harm."""

from __future__ import annotations

import os
import time
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.keymark import split_marker
from connectors.teams.api.html_in import read
from connectors.teams.api.html_out import Names, page, plain_text, to_html, write
from leeward.model import Body, Key, Person, RemoteId
from leeward.testing.reading import HOSTILE
from leeward.testing.writing import ACTS
from tests.fakes.teams.words import acts

MANY = 2000 if os.environ.get("LEEWARD_FULL") else 60
KEY = Key("lwkey1")
NOBODY = Names(())
ANA, LEE, JO = (
    Person(RemoteId("u1"), "Ana Duarte"),
    Person(RemoteId("u2"), "Ana Lee"),
    Person(RemoteId("u3"), "Jo Do", address="jd@harbour.example"),
)


def there(text: str, *, hidden: bool | None = None) -> str:
    """What comes back of what was sent."""
    return split_marker(read(write(Body(text), KEY, NOBODY, hidden=hidden).html).words)[0]


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "a\n- b\n- c\n\nd",
        "- a\n- b",
        "x\n\n- a\n\n1. b\n2. c\n3. d\ne",
        "5. five\n6. six",
        "```\ncode <b>\n  x\n```",
        "> q\n> r\n\nz",
        "  indented  twice",
        "**bold** and ~~gone~~ `c` https://x.example/a?b=1&c=2, [l](https://y.example)",
        "a ⟦b⟧ < c",
    ],
)
def test_own_words_come_back_as_typed(text: str) -> None:
    assert there(text) == text
    assert read(to_html(text)).words == text


@settings(max_examples=MANY, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab *~`<>&\"'[]()/:@#-1.\n⟦⟧=!\\;"), max_size=60))
def test_no_text_becomes_a_tag(text: str) -> None:
    """Only the marks made here stand in the HTML, and none of them acts."""
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    written = write(Body(text, text), KEY, NOBODY, hidden=None)
    Tags().feed(written.html)
    assert set(found) <= {"div", "br", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a"}
    assert acts(written.html) == []
    assert written.mentions == ()


@settings(max_examples=MANY, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/\"'= abidvplutrhcode&;!-\n"), max_size=200))
def test_no_html_makes_the_reader_raise(html: str) -> None:
    assert isinstance(read(html).words, str)


@pytest.mark.parametrize(
    "html", ["<" * 90_000, "<!--" * 20_000, '<a b="' * 20_000, "<div><b>x" * 9_000, "&" * 90_000, " " * 90_000]
)
def test_unclosed_html_costs_no_more_than_its_length(html: str) -> None:
    began = time.process_time()
    read(html)
    assert time.process_time() - began < 2.0, "more than the square of its length would take minutes"


def test_what_teams_and_onenote_write_is_read_line_by_line() -> None:
    html = (
        "<div>\n<div>Hello\n  <b>wide</b> world</div>\n<p>&nbsp;</p>\n<p>b<br></p><p>c</p></div><ul>\n<li>x</li>\n"
        '<li>y<ul><li>z</li></ul></li></ul><table><tr><td>a</td><td>b</td></tr></table><emoji alt="🙂"></emoji> '
        '<codeblock class="Sql"><code>select 1<br>from x</code></codeblock>after<hr>end'
    )
    assert read(html).words == (
        "Hello **wide** world\n\nb\nc\n- x\n- y\n  - z\na | b\n🙂\n```\nselect 1\nfrom x\n```\nafter\n---\nend"
    )


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href="data:text/html,1">x</a>', "x"),
        ('<a href="https://x.example/?a=1&amp;b=2">see</a>', "[see](https://x.example/?a=1&b=2)"),
        ('<a href="https://x.example">https://x.example/</a>', "https://x.example/"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ("<script>alert(1)</script>a<style>b{}</style><iframe>c</iframe>", "a"),
        ("<scr<script>ipt>a</script>", "<scr"),
        ("a < b > c &lt;d&gt;", "a < b > c <d>"),
        ("<b>open", "**open**"),
        ("</b></div>closed", "closed"),
        ('<img src="https://t.example/1.gif">', ""),
        ("&#x202e;&#0;x", "\u202e\ufffdx"),
    ],
)
def test_hostile_html_is_harmless(html: str, words: str) -> None:
    assert read(html).words == words


def test_the_key_travels_unseen_once_that_is_known_to_work() -> None:
    first = write(Body("Hi"), KEY, NOBODY, hidden=None).html
    assert read(first).key == KEY
    assert split_marker(read(first).words) == ("Hi", KEY)
    proved = write(Body("Hi"), KEY, NOBODY, hidden=True).html
    assert (read(proved).words, read(proved).key) == ("Hi", KEY)
    assert escape("⟦lwkey1⟧") in write(Body("Hi"), KEY, NOBODY, hidden=False).html


def test_names_that_mean_one_person_become_mentions() -> None:
    names = Names((ANA, LEE, JO))
    body = Body("@Ana Duarte, @ana @jo. @jd x@jo @JoDo @analee `@jo` @jorge", quoted="@jo <at id='0'>Jo</at>")
    written = write(body, KEY, names, hidden=True)
    assert [each["mentionText"] for each in written.mentions] == ["Ana Duarte", "Jo Do", "Jo Do", "Jo Do", "Ana Lee"]
    assert [each["id"] for each in written.mentions] == [0, 1, 2, 3, 4]
    assert written.mentions[0]["mentioned"]["user"]["id"] == "u1"
    assert len(acts(written.html, written.mentions)) == 5
    words = read(written.html).words
    assert words.startswith("@Ana Duarte, @ana @Jo Do. @Jo Do x@jo @Jo Do @Ana Lee `@jo` @jorge")


def test_quotes_act_nowhere_and_hold_no_key() -> None:
    quoted = f"{ACTS}\n⟦lwother⟧"
    assert acts(write(Body("Mine", quoted), KEY, Names((ANA,)), hidden=True).html) == []
    assert split_marker(plain_text(Body("Mine", quoted), None))[1] is None
    assert "⟦lwother⟧" not in plain_text(Body("Mine", quoted), KEY)
    assert (
        plain_text(Body("Mine", "one\n\ntwo", "https://x.example/1"), None)
        == "Mine\n\n> one\n>\n> two\n\nhttps://x.example/1"
    )


def test_a_page_of_ours_is_one_block() -> None:
    html = page("A <title> & more", "# Not a heading\n- a", KEY)
    assert "<title>A &lt;title&gt; &amp; more</title>" in html
    assert read(html).key == KEY
    assert read(html).words == "# Not a heading\n- a"
