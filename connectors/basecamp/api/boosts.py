"""Boosts as votes: what people type between colons goes as its sign, any other short words as they are."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 16
_KEYCAP = "\u20e3"
_DRESS = str.maketrans("", "", "\ufe0e\ufe0f")
_SIGNS = {
    "thumbsup": "👍", "thumbsdown": "👎", "heart": "❤", "tada": "🎉", "eyes": "👀", "white_check_mark": "✅", "x": "❌",
    "clap": "👏", "pray": "🙏", "rocket": "🚀", "fire": "🔥", "joy": "😂", "question": "❓", "raised_hands": "🙌",
    **{name: f"{digit}{_KEYCAP}" for digit, name in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))},
}  # fmt: skip
_SAME = {"+1": "thumbsup", "-1": "thumbsdown"}
_NAMES = {sign: name for name, sign in _SIGNS.items()}
_NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")


def content(choice: str) -> str:
    """What a boost of that choice says; a name that is no sign, or words, stay as they are."""
    wanted = choice.strip().strip(":")
    known = _SIGNS.get(_SAME.get(wanted, wanted))
    if known:
        return known
    if "_" in wanted and _NAME.fullmatch(wanted):
        try:
            return unicodedata.lookup(wanted.replace("_", " "))
        except KeyError:
            return wanted
    return wanted


def choice(said: str) -> str:
    """The choice that a boost stands for."""
    words = " ".join(said.split())
    bare = words.translate(_DRESS)
    known = _NAMES.get(bare)
    if known or len(bare) != 1 or bare.isascii() or unicodedata.category(bare) != "So":
        return known or words
    return unicodedata.name(bare, words).lower().replace(" ", "_")
