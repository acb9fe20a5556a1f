from __future__ import annotations

import stat
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Problem, Usage
from tui.settings import (
    add_account,
    remove_account,
    set_account_value,
    with_account,
    with_schedule,
    with_value,
    without_account,
)

TEXT = """# my settings
[[account]]
name = "one"      # the first
kind = "gitlab"
[account.options]
depth = 3

# the second
[[account]]
name = "two"
kind = "matrix"
places = [
  "a",  # rooms
  "b",
]

# quiet from here
# for the nights
[quiet]
timezone = "system"   # where I am
[quiet.schedules.work]
open = [
  "mon-fri 09:00-12:30",  # before lunch
  "mon-fri 13:00-17:30",
]
"""
NEW = {
    "name": "three",
    "kind": "caldav",
    "url": "https://dav.example.org",
    "user": None,
    "places": ["x"],
    "poll": "60s",
}


def test_an_account_goes_after_the_last_one() -> None:
    new = with_account(TEXT, NEW)
    head, tail = TEXT.split("\n# quiet from here")
    assert new == (
        head
        + '\n[[account]]\nname = "three"\nkind = "caldav"\nurl = "https://dav.example.org"\nplaces = [\n    "x",\n]\n'
        + 'poll = "60s"\n\n# quiet from here'
        + tail
    )


def test_an_account_in_a_new_file_and_after_other_settings(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    add_account(file, {"name": "a", "kind": "gitlab", "options": {"x": "y"}})
    assert file.read_text() == '[[account]]\nname = "a"\nkind = "gitlab"\n\n[account.options]\nx = "y"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert with_account("[ui]\nmouse = false", {"name": "a"}) == '[ui]\nmouse = false\n\n[[account]]\nname = "a"\n'
    twice = with_account(with_account("", {"name": "a", "options": {"x": "y"}}), {"name": "b"})
    assert tomllib.loads(twice)["account"] == [{"name": "a", "options": {"x": "y"}}, {"name": "b"}]


def test_a_name_stands_once() -> None:
    with pytest.raises(Problem, match="There is an account “one” already"):
        with_account(TEXT, {"name": "one"})


def test_an_account_goes_and_the_rest_stays() -> None:
    new = without_account(TEXT, "one")
    assert "depth" not in new
    assert "# the second" in new
    assert tomllib.loads(new)["account"] == tomllib.loads(TEXT)["account"][1:]
    assert without_account(TEXT, "two").endswith(TEXT[TEXT.index("# quiet from here") :])
    assert without_account('[[account]]\nname = "a"\n', "a") == ""
    with pytest.raises(Usage, match="no account “three”"):
        without_account(TEXT, "three")


def test_adding_and_removing_gives_the_same_text() -> None:
    assert without_account(with_account(TEXT, NEW), "three") == TEXT


@pytest.mark.parametrize("text", ['account = [{name = "a"}]\n', '[account]\nname = "a"\n'])
def test_accounts_in_another_form_are_not_added_to(text: str) -> None:
    with pytest.raises(Problem):
        with_account(text, {"name": "b"})
    with pytest.raises(Problem):
        without_account('account = [\n  {name = "a"}, {name = "b"},\n]\n', "b")


def test_a_value_changes_where_it_stands() -> None:
    new = with_value(TEXT, ("quiet", "timezone"), "Europe/Amsterdam")
    assert new == TEXT.replace('"system"', '"Europe/Amsterdam"')
    assert with_value(TEXT, ("account", 1, "kind"), "slack") == TEXT.replace('"matrix"', '"slack"')


def test_comments_between_the_lines_of_a_list_stay() -> None:
    windows = ["mon-fri 08:00-12:30", "mon-fri 13:00-17:30", "sat 10:00-12:00"]
    new = with_value(TEXT, ("quiet", "schedules", "work", "open"), windows)
    assert "# before lunch" in new
    assert tomllib.loads(new)["quiet"]["schedules"]["work"]["open"] == windows
    short = with_value(new, ("quiet", "schedules", "work", "open"), windows[:1])
    assert tomllib.loads(short)["quiet"]["schedules"]["work"]["open"] == windows[:1]


def test_tables_are_made_on_the_way_and_values_taken_out() -> None:
    new = with_value(TEXT, ("quiet", "tiers", "green", "digest"), "daily 16:30")
    assert tomllib.loads(new)["quiet"]["tiers"] == {"green": {"digest": "daily 16:30"}}
    assert new.startswith(TEXT.rstrip())
    assert "timezone" not in with_value(TEXT, ("quiet", "timezone"), None)
    assert with_value(TEXT, ("nothing", "here"), None) == TEXT
    dated = with_value(TEXT, ("quiet", "except"), [{"from": date(2026, 12, 24), "do": "quiet"}])
    assert tomllib.loads(dated)["quiet"]["except"] == [{"from": date(2026, 12, 24), "do": "quiet"}]


def test_what_is_no_toml_is_never_touched(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    for damaged in (b"[[account]\n", b"a = \xff\n"):
        file.write_bytes(damaged)
        with pytest.raises(Problem):
            add_account(file, {"name": "a"})
        with pytest.raises(Problem):
            remove_account(file, "a")
        with pytest.raises(Problem):
            set_account_value(file, "one", "user", "jo")
        assert file.read_bytes() == damaged


def test_a_file_the_editor_would_change_is_not_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tomlkit

    file = tmp_path / "config.toml"
    file.write_text(TEXT)
    honest = tomlkit.dumps
    monkeypatch.setattr(tomlkit, "dumps", lambda document: honest(document).replace("# my", "#my"))
    with pytest.raises(Problem, match="would not come back"):
        set_account_value(file, "one", "user", "jo")
    assert file.read_text() == TEXT


def test_a_file_that_cannot_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Problem, match=r"cannot be written: No space left on device\. Nothing was changed"):
        add_account(file, NEW)
    assert file.read_text() == TEXT
    assert len(list(tmp_path.iterdir())) == 1


VALUES = st.one_of(st.text(max_size=6), st.integers(-9, 9), st.booleans(), st.lists(st.text(max_size=3), max_size=3))
ACCOUNTS = st.dictionaries(st.text(min_size=1, max_size=5), VALUES, max_size=4).map(
    lambda extra: {**extra, "name": "new"}
)


@given(
    ACCOUNTS,
    st.sampled_from([TEXT, "", "# only words\n", "a = 1 # \u2028 x\n[[account]]\nname='x'\n[z]\n", "a = 1\r\n[b]\r\n"]),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_added_is_there_and_nothing_else(account: dict[str, Any], text: str) -> None:
    new = with_account(text, account)
    assert tomllib.loads(new) == {
        **tomllib.loads(text),
        "account": [*tomllib.loads(text).get("account", []), account],
    }
    assert [line for line in text.split("\n") if line.strip() and line not in new.split("\n")] == []
    assert tomllib.loads(without_account(new, "new")) == tomllib.loads(text)


@given(
    st.sampled_from([("ui", "mouse"), ("quiet", "timezone"), ("keys", "a b"), ("quiet", "schedules", "work", "open")]),
    VALUES,
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_set_is_there(key: tuple[str, ...], value: Any) -> None:
    tree: Any = tomllib.loads(with_value(TEXT, key, value))
    for step in key:
        tree = tree[step]
    assert tree == value


SCHEDULED = """# mine
[quiet]
timezone = "system" # stays

[quiet.schedules.work] # the usual
open = ["mon-fri 09:00-17:00"] # hours

[theme]
name = "lee"
"""


def test_a_second_schedule_comes_after_the_first_one_which_still_counts() -> None:
    new = with_schedule(SCHEDULED, "nights", ["daily 22:00-07:00"], quiet=True, timezone="Europe/Amsterdam")
    told = tomllib.loads(new)["quiet"]
    assert told["schedule"] == "work"
    assert told["schedules"]["nights"] == {"quiet": ["daily 22:00-07:00"], "timezone": "Europe/Amsterdam"}
    assert new.startswith("# mine\n[quiet]\n")
    assert {"# stays", "# the usual", "# hours"} <= {"#" + line.partition("#")[2] for line in new.splitlines()}
    assert new.index("# hours") < new.index("[quiet.schedules.nights]") < new.index("[theme]")


def test_a_schedule_of_that_name_changes_where_it_stands() -> None:
    new = with_schedule(SCHEDULED, "work", ["daily 22:00-07:00"], quiet=True, timezone=None)
    told = tomllib.loads(new)["quiet"]
    assert told["schedules"] == {"work": {"quiet": ["daily 22:00-07:00"]}}
    assert "schedule" not in told
    assert new.index("[quiet.schedules.work] # the usual") < new.index("[theme]")
    again = with_schedule(new, "work", ["mon-fri 09:00-17:00"], quiet=False, timezone="Asia/Tokyo")
    work = tomllib.loads(again)["quiet"]["schedules"]["work"]
    assert work == {"open": ["mon-fri 09:00-17:00"], "timezone": "Asia/Tokyo"}


def test_a_first_schedule_and_one_with_an_odd_name_can_be_saved() -> None:
    assert tomllib.loads(with_schedule("", "a b", ["daily 00:00-24:00"], quiet=False, timezone=None)) == {
        "quiet": {"schedules": {"a b": {"open": ["daily 00:00-24:00"]}}}
    }
