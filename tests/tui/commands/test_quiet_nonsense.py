"""Whatever words the quiet verbs are given, the answer is a sentence, and the settings stay right."""

from __future__ import annotations

import os
import random
import tomllib
from pathlib import Path

from tests.tui.commands.desk import Desk

WORDS = (
    "", "mon", "mon-fri", "9-12", "25-99", "like", "like mon", "like x", "none", "all", "2026-11-30", "9999-12-31",
    "0001-01-01", "\x1b]52;c", "x" * 3000, "off", "on", "place", "'", '"', "[", "NL", "ZZ", "DE-XXXXXXXX", "system",
    "+02:00", "Europe/Amsterdam", "daily", "é", "🍜", "../../etc/passwd.ics", "none.ics", "0", "quiet", "open",
    "in Europe/Lisbon", "mon 09:00-10:00", ";;", "mon 09:00-10:00 in ", "a=b", "\n", "tomorrow",
)  # fmt: skip
VERBS = (
    "week",
    "trip",
    "date",
    "mute",
    "unmute",
    "zone",
    "use",
    "holidays",
    "hours",
    "log",
    "on",
    "open",
    "why",
    "test",
)
ROUNDS = 700 if os.environ.get("LEEWARD_FULL") else 80


def test_nonsense_is_answered_with_a_sentence(tmp_path: Path) -> None:
    desk, rng = Desk(tmp_path), random.Random(3)
    for _round in range(ROUNDS):
        given = ["quiet", rng.choice(VERBS), *rng.choices(WORDS, k=rng.randrange(4))]
        for flag, chance in (("--yes", 0.3), ("--json", 0.2)):
            given += [flag] if rng.random() < chance else []
        for flag in ("--schedule", "--until"):
            given += [flag, rng.choice(WORDS)] if rng.random() < 0.15 else []
        ran = desk.run(*given)
        assert ran.code in {0, 1, 2, 3}, (given, ran)
        assert "Traceback" not in ran.err, (given, ran)
        assert "\x1b" not in ran.out + ran.err, (given, ran)
        settings = tmp_path / "config.toml"
        if settings.exists():
            tomllib.loads(settings.read_text())
    assert desk.run("quiet", "status").code == 0
