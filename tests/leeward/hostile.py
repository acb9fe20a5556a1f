"""Strings that mean harm, written for the tests, and the public list where it is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).parents[3] / "shared"))

STRINGS = (
    "\x1b]52;c;aGVsbG8=\x07 copied for you",
    "\x1b[2J\x1b[H\x1b]0;owned\x07",
    "\x9b31mred\x9c",
    "invoice\u202efdp.exe",
    "\u2066hidden\u2069 \u200fmore",
    "zero\u200bwidth\ufeff\u2060\u00adhere",
    "Z" + "\u0351\u0321" * 200,
    "tagged\U000e0041\U000e0042\U000e007f",
    "half \ud83d of a pair \udc00",
    "line\rover\x0bold\x0clines\x85and\u2028more\u2029yet",
    "\u115f\u1160\u3164\uffa0 blank letters",
    "a" + "\u200d" * 500 + "b",
    "\ufe0f\ufe0e\U000e0100 selectors of nothing",
    "[/] [red]markup[/red] [@click=app.quit]x[/]",
    "bell\x07 backspace\x08\x08\x08 delete\x7f nul\x00",
    "\U0001f44d\u200d" * 200,
    "0\ufe0f\ufe0f\ufe0f\u20e3\u20e3",
    "\u0628" + "\u064b" * 9 + "\u200c\u0628",
)


def strings() -> list[str]:
    """Ours, and those of the public list if it is there."""
    listed = SHARED / "hostile-public" / "blns.json"
    public: list[str] = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else []
    return [*STRINGS, *public]
