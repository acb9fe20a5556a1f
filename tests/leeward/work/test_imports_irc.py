from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Problem
from leeward.model import Message
from leeward.work.imports import read
from leeward.work.imports_irc_lines import read_line
from tests.leeward.work.test_imports import all_of, assert_told_in_order

LOGS = Path(__file__).parents[2] / "data" / "irc"
FIRST = "maren: the crane controller is on the new firmware"


def told(messages: list[Message]) -> list[tuple[str, str | None, str]]:
    return [
        (datetime.fromtimestamp(one.at / 1000, UTC).strftime("%d %H:%M:%S"), one.author, one.text)
        for one in messages
        if not one.notice
    ]


def test_irssi_gives_days_in_lines_of_their_own_and_joins_as_notices() -> None:
    batches, messages = all_of(read("irc", LOGS / "irssi-harbour.log", me="Pilot"))
    assert told(messages) == [
        ("20 23:58:00", "irc:pilot", FIRST),
        ("20 23:59:00", "irc:maren", "pilot: did the brake test pass?"),
        ("21 00:01:00", "irc:pilot", "maren: passed, log is in the vault"),
        ("21 00:02:00", "irc:maren", "* maren waves".replace("maren ", "")),
    ]
    assert sum(message.notice for message in messages) == 2
    assert [person.name for batch in batches for person in batch.people if person.me] == ["pilot"]
    assert messages[2].mentions == ("irc:pilot",)
    assert_told_in_order(batches)


def test_weechat_names_the_channel_in_the_name_of_its_file() -> None:
    batches, messages = all_of(read("irc", LOGS / "irc.example.#harbour.weechatlog"))
    assert batches[0].places[0].title == "#harbour"
    assert batches[0].places[0].flat
    assert told(messages) == [
        ("20 23:58:20", "irc:pilot", FIRST),
        ("20 23:59:01", "irc:maren", "pilot: did the brake test pass?"),
        ("21 00:01:30", "irc:maren", "* waves"),
    ]


def test_znc_has_a_file_a_day_in_a_folder_a_channel() -> None:
    reading = read("irc", LOGS / "znc")
    batches, messages = all_of(reading)
    assert [place.title for batch in batches for place in batch.places] == ["#harbour"]
    assert told(messages)[-1] == ("21 00:02:00", "irc:pilot", "bye")
    assert reading.totals.as_json() == {"threads": 0, "messages": 5, "people": 2}


def test_plain_lines_pass_midnight_and_keep_repeats() -> None:
    batches, messages = all_of(read("irc", LOGS / "2026-11-20_#harbour.txt", zone="Europe/Amsterdam"))
    assert [when for when, _who, _text in told(messages)] == [
        "20 22:58:00", "20 22:59:00", "20 23:01:00", "20 23:01:00",
    ]  # fmt: skip
    assert messages[1].notice
    assert len({message.id for message in messages}) == 5
    assert sum(batch.oddities for batch in batches) == 1


def test_the_same_log_gives_the_same_ids() -> None:
    first, again = (list(read("irc", LOGS)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("line", "nick", "text"),
    [
        ("[10:30] <@sam> hello", "sam", "hello"),
        ("10:30 <+sam> a <b> c", "sam", "a <b> c"),
        ("10:30:01 <sam>", "sam", ""),
        ("2026-11-20T10:30:00Z <sam> iso", "sam", "iso"),
        ("Nov 20 10:30:00 <sam>\thexchat", "sam", "hexchat"),
        ("[10:30] * sam nods", "sam", "* nods"),
        ("[10:30] *** Quits: sam (gone)", None, "*** Quits: sam (gone)"),
        ("10:30 -!- mode/#a [+o sam]", None, "-!- mode/#a [+o sam]"),
        ("[10:30] <sam> \x0304red\x03 \x02bold\x02", "sam", "red bold"),
        ("[10:30] <\u05d0\u05d1> \u05e9\u05dc\u05d5\u05dd", "\u05d0\u05d1", "\u05e9\u05dc\u05d5\u05dd"),
    ],
)
def test_lines_of_many_clients(line: str, nick: str | None, text: str) -> None:
    found = read_line(line)
    assert getattr(found, "nick", "?") == nick
    assert getattr(found, "text", "?") == text


def test_bytes_that_are_no_utf8_and_lines_without_end(tmp_path: Path) -> None:
    log = tmp_path / "2026-11-20.log"
    log.write_bytes(b"\xef\xbb\xbf[10:00] <a> caf\xe9\r\n[10:01] <b> " + b"x" * 300_000 + b"\n")
    batches, messages = all_of(read("irc", log))
    assert messages[0].text == "caf\u00e9"
    assert len(messages[1].text) < 70_000
    assert sum(batch.oddities for batch in batches) == 4


def test_a_log_that_names_no_day_ends_on_the_day_it_was_written(tmp_path: Path) -> None:
    log = tmp_path / "chat.log"
    log.write_text("[22:00] <a> one\n[01:00] <a> two\n")
    os.utime(log, (1_795_262_400, 1_795_262_400))  # 21 November 2026, 12:00 UTC
    assert [when for when, _who, _text in told(all_of(read("irc", log))[1])] == ["20 22:00:00", "21 01:00:00"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_absurd_days_are_borne(tmp_path: Path, day: str) -> None:
    log = tmp_path / f"{day}.log"
    log.write_text("[23:00] <a> one\n[01:00] <a> two\n")
    messages = all_of(read("irc", log, zone="Pacific/Auckland"))[1]
    assert len(messages) == 2
    assert all(message.at >= 0 for message in messages)


def test_files_that_are_no_logs_make_no_places(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("words about the logs")
    (tmp_path / "2026-11-20_#dock.log").write_text("[10:00] <a> one")
    batches, messages = all_of(read("irc", tmp_path))
    assert [place.title for batch in batches for place in batch.places] == ["#dock"]
    assert len(messages) == 1


def test_what_is_no_log_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("just words\n\nmore words")
    with pytest.raises(Problem, match=r"x\.log holds no line of an IRC log"):
        list(read("irc", tmp_path / "x.log"))


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters() | st.sampled_from("[]<>*-!:0123456789 \t#="), max_size=60))
def test_any_line_is_read_or_left(line: str) -> None:
    read_line(line)
    read_line(f"[10:30] {line}")
    read_line(f"--- Day changed {line}")
