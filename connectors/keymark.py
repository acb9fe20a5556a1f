"""Our key as others see it, `⟦lw…⟧` at the end of a text: for services that keep nothing unseen in which it could travel.

Shared by the kinds that write it so; where it stands in another form (a comment, parts of a line) the kind has its own.
"""

from __future__ import annotations

import re

from leeward.model import Key

_MARKER = re.compile(r"\s*⟦(lw[A-Za-z0-9]{1,60})⟧\s*\Z")
_LOOKED_AT = 400
"""So many characters at the end are read: blanks in the midst of a long text must not cost anything."""


def marker(key: Key) -> str:
    """What carries our key at the end of a text."""
    return f"⟦{key}⟧"


def split_marker(text: str) -> tuple[str, Key | None]:
    """A text without its marker, and the key that stood in it."""
    found = _MARKER.search(text[-_LOOKED_AT:])
    if found is None:
        return text, None
    return text[: max(0, len(text) - _LOOKED_AT) + found.start()], Key(found[1])


def signed(text: str, key: Key | None, gap: str = "\n\n") -> str:
    """A text with its marker."""
    return gap.join(each for each in (text, marker(key) if key else "") if each)


def unmarked(text: str) -> str:
    """Text by others, in which nothing looks like a marker of ours."""
    return text.replace("⟦", "[").replace("⟧", "]")
