"""What people type: flags between words, a channel's sign, several nights at once, words that are missing or wrong."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import pytest

from connectors import manifest
from leeward.work.quiet_edit import Draft
from tests.tui.commands.desk import Desk
from tui.commands.guiding import chooses_page
from tui.commands.parsing import Parser
from tui.editor import edited


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data")


@pytest.fixture
def team(desk: Desk) -> Desk:
    desk.connect()
    desk.connect("matrix")
    assert desk.run("sync").code == 0
    return desk


@pytest.mark.parametrize(
    "typed", ["a b --since x --file f", "--since x a b --file f", "a --since x b --file f", "--file f -- a b --since=x"]
)
def test_flags_stand_anywhere_among_many_words(typed: str) -> None:
    parser = Parser(prog="leeward")
    parser.add_argument("first")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--since")
    parser.add_argument("--file", nargs="?", const="-")
    said = parser.parse_args(typed.split())
    if "--" in typed.split():
        assert said == argparse.Namespace(first="a", words=["b", "--since=x"], since=None, file="f")
    else:
        assert said == argparse.Namespace(first="a", words=["b"], since="x", file="f")


@pytest.mark.parametrize("typed", [["export", "--ics"], ["export", "--ics", "--json"]])
def test_a_flag_that_may_stand_alone_takes_no_word_before_it(typed: list[str]) -> None:
    parser = Parser(prog="leeward")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--ics", nargs="?", const="-")
    parser.add_argument("--json", action="store_true")
    assert parser.parse_args(typed).ics == "-"
    assert parser.parse_args(["--", *typed]).words == typed
    with pytest.raises(SystemExit):
        parser.parse_args([*typed, "--zork"])
    assert parser.parse_args([*typed, "-", "-3", "- - -"]).words in (
        ["export", "-3", "- - -"],
        ["export", "-", "-3", "- - -"],
    )


def test_flags_between_the_words_of_real_commands(desk: Desk) -> None:
    one, other = (desk.ask("task", "new", title)["id"] for title in ("One", "Other"))
    assert desk.run("done", one, "--json", other).code == 0
    assert [row["status"] for row in desk.ask("tasks")] == ["done", "done"]
    assert desk.run("task", "set", one, "tier=red", "--plain", "due=2026-11-24").code == 0
    assert desk.run("quiet", "week", "--yes", "mon-fri", "9-17").code == 0
    assert desk.run("quiet", "week", "--schedule", "work", "--yes", "sat", "10-12").code == 0
    days = desk.ask("quiet", "week")["days"]
    assert (days["mon"], days["sat"]) == ([["09:00", "17:00"]], [["10:00", "12:00"]])


@pytest.mark.parametrize(("said", "nights"), [("daily", range(7)), ("mon-fri", range(5)), ("sun, mon", (6, 0))])
def test_nights_of_several_days_are_whole(desk: Desk, said: str, nights: tuple[int, ...]) -> None:
    draft = Draft.of(["daily 09:00-17:00"]).typed_on(nights, "22-7")
    for day in nights:
        assert draft.open_in(*(day * 1440 + minute for minute in (22 * 60, 24 * 60))) == 120
        assert next(end for begin, end in draft.on_day((day + 1) % 7) if begin == 0) == 7 * 60
    assert desk.run("quiet", "week", said, "22-7", "--yes").code == 0
    days = desk.ask("quiet", "week")["days"]
    for day in nights:
        assert list(days.values())[day][-1] == ["22:00", "24:00"]
        assert list(days.values())[(day + 1) % 7][0] == ["00:00", "07:00"]


def test_regions_that_nothing_is_known_of_take_no_place(desk: Desk) -> None:
    assert desk.run("quiet", "holidays", "NL").code == 0
    kept = (desk.folder / "config.toml").read_text()
    ran = desk.run("quiet", "holidays", "DE-BY", "XX")
    assert ran.code == 2
    assert "holidays of XX" in ran.err
    assert (desk.folder / "config.toml").read_text() == kept
    assert desk.run("quiet", "holidays", "none").code == 0
    assert desk.run("quiet", "holidays", "de-by").code == 0


@pytest.mark.parametrize(
    "args", [("quiet", "zone", "zork"), ("quiet", "hours", "Maria", "zork"), ("later", "zork", "x")]
)
def test_what_was_not_understood_is_named(desk: Desk, args: tuple[str, ...]) -> None:
    ran = desk.run(*args)
    assert ran.code == 2
    assert ran.err.startswith("leeward: zork"), ran


@pytest.mark.parametrize("args", [("done", ""), ("later", "", "x"), ("why", " "), ("later", " ", "x")])
def test_what_is_empty_is_said_to_be(desk: Desk, args: tuple[str, ...]) -> None:
    ran = desk.run(*args)
    assert ran.code == 2
    assert ran.err.startswith(("leeward: An id is missing.", "leeward: “” is no time.")), ran


@pytest.mark.parametrize("args", [("thread", "split"), ("thread", "join")])
def test_a_verb_without_its_ids_tells_how_it_is_written(desk: Desk, args: tuple[str, ...]) -> None:
    assert "thread split MESSAGE" in desk.run(*args).err


def test_a_time_that_was_understood_is_said_back(desk: Desk) -> None:
    task = desk.ask("task", "new", "Call")["id"]
    assert desk.run("later", "2026-12-24T15:00", task).err == "later: Call, until Thu 24 Dec 15:00\n"
    assert desk.run("later", "2h", task).err.endswith(":26\n")
    assert "due Tue 16:00" in desk.run("task", "set", task, "due=tue 16:00").out
    assert desk.ask("later", "2026-12-25", task) == {"done": "later: Call"}


def test_a_note_is_not_emptied_by_a_command_that_was_given_nothing(desk: Desk) -> None:
    note = desk.ask("note", "add", "Plan", stdin="Words")["id"]
    ran = desk.run("note", "edit", note, stdin="\n")
    assert ran.code == 2
    assert "stays as it is" in ran.err
    assert desk.ask("notes")[0]["text"] == "Words"


def test_a_channel_is_found_with_and_without_its_sign(team: Desk) -> None:
    goals = [row for row in team.ask("inbox", "--all") if row["account"] == "matrix"]
    title = goals[0]["place"].lstrip("#")
    for words in (title, f"#{title}", f"matrix/{title}", f"matrix/#{title}"):
        assert team.ask("post", words, stdin="Hello")["account"] == "matrix"
    ran = team.run("post", "nowhere", stdin="Hello")
    assert ran.code == 2
    assert f"matrix/{goals[0]['place']}" in ran.err


def test_a_name_that_stands_here_too_does_not_hide_the_room(team: Desk, tmp_path: Path) -> None:
    place = next(row["place"] for row in team.ask("inbox", "--all") if row["account"] == "matrix")
    log = tmp_path / f"{place}.log"
    log.write_text("--- Log opened Thu Nov 19 09:00:00 2026\n09:00 < ana> hello\n")
    assert team.run("import", "irc", str(log)).code == 0
    assert place in [row["place"] for row in team.ask("inbox", "--all") if row["account"] == "local"]
    assert team.ask("post", place, stdin="Hello")["account"] == "matrix"


def test_who_is_named_to_the_letter_is_meant(desk: Desk, tmp_path: Path) -> None:
    log, box = tmp_path / "ops.log", tmp_path / "box.mbox"
    log.write_text("--- Log opened Thu Nov 19 09:00:00 2026\n09:00 < ana> hello\n")
    box.write_text(
        "From x Thu Nov 19 09:00:00 2026\nFrom: Ana <a@example.org>\nMessage-ID: <1@x>\nSubject: Hi\n\nHello\n"
    )
    assert desk.run("import", "irc", str(log)).code == 0
    assert desk.run("import", "mbox", str(box)).code == 0
    task = desk.ask("task", "new", "Call")["id"]
    for name in ("ana", "Ana"):
        assert desk.ask("assign", task, name)["assignees"] == [name]


def test_linking_says_to_what(team: Desk) -> None:
    row = next(one for one in team.ask("inbox", "--all") if one["account"] == "gitlab")
    line = team.ask("thread", row["id"])["messages"][-1]["id"]
    task = team.ask("task", "new", "Call")["id"]
    assert team.run("attach", line, task).err == "linked to Call\n"


def test_hits_are_told_by_the_time_they_stand_by(team: Desk) -> None:
    row = next(one for one in team.ask("inbox", "--all") if one["account"] == "gitlab")
    team.clock.advance(3600)
    team.ask("reply", row["id"], stdin="Looking into it")
    team.clock.advance(60)
    team.ask("sync")
    hits = [hit["at"] for hit in team.ask("search", "after:2000-01-01", "--limit", "500")]
    assert hits == sorted(hits, reverse=True)


def test_nothing_is_said_to_have_rung_before_it_did(team: Desk) -> None:
    rows = team.ask("quiet", "log")
    judged = next(row for row in rows if row["state"] == "ring")
    assert team.ask("why", judged["id"])[0]["say"].startswith("About to ring.")
    thread = next(row for row in team.ask("inbox") if row["unread"] > 1)
    said = [(one["at"], one["say"]) for one in team.ask("why", thread["id"])]
    assert len(said) == len(set(said))


def test_a_quotation_mark_without_its_other_half_is_no_bug(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("account", "add", "gitlab", "--url", "https://gitlab.example.org", "--token-command", 'pass "show')
    ran = desk.run(*args)
    assert ran.code == 2
    assert "--token-command" in ran.err
    monkeypatch.setenv("VISUAL", 'vi "')
    assert edited("Words") == "Words"


def test_a_choice_that_is_none_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed, page in (("2\n", False), ("\n", True), ("https://gitlab.example.org\n2\n", False), ("3\n1\n", True)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert chooses_page(manifest("gitlab")) is page
        assert not sys.stdin.read()


def test_what_would_be_sent_is_told_in_the_words_of_the_outbox(team: Desk) -> None:
    row = next(one for one in team.ask("inbox", "--all") if one["account"] == "gitlab")
    team.ask("reply", row["id"], stdin="Looking into it")
    (told,) = team.run("sync", "--dry-run").out.splitlines()
    assert told.startswith("gitlab         reply        ")
    assert "Looking into it" in told


def test_an_account_that_is_not_there_names_those_that_are(team: Desk) -> None:
    for verb in (("account", "check"), ("sync",)):
        ran = team.run(*verb, "zork")
        assert ran.code == 2
        assert "There are: gitlab, matrix." in ran.err
