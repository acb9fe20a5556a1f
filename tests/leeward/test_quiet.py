"""The quiet rules against a slow second reading, the sample cases and the zones that break naive code."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.model import Instant
from leeward.work import quiet
from leeward.work.quiet_course import JoinedCourse, Leg, Rules, Spell
from leeward.work.quiet_eval import answer, answer_lines, refused, stamp
from leeward.work.quiet_rules import read_instant, read_rules
from tests.leeward import quiet_reference as slow

SHARED = Path(os.environ.get("LEEWARD_SHARED") or Path(__file__).parents[3] / "shared")
SAMPLE = SHARED / "data" / "quiet" / "sample.jsonl"
WORK = [{"days": list(slow.DAYS[:5]), "start": "09:00", "end": "17:30"}]
NIGHTS = [{"days": list(slow.DAYS), "start": "22:00", "end": "07:00"}]

# A zone with the UTC day of one of its clock changes (or of a date it skipped).
CHANGES = [
    ("Europe/Amsterdam", "2026-03-29"),
    ("Europe/Amsterdam", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Australia/Lord_Howe", "2026-10-03"),
    ("Pacific/Chatham", "2026-04-04"),
    ("Pacific/Chatham", "2026-09-26"),
    ("Antarctica/Troll", "2026-03-29"),
    ("Antarctica/Troll", "2026-10-25"),
    ("Europe/Dublin", "2026-03-29"),
    ("Europe/Dublin", "2026-10-25"),
    ("Africa/Cairo", "2026-04-23"),
    ("Africa/Cairo", "2026-10-29"),
    ("Pacific/Apia", "2011-12-30"),
    ("America/St_Johns", "2026-11-01"),
    ("Asia/Kolkata", "2026-07-01"),
]

clocks = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
ends = st.one_of(clocks, st.just("24:00"))
shapes = st.tuples(clocks, ends).filter(lambda p: p[0] != p[1] and p != ("00:00", "00:00"))


@st.composite
def rules(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    zone, day = draw(st.sampled_from(CHANGES))
    change = datetime.fromisoformat(day).replace(tzinfo=UTC)
    near = st.integers(-3, 3).map(lambda n: (change + timedelta(days=n)).date())
    minute = st.integers(-3 * 1440, 3 * 1440).map(lambda n: change + timedelta(minutes=n))
    does = st.sampled_from(["quiet", "open"])

    def windows(*, days: bool) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for start, end in draw(st.lists(shapes, max_size=3)):
            made.append({"start": start, "end": end})
            if days:
                made[-1]["days"] = draw(st.lists(st.sampled_from(slow.DAYS), min_size=1, max_size=7))
        return made

    def entry(first: date, last: date) -> dict[str, Any]:
        do = draw(st.sampled_from(["quiet", "open", "like", "replace"]))
        made: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat(), "do": do}
        if do == "like":
            made["day"] = draw(st.sampled_from(slow.DAYS))
        if do == "replace":
            made["windows"] = windows(days=False)
        return made

    rule: dict[str, Any] = {"tz": zone, "mode": draw(does), "windows": windows(days=True)}
    rule["dates"] = [entry(*sorted([draw(near), draw(near)])) for _ in range(draw(st.integers(0, 2)))]
    pairs = st.lists(st.tuples(minute, minute).filter(lambda p: p[0] < p[1]), max_size=2)
    rule["spans"] = [
        {"from": f"{first:%Y-%m-%dT%H:%M}", "to": f"{last:%Y-%m-%dT%H:%M}", "do": draw(does)}
        for first, last in draw(pairs)
    ]
    rule["now"] = [
        {"from": slow.text(first), "to": draw(st.sampled_from([None, slow.text(last)])), "do": draw(does)}
        for first, last in draw(pairs)
    ]
    return rule, draw(minute)


@settings(max_examples=40, deadline=None)
@given(rules())
def test_every_answer_agrees_with_a_reading_minute_by_minute(made: tuple[dict[str, Any], datetime]) -> None:
    rule, start = made
    end = start + timedelta(days=2)
    case = {"id": "x", "rule": rule, "t": slow.text(start), "from": slow.text(start), "to": slow.text(end)}
    read = slow.minutes(rule, start, end)

    def ask(kind: str, **more: int) -> Any:
        return answer({**case, "kind": kind, **more})["answer"]

    assert ask("stretches") == slow.stretches(read)
    assert ask("open_minutes") == sum(not still for _, still in read)
    assert ask("is_quiet") == read[0][1]
    for kind, wanted in (("next_open", False), ("next_quiet", True)):
        found = [slow.text(minute) for minute, still in read if still == wanted]
        if found:
            assert ask(kind) == found[0]
        else:
            assert ask(kind) is None or ask(kind) >= slow.text(end)
    due = slow.due_open_minutes(read, 90)
    if due is not None:
        assert ask("due_open_minutes", minutes=90) == slow.text(due)


@settings(max_examples=12, deadline=None)
@given(rules())
def test_due_dates_agree_with_a_reading_minute_by_minute(made: tuple[dict[str, Any], datetime]) -> None:
    rule, start = made
    dates = slow.open_dates(rule, slow.minutes(rule, start - timedelta(days=1, hours=3), start + timedelta(days=5)))
    today = slow.wall(rule, start).date()
    asked = read_rules(rule)
    left = {day: end for day, end in dates.items() if day >= today and end > start}
    if left:
        expected = left[min(left)]
        if min(left) < (start + timedelta(days=4)).date():
            assert stamp(quiet.due_today(asked, read_instant(slow.text(start)))) == slow.text(expected)
    working = sorted(day for day in dates if day >= today)
    if len(working) > 2 and working[2] < (start + timedelta(days=4)).date():
        due = quiet.due_workdays(asked, read_instant(slow.text(start)), 1)
        assert due is not None
        begins = working[0] == today
        shown = slow.wall(rule, datetime.fromtimestamp(due / 1000, UTC))
        assert shown.date() == working[1]
        wanted = slow.wall(rule, start).time() if begins else datetime.min.time()
        assert shown.time() >= wanted
        if shown.time() != wanted:
            before = slow.wall(rule, datetime.fromtimestamp(due / 1000 - 60, UTC))
            assert before < datetime.combine(working[1], wanted) < shown


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared sample cases are not on this machine")
def test_every_sample_case_is_answered_right() -> None:
    cases = [json.loads(line) for line in SAMPLE.read_text().splitlines()][1:]
    wrong = [case["id"] for case in cases if answer(case)["answer"] != case["expect"]]
    assert len(cases) == 200
    assert wrong == []


def test_a_date_that_a_zone_skipped_is_no_working_date() -> None:
    rule = read_rules({"tz": "Pacific/Apia", "mode": "open", "windows": WORK})
    thursday = read_instant("2011-12-29T22:00:00Z")  # 12:00 on the wall
    assert stamp(quiet.due_workdays(rule, thursday, 1)) == "2012-01-01T22:00:00Z"  # Monday 2 January, 12:00


@pytest.mark.parametrize(
    ("zone", "night", "minutes"),
    [
        ("Australia/Lord_Howe", "2026-10-03", 510),
        ("Australia/Lord_Howe", "2026-04-04", 570),
        ("Antarctica/Troll", "2026-03-28", 420),
        ("Antarctica/Troll", "2026-10-24", 660),
        ("Europe/Dublin", "2026-10-24", 600),
        ("Africa/Cairo", "2026-04-23", 480),
        ("Africa/Cairo", "2026-10-29", 600),
        ("Pacific/Chatham", "2026-09-26", 480),
        ("Pacific/Chatham", "2026-04-04", 600),
    ],
)
def test_a_night_is_as_long_as_its_clock_makes_it(zone: str, night: str, minutes: int) -> None:
    rule = read_rules({"tz": zone, "mode": "quiet", "windows": NIGHTS})
    evening = quiet.instant_of(
        rule.course, date.fromisoformat(night).toordinal() - date(1970, 1, 1).toordinal(), 79_200
    )
    morning = quiet.next_open(rule, Instant(evening * 1000))
    assert morning is not None
    assert (morning // 1000 - evening) // 60 == minutes


@pytest.mark.parametrize(
    "broken",
    [
        {"tz": "+02:00"},
        {"tz": "Europe"},
        {"tz": ""},
        {"tz": "../etc/localtime"},
        {"tz": None},
        {"mode": "silent"},
        {"mode": ["quiet"]},
        {"mode": {}},
        {"windows": None},
        {"windows": [{"days": [], "start": "09:00", "end": "10:00"}]},
        {"windows": [{"days": ["Mon"], "start": "09:00", "end": "10:00"}]},
        {"windows": [{"days": "mon", "start": "09:00", "end": "10:00"}]},
        {"windows": [{"days": ["mon"], "start": "9:00", "end": "10:00"}]},
        {"windows": [{"days": ["mon"], "start": "\u0660\u0669:\u0660\u0660", "end": "10:00"}]},
        {"windows": [{"days": ["mon"], "start": "09:00\n", "end": "10:00"}]},
        {"windows": [{"days": ["mon"], "start": "00:00", "end": "00:00"}]},
        {"windows": [{"days": ["mon"], "start": "24:00", "end": "10:00"}]},
        {"windows": [{"days": ["mon"], "start": "10:00", "end": "24:01"}]},
        {"dates": [{"from": "20261224", "to": "2026-12-25", "do": "quiet"}]},
        {"dates": [{"from": "2026-02-29", "to": "2026-03-01", "do": "quiet"}]},
        {"dates": [{"from": "2026-12-25", "to": "2026-12-24", "do": "quiet"}]},
        {"dates": [{"from": "2026-12-24", "to": "2026-12-24", "do": "like"}]},
        {"dates": [{"from": "2026-12-24", "to": "2026-12-24", "do": "replace"}]},
        {"spans": [{"from": "2026-12-24T24:00", "to": "2026-12-25T09:00", "do": "quiet"}]},
        {"spans": [{"from": "2026-12-24T09:00", "to": "2026-12-24T09:00", "do": "quiet"}]},
        {"spans": [{"from": "2026-12-24T09:00", "to": None, "do": "quiet"}]},
        {"spans": [{"from": "2026-12-24T09:00", "to": "2026-12-24T10:00", "do": "like"}]},
        {"now": [{"from": "2026-12-24T09:00:00Z", "to": "2026-12-24T09:00:00Z", "do": "quiet"}]},
        {"now": [{"from": "2026-12-24T09:00:00+01:00", "to": None, "do": "quiet"}]},
    ],
)
def test_what_is_unclear_is_refused(broken: dict[str, Any]) -> None:
    rule: dict[str, Any] = {"tz": "Europe/Amsterdam", "mode": "quiet", "windows": NIGHTS}
    assert not refused(rule)
    assert refused({**rule, **broken})


def test_the_driver_answers_every_line_and_none_ends_it() -> None:
    rule = {"tz": "Europe/Amsterdam", "mode": "quiet", "windows": []}
    lines = [
        '{"format":"quiet-cases/1"}',
        "",
        "not json",
        "[1]",
        json.dumps({"id": "a", "kind": "is_quiet", "rule": rule, "t": "2026-11-21T13:00:00Z"}),
        json.dumps({"id": "b", "kind": "next_quiet", "rule": rule, "t": "2026-11-21T13:00:00Z"}),
        json.dumps({"id": "c", "kind": "riddle", "rule": rule}),
        json.dumps(
            {
                "id": "e",
                "kind": "next_quiet",
                "rule": {**rule, "tz": "UTC", "dates": [{"from": "9999-12-30", "to": "9999-12-31", "do": "quiet"}]},
                "t": "9999-12-31T23:59:59Z",
            }
        ),
        json.dumps({"id": "d", "kind": "due_workdays", "rule": rule, "t": "2026-11-21T13:00:00Z", "days": True}),
    ]
    answers = [json.loads(line) for line in answer_lines(lines)]
    assert [(a["id"], a["answer"]) for a in answers] == [
        (None, None), (None, None), ("a", False), ("b", None), ("c", None), ("e", "9999-12-31T23:59:59Z"), ("d", None),
    ]  # fmt: skip
    assert [("error" in a) for a in answers] == [True, True, False, False, True, False, True]


def test_a_trip_counts_in_its_own_zone_and_one_offs_lie_over_it() -> None:
    home = Rules("Europe/Amsterdam", mode_quiet=False, week=read_rules(
        {"tz": "UTC", "mode": "open", "windows": WORK}).week)  # fmt: skip
    away = Rules("America/New_York", mode_quiet=False, week=home.week)
    start, end = read_instant("2026-11-30T05:00:00Z"), read_instant("2026-12-05T05:00:00Z")
    spell = Spell(read_instant("2026-12-01T15:00:00Z"), read_instant("2026-12-01T16:00:00Z"), quiet=True)

    class Plan:
        course = JoinedCourse(
            (Leg(None, start, home.course), Leg(start, end, away.course), Leg(end, None, home.course)), (spell,)
        )

    def opens(text: str) -> str | None:
        return stamp(quiet.next_open(Plan, read_instant(text)))

    assert opens("2026-11-30T04:00:00Z") == "2026-11-30T14:00:00Z"
    assert opens("2026-12-01T15:20:00Z") == "2026-12-01T16:00:00Z"
    assert opens("2026-12-05T06:00:00Z") == "2026-12-07T08:00:00Z"


def test_seconds_and_the_horizon_are_kept() -> None:
    rule = read_rules({"tz": "Europe/Amsterdam", "mode": "open", "windows": []})
    t = read_instant("2026-11-21T13:00:07Z")
    assert quiet.next_quiet(rule, t) == t
    assert quiet.next_open(rule, t) is None
    assert quiet.due_open_minutes(rule, t, 1) is None
    assert quiet.due_today(rule, t) is None
    assert quiet.due_workdays(rule, t, 1) is None


def test_the_rules_answer_fast() -> None:
    rule = read_rules({"tz": "Europe/Amsterdam", "mode": "quiet", "windows": NIGHTS})
    t = read_instant("2026-11-21T13:00:07Z")
    quiet.is_quiet(rule, t)

    def best(times: int, ask: Any) -> float:
        def once(n: int) -> float:
            start = perf_counter()
            ask(n)
            return perf_counter() - start

        return min(once(n) for n in range(times))

    assert best(20, lambda n: [quiet.is_quiet(rule, Instant(t + i * 997_000)) for i in range(100)]) < 100 * 50e-6
    assert best(20, lambda n: quiet.next_open(Rules("Europe/Rome", week=rule.week), t)) < 5e-3
