"""Plain answers name things: what one command prints, the next one takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui.cli import main

LOG = Path(__file__).parents[2] / "data" / "irc"


def said(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[str], str]:
    code = main(args)
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TZ", "UTC")
    folder = str(tmp_path / "data")
    source = next(path for path in sorted(LOG.rglob("*")) if path.is_file())
    assert said(capsys, "import", "irc", str(source), "--data", folder)[0] == 0
    return folder


def test_an_id_of_the_inbox_opens_its_thread(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    _code, rows, _err = said(capsys, "inbox", "--data", data)
    code, lines, _err = said(capsys, "thread", rows[0].split()[0], "--data", data)
    assert code == 0
    assert lines[0] in rows[0] or lines[0][:20] in rows[0]


def test_an_id_of_a_line_can_be_captured(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    _code, rows, _err = said(capsys, "inbox", "--data", data)
    _code, lines, _err = said(capsys, "thread", rows[0].split()[0], "--data", data)
    code, made, _err = said(capsys, "capture", lines[-1].split()[0], "--to", "local", "--title", "It", "--data", data)
    assert (code, made[0].split()[1]) == (0, "It")
    assert said(capsys, "tasks", "--data", data)[1][0].split()[0] == made[0].split()[0]


def test_nothing_found_and_nobody_to_ask_are_said(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "search", "zzqqzz", "--data", data) == (0, [], "Nothing was found.\n")
    code, lines, err = said(capsys, "sync", "--data", data)
    assert (code, lines) == (0, [])
    assert "leeward account add" in err


def test_help_keeps_names_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "--help"])
    assert "Slack export, an IRC log" in capsys.readouterr().out


def test_doctor_tells_what_is_only_odd_in_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text('[quiet]\nschedul = "x"\n', encoding="utf-8")
    (tmp_path / "config.toml").chmod(0o600)
    _code, lines, _err = said(capsys, "doctor", "--data", str(tmp_path))
    (settings,) = [line for line in lines if " settings " in line]
    assert settings.startswith("ok ")
    assert "config.toml:2" in settings
    assert "Did you mean schedule?" in settings


def test_two_people_of_a_list_are_one_and_two_again(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    _code, rows, _err = said(capsys, "people", "--data", data)
    (one, first), (other, second) = ((row[:28].strip(), row.split()[-1]) for row in rows[:2])
    assert said(capsys, "people", "join", first, other, "--data", data) == (
        0,
        [],
        f"{one} and {other} are one person\n",
    )
    code, after, _err = said(capsys, "people", "--data", data)
    assert (code, len(after)) == (0, len(rows) - 1)
    assert {first, second} == {part.split()[-1] for part in after[0].split(",")}
    known = json.loads("".join(said(capsys, "people", "--json", "--data", data)[1]))
    assert [len(row["accounts"]) for row in known if row["name"] == one] == [2]
    assert said(capsys, "people", "part", second, "--data", data)[0] == 0
    assert said(capsys, "people", "--data", data)[1] == rows
    assert said(capsys, "undo", "--data", data)[0] == 0
    assert len(said(capsys, "people", "--data", data)[1]) == len(rows) - 1
    assert said(capsys, "people", "join", first, "--data", data)[0] == 2
    assert said(capsys, "people", "part", "nobody like that", "--data", data)[0] == 2
