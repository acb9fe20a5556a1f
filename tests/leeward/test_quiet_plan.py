"""Plans, one-offs, the status and the preview."""

from __future__ import annotations

import tomllib
from datetime import date
from time import perf_counter

import pytest
from msgspec.structs import replace

from leeward.model import Instant, Tier
from leeward.work import quiet
from leeward.work.quiet_config import read
from leeward.work.quiet_course import Spell
from leeward.work.quiet_eval import stamp
from leeward.work.quiet_now import Source, line, oneoff, status
from leeward.work.quiet_plan import Plan, Subject, Surroundings, due_at, matching, muted, next_digest, plan
from leeward.work.quiet_preview import as_json, cells_of, days, drawing
from leeward.work.quiet_rules import read_instant as at
from leeward.work.quiet_settings import QuietConfig
from leeward.work.quiet_windows import BadRule

HERE = Surroundings("Europe/Amsterdam")
WORK = """
[quiet]
schedule = "work"
[quiet.schedules.work]
open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]
[quiet.schedules.oncall]
open = ["daily 00:00-24:00"]
"""
FRIDAY = at("2026-11-20T10:00:00Z")  # 11:00 on the wall


def settings(text: str = WORK) -> QuietConfig:
    config, problems = read(tomllib.loads(text)["quiet"], len)
    assert [problem for problem in problems if not problem[3]] == []
    return config


def planned(text: str = WORK, around: Surroundings = HERE) -> Plan:
    return plan(settings(text), around)


def test_no_schedule_is_never_quiet_and_says_so() -> None:
    asked = plan(QuietConfig(), HERE)
    found = status(asked, FRIDAY)
    assert (found.quiet, found.until, found.schedule, found.source) == (False, None, None, Source.NOTHING)
    assert found.why == "No quiet hours set."
    assert line(found, FRIDAY, 0) == "rings"


def test_the_status_line_says_until_when_and_how_many_wait() -> None:
    asked = planned()
    assert line(status(asked, FRIDAY), FRIDAY, 0) == "rings until 12:30"
    night = at("2026-11-20T20:40:00Z")
    assert line(status(asked, night), night, 7) == "quiet until Mon 09:00 · 7 waiting"
    assert status(asked, night).why == 'Schedule "work" is quiet now.'


@pytest.mark.parametrize(
    ("text", "quiet_then", "end"),
    [
        ("2h", True, "2026-11-20T12:00:00Z"),
        ("on 30m", True, "2026-11-20T10:30:00Z"),
        ("for 1h 30m", True, "2026-11-20T11:30:00Z"),
        ("until 17:00", True, "2026-11-20T16:00:00Z"),
        ("until 9:00", True, "2026-11-21T08:00:00Z"),
        ("until tomorrow 9:00", True, "2026-11-21T08:00:00Z"),
        ("until mon 9:30", True, "2026-11-23T08:30:00Z"),
        ("until fri 9:00", True, "2026-11-27T08:00:00Z"),
        ("until tomorrow", True, "2026-11-23T08:00:00Z"),
        ("until next week", True, "2026-11-23T08:00:00Z"),
        ("until 2026-12-01 09:00", True, "2026-12-01T08:00:00Z"),
        ("until I say so", True, None),
        ("", True, None),
        ("open for 1h", False, "2026-11-20T11:00:00Z"),
        ("open until 23:00", False, "2026-11-20T22:00:00Z"),
        ("open", False, None),
    ],
)
def test_one_offs_are_said_in_words(text: str, quiet_then: bool, end: str | None) -> None:
    spell = oneoff(text, FRIDAY, planned())
    assert (spell.start, spell.quiet, stamp(spell.end)) == (FRIDAY, quiet_then, end)


@pytest.mark.parametrize("text", ["until", "until never", "soon", "until 25:00", "until 2026-02-30 09:00", "until 2026-01-01 9:00"])  # fmt: skip
def test_a_one_off_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadRule):
        oneoff(text, FRIDAY, planned())


def test_a_one_off_is_an_instant_that_does_not_travel() -> None:
    spell = oneoff("until tomorrow 9:00", FRIDAY, planned())
    away = planned(around=Surroundings("America/New_York", (spell,)))
    assert status(away, Instant(FRIDAY + 1)).source is Source.ONEOFF
    assert stamp(away.around.oneoffs[0].end) == "2026-11-21T08:00:00Z"
    assert quiet.next_open(away, FRIDAY) == at("2026-11-23T14:00:00Z")


def test_an_endless_one_off_asks_after_a_day() -> None:
    asked = planned(around=replace(HERE, oneoffs=(oneoff("until I say so", FRIDAY, planned()),)))
    later = Instant(FRIDAY + 24 * 3_600_000)
    assert not status(asked, Instant(later - 1)).asks
    assert status(asked, later).asks
    assert line(status(asked, later), later, 0) == "quiet until you say so"
    assert status(asked, FRIDAY).why == "You asked for quiet at 11:00."


def test_precedence_one_offs_spans_busy_dates_windows() -> None:
    text = (
        WORK
        + """
[[quiet.except]]
from = 2026-11-20
do = "quiet"
why = "party"
[[quiet.except]]
from = 2026-11-20T10:30:00
to = 2026-11-20T11:30:00
do = "open"
why = "handover"
"""
    )
    sources = []
    busy = (Spell(FRIDAY, Instant(FRIDAY + 3_600_000), quiet=True),)
    around = replace(HERE, holidays=((date(2026, 11, 20), "Feast"),))
    for made in (replace(around, busy=busy), replace(around, busy=busy, oneoffs=busy)):
        found = status(planned(text, made), FRIDAY)
        sources.append((found.source, found.quiet))
    after = status(planned(text, replace(around, busy=busy)), at("2026-11-20T10:45:00Z"))
    assert (after.source, after.why) == (Source.BUSY, "The calendar says busy.")
    party = status(planned(text, around), at("2026-11-20T12:45:00Z"))
    assert (party.source, party.quiet, party.why) == (Source.DATE, True, "2026-11-20 is quiet: party.")
    feast = status(planned(WORK, around), FRIDAY)
    assert (feast.source, feast.quiet, feast.why) == (Source.DATE, True, "2026-11-20 is a holiday: Feast.")
    assert sources == [(Source.SPAN, False), (Source.ONEOFF, True)]


def test_a_holiday_can_be_switched_off() -> None:
    around = replace(HERE, holidays=((date(2026, 11, 20), "Feast"),))
    text = WORK.replace("[quiet]\n", "[quiet]\nholidays_off = [2026-11-20]\n")
    assert not quiet.is_quiet(planned(text, around), FRIDAY)


def test_a_trip_sets_the_zone_and_a_rule_beats_its_schedule() -> None:
    text = (
        WORK
        + """
[[quiet.trip]]
from = 2026-11-30
to = 2026-12-04
timezone = "America/New_York"
schedule = "oncall"
[[quiet.rule]]
place = "#calm"
schedule = "work"
"""
    )
    config = settings(text)
    general, calm = plan(config, HERE), plan(config, HERE, Subject(places=frozenset({"#calm"})))
    there = at("2026-12-01T02:00:00Z")  # 21:00 in New York
    assert status(general, there).timezone == "America/New_York"
    assert not quiet.is_quiet(general, there)
    assert quiet.next_open(calm, there) == at("2026-12-01T14:00:00Z")
    assert quiet.next_open(general, at("2026-12-05T05:00:00Z")) == at("2026-12-07T08:00:00Z")


RULES = (
    WORK
    + """
[[quiet.rule]]
kind = "slack"
schedule = "oncall"
[[quiet.rule]]
account = "team"
place = "#a"
schedule = "work"
[[quiet.rule]]
thread = "t1"
mute = true
until = 2026-12-01T09:00:00
"""
)


def test_the_most_specific_rule_wins_and_a_muting_ends() -> None:
    config = settings(RULES)
    subject = Subject(frozenset({"t1"}), frozenset({"#a"}), "team", "slack")
    chosen = matching(config, subject, schedules=True)
    assert chosen is not None
    assert chosen.number == 2
    other = matching(config, replace(subject, account="x"), schedules=True)
    assert other is not None
    assert other.number == 1
    assert muted(config, subject, FRIDAY, "Europe/Amsterdam") is not None
    assert muted(config, subject, at("2026-12-01T07:59:59Z"), "Europe/Amsterdam") is not None
    assert muted(config, subject, at("2026-12-01T08:00:00Z"), "Europe/Amsterdam") is None
    assert muted(config, Subject(), FRIDAY, "Europe/Amsterdam") is None


@pytest.mark.parametrize(
    ("tier", "due"),
    [(Tier.RED, "2026-11-20T16:30:00Z"), (Tier.YELLOW, "2026-11-24T10:00:00Z"), (None, "2026-11-24T10:00:00Z"), (Tier.GREEN, None)],
)  # fmt: skip
def test_each_tier_is_due_in_the_receivers_hours(tier: Tier | None, due: str | None) -> None:
    assert stamp(due_at(planned(), tier, FRIDAY)) == due


@pytest.mark.parametrize(
    ("digest", "first"),
    [
        ("daily 16:30", "2026-11-20T15:30:00Z"),
        ("daily 10:00", "2026-11-21T09:00:00Z"),
        ("weekly fri 15:00", "2026-11-20T14:00:00Z"),
        ("weekly mon 15:00", "2026-11-23T14:00:00Z"),
        ("monthly 1 09:00", "2026-12-01T08:00:00Z"),
        ("monthly 31 09:00", "2026-11-30T08:00:00Z"),
        ("monthly last 09:00", "2026-11-30T08:00:00Z"),
    ],
)
def test_when_the_digest_for_information_comes(digest: str, first: str) -> None:
    text = WORK + f'[quiet.tiers.green]\ndigest = "{digest}"\n'
    assert stamp(next_digest(planned(text), FRIDAY)) == first


def test_the_last_working_day_of_a_month() -> None:
    text = WORK + '[quiet.tiers.green]\ndigest = "monthly last-workday 09:00"\n'
    assert stamp(next_digest(planned(text), at("2027-01-05T10:00:00Z"))) == "2027-01-29T08:00:00Z"


def test_the_preview_as_data() -> None:
    shown = as_json(planned(), FRIDAY)
    assert [day["date"] for day in shown["days"]][:3] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert [day["hours"] for day in shown["days"]] == [8.0, 0, 0, 8.0, 8.0, 8.0, 8.0]
    assert shown["days"][0]["open"] == [
        ["2026-11-20T08:00:00Z", "2026-11-20T11:30:00Z"],
        ["2026-11-20T12:00:00Z", "2026-11-20T16:30:00Z"],
    ]
    assert shown["stretches"][0] == ["2026-11-19T23:00:00Z", "2026-11-20T08:00:00Z"]
    assert shown["stretches"][2] == ["2026-11-20T16:30:00Z", "2026-11-23T08:00:00Z"]
    assert [change["quiet"] for change in shown["changes"]] == [True, False, True]


def test_the_preview_as_a_drawing() -> None:
    text = WORK + '[[quiet.except]]\nfrom = 2026-11-24\ndo = ["10:15-12:45"]\nwhy = "dentist"\n'
    lines = drawing(planned(text), FRIDAY, width=100)
    assert lines[1].split() == ["0", "3", "6", "9", "12", "15", "18", "21"]
    assert lines[2] == " Fri 20   ··················████╋██·█████████·············   8.0 h"
    assert lines[3] == " Sat 21   ················································   0.0 h"
    assert lines[6] == " Tue 24   ····················▐████▌······················   2.5 h dentist"
    assert lines[9] == " quiet from 12:30, rings from 13:00, quiet from 17:30"
    assert all(len(text) <= 80 for text in drawing(planned(text), FRIDAY))


def test_days_of_a_clock_change_are_flagged() -> None:
    spring = at("2026-03-29T10:00:00Z")
    asked = planned()
    today = days(asked, spring)[0]
    assert today.length_s == 23 * 3600
    assert cells_of(asked, today, None)[3:7] == "·  ·"
    assert drawing(asked, spring)[2].endswith("0.0 h 23 h day")
    assert days(asked, at("2026-10-25T10:00:00Z"))[0].length_s == 25 * 3600


def test_a_skipped_date_is_left_out() -> None:
    asked = plan(settings(), Surroundings("Pacific/Apia"))
    shown = days(asked, at("2011-12-29T22:00:00Z"), 3)
    assert [day.date.day for day in shown] == [29, 31]


def test_a_preview_is_fast() -> None:
    def once(n: int) -> float:
        asked = plan(settings(), replace(HERE, holidays=((date(2020, 1, 1 + n), "x"),)))
        start = perf_counter()
        as_json(asked, FRIDAY)
        return perf_counter() - start

    assert min(once(n) for n in range(8)) < 10e-3


def test_a_trip_within_a_trip_ends_in_the_outer_one_and_dates_may_be_far() -> None:
    trip = '[[quiet.trip]]\nfrom = {}\nto = {}\ntimezone = "{}"\n'
    text = WORK + trip.format("2026-12-01", "2026-12-20", "America/New_York")
    text += trip.format("2026-12-08", "2026-12-09", "Asia/Tokyo") + trip.format(
        "9999-12-01", "9999-12-31", "Asia/Tokyo"
    )
    asked = planned(text)
    found = [asked.zone_at(at(f"2026-12-{day:02}T12:00:00Z")) for day in (5, 8, 12, 25)]
    assert found == ["America/New_York", "Asia/Tokyo", "America/New_York", "Europe/Amsterdam"]
    inner = asked.trip_at(at("2026-12-08T12:00:00Z"))
    assert inner is not None
    assert inner.timezone == "Asia/Tokyo"
    assert asked.trip_at(FRIDAY) is None


def test_a_one_off_of_many_lives_is_refused() -> None:
    with pytest.raises(BadRule, match="ten years"):
        oneoff("999999d 999999d", FRIDAY, planned())
