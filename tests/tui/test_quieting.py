"""quiet at the command line: what each verb prints, in words and as JSON, and what it leaves behind."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Problem, Usage
from leeward.ports import Notice, Rung
from leeward.store.db import open_db, write
from leeward.work import notify
from leeward.work.notify import Incoming
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_rules import read_instant as at
from tests.tui.quiet_home import SETTINGS, QuietHome
from tui.commands import _parser

NIGHT = at("2026-11-20T20:40:00Z")  # Friday 21:40
NOON = at("2026-11-20T11:00:00Z")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[QuietHome]:
    yield QuietHome(tmp_path, NIGHT)
    logging.getLogger("leeward").handlers.clear()


class Line:
    """The command line over a home."""

    def __init__(self, desk: QuietHome, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self._capsys = desk, capsys
        self.code, self.err = 0, ""

    def __call__(self, *words: str, json: bool = False) -> str:
        args = _parser(words[0]).parse_args([*words, "--json"] if json else list(words))
        home = self.desk.fresh()
        home.args, home.json = args, json
        self.code = args.run(home, args)
        out, self.err = self._capsys.readouterr()
        return out

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, json=True))


@pytest.fixture
def leeward(desk: QuietHome, capsys: pytest.CaptureFixture[str]) -> Line:
    return Line(desk, capsys)


def come(desk: QuietHome, item: str, **more: Any) -> str:
    """Something rings, or waits."""
    db = open_db(desk.folders.data)
    try:
        config, now = desk.fresh().config.quiet, desk.clock.now()
        incoming = Incoming(item, "work", now, "Jo", "#ops", **more)
        return str(write(db, notify.judge, incoming, config, surroundings(db, now, config), now))
    finally:
        db.close()


def test_status_says_what_is_in_force_until_when_and_why(leeward: Line) -> None:
    come(leeward.desk, "m1")
    assert leeward("quiet", "status") == 'quiet until Mon 09:00 · 1 waiting\nSchedule "work" is quiet now.\n'
    assert leeward.json("quiet", "status") == {
        "quiet": True, "until": "2026-11-23T08:00:00Z", "schedule": "work", "timezone": "Europe/Amsterdam",
        "waiting": 1, "why": 'Schedule "work" is quiet now.',
    }  # fmt: skip


def test_one_offs_begin_and_end_and_what_waits_is_judged_again(leeward: Line) -> None:
    leeward.desk.clock._now = NOON
    minute = 60
    assert leeward("quiet", "on", "2h").splitlines()[0] == "quiet until 14:00"
    notice = come(leeward.desk, "m1")
    assert leeward("quiet", "off").splitlines()[0] == "rings until 12:30 · 1 waiting"
    assert leeward("quiet", "on") == "quiet until you say so · 1 waiting\nYou asked for quiet at 12:00.\n"
    assert leeward("quiet", "open", "20m").splitlines()[0] == "rings until 12:20 · 1 waiting"
    leeward.desk.clock.advance(minute)
    assert leeward("quiet", "on", "until", "15:00").startswith("quiet until 15:00")
    assert "Until" not in leeward("why", notice)
    with pytest.raises(Usage, match="is no length of time"):
        leeward("quiet", "on", "a", "while")


def test_preview_draws_a_week_and_tells_it_as_json(leeward: Line) -> None:
    drawn = leeward("quiet", "preview")
    assert drawn.count("█") > 50
    assert "Fri 20" in drawn
    told = leeward.json("quiet", "preview", "--days", "3")
    assert [day["date"] for day in told["days"]] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert told["days"][0]["open"][0] == ["2026-11-20T08:00:00Z", "2026-11-20T11:30:00Z"]


def test_eval_answers_the_sample_s_cases(leeward: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    window = {"days": ["mon"], "start": "09:00", "end": "17:00"}
    rule = {"tz": "Europe/Amsterdam", "mode": "open", "windows": [window]}
    cases = [{"id": "a", "kind": "is_quiet", "rule": rule, "t": "2026-11-23T08:30:00Z"}, {"id": "b", "kind": "what"}]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(json.dumps, cases))))
    answers = [json.loads(line) for line in leeward("quiet", "eval", "--jsonl").splitlines()]
    assert answers[0] == {"id": "a", "answer": False}
    assert answers[1]["answer"] is None


def test_test_rings_by_the_way_that_is_named(leeward: Line) -> None:
    leeward("quiet", "test", "desktop")
    assert leeward.err == "desktop: the desktop took it; did you see it? popups\n"
    assert [shown.body for shown in leeward.desk.outside.popups.shown.values()] == ["This is how it rings."]
    leeward.desk.outside.popups.answers = Rung.FAILED
    leeward("quiet", "test", "desktop")
    assert leeward.code == 1
    leeward("quiet", "test")
    assert (leeward.code, leeward.err) == (1, "terminal: not available. No terminal here.\n")
    with pytest.raises(Usage, match="There are: terminal, desktop"):
        leeward("quiet", "test", "pigeon")


@pytest.mark.parametrize(
    ("wish", "answered", "rang", "said"),
    [
        ("auto", b"\x1b]99;i=leeward-query:p=?;p=title,body:u=0,1,2\x1b\\\x1b[?62c", b"\x1b]99;", "OSC 99"),
        ("auto", b"\x1b[?62c", b"\x07", "does not know OSC 99"),
        ("osc777", b"\x1b[?62c", b"\x1b]777;notify;leeward;", "OSC 777"),
        ("bell", b"\x1b]99;i=leeward-query:p=?;p=title\x1b\\\x1b[?62c", b"\x07", "the bell alone"),
    ],
)
def test_the_terminal_is_asked_and_the_wish_of_the_settings_wins(
    monkeypatch: pytest.MonkeyPatch, wish: str, answered: bytes, rang: bytes, said: str
) -> None:
    from tui import ring
    from tui.commands.quieting import terminal_ways

    written: list[bytes] = []
    for name in ("TERM_PROGRAM", "LC_TERMINAL", "TMUX", "STY", *ring._HINTS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(ring, "query", lambda _fd: ring.read_answer(answered))
    monkeypatch.setattr(os, "write", lambda _fd, data: written.append(data))
    (way,) = terminal_ways(wish)
    assert way.channel is not None
    assert said in way.say
    assert way.channel.ring(Notice("leeward", "hello", None), key="k") is Rung.SENT
    assert written[0].startswith(rang)
    assert [found.channel for found in terminal_ways("off")] == [None]


def test_a_mistake_in_the_settings_is_said_and_the_last_good_ones_count(leeward: Line) -> None:
    leeward("quiet", "status")
    leeward.desk.settings(SETTINGS.replace("09:00-12:30", "9-12"))
    assert leeward("quiet", "status").startswith("quiet until Mon 09:00")
    assert "config.toml:10" in leeward.err
    assert "9-12 has no minutes. Write 09:00-12:00." in leeward.err


def test_holidays_count_at_the_command_line_too(leeward: Line) -> None:
    from datetime import date

    leeward.desk.settings(SETTINGS.replace("[quiet.schedules", 'holidays = ["NL"]\n[quiet.schedules'))
    leeward.desk.outside.days = [(date(2026, 11, 23), "Test day")]
    assert leeward("quiet", "status").startswith("quiet until Tue 09:00")
    leeward("quiet", "status")
    assert leeward.desk.outside.asked_days == [(("NL",), 2026)]


def test_why_tells_the_verdict_the_rule_and_the_popup_in_five_lines_at_most(leeward: Line) -> None:
    from leeward.model import Tier
    from leeward.work.quiet_plan import Subject

    leeward.desk.settings(SETTINGS + '[[quiet.rule]]\nplace = "#ops"\nschedule = "work"\n')
    notice = come(leeward.desk, "m1", tier=Tier.RED, subject=Subject(places=frozenset({"#ops"})))
    (line,) = leeward("why", notice).splitlines()
    assert "Held. It was Fri 21:40 in Europe/Amsterdam: quiet until Mon 09:00." in line
    assert "sender not VIP, no mention, no keyword, not urgent, no repeat." in line
    assert 'Schedule "work" (rule 1: place #ops), tier red.' in line
    assert leeward("quiet", "why", notice[:8]).splitlines() == [line]
    for _turn in range(5):
        leeward("quiet", "open", "30m")
        leeward("quiet", "on", "1h")
        leeward("quiet", "off")
    assert len(leeward("why", notice).splitlines()) <= 5
    told = leeward.json("quiet", "why", notice)
    assert len(told) <= 5
    assert set(told[0]) == {"at", "say"}
    with pytest.raises(Usage, match="There is nothing with the id nowhere"):
        leeward("why", "nowhere")
    with pytest.raises(Usage, match="Name one notice"):
        leeward("quiet", "why")


def test_export_and_import_give_the_same_schedule(leeward: Line, tmp_path: Path) -> None:
    file = tmp_path / "work.ics"
    assert leeward("quiet", "export", "--ics", str(file)) == ""
    assert leeward.err == f"Schedule “work” is in {file}.\n"
    assert leeward("quiet", "export", "--ics").startswith("BEGIN:VCALENDAR\r\n")
    shown = leeward("quiet", "import", str(file), "--name", "copy", "--yes")
    assert shown.splitlines() == [
        "[quiet.schedules.copy]",
        'open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]',
        'timezone = "Europe/Amsterdam"',
        "# open 40 h a week",
    ]
    config = leeward.desk.fresh().config
    assert config.quiet_fits
    assert config.quiet.schedule == "work"
    copy, work = config.quiet.named("copy"), config.quiet.named("work")
    assert copy is not None
    assert work is not None
    assert copy.week == work.week
    assert leeward.json("quiet", "import", str(file), "--yes")["schedule"] == "work"
    text = leeward.desk.folders.config.read_text()
    assert text.startswith("\n[[account]]\n")
    assert text.count("[quiet.schedules.work]") == 1
    assert leeward.desk.fresh().config.quiet.named("work").timezone == "Europe/Amsterdam"  # type: ignore[union-attr]  # it is there


def test_nothing_is_saved_unasked(leeward: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.ics"
    leeward("quiet", "export", "--ics", str(file), "--schedule", "work")
    before = leeward.desk.folders.config.read_text()
    with pytest.raises(Problem, match="Nothing was saved"):
        leeward("quiet", "import", str(file))
    for answer, code in (("n\n", 1), ("y\n", 0)):
        stdin = io.StringIO(answer)
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", stdin)
        leeward("quiet", "import", str(file), "--name", "more")
        assert leeward.code == code
        assert (leeward.desk.folders.config.read_text() == before) == bool(code)


def test_what_cannot_be_exported_or_imported_is_said(leeward: Line, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="There is no schedule nights"):
        leeward("quiet", "export", "--schedule", "nights")
    with pytest.raises(Problem, match="cannot be read"):
        leeward("quiet", "import", str(tmp_path / "none.ics"))
    (tmp_path / "bad.ics").write_text("hello")
    with pytest.raises(Problem, match="This is no calendar file"):
        leeward("quiet", "import", str(tmp_path / "bad.ics"))
    with pytest.raises(Usage, match="Name one calendar file"):
        leeward("quiet", "import")
    with pytest.raises(Problem, match="cannot be written"):
        leeward("quiet", "export", "--ics", str(tmp_path / "nowhere" / "x.ics"))
    leeward.desk.settings("")
    with pytest.raises(Usage, match="No schedule is set"):
        leeward("quiet", "export")


def test_a_tier_that_is_set_at_the_command_line_is_that_of_what_waits(leeward: Line) -> None:
    import asyncio

    desk = leeward.desk
    running = desk.start()

    async def pull() -> None:
        await running.engine.round()
        desk.clock.advance(60)
        desk.say()
        desk.clock.advance(60)
        await running.engine.round()
        await running.close()

    asyncio.run(pull())
    (row,) = leeward.json("inbox")
    assert leeward.json("quiet", "status")["waiting"] == 1
    leeward("tier", "green", row["id"])
    assert leeward.json("quiet", "status")["waiting"] == 0
    leeward("tier", "yellow", row["id"])
    assert leeward.json("quiet", "status")["waiting"] == 1
    leeward("done", row["id"])
    assert leeward.json("quiet", "status")["waiting"] == 0


# ---- rules by words ----


def config_text(leeward: Line) -> str:
    return leeward.desk.folders.config.read_text()


def test_the_week_is_told_and_painted_by_words_and_undone(leeward: Line) -> None:
    before = config_text(leeward)
    told = leeward("quiet", "week").splitlines()
    assert told[0] == "work · Europe/Amsterdam"
    assert told[1] == "Mon   8.0 h  09:00-12:30, 13:00-17:30"
    assert told[6] == "Sat   0.0 h  quiet"
    notice = come(leeward.desk, "m1")
    with pytest.raises(Problem, match="Nothing was saved"):
        leeward("quiet", "week", "sat", "10-12")
    assert config_text(leeward) == before
    shown = leeward("quiet", "week", "fri,sat", "20-23:30", "--yes")
    assert '"fri-sat 20:00-23:30"' in shown
    assert leeward.err.splitlines()[-1] == "saved: work rings at its new times"
    assert leeward.json("quiet", "status")["quiet"] is False
    assert leeward.json("quiet", "week")["days"]["sat"] == [["20:00", "23:30"]]
    leeward("quiet", "week", "sun", "like", "sat", "--yes")
    assert leeward.json("quiet", "week")["days"]["sun"] == [["20:00", "23:30"]]
    leeward("undo")
    assert leeward.err == "Undone: saved: work rings at its new times\n"
    leeward("undo")
    assert config_text(leeward) == before
    assert leeward.json("quiet", "status")["quiet"] is True
    assert "Held" in leeward("why", notice)
    leeward("redo")
    assert "fri-sat 20:00-23:30" in config_text(leeward)
    with pytest.raises(Usage, match="no time span"):
        leeward("quiet", "week", "mon", "soon")
    with pytest.raises(Usage, match="no day"):
        leeward("quiet", "week", "someday", "9-12")
    with pytest.raises(Problem, match="no schedule nights"):
        leeward("quiet", "week", "--schedule", "nights")


def test_another_schedule_is_named(leeward: Line) -> None:
    nights = '[quiet.schedules.nights]\nquiet = ["daily 22:00-07:00"]\ntimezone = "Europe/Lisbon"\n'
    leeward.desk.settings(SETTINGS.replace("[quiet]", '[quiet]\nschedule = "work"') + nights)
    assert leeward("quiet", "week", "--schedule", "nights").startswith("nights · Europe/Lisbon")
    assert leeward.err == "Also: work (--schedule NAME).\n"
    leeward("quiet", "week", "mon", "7-23", "--schedule", "nights", "--yes")
    told = leeward.json("quiet", "week", "--schedule", "nights")
    assert told["days"]["mon"] == [["07:00", "23:00"]]
    assert told["schedules"] == ["work", "nights"]
    leeward("quiet", "use", "nights")
    assert leeward.json("quiet", "status")["schedule"] == "nights"
    leeward("undo")
    assert leeward.json("quiet", "status")["schedule"] == "work"
    with pytest.raises(Usage, match="no schedule x"):
        leeward("quiet", "use", "x")
    assert '"mon-fri 09:00-12:30"' in config_text(leeward)


def test_a_trip_and_dates_are_planned_by_words_and_undone(leeward: Line) -> None:
    before = config_text(leeward)
    leeward("quiet", "trip", "new york", "2026-11-20", "2026-11-24")
    status = leeward.json("quiet", "status")
    assert (status["timezone"], status["quiet"]) == ("America/New_York", False)
    told = {
        "from": "2026-11-20",
        "to": "2026-11-24",
        "timezone": "America/New_York",
        "schedule": None,
        "why": "new york",
    }
    assert leeward.json("quiet", "trip") == [told]
    leeward("undo")
    assert config_text(leeward) == before
    assert leeward("quiet", "trip") == ""
    leeward("quiet", "date", "15-24", "2026-11-21", "--why", "fair")
    (entry,) = leeward.desk.fresh().config.quiet.excepts
    assert "do = [" in config_text(leeward)
    assert entry.why == "fair"
    leeward("quiet", "date", "like mon", "2026-11-28", "2026-11-29")
    leeward("quiet", "date", "open", "2026-11-22")
    assert leeward.json("quiet", "preview", "--days", "3")["days"][2]["hours"] == 24.0
    for words, says in (
        (("trip", "Atlantis", "mon"), "no place"),
        (("trip", "Lisbon", "2026-12-04", "2026-12-01"), "before the first"),
        (("date", "quiet", "some day"), "no date"),
        (("date", "like someday", "2026-12-01"), "no day"),
        (("trip", "Lisbon", "mon", "--schedule", "x"), "no schedule x"),
    ):
        with pytest.raises(Usage, match=says):
            leeward("quiet", *words)


def test_the_zone_is_kept_by_a_word(leeward: Line) -> None:
    leeward("quiet", "zone", "lisbon")
    assert leeward.json("quiet", "status")["timezone"] == "Europe/Lisbon"
    leeward("quiet", "zone", "system")
    assert 'timezone = "system"' in config_text(leeward)
    with pytest.raises(Usage, match="an offset knows no summer time"):
        leeward("quiet", "zone", "+02:00")


def test_holidays_are_listed_by_name_and_switched_off_one_by_one(leeward: Line) -> None:
    assert leeward("quiet", "holidays") == ""
    assert "No region is set" in leeward.err
    leeward.desk.outside.days = [(date(2026, 12, 25), "First day"), (date(2027, 1, 1), "New year")]
    assert leeward("quiet", "holidays", "nl").splitlines()[-2:] == [
        "2026-12-25  quiet  First day",
        "2027-01-01  quiet  New year",
    ]
    leeward("quiet", "holidays", "off", "2026-12-25")
    listed = leeward.json("quiet", "holidays")
    assert [row["quiet"] for row in listed] == [False, True]
    leeward("quiet", "holidays", "on", "2026-12-25")
    assert [row["quiet"] for row in leeward.json("quiet", "holidays")] == [True, True]
    leeward("undo")
    assert [row["quiet"] for row in leeward.json("quiet", "holidays")] == [False, True]


def test_one_offs_are_undone(leeward: Line) -> None:
    leeward.desk.clock._now = NOON
    notice = come(leeward.desk, "m0")
    leeward("quiet", "on", "2h")
    leeward("quiet", "open", "20m")
    assert leeward.json("quiet", "status")["quiet"] is False
    leeward("undo")
    assert leeward.err == "Undone: rings until 12:20\n"
    assert leeward.json("quiet", "status")["until"] == "2026-11-20T13:00:00Z"
    leeward("quiet", "off")
    assert leeward.json("quiet", "status")["quiet"] is False
    leeward("undo")
    leeward("undo")
    assert leeward.err == "Undone: quiet until 14:00\n"
    assert leeward.json("quiet", "status")["why"] == 'Schedule "work" is open now.'
    assert notice


def test_the_log_is_told_by_words(leeward: Line) -> None:
    come(leeward.desk, "m1", thread="t")
    (row,) = leeward.json("quiet", "log")
    assert (row["state"], row["who"], row["until"]) == ("held", "Jo", "2026-11-23T08:00:00Z")
    assert "waits         #ops             Jo  until Mon 09:00" in leeward("quiet", "log", "jo")
    assert leeward("quiet", "log", "unseen") == ""


def test_somebody_s_hours_are_guessed(leeward: Line) -> None:
    leeward("quiet", "hours", "Maria", "mon-fri 09:00-17:00 in Europe/Lisbon")
    ((name, hours),) = leeward.desk.fresh().config.quiet.hours
    assert (name, hours.zone, len(hours.week[0]), hours.week[6]) == ("Maria", "Europe/Lisbon", 1, ())
    with pytest.raises(Usage, match="no such zone"):
        leeward("quiet", "hours", "Maria", "mon 09:00-10:00 in Nowhere")
    leeward("quiet", "hours", "Maria", "none")
    assert leeward.desk.fresh().config.quiet.hours == ()


def test_a_thread_its_place_and_its_account_are_muted_by_words(leeward: Line) -> None:
    leeward.desk.say("Pump fails")
    leeward("sync")
    thread = leeward.json("inbox")[0]["id"]
    before = config_text(leeward)
    leeward("quiet", "mute", thread)
    assert leeward.err.splitlines()[0] == "muted: Pump fails"
    leeward("quiet", "mute", thread, "place", "--until", "mon 9:00")
    leeward("quiet", "mute", thread, "account")
    named = [(bool(one.thread), one.place, one.account) for one in leeward.desk.fresh().config.quiet.overrides]
    assert named == [(True, None, None), (False, "harbour/api", "work"), (False, None, "work")]
    assert "until = 2026-11-23 09:00:00" in config_text(leeward)
    leeward("quiet", "unmute", thread, "place")
    assert [one.place for one in leeward.desk.fresh().config.quiet.overrides] == [None, None]
    with pytest.raises(Usage, match="not muted"):
        leeward("quiet", "unmute", thread, "place")
    for _each in range(4):
        leeward("undo")
    assert config_text(leeward) == before
    with pytest.raises(Usage, match="Name a thread"):
        leeward("quiet", "mute", thread, "everything")


AVAILABLE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VAVAILABILITY
UID:a
DTSTAMP:20260101T000000Z
BEGIN:AVAILABLE
UID:b
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Lisbon:20260105T090000
DTEND;TZID=Europe/Lisbon:20260105T163000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,TH
END:AVAILABLE
END:VAVAILABILITY
END:VCALENDAR
"""


def test_somebody_s_availability_is_taken_from_a_calendar_file(leeward: Line, tmp_path: Path) -> None:
    file = tmp_path / "maria.ics"
    file.write_text(AVAILABLE.replace("\n", "\r\n"))
    leeward("quiet", "hours", "Maria", str(file))
    assert '"mon-tue,thu 09:00-16:30 in Europe/Lisbon"' in config_text(leeward)
    ((_name, hours),) = leeward.desk.fresh().config.quiet.hours
    assert [len(day) for day in hours.week] == [1, 1, 0, 1, 0, 0, 0]
    with pytest.raises(Problem, match="cannot be read"):
        leeward("quiet", "hours", "Maria", str(tmp_path / "none.ics"))


def test_a_trip_is_named_on_its_days(leeward: Line) -> None:
    leeward("quiet", "trip", "Europe/Lisbon", "2026-11-21", "2026-11-22", "--why", "fair")
    leeward("quiet", "date", "quiet", "2026-11-22", "--why", "rest")
    named = {day["date"]: day["named"] for day in leeward.json("quiet", "preview", "--days", "3")["days"]}
    assert named == {"2026-11-20": "", "2026-11-21": "fair", "2026-11-22": "rest, fair"}
