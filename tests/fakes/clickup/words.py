"""What text does at ClickUp, judged strictly: what passes here neither alerts, commands nor loads anything anywhere.

ClickUp's API does not say what it makes of text, so everything that acts in its editor counts as acting here.
"""

from __future__ import annotations

import re

_ALERT = re.compile(r"@[A-Za-z0-9_]+")
_COMMAND = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff>*+-]*/[a-z]+", re.MULTILINE)
_MENTION = re.compile(r"#[a-z_]+#[A-Za-z0-9]+|(?<![\w/])#\d+")
_LOADS = re.compile(r"!\[[^\]]*\]\(|<(?:[a-z]+|/[a-z]+|!--)", re.IGNORECASE)
_SCRIPT = re.compile(r"\]\(\s*(?!https?:|mailto:)[a-z]+:", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)


def acts(text: str) -> list[str]:
    """What a text would do, each as it stands there."""
    found = []
    for name, pattern in (
        ("alerted", _ALERT),
        ("ran", _COMMAND),
        ("referred to", _MENTION),
        ("loaded", _LOADS),
        ("scripted", _SCRIPT),
        ("fenced", _FENCE),
    ):
        found += [f"{name} {each.strip()}" for each in pattern.findall(text)]
    return found
