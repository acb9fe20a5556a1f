"""The real screen leaves the terminal as it was found: after TERM, HUP, INT, q, and a bug in the screen itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.fakes.gitlab import GitLabFake
from tests.fakes.serve import Serving
from tests.promises.terminal import Terminal, environment, team
from tui.crash import BUG

BROKEN = """
import sys
from tui import screen_app

def broken(self, _event):
    token = "gl" + "pat-in-a-local-variable"  # a report shows lines of the program: the values are not to stand in them
    raise ValueError("lunch with Ma" + "ria?" + token)

screen_app.LiveApp.on_resize = broken
from tui.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return team(tmp_path_factory.mktemp("store") / "team")


def assert_as_found(terminal: Terminal) -> None:
    assert terminal.left_on == set()
    assert terminal.modes_kept
    assert terminal.output.rfind(b"\x1b[<u") > terminal.output.rfind(b"\x1b[>1u")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None], ids=str)
def test_the_terminal_is_left_as_it_was_found(folder: Path, number: int | None) -> None:
    with Terminal(folder) as terminal:
        terminal.wait("INBOX")
        assert 1049 in terminal.left_on
        assert not terminal.modes_kept
        if number is None:
            terminal.send("q")
        else:
            terminal.process.send_signal(number)
        assert terminal.ended() == (0 if number is None else -number)
        assert_as_found(terminal)
        assert b"Traceback" not in terminal.output


def test_a_screen_that_the_shell_stopped_is_drawn_anew_when_it_goes_on(folder: Path) -> None:
    with Terminal(folder) as terminal:
        terminal.wait("Promises")
        while terminal.read(1.0):
            continue
        terminal.process.send_signal(signal.SIGTSTP)
        os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED)
        while terminal.read(0.2):
            continue
        assert_as_found(terminal)
        terminal.output += b"\x1bc"  # what stood there is gone
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait("Promises")
        assert 1049 in terminal.left_on


def test_q_is_no_bug_while_a_service_keeps_its_connection_open(tmp_path: Path) -> None:
    service = GitLabFake()
    me = service.add_user("Sam Vermeer", "sam", service.token)
    row = service.add_thing(service.add_project("harbour/api", [me]), me, "Pump fails", "Since noon")
    service.add_todo(me, (1, "issues", row["iid"]), "assigned", me)
    with Serving(service) as served:
        settings = f'[[account]]\nname = "work"\nkind = "gitlab"\nurl = "{served.base}"\ntoken_env = "RECOGNISABLE"\n'
        (tmp_path / "config.toml").write_text(settings)
        (tmp_path / "config.toml").chmod(0o600)
        with Terminal(tmp_path, env=environment(RECOGNISABLE=service.token)) as terminal:
            terminal.wait("Pump fails")
            terminal.send("q")
            assert terminal.ended() == 0
            assert_as_found(terminal)
    assert not (tmp_path / "state" / "crashes").exists()


def test_a_bug_in_the_screen_gives_the_terminal_back_and_shows_no_values(folder: Path) -> None:
    with Terminal(folder, env=environment(), program=("-c", BROKEN)) as terminal:
        assert terminal.ended() == BUG
        assert b"\x1b[?1049h" in terminal.output
        assert_as_found(terminal)
        said = terminal.output[terminal.output.rfind(b"\x1b[?1049l") :].decode()
        assert "leeward met a bug and closed" in said
        reports = list((folder / "state" / "crashes").iterdir())
        assert len(reports) == 1
        for words in ("glpat-in", "Maria", "Traceback"):
            assert words not in terminal.output.decode()
            assert words not in reports[0].read_text()
