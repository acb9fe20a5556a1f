from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.matrix.api.compose import to_html, write
from connectors.matrix.api.render import to_text
from connectors.matrix.api.words import strip_fallback
from leeward.errors import Refused
from leeward.model import Body


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<h2>Title</h2>text", "## Title\n\ntext"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<pre><code class='language-py'>if x:\n    y &lt; z\n</code></pre>", "```\nif x:\n    y < z\n```"),
        ("use <code>x</code> or <del>y</del>", "use `x` or ~~y~~"),
        ('<a href="https://example.org/a">here</a>', "[here](https://example.org/a)"),
        ('<a href="https://example.org/a">https://example.org/a</a>', "https://example.org/a"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<script>x</script><style>y</style>z", "z"),
        ("<mx-reply>quote</mx-reply>answer", "answer"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
        ('<img src="mxc://x/y" alt="a boat">', "a boat"),
        ("<b><i>open</b> end", "***open*** end"),
        ("</p></div>stray", "stray"),
        ("&lt;b&gt; &amp;amp; &#x41;", "<b> &amp; A"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_reads(html: str, text: str) -> None:
    assert to_text(html).text == text


HOSTILE_HTML = (
    "<blockquote>" * 6000,
    "<ul><li>" * 8000,
    "<!--" * 16000,
    ">" * 9000 + "<!--" * 13000,
    "<a href='" * 7000,
    "<a href='" * 7000 + "x>",
    "<![CDATA[" * 7000,
    "<![x>" * 10000,
    "<?" * 30000,
)
HOSTILE_MARKDOWN = ("[", "`", "*", "> ", "~~a", "@a:", "**a", "https://", "[a](https://", "- a\n")


@pytest.mark.parametrize("html", HOSTILE_HTML, ids=lambda html: html[:9])
def test_html_of_any_depth_and_length_is_read_about_as_fast_as_any_other(html: str) -> None:
    plain = "<p>word</p>" * (len(html) // 11)
    assert _seconds(lambda: to_text(html)) < 40 * _seconds(lambda: to_text(plain)) + 0.5


@pytest.mark.parametrize("piece", HOSTILE_MARKDOWN)
def test_markdown_takes_no_square_of_its_length(piece: str) -> None:
    text = piece * (40_000 // len(piece))
    plain = "word " * 8000
    assert _seconds(lambda: to_html(text)) < 40 * _seconds(lambda: to_html(plain)) + 0.5


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text("<>/abip \n&;#=\"'", max_size=200))
def test_any_html_is_read(html: str) -> None:
    to_text(html).text.encode(errors="surrogatepass")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("plain", "<p>plain</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("**b** *i* `c<d` ~~x~~", "<p><strong>b</strong> <em>i</em> <code>c&lt;d</code> <del>x</del></p>"),
        ("> q\n> > r", "<blockquote><p>q</p><blockquote><p>r</p></blockquote></blockquote>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("# T", "<h1>T</h1>"),
        ("```py\n<x>\n```\nend", "<pre><code>&lt;x&gt;\n</code></pre><p>end</p>"),
        ("[t](https://e.org/?a=1&b=2)", '<p><a href="https://e.org/?a=1&amp;b=2">t</a></p>'),
        ("see https://e.org/x.", '<p>see <a href="https://e.org/x">https://e.org/x</a>.</p>'),
        ("[t](javascript:x)", "<p>[t](javascript:x)</p>"),
        ("a*b*c 2*3*4 snake_case_name", "<p>a*b*c 2*3*4 snake_case_name</p>"),
        ("<b>\"x\" & 'y'</b>", "<p>&lt;b&gt;&quot;x&quot; &amp; &#x27;y&#x27;&lt;/b&gt;</p>"),
        ("@ana:hs.test", '<p><a href="https://matrix.to/#/@ana:hs.test">@ana:hs.test</a></p>'),
    ],
)
def test_markdown_becomes_escaped_html(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@settings(max_examples=200, deadline=None)
@given(st.text("<>&\"'*`~[](): \n#>-1.@ahttps/", max_size=80))
def test_no_markdown_makes_markup_of_its_own(markdown: str) -> None:
    import re

    html = to_html(markdown)
    known = r"</?(?:p|br|strong|em|del|code|pre|blockquote|ul|ol|li|h[1-6])>|<a href=\"(?:https?://|mailto:)[^\"<>]*\">|</a>"
    assert not re.search(r"[<>]", re.sub(known, "", html))


def test_only_own_words_mention() -> None:
    written = write(Body("@ana:hs.test look, @room", quoted="@ben:hs.test said @room and @room"))
    content = written.content()
    assert content["m.mentions"] == {"user_ids": ["@ana:hs.test"], "room": True}
    quiet = write(Body("look", quoted="@ben:hs.test said @room [x](https://matrix.to/#/@ben:hs.test)")).content()
    assert quiet["m.mentions"] == {}
    assert "@room" not in quiet["body"] + quiet["formatted_body"]
    assert 'href="https://matrix.to' not in quiet["formatted_body"]
    assert write(Body("```\n@room\n```\n`@ana:hs.test`\n> @room")).content()["m.mentions"] == {}


def test_plain_words_need_no_html_and_the_link_goes_once() -> None:
    assert write(Body("just words")).html is None
    assert write(Body("see https://e.org/1", link="https://e.org/1")).plain.count("https://e.org/1") == 1
    assert write(Body("see", link="https://e.org/1")).plain == "see\n\nhttps://e.org/1"
    assert write(Body("own", quoted="a\n\nb")).plain == "own\n\n> a\n>\n> b"


def test_what_no_event_holds_is_refused_and_surely_not_taken() -> None:
    with pytest.raises(Refused) as caught:
        write(Body("ü" * 30_000))
    assert caught.value.taken is False
    long = write(Body("**x** " * 5000))
    assert long.html is None


def test_a_fallback_is_only_what_stands_first() -> None:
    assert strip_fallback("> <@a:b> x\n> y\n\nz\n> q") == "z\n> q"
    assert strip_fallback("x\n> y") == "x\n> y"
    assert strip_fallback("> only") == ""
