"""kill -9 at any moment of a sync or a write: the store stays whole, nothing is made twice, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leeward.model import Instant, ItemType
from leeward.store import outbox, own, read
from leeward.store.db import Db, write
from leeward.testing.clock import START
from leeward.work import edit, posting
from tests.fakes.gitlab import GitLabFake, make
from tests.fakes.serve import Serving
from tests.fakes.slack import SlackFake
from tests.leeward.store.hand import opened

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("LEEWARD_KILLS", "60"))
LONGEST_S = 0.35


class Syncs:
    """The forking process, and the fake time it is told."""

    def __init__(self, folder: Path, url: str, token: str, kind: str) -> None:
        command = [sys.executable, "-m", "tests.leeward.sync.kill_child", str(folder), url, token, kind]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True
        )
        self.now = int(START)

    def run(self, kill_after: float | None = None) -> int:
        """One sync, killed after a while; its exit code."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self.now += 200_000
        self._child.stdin.write(f"{self.now}\n")
        self._child.stdin.flush()
        pid = int(self._child.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)  # the moment of the kill is what this test is about
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return int(self._child.stdout.readline())

    def close(self) -> None:
        for end in (self._child.stdin, self._child.stdout):
            if end is not None:
                end.close()
        self._child.wait(timeout=30)


@contextmanager
def syncs(folder: Path, service: GitLabFake | SlackFake, kind: str = "gitlab") -> Iterator[Syncs]:
    with Serving(service) as served:
        found = Syncs(folder, served.service.base, service.token, kind)
        try:
            yield found
        finally:
            found.close()


def put(db: Db, title: str) -> str:
    uid, place, remote = db.execute(
        "SELECT place.account, place.id, place.remote FROM place WHERE tasks AND writable ORDER BY title LIMIT 1"
    ).fetchone()
    task = own.new_task(db, START, account=uid, place=place, title=title)
    doc = {"place": remote, "title": title, "own": title}
    outbox.put(db, START, uid, "create_task", doc, item=task.id, grace_ms=0)
    return task.id


def kill(tmp_path: Path, kills: int) -> None:
    chance = random.Random(11)
    service = make()
    before = {row["title"] for row in service.things.values()}
    titles: list[str] = []
    done: list[str] = []
    with syncs(tmp_path, service) as sync:
        assert sync.run() == 0
        codes: Counter[int] = Counter()
        for number in range(kills):
            titles.append(f"made {number}")
            with opened(tmp_path) as db:
                id = write(db, put, titles[-1])
                if number % 3 == 0:
                    write(db, edit.set_task, START, id, {"title": f"{titles[-1]} again"})
                    titles[-1] += " again"
                if done and number % 4 == 0:
                    write(db, edit.set_task, START, done.pop(), {"status": "done"})
            done.append(id)
            codes[sync.run(chance.uniform(0.0, LONGEST_S))] += 1
            with opened(tmp_path) as db:
                assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        for _round in range(4):
            assert sync.run() == 0
    assert codes[-signal.SIGKILL] >= kills // 2, f"most were really killed: {codes}"
    made = Counter(row["title"] for row in service.things.values() if row["title"] not in before)
    assert made == Counter(titles)
    with opened(tmp_path) as db:
        assert outbox.listed(db) == []
        here = [row.title for row in read.tasks(db)]
        assert Counter(title for title in here if title.startswith("made")) == Counter(titles)
        assert not db.execute("SELECT 1 FROM own WHERE type = ?", (ItemType.TASK,)).fetchone()


def say_later(db: Db, text: str, now: int, in_s: int) -> None:
    place = db.execute("SELECT id FROM place WHERE writable AND flat").fetchone()[0]
    posting.post(db, Instant(now), place, text, at=Instant(now + in_s * 1000))


def kill_later(tmp_path: Path, kills: int) -> None:
    """Lines that Slack keeps until their time: some are being handed over, some being posted, when a process dies."""
    chance = random.Random(12)
    now = [int(START)]
    service = SlackFake(now=lambda: now[0])
    me = service.add_user("Sam Vermeer", "sam", service.token)
    channel = service.add_channel("harbour", [me])
    wanted: list[str] = []
    codes: Counter[int] = Counter()
    with syncs(tmp_path, service, "slack") as sync:
        assert sync.run() == 0
        for number in range(kills):
            wanted.append(f"line {number}")
            with opened(tmp_path) as db:
                write(db, say_later, wanted[-1], sync.now, chance.choice([150, 400, 1_000, 9_000]))
            now[0] = sync.now + 200_000  # what the child will be told
            codes[sync.run(chance.uniform(0.0, LONGEST_S))] += 1
        for _round in range(10):
            sync.now += 3_600_000
            now[0] = sync.now + 200_000
            assert sync.run() == 0
    service.post_due()
    assert codes[-signal.SIGKILL] >= kills // 2, f"most were really killed: {codes}"
    assert Counter(row["text"] for row in service.lines[channel].values()) == Counter(wanted)
    with opened(tmp_path) as db:
        assert outbox.listed(db) == []


def test_kills_while_lines_are_handed_over_for_later(tmp_path: Path) -> None:
    """60 here; LEEWARD_KILLS=300 tries more."""
    kill_later(tmp_path, KILLS)


def test_kills_at_any_moment(tmp_path: Path) -> None:
    """60 here; LEEWARD_KILLS=300 tries the whole promise."""
    kill(tmp_path, KILLS)


@pytest.mark.e2e
def test_300_kills(tmp_path: Path) -> None:
    kill(tmp_path, 300)
