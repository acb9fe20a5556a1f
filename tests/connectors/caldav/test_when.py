"""Dates, UTC, zones by every kind of name, floating times, and nonsense."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api.ical import parse, read_line
from connectors.caldav.api.when import Zones, due_line, duration_of, instant_of, moment, stamp, wall_of, zones_of
from leeward.model import Due, Instant

AMSTERDAM = Zones("Europe/Amsterdam")

OWN_ZONE = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Our Office
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Broken
BEGIN:STANDARD
DTSTART:soon
TZOFFSETFROM:x
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Empty
END:VTIMEZONE
END:VCALENDAR
"""


def utc(*parts: int) -> Instant:
    return Instant(round(datetime(*parts, tzinfo=UTC).timestamp() * 1000))  # type: ignore[arg-type,misc] # parts of a time


def due(raw: str, zones: Zones = AMSTERDAM) -> Due | None:
    return moment(read_line(raw), zones)


@pytest.mark.parametrize(
    ("raw", "means"),
    [
        ("DUE;VALUE=DATE:20261124", date(2026, 11, 24)),
        ("DUE:20261124", date(2026, 11, 24)),
        ("DUE:20261124T090000Z", utc(2026, 11, 24, 9)),
        ("DUE:20261124T090000", utc(2026, 11, 24, 8)),
        ("DUE:20260724T090000", utc(2026, 7, 24, 7)),
        ("DUE;TZID=America/New_York:20261124T090000", utc(2026, 11, 24, 14)),
        ('DUE;TZID="/vendor.example.org/20050126_1/America/New_York":20261124T090000', utc(2026, 11, 24, 14)),
        ("DUE;TZID=/citadel.org/Europe/Berlin:20261124T090000", utc(2026, 11, 24, 8)),
        ("DUE;TZID=W. Europe Standard Time:20260724T090000", utc(2026, 7, 24, 7)),
        ("DUE;TZID=Nowhere At All:20261124T090000", utc(2026, 11, 24, 8)),
        ("DUE;TZID=America/New_York:20261124T090000Z", utc(2026, 11, 24, 9)),
        ("DUE:20261124T090060Z", utc(2026, 11, 24, 9, 0, 59)),
        ("DUE:20260329T023000", utc(2026, 3, 29, 1)),
    ],
)
def test_what_a_due_means(raw: str, means: Due) -> None:
    assert due(raw) == means


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "20261324",
        "20260230T100000",
        "20261124T250000",
        "\u0662\u0660\u0662\u06661124",
        "2026-11-24",
        "99999999",
        "P1D",
    ],
)
def test_nonsense_is_no_date(value: str) -> None:
    assert due(f"DUE:{value}") is None


def test_zones_the_object_brings_along() -> None:
    zones = zones_of(parse(OWN_ZONE), "Asia/Tokyo")
    assert due("DUE;TZID=Our Office:20260724T090000", zones) == utc(2026, 7, 24, 7)
    assert due("DUE;TZID=Our Office:20261124T090000", zones) == utc(2026, 11, 24, 8)
    assert due("DUE:20261124T090000", zones) == utc(2026, 11, 24)
    for broken in ("Broken", "Empty"):
        assert due(f"DUE;TZID={broken}:20261124T090000", zones) == utc(2026, 11, 24)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY",
        "FREQ=YEARLY;BYHOUR=1,2,3;BYSECOND=1,2,3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=YEA\n RLY;BYYEARDAY=1",
    ],
)
def test_the_rules_of_a_strangers_zone_cannot_keep_us_busy(rule: str) -> None:
    hostile = OWN_ZONE.replace("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", rule).replace("\n", "\r\n")
    began = time.perf_counter()
    assert due("DUE;TZID=Our Office:20260724T090000", zones_of(parse(hostile), "Asia/Tokyo")) == utc(2026, 7, 24)
    many = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nEND:STANDARD\n" * 1000
    assert zones_of(parse(OWN_ZONE.replace("BEGIN:DAYLIGHT", f"{many}BEGIN:DAYLIGHT")), "UTC").own.keys() == {
        "Broken",
        "Empty",
    }
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("edge", ["00010101T000000", "99991231T235959"])
def test_the_ends_of_time_raise_nothing(edge: str) -> None:
    for zone in ("Asia/Tokyo", "America/New_York"):
        assert isinstance(due(f"DUE:{edge}", Zones(zone)), int | None)


@settings(max_examples=200)
@given(st.one_of(st.dates(), st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))))
def test_due_goes_round(when: date | datetime) -> None:
    if isinstance(when, datetime):
        epoch = datetime(1970, 1, 1)
        wanted: Due = Instant((when.replace(microsecond=0) - epoch) // timedelta(milliseconds=1))
    else:
        wanted = when
    assert moment(read_line(due_line("DUE", wanted).raw), AMSTERDAM) == wanted


def test_stamps_never_leave_the_calendar() -> None:
    assert stamp(Instant(0)) == "19700101T000000Z"
    assert stamp(Instant(10**18)) == "99991231T235959Z"
    assert stamp(Instant(-(10**18))) == "00010101T000000Z"
    assert instant_of(read_line("DTSTAMP:20260101T000000Z")) == utc(2026, 1, 1)
    assert instant_of(read_line("DTSTAMP:20260101")) is None
    assert instant_of(None) is None
    assert wall_of(" 20260101T000000z ") == (datetime(2026, 1, 1), True)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT1H30M", timedelta(minutes=90)),
        ("P1W", timedelta(weeks=1)),
        ("-P1DT2S", -timedelta(days=1, seconds=2)),
        ("P", None),
        ("PT", None),
        ("1 hour", None),
        ("P99999999999D", None),
    ],
)
def test_a_duration_is_read_whole_or_not_at_all(text: str, length: timedelta | None) -> None:
    assert duration_of(text) == length
