"""Every notice comes, and none comes twice, however often two processes that ring are killed at whatever statement.

The ordinary run kills 80 times; with LEEWARD_FULL=1 it is 1,200. `test_notify.py` has 1,300 simulated crashes besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from leeward.store.db import open_db
from tests.leeward.ring_kills import SharedClock, pair
from tests.leeward.ring_world import NIGHT, World

ROOT = Path(__file__).parents[2]
KILLS = 600 if os.environ.get("LEEWARD_FULL") else 40


def outcome(folder: Path) -> tuple[Counter[str], dict[str, set[str]], Counter[str]]:
    """The states of all notices, under which keys each was seen, and how often each key was shown."""
    db = open_db(folder)
    states = Counter(row[0] for row in db.execute("SELECT state FROM notice"))
    db.close()
    seen: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    for line in (folder / "log").read_text().splitlines():
        key, members = json.loads(line)
        times[key] += 1
        for member in members:
            seen.setdefault(member, set()).add(key)
    return states, seen, times


def killed(folder: Path, seed: int, way: str) -> None:
    open_db(folder).close()
    command = [sys.executable, "-m", "tests.leeward.ring_kills", str(folder), str(seed), str(KILLS), way]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["killed"] >= KILLS


def test_a_way_that_replaces_shows_each_once(tmp_path: Path) -> None:
    killed(tmp_path, 1, "osc99")
    states, seen, times = outcome(tmp_path)
    assert set(states) == {"shown"}
    assert len(seen) == states["shown"] > KILLS // 3
    assert [keys for keys in seen.values() if len(keys) != 1] == []
    assert times.total() > len(times)  # some were sent again, over the popup that stood there


def test_a_way_that_cannot_shows_none_twice_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    killed(tmp_path, 2, "bell")
    states, seen, times = outcome(tmp_path)
    assert set(states) == {"shown", "maybe"}
    assert set(times.values()) == {1}
    assert [keys for keys in seen.values() if len(keys) != 1] == []
    assert states["maybe"] + len(seen) >= states.total()


@pytest.mark.parametrize("way", ["osc99", "bell"])
def test_after_three_days_asleep_two_processes_make_one_digest(tmp_path: Path, way: str) -> None:
    world = World(tmp_path)
    for day in range(3):
        world.clock.at = NIGHT + day * 24 * 3_600_000
        world.come(f"m{day}")
    world.db.close()
    clock = SharedClock()
    clock.set(NIGHT + 3 * 24 * 3_600_000 + 12 * 3_600_000)  # Tuesday morning, open
    assert pair(tmp_path, clock, way, (1, 2), 0, dies=False) == 0
    states, seen, times = outcome(tmp_path)
    ((key, count),) = times.items()
    assert key.startswith("work:")
    assert count == 1
    assert states == {"shown": 3}
    assert len(seen) == 3
