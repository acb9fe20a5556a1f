"""Typed text survives kill -9: drafts, notes, titles. Nothing older than two seconds is lost, however fast one types."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.promises.terminal import Terminal, copied, team

WAVES = 40 if os.environ.get("LEEWARD_FULL") else 2
"""Each wave kills a program in each of five places where one types: 10 kills, or the 200 of the promise."""

FRESH = 4
"""After so many waves a text begins anew: a title has its bounds."""

LOST_S = 2.0
STROKE_S = 0.04

Step = tuple[str, str]
"""Keys, and what then stands on the screen."""

ROADS: dict[str, Sequence[Step]] = {
    "reply": [("j", "#ops · team-matrix"), ("r", "REPLY")],
    "note": [("j", "#ops · team-matrix"), ("mn", "NOTE")],
    "capture": [("j", "#ops · team-matrix"), ("t", "TASK from"), ("i", "TASK from")],
    "new task": [("2", "Tasks, mine"), ("c", "NEW TASK")],
    "title": [("2", "Tasks, mine"), ("i", "EDIT"), ("1", "TITLE")],
}


@dataclass
class Typist:
    """Somebody who types at one place, and the moments of their strokes."""

    folder: Path
    terminal: Terminal
    started: str = ""
    word: int = 0
    waiting: str = ""
    strokes: list[tuple[float, str]] = field(default_factory=list)

    def kept(self) -> str:
        """What the store holds of it."""
        with closing(sqlite3.connect(self.folder / "leeward.db")) as db:
            rows = db.execute("SELECT text FROM draft").fetchall()
        assert len(rows) <= 1
        return str(rows[0][0]).partition("\n")[0] if rows else ""

    def stroke(self) -> None:
        if not self.waiting:
            self.word += 1
            self.waiting = f" w{self.word}"
        now, self.waiting = self.waiting[0], self.waiting[1:]
        self.terminal.send(now)
        self.strokes.append((time.monotonic(), now))

    def killed(self) -> None:
        """End it, and look at what is left."""
        at = time.monotonic()
        self.terminal.kill()
        kept, typed = self.kept(), "".join(key for _at, key in self.strokes)
        safe = "".join(key for when, key in self.strokes if at - when > LOST_S)
        assert safe, "typed for longer than may be lost"
        start = len(self.started)
        assert safe in kept[start:], f"kept {kept!r} of {typed!r}, typed long enough ago: {safe!r}"
        # Nothing else stands there but what was there before and what was typed.
        assert kept.startswith(self.started)
        before = kept[: kept.index(safe, start)]
        assert typed.startswith(kept[len(before) :])


def opened(terminal: Terminal, steps: Sequence[Step]) -> None:
    terminal.wait("Exception is in")  # the reader shows what the cursor is on: all is there
    for keys, seen in steps:
        terminal.send(keys)
        terminal.wait(seen)


def wave(stack: ExitStack, places: dict[str, Path], number: int, chance: random.Random) -> None:
    first = 1000 * (number % FRESH)
    typists = [Typist(folder, stack.enter_context(Terminal(folder)), word=first) for folder in places.values()]
    for typist, steps in zip(typists, ROADS.values(), strict=True):
        opened(typist.terminal, steps)
        typist.started = typist.kept()
        if typist.started:
            typist.terminal.wait(typist.started.split()[-1])  # it is there again, and goes on
    ends = {id(typist): time.monotonic() + LOST_S + chance.uniform(0.2, 1.2) for typist in typists}
    alive = list(typists)
    while alive:
        for typist in alive:
            typist.stroke()
            while typist.terminal.read(0):
                continue
        time.sleep(STROKE_S)  # the pace of the typing
        for typist in [each for each in alive if time.monotonic() > ends[id(each)]]:
            typist.killed()
            alive.remove(typist)


def test_typed_text_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(7)
    sample = team(tmp_path / "team")
    places = {name: tmp_path / name for name in ROADS}
    for number in range(WAVES):
        if number % FRESH == 0:
            for folder in places.values():
                copied(sample, folder)
        with ExitStack() as stack:
            wave(stack, places, number, chance)
