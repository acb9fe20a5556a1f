"""The words of days and times, in English and Dutch, that `tiers_when` understands."""

from __future__ import annotations

from collections.abc import Mapping

WEEKDAYS: Mapping[str, int] = {
    word: day
    for day, words in enumerate(
        (
            "monday mon maandag ma maa",
            "tuesday tue tues dinsdag di din",
            "wednesday wed weds woensdag wo woe",
            "thursday thu thur thurs donderdag do don",
            "friday fri vrijdag vr vri vrij",
            "saturday sat zaterdag za zat",
            "sunday sun zondag zo zon",
        )
    )
    for word in words.split()
}
SHORT_DUTCH = frozenset(("ma", "di", "wo", "do", "vr", "za", "zo"))
"""Days that are other words too: in running text a day only after a Dutch word."""

MONTHS: Mapping[str, int] = {
    word: month
    for month, words in enumerate(
        (
            "january jan januari",
            "february feb februari febr",
            "march mar maart mrt",
            "april apr",
            "may mei",
            "june jun juni",
            "july jul juli",
            "august aug augustus",
            "september sep sept",
            "october oct oktober okt",
            "november nov",
            "december dec",
        ),
        1,
    )
    for word in words.split()
}

DAYS_AHEAD: Mapping[str, int] = {
    "today": 0,
    "vandaag": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "morgen": 1,
    "overmorgen": 2,
}

PARTS: Mapping[str, int] = {
    "morning": 9,
    "ochtend": 9,
    "noon": 12,
    "midday": 12,
    "afternoon": 13,
    "middag": 13,
    "lunch": 12,
    "evening": 20,
    "avond": 20,
    "night": 20,
    "nacht": 20,
}
"""Hours at which parts of a day begin, for somebody who is asked to come back then."""

ALONE = frozenset(("noon", "midday"))
"""Parts of a day that are times by themselves."""

AS: Mapping[str, str] = {
    "tonight": "today night",
    "vanavond": "today avond",
    "vannacht": "today nacht",
    "vanmiddag": "today middag",
    "vanochtend": "today ochtend",
    "vanmorgen": "today ochtend",
    "morgenochtend": "morgen ochtend",
    "morgenmiddag": "morgen middag",
    "morgenavond": "morgen avond",
    "a.m": "am",
    "p.m": "pm",
    **{
        f"{day}{part}": f"{day} {part}"
        for day in ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
        for part in ("ochtend", "middag", "avond")
    },
}
"""Words read as others."""

UNITS: Mapping[str, str] = {
    word: unit
    for unit, words in (
        ("m", "m min mins minute minutes minuut minuten"),
        ("h", "h hr hrs hour hours u uur uren"),
        ("d", "d day days dag dagen"),
        ("w", "w wk week weeks weken"),
    )
    for word in words.split()
}

NEXT = frozenset(("next", "volgende"))
THIS = frozenset(("this", "deze", "coming", "komende", "aanstaande"))
AT = frozenset(("at", "om", "@"))
ON = frozenset(("on", "op"))
