"""What a chat line leaves open: a promise, a request, something put off, a question. Pure, and few when in doubt.

Rules over the words a sender wrote themselves, in English and Dutch. What is quoted or code says nothing; a condition
or a doubt ("maybe", "if it breaks") makes no promise.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from leeward.work import promises_words as words
from leeward.work.tiers_own import own_lines


class Kind(StrEnum):
    """What is open: the sender will do it, somebody is asked to, it was put off, or nobody has answered."""

    PROMISE = "promise"
    REQUEST = "request"
    LATER = "later"
    QUESTION = "question"


class Said(NamedTuple):
    """What a line leaves open, and the words that say so."""

    kind: Kind
    words: str


MOST_WORDS = 60
"""Letters of the words that are repeated as the reason."""

_LONGEST = 1_000
_FEW = 3
_WORD = re.compile(r"[a-zà-ÿ][a-zà-ÿ'-]*")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+|\s+-\s+|;\s+")
_LINKS = re.compile(r"<?(?:https?|ftp)://\S+|`[^`\n]*`|\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”")
_MARKED = re.compile(r"[`\"“]|://")
_SPOKEN = re.compile(
    r"^\s*(?:<?@[\w.-]{1,40}>?[:,]?\s+|(?!todo|to-do|fixme|action)[\w\[\]{}|`^\\.-]{2,30}[:,]\s+)", re.IGNORECASE
)


def read(text: str) -> Said | None:
    """What a line leaves open, or None: of several things the first that is found, a statement before a question."""
    text = text[:_LONGEST].replace("\u2019", "'")
    low = text.lower()
    rules = _candidates(low)
    asks = "?" in low
    if not asks and not rules:
        return None
    sentences = _sentences(text)
    for sentence in sentences if rules else ():
        found = _stated(sentence, rules)
        if found is not None:
            return found
    if asks:
        return next((found for sentence in sentences if (found := _question(sentence)) is not None), None)
    return None


def _candidates(low: str) -> list[tuple[Kind, words.Rule]]:
    """The rules whose words stand in a line, in the order they are tried: one look for nearly every line."""
    index, rules = _rules()
    cues = index.keys() & low.split()
    if not cues:
        return []
    numbers = sorted({number for cue in cues for number in index[cue] if len(low) <= rules[number][1].most})
    if not any(rules[n][1].timed for n in numbers) or not words.TIMES.isdisjoint(_WORD.findall(low)):
        return [rules[n] for n in numbers]
    return [rules[n] for n in numbers if not rules[n][1].timed]


@cache
def _rules() -> tuple[dict[str, list[int]], tuple[tuple[Kind, words.Rule], ...]]:
    """Every rule in the order they are tried, and which of them a word calls."""
    by_kind = ((Kind.PROMISE, words.promises()), (Kind.LATER, words.deferrals()), (Kind.REQUEST, words.requests()))
    rules = tuple((kind, rule) for kind, some in by_kind for rule in some)
    index: dict[str, list[int]] = {}
    for number, (_kind, rule) in enumerate(rules):
        for cue in rule.cues:
            index.setdefault(cue, []).append(number)
    return index, rules


def finishes(text: str) -> bool:
    """Tell whether a line says that something is over ("done", "laat maar")."""
    return words.finished().search(text[:_LONGEST]) is not None and "?" not in text[:_LONGEST]


def takes(text: str) -> bool:
    """Tell whether a line takes on what was asked ("I can do it", "pak ik op")."""
    return words.takes().search(text[:_LONGEST]) is not None


def _sentences(text: str) -> list[str]:
    own = "\n".join(own_lines(text)) if "\n" in text or text.startswith((">", "&gt;", " ")) else text
    plain = _SPOKEN.sub("", _LINKS.sub(" … ", own) if _MARKED.search(own) else own)
    return [part for part in (one.strip() for one in _SENTENCE.split(plain)) if part]


def _stated(sentence: str, rules: list[tuple[Kind, words.Rule]]) -> Said | None:
    asked = sentence.endswith("?")
    for kind, rule in rules:
        if asked and kind is not Kind.REQUEST:
            continue
        found = rule.search(sentence)
        if found is None or _doubted(sentence, found):
            continue
        if kind is Kind.PROMISE and words.at_once().search(sentence):
            continue
        return Said(kind, found[0].strip()[:MOST_WORDS])
    return None


def _doubted(sentence: str, found: re.Match[str]) -> bool:
    """A doubt counts before the words and among them ("if it breaks I'll …"); "I'll see if …" stays a promise."""
    if found[0].lower().startswith(("don", "vergeet", "niet", "nu niet", "not now")):
        return False
    last = found.end() - len(found[0].rpartition(" ")[2])
    doubt = words.hedges().search(sentence)
    if doubt is not None and doubt.start() < last:
        return True
    return words.conditions().search(sentence, found.end()) is not None


def _question(sentence: str) -> Said | None:
    if not sentence.rstrip(" )\"'").endswith("?"):
        return None
    bare = sentence.rstrip(" ?!)\"'")
    if len(bare.split()) < _FEW or words.asks().search(bare) is None:
        return None
    return Said(Kind.QUESTION, sentence[-MOST_WORDS:].strip())
