"""Ringing through the terminal: OSC 99, OSC 777, OSC 9 or the bell; builders are pure, one function asks the terminal.

The terminal is asked on the raw tty before the screen starts; later its answers would arrive as key presses. No text
gets out with a control character in it, and none that a terminal could take for progress (`9;4;…`).

Sources: kitty's desktop notifications (OSC 99), the control sequences of urxvt (777) and iTerm2 (9), tmux's pass-through.
"""

from __future__ import annotations

import os
import re
import select
import time
from base64 import b64encode
from collections.abc import Callable, Mapping

from msgspec import Struct

from leeward.ports import Notice, Rung
from leeward.text import cut_to, one_line
from leeward.words import _

ESC, BEL, ST = b"\x1b", b"\x07", b"\x1b\\"
QUERY_ID = "leeward-query"
QUERY = b"\x1b]99;i=" + QUERY_ID.encode() + b":p=?;\x1b\\" + b"\x1b[c"
WAIT_S = 0.25
_TITLE, _BODY = 100, 400
_PART = 2000  # the protocol allows 2,048 bytes in one part
_CONTROLS = r"[\x00-\x1f\x7f-\x9f]+"
_PROGRAM = r"[A-Za-z][A-Za-z0-9 ._+-]{0,29}"
_ANSWER = re.compile(rb"\x1b\]99;([^;\x07\x1b]*);([^\x07\x1b]*)(?:\x07|\x1b\\)")
_DEVICE = re.compile(rb"\x1b\[\?[0-9;]*c")
_URGENCY = {"red": 2, "green": 0}
_PROGRAMS = {"iTerm.app": "osc9", "iTerm2": "osc9", "WezTerm": "osc9", "ghostty": "osc777", "rio": "osc9"}
_HINTS = {
    "KITTY_WINDOW_ID": "osc99",
    "ITERM_SESSION_ID": "osc9",
    "WEZTERM_PANE": "osc9",
    "GHOSTTY_RESOURCES_DIR": "osc777",
}
_CALLED = {"iTerm.app": "iTerm2", "ghostty": "Ghostty", "Apple_Terminal": "Terminal", "vscode": "VS Code", "rio": "Rio"}
_MARKS = {
    "KITTY_WINDOW_ID": "kitty",
    "GHOSTTY_RESOURCES_DIR": "Ghostty",
    "WEZTERM_PANE": "WezTerm",
    "ITERM_SESSION_ID": "iTerm2",
    "KONSOLE_VERSION": "Konsole",
    "ALACRITTY_WINDOW_ID": "Alacritty",
    "WT_SESSION": "Windows Terminal",
}
_TERMS = {
    "xterm-kitty": "kitty", "xterm-ghostty": "Ghostty", "foot": "foot", "rxvt-unicode": "urxvt", "contour": "Contour",
    "alacritty": "Alacritty",
}  # fmt: skip
_NAMES = (("foot", "osc777"), ("rxvt-unicode", "osc777"), ("xterm-ghostty", "osc777"), ("contour", "osc777"))


class Answer(Struct, frozen=True):
    """What the terminal said. `can`: what its OSC 99 offers by key ("p", "u", "s" …), None where it has none.

    `device`: it answered at all. `typed`: what the person typed meanwhile, to be passed on.
    """

    can: Mapping[str, frozenset[str]] | None = None
    device: bool = False
    typed: bytes = b""


def read_answer(received: bytes) -> Answer:
    """Take the answers out of what came in; an answer to the device query alone means there is no OSC 99."""
    can: dict[str, frozenset[str]] | None = None
    for meta, payload in _ANSWER.findall(received):
        fields = _fields(meta)
        if fields.get("p") == "?" and fields.get("i") == QUERY_ID:
            can = {key: frozenset(value.split(",")) for key, value in _fields(payload).items()}
    typed = _DEVICE.sub(b"", _ANSWER.sub(b"", received))
    return Answer(can, _DEVICE.search(received) is not None, typed)


def query(fd: int, wait_s: float = WAIT_S) -> Answer:
    """Ask the terminal behind `fd` what it can show. Nothing is asked where it is no terminal, or not ours to use."""
    import termios
    import tty

    try:
        if not os.isatty(fd) or os.tcgetpgrp(fd) != os.getpgrp():
            return Answer()
        before = termios.tcgetattr(fd)
    except (OSError, termios.error):
        return Answer()
    received = b""
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        os.write(fd, QUERY)
        end = time.monotonic() + wait_s
        while _DEVICE.search(received) is None and (left := end - time.monotonic()) > 0:
            if not select.select([fd], [], [], left)[0]:
                break
            received += os.read(fd, 4096)
    except OSError:
        return read_answer(received)
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
    return read_answer(received)


def way_for(environ: Mapping[str, str], answer: Answer, wish: str = "auto") -> str:
    """The way to ring: the wish of the settings, else OSC 99 if it was answered, else by the terminal's name, else BEL."""
    if wish != "auto":
        return wish
    if answer.can is not None:
        return "osc99"
    if environ.get("STY"):
        return "bell"
    for program in (environ.get("TERM_PROGRAM", ""), environ.get("LC_TERMINAL", "")):
        if program in _PROGRAMS:
            return _PROGRAMS[program]
    for name, way in _NAMES:
        if environ.get("TERM", "").startswith(name):
            return way
    # A terminal that is itself behind tmux cannot be asked; what it left in the environment tells.
    found = next((way for name, way in _HINTS.items() if environ.get(name)), "bell")
    return found if environ.get("TMUX") or found != "osc99" else "osc9"


def program(environ: Mapping[str, str]) -> str:
    """What shows our terminal, as people call it; "" where nothing tells.

    Inside tmux and screen the variables of a terminal are those of whoever began the session, so only those two are named.
    """
    for name, what in (("TMUX", "tmux"), ("STY", "screen")):
        if environ.get(name):
            return what
    for told in (environ.get("TERM_PROGRAM", ""), environ.get("LC_TERMINAL", "")):
        if re.fullmatch(_PROGRAM, told):
            return _CALLED.get(told, told)
    term = environ.get("TERM", "")
    found = next((what for start, what in _TERMS.items() if term.startswith(start)), "")
    return found or next((what for name, what in _MARKS.items() if environ.get(name)), "")


def osc99(notice: Notice, key: str, can: Mapping[str, frozenset[str]] | None = None) -> bytes:
    """Title and body as two parts of one notification, whose id is made of the key: sent again, it replaces itself."""
    name = identifier(key)
    extras = f":u={_URGENCY.get(notice.tier or '', 1)}"
    if can is None or "s" in can:
        extras += ":s=" + b64encode(b"system" if notice.sound else b"silent").decode()
    title = _part(f"i={name}:d=0:e=1:p=title{extras}", _line(notice.title, _TITLE))
    body = _part(f"i={name}:d=1:e=1:p=body", "\n".join(_line(line, _BODY) for line in notice.body.splitlines()[:5]))
    return title + body


def osc777(notice: Notice) -> bytes:
    """The notification of urxvt, foot and others; a semicolon would end the title."""
    title = _line(notice.title, _TITLE).replace(";", ",")
    return b"\x1b]777;notify;" + title.encode() + b";" + _flat(notice.body).encode() + ST


def osc9(notice: Notice) -> bytes:
    """The notification of iTerm2 and others, one text; never "digits;" at its start, nor anywhere a semicolon."""
    text = f"{_line(notice.title, _TITLE)}: {_flat(notice.body)}".replace(";", ",")
    return b"\x1b]9;" + text.encode() + ST


def through_tmux(sequence: bytes) -> bytes:
    """Wrap a sequence so that tmux hands it on, where it is allowed to."""
    return b"\x1bPtmux;" + sequence.replace(ESC, ESC + ESC) + ST


def identifier(key: str) -> str:
    """A notification id of the letters OSC 99 allows."""
    from hashlib import blake2b

    return "lw-" + blake2b(key.encode(), digest_size=12).hexdigest()


class TerminalChannel:
    """The terminal as a way to ring. `write` puts bytes on it in one piece.

    With OSC 99 a popup can be replaced. The bell has no silent form, so it also sounds for what is not red; in tmux a
    bell goes with what is to sound, since tmux may swallow the rest. `program`: who shows it, for the journal.
    """

    def __init__(
        self,
        way: str,
        write: Callable[[bytes], object],
        *,
        answer: Answer | None = None,
        tmux: bool = False,
        program: str = "",
    ) -> None:
        self.name, self.program = way, program
        self.replaces = way == "osc99"
        self._write = write
        self._can = None if answer is None else answer.can
        self._tmux = tmux

    def ring(self, notice: Notice, *, key: str) -> Rung:
        """Write it out; a terminal that is gone shows nothing."""
        try:
            self._write(self.sequence(notice, key))
        except (OSError, ValueError):
            return Rung.FAILED
        return Rung.SENT

    def sequence(self, notice: Notice, key: str) -> bytes:
        """The bytes of one notification."""
        if self.name == "bell":
            return BEL
        built = {
            "osc99": lambda: osc99(notice, key, self._can),
            "osc777": lambda: osc777(notice),
            "osc9": lambda: osc9(notice),
        }[self.name]()
        if not self._tmux:
            return built
        return through_tmux(built) + (BEL if notice.sound else b"")

    def say(self) -> str:
        """What `doctor` tells."""
        said = {
            "osc99": _("terminal: OSC 99, popups can be replaced."),
            "osc777": _("terminal: OSC 777."),
            "osc9": _("terminal: OSC 9."),
            "bell": _("terminal: the bell alone."),
        }[self.name]
        if self._tmux and self.name != "bell":
            said += " " + _("Behind tmux: needs `set -g allow-passthrough on`; the bell always passes.")
        return said


def _part(meta: str, text: str) -> bytes:
    kept = text.encode()[:_PART].decode(errors="ignore").encode()
    return b"\x1b]99;" + meta.encode() + b";" + b64encode(kept) + ST


def _line(text: str, cells: int) -> str:
    return re.sub(_CONTROLS, " ", cut_to(one_line(text), cells)).strip()


def _flat(text: str) -> str:
    return _line(" · ".join(line for line in text.splitlines() if line.strip()), _BODY)


def _fields(text: bytes) -> dict[str, str]:
    parts = (part.partition("=") for part in text.decode("ascii", "replace").split(":"))
    return {key: value for key, equals, value in parts if equals}
