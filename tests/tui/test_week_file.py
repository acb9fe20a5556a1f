"""Trips, dates and rules in the text of the settings: whatever was written before, the next one can be written too."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Problem
from tests.tui.commands.desk import Desk
from tui import week_file

DAY = date(2026, 12, 24)
ACTS = {
    "rule": lambda text: week_file.with_rule(text, {"thread": "abc", "mute": True}),
    "trip": lambda text: week_file.with_trip(text, DAY, DAY, "Europe/Lisbon", "Lisbon"),
    "except": lambda text: week_file.with_dates(text, DAY, DAY, ["15:00-24:00"]),
    "hours": lambda text: week_file.with_hours(text, "Maria", "mon 09:00-17:00 in Europe/Lisbon"),
    "week": lambda text: week_file.with_week(text, "work", ["mon-fri 09:00-17:00"], quiet=False),
    "zone": lambda text: week_file.with_zone(text, "Europe/Lisbon"),
}
OWN = """# mine
[[quiet.rule]]  # the first
kind = "gitlab"
schedule = "work"

# the words
[quiet.words]
red = ["outage"]
[[account]]
name = "one"
kind = "gitlab"
"""


@settings(max_examples=60)
@given(st.sampled_from(["", OWN, OWN.rstrip("\n")]), st.lists(st.sampled_from(sorted(ACTS)), max_size=8))
def test_after_any_change_the_next_one_can_be_made(text: str, names: list[str]) -> None:
    for name in names:
        before = tomllib.loads(text).get("quiet", {})
        text = ACTS[name](text)
        assert tomlkit.dumps(tomlkit.parse(text)) == text
        if name in {"rule", "trip", "except"}:
            assert len(tomllib.loads(text)["quiet"][name]) == len(before.get(name, [])) + 1


def test_a_rule_goes_after_the_last_one_and_comments_stay_with_what_they_tell_of() -> None:
    new = ACTS["rule"](OWN)
    assert new.index('thread = "abc"') < new.index("# the words")
    assert new.replace('[[quiet.rule]]\nthread = "abc"\nmute = true\n\n', "") == OWN


@pytest.mark.parametrize("text", ["[quiet]\nrule = 3\n", "quiet = 3\n", 'quiet = { rule = [{ kind = "gitlab" }] }\n'])
def test_what_cannot_be_added_to_is_left_alone(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem, match=r"\[\[quiet.rule\]\]"):
        ACTS["rule"](text)
    desk = Desk(tmp_path)
    (tmp_path / "config.toml").write_text(text)
    task = desk.ask("task", "new", "Call")["id"]
    for verb in ("mute", "unmute"):
        assert desk.run("quiet", verb, task).code in {1, 2}
    assert (tmp_path / "config.toml").read_text() == text


def test_muting_trips_and_weeks_by_turns_on_the_command_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one, other = (desk.ask("task", "new", title)["id"] for title in ("One", "Other"))
    for args in (
        ("mute", one),
        ("hours", "Maria", "mon 09:00-17:00"),
        ("mute", other),
        ("week", "mon-fri 9-17", "--yes"),
        ("trip", "Lisbon", "2026-12-24", "2026-12-26"),
        ("unmute", one),
        ("mute", one, "--until", "2026-12-24"),
        ("zone", "Europe/Lisbon"),
        ("unmute", other),
    ):
        ran = desk.run("quiet", *args)
        assert ran.code == 0, (args, ran)
    assert [rule["thread"] for rule in tomllib.loads((tmp_path / "config.toml").read_text())["quiet"]["rule"]] == [one]
