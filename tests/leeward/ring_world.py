"""A store, a clock and channels for the tests of ringing; a crash can be let happen at any step."""

from __future__ import annotations

import sqlite3
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leeward.model import Instant, Tier
from leeward.ports import Notice, Rung
from leeward.store.db import Db, open_db, transaction
from leeward.work import notify
from leeward.work.channels import ring
from leeward.work.notify import Incoming
from leeward.work.quiet_config import read
from leeward.work.quiet_plan import Subject, Surroundings
from leeward.work.quiet_rules import read_instant
from leeward.work.quiet_settings import QuietConfig

SETTINGS = """
[quiet]
timezone = "Europe/Amsterdam"
[quiet.schedules.work]
open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30"]
[quiet.people]
vip = ["Maria"]
[quiet.words]
red = ["prod down"]
[[quiet.rule]]
thread = "muted"
mute = true
"""
HERE = Surroundings("UTC")
OPEN = read_instant("2026-11-20T10:00:00Z")  # Friday 11:00
NIGHT = read_instant("2026-11-20T20:40:00Z")  # Friday 21:40
MONDAY = read_instant("2026-11-23T08:00:00Z")  # 09:00, opening


class Crash(BaseException):
    """The process is gone."""


class FakeClock:
    def __init__(self, at: int = OPEN) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.at / 1000

    async def sleep(self, seconds: float) -> None:
        self.at += int(seconds * 1000)


class Popups:
    """A channel. `shown` holds what a person sees; `times` how often each key was sent to it."""

    def __init__(
        self, name: str = "osc99", *, replaces: bool = True, answers: Rung = Rung.SENT, program: str = ""
    ) -> None:
        self.name, self.program = name, program
        self.replaces = replaces
        self.answers = answers
        self.shown: dict[str, Notice] = {}
        self.times: Counter[str] = Counter()
        self.before: Callable[[], None] = lambda: None
        self.members: Callable[[str], list[str]] = lambda key: [key]
        self.seen_in: dict[str, set[str]] = {}

    def ring(self, notice: Notice, *, key: str) -> Rung:
        self.before()
        if self.answers is not Rung.FAILED:
            self.shown[key] = notice
            self.times[key] += 1
            for member in self.members(key):
                self.seen_in.setdefault(member, set()).add(key)
        self.before()
        return self.answers


class World:
    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.folder = folder
        self.config = configured(settings)
        self.around = HERE
        self.clock = FakeClock()
        self.steps_left: int | None = None
        self.db = self.open()

    def open(self) -> Db:
        db = open_db(self.folder)
        db.execute("PRAGMA synchronous = OFF")  # the crash is a simulated one
        return db

    def restart(self) -> None:
        self.steps_left = None
        self.db.set_trace_callback(None)
        self.db.close()
        self.db = self.open()

    def step(self) -> None:
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise Crash

    def write(self, act: Callable[..., Any], *args: object, **named: object) -> Any:
        with transaction(self.db):
            found = act(Stepping(self), *args, **named)
            self.step()
        self.step()
        return found

    def ring(self, *channels: Popups) -> int:
        return ring(self.write, channels, self.config, self.around, self.clock, "here")

    def come(self, item: str, tier: Tier | None = None, **more: Any) -> str | None:
        facts = {"account": "a", "at": self.clock.now(), "who": "Jo", "source": "#ops", "thread": f"t-{item}", **more}
        facts.setdefault("subject", Subject(threads=frozenset({facts["thread"] or ""})))
        found = self.write(notify.judge, Incoming(item, tier=tier, **facts), self.config, self.around, self.clock.now())
        return str(found) if found is not None else None

    def state(self, notice: str | None) -> str:
        row = self.db.execute("SELECT state FROM notice WHERE id = ?", (notice,)).fetchone()
        return "none" if row is None else str(row[0])

    def states(self) -> Counter[str]:
        return Counter(row[0] for row in self.db.execute("SELECT state FROM notice"))

    def members(self, key: str) -> list[str]:
        rows = self.db.execute("SELECT id FROM notice WHERE state IN ('ring', 'digest') AND ? IN (id, digest)", (key,))
        return [row[0] for row in rows]


class Stepping(sqlite3.Connection):
    """The world's connection, which may crash before each statement."""

    def __init__(self, world: World) -> None:
        super().__init__(":memory:")
        super().close()
        self._world = world

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self._world.step()
        return self._world.db.execute(*args)


def configured(settings: str) -> QuietConfig:
    config, problems = read(tomllib.loads(settings)["quiet"], len)
    assert [problem for problem in problems if not problem[3]] == []
    return config
