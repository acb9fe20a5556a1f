"""Busy times out of appointments: what counts, what does not, series by their wall clock, and hostile ones in time."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from connectors.caldav.api.appointments import spans
from connectors.caldav.api.ical import parse
from connectors.caldav.api.objects import Here
from connectors.caldav.connector import CalDav
from leeward.errors import SignInNeeded
from leeward.model import Instant, RemoteId
from leeward.ports import Login, Span
from leeward.testing.clock import FakeClock
from tests.fakes.base import FakeHttp, always
from tests.fakes.caldav import CalDavService

ME = RemoteId("mailto:sam@example.org")
HERE = Here(RemoteId("/c/"), RemoteId("/c/"), zone="Europe/Amsterdam", mine=frozenset({ME}))


def at(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000))


WITHIN = (at("2026-10-19T00:00"), at("2026-11-02T00:00"))


def event(*lines: str, uid: str = "e1") -> str:
    head = ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Secret talks")
    return "\r\n".join((*head, *lines, "END:VEVENT"))


def calendar(*events: str) -> str:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *events, "END:VCALENDAR", ""))


def busy(*events: str, within: tuple[Instant, Instant] = WITHIN) -> list[str]:
    """As "MM-DD HH:MM/HH:MM" of UTC, with ? for tentative and * for all day."""
    return [shown(span) for span in spans(parse(calendar(*events)), HERE, within)]


def shown(span: Span) -> str:
    start, end = (datetime.fromtimestamp(side / 1000, UTC) for side in (span.start, span.end))
    return f"{start:%m-%d %H:%M}/{end:%H:%M}" + ("?" if span.tentative else "") + ("*" if span.all_day else "")


ZONED = ("DTSTART;TZID=Europe/Amsterdam:20261020T100000", "DTEND;TZID=Europe/Amsterdam:20261020T110000")
NINE = "10-20 08:00/09:00"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), [NINE]),
        (("TRANSP:OPAQUE", "STATUS:CONFIRMED"), [NINE]),
        (("TRANSP:TRANSPARENT",), []),
        (("STATUS:CANCELLED",), []),
        (("STATUS:TENTATIVE",), [NINE + "?"]),
        (("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Sam@Example.org",), []),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org",), [NINE]),
        (("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:sam@example.org",), [NINE + "?"]),
        (("ATTENDEE:mailto:sam@example.org",), [NINE + "?"]),
        (("ATTENDEE;PARTSTAT=ACCEPTED:mailto:sam@example.org",), [NINE]),
    ],
)
def test_what_is_free_cancelled_or_declined_is_not_busy_and_what_is_open_is_tentative(
    more: tuple[str, ...], told: list[str]
) -> None:
    assert busy(event(*ZONED, *more)) == told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("DTSTART:20261020T080000Z", "DURATION:PT90M"), ["10-20 08:00/09:30"]),
        (("DTSTART:20261020T100000",), []),
        (("DTSTART:20261020T100000", "DTEND:20261020T090000"), []),
        (("DTSTART;VALUE=DATE:20261020",), ["10-19 22:00/22:00*"]),
        (("DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026"), ["10-24 22:00/23:00*"]),
        (("DTSTART:20260101T100000Z", "DTEND:20260101T110000Z"), []),
        (("DTSTART:nonsense", "DTEND:20260101T110000Z"), []),
    ],
)
def test_an_event_is_busy_from_its_start_to_its_end_or_not_at_all(lines: tuple[str, ...], told: list[str]) -> None:
    assert busy(event(*lines)) == told


def test_a_series_follows_the_clock_on_the_wall_over_its_change() -> None:
    start = ("DTSTART;TZID=Europe/Amsterdam:20200107T100000", "DTEND;TZID=Europe/Amsterdam:20200107T110000")
    assert busy(event(*start, "RRULE:FREQ=WEEKLY")) == ["10-20 08:00/09:00", "10-27 09:00/10:00"]


def test_instances_that_were_moved_cancelled_or_left_out() -> None:
    daily = event(*ZONED, "RRULE:FREQ=DAILY;COUNT=5", "EXDATE;TZID=Europe/Amsterdam:20261021T100000")
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20261022T100000", "DTSTART:20261022T150000Z", "DTEND:20261022T160000Z"
    )
    off = event(
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20261023T100000", *(each.replace("1020T", "1023T") for each in ZONED),
        "STATUS:CANCELLED",
    )  # fmt: skip
    assert busy(daily, moved, off) == [NINE, "10-22 15:00/16:00", "10-24 08:00/09:00"]


def test_an_instance_without_its_series_stands_for_itself() -> None:
    assert busy(event("RECURRENCE-ID:20261020T080000Z", *ZONED)) == [NINE]


def test_a_rule_we_do_not_follow_tells_nothing() -> None:
    assert busy(event(*ZONED, "RRULE:FREQ=DAILY;BYHOUR=1,2"), event(*ZONED, uid="e2")) == [NINE]


def test_the_calendars_that_were_chosen_are_asked_and_no_title_comes_along() -> None:
    service = CalDavService("radicale")
    service.base = "https://dav.example.org"
    work = service.make_calendar("work", "Work", ("VEVENT",))
    service.make_calendar("home", "Home", ("VEVENT",)).put("a.ics", calendar(event(*ZONED, uid="a")))
    service.make_calendar("tasks", "Tasks", ("VTODO",))
    work.put("b.ics", calendar(event(*ZONED, uid="b")))
    work.put("c.ics", "no calendar at all")
    http = FakeHttp(service, service.token, "basic", service.user)
    connector = CalDav(Login("home", "caldav", service.base, "sam", zone="Europe/Amsterdam"), http, FakeClock())

    async def ask(*names: str) -> tuple[Span, ...]:
        return await connector.busy(names, *WITHIN)

    assert [shown(span) for span in asyncio.run(ask("work"))] == [NINE]
    assert [shown(span) for span in asyncio.run(ask("Work", "/sam/home/"))] == [NINE]
    assert asyncio.run(ask("Tasks", "Nowhere")) == asyncio.run(ask()) == asyncio.run(ask("")) == ()
    reports = [asked for asked in http.asked if asked.method == "REPORT"]
    assert len(reports) == 3
    assert b'start="20261019T000000Z" end="20261102T000000Z"' in reports[0].body
    assert re.search(rb'<\w+:comp-filter name="VCALENDAR"><\w+:comp-filter name="VEVENT">', reports[0].body)
    http.faults.append(always(401))
    with pytest.raises(SignInNeeded):
        asyncio.run(ask("Work"))
