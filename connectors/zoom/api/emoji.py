"""Zoom names an emoji by its code points, `U+1F44D`; votes are told by the names people type between colons."""

from __future__ import annotations

import re
import unicodedata

_CODE = re.compile(r"U\+([0-9A-Fa-f]{2,6})")
_SHORT = {
    "+1": "1F44D", "-1": "1F44E", "heart": "2764", "tada": "1F389", "eyes": "1F440", "smile": "1F604",
    "joy": "1F602", "white_check_mark": "2705", "x": "274C", "rocket": "1F680", "fire": "1F525", "pray": "1F64F",
    "clap": "1F44F", "wave": "1F44B", "100": "1F4AF", "thinking_face": "1F914", "raised_hands": "1F64C",
    "question": "2753", "exclamation": "2757", "warning": "26A0", "star": "2B50", "ok_hand": "1F44C",
    "one": "31 20E3", "two": "32 20E3", "three": "33 20E3", "four": "34 20E3", "five": "35 20E3",
    "six": "36 20E3", "seven": "37 20E3", "eight": "38 20E3", "nine": "39 20E3",
}  # fmt: skip
_ALIASES = {"thumbsup": "+1", "thumbsdown": "-1", "thumbs_up": "+1", "thumbs_down": "-1"}
_NAMES = {code: name for name, code in _SHORT.items()}
_DRESS = {"FE0F", "FE0E"}


def name(code: str) -> str:
    """What people call the emoji behind `U+…`, without colons; `code` itself where it has no name."""
    points = [found.upper() for found in _CODE.findall(code) if found.upper() not in _DRESS]
    if not points:
        return code.strip(":")
    known = _NAMES.get(" ".join(points))
    if known:
        return known
    try:
        return "_".join(unicodedata.name(chr(int(one, 16))).lower().replace(" ", "_") for one in points)
    except ValueError:
        return code


def code(choice: str) -> str | None:
    """`U+…` for a name, an alias, a sign itself or its Unicode name; None for what is no emoji known here."""
    wanted = choice.strip().strip(":")
    if _CODE.match(wanted):
        return wanted.upper()
    known = _SHORT.get(_ALIASES.get(wanted, wanted))
    if known:
        return _spelled(known.split())
    if wanted and not wanted.isascii():
        return _spelled([f"{ord(sign):X}" for sign in wanted])
    try:
        return _spelled([f"{ord(unicodedata.lookup(wanted.replace('_', ' '))):X}"])
    except KeyError:
        return None


def _spelled(points: list[str]) -> str:
    return " ".join(f"U+{point}" for point in points)
