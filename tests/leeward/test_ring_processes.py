"""Two processes ring from one store and are killed by the system; every popup comes, none comes as a second one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from leeward.model import Instant
from leeward.work import notify
from leeward.work.notify import Incoming
from tests.leeward.ring_world import OPEN, World

ROOT = Path(__file__).parents[2]


def start(folder: Path, log: Path, began: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.leeward.ring_process", str(folder), str(log), str(began)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def test_two_processes_killed_by_the_system(tmp_path: Path) -> None:
    world, log = World(tmp_path), tmp_path / "log"
    rng = random.Random(7)
    began = time.time()
    came = 0
    for _round in range(5):
        for _each in range(40):
            came += 1
            moment = Instant(OPEN)
            facts = Incoming(f"m{came}", "a", moment, "Jo", "#ops", thread=f"t{came}")
            world.write(notify.judge, facts, world.config, world.around, moment)
            if came % 3 == 0:
                world.db.execute("UPDATE delivery SET made = ? WHERE key = ?", (came, notify.notice_id(f"m{came}")))
        pair = [start(tmp_path, log, began), start(tmp_path, log, began)]
        for process in pair:
            ready(process)
        time.sleep(rng.random() * 0.02)
        for process in pair:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    last = start(tmp_path, log, began)
    ready(last)
    assert last.wait(timeout=20) == 0
    assert last.stdout is not None
    last.stdout.close()
    assert world.states() == {"shown": came}
    keys = set(log.read_text().split())
    rows = world.db.execute("SELECT coalesce(digest, id) FROM notice").fetchall()
    assert {row[0] for row in rows} == keys
    world.db.close()
