"""Bad input: one sentence and 1 or 2, never a traceback; what strangers wrote never controls the terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from leeward.model import Batch, File, Instant, Message, Note, Person, Place, RemoteId, Task, Thread, Todo
from leeward.store import accounts
from leeward.store.db import open_db, write
from leeward.store.ingest import ingest
from leeward.testing.clock import START
from tests.leeward.hostile import strings
from tests.leeward.store.hand import STEPS
from tests.tui.commands.desk import Desk
from tui.commands import VERBS

HUGE = "9" * 40
BYTES = "\udcff\udcfe"
NONSENSE = (
    "",
    "-",
    "--",
    "x",
    "*",
    "%",
    "'",
    "\x1b[31m",
    "\u202e",
    BYTES,
    HUGE,
    "-1",
    "../nowhere/at/all",
    "a" * 4000,
    "日本",
)
TAKES: dict[str, list[tuple[str, ...]]] = {
    "account": [("list",), ("check",), ("remove",), ("add",), ("add", "gitlab", "--name"), ("add", "gitlab", "--url")],
    "sync": [()],
    "inbox": [("--limit",), ("--after",)],
    "thread": [(), ("split",), ("join", "x")],
    "tasks": [("--limit",)],
    "notes": [("--limit",)],
    "search": [(), ("--limit",), ("after:0001-01-01",), ("is:task", "--limit")],
    "why": [()],
    "context": [()],
    "capture": [(), ("x", "--to"), ("x", "--due"), ("x", "--context")],
    "capsule": [()],
    "promises": [(), ("dismiss",), ("--limit",), ("--after",), ("--kind",)],
    "attach": [("x",), ()],
    "unlink": [()],
    "task": [(), ("set",), ("set", "x"), ("set", "x", "due=1")],
    "assign": [("x",), ()],
    "note": [("edit",), ()],
    "reply": [(), ("x", "--at"), ("x", "--file")],
    "post": [(), ("x", "--at"), ("x", "--file")],
    "done": [()],
    "undone": [()],
    "later": [("2h",), ()],
    "tier": [("red",), ()],
    "outbox": [(), ("answer",), ("answer", "1"), ("answer", HUGE, "send", "drop")],
    "quiet": [(), ("on",), ("open",), ("preview", "--days"), ("eval",), ("export",), ("import",), ("test",)],
    "import": [(), ("irc",), ("mbox",), ("slack-export",)],
    "export": [("--since",)],
    "people": [(), ("join",), ("join", "x"), ("join", "x", "y"), ("part",), ("part", "x")],
    "meet": [(), ("--account",), ("x", "--account")],
}
PLAIN = {"demo", "watch", "undo", "redo", "doctor"}
"""Verbs that take no words: an extra one is wrong usage."""


def one_sentence(desk: Desk, *args: str, stdin: str | bytes = "") -> int:
    ran = desk.run(*args, stdin=stdin)
    assert ran.code in {0, 1, 2, 3}, f"{args}: {ran}"
    assert "Traceback" not in ran.out + ran.err, f"{args}: {ran}"
    assert not controls(ran.out + ran.err), f"{args}: {controls(ran.out + ran.err)}"
    if ran.code:
        assert ran.err.strip(), f"{args} says nothing"
    return ran.code


def controls(text: str) -> list[str]:
    """Characters that could steer a terminal or hide."""
    bad = {"Cc", "Cs"}
    bidi = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
    return [hex(ord(one)) for one in text if (unicodedata.category(one) in bad and one not in "\n\t") or one in bidi]


def test_every_verb_is_tried() -> None:
    assert set(TAKES) | PLAIN == set(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_nonsense_is_a_sentence(tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an empty path is the folder one stands in
    desk = Desk(tmp_path / "data")
    desk.run("task", "new", "x")
    if verb in PLAIN:
        for word in NONSENSE[3:6]:
            assert one_sentence(desk, verb, word) == 2
        return
    for start in TAKES[verb]:
        for word in NONSENSE:
            one_sentence(desk, verb, *start, word, stdin="text")
    one_sentence(desk, verb, "--nothing")


@pytest.mark.parametrize("args", [("--limit", HUGE), ("--limit", "0"), ("--limit", "-3"), ("--limit", "x")])
@pytest.mark.parametrize("verb", ["inbox", "tasks", "notes", "search"])
def test_a_limit_that_is_none_is_wrong_usage(tmp_path: Path, verb: str, args: tuple[str, ...]) -> None:
    words = ("x",) if verb == "search" else ()
    assert one_sentence(Desk(tmp_path), verb, *words, *args) == 2


@pytest.mark.parametrize("args", [("x",), (BYTES,), ("inbo",), ("--nothing",), ("\x1b[31m",), ("--config",), ("",)])
def test_an_unknown_command_is_wrong_usage(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert one_sentence(Desk(tmp_path), *args) == 2


def test_bytes_that_are_no_text_on_stdin(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ran = desk.run("note", "add", "Bytes", "--json", stdin=b"\xff\xfe caf\xe9 \x1b[31m")
    assert ran.code == 0, ran
    assert "caf" in ran.json["text"]
    assert not controls(ran.out)


def test_a_terminal_that_knows_only_ascii(tmp_path: Path) -> None:
    script = "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))"

    def run(*args: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", script, *args, "--data", str(tmp_path)],
            capture_output=True, check=False, cwd=Path(__file__).parents[3], timeout=60,
            env={"PYTHONIOENCODING": "ascii:strict", "PATH": "/usr/bin", "HOME": str(tmp_path)},
        )  # fmt: skip

    assert run("task", "new", "cafe\u0301 ☕ — fini").returncode == 0
    ran = run("tasks")
    assert ran.returncode == 0, ran.stderr
    assert b"fini" in ran.stdout


def fill(folder: Path, texts: list[str]) -> None:
    place, flat = RemoteId("p"), RemoteId("r")
    lines = []
    for n, text in enumerate(texts):
        where = (flat, None) if n % 2 else (place, RemoteId("t"))
        lines.append(
            Message(RemoteId(f"m{n}"), where[0], RemoteId(f"a{n}"), Instant(START + n), text, where[1],
                    files=(File(text, "https://x.example/f"),), url=f"https://x.example/{n}", version=text)
        )  # fmt: skip
    some = texts[:: max(1, len(texts) // 40)]
    batch = Batch(
        places=(
            Place(place, texts[0], threads=True, tasks=True),
            Place(flat, texts[1], flat=True),
            *(Place(RemoteId(f"p{n}"), text, tasks=True) for n, text in enumerate(some)),
        ),
        people=tuple(Person(RemoteId(f"a{n}"), text, handle=text) for n, text in enumerate(texts)),
        threads=(Thread(RemoteId("t"), place, "\x1b]0;owned\x07 title \u202e"),),
        messages=tuple(lines),
        tasks=tuple(
            Task(RemoteId(f"k{n}"), place, text, text=text, native_status=text, assignees=(RemoteId(f"a{n}"),), labels=(text,),
                 updated=START)
            for n, text in enumerate(texts)
        ),
        notes=tuple(Note(RemoteId(f"n{n}"), place, text, text, START) for n, text in enumerate(texts)),
        todos=tuple(Todo(RemoteId(f"d{n}"), place, text, START) for n, text in enumerate(some)),
    )  # fmt: skip
    db = open_db(folder)
    try:
        uid = write(db, accounts.ensure, "team", "matrix", "https://x.example", now=START, since=Instant(0))
        write(db, ingest, uid, [batch], STEPS, START)
    finally:
        db.close()


def test_what_strangers_wrote_controls_nothing_and_is_kept_raw(tmp_path: Path) -> None:
    texts = [*strings(), "half \ud83d of a pair", "\x1b]52;c;aGk=\x07"]
    fill(tmp_path, texts)
    desk = Desk(tmp_path)
    rows = desk.ask("inbox", "--all", "--limit", "5000")
    threads = [row["id"] for row in rows if row["type"] == "thread"][:12]
    line = desk.ask("thread", threads[0])["messages"][-1]["id"]
    commands = [
        ("inbox",), ("inbox", "--all", "--limit", "5000"), ("tasks",), ("notes",), ("outbox",), ("doctor",),
        ("search", "a"), ("search", "is:task"), ("search", "x", "--limit", "2000"), ("context", line), ("why", line),
        ("account", "list"), ("people",), *(("thread", id) for id in threads),
        ("capture", line, "--to", "local", "--dry-run"), ("capture", line, "--to", "local"), ("export",), ("undo",),
    ]  # fmt: skip
    for args in commands:
        for form in ((), ("--json",)):
            ran = desk.run(*args, *form)
            assert ran.code in {0, 1}, f"{args}: {ran}"
            assert not controls(ran.out + ran.err), f"{args} {form}: {controls(ran.out + ran.err)[:9]}"
            if form and ran.code == 0:
                json.loads(ran.out.splitlines()[0])
    db = open_db(tmp_path, readonly=True)
    try:
        kept = {row[0] for row in db.execute("SELECT coalesce(raw, text) FROM message")}
    finally:
        db.close()
    # Half a pair is no text at all: the store holds U+FFFD for it; everything else is there as it was written.
    assert {re.sub("[\ud800-\udfff]", "\ufffd", text) for text in texts} <= kept


def test_the_owners_own_typing_is_exported_whole_and_harmless(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    raw = "typed \x1b[31mred\x1b[0m \u202eesrever\u202c \x9b31m"
    desk.run("note", "add", "Odd", stdin=raw)
    ran = desk.run("export")
    assert not controls(ran.out)
    (own,) = [each for each in map(json.loads, ran.out.splitlines()) if each["table"] == "own"]
    assert own["doc"]["text"] == raw, "in JSON nothing is lost: what could steer a terminal is written as \\u escapes"
