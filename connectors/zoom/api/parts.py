"""Our marker, and long texts as several messages: Zoom takes 1,024 characters and has no other place for a key.

A short word in white brackets stands at the very end of each message, `⟦lw…⟧`, or `⟦lw… 2/3⟧` in the second of three.
Nothing is lost in between: what was cut is put together again when it is read, and shown as the one line it is here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from msgspec import Struct

from leeward.errors import Refused
from leeward.model import Key
from leeward.words import _

LONGEST = 1024
MOST_PARTS = 20
_MARKER = re.compile(r"\n?⟦(lw[A-Za-z0-9]{1,60})(?: ([0-9]{1,2})/([0-9]{1,2}))?⟧\s*\Z")
_JOINERS = "\u200d\ufe0e\ufe0f"


class Signature(Struct, frozen=True):
    """What stands at the end of a message of ours: our key, and which of how many parts it is."""

    key: Key
    part: int = 1
    of: int = 1


def units(words: str) -> int:
    """How long Zoom may find a text: in UTF-16, since nobody says what a character is to it."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def marker(key: Key, part: int = 1, of: int = 1) -> str:
    """What ends a message of ours."""
    return f"\n⟦{key}⟧" if of == 1 else f"\n⟦{key} {part}/{of}⟧"


def unsigned(words: str) -> tuple[str, Signature | None]:
    """A text without its marker, and what the marker says."""
    found = _MARKER.search(words, max(0, len(words) - 200))
    if found is None:
        return words, None
    part, of = int(found[2] or 1), int(found[3] or 1)
    return words[: found.start()], Signature(Key(found[1]), max(1, part), max(part, of, 1))


def cuts(words: str, key: Key, least: int = 1) -> tuple[tuple[int, int], ...]:
    """Where to cut, as [from, to) of each part, `least` of them, the last maybe empty. Blanks stay at the end of a part.

    Raises `Refused` for what would need more than `MOST_PARTS` messages.
    """
    if least == 1 and units(words) + units(marker(key)) <= LONGEST:
        return ((0, len(words)),)
    room = LONGEST - units(marker(key, MOST_PARTS, MOST_PARTS))
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(words):
        end = _end(words, start, room)
        found.append((start, end))
        start = end
    if len(found) > MOST_PARTS:
        raise Refused(
            _("That would be more than {most} messages in Zoom.").format(most=MOST_PARTS), _("Send it as a file.")
        )
    return (*found, *((len(words), len(words)) for _part in range(len(found), least)))


def _end(words: str, start: int, room: int) -> int:
    """Where the part that begins at `start` ends: after a paragraph, a line or a word, else where it is full."""
    end = start
    while end < len(words) and room > 0:
        room -= 1 + (words[end] > "\uffff")
        end += room >= 0
    if end == len(words):
        return end
    half = start + (end - start) // 2
    for sign in ("\n\n", "\n", " "):
        at = words.rfind(sign, half, end)
        if at >= 0:
            return _past_blanks(words, at + len(sign), end)
    whole = end
    while whole > half and (words[whole] in _JOINERS or unicodedata.combining(words[whole])):
        whole -= 1
    return whole if whole > half else end


def _past_blanks(words: str, at: int, end: int) -> int:
    while at < end and words[at] in " \n\t":
        at += 1
    return at


def gathered(found: Iterable[tuple[Signature, str]]) -> tuple[str, bool]:
    """The parts of one text in their order, and whether all are there. What follows a missing part is left out."""
    held = {signature.part: (signature.of, words) for signature, words in found}
    of = max((of for of, _words in held.values()), default=1)
    first = next((number for number in range(1, of + 1) if number not in held), of + 1)
    return "".join(held[number][1] for number in range(1, first)), first > of
