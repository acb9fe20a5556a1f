"""The cues by which one line is known to answer another: each line and each pair of lines becomes a row of cells.

A cell is one number of one table (`PAIR` and its kin name the tables with their sizes); the learned weights of the
cells say how well a pair fits. All cues need only what was said before the later line, so that they serve a growing
channel as well as a finished log.
"""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct, field

from leeward.work.context_lines import COMMAND, ENDS, UNKNOWN, Said

_LINES = (1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 30, 50, 75)
_ROUGHLY = (1, 2, 3, 4, 6, 9, 14, 24, 49)
_MINUTES = (0, 1, 2, 3, 5, 8, 12, 20, 40, 90, 300)
_CHANGES = (0, 1, 2, 3, 4, 6, 9)
_ADDRESSED = (0.04, 0.1, 0.3, 0.55)  # shares of lines that begin with a name: the habit of a place

LINES = len(_LINES) + 1
ROUGHLY = len(_ROUGHLY) + 1
GAPS = len(_MINUTES) + 1
CHANGES = len(_CHANGES) + 1
KINDS = 10
LENGTHS = 4
STYLES = len(_ADDRESSED) + 1
UNSURE_STYLE = 1


class Heard(Struct, eq=False):
    """A line as the flow of its place holds it: what it says, who it followed, where it was put."""

    id: str
    seq: int
    minute: int
    author: str
    said: Said
    own: Heard | None  # the same author's line before
    new: bool  # there was none in living memory
    called: Heard | None  # the last line that spoke to its author
    pause: int  # minutes since the line before
    after_own: bool  # the line before is by the same author
    spoken_to: str | None  # whom its author spoke to last, before this line
    style: int  # how often lines begin with a name here, 0 to 4
    busy: int  # how many people spoke just before, 0 to 5
    talks: int  # how many conversations ran just before, 0 to 6
    bot: bool
    nth: int  # running count of its author's lines
    changes: int  # running count of changes of speaker
    begins: str  # how its text begins, for those who quote it
    root: str
    thread: str | None = None
    place: int = 0  # how many lines its conversation had before it
    answers: str | None = None  # the author of the line it answers, as decided
    answered: int = 0  # lines by others that answer it, as decided
    answered_by: str | None = None  # the author of the first line that answers it, as decided
    early: int | None = None  # what the model makes of it as a line that is answered


class Talk(Struct, eq=False):
    """A conversation as decided so far: its newest line, who takes part, how long it is and of what it speaks."""

    newest: Heard
    people: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    size: int = 0


class InTalk(Struct):
    """A conversation as one line finds it; what it says of that line's author, of whom it speaks to and spoke to."""

    size: int = 5  # in steps; 5 where it is forgotten
    people: int = 0  # in steps
    last: int = 0  # 1 the author spoke last in it, 2 somebody else
    age: int = LINES
    part: int = 0  # the author takes part
    to: int = 0  # whom the line speaks to takes part (1) or not (2)
    partner: int = 0  # the same for whom the author spoke to last
    newest: Heard | None = None
    lines: int = 0


class Between(Struct):
    """What the flow knows about a line and one before it, besides the two themselves; small numbers all of them."""

    shared: int  # how much their rare words say, 0 to 5
    echoed: int  # the same for the words of the whole conversation
    theirs: int  # lines by the earlier author since, 0 to 4
    ours: int  # lines by the later author since, 0 to 4
    said: int  # how lately the later author spoke to the earlier, 0 (never) to 4
    heard: int  # the other way round
    talk: InTalk


_LINES_AT = tuple(bisect_left(_LINES, count) for count in range(_LINES[-1] + 2))
_ROUGHLY_AT = tuple(bisect_left(_ROUGHLY, count) for count in range(_ROUGHLY[-1] + 2))


def lines_apart(count: int) -> int:
    """A distance in lines, in steps."""
    return _LINES_AT[count] if count <= _LINES[-1] else LINES - 1


def roughly(count: int) -> int:
    """The same in coarser steps."""
    return _ROUGHLY_AT[count] if count <= _ROUGHLY[-1] else ROUGHLY - 1


def minutes(count: int) -> int:
    """A pause in minutes, in steps."""
    return bisect_left(_MINUTES, count)


def style(addressed: int, lines: int) -> int:
    """The habit of a place in which `addressed` of the last `lines` lines begin with a name; unsure while it is new."""
    return UNSURE_STYLE if lines < 15 else bisect_left(_ADDRESSED, addressed / lines + 1e-9)


def towards(said: Said, author: str) -> int:
    """0 speaks to nobody, 1 to `author`, 2 to somebody else, 3 to a stranger."""
    if said.to is None:
        return 0
    return 1 if said.to == author else 3 if said.to == UNKNOWN else 2


def _open(said: Said) -> int:
    return 0 if said.to is None else 3 if said.to == UNKNOWN else 1


def _named(line: Heard) -> int:
    return int(line.style > UNSURE_STYLE)


def _since(line: Heard, before: Heard | None) -> int:
    return ROUGHLY - 1 if before is None else roughly(line.seq - before.seq)


SPOKEN = (
    ("kind", KINDS * 2 * 2),
    ("length", LENGTHS * 4),
    ("own", ROUGHLY * 2),
    ("pause", GAPS * 2),
)
"""The tables of a line by itself, whether it answers or is answered; after them TRAITS cells of one table more."""

PLACE = (("style", STYLES * 6), ("called", ROUGHLY * 2), ("talks", 7 * STYLES))
"""The tables of what goes on when a line is said."""


def spoken(line: Heard) -> tuple[int, ...]:
    """The cells of SPOKEN."""
    said, after_own = line.said, int(line.after_own)
    return (
        (said.kind * 2 + said.asks) * 2 + line.new,
        said.length * 4 + _open(said),
        _since(line, line.own) * 2 + after_own,
        minutes(line.pause) * 2 + after_own,
    )


def place(line: Heard) -> tuple[int, ...]:
    """The cells of PLACE."""
    return (
        line.style * 6 + line.busy,
        _since(line, line.called) * 2 + (line.said.to is not None),
        line.talks * STYLES + line.style,
    )


START = (
    ("new", 2 * 4 * 2),
    ("kind", KINDS * 2 * 2),
    ("length", LENGTHS * 2 * 2),
    ("rest", LINES * 4),
    ("rest minutes", GAPS * 4),
    ("quiet", GAPS * 2),
    ("held", 3 * 4 * 2),
    ("called", ROUGHLY * 2),
    ("to", (ROUGHLY + 2) * 2),
    ("busy", 6 * 2 * 2),
    ("began", 3 * 2 * LENGTHS),
)
"""The tables of "this line starts a conversation"."""


def start(line: Heard, partner: Heard | None) -> tuple[int, ...]:
    """The cells of START; `partner` is the last line by whom the line speaks to."""
    said, own, new = line.said, line.own, int(line.new)
    to, asks, named = _open(said), int(said.asks), _named(line)
    rest, minute, held, began = LINES - 1, GAPS - 1, 0, 0
    if own is not None:
        rest, minute = lines_apart(line.seq - own.seq), minutes(line.minute - own.minute)
        held, began = (1 if own.answered else 2), (1 if own.root == own.id else 2)
    spoke = ROUGHLY + 1 if said.to is None else ROUGHLY if partner is None else roughly(line.seq - partner.seq)
    return (
        (new * 4 + to) * 2 + asks,
        (said.kind * 2 + new) * 2 + asks,
        (said.length * 2 + new) * 2 + asks,
        rest * 4 + to,
        minute * 4 + to,
        minutes(line.pause) * 2 + new,
        (held * 4 + to) * 2 + asks,
        _since(line, line.called) * 2 + (to > 0),
        spoke * 2 + named,
        (line.busy * 2 + named) * 2 + new,
        (began * 2 + asks) * LENGTHS + said.length,
    )


PAIR = (
    ("apart", LINES * 2 * 4 * 2),
    ("gap", GAPS * 2 * 4 * 2),
    ("names", 2 * 4 * 5 * 3),
    ("kinds", KINDS * KINDS * 2),
    ("shared", 6 * 2 * 4),
    ("question", 2 * 2 * 2 * 3 * 2),
    ("partners", 3 * 3 * 4 * 2),
    ("lengths", LENGTHS * LENGTHS * 2 * 3),
    ("same talk", 3 * ROUGHLY * 3 * 2),
    ("takes part", 3 * 3 * 2 * 2 * 2),
    ("changes", CHANGES * 2 * 5 * 2),
    ("newest", 4 * 5 * 2 * 2),
    ("same talk, minutes", 3 * GAPS * 2 * 2),
    ("their talk", 3 * 3 * 4 * 3),
    ("said since by them", 5 * 4 * 2 * 2),
    ("said since by us", 5 * 2 * 3 * 2),
    ("spoke together", 5 * 5 * 2),
    ("talk", 6 * 5 * 3 * 2),
    ("bot", 2 * 2 * 2 * 2 * 2),
    ("ends", ENDS * ENDS * 2),
    ("answered", 4 * 3 * 4 * 2),
    ("new question", 2 * 2 * 2 * ROUGHLY),
    ("last in talk", 3 * 3 * LINES),
    ("talk's age", (LINES + 1) * 2 * 2 * 3),
    ("echoed", 6 * 2 * 2 * 2),
    ("partner's talk", 3 * 3 * 2 * 2),
    ("between", 4 * 4 * 2),
)
"""The tables of "this line answers that one"."""


def pair(line: Heard, before: Heard, between: Between) -> tuple[int, ...]:
    """The cells of PAIR for "`line` answers `before`"."""
    a, b, own = line.said, before.said, line.own
    author, other = line.author, before.author
    same, named = int(author == other), _named(line)
    to, past = towards(a, other), towards(b, author)
    if past == 2 and b.to == a.to:  # both speak to the same third person
        past = 4
    aimed = min(to, 2)
    apart, rough = lines_apart(line.seq - before.seq), roughly(line.seq - before.seq)
    gap = minutes(line.minute - before.minute)
    called = 1 if other in a.names else 2 if author in b.names else 0
    later, ours = (0, 0) if own is None else (1 if before.seq > own.seq else 2, 1 if own.root == before.root else 2)
    habit, theirs, back = _habits(line, before)
    taken, first = min(before.answered, 2), before.answered_by
    by = 0 if first is None else 1 if first == author else 2 if first == other else 3
    asks, asked = int(a.asks), int(b.asks)
    talk, part = between.talk, between.talk.part
    newest = int(talk.newest is not None and talk.newest is not before)
    after = max(0, min(talk.lines - before.place - 1, 3))
    return (
        ((apart * 2 + same) * 4 + to) * 2 + named,
        ((gap * 2 + same) * 4 + to) * 2 + named,
        ((same * 4 + to) * 5 + past) * 3 + called,
        (a.kind * KINDS + b.kind) * 2 + same,
        (between.shared * 2 + same) * 4 + to,
        (((asks * 2 + asked) * 2 + same) * 3 + taken) * 2 + before.new,
        ((habit * 3 + back) * 4 + to) * 2 + same,
        ((a.length * LENGTHS + b.length) * 2 + same) * 3 + aimed,
        ((ours * ROUGHLY + rough) * 3 + aimed) * 2 + same,
        (((ours * 3 + later) * 2 + part) * 2 + same) * 2 + named,
        ((bisect_left(_CHANGES, line.changes - before.changes) * 2 + same) * 5 + past) * 2 + named,
        ((to * 5 + past) * 2 + newest) * 2 + line.new,
        ((ours * GAPS + gap) * 2 + same) * 2 + newest,
        ((talk.to * 3 + later) * 4 + to) * 3 + habit,
        ((between.theirs * 4 + to) * 2 + same) * 2 + named,
        ((between.ours * 2 + same) * 3 + later) * 2 + named,
        (between.said * 5 + between.heard) * 2 + same,
        ((talk.size * 5 + talk.people) * 3 + talk.last) * 2 + part,
        (((line.bot * 2 + before.bot) * 2 + (b.kind == COMMAND)) * 2 + same) * 2 + (apart < 2),
        (a.traits[0] * ENDS + b.traits[0]) * 2 + same,
        ((by * 3 + taken) * 4 + to) * 2 + asked,
        ((before.new * 2 + asked) * 2 + same) * ROUGHLY + rough,
        (talk.last * 3 + theirs) * LINES + apart,
        ((talk.age * 2 + part) * 2 + same) * 3 + aimed,
        ((between.echoed * 2 + part) * 2 + (between.shared > 0)) * 2 + same,
        ((talk.partner * 3 + aimed) * 2 + part) * 2 + same,
        (after * 4 + min(before.answered, 3)) * 2 + same,
    )


def _habits(line: Heard, before: Heard) -> tuple[int, int, int]:
    """Each 0 (not known), 1 (yes) or 2 (no): each author spoke to the other last; `before` answers the author of `line`."""
    to, from_, answers = line.spoken_to, before.spoken_to, before.answers
    return (
        0 if to is None else 1 if to == before.author else 2,
        0 if from_ is None else 1 if from_ == line.author else 2,
        0 if answers is None else 1 if answers == line.author else 2,
    )


FORGOTTEN = InTalk()


def in_talk(line: Heard, talk: Talk) -> InTalk:
    """The conversation `talk` as `line` finds it."""
    size, people, to, partner = talk.size, len(talk.people), line.said.to, line.spoken_to
    return InTalk(
        0 if size < 2 else 1 if size < 4 else 2 if size < 8 else 3 if size < 16 else 4,
        1 if people < 2 else 2 if people < 3 else 3 if people < 5 else 4,
        1 if talk.newest.author == line.author else 2,
        lines_apart(line.seq - talk.newest.seq),
        int(line.author in talk.people),
        0 if to is None else 1 if to in talk.people else 2,
        0 if partner is None else 1 if partner in talk.people else 2,
        talk.newest,
        size,
    )


ODDS_AT = (-5, -4, -3.2, -2.6, -2, -1.6, -1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2, 1.6, 2, 2.6, 3.2, 4, 5)
SHARES_AT = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96)
SIZES_AT = (0.3, 0.8, 1.5, 2.5, 4, 6, 9, 13)
RANKS_AT = (3.5, 5.5, 9.5, 19.5)

ODDS = len(ODDS_AT) + 1
SHARES = len(SHARES_AT) + 1
NOBODY = SHARES
ANYBODY = SHARES + 1
SIZES = len(SIZES_AT) + 1
FEW = 4

BELONG = (
    ("tie", ODDS * 2 * 2),
    ("answers", SHARES * 2 * 2),
    ("apart", 2 * ROUGHLY * 2 * 2),
    ("gap", 2 * GAPS * 2),
    ("names", 4 * 4 * 2),
    ("their lines", ANYBODY * FEW * 2),
    ("our lines", ANYBODY * FEW * 2),
    ("their next lines", ANYBODY * ANYBODY),
    ("our next lines", ANYBODY * ANYBODY),
    ("size", SIZES * ODDS),
    ("we begin", SHARES * 2),
    ("they begin", SHARES * 2),
    ("spoke together", FEW * FEW * 2),
    ("shared", 6 * 2 * 2),
    ("rank", 8 * SHARES),
    ("their partner", 4 * ANYBODY * 2),
    ("kinds", KINDS * KINDS),
    ("our partner", ANYBODY * 2 * 2),
)
"""The tables of "these two lines of a window belong together"; `context_belong` fills them."""
