from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward import zones
from leeward.model import Due, Instant, Tier
from leeward.work.tiers import assignee_of, due_instant, parse_when, rank, read_due, read_tier, title_of

HOME = "Europe/Amsterdam"


def at(text: str, zone: str = HOME) -> Instant:
    return zones.instant(datetime.fromisoformat(text), zones.zone(zone))


WORDS = (
    "by",
    "before",
    "9",
    "9u",
    "24",
    "nov",
    "in",
    "2h",
    "fri",
    "next",
    "week",
    "morgen",
    "at",
    "on",
    "16:00",
    "2026-11-24",
    "99:99",
    "[red]",
    "@a",
    ">",
    "9999",
)
SATURDAY = at("2026-11-21T10:30")
FRIDAY = at("2026-11-20T10:30")


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("[urgent] look", Tier.RED),
        ("graag kijken [dringend]", Tier.RED),
        ("[red] prod is down", Tier.RED),
        ("prod is down [RED]", Tier.RED),
        ("prod is down [today].", Tier.RED),
        ("sam: [yellow] review my patch", Tier.YELLOW),
        ("@sam [48h] review my patch", Tier.YELLOW),
        ("review my patch [ 48 h ]", Tier.YELLOW),
        ("hello\n[fyi] the lift is fixed", Tier.GREEN),
        ("[green] the lift is fixed", Tier.GREEN),
        ("[geel] graag nakijken", Tier.YELLOW),
        ("the [red] button is broken", None),
        ("red alert", None),
        ("> [red] prod is down\nI saw this", None),
        ("  &gt; [red] prod is down", None),
        ("look\n>>> [red] all of\n[red] this is quoted", None),
        ("```\n[red]\n```\nwhat does this mean?", None),
        ("> [green] old words\n[red] new words", Tier.RED),
        ("", None),
    ],
)
def test_plain_words_set_the_tier_only_where_the_sender_wrote_them(text: str, tier: Tier | None) -> None:
    assert read_tier(text) == tier


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("[red] please sign the contract by Fri 16:00", at("2026-11-27T16:00")),
        ("please sign it by Friday", date(2026, 11, 27)),
        ("needs a review before 17:00", at("2026-11-21T17:00")),
        ("needs a review before 9:00", at("2026-11-22T09:00")),
        ("needs a review before 5pm tomorrow", at("2026-11-22T17:00")),
        ("by tomorrow noon, please", at("2026-11-22T12:00")),
        ("due: 2026-11-30", date(2026, 11, 30)),
        ("by 2026-11-30T09:00Z", at("2026-11-30T10:00")),
        ("deadline 24 Nov", date(2026, 11, 24)),
        ("no later than November 24th 2027.", date(2027, 11, 24)),
        ("by the 3rd of never", None),
        ("within 2 days", date(2026, 11, 23)),
        ("graag v\u00f3\u00f3r vrijdag nakijken", date(2026, 11, 27)),
        ("uiterlijk morgen 9u", at("2026-11-22T09:00")),
        ("voor di 9u30 graag", at("2026-11-24T09:30")),
        ("tegen maandagmiddag", at("2026-11-23T13:00")),
        ("taart voor 3 mensen", None),
        ("stand by me", None),
        ("before we do that", None),
        ("before do or die", None),
        ("I leave on Friday", None),
        ("> by Friday 16:00\nno idea", None),
        ("by 99:99", None),
        ("by 31 Feb", None),
        ("by 16h", at("2026-11-21T16:00")),
    ],
)
def test_a_due_is_read_from_the_senders_own_words(text: str, due: Due | None) -> None:
    assert read_due(text, SATURDAY, HOME) == due


def test_a_due_is_in_the_senders_zone() -> None:
    assert read_due("by 17:00", SATURDAY, "America/New_York") == at("2026-11-21T17:00", "America/New_York")
    assert read_due("by 17:00", SATURDAY, "Nowhere/Atall") == at("2026-11-21T17:00", "UTC")


def test_friday_said_on_a_friday_is_today_in_a_message_and_next_week_when_typed() -> None:
    assert read_due("by Friday", FRIDAY, HOME) == date(2026, 11, 20)
    assert read_due("by Fri 9:00", FRIDAY, HOME) == at("2026-11-27T09:00")
    assert parse_when("fri", FRIDAY, HOME) == date(2026, 11, 27)
    assert parse_when("fri 16:00", FRIDAY, HOME) == at("2026-11-20T16:00")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("di 9u", at("2026-11-24T09:00")),
        ("dinsdag om 9 uur", at("2026-11-24T09:00")),
        ("in 2h", at("2026-11-21T12:30")),
        ("2h", at("2026-11-21T12:30")),
        ("2h30", at("2026-11-21T13:00")),
        ("in 45 min", at("2026-11-21T11:15")),
        ("in an hour", at("2026-11-21T11:30")),
        ("over 2 uur", at("2026-11-21T12:30")),
        ("over een week", date(2026, 11, 28)),
        ("in 3 days", date(2026, 11, 24)),
        ("tomorrow 9:00", at("2026-11-22T09:00")),
        ("tomorrow", date(2026, 11, 22)),
        ("tomorrow 9", at("2026-11-22T09:00")),
        ("tomorrow at 9", at("2026-11-22T09:00")),
        ("Tomorrow Morning", at("2026-11-22T09:00")),
        ("morgenochtend", at("2026-11-22T09:00")),
        ("morgen 9u", at("2026-11-22T09:00")),
        ("overmorgen", date(2026, 11, 23)),
        ("day after tomorrow 14:15", at("2026-11-23T14:15")),
        ("this afternoon", at("2026-11-21T13:00")),
        ("vanavond", at("2026-11-21T20:00")),
        ("tonight 21:30", at("2026-11-21T21:30")),
        ("9u", at("2026-11-22T09:00")),
        ("9 uur", at("2026-11-22T09:00")),
        ("11:00", at("2026-11-21T11:00")),
        ("at 9", at("2026-11-22T09:00")),
        ("5 pm", at("2026-11-21T17:00")),
        ("5:30 p.m.", at("2026-11-21T17:30")),
        ("12am", at("2026-11-22T00:00")),
        ("noon", at("2026-11-21T12:00")),
        ("16:00 on friday", at("2026-11-27T16:00")),
        ("mon", date(2026, 11, 23)),
        ("next week", date(2026, 11, 23)),
        ("next fri", date(2026, 11, 27)),
        ("volgende week", date(2026, 11, 23)),
        ("komende dinsdag", date(2026, 11, 24)),
        ("eow", date(2026, 11, 27)),
        ("today", date(2026, 11, 21)),
        ("24 nov", date(2026, 11, 24)),
        ("nov 24 16:00", at("2026-11-24T16:00")),
        ("1 mei", date(2027, 5, 1)),
        ("29 feb", date(2028, 2, 29)),
        ("24-11-2026", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)),
        ("2026-11-24", date(2026, 11, 24)),
        ("2026-11-24 16:00", at("2026-11-24T16:00")),
        ("2026-11-24T16:00:00+05:00", at("2026-11-24T12:00")),
        ("5/6/2026", None),
        ("2026-02-30", None),
        ("2026-11-24 soon", None),
        ("tomorrow maybe", None),
        ("25:00", None),
        ("in 2", None),
        ("in 9999 weeks", date(2218, 7, 11)),
        ("10000-12-31T23:59", None),
        ("in 9999 years", None),
        ("soon", None),
        ("5", None),
        ("", None),
    ],
)
def test_what_the_owner_types_is_understood_whole(text: str, due: Due | None) -> None:
    assert parse_when(text, SATURDAY, HOME) == due


def test_a_time_that_is_skipped_means_the_jump() -> None:
    assert parse_when("29 mar 2026 2:30", SATURDAY, HOME) == at("2026-03-29T03:00")


def test_an_unknown_zone_is_said_when_the_owner_types() -> None:
    with pytest.raises(ValueError, match="no such zone"):
        parse_when("mon", SATURDAY, "Nowhere/Atall")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(WORDS) | st.text(max_size=8),
        max_size=8,
    ),
    st.integers(-(2**50), 2**50),
)
def test_any_words_at_any_time_are_read_or_left(words: list[str], now: int) -> None:
    text = " ".join(words)
    for due in (parse_when(text, Instant(now), HOME), read_due(text, Instant(now), HOME)):
        assert due is None or isinstance(due, date | int)
    read_tier(text)
    assert len(title_of(text)) <= 80
    assignee_of(text, {"a": "A", "": "B"})


def test_rank_goes_by_tier_then_due() -> None:
    rows = [
        (Tier.GREEN, date(2026, 11, 1)),
        (None, None),
        (Tier.YELLOW, None),
        (Tier.RED, None),
        (Tier.RED, date(2026, 11, 22)),
        (Tier.RED, at("2026-11-22T16:00")),
    ]
    assert sorted(rows, key=lambda row: rank(row[0], row[1], HOME)) == [
        rows[5],
        rows[4],
        rows[3],
        rows[2],
        rows[1],
        rows[0],
    ]
    assert due_instant(date(2026, 11, 22), HOME) == at("2026-11-22T23:59:59")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("great. and someone should write down why it stopped", "Write down why it stopped"),
        ("sam: can you please add the index? it is slow", "Add the index"),
        ("@sam could you restart db-2, please?", "Restart db-2"),
        ("Sam Lee, we need to renew the certificate", "Renew the certificate"),
        ("@Sam Lee renew the certificate", "Renew the certificate"),
        ("Deploy, then test", "Deploy, then test"),
        ("build: broken on arm", "Build: broken on arm"),
        ("[red] fix the **login** page by Fri 16:00", "Fix the login page by Fri 16:00"),
        ("iemand moet de back-up nakijken", "De back-up nakijken"),
        ("kun je even de sleutel terugleggen?", "De sleutel terugleggen"),
        ("> an old quote\nanswer the auditors", "Answer the auditors"),
        ("> only a quote", "> only a quote"),
        ("iOS build fails", "iOS build fails"),
        ("- [ ] order e.g. two chairs", "Order e.g. two chairs"),
        ("see [the runbook](https://example.org/x) for steps", "See the runbook for steps"),
        ("ok", "Ok"),
        ("thanks!", "Thanks"),
        ("\u8bf7\u68c0\u67e5\u526f\u672c\u3002\u8c22\u8c22", "\u8bf7\u68c0\u67e5\u526f\u672c\u3002"),
        ("a\x1b[31mb\u202ec", title_of("a\x1b[31mb\u202ec")),
        ("", ""),
    ],
)
def test_titles_are_the_line_cleaned_and_shortened(text: str, title: str) -> None:
    found = title_of(text, ["sam", "Sam Lee"])
    assert found == title
    assert "\x1b" not in found


def test_a_long_title_ends_at_a_word() -> None:
    title = title_of("we should " + "measure everything " * 20)
    assert len(title) <= 80
    assert title.startswith("Measure everything measure")
    assert title.endswith("everything\u2026")
    assert len(title_of("x" * 5000)) == 80


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ana: add the index", "A"),
        ("Ana, add the index", "A"),
        ("@ana add the index", "A"),
        ("add the index @Ana", "A"),
        ("@Maria Lopez add the index", "M"),
        ("[red] ana: add the index", "A"),
        ("ana added the index", None),
        ("@ana @bob who of you?", "A"),
        ("who of you, @ana or @bob?", None),
        ("> @ana do it\nno", None),
        ("mail ana@example.org", None),
        ("mail x@ana", None),
        ("@anabel do it", None),
        ("banana: peel", None),
        ("", None),
    ],
)
def test_only_a_leading_name_or_a_mention_names_who(text: str, who: str | None) -> None:
    assert assignee_of(text, {"ana": "A", "Bob": "B", "Maria Lopez": "M", "maria": "M"}) == who
