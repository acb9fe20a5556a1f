"""What a line proposes: title, due and who, in English and Dutch, relative to the line's own time and its author's zone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from leeward.model import Batch, Due, Instant, Person, RemoteId
from leeward.work import facts, proposing
from leeward.work.capture import propose
from leeward.work.tiers import parse_when, title_of
from leeward.zones import wall, zone
from tests.leeward.store.hand import Hand, base, opened, said

MONDAY = Instant(1_774_258_860_000)  # Mon 23 Mar 2026, 09:41 UTC
HERE = "Europe/Amsterdam"


def told(due: Due | None) -> str:
    if due is None or isinstance(due, date):
        return str(due)
    return f"{wall(due, zone(HERE)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("please send it by Friday", "2026-03-27"),
        ("I'll look tomorrow", "2026-03-24"),
        ("I'll look tomorrow 9:00", "2026-03-24 09:00"),
        ("could you check the backup on Thursday at 14:00?", "2026-03-26 14:00"),
        ("someone should renew it before the end of the month", "2026-03-31"),
        ("we need to fix this by next week Tuesday", "2026-03-31"),
        ("I will send it in 2 hours", "2026-03-23 12:41"),
        ("needs a review before 17:00", "2026-03-23 17:00"),
        ("ik kijk er morgen naar", "2026-03-24"),
        ("kun je dit vrijdag nakijken?", "2026-03-27"),
        ("graag voor vrijdag 16u een reactie", "2026-03-27 16:00"),
        ("ik stuur het volgende week dinsdag", "2026-03-31"),
        ("dit moet voor eind van de week af", "2026-03-27"),
        ("uiterlijk 3 april graag", "2026-04-03"),
        ("lunch tomorrow at the thai place", "None"),
        ("the outage of Friday is over", "None"),
        ("I'll look on Tuesday or on Thursday", "None"),
        ("I'll fix what broke on 2026-03-20", "None"),
        ("> I'll look tomorrow", "None"),
        ("", "None"),
    ],
)
def test_a_due_is_read_from_the_line(text: str, due: str) -> None:
    assert told(proposing.due_of(text, MONDAY, HERE)) == due


def test_the_authors_zone_counts_and_an_unknown_one_is_utc() -> None:
    assert (
        proposing.due_of("needs a review before 17:00", MONDAY, "America/New_York") == MONDAY + (11 * 60 + 19) * 60_000
    )
    assert proposing.due_of("I'll look tomorrow", MONDAY, "Not/AZone") == date(2026, 3, 24)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("next week", "2026-03-30"), ("next week tue", "2026-03-31"), ("tuesday next week", "2026-03-31"),
        ("volgende week vrijdag", "2026-04-03"), ("end of the week", "2026-03-27"), ("eind van de maand", "2026-03-31"),
        ("end of month", "2026-03-31"), ("eom", "2026-03-31"), ("end of the day", "2026-03-23"), ("eind deze week", "2026-03-27"),
        ("end of the road", "None"), ("eind", "None"), ("end of the", "None"), ("end week", "None"),
    ],
)  # fmt: skip
def test_ends_and_next_weeks(words: str, day: str) -> None:
    assert told(parse_when(words, MONDAY, HERE)) == day


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ana: can you look?", "ana"),
        ("@bo please look", "bo"),
        ("could Ana review this tomorrow?", "ana"),
        ("kan bo dit oppakken?", "bo"),
        ("Ana Duarte, please look at this", "ana"),
        ("I'll look tomorrow", "bo"),
        ("ik pak het op", "bo"),
        ("we'll look tomorrow", None),
        ("someone should ask ana about it", None),
        ("ana: great. and someone should write it down", None),
        ("talk to @ana and @bo about it", None),
        ("the banana job is slow", None),
    ],
)
def test_who_is_asked_or_promises(tmp_path: Path, text: str, who: str | None) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m", text, MONDAY, "bo"),)))
        found = propose(db, hand.line("m"), HERE).assignee
        assert found == (hand.id("person", who) if who else None)


def test_a_first_name_of_two_people_names_nobody(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        other = Person(RemoteId("ana2"), "Ana Lopes", handle="lopes")
        hand.take(
            base(messages=(said("m", "ana: can you look?", MONDAY, "bo"), said("n", "lopes: can you?", MONDAY, "bo")))
        )
        assert propose(db, hand.line("m"), HERE).assignee == hand.id("person", "ana")
        hand.take(Batch(people=(other,)))
        hand.take(base(messages=(said("o", "Ana, can you look?", MONDAY, "bo"),)))
        first = proposing.people(db, hand.uid, "Ana, can you look?")
        assert "ana" in first, "it is a handle"
        assert propose(db, hand.line("n"), HERE).assignee == hand.id("person", "ana2")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("great. and someone should write down why it stopped", "Write down why it stopped"),
        ("ana: kun je de back-up even nakijken?", "De back-up even nakijken"),
        ("iemand moet de release notes nog schrijven", "De release notes nog schrijven"),
        ("bedankt! kan iemand de sleutel terugbrengen?", "De sleutel terugbrengen"),
        ("- [ ] rename the bucket", "Rename the bucket"),
        ("could you please review https://x.example/1 ?", "Review https://x.example/1"),
    ],
)
def test_a_title_says_what_is_to_be_done(text: str, title: str) -> None:
    assert title_of(text, ("ana",)) == title


def test_what_a_line_names_is_found() -> None:
    text = "see https://x.example/a_(b), and (https://y.example/z). db-2 is at 94 %, € 1.200,50 or $40k, 12 GB; v2.4.1 #123"
    assert facts.links(text) == ["https://x.example/a_(b)", "https://y.example/z"]
    assert facts.amounts(text) == ["94 %", "€ 1.200,50", "$40k", "12 GB"]
    named = facts.dates("Friday 16:00 at the latest, else 24 Nov or morgen 9u. v10.30.1", MONDAY, HERE)
    assert [(words, told(due)) for words, due in named] == [
        ("Friday 16:00", "2026-03-27 16:00"), ("24 Nov", "2026-11-24"), ("morgen 9u", "2026-03-24 09:00"),
    ]  # fmt: skip
    assert facts.links("javascript:alert(1) ftp://x file:///etc/passwd http://") == []
    assert facts.dates("tomorrow", MONDAY, "Not/AZone") == [("tomorrow", date(2026, 3, 24))]
