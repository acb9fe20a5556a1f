"""What a chat line proposes for the task made of it: a title, and somebody to do it where the line names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from leeward.text import one_line
from leeward.work.tiers_own import own_lines

LONGEST = 80

_READ = 4_000
_TAG = re.compile(
    r"\[\s*(?:red|yellow|green|fyi|today|urgent|48 ?[hu]|rood|geel|groen|vandaag|dringend|spoed)\s*\]", re.IGNORECASE
)
_MENTION = re.compile(r"<?@[\w.-]{1,40}>?\s*[:,]?\s+(?=\S)")
_MARKS = re.compile(r"^(?:(?:[-*+\u2022]|\d{1,2}[.)]|#{1,6}|\[[ xX]?\])\s+)+")
_MARKUP = re.compile(r"(?<!\w)(\*\*|__|\*|_|`|~~)(?=\S)([^*_`~]{1,300}?)(?<=\S)\1(?!\w)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((?:https?|mailto):[^)\s]{1,2000}\)")
_SENTENCE = re.compile(
    r"(?<=[.!?\u3002\uff01\uff1f])(?<!\b[A-Za-z]\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?:\s+|(?<=[\u3002\uff01\uff1f]))"
)
_ACK = re.compile(
    r"(?:great|good|ok|okay|oke|thanks|thank you|thx|yes|yeah|yep|no|sure|right|nice|cool|perfect|hi|hello|hey|hoi|"
    r"hallo|morning|good morning|ah|oh|hm+|well|so|bedankt|dank je|ja|nee|prima|mooi|top|goed|all|team|everyone|"
    r"folks|guys|allemaal)(?:\s+(?:all|team|everyone|everybody|folks|guys|allemaal|there))?\s*[.!,;:\u2013-]+\s+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:and|so|but|also|then|btw|en|maar|dus|ook|please|pls|plz|just|maybe|perhaps|hey|hi|alsjeblieft|"
    r"(?:someone|somebody|anyone|anybody|one of us|we|you|i|iemand|we|wij|je|jij) (?:really |still |also |nog |ook )?"
    r"(?:should|must|needs? to|has to|have to|had better|ought to|could|moet(?:en)?|zou moeten|zouden? kunnen)"
    r"(?: (?:probably|really|also|please|just))?|"
    r"(?:can|could|would|will) (?:someone|somebody|anyone|anybody|you|we|one of you)(?: (?:please|maybe|just|also))?|"
    r"would you mind|do you mind|(?:kan|kun|kunnen|wil|zou) (?:iemand|je|jij|jullie|we)(?: (?:misschien|even|aub|ajb|"
    r"alsjeblieft))?|don't forget to|remember to|vergeet niet om|"
    r"(?:i|we)(?:'d| would) (?:like|love|need) (?:you|someone) to|i need (?:you|someone) to)(?=[\s,])[\s,]+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s,]*(?:,? (?:please|pls|plz|thanks|thx|ok|aub|ajb|alsjeblieft|bedankt))[\s.!?]*$", re.IGNORECASE)


def title_of(text: str, people: Iterable[str] = ()) -> str:
    """The title a line proposes: its first own sentence that says something, without nick, thanks and "can you please".

    `people` are the names by which somebody may be called before the words ("sam: ..."); `@name` goes in any case. At most 80 characters, one line, cleaned; "" for a line that
    says nothing.
    """
    line = next((bare for line in own_lines(text) if (bare := _bare(line, people))), "")
    if not line:
        line = one_line(text, LONGEST * 4)
    return _short(_upper(line))


def assignee_of(text: str, people: Mapping[str, str]) -> str | None:
    """Who is asked: the one an own line begins by naming, else the only one named as `@name` or in "could Ana …".

    `people` gives ids by name or handle, whatever their case. Several different names ask nobody in particular.
    """
    known = {name.lower().lstrip("@"): id for name, id in people.items() if name.strip("@ ")}
    if not known:
        return None
    longest_first = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    named = re.compile(rf"(?<![\w@.])@({longest_first})(?![\w-])", re.IGNORECASE)
    leading = re.compile(rf"\s*(?:<@?)?({longest_first})\s*>?[:,]\s", re.IGNORECASE)
    asking = re.compile(
        rf"(?<!\w)(?:can|could|will|would|should|kan|kun|wil|zou|moet)\s+({longest_first})(?!\w)", re.IGNORECASE
    )
    asked: set[str] = set()
    for line in own_lines(text):
        bare = _TAG.sub("", line)
        lead = leading.match(bare) or (named.match(bare.lstrip()) if bare.lstrip()[:1] == "@" else None)
        if lead is not None:
            return known[lead[1].lower()]
        asked.update(known[found.lower()] for found in (*named.findall(bare), *asking.findall(bare)))
    return asked.pop() if len(asked) == 1 else None


def _bare(line: str, people: Iterable[str]) -> str:
    """The first sentence of a line without what stands around its words."""
    text = one_line(_TAG.sub(" ", _LINK.sub(r"\1", line)), _READ).strip()
    text = _MARKS.sub("", text)
    text = _MARKUP.sub(r"\2", text)
    text = _unnamed(text, people)
    asked = False
    for pattern in (_ACK, _POLITE, _ACK, _POLITE, _POLITE):
        found = pattern.match(text)
        if found is not None and any(letter.isalnum() for letter in text[found.end() :]):
            text = text[found.end() :]
            asked = asked or pattern is _POLITE
    sentence = next((part for part in _SENTENCE.split(text) if any(letter.isalnum() for letter in part)), text)
    sentence = _TAIL.sub("", sentence).strip()
    return sentence.rstrip("? ") if asked else sentence  # "can you add it?" asks for "add it"


def _unnamed(text: str, people: Iterable[str]) -> str:
    """A line without the name it begins with: any `@name`, and a name of `people` before a colon or comma."""
    for name in sorted((name.lstrip("@") for name in people), key=len, reverse=True):
        after = text.removeprefix("@")[len(name) :]
        if name and text.removeprefix("@").lower().startswith(name.lower()):
            if after[:1] in {":", ","}:
                return after[1:].lstrip() or text
            if text[0] == "@" and after[:1] == " ":
                return after.lstrip() or text
    lead = _MENTION.match(text)
    return text[lead.end() :] if lead is not None else text


def _upper(text: str) -> str:
    """The first word with a capital, unless it looks like a name that has none (`iOS`, `apt-get`, a path)."""
    first = text.split(" ", 1)[0].strip(".,:;!?")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def _short(text: str) -> str:
    text = text.strip().rstrip(".!,;:" if not text.rstrip().endswith("...") else "").strip()
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 1]
    head, blank, _rest = cut.rpartition(" ")
    return (head if blank and len(head) > LONGEST // 2 else cut).rstrip(" ,;:.-") + "\u2026"
