"""How often an account is asked: as its owner wants, else as its kind may be."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from leeward.work.quiet_rules import read_instant as at
from tests.tui.quiet_home import QuietHome

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("kind", "poll", "seconds", "rests"),
    [
        ("teams", "", DAY_S, True),
        ("teams", 'poll = "15m"', 900.0, False),
        ("teams", 'poll = "1s"', 60.0, False),
        ("gitlab", "", 60.0, False),
        ("gitlab", 'poll = "24h"', DAY_S, False),
    ],
)
def test_teams_rests_unless_its_owner_wants_otherwise(
    tmp_path: Path, kind: str, poll: str, seconds: float, rests: bool
) -> None:
    settings = f'[[account]]\nname = "work"\nkind = "{kind}"\nurl = "https://graph.example"\n{poll}\n'
    running = QuietHome(tmp_path, at("2026-11-23T08:00:00Z"), settings).start()
    (live,) = running.engine.lives.values()
    assert (live.poll_s, live.rests) == (seconds, rests)
    asyncio.run(running.close())
    logging.getLogger("leeward").handlers.clear()
