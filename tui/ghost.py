"""The first frame before the screen is loaded: the inbox's rows, read from the store and written as they will stand.

Loading what draws the real screen takes a sixth of a second; this is there after a few hundredths. It knows no settings:
the colours and the width of the list are those the screen had when it was last left. Keys that are typed meanwhile are
kept from the terminal; those that move are done again on the real screen, every other is dropped, since it was pressed
on what could not answer.
"""

from __future__ import annotations

import os
import sys

from leeward.words import _

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    Row: TypeAlias = tuple[str, str, str, int, str]  # title, tier, place, how many are new, people

HABIT = "screen ghost"
INKS = ("background", "selected", "text", "dim", "line", "accent", "red", "yellow", "green")
WIDE, TALL, SIDE = 110, 30, 18
_LEAST = (24, 8)
_DAYS_MS = 2 * 86_400_000
_TIERS = {"red": (_("today"), "T"), "yellow": (_("48 h"), "4")}
_BLANK = ("", " ")
_MOVES = {
    b"j": "j", b"k": "k", b"g": "g", b"G": "G", b" ": "space",
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[5~": "pageup", b"\x1b[6~": "pagedown", b"\x1b[H": "home", b"\x1b[F": "end",
}  # fmt: skip


class Ghost:
    """A frame that stands in the alternate screen until the real one takes its place."""

    shown: Ghost | None = None

    def __init__(self, fd: int, before: list[Any]) -> None:
        self._fd, self.before = fd, before
        self._typed = b""
        self.stands = True

    def typed(self, more: bytes = b"") -> list[str]:
        """Stop listening: the keys that moved, in order, with `more` that somebody else read before."""
        import select

        taken = more
        while select.select([self._fd], [], [], 0)[0]:
            data = os.read(self._fd, 4096)
            if not data:
                break
            taken += data
        self._modes()
        return moves(taken)

    def end(self) -> None:
        """Give the terminal back where no screen took it over."""
        if self.stands:
            self.stands = False
            self._modes()
            os.write(self._fd, b"\x1b[0m\x1b[?25h\x1b[?1049l")
        Ghost.shown = None

    def _modes(self) -> None:
        import termios

        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, self.before)
        except termios.error:
            return


def moves(typed: bytes) -> list[str]:
    """The keys among what was typed that only move, by Textual's names."""
    found, at = [], 0
    while at < len(typed):
        end = at + 1
        if typed[at : at + 2] == b"\x1b[":
            end = at + 2
            while end < len(typed) and not 0x40 <= typed[end] <= 0x7E:
                end += 1
            end += 1
        key = _MOVES.get(typed[at:end])
        if key is not None:
            found.append(key)
        at = end
    return found


def appear(args: Sequence[str]) -> Ghost | None:
    """Show the frame where there is a terminal for it and a store with rows; None, and nothing shown, everywhere else."""
    folder = _folder(args)
    if folder is None or not (sys.stdin.isatty() and sys.stdout.isatty()) or not _able():
        return None
    import termios

    from leeward.clock import milliseconds
    from leeward.store.glance import ghost_page

    found = ghost_page(folder, milliseconds(), _DAYS_MS, HABIT)
    if found is None:
        return None
    colours, rows = found
    size = os.get_terminal_size(sys.stdout.fileno())
    frame = draw(rows, colours, size.columns, size.lines)
    fd = sys.stdin.fileno()
    try:
        if os.tcgetpgrp(fd) != os.getpgrp() or not frame:
            return None
        before = termios.tcgetattr(fd)
        quiet = termios.tcgetattr(fd)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(fd, termios.TCSANOW, quiet)
    except (OSError, termios.error):
        return None
    Ghost.shown = Ghost(fd, before)
    os.write(sys.stdout.fileno(), frame.encode("utf-8", "replace"))
    return Ghost.shown


def _folder(args: Sequence[str]) -> str | None:
    """The data folder of a plain start; None where anything else was asked for."""
    named, words = os.environ.get("LEEWARD_DATA"), iter(args)
    for word in words:
        name, given, value = word.partition("=")
        if name not in {"--data", "--config"}:
            return None
        value = value if given else next(words, "")
        named = value if name == "--data" else named
    if named:
        return os.path.join(os.getcwd(), os.path.expanduser(named))  # noqa: PTH109, PTH111, PTH118 - pathlib costs too much
    from tui.quick import usual

    return usual()


def _able() -> bool:
    """Whether the terminal shows the colours of a palette, and its owner wants a frame that is drawn twice."""
    seen = os.environ
    return seen.get("COLORTERM", "") in {"truecolor", "24bit"} and not (
        seen.get("LEEWARD_NO_GHOST") or "NO_COLOR" in seen
    )


def draw(rows: Sequence[Row], colours: dict[str, str], wide: int, high: int) -> str:
    """The frame as text for the terminal, each row where it will stand."""
    if wide < _LEAST[0] or high < _LEAST[1] or any(colours.get(name, "")[:1] != "#" for name in INKS):
        return ""
    pen = {name: f"\x1b[38;2;{_rgb(colours[name])}m" for name in INKS}
    ground, chosen = (f"\x1b[48;2;{_rgb(colours[name])}m" for name in ("background", "selected"))
    three, width = wide >= WIDE, colours.get("list", "")
    left, room = (SIDE + 1, int(width) if width.isdecimal() else 43) if three else (0, wide)
    parts = [f"\x1b[?1049h\x1b[?25l{ground}{pen['text']}\x1b[2J"]
    if three:
        parts.append(f"\x1b[H{pen['accent']}\x1b[1m leeward \x1b[22m\x1b[2;1H{pen['line']}{'─' * wide}")
        parts += [f"\x1b[{y};{SIDE + 1}H│\x1b[{y};{left + room + 1}H│" for y in range(3, high - 1)]
    y = 2
    if three:
        parts.append(f"\x1b[3;{left + 2}H{pen['text']}\x1b[1m{_('Inbox')}\x1b[22m")
        y = 4
    for number, row in enumerate(rows):
        lines = _two(row, room - 2, pen) if three and high >= TALL else (_one(row, room - 2, pen),)
        if y + len(lines) > high - 1:
            break
        back, mark = (chosen, "▌") if number == 0 else (ground, " ")
        for line in lines:
            parts.append(f"{back}\x1b[{y};{left + 1}H{' ' * room}\x1b[{y};{left + 1}H{pen['accent']}{mark}{line}")
            y += 1
    return "".join(parts)


def _two(row: Row, space: int, pen: dict[str, str]) -> tuple[str, str]:
    """As `tui.view.inbox_two` draws a row, the time left out: it needs the rules of a zone."""
    from leeward.text import cut_to, one_line, width

    title, tier, place, unread, people = row
    new = _("{n} new").format(n=unread if unread < 100 else "99+") if unread else ""
    about = " · ".join(part for part in (one_line(place, 80), one_line(people, 120)) if part)
    about = cut_to(about, max(1, space - 8 - len(new)))
    gap = " " * max(1, space - 7 - width(about) - len(new))
    first = f"{_word(tier, pen)}{_titled(title, unread, space - 18, pen)}"
    return first, f"{' ' * 7}{pen['dim']}{about}{gap}{pen['accent']}{new}"


def _one(row: Row, space: int, pen: dict[str, str]) -> str:
    """As `tui.view.inbox_one` draws a row, without its time, place and people."""
    title, tier, _place, unread, _people = row
    if space < 58:
        letter = _TIERS.get(tier, _BLANK)[1]
        return f"{pen.get(tier, pen['text'])}{letter} {_titled(title, unread, space - 14, pen)}"
    return f"{_word(tier, pen)}{' ' * 10}{pen['line']}│ {_titled(title, unread, space - 60, pen)}"


def _word(tier: str, pen: dict[str, str]) -> str:
    word = _TIERS.get(tier, _BLANK)[0]
    return f"{pen[tier] if word else ''}{word:<7}"


def _titled(title: str, unread: int, space: int, pen: dict[str, str]) -> str:
    from leeward.text import cut_to, one_line

    weight = "\x1b[1m" if unread else ""
    return f"{pen['text']}{weight}{cut_to(one_line(title), max(8, space))}\x1b[22m"


def _rgb(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
