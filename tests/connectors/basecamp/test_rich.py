from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.basecamp.api.outgoing import compose, names_in
from connectors.basecamp.api.rich import LONGEST, Attached, People, Rich, read
from connectors.keymark import split_marker
from leeward.model import Body, Key, RemoteId
from leeward.testing.reading import HOSTILE
from leeward.testing.writing import ACTS
from tests.fakes.basecamp import words

VICTOR = RemoteId("1049715913")
KNOWN = People({"BAh7victor": VICTOR})
MENTION = (
    '<bc-attachment sgid="BAh7victor" content-type="application/vnd.basecamp.mention"><figure>'
    '<img src="https://example.org/a" alt="face" class="avatar"><figcaption>Victor</figcaption></figure></bc-attachment>'
)
PHOTO = (
    '<bc-attachment sgid="BAh7photo" content-type="image/jpeg" width="9" url="https://example.org/f"'
    ' href="https://example.org/p" filename="my-photo.jpg" caption="2 &gt; 1"><figure><img src="x">'
    "<figcaption>2 &gt; 1</figcaption></figure></bc-attachment>"
)


def nobody(_name: str) -> tuple[str, str] | None:
    return None


def there_and_back(text: str) -> tuple[str, Key | None]:
    return split_marker(read(compose(Body(text), Key("lwk"), nobody), People()).text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain, with &lt;b&gt; and &amp;", "Plain, with <b> and &"),
        ("<div>One<br><br>Two</div>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<p>One</p>\n<p><br></p>\n<p>Two</p>", "One\n\nTwo"),
        ("<strong>Bold</strong> <em>soft</em> <strike>gone</strike> <b>b </b>.", "**Bold** *soft* ~~gone~~ **b** ."),
        ("<h1>Title</h1><div>Text</div>", "# Title\nText"),
        ("<ul>\n<li>a<ul><li>b</li></ul></li>\n<li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<blockquote>a<br>b</blockquote>c", "> a\n> b\nc"),
        ("<pre>if a &lt; b:\n  c</pre>", "```\nif a < b:\n  c\n```"),
        ('<a href="https://example.org/x">here</a>', "[here](https://example.org/x)"),
        ('<a href="https://example.org/x">https://example.org/x</a>', "https://example.org/x"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<script>alert(1)</script><style>b{}</style>left<!-- x --> over", "left over"),
        ("<div>open <strong>and never closed", "open **and never closed**"),
        ("</div></li>stray", "stray"),
        ("a\n  line of markup", "a line of markup"),
        (f"<div>{MENTION}, look</div>", "@Victor, look"),
        (f"<div>See{PHOTO}</div>", "See[my-photo.jpg]"),
    ],
)
def test_rich_text_reads_as_markdown(html: str, text: str) -> None:
    assert read(html, KNOWN).text == text


def test_mentions_and_files_are_known_by_their_tags() -> None:
    found = read(f"<div>{MENTION}{PHOTO}</div>", KNOWN)
    assert found.people == (VICTOR,)
    photo = found.attached[1]
    assert (photo.name, photo.url, photo.media_type) == ("my-photo.jpg", "https://example.org/f", "image/jpeg")
    assert photo.tag == '<bc-attachment sgid="BAh7photo" caption="2 &gt; 1"></bc-attachment>'
    stranger = read(MENTION.replace("BAh7victor", "BAh7other"), KNOWN)
    assert (stranger.text, stranger.people) == ("@Victor", ())
    # As the official examples have it: whoever was never seen is known by the id itself.
    real = (
        "BAh7BkkiC19yYWlscwY6BkVUewdJIglkYXRhBjsAVEkiK2dpZDovL2JjMy9QZXJzb24vMTA0OTcxNTkxMz9leHBpcmVzX2luBjsAVEkiCHB1"
        "cgY7AFRJIg9hdHRhY2hhYmxlBjsAVA==--e627c45e6b34e08862da23906862412620e4d5d9"
    )
    assert read(MENTION.replace("BAh7victor", real), People()).people == (VICTOR,)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_owner_types_comes_back_as_typed(text: str) -> None:
    assert there_and_back(text) == (text, "lwk")


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t*~`#>-_[]()1. <&"), max_size=80
    )
)
@example("# a\n\n- b\n- c\n\n\n1. d\n2. e\n> f\n>\n```\ng\n```\nh")
@example("**a *b* c** ~~d~~ [e](https://example.org/(f))")
@example("- a\n  - b")
def test_any_words_come_back_as_typed(text: str) -> None:
    text = re.sub("[\x85\u2028\u2029\ue000\ue001]", "", text).strip()
    assert there_and_back(text) == (text, "lwk")


def test_what_can_be_said_in_tags_is() -> None:
    text = "# T\na **b** *c* ~~d~~\n- e\n- f\n\n1. g\n2. h\n> i\n[j](https://example.org/j) https://example.org/k"
    made = compose(Body(text), None, nobody)
    for tag in ("h1", "strong", "em", "strike", "ul", "ol", "blockquote"):
        assert f"<{tag}>" in made
    assert made.count("<a href=") == 2
    assert words.acts(made) == []


def test_quotes_look_as_they_did_and_do_nothing() -> None:
    calls = []

    def everybody(name: str) -> tuple[str, str]:
        calls.append(name)
        return name, "BAh7all"

    made = compose(Body("My own", quoted=ACTS + "⟦lwtheirs⟧"), Key("lwk"), everybody)
    assert words.acts(made) == []
    assert words.attached(made) == []
    assert calls == []
    found, key = split_marker(read(made, People()).text)
    assert key == "lwk"
    assert "⟦" not in found
    assert "<script>alert(1)</script>" in found
    assert "> /close" in found


def test_one_who_is_named_is_mentioned_and_nobody_else() -> None:
    def person(name: str) -> tuple[str, str] | None:
        return ("Victor Cooper", "BAh7victor") if name.casefold() in {"victor", "victor cooper"} else None

    made = compose(Body("@victor and @Victor Cooper, not victor@example.org or @somebody"), None, person)
    assert words.attached(made) == ["BAh7victor"] * 2
    assert "not victor@example.org or @somebody" in made
    assert names_in("@victor")
    assert not names_in("victor@example.org")


def test_what_stood_in_a_text_stays_in_it() -> None:
    held = read(f"<div>Before {MENTION} {PHOTO}</div>", KNOWN).attached
    made = compose(Body("After @Victor [my-photo.jpg] end"), None, nobody, held)
    assert words.attached(made) == ["BAh7victor", "BAh7photo"]
    assert 'caption="2 &gt; 1"' in made
    # A file stays also where the words no longer show it; who is no longer named is not called again.
    assert words.attached(compose(Body("All new"), None, nobody, held)) == ["BAh7photo"]
    mei = compose(Body("For @Mei Tanaka"), None, lambda name: ("Mei Tanaka", "BAh7mei") if name == "Mei Tanaka" else None,
                  (Attached("@Mei", '<bc-attachment sgid="BAh7mei"></bc-attachment>', "BAh7mei", RemoteId("3")),))  # fmt: skip
    assert mei == '<div>For <bc-attachment sgid="BAh7mei"></bc-attachment></div>'
    bare = Attached("[lost]", "", "", name="lost")
    assert compose(Body("x"), None, nobody, (bare,)) == "<div>x</div>"


def test_a_marker_in_the_middle_is_no_marker() -> None:
    assert split_marker("a ⟦lwk⟧ b") == ("a ⟦lwk⟧ b", None)
    assert split_marker("a\n\n⟦lwk⟧ \n") == ("a", "lwk")
    assert split_marker("a ⟦nokey⟧")[1] is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["<div>", "</div>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<pre>", "<br>", "<a href='", "'>",
                                 "<!--", "-->", '<bc-attachment sgid="x">', "</bc-attachment>", "<", ">", "&#x", "&amp;", '"',
                                 "text", "\n", "<ol start=9>", "<hr/>", "<img alt=x>", "\x00", "\ud800"]), max_size=40).map("".join))  # fmt: skip
def test_no_markup_breaks_the_reader(html: str) -> None:
    found = read(html, KNOWN)
    assert isinstance(found, Rich)
    assert "<bc-attachment" not in found.text


@pytest.mark.parametrize(
    "piece", ['<a "', "<", "<div>", "<!--", "&#x", "<b><i>", "<ul><li>", '<a x="yyy', "<a b ", "**a"]
)
def test_long_markup_ends(piece: str) -> None:
    large = piece * (LONGEST // len(piece)) + "<div>behind</div>" * 10
    assert "behind" not in read("x" * LONGEST + large, KNOWN).text
    assert len(read(large, KNOWN).text) <= 3 * LONGEST


def test_deep_nesting_ends() -> None:
    assert read("<blockquote>" * 5_000 + "x", KNOWN).text.endswith("x")
