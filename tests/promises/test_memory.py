"""Memory stays bounded: whatever a service answers, less than 64 MB more are taken, in every kind, and it is a sentence."""

from __future__ import annotations

import functools
import gzip
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from leeward.store import read
from tests.connectors.loopback import Rude, Talk, answer, saying
from tests.leeward.store.hand import Hand, base, opened, said
from tests.promises.terminal import ROOT, environment

MOST_MB = 64.0
MB = 1024 * 1024
JSON = {"content_type": "application/json"}


@functools.cache
def bomb() -> Talk:
    return packed(bytes(150 * MB))


def packed(body: bytes) -> Talk:
    return saying(answer(200, gzip.compress(body, 9), content_encoding="gzip", **JSON))


def endless(connection: socket.socket, _head: bytes, over: Event) -> None:
    """A listing that never ends, in pieces as they are asked for."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[")
    piece = b'{"id": 1, "title": "more and more"}, ' * 2000
    end = time.monotonic() + 20
    while not over.is_set() and time.monotonic() < end:
        connection.sendall(piece)


HOSTILE: dict[str, Callable[[], Talk]] = {
    "a bomb": bomb,
    "an endless listing": lambda: endless,
    "empty lists": lambda: packed(b"[" + b"[]," * (5 * MB) + b"[]]"),
    "small objects": lambda: packed(b"[" + b'{"a":{}},' * MB + b"{}]"),
    "small numbers": lambda: packed(b"[" + b"1.5," * (3 * MB) + b"1]"),
    "one wide character": lambda: packed(b'["' + b"x" * (15 * MB) + "🙂".encode() + b'"]'),
    "one wide escape": lambda: packed(b'["' + b"x" * (15 * MB) + b'\\ud83d\\ude42"]'),
    "many keys": lambda: packed(b"{" + b",".join(b'"%d":0' % n for n in range(MB)) + b"}"),
    "elements": lambda: packed(b"<a xmlns='DAV:'>" + b"<b/>" * (3 * MB) + b"</a>"),
    "a long text": lambda: packed(b'{"message": "' + b"m" * MB + b'"}'),
}


XML = ("a bomb", "elements", "a long text")
CASES = {
    "gitlab": [how for how in HOSTILE if how != "elements"],
    "matrix": ["a bomb", "an endless listing", "empty lists"],
    "caldav": XML,
}


@pytest.mark.parametrize("kind", CASES)
def test_no_answer_fills_the_memory(kind: str) -> None:
    """The peak can only grow: every step of it is told, the last one is what counts."""
    with ExitStack() as stack:
        harmless = stack.enter_context(Rude(saying(answer(200, b"{}", **JSON))).running())
        hostile = {how: stack.enter_context(Rude(HOSTILE[how]()).running()) for how in CASES[kind]}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.promises.hostile_answers", kind, harmless.base,
             *(rude.base for rude in hostile.values())],
            capture_output=True, text=True, check=False, cwd=ROOT, env=environment(), timeout=60,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    peaks = dict(zip(hostile, ran.stdout.splitlines(), strict=True))
    assert all(rude.heads for rude in hostile.values()), "each was asked"
    assert max(float(line.split()[0]) for line in peaks.values()) < MOST_MB, peaks


def test_a_message_of_a_million_characters_is_kept_whole_and_costs_little(tmp_path: Path) -> None:
    text = "wide 🙂 and hostile \x1b[2J \u202e " * 40_000
    assert len(text) > 900_000
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "short"),)))
        tracemalloc.start()
        try:
            hand.take(base(messages=(said("m2", text),)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < MOST_MB * MB
        assert db.execute("SELECT raw FROM message WHERE id = ?", (hand.line("m2"),)).fetchone()[0] == text
        assert len(read.messages(db, hand.thread_of("m2"))) > 0
