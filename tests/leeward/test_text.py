from __future__ import annotations

import re
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from leeward import text
from leeward.text import MARK, clean, cut_to, file_name, mark, one_line, safe_line, safe_url, width
from tests.leeward.hostile import SHARED, STRINGS, strings

# Written down anew, from the rules: what must never reach a terminal, wherever it stands.
CONTROLS = {*range(0x20), *range(0x7F, 0xA0)} - {0x0A, 0x09}
BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
HIDDEN = {0x00AD, 0x034F, 0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF, 0x180E, 0x3164}
NEVER = {*CONTROLS, *BIDI, *HIDDEN, *range(0xD800, 0xE000), *range(0xE0000, 0xE1000), 0x2028, 0x2029}
ONLY_INSIDE = "\u200c\u200d\ufe0e\ufe0f"

nasty = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "ab 1#*\n\t\r\u200b\u200c\u200d\ufe0f\ufe0e\u0301\u0351\u064b\u0628\u0915\u094d\u20e3\u202e\u2028"
        ),
        st.sampled_from("\U0001f468\U0001f469\U0001f3fd\u2764\u00a9\U0001f1f3\U0001f1f1\U000e0041\ud800\u1160"),
    ),
    max_size=60,
)


def assert_harmless(shown: str, allowed: str = "\n\t") -> None:
    assert not [hex(ord(char)) for char in shown if ord(char) in NEVER]
    assert not [char for char in "\n\t" if char not in allowed and char in shown]
    combining = 0
    for before, char in zip([" ", *shown], shown, strict=False):
        combining = combining + 1 if unicodedata.category(char) in {"Mn", "Me"} and char not in ONLY_INSIDE else 0
        assert combining <= text.MAX_MARKS or char == "\u20e3"
        if char in ONLY_INSIDE:
            assert before not in {" ", "\n", "a", MARK}, f"{char!r} joins nothing"


@given(nasty)
@example("\u0628" + "\u064b" * 6 + "\u200c\u0628")
@example("\u0628\u200c\u061c\u0628")
@settings(max_examples=400, deadline=None)
def test_whatever_comes_in_is_harmless_and_stays_so(raw: str) -> None:
    for function in (clean, mark, one_line, safe_line):
        shown = function(raw)
        assert_harmless(shown, "" if function in (one_line, safe_line) else "\n\t")
        assert function(shown) == shown
        assert safe_line(shown) == shown.replace("\n", " ").replace("\t", " ")


@pytest.mark.parametrize("raw", STRINGS)
def test_known_tricks_leave_a_visible_mark(raw: str) -> None:
    shown = clean(raw)
    assert_harmless(shown)
    assert (MARK in shown) == (not raw.startswith("[/]"))


def test_the_public_list_of_naughty_strings_is_harmless() -> None:
    if not (SHARED / "hostile-public").is_dir():
        pytest.skip("the public list of hostile strings is not at hand (LEEWARD_SHARED)")
    found = strings()
    assert len(found) > 500
    for raw in found:
        assert_harmless(clean(raw))
        assert_harmless(one_line(raw), "")
        assert width(one_line(raw)) == cell_len(one_line(raw))


@pytest.mark.parametrize(
    "fine",
    [
        "plain words, digits 123 and [brackets]",
        "zażółć gęślą jaźń",
        "one\ntwo\n\tthree",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
        "\u2764\ufe0f and \u2764\ufe0f\u200d\U0001f525",
        "\U0001f44d\U0001f3fd \U0001f3f3\ufe0f\u200d\U0001f308",
        "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff",
        "1\ufe0f\u20e3 #\ufe0f\u20e3 *\u20e3",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "\U0001f1f3\U0001f1f1 \u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \u05e9\u05dc\u05d5\u05dd",
        "e\u0301\u0302\u0303\u0304 four marks",
    ],
)
def test_what_people_write_passes_unchanged(fine: str) -> None:
    assert clean(fine) == fine
    assert mark(fine) == fine


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("a\rb", f"a{MARK}b"),
        ("a\u200b\u200b\u202eb", f"a{MARK}b"),
        ("a\u200db", f"a{MARK}b"),
        ("x\ufe0f", f"x{MARK}"),
        ("\u0628\u200c ", f"\u0628{MARK} "),
        ("e" + "\u0301" * 9 + "!", "e" + "\u0301" * 4 + MARK + "!"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", f"\U0001f3f4{MARK}"),
        ("esc\x1b[31m", f"esc{MARK}[31m"),
    ],
)
def test_what_could_steer_or_mislead_becomes_one_visible_mark(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_row_cannot_be_forged() -> None:
    assert one_line("done\r\n\n  \tmaria: 09:00  yes\u2028ok ") == "done maria: 09:00 yes ok"
    assert safe_line("a\nb\tc") == "a b c"


def test_long_text_is_cut_with_a_sign_of_it() -> None:
    assert one_line("word " * 300, 20) == "word word word word\u2026"
    assert one_line("\u2764\ufe0f\u200d\U0001f525", 3) == "\u2764\u2026"
    assert one_line("x", 0) == ""


def test_a_million_lines_of_plain_text_take_a_second_or_two() -> None:
    lines = [f"a plain line number {number}, as most lines are, with a few more words" for number in range(20_000)]
    start = time.perf_counter()
    for line in lines:
        clean(line)
        one_line(line)
    per_line = (time.perf_counter() - start) / len(lines)
    assert per_line < 20e-6, f"{per_line * 1e6:.1f} µs a line"


def test_a_huge_hostile_text_takes_no_more_than_its_length() -> None:
    for seed in ("\u202e", "e" + "\u0301" * 5, "\U0001f44d\u200d", "\u0628\u200c", "\x1b[2J", "1\ufe0f"):
        start = time.perf_counter()
        clean(seed * 100_000)
        assert time.perf_counter() - start < 3


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30), st.integers(min_value=0, max_value=40))
@settings(max_examples=300, deadline=None)
def test_cutting_never_exceeds_the_room(raw: str, room: int) -> None:
    shown = one_line(raw)
    cut = cut_to(shown, room)
    assert width(cut) <= room
    if room:
        assert cut == shown if width(shown) <= room else cut.endswith("\u2026")


@pytest.mark.parametrize(
    ("said", "cells"),
    [
        ("abc", 3),
        ("\u65e5\u672c\u8a9e", 6),
        ("e\u0301", 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\u2764\ufe0f", 2),
        ("\u2764", 1),
        ("\U0001f44d", 2),
        ("1\ufe0f\u20e3", 2),
        ("\u1112\u1161\u11ab", 2),
        ("a\x1bb", 2),
    ],
)
def test_cells_are_counted_a_character_as_it_is_drawn(said: str, cells: int) -> None:
    assert width(said) == cells == cell_len(said)


@given(st.text(alphabet=st.characters(max_codepoint=0x2FFF, exclude_categories=["Cn", "Cf", "Co", "Cs"]), max_size=20))
@settings(max_examples=200, deadline=None)
def test_the_screen_counts_as_we_do(raw: str) -> None:
    # Its table is of another Unicode version: marks of rare scripts may differ by what was assigned or changed since.
    common = re.sub(r"[^\u0000-\u06ff\u0900-\u097f\u0e00-\u0e7f\u1100-\u11ff\u2000-\u2fff]", "", one_line(raw))
    assert width(common) == cell_len(common)


def test_cut_to_keeps_characters_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert cut_to("ab" + family + "cd", 4) == "ab\u2026"
    assert cut_to("\u65e5\u672c\u8a9e", 4) == "\u65e5\u2026"
    assert cut_to("\u65e5\u672c", 4) == "\u65e5\u672c"
    assert cut_to("abcdef", 4) == "abc\u2026"
    assert cut_to("e\u0301" * 500, 3) == "e\u0301e\u0301\u2026"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.ORG:8443/A?b=c#d", "https://example.org:8443/A?b=c#d"),
        ("https://b\u00fccher.example/\u00e4", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://\u0430pple.com/", "https://xn--pple-43d.com/"),
        ("https://stra\u00dfe.de", "https://xn--strae-oqa.de"),
        ("https://\uff47oogle.com", "https://google.com"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("mailto:maria@example.org?subject=hi", "mailto:maria@example.org?subject=hi"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ('https://example.org/"<script>', "https://example.org/%22%3Cscript%3E"),
    ],
)
def test_links_are_shown_in_ascii(url: str, shown: str) -> None:
    assert safe_url(url) == shown
    assert safe_url(shown) == shown


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "vscode://x",
        "https://good.example@evil.example/",
        "https://user:secret@example.org/",
        "https://good.example\\@evil.example",
        "https://good.example\u202e/x",
        "https://good.example/\x1b]0;x\x07",
        "https://exa mple.org",
        "https:///path",
        "https:example.org",
        "https://",
        "https://example.org:99999/",
        "https://-oProxyCommand=x/",
        "https://a..b/",
        "https://\u2100.example/",
        "mailto:",
        "",
        "//example.org",
        "https://example.org/" + "x" * 5000,
    ],
)
def test_other_links_are_not_offered(url: str) -> None:
    assert safe_url(url) is None


@given(st.one_of(nasty, st.text().map("https://{}".format), st.text().map("https://example.org/{}".format)))
@settings(max_examples=200, deadline=None)
def test_a_link_is_printable_ascii_or_nothing(raw: str) -> None:
    shown = safe_url(raw)
    assert shown is None or (shown.isascii() and shown.isprintable() and " " not in shown and safe_url(shown) == shown)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\evil.exe", "evil.exe"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("", "file"),
        ("..", "file"),
        ("caf\u00e9 plan.txt", "caf\u00e9 plan.txt"),
        ("a\x00b\nc\u202e.txt", "a_b_c_.txt"),
        ("$(reboot).sh", "(reboot).sh"),
        ("x" * 500 + ".tar.gz", "x" * 117 + ".gz"),
    ],
)
def test_a_file_name_leads_nowhere_and_hides_nothing(raw: str, name: str) -> None:
    assert file_name(raw) == name


@given(nasty)
@settings(max_examples=200, deadline=None)
def test_any_file_name_is_one_step_and_short(raw: str) -> None:
    name = file_name(raw)
    assert name
    assert name[0] not in ".-~ "
    assert not set(name) & set("/\\\x00\n:*?\"<>|;&$`'")
    assert len(name) <= 120
    assert len(name.encode()) <= 255
    assert file_name(name) == name


def test_what_is_called_plain_needs_no_mark_and_no_steadying() -> None:
    from tui.widgets import steady

    agreed = re.compile(steady._AGREED)
    letters = [char for char in map(chr, range(0x80, sys.maxunicode)) if text.plain(char)]
    assert len(letters) > 20_000
    for char in letters:
        assert text._parts().sub(text._replace, char * 8) == char * 8, hex(ord(char))
        assert agreed.fullmatch(char), hex(ord(char))
    assert not text.plain("a\u0301") and not text.plain("x\u200b") and not text.plain("\u3164")  # noqa: PT018 - one thing
    assert not text.plain("é" * 301)
