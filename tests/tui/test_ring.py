"""Ringing through the terminal: what is asked, what is written, and that no text can steer the terminal."""

from __future__ import annotations

import os
import pty
import re
import threading
from base64 import b64decode
from collections.abc import Mapping
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.ports import Notice, Rung
from tui.ring import (
    QUERY,
    Answer,
    TerminalChannel,
    osc9,
    osc99,
    osc777,
    program,
    query,
    read_answer,
    through_tmux,
    way_for,
)

NOTICE = Notice("Maria", "#ops · today\nsecond line", "red", sound=True)
KITTY = b"\x1b]99;i=leeward-query:p=?;a=focus,report:p=title,body,?:s=system,silent:u=0,1,2\x1b\\"
DEVICE = b"\x1b[?62;c"


def test_an_answer_is_read_and_what_was_typed_is_kept() -> None:
    answer = read_answer(b"x" + KITTY + b"y" + DEVICE + b"z")
    assert answer.can is not None
    assert answer.can["u"] == {"0", "1", "2"}
    assert (answer.device, answer.typed) == (True, b"xyz")


def test_the_device_alone_or_anothers_answer_means_no() -> None:
    assert read_answer(DEVICE) == Answer(None, device=True)
    assert read_answer(KITTY.replace(b"leeward-query", b"other")).can is None
    assert read_answer(b"") == Answer()


class Terminal:
    """The other end of a pseudo-terminal."""

    def __init__(self, says: bytes) -> None:
        self.near, self.far = pty.openpty()
        self.asked = b""
        self._says = says
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while len(self.asked) < len(QUERY):
            self.asked += os.read(self.near, 4096)
        os.write(self.near, self._says)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join(5)
        os.close(self.near)
        os.close(self.far)


@pytest.mark.parametrize(("says", "can"), [(KITTY + DEVICE, True), (DEVICE, False)])
def test_the_terminal_is_asked_and_left_as_it_was(monkeypatch: pytest.MonkeyPatch, says: bytes, can: bool) -> None:
    import termios

    monkeypatch.setattr(os, "tcgetpgrp", lambda _fd: os.getpgrp())
    with Terminal(says) as terminal:
        before = termios.tcgetattr(terminal.far)
        answer = query(terminal.far, wait_s=5)
        assert termios.tcgetattr(terminal.far) == before
    assert terminal.asked == QUERY
    assert answer.device
    assert (answer.can is not None) is can


def test_nothing_is_asked_of_what_is_no_terminal() -> None:
    near, far = os.pipe()
    assert query(far) == Answer()
    os.set_blocking(near, False)
    with pytest.raises(BlockingIOError):
        os.read(near, 1)
    os.close(near)
    os.close(far)


def test_a_silent_terminal_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _fd: os.getpgrp())
    near, far = pty.openpty()
    assert query(far, wait_s=0.02) == Answer()
    os.close(near)
    os.close(far)


@pytest.mark.parametrize(
    ("environ", "can", "wish", "way"),
    [
        ({}, {}, "auto", "osc99"),
        ({"TERM_PROGRAM": "iTerm.app"}, {}, "auto", "osc99"),
        ({"TERM_PROGRAM": "iTerm.app"}, None, "auto", "osc9"),
        ({"TERM_PROGRAM": "WezTerm"}, None, "auto", "osc9"),
        ({"TERM": "foot-extra"}, None, "auto", "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, None, "auto", "osc777"),
        ({"TERM": "xterm-256color"}, None, "auto", "bell"),
        ({"TMUX": "x", "TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, None, "auto", "osc99"),
        ({"TMUX": "x", "TERM": "tmux-256color"}, None, "auto", "bell"),
        ({"STY": "x", "KITTY_WINDOW_ID": "1"}, None, "auto", "bell"),
        ({"TERM_PROGRAM": "iTerm.app"}, {}, "bell", "bell"),
    ],
)
def test_the_way_is_the_wish_the_answer_the_name_the_bell(
    environ: Mapping[str, str], can: Mapping[str, frozenset[str]] | None, wish: str, way: str
) -> None:
    assert way_for(environ, Answer(can), wish) == way


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, ""),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "Ghostty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iTerm2"),
        ({"TERM_PROGRAM": "Tabby"}, "Tabby"),
        ({"TERM_PROGRAM": "\x1b]0;x", "TERM": "foot-extra"}, "foot"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "iTerm2"),
        ({"TMUX": "x", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"}, "tmux"),
        ({"STY": "x", "KITTY_WINDOW_ID": "1"}, "screen"),
    ],
)
def test_the_journal_names_the_program_only_where_something_tells(environ: Mapping[str, str], named: str) -> None:
    assert program(environ) == named


def test_osc99_carries_one_id_for_one_key() -> None:
    first, again, other = osc99(NOTICE, "work:2026#2"), osc99(NOTICE, "work:2026#2"), osc99(NOTICE, "b")
    assert first == again != other
    parts = re.findall(rb"\x1b\]99;([^;]*);([^\x1b]*)\x1b\\", first)
    assert [dict(f.split(b"=") for f in meta.split(b":"))[b"p"] for meta, _text in parts] == [b"title", b"body"]
    assert [b64decode(text).decode() for _meta, text in parts] == ["Maria", "#ops · today\nsecond line"]
    assert b":u=2:s=c3lzdGVt" in first  # the name of a sound is base64
    assert b":u=0:s=c2lsZW50" in osc99(Notice("a", "b", "green"), "k")
    assert b":s=" not in osc99(NOTICE, "k", {"p": frozenset({"title"})})


def test_a_semicolon_never_means_anything() -> None:
    hostile = Notice("4;1", "9;9;/etc\n", None)
    assert osc9(hostile) == b"\x1b]9;4,1: 9,9,/etc\x1b\\"
    assert osc777(Notice("a;b", "c;d", None)) == b"\x1b]777;notify;a,b;c;d\x1b\\"


def test_tmux_gets_every_escape_doubled_and_a_bell_with_sound() -> None:
    assert through_tmux(b"\x1b]9;x\x1b\\") == b"\x1bPtmux;\x1b\x1b]9;x\x1b\x1b\\\x1b\\"
    written: list[bytes] = []
    loud = TerminalChannel("osc9", written.append, tmux=True)
    loud.ring(NOTICE, key="k")
    loud.ring(Notice("a", "b", None), key="k")
    assert [text.endswith(b"\x07") for text in written] == [True, False]


def test_only_osc99_replaces_and_a_terminal_that_is_gone_shows_nothing() -> None:
    def gone(_text: bytes) -> None:
        raise OSError

    assert [TerminalChannel(way, gone).replaces for way in ("osc99", "osc777", "osc9", "bell")] == [True] + [False] * 3
    assert TerminalChannel("bell", gone).ring(NOTICE, key="k") is Rung.FAILED
    written: list[bytes] = []
    assert TerminalChannel("bell", written.append).ring(NOTICE, key="k") is Rung.SENT
    assert written == [b"\x07"]
    assert "allow-passthrough" in TerminalChannel("osc9", gone, tmux=True).say()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_no_text_gets_a_control_character_out(title: str, body: str, key: str) -> None:
    notice = Notice("\x1b]52;c;x\x07" + title, body + "\x9b31m\x1b\\", None)
    for way, start, end in (("osc99", b"\x1b]99;", b""), ("osc777", b"\x1b]777;", b""), ("osc9", b"\x1b]9;", b"")):
        written = TerminalChannel(way, lambda _text: None).sequence(notice, key)
        assert written.startswith(start)
        assert written.endswith(b"\x1b\\" + end)
        inside = re.sub(rb"\x1b\]99;|\x1b\]777;|\x1b\]9;|\x1b\\", b"", written)
        assert not re.search(rb"[\x00-\x1f\x7f]", inside)
        assert not re.search(r"[\x80-\x9f]", inside.decode())
        if way == "osc99":
            texts = re.findall(rb"p=(?:title|body)[^;]*;([^\x1b]*)", written)
            assert not any(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", b64decode(text).decode()) for text in texts)
        else:
            assert not re.match(r"\d+;", inside.decode().removeprefix("notify;"))
