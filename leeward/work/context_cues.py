"""The cues by which one line is known to answer another: each pair of lines becomes a handful of small numbers.

Every cue is one cell of one table of `context_weights`; the sum of its weights says how well the pair fits. All cues
need only what was said before the later line, so that they serve a growing channel as well as a finished log.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from msgspec import Struct, field

from leeward.work.context_lines import UNKNOWN, Said

_LINES = (1, 2, 3, 4, 6, 9, 14, 24, 49)
_MINUTES = (0, 1, 2, 5, 10, 20, 60)
_PEOPLE = (0, 1, 2, 4, 7)

APART = len(_LINES) + 1
GAPS = len(_MINUTES) + 1
CROWD = len(_PEOPLE) + 1


class Heard(Struct):
    """A line as the flow of its place holds it: what it says, who it followed, where it was put."""

    id: str
    seq: int
    minute: int
    author: str
    said: Said
    own: Heard | None  # the same author's line before
    new: bool  # the author had not spoken in living memory
    spoken_to: str | None  # whom its author spoke to last, before this line
    root: str
    answers: str | None = None  # the author of the line it answers, as decided
    answered: int = 0  # lines by others that answer it, as decided
    thread: str | None = None
    crowd: int = 0  # running count of changes of speaker


class Talk(Struct):
    """A conversation as decided so far: its newest line and who takes part."""

    newest: Heard
    people: Counter[str] = field(default_factory=Counter)


def _to(said: Said, author: str) -> int:
    """0 speaks to nobody, 1 to `author`, 2 to somebody else, 3 to a stranger."""
    if said.to is None:
        return 0
    return 1 if said.to == author else 3 if said.to == UNKNOWN else 2


def _past(before: Heard, author: str, other: str) -> int:
    to = _to(before.said, author)
    if to == 2 and before.said.to == other:  # both speak to the same third person
        return 3
    return 2 if to > 1 else to


PAIR_SIZES = (
    APART * 2 * 4,
    GAPS * 2 * 4,
    2 * 4 * 4 * 3,
    10 * 10 * 2,
    5 * 2 * 4,
    2 * 2 * 2 * 3 * 2,
    3 * 3 * 4 * 2,
    4 * 2 * 4,
    APART * 3 * 3,
    3 * 3 * 2 * 2,
    CROWD * 2 * 4,
    4 * 4 * 2 * 2,
    3 * GAPS * 2 * 2,
    3 * 3 * 4,
)
START_SIZES = (2 * 4 * 2, 10 * 2 * 2, 4 * 2 * 2, GAPS * 4, GAPS * 2, 3 * 4 * 2, 3 * 4)


def pair(line: Heard, before: Heard, shared: int, talk: Talk | None) -> tuple[int, ...]:
    """The cells of the tables for "`line` answers `before`". `shared`: how much their rare words say, 0 to 4."""
    a, b = line.said, before.said
    author, other = line.author, before.author
    same = author == other
    s = 1 if same else 0
    to = _to(a, other)
    past = _past(before, author, a.to or "")
    apart = bisect_left(_LINES, line.seq - before.seq)
    gap = bisect_left(_MINUTES, line.minute - before.minute)
    names = 1 if other in a.names else 2 if author in b.names else 0
    own = line.own
    first = own is None
    later = 0 if own is None else 1 if before.seq > own.seq else 2
    ours = 0 if own is None else 1 if own.root == before.root else 2
    habit = 0 if line.spoken_to is None else 1 if line.spoken_to == other else 2
    back = 0 if before.answers is None else 1 if before.answers == author else 2
    taken = min(before.answered, 2)
    part = 0
    target = 0
    if talk is not None:
        mine = talk.people.get(author, 0)
        part = 1 if mine else 0
        target = 0 if a.to is None else 1 if a.to in talk.people else 2
    newest = 0 if talk is None or talk.newest is before else 1
    asks, asked = int(a.asks), int(b.asks)
    short = a.length
    return (
        (apart * 2 + s) * 4 + to,
        (gap * 2 + s) * 4 + to,
        ((s * 4 + to) * 4 + past) * 3 + names,
        (a.kind * 10 + b.kind) * 2 + s,
        (shared * 2 + s) * 4 + to,
        (((asks * 2 + asked) * 2 + s) * 3 + taken) * 2 + int(before.new),
        ((habit * 3 + back) * 4 + to) * 2 + s,
        (short * 2 + s) * 4 + b.length,
        (apart * 3 + ours) * 3 + (0 if to == 0 else 1 if to == 1 else 2),
        ((ours * 3 + later) * 2 + part) * 2 + s,
        (bisect_left(_PEOPLE, line.crowd - before.crowd) * 2 + s) * 4 + past,
        ((to * 4 + past) * 2 + newest) * 2 + int(first),
        ((ours * GAPS + gap) * 2 + s) * 2 + newest,
        (target * 3 + later) * 4 + to,
    )


def start(line: Heard, previous: Heard | None) -> tuple[int, ...]:
    """The cells of the tables for "`line` starts a conversation"."""
    said = line.said
    own = line.own
    to = 0 if said.to is None else 3 if said.to == UNKNOWN else 1
    asks = int(said.asks)
    rest = GAPS - 1 if own is None else bisect_left(_MINUTES, line.minute - own.minute)
    quiet = GAPS - 1 if previous is None else bisect_left(_MINUTES, line.minute - previous.minute)
    new = int(line.new)
    held = 0 if own is None else 1 if own.answered else 2
    return (
        (new * 4 + to) * 2 + asks,
        (said.kind * 2 + new) * 2 + asks,
        (said.length * 2 + new) * 2 + asks,
        rest * 4 + to,
        quiet * 2 + new,
        (held * 4 + to) * 2 + asks,
        held * 4 + said.length,
    )
