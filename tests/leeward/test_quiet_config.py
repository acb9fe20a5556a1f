"""The `[quiet]` section: what it means, and what is said about every mistake."""

from __future__ import annotations

import pathlib
import re
import tomllib
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.config import load
from leeward.model import Tier
from leeward.work import quiet_text
from leeward.work.quiet_config import read
from leeward.work.quiet_course import DateRule, Do, Spell, WallSpan
from leeward.work.quiet_reader import Path, Problem
from leeward.work.quiet_settings import Break, Channels, DueKind, DueRule, Every, Phone, QuietConfig
from leeward.work.quiet_windows import BadRule, Window

WHOLE = """
[quiet]
timezone = "Europe/Amsterdam"
schedule = "work"
holidays = ["NL", "DE-BY"]
holidays_off = [2026-04-27]
badge = "count"
[quiet.schedules.work]
open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]
[quiet.schedules.nights]
quiet = ["daily 22:00-07:00", "fri 18:00 - mon 08:00"]
timezone = "America/New_York"
[[quiet.except]]
from = 2026-12-24
to = 2026-12-28
do = "quiet"
why = "holiday"
[[quiet.except]]
from = 2026-12-05T08:00:00
to = 2026-12-05T12:00:00
do = "open"
[[quiet.except]]
from = 2026-12-06T08:00:00Z
to = 2026-12-06T12:00:00+01:00
do = "open"
[[quiet.except]]
from = 2026-12-07
do = "like sat"
[[quiet.except]]
from = 2026-12-31
do = ["15:00-24:00"]
[[quiet.rule]]
account = "team"
place = "#incidents"
schedule = "nights"
[[quiet.rule]]
thread = "gitlab:platform/api#112"
mute = true
until = 2026-12-01T09:00:00
[[quiet.trip]]
from = 2026-11-30
to = 2026-12-04
timezone = "America/New_York"
[quiet.tiers.red]
due = "4h open"
breaks_through = ["vip"]
repeat = "3 in 5m"
at_most = "1 per quiet"
[quiet.tiers.yellow]
due = "48h"
[quiet.tiers.green]
digest = "monthly last-workday 09:00"
[quiet.people]
vip = ["Maria"]
[quiet.words]
red = ["outage"]
[quiet.channels]
order = ["phone", "terminal"]
terminal = "osc9"
[[quiet.channels.phone]]
kind = "ntfy"
url = "https://push.example.org"
topic = "me"
[quiet.busy]
calendars = ["home/Work"]
slack = "5m"
"""


def checked(text: str) -> tuple[QuietConfig, list[Problem]]:
    def line(path: Path) -> int:
        return len(path)

    return read(tomllib.loads(text)["quiet"], line)


def test_the_whole_section_is_understood() -> None:
    config, problems = checked(WHOLE)
    assert problems == []
    assert (config.timezone, config.schedule, config.badge) == ("Europe/Amsterdam", "work", "count")
    assert config.holidays == ("NL", "DE-BY")
    assert config.holidays_off == (date(2026, 4, 27),)
    work, nights = config.schedules
    assert work.week[0] == (Window(540, 750), Window(780, 1050))
    assert not work.mode_quiet
    assert work.week[5] == ()
    assert nights.week[4] == (Window(1320, 1860), Window(1080, 3 * 1440 + 480))
    assert nights.timezone == "America/New_York"
    kinds = [DateRule, WallSpan, Spell, DateRule, DateRule]
    assert [type(entry) for entry in config.excepts] == kinds
    like, replace = config.excepts[3:]
    assert isinstance(like, DateRule)
    assert isinstance(replace, DateRule)
    assert (like.do, like.day, like.last) == (Do.LIKE, 5, date(2026, 12, 7))
    assert replace.windows == (Window(900, 1440),)
    assert config.overrides[1].until == datetime(2026, 12, 1, 9)
    assert config.trips[0].timezone == "America/New_York"
    assert config.red.breaks_through == {Break.VIP}
    assert (config.red.repeat_count, config.red.repeat_within_ms, config.red.at_most) == (3, 300_000, 1)
    assert config.due_of(Tier.RED) == DueRule(DueKind.OPEN, 240)
    assert config.due_of(None) == DueRule(DueKind.CLOCK, 2880)
    assert config.due_of(Tier.GREEN) is None
    assert config.green.every is Every.LAST_WORKDAY
    assert config.channels == Channels(
        ("phone", "terminal"), "osc9", phone=(Phone("ntfy", "https://push.example.org", "me"),)
    )
    assert (config.busy.calendars, config.busy.slack_min) == (("home/Work",), 5)


def test_nothing_configured_is_never_quiet() -> None:
    config, problems = read({}, len)
    assert problems == []
    assert config.schedule is None
    assert config == QuietConfig()


WORK = '[quiet.schedules.work]\nopen = ["mon-fri 09:00-17:00"]\n'


@pytest.mark.parametrize(
    ("text", "shown", "sentence"),
    [
        (
            '[quiet.schedules.a]\nopen = ["mon-fri 9-17"]',
            'open = ["mon-fri 9-17"]',
            "9-17 has no minutes. Write 09:00-17:00.",
        ),
        (
            '[quiet.schedules.a]\nopen = ["fri 18:00-18:00"]',
            '"fri 18:00-18:00"',
            "starts when it ends. For a whole day write 00:00-24:00; for none, delete it.",
        ),
        (
            '[quiet]\ntimezone = "Europe/Amsterdm"',
            'timezone = "Europe/Amsterdm"',
            "no such zone. Did you mean Europe/Amsterdam?",
        ),
        (
            '[quiet]\ntimezone = "+02:00"',
            'timezone = "+02:00"',
            "an offset knows no summer time. Write a place, such as Europe/Amsterdam.",
        ),
        (
            '[quiet]\nschedule = "on-call"\n[quiet.schedules]\nwork.quiet = []\nnights.quiet = []\noncall.quiet = []',
            'schedule = "on-call"',
            "no such schedule; there are work, nights, oncall.",
        ),
        (
            '[[quiet.except]]\nfrom = 2026-12-24\nto = 2026-12-03\ndo = "quiet"',
            "to = 2026-12-03",
            "is before from = 2026-12-24.",
        ),
        (
            '[quiet.schedules.work]\nopen = ["daily 08:00-09:00"]\nquiet = []',
            "[quiet.schedules.work]",
            "has both open and quiet. Use one.",
        ),
        (
            WORK + "[quiet.schedules.other]\nquiet = []",
            "[quiet]",
            "does not say which of work, other counts. Write schedule = ….",
        ),
        (WORK + "[[quiet.rule]]\nmute = true", "[[quiet.rule]]", "matches nothing. Name a thread, place, account or kind."),
        (
            '[[quiet.rule]]\nplace = "#a"',
            "[[quiet.rule]]",
            "does nothing. Write schedule = … or mute = true.",
        ),
        (
            '[[quiet.except]]\nfrom = 2026-12-24\ndo = "closed"',
            'do = "closed"',
            'is nothing to do. Write "quiet", "open", "like mon" or ["15:00-24:00"].',
        ),
        (
            '[[quiet.except]]\nfrom = 2026-12-24T10:00:00\nto = 2026-12-24T12:00:00Z\ndo = "open"',
            "to = 2026-12-24T12:00:00+00:00",
            "is not of the same kind as from = 2026-12-24T10:00:00.",
        ),
        (
            "[[quiet.trip]]\nfrom = 2026-12-24\n",
            "[[quiet.trip]]",
            "has no timezone. Write a place, such as America/New_York.",
        ),
        ('[quiet]\nbadge = "loud"', 'badge = "loud"', "is not known. Write one of count, dot, none."),
        ("[quiet]\nbadge = 3", "badge = 3", "is no text. Put it in quotes."),
        (
            '[quiet.tiers.yellow]\ndue = "soon"',
            'due = "soon"',
            "soon says no due time. Write today, 2 workdays, 48h open or 48h.",
        ),
        (
            '[quiet.tiers.red]\nrepeat = "twice"',
            'repeat = "twice"',
            "twice says no repeat. Write such as 2 in 10m.",
        ),
        (
            '[quiet]\nholidays = ["Holland"]',
            'holidays = ["Holland"]',
            'Holland is no region. Write such as "NL" or "DE-BY".',
        ),
        (
            '[[quiet.channels.phone]]\nurl = "http://push.example.org"',
            'url = "http://push.example.org"',
            "is no safe address. Write one that begins with https://.",
        ),
        (
            '[[quiet.channels.phone]]\nkind = "ntfy"',
            "[[quiet.channels.phone]]",
            "has no url. Write such as https://ntfy.example.org.",
        ),
        ("[quiet]\nschedule = 3", "schedule = 3", "is no text. Put it in quotes."),
    ],
)  # fmt: skip
def test_every_mistake_says_what_to_write(text: str, shown: str, sentence: str) -> None:
    _config, problems = checked(text)
    found = [(problem[1], problem[2]) for problem in problems if not problem[3]]
    assert found == [(shown, sentence)]


def test_an_unknown_key_and_a_long_closure_only_warn() -> None:
    text = WORK + '[[quiet.except]]\nfrom = 2026-12-24\nto = 2027-01-08\ndo = "quiet"\n[quiet.word]\nred = []\n'
    _config, problems = checked(text)
    assert [problem[3] for problem in problems] == [True, True]
    said = {problem[2] for problem in problems}
    assert said == {
        "no such setting. Did you mean words?",
        'schedule "work" never opens between 2026-12-24 and 2027-01-11; yellow due dates move past it.',
    }


def test_the_line_asked_for_is_the_path_of_the_value() -> None:
    asked: list[Path] = []

    def line(path: Path) -> int:
        asked.append(path)
        return 7

    table = {"schedules": {"a": {"open": ["mon 09:00-10:00", "xyz"]}}, "except": [{"from": 1}]}
    _config, problems = read(table, line)
    assert asked == [("quiet", "schedules", "a", "open", 1), ("quiet", "except", 0, "from")]
    assert [problem[0] for problem in problems] == [7, 7]


leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.dates(), st.datetimes())
keys = st.sampled_from(
    ["timezone", "schedule", "schedules", "open", "quiet", "except", "from", "to", "do", "rule", "trip", "tiers", "red",
     "due", "holidays", "people", "vip", "channels", "phone", "busy", "order", "until", "x"]
)  # fmt: skip
tables = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(keys, tables, max_size=6))
def test_no_table_whatever_is_in_it_raises(table: dict[str, Any]) -> None:
    config, problems = read(table, len)
    assert isinstance(config, QuietConfig)
    assert all(sentence and isinstance(text, str) for _line, text, sentence, _warning in problems)


@pytest.mark.parametrize(
    ("text", "days"),
    [("fri-mon 09:00-10:00", {4, 5, 6, 0}), ("mon, wed 09:00-10:00", {0, 2}), ("Daily 09:00-10:00", set(range(7)))],
)
def test_days_are_ranges_and_lists(text: str, days: set[int]) -> None:
    assert {day for day, _window in quiet_text.windows(text)} == days


@pytest.mark.parametrize("text", ["", "2 x", "h", "-1h", "2h ago", "0m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadRule):
        quiet_text.minutes(text)


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("2h", 120), ("1h 30m", 90), ("90 min", 90), ("3d", 4320)])
def test_a_duration_is_read_in_minutes(text: str, minutes: int) -> None:
    assert quiet_text.minutes(text) == minutes


@pytest.mark.parametrize("day", ["0001-01-01", "1969-07-20", "9999-12-31"])
def test_dates_at_the_ends_of_the_calendar_are_taken(day: str) -> None:
    _config, problems = checked(WORK + f'[[quiet.except]]\nfrom = {day}\ndo = "quiet"\n')
    assert problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "\n" * 10 + '[quiet.schedules.work]\n\nquiet_ = 1\nopen = ["mon-fri 9-17"]\n',
            'config.toml:14 open = ["mon-fri 9-17"] 9-17 has no minutes. Write 09:00-17:00.',
        ),
        (
            "\n" * 12 + '[quiet.schedules.work]\nopen = [\n  "fri 18:00-18:00",\n]\n',
            'config.toml:15 "fri 18:00-18:00" starts when it ends. For a whole day write 00:00-24:00; for none, delete it.',
        ),
        (
            '[quiet]\n\ntimezone = "Europe/Amsterdm"\n',
            'config.toml:3 timezone = "Europe/Amsterdm" no such zone. Did you mean Europe/Amsterdam?',
        ),
        (
            '[quiet]\n\ntimezone = "+02:00"\n',
            'config.toml:3 timezone = "+02:00" an offset knows no summer time. Write a place, such as Europe/Amsterdam.',
        ),
        (
            '[quiet]\nschedule = "work"\n[quiet.schedules]\nwork.quiet = []\nnights.quiet = []\noncall.quiet = []\n'
            + "\n" * 23
            + '[[quiet.rule]]\nschedule = "on-call"\nplace = "#a"\n',
            'config.toml:31 schedule = "on-call" no such schedule; there are work, nights, oncall.',
        ),
        (
            "\n" * 19 + '[[quiet.except]]\nfrom = 2026-12-24\nto = 2026-12-03\ndo = "quiet"\n',
            "config.toml:22 to = 2026-12-03 is before from = 2026-12-24.",
        ),
        (
            "\n" * 9 + '[quiet.schedules.work]\nopen = ["daily 08:00-09:00"]\nquiet = []\n',
            "config.toml:10 [quiet.schedules.work] has both open and quiet. Use one.",
        ),
    ],
)
def test_a_mistake_is_told_with_the_line_it_stands_in(tmp_path: pathlib.Path, text: str, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    _config, problems = load(file, {})
    told = [re.sub(r"^.*config\.toml", "config.toml", str(problem)) for problem in problems]
    assert said in [" ".join(line.split()) for line in told]
