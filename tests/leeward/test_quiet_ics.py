"""Schedules as calendar files: an independent reader finds the same hours in both forms, and strangers' files come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from connectors.ics import read_week
from leeward.errors import Problem
from leeward.work import quiet_text
from leeward.work.quiet_course import Rules, Week
from leeward.work.quiet_ics import Imported, export, notes, open_minutes
from leeward.work.quiet_rules import read_instant as at
from leeward.work.quiet_settings import Schedule
from leeward.work.quiet_windows import DAY_MINUTES, Window, complement, merge
from leeward.work.quiet_words import say_week

NOW = at("2026-11-20T20:40:00Z")
THEN = datetime(2026, 11, 20, 20, 40)
WEEK = 7 * DAY_MINUTES
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SCHEDULES = {
    "work": (False, ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]),
    "nights": (True, ["daily 22:00-07:00", "fri 18:00 - mon 08:00"]),
    "oncall": (False, ["daily 00:00-24:00"]),
    "early": (True, ["mon,wed,sun 00:00-24:00", "thu 23:30-00:15"]),
    "odd": (False, ["sat 20:00 - sat 10:00"]),
}


def week_of(lines: list[str]) -> Week:
    days: list[list[Window]] = [[] for _day in range(7)]
    for line in lines:
        for day, window in quiet_text.windows(line):
            days[day].append(window)
    return tuple(tuple(day) for day in days)


def schedule(name: str) -> Schedule:
    quiet, lines = SCHEDULES[name]
    return Schedule(name, quiet, week_of(lines))


def minutes(week: Week) -> tuple[tuple[int, int], ...]:
    """The minutes of a week that its windows cover, what runs over its end at its beginning."""
    spans = [
        (day * DAY_MINUTES + w.start, day * DAY_MINUTES + w.end) for day, windows in enumerate(week) for w in windows
    ]
    whole = [(a, min(b, WEEK)) for a, b in spans] + [(0, min(b - WEEK, WEEK)) for _a, b in spans if b > WEEK]
    return merge(whole)


def told(components: list[Any]) -> tuple[tuple[int, int], ...]:
    """The same out of what the icalendar library read: weekly rules with their days."""
    spans: list[tuple[int, int]] = []
    for one in components:
        start, end = one.decoded("DTSTART"), one.decoded("DTEND")
        assert start.tzinfo is not None
        length = int((end.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds() // 60)
        assert one["RRULE"]["FREQ"] == ["WEEKLY"]
        days = [CODES.index(code) for code in one["RRULE"]["BYDAY"]]
        assert start.weekday() in days, "the first instance is one of the rule"
        for day in days:
            first = day * DAY_MINUTES + start.hour * 60 + start.minute
            spans.append((first, min(first + length, WEEK)))
            if first + length > WEEK:
                spans.append((0, min(first + length - WEEK, WEEK)))
    return merge(spans)


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_independent_reader_finds_the_same_hours_in_both_forms(name: str) -> None:
    ours = schedule(name)
    text = export(ours, "Europe/Amsterdam", NOW)
    calendar: Any = Calendar.from_ical(text)
    assert calendar.errors == []
    covered = minutes(ours.week)
    opened = complement(covered, 0, WEEK) if ours.mode_quiet else covered
    assert told(calendar.walk("VEVENT")) == covered
    assert told([each for each in calendar.walk() if each.name == "AVAILABLE"]) == opened
    assert {str(each["TRANSP"]) for each in calendar.walk("VEVENT")} == {"OPAQUE" if ours.mode_quiet else "TRANSPARENT"}
    uids = [str(each["UID"]) for each in calendar.walk() if "UID" in each]
    assert len(set(uids)) == len(uids)
    assert open_minutes(ours) == sum(b - a for a, b in opened)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_the_zone_in_the_file_is_the_zone_of_the_windows() -> None:
    text = export(schedule("work"), "Europe/Amsterdam", NOW).replace("TZID=Europe/Amsterdam", "TZID=Nowhere/Known")
    text = text.replace("TZID:Europe/Amsterdam", "TZID:Nowhere/Known")
    calendar: Any = Calendar.from_ical(text)
    zone = calendar.walk("VTIMEZONE")[0].to_tz()
    for month, hours in ((1, 1), (7, 2)):
        assert zone.utcoffset(datetime(2027, month, 15, 12)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kolkata", "Africa/Casablanca", "Australia/Lord_Howe", "America/St_Johns"]
)
def test_every_zone_can_be_written(zone: str) -> None:
    calendar: Any = Calendar.from_ical(export(schedule("nights"), zone, NOW))
    assert [str(each["TZID"]) for each in calendar.walk("VTIMEZONE")] == ([] if zone == "UTC" else [zone])


@pytest.mark.parametrize("name", SCHEDULES)
def test_our_own_files_come_back_as_they_went(name: str) -> None:
    ours = schedule(name)
    found = read_week(export(ours, "Europe/Amsterdam", NOW), THEN)
    assert (found.name, found.timezone, found.mode_quiet, found.left_out) == (
        name, "Europe/Amsterdam", ours.mode_quiet, ()
    )  # fmt: skip
    assert minutes(found.week) == minutes(ours.week)


def test_only_a_window_with_an_edge_inside_the_changed_hour_is_noted() -> None:
    late = Schedule("late", True, week_of(["daily 22:00-02:30"]))
    assert notes(late, "Europe/Amsterdam", NOW) == [
        "02:30 is skipped on 2027-03-28: leeward has no such moment then, other programs take a later one.",
        "02:30 comes twice on 2027-10-31: leeward means both, other programs the first.",
    ]
    for lines in (["daily 22:00-07:00"], ["daily 22:00-02:00"], ["daily 03:00-05:00"], ["mon 22:00-02:30"]):
        assert notes(Schedule("x", True, week_of(lines)), "Europe/Amsterdam", NOW) == []
    assert notes(late, "Asia/Kolkata", NOW) == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 6 * 1440)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_windows_are_written_so_that_they_are_read_as_they_were(spans: list[tuple[int, int, int]]) -> None:
    days: list[list[Window]] = [[] for _day in range(7)]
    for day, start, length in spans:
        days[day].append(Window(start, start + length))
    week = tuple(tuple(dict.fromkeys(day)) for day in days)
    again = week_of(say_week(week))
    assert [set(day) for day in again] == [set(day) for day in week]
    assert minutes(read_week(export(Schedule("x", True, week), "UTC", NOW), THEN).week) == minutes(week)


def event(*lines: str, kind: str = "VEVENT") -> str:
    return "\r\n".join((f"BEGIN:{kind}", "UID:u", *lines, f"END:{kind}"))


def read(*parts: str) -> Imported:
    return read_week("\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", "")), THEN)


START = ("DTSTART;TZID=Europe/Berlin:20250106T180000", "DTEND;TZID=Europe/Berlin:20250106T193000")


def test_somebody_s_weekly_appointments_are_quiet_and_the_rest_is_named() -> None:
    found = read(
        "X-WR-CALNAME:Evenings",
        event(*START, "SUMMARY:Choir", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH", "EXDATE:20250113T170000Z"),
        event("DTSTART;TZID=Europe/Berlin:20250105T230000", "DURATION:PT8H", "RRULE:FREQ=DAILY"),
        event(*START, "SUMMARY:Free", "RRULE:FREQ=WEEKLY", "TRANSP:TRANSPARENT"),
        event(*START, "SUMMARY:Off", "RRULE:FREQ=WEEKLY", "STATUS:CANCELLED"),
        event(*START, "SUMMARY:Once"),
        event(*START, "SUMMARY:Over", "RRULE:FREQ=WEEKLY;UNTIL=20260101T000000Z"),
        event(*START, "SUMMARY:Some", "RRULE:FREQ=WEEKLY;INTERVAL=2"),
        event(*START, "SUMMARY:Monthly", "RRULE:FREQ=MONTHLY"),
        event(*START, "SUMMARY:Strange", "RRULE:FREQ=WEEKLY;BYHOUR=3"),
        event("DTSTART:20250106T180000Z", "DTEND:20250106T190000Z", "SUMMARY:Abroad", "RRULE:FREQ=WEEKLY"),
        event("DTSTART;TZID=Moon/Base:20250106T180000", "DURATION:PT1H", "SUMMARY:Far", "RRULE:FREQ=WEEKLY"),
        event("DTSTART;TZID=Europe/Berlin:20250106T180000", "SUMMARY:Point", "RRULE:FREQ=WEEKLY"),
        event("SUMMARY:Never", "RRULE:FREQ=WEEKLY"),
    )
    assert (found.name, found.timezone, found.mode_quiet) == ("Evenings", "Europe/Berlin", True)
    assert say_week(found.week) == ["daily 23:00-07:00", "mon,thu 18:00-19:30"]
    assert [said.split("”")[0].removeprefix("“") for said in found.left_out] == [
        "Choir", "Once", "Over", "Some", "Monthly", "Strange", "Abroad", "Far", "Point", "Never",
    ]  # fmt: skip


def test_an_availability_is_open_and_floating_days_have_no_zone() -> None:
    hours = event("DTSTART:20250106T090000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU", kind="AVAILABLE")
    found = read("BEGIN:VAVAILABILITY", "UID:a", hours, "END:VAVAILABILITY", event(*START, "RRULE:FREQ=DAILY"))
    assert (found.mode_quiet, found.timezone, say_week(found.week)) == (False, None, ["mon-tue 09:00-17:00"])
    whole = read(event("DTSTART;VALUE=DATE:20250104", "RRULE:FREQ=WEEKLY"))
    assert say_week(whole.week) == ["sat 00:00-24:00"]


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"])
def test_what_holds_no_week_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Problem):
        read_week(text, THEN)


def test_an_imported_night_is_quiet_over_the_change_of_the_clock_as_ours_is() -> None:
    from leeward.work import quiet

    ours = schedule("nights")
    found = read_week(export(ours, "Europe/Amsterdam", NOW), THEN)
    for week in (ours.week, found.week):
        rules = Rules("Europe/Amsterdam", True, week)
        spring = quiet.stretches(rules, at("2027-03-30T12:00:00Z"), at("2027-03-31T12:00:00Z"))
        assert [datetime.fromtimestamp(a / 1000, UTC).hour for a, _b in spring] == [20]
