"""Recurrence rules: an independent implementation judges, and hostile rules end soon."""

from __future__ import annotations

import time
from datetime import date, datetime
from importlib import import_module
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api.rules import UnknownRuleError, days_of, read_rule

# A dependency of icalendar; it ships no types.
rrulestr: Any = import_module("dateutil.rrule").rrulestr

FIRST = date(2026, 1, 31)

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@pytest.mark.parametrize(
    "value",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=5",
        "FREQ=DAILY;BYMONTH=2,3;BYDAY=MO,FR",
        "FREQ=DAILY;BYMONTHDAY=1,-1",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=15,-1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYMONTH=2,6;BYDAY=2MO,-2TU",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=3,11",
        "FREQ=YEARLY;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=-1SU,1SA",
        "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "FREQ=YEARLY;BYDAY=TU;BYSETPOS=3,-3",
    ],
)
def test_common_rules_agree_with_an_independent_reader(value: str) -> None:
    theirs = rrulestr(value, dtstart=datetime(FIRST.year, FIRST.month, FIRST.day))
    wanted = [each.date() for each in islice(theirs, 40)]
    assert list(islice(days_of(read_rule(value), FIRST), 40)) == wanted


@settings(max_examples=60, deadline=None)
@given(
    every=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    interval=st.integers(1, 5),
    days=st.sets(st.sampled_from(DAYS), max_size=3),
    months=st.sets(st.integers(1, 12), max_size=3),
    numbers=st.sets(st.integers(-28, 28).filter(bool), max_size=3),
    first=st.dates(date(1990, 1, 1), date(2040, 12, 31)),
)
def test_any_rule_agrees_with_an_independent_reader(
    every: str, interval: int, days: set[str], months: set[int], numbers: set[int], first: date
) -> None:
    parts = [f"FREQ={every}", f"INTERVAL={interval}"]
    parts += [f"BYDAY={','.join(sorted(days))}"] if days else []
    parts += [f"BYMONTH={','.join(map(str, sorted(months)))}"] if months else []
    parts += [f"BYMONTHDAY={','.join(map(str, sorted(numbers)))}"] if numbers and every != "WEEKLY" else []
    value = ";".join(parts)
    ours = list(islice(days_of(read_rule(value), first), 8))
    dtstart = datetime(first.year, first.month, first.day)
    theirs = [each.date() for each in rrulestr(f"{value};COUNT=8", dtstart=dtstart)]
    assert ours == theirs[: len(ours)]
    # Fewer only where the next one is decades away.
    assert len(ours) == len(theirs) or theirs[len(ours)].year - first.year > 30


@pytest.mark.parametrize(
    "value",
    [
        "",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=10",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=200",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=ten",
        "FREQ=DAILY;COUNT=99999999999",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=DAILY;X-NEW=1",
        "RSCALE=HEBREW;FREQ=YEARLY",
    ],
)
def test_a_rule_we_do_not_follow_is_said_to_be_unknown(value: str) -> None:
    with pytest.raises(UnknownRuleError):
        read_rule(value)


@pytest.mark.parametrize(
    "value",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=MONTHLY;BYSETPOS=300;BYDAY=MO"],
)
def test_a_rule_that_never_happens_ends(value: str) -> None:
    began = time.perf_counter()
    assert list(days_of(read_rule(value), FIRST)) == []
    assert time.perf_counter() - began < 3


def test_the_last_years_raise_nothing() -> None:
    for every in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        found = list(days_of(read_rule(f"FREQ={every};INTERVAL=999"), date(9998, 12, 31)))
        assert found
        assert found[0] == date(9998, 12, 31)
