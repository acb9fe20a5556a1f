"""The whole program in a terminal: a bug, a signal, hostile text. The terminal is never steered and always given back."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pyte
import pytest

from leeward.model import Batch, File, Message, Person, Place, RemoteId, Task, Thread
from leeward.store import accounts
from leeward.store.db import Db, open_db, write
from leeward.store.ingest import ingest
from leeward.testing.clock import START
from leeward.work.steps import import_steps
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen, drive
from tests.tui.live import live
from tests.tui.terminal import Terminal
from tests.tui.test_watch import SteadyClock
from tui.desk_store import StoreDesk

SHARED = Path(os.environ.get("LEEWARD_SHARED", Path(__file__).parents[3] / "shared"))
NAUGHTY = SHARED / "hostile-public" / "blns.json"
SECRET = "s3cret-of-sam"

BROKEN = """
import sys
from tui.app import Leeward
from tui.cli import main

held = Leeward.on_event

async def on_event(self, event):
    if getattr(event, "key", "") == "j":
        token = "s3cret-of-sam"
        raise ValueError("lunch with Maria? " + token)
    await held(self, event)

Leeward.on_event = on_event
sys.exit(main(["demo"]))
"""
PLAIN = "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))"


def home_of(folder: Path) -> dict[str, str]:
    """Nothing of the run outside its own folder."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    return {"HOME": str(folder), **{name: str(folder / name) for name in names}}


def test_a_bug_inside_the_app_exits_70_with_a_redacted_report_and_the_terminal_back(tmp_path: Path) -> None:
    with Terminal(["-c", BROKEN], home_of(tmp_path)) as terminal:
        terminal.until(b"Inbox")
        terminal.read(0.5)
        terminal.send("j")
        assert terminal.ended() == 70
        assert terminal.as_found() == []
        said = terminal.output.rpartition(b"\x1b[?1049l")[2].decode()
        assert "leeward met a bug" in said
        assert SECRET.encode() not in terminal.output
        assert b"lunch with Maria?" not in terminal.output
    reports = list(tmp_path.rglob("crashes/*.txt"))
    text = said if not reports else reports[0].read_text()
    assert "ValueError" in text
    assert SECRET not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_and_the_folders_as_they_were(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "thrown away"
    folder.mkdir()
    with Terminal(["-c", PLAIN, "demo"], {**home_of(tmp_path), "TMPDIR": str(folder)}) as terminal:
        terminal.until(b"Inbox")
        terminal.read(0.5)
        assert list(folder.iterdir())
        os.kill(terminal.process.pid, number)
        assert terminal.ended() == -number
        assert terminal.as_found() == []
        assert list(folder.iterdir()) == []


def test_leaving_by_q_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with Terminal(["-c", PLAIN, "demo"], home_of(tmp_path)) as terminal:
        terminal.until(b"Inbox")
        terminal.read(0.5)
        terminal.send("q")
        assert terminal.ended() == 0
        assert terminal.as_found() == []


OWN = (
    "\x1b]52;c;cm0gLXJmIC8K\x07", "\x1b]8;;http://x.example\x1b\\x\x1b]8;;\x1b\\", "\x9b31m", "\x90q\x9c", "\x1bc",
    "\x1b[2J\x1b[?1049l", "\u202egnp.exe", "[/]", "[bold]x", "[@click=app.quit]x[/]", "a\rb\nc\x08\x08d", "\x7f\x00\x85",
    "&#x202e;&#27;]0;x", "👨‍👩‍👧‍👦 \ufe0f\u200d", "e" + "\u0301" * 60, "\U000e0041\U000e0042", "\ud800",
)  # fmt: skip


def hostile(folder: Path) -> int:
    """A store whose titles, authors, places and texts are hostile; returns how many strings."""
    strings = list(OWN)
    if NAUGHTY.exists():
        strings += [text for text in json.loads(NAUGHTY.read_text(encoding="utf-8")) if text]
    place = RemoteId("p")
    people = tuple(Person(RemoteId(f"u{n}"), text, handle=text) for n, text in enumerate(strings))
    threads = tuple(Thread(RemoteId(f"t{n}"), place, text, url=text) for n, text in enumerate(strings))
    messages = tuple(
        Message(
            RemoteId(f"m{n}"),
            place,
            RemoteId(f"u{n}"),
            START,
            text,
            thread=RemoteId(f"t{n}"),
            files=(File(text, text),),
        )
        for n, text in enumerate(strings)
    )
    tasks = tuple(Task(RemoteId(f"k{n}"), place, text, text, updated=START) for n, text in enumerate(strings))
    batch = Batch(places=(Place(place, OWN[0], tasks=True, threads=True),), people=people, threads=threads,
                  messages=messages, tasks=tasks)  # fmt: skip

    def fill(db: Db) -> None:
        uid = accounts.ensure(db, "team", "matrix", "https://x.example", now=START, since=START)
        ingest(db, uid, [batch], import_steps(), START)

    db = open_db(folder)
    try:
        write(db, fill)
    finally:
        db.close()
    return len(strings)


OURS = re.compile(
    rb"\x1b\[[0-9;:?<>=!$]*[A-Za-z]|\x1b\](?:[0-2]|22);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78]|\x1bP\+q[0-9A-Fa-f;]*\x1b\\"
    rb"|\x1b\]1[01];\?(?:\x07|\x1b\\)|\x1b\]99;[^\x07\x1b]*\x1b\\|\x1b\[[0-9;]*\$p"
)
STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\U000e0000-\U000e007f]"
)


@pytest.mark.parametrize("size", [(120, 40), (40, 12)])
def test_hostile_text_never_steers_the_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    many = hostile(data)
    with Terminal(["-c", PLAIN, "--data", str(data)], home_of(tmp_path), size) as terminal:
        terminal.until(b"Inbox")
        terminal.read(0.5)
        for _page in range(many // 12 + 2):
            terminal.send(" " if size[0] > 100 else "jjjjjjjj")
            terminal.read()
        for keys in ("t", "\x1b", "2", "   ", "/a", "jj", "\x1b", "w", "\x1b", "gp", "\x1b", "1", "jje", "u"):
            terminal.send(keys)
            terminal.read(0.08)
        terminal.send("qqqqqqq")
        assert terminal.ended() == 0
        assert terminal.as_found() == []
    rest = OURS.sub(b"", terminal.output)
    assert b"\x1b" not in rest, [rest[max(0, at - 40) : at + 40] for at in [rest.find(b"\x1b")]]
    found = STEERING.findall(rest.decode("utf-8"))
    assert found == []


def test_one_read_that_fails_shows_a_card_and_the_rest_works(tmp_path: Path) -> None:
    hostile(tmp_path)

    def broken(desk: StoreDesk) -> None:
        whole = desk.opened

        async def opened(*asked: object) -> object:
            if desk.fails:  # type: ignore[attr-defined] # set below
                raise ZeroDivisionError(SECRET)
            return await whole(*asked)  # type: ignore[arg-type] # handed through

        desk.fails = True  # type: ignore[attr-defined] # a switch of this test
        desk.opened = opened  # type: ignore[method-assign,assignment] # the bug

    async def look(screen: Screen) -> None:
        assert "this could not be shown (" in screen.dump()
        screen.desk.fails = None
        await screen.press("j")
        assert "this could not be shown (" not in screen.dump()

    live(tmp_path, SteadyClock(START), look, change=broken)


def test_one_row_that_cannot_be_drawn_is_a_card(caplog: pytest.LogCaptureFixture) -> None:
    async def look(screen: Screen) -> None:
        source = screen.stage.listing.source
        whole = source.draw

        def draw(row: object, space: int, look: object) -> object:
            if source.key(row) == "row-000001":
                raise ZeroDivisionError
            return whole(row, space, look)  # type: ignore[arg-type] # handed through

        source.draw = draw  # type: ignore[method-assign,assignment] # the bug
        screen.stage.redraw()
        await screen.settle()
        assert "this could not be shown (row-000001)" in screen.dump()
        await screen.press("j", "j")
        assert screen.here == "row-000002"

    drive(look, desk=MemoryDesk(20))
    assert "could not be drawn" in caplog.text


def test_one_verb_with_a_bug_is_a_sentence() -> None:
    async def look(screen: Screen) -> None:
        def act_down() -> None:
            raise ZeroDivisionError

        screen.app.keying.groups[-1].act_down = act_down  # type: ignore[attr-defined] # the bug
        await screen.press("j")
        assert "That did not work" in screen.foot
        await screen.press("k", "space")
        assert "That did not work" not in screen.foot

    drive(look)


def test_an_escape_is_told_once_also_when_a_key_follows_later(tmp_path: Path) -> None:
    shown = pyte.Screen(120, 40)
    stream = pyte.ByteStream(shown)
    with Terminal(["-c", PLAIN, "demo"], home_of(tmp_path)) as terminal:
        terminal.until(b"Inbox")
        terminal.read(0.5)
        for keys in ("5", "?", "\x1b", "j"):
            terminal.send(keys)
            terminal.read(0.5)
        stream.feed(terminal.output)
        assert any("what rang, what waited" in line for line in shown.display), shown.display
        terminal.send("qqqq")
        assert terminal.ended() == 0
