"""Why a line travels with another, in words: the relation, the time between them, and what weighed most in the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leeward.text import one_line
from leeward.words import _, n_
from leeward.work import context_cells as cells
from leeward.work.context_cells import Heard
from leeward.work.context_flow import Placed
from leeward.work.context_lines import MINUTE
from leeward.work.context_model import Model
from leeward.work.context_ties import Tied

_ANSWERS = 0.3  # from this share on a line is said to answer another
_LIKELY = 0.3
_WEIGHS = 0.1  # what adds less to the score is not worth a word
_REASONS = 2
_HOUR = 60
_DAY = 24 * _HOUR

Name = Callable[[str], str]


def why(model: Model, at: Tied, other: Tied, share: float, names: Mapping[str, str]) -> str:
    """Why `other` travels with `at` (or hardly does, by its `share`); `names` gives display names."""

    def name(author: str) -> str:
        return names.get(author, author)

    late, early = (other, at) if other.placed.heard.seq > at.placed.heard.seq else (at, other)
    parts = [_relation(at, other, share, name), _apart(other.line.at - at.line.at)]
    if share >= _LIKELY:
        parts += _reasons(model, late.placed, early.placed.heard, name)
    return one_line(", ".join(dict.fromkeys(parts)))


def _relation(at: Tied, other: Tied, share: float, name: Name) -> str:
    here, there = at.placed.heard, other.placed.heard
    later, same = there.seq > here.seq, here.author == there.author
    if here.thread is not None and here.thread == there.thread:
        return _("same thread")
    if at.sure(other):
        said = _("replies to {name}") if later else _("replied to by {name}")
    elif at.answering(other) >= _ANSWERS:
        said = _("{name} goes on") if same else _("answers {name}") if later else _("answered by {name}")
    elif same:
        said = _("the same author")
    elif share < _LIKELY:
        said = _("nearby")
    elif there.said.to == here.author:
        said = _("speaks to {name}")
    else:
        said = _("same conversation")
    return said.format(name=name(here.author))


def _reasons(model: Model, placed: Placed, before: Heard, name: Name) -> list[str]:
    """What weighed most for "this line answers that one"; where it was not weighed, what plainly ties the two."""
    late = placed.heard
    said = {reason: words for reason, words in _sayings(late, before, name).items() if words}
    pairs = (
        []
        if placed.cues is None
        else [pair for one, pair in zip(placed.cues.candidates, placed.cues.pairs, strict=True) if one is before]
    )
    if not pairs:
        return [said["shared"]] if "shared" in said else []
    weights = dict.fromkeys(said, 0.0)
    parts = model.parts(model.late(late), model.early(before), pairs[0])
    for (table, _size), part in zip(cells.PAIR, parts, strict=True):
        reason = _REASON.get(table)
        if reason in weights:
            weights[reason] += part
    best = sorted(weights, key=lambda reason: -weights[reason])
    return [said[reason] for reason in best if weights[reason] >= _WEIGHS][:_REASONS]


_REASON = {
    "shared": "shared",
    "echoed": "shared",
    "question": "question",
    "new question": "question",
    "answered": "question",
    "partners": "partners",
    "spoke together": "partners",
    "partner's talk": "partners",
    "takes part": "part",
    "same talk": "part",
    "same talk, minutes": "part",
    "apart": "next",
    "changes": "next",
}
"""The reason of a table, where a person would understand it."""


def _sayings(late: Heard, early: Heard, name: Name) -> dict[str, str | None]:
    """The reasons in words, as far as they are true of the two lines."""
    common = sorted(late.said.words & early.said.words, key=lambda word: (-len(word), word))
    own = late.own
    strangers = late.author != early.author
    return {
        "shared": _("shares {words}").format(words=", ".join(f"'{word[:30]}'" for word in common[:2]))
        if common
        else None,
        "question": _("after a question") if early.said.asks and strangers else None,
        "partners": _("the two were talking") if late.spoken_to == early.author and strangers else None,
        "part": _("{name} took part before").format(name=name(late.author))
        if own is not None and own.root == early.root and strangers
        else None,
        "next": _("the very next line") if late.seq == early.seq + 1 else None,
    }


def _apart(milliseconds: int) -> str:
    minutes = abs(milliseconds) // MINUTE
    if minutes == 0:
        return _("within a minute")
    if minutes < _HOUR:
        text = _("{n} min")
        count = minutes
    elif minutes < _DAY:
        text, count = _("{n} h"), minutes // _HOUR
    else:
        count = minutes // _DAY
        text = n_("{n} day", "{n} days", count)
    span = text.format(n=count)
    return (_("{span} later") if milliseconds > 0 else _("{span} earlier")).format(span=span)
