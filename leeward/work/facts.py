"""What a line names besides its words: links, days and times, amounts. Pure; read, never executed."""

from __future__ import annotations

import re

from leeward import zones
from leeward.model import Due, Instant
from leeward.text import safe_url
from leeward.work.tiers_when import read_when

_READ = 20_000
_MOST = 50
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}]{1,2000}", re.IGNORECASE)
_CLOSES = {")": "(", "]": "["}
_NUMBER = r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_MONEY = r"(?:euros?|eur|dollars?|usd|pounds?|gbp|chf|yen|jpy)"
_UNIT = (
    r"(?:%|percent|procent|[kmgt]i?b(?:it)?(?:/s)?|bytes|bytes|ms|hz|[kmg]hz|rpm|req(?:uests)?/s|users|gebruikers|people|mensen|"
    r"hours|uren|days|dagen|weeks|weken|minutes|minuten|seats|licen[cs]es|licenties|pieces|stuks|kg|km|cm|mm|m2|l)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,#@/:-])(?:[€$£¥]\s?(?:{_NUMBER})(?:\s?(?:k|m|bn|mln|mld)\b)?|(?:EUR|USD|GBP|CHF)\s(?:{_NUMBER})|"
    rf"(?:{_NUMBER})\s?(?:[€£¥]|{_MONEY}\b|{_UNIT}(?!\w)))(?![\w])",
    re.IGNORECASE,
)
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:maan|dins|woens|donder|vrij|zater|zon)dag|"
    r"(?:next|volgende) (?:week|mon|tues|wednes|thurs|fri|satur|sun|maan|dins|woens|donder|vrij|zater|zon)\w*|"
    r"(?:day after )?tomorrow|today|tonight|overmorgen|morgen(?:ochtend|middag|avond)?|vandaag|vanavond|vanmiddag"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mrt|mei|okt)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember|"
    r"uari|ruari|i|stus)?|maart"
)
_WHEN = re.compile(
    rf"(?<![\w./:-])(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}([-./])\d{{1,2}}\1\d{{4}}|\d{{1,2}}(?:st|nd|rd|th|e)? (?:{_MONTH})\b|"
    rf"(?:{_MONTH}) \d{{1,2}}\b|(?:{_DAY})\b|in \d{{1,3}} ?(?:min|hour|day|week|uur|dag|weken)\w*|over \d{{1,3}} (?:uur|dagen|weken)|"
    r"\d{1,2}[:.]\d\d(?: ?[ap]m)?(?![\w.:])|\d{1,2} ?[ap]m\b|\d{1,2} ?(?:u|uur)\b)",
    re.IGNORECASE,
)


def links(text: str) -> list[str]:
    """The web addresses in a text, each once, in order; what could not be opened safely is left out."""
    found: dict[str, None] = {}
    for hit in _URL.findall(text[:_READ]):
        url = hit.rstrip(".,;:!?*_~")
        while url and url[-1] in _CLOSES and url.count(url[-1]) > url.count(_CLOSES[url[-1]]):
            url = url[:-1].rstrip(".,;:!?")
        safe = safe_url(url)
        if safe:
            found[safe] = None
    return list(found)[:_MOST]


def amounts(text: str) -> list[str]:
    """Sums of money, percentages and counted things as they are written, each once, in order."""
    plain = _URL.sub(" ", text[:_READ])
    return list(dict.fromkeys(" ".join(hit[0].split()) for hit in _AMOUNT.finditer(plain)))[:_MOST]


def dates(text: str, at: Instant, zone: str) -> list[tuple[str, Due]]:
    """Days and times a text names, with what they are from `at` on in `zone`: [("tomorrow 9:00", instant), …].

    `zone` is the author's; one that nobody knows is taken for UTC.
    """
    try:
        zones.zone(zone)
    except ValueError:
        zone = "UTC"
    plain = _URL.sub(" ", text[:_READ])
    found: dict[str, Due] = {}
    end = 0
    for hit in _WHEN.finditer(plain):
        if hit.start() < end:
            continue
        words, due = _longest(plain[hit.start() : hit.start() + 60], hit[0], at, zone)
        if due is not None:
            end = hit.start() + len(words)
            found.setdefault(words, due)
    return list(found.items())[:_MOST]


def _longest(rest: str, first: str, at: Instant, zone: str) -> tuple[str, Due | None]:
    """The words that still mean the same as the whole rest does: "Friday 16:00" of "Friday 16:00 at the latest"."""
    whole = read_when(rest, at, zone)
    if whole is None:
        return first, None
    ends = [match.end() for match in re.finditer(r"\S+", rest) if match.end() >= len(first)]
    for end in ends:
        if read_when(rest[:end], at, zone) == whole:
            return rest[:end].rstrip(".,;:!?)"), whole
    return first, whole
