"""Rows 7, 10, 11, 12 and 15 and the small measures: store, sync, command line, quiet hours, context, parsing."""

from __future__ import annotations

import asyncio
import gc
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

from bench.command import ROOT, environment, in_turns
from bench.data import NOW, SIZES, Size, fill, flat_lines, store
from bench.goals import Figure, missing
from bench.pty import spread
from connectors import TABLE
from leeward.model import Batch, Focus, Instant
from leeward.ports import Connector, Login
from leeward.store import accounts
from leeward.store.db import Db, open_db
from leeward.store.lanes import Store
from leeward.store.search import search
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from leeward.testing.clock import FakeClock
from leeward.work.context import context
from leeward.work.context_lines import Line


def cpu_ms(act: Callable[[], object], rounds: int = 7) -> float:
    """The middle CPU time of an act, in milliseconds; a first one is not counted."""
    act()
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        act()
        taken.append((time.process_time() - begun) * 1000)
    return median(taken)


def commands(size: str) -> list[Figure]:
    """Row 12."""
    folder, _took = store(size)
    here = environment()
    program = [str(here / "leeward"), "--data", str(folder)]
    bare, version, inbox = in_turns(
        [[str(here / "python"), "-c", "pass"], [str(here / "leeward"), "--version"], [*program, "inbox", "--json"]]
    )
    said = f"bare python {bare:.1f} ms, an environment without hooks"
    return [
        Figure("12", "leeward --version", version, "ms", 2.0, True, version / bare, said),
        Figure("12", "leeward inbox --json, 100 rows", inbox, "ms", 5.0, True, inbox / bare, said),
    ]


def ingest(size: str) -> list[Figure]:
    """Row 10: what making the store of that size took, in full; for 10k only a twentieth, which flatters."""
    whole, what = SIZES["100k"], "store 100k issues + 1M comments, CPU"
    if size == "10k":
        part = Size("part", 5_000, 50_000, long=500, flat=0)
        with tempfile.TemporaryDirectory(prefix="leeward-bench-") as folder:
            spent = fill(Path(folder), part)
        note = "a twentieth, told times 20: the indexes of the whole no longer fit the cache and cost up to twice that"
        return [Figure("10", f"{what} (too low, see note)", spent * 20, "s", 30.0, why=note)]
    _folder, took = store("100k")
    note = f"in full, when the store was made; {whole.flat:,} lines of a channel are in it"
    return [Figure("10", what, took, "s", 30.0, why=note)] if took else [missing("10", what, "made by an older bench")]


class _Silent:
    """A service that answers at once that nothing is new."""

    async def pull(self, cursor: str | None, focus: Focus) -> AsyncIterator[Batch]:
        del focus
        yield Batch(cursor=cursor)


def nothing_new(_size: str) -> list[Figure]:
    """Row 11: a round over eight accounts that have nothing to say, and what it wrote."""
    with tempfile.TemporaryDirectory(prefix="leeward-bench-") as name:
        held = Store(Path(name))
        try:
            return _rounds(held, Path(name))
        finally:
            held.close()


def _rounds(held: Store, folder: Path) -> list[Figure]:
    clock, lock = FakeClock(), SyncLock(folder)
    lock.take("bench", clock.now())
    lives = []
    for at in range(8):
        uid = held.write(_account, f"account-{at}").result()
        login = Login(name=f"account-{at}", kind="gitlab", url="https://gitlab.example.org")
        lives.append(Live(uid, login, TABLE["gitlab"], cast("Connector", _Silent())))
    engine = Engine(held, lives, clock, (), lock)
    asyncio.run(engine.round())
    before = held.write(_changes).result()
    spent = asyncio.run(_measured(engine))
    wrote = held.write(_changes).result() - before
    lock.release()
    return [
        Figure("11", "a sync with nothing new, 8 accounts, CPU", spent, "ms", 15.0),
        Figure("11", "a sync with nothing new, rows written", float(wrote), "", 0.0),
    ]


async def _measured(engine: Engine) -> float:
    taken = []
    for _ in range(15):
        begun = time.process_time()
        await engine.round()
        taken.append((time.process_time() - begun) * 1000)
    return median(taken)


def _account(db: Db, name: str) -> Any:
    uid = accounts.ensure(db, name, "gitlab", "https://gitlab.example.org", now=NOW)
    accounts.set_cursor(db, uid, "{}")
    return uid


def _changes(db: Db) -> int:
    return db.total_changes


def searching(size: str) -> list[Figure]:
    """The store's part of row 7: every beginning of common and rare words, from two letters on."""
    folder, _took = store(size)
    db = open_db(folder, readonly=True)
    taken = []
    try:
        for word in ("release", "server", "vendredi", "rechnung", "сервер", "会議は明日", "kalomi", "the build"):
            for end in range(2, len(word) + 1):
                begun = time.perf_counter()
                search(db, word[:end], 60)
                taken.append((time.perf_counter() - begun) * 1000)
    finally:
        db.close()
    middle, most = spread(taken)
    return [Figure("7", "search, the store's part, p95", most, "ms", 20.0, why=f"p50 {middle:.1f} ms")]


def contexts(_size: str) -> list[Figure]:
    """Row 15: the context of the middle line of a window of 200."""
    lines = [
        Line(
            id=str(one.id),
            at=one.at,
            author=str(one.author or ""),
            text=one.text,
            reply_to=(),
            thread=None,
            notice=False,
        )
        for one in flat_lines(200)
    ]
    gc.collect()
    cold = cpu_ms(lambda: context(lines, lines[100].id))
    return [Figure("15", "context of a line, cold window of 200", cold, "ms", 50.0), *_one_more(lines)]


def _one_more(lines: list[Line]) -> list[Figure]:
    from leeward.work.cut import Cutter

    cutter = Cutter(None)
    for line in lines[:-100]:
        cutter.push(line)
    begun = time.process_time()
    for line in lines[-100:]:
        cutter.push(line)
    return [Figure("15", "one new message", (time.process_time() - begun) * 10, "ms", 1.0)]


def quiet_hours(_size: str) -> list[Figure]:
    """Whether it rings now, when it opens next, and a preview."""
    from itertools import count

    from leeward.config import load
    from leeward.work import quiet, quiet_preview
    from leeward.work.quiet_course import Spell
    from leeward.work.quiet_plan import Plan, Surroundings, plan

    config, _problems = load(ROOT / "config.example.toml")
    now = Instant(NOW)
    turns = count()

    def fresh() -> Plan:
        # Another one-off each time, long over, so that no plan that was laid out before is met again.
        over = Spell(Instant(next(turns)), Instant(1_000), quiet=True)
        return plan(config.quiet, Surroundings("Europe/Amsterdam", (over,)))

    begun = time.process_time()
    around = Surroundings("Europe/Amsterdam", ())
    asked = plan(config.quiet, around)
    quiet.is_quiet(asked, now)
    first = (time.process_time() - begun) * 1000  # once only: what was laid out is kept from then on
    times, why = 2_000, "the example settings, a trip and exceptions included"
    still = cpu_ms(lambda: [quiet.is_quiet(asked, Instant(now + at * 977_000)) for at in range(times)]) / times * 1000
    whole = cpu_ms(lambda: [quiet.is_quiet(plan(config.quiet, around), now) for _ in range(times)]) / times * 1000
    opens = cpu_ms(lambda: [quiet.next_open(asked, Instant(now + at * 977_000)) for at in range(100)]) / 100
    week = cpu_ms(lambda: quiet_preview.drawing(asked, now, 7))
    cold = cpu_ms(lambda: quiet_preview.drawing(fresh(), now, 7))
    return [
        Figure("q", "quiet: is it quiet, days laid out already", still, "us", 50.0, why=why),
        Figure("q", "quiet: is it quiet, its plan looked up too", whole, "us", 50.0, why=why),
        Figure("q", "quiet: is it quiet, first question of all", first, "ms", why="once, with nothing laid out yet"),
        Figure("q", "quiet: when it opens next, within a week", opens, "ms", 5.0, why=why),
        Figure("q", "quiet: preview of a week, nothing laid out yet", cold, "ms", 10.0, why=why),
        Figure("q", "quiet: preview of a week, laid out already", week, "ms", 10.0, why=why),
    ]


def parsing(_size: str) -> list[Figure]:
    """A page of a hundred issues, as GitLab answers it, to rows."""
    from connectors.gitlab.api.incoming import World, item

    row = {
        "id": 1, "iid": 7, "project_id": 3, "title": "The build fails on main", "description": "Since *today*. @ana see `x`.",
        "state": "opened", "created_at": "2026-05-01T09:00:00.000Z", "updated_at": "2026-05-02T09:00:00.000Z",
        "author": {"id": 5, "username": "sam", "name": "Sam"}, "assignees": [], "labels": ["bug"], "user_notes_count": 3,
        "web_url": "https://gitlab.example.org/platform/api/-/issues/7", "due_date": "2026-06-01",
    }  # fmt: skip
    body = json.dumps([{**row, "iid": at} for at in range(100)])
    spent = cpu_ms(
        lambda: [item(one, "issues", World("https://gitlab.example.org/api/v4")) for one in json.loads(body)]
    )
    return [Figure("p", "GitLab: a page of 100 issues to rows", spent, "ms")]


def quality(_size: str) -> list[Figure]:
    """Row 15 too: how well contexts are chosen in the development chats, which are not part of this repository."""
    from bench import chats

    path = chats.FOLDER / "ubuntu-dev.jsonl.gz"
    if not path.is_file():
        why = "the annotated chats are not at hand (LEEWARD_SHARED)"
        return [missing("15", "CTX-F1@20 on the development chats", why)]
    annotated = chats.messages(path)
    return [
        *_chosen("CTX-F1@20, development chats", annotated, 86.0),
        *_chosen("CTX-F1@20, all names stripped", chats.without_names(annotated), 62.0),
    ]


def _chosen(what: str, annotated: list[dict[str, Any]], least: float) -> list[Figure]:
    from bench import chats
    from leeward.work.context_batch import batch

    begun = time.process_time()
    found = {(one["room"], one["id"]): set(one["context"]) for one in batch(chats.questions(annotated))}
    spent = (time.process_time() - begun) * 1000 / len(annotated)
    score = chats.score(annotated, found)
    why = f"of 100; lone lines left alone: {score.alone:.0f} %; {spent:.2f} ms a line in a batch"
    return [Figure("15", what, score.f1, "", least, why=why, at_least=True)]
