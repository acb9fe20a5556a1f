"""Stores of 10 thousand, 100 thousand and a million threads, the same ones every time, made through the one door.

Nothing here writes SQL: what a store holds is what `store.ingest` makes of a service's pages, so that a measured store is
a real one, full-text index, derived columns, people and places included.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.prose import Prose
from leeward.model import (
    AccountUid,
    Audience,
    Batch,
    Instant,
    Message,
    Note,
    Person,
    Place,
    Reach,
    RemoteId,
    Status,
    Task,
    Thread,
    Tier,
)
from leeward.store import accounts, own
from leeward.store.db import Db, open_db, write
from leeward.store.ingest import ingest
from leeward.work.steps import import_steps

FOLDER = Path(__file__).parent / "data"
MADE = 3
"""Raise it when the content of the stores changes: older ones are made anew."""

START = Instant(1_704_186_000_000)
SPAN_MS = 860 * 86_400_000
NOW = Instant(START + SPAN_MS)
PEOPLE, PLACES, ACCOUNT = 300, 40, "work-gitlab"
LONG = RemoteId("1/issues/1")
LONG_TITLE = "The long thread of five thousand lines"
PAGE_THREADS = 100


@dataclass(frozen=True, slots=True)
class Size:
    """How much a store holds. `issues`: of so many threads every one is also a task; `flat`: lines of a channel."""

    name: str
    threads: int
    messages: int
    issues: int = 1
    long: int = 5_000
    flat: int = 2_000


SIZES = {
    "10k": Size("10k", 10_000, 100_000),
    "100k": Size("100k", 100_000, 1_000_000),
    "1m": Size("1m", 1_000_000, 1_000_000, issues=10),
}


def people() -> tuple[Person, ...]:
    """Everybody; the first one is the owner."""
    prose = Prose(1)
    return tuple(
        Person(
            RemoteId(f"u{at}"), prose.name(at), f"user{at}", f"user{at}@example.org", verified=at % 3 == 0, me=at == 0
        )
        for at in range(PEOPLE)
    )


def places() -> tuple[Place, ...]:
    """Projects, and one flat channel."""
    prose = Prose(2)
    projects = tuple(
        Place(RemoteId(str(at)), f"platform/{prose.rare[at]}", Audience(Reach.PEOPLE, 12), threads=True, tasks=True)
        for at in range(1, PLACES)
    )
    return (*projects, Place(RemoteId("hall"), "team-hall", Audience(Reach.ORGANISATION), flat=True, threads=True))


def pages(size: Size, seed: int = 7) -> Iterator[Batch]:
    """What the service would answer, page by page: places and people first, then threads with their lines."""
    yield Batch(places=places(), people=people())
    prose = Prose(seed)
    yield from _long(prose, size)
    each = (size.messages - size.long) / max(1, size.threads - 1)
    for first in range(2, size.threads + 1, PAGE_THREADS):
        numbers = range(first, min(first + PAGE_THREADS, size.threads + 1))
        yield _page(prose, size, numbers, each)
    yield _notes(prose, max(10, size.threads // 1000))


def _long(prose: Prose, size: Size) -> Iterator[Batch]:
    """One thread of thousands of lines over all the time; red, so that it stands at the top of the inbox."""
    task = Task(RemoteId("1/1"), RemoteId("1"), LONG_TITLE, tier=Tier.RED, thread=LONG, updated=NOW)
    thread = Thread(LONG, RemoteId("1"), LONG_TITLE, task=task.id, updated=NOW)
    step = SPAN_MS // (size.long + 1)
    lines = [_message(prose, LONG, RemoteId("1"), at, Instant(START + at * step)) for at in range(1, size.long + 1)]
    yield Batch(threads=(thread,), tasks=(task,), messages=tuple(lines))


def _page(prose: Prose, size: Size, numbers: Sequence[int], each: float) -> Batch:
    random = prose.random
    threads, tasks, messages = [], [], []
    for number in numbers:
        place = RemoteId(str(number % (PLACES - 1) + 1))
        id = RemoteId(f"{place}/issues/{number}")
        born = START + SPAN_MS * number // (size.threads + 1)
        done = random.random() < 0.3
        title = prose.title()
        task = None
        if number % size.issues == 0:
            task = _task(prose, place, id, number, title, Instant(born), done=done)
            tasks.append(task)
        web = f"https://gitlab.example.org/platform/p{place}/-/issues/{number}"
        threads.append(
            Thread(id, place, title, web, task=task.id if task else None, updated=Instant(born), closed=done)
        )
        at = born
        count = int(each) + (random.random() < each - int(each))
        for line in range(count):
            messages.append(_message(prose, id, place, line, Instant(min(at, NOW - 1)), web))
            at += int(random.expovariate(1 / 7_200_000)) + 1
    return Batch(threads=tuple(threads), tasks=tuple(tasks), messages=tuple(messages))


def _task(prose: Prose, place: RemoteId, thread: RemoteId, number: int, title: str, at: Instant, *, done: bool) -> Task:
    random = prose.random
    luck = random.random()
    # Dues lie well behind or far ahead of whenever this is measured, so that no store changes by growing older.
    due = date(2027 + number % 40, number % 12 + 1, number % 28 + 1) if luck < 0.2 else None
    tier = Tier.RED if luck > 0.998 else Tier.YELLOW if luck > 0.98 else Tier.GREEN if luck > 0.9 else None
    return Task(
        RemoteId(f"{place}/{number}"),
        place,
        title,
        prose.line(10, 40),
        Status.DONE if done else Status.OPEN,
        author=_who(prose),
        assignees=(_who(prose),) if luck < 0.6 else (),
        due=due,
        tier=tier,
        labels=("bug", prose.rare[number % 50]) if luck < 0.3 else (),
        thread=thread,
        updated=at,
        created=at,
    )


def _message(
    prose: Prose, thread: RemoteId | None, place: RemoteId, number: int, at: Instant, web: str | None = None
) -> Message:
    luck = prose.random.random()
    return Message(
        RemoteId(f"{thread or place}/{number}"),
        place,
        _who(prose),
        at,
        prose.line(),
        thread,
        mentions=(RemoteId("u0"),) if luck < 0.003 else (),
        url=f"{web}#note_{number}" if web else None,
    )


def _who(prose: Prose) -> RemoteId:
    """A person; few speak much, many seldom."""
    return RemoteId(f"u{int(PEOPLE * prose.random.random() ** 2.2)}")


def _notes(prose: Prose, count: int) -> Batch:
    notes = tuple(
        Note(RemoteId(f"n{at}"), RemoteId("1"), prose.title(), prose.line(40, 200), Instant(NOW - at * 3_600_000))
        for at in range(count)
    )
    return Batch(notes=notes, cursor='{"since": 1}')


def flat_lines(count: int, seed: int = 11) -> tuple[Message, ...]:
    """Lines of the flat channel, a minute or so apart."""
    prose = Prose(seed)
    at = NOW - count * 100_000
    lines = []
    for number in range(count):
        at += int(prose.random.expovariate(1 / 70_000)) + 1
        lines.append(_message(prose, None, RemoteId("hall"), number, Instant(at)))
    return tuple(lines)


def new_account(db: Db) -> AccountUid:
    """The account everything belongs to: what is older than the last two hundredths arrived read."""
    own.ensure_local(db, NOW)
    since = Instant(NOW - SPAN_MS // 50)
    return accounts.ensure(db, ACCOUNT, "gitlab", "https://gitlab.example.org", now=since, since=since)


def fill(folder: Path, size: Size, *, rows_a_transaction: int = 2_000) -> float:
    """Make a store in an empty folder; returns the CPU seconds of ingest alone, network and invention aside."""
    db = open_db(folder)
    spent = 0.0
    try:
        uid = write(db, new_account)
        pending: list[Batch] = []
        rows = 0
        for batch in pages(size):
            pending.append(batch)
            rows += len(batch.threads) + len(batch.messages) + len(batch.tasks)
            if rows >= rows_a_transaction:
                spent += _keep(db, uid, pending)
                pending, rows = [], 0
        spent += _keep(db, uid, [*pending, Batch(messages=flat_lines(size.flat))])
        begun = time.process_time()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spent += time.process_time() - begun
    finally:
        db.close()
    return spent


def _keep(db: Db, uid: AccountUid, batches: list[Batch]) -> float:
    begun = time.process_time()
    write(db, ingest, uid, tuple(batches), import_steps(), NOW)
    return time.process_time() - begun


def store(name: str) -> tuple[Path, float | None]:
    """The folder of a store, made if it is not there or is an older one; and the CPU seconds its ingest took then."""
    size = SIZES[name]
    folder = FOLDER / name
    mark = folder / "made"
    wanted = f"{MADE} {size.threads} {size.messages} {size.issues} {size.long} {size.flat}"
    if mark.exists():
        said, _, took = mark.read_text().partition("\n")
        if said == wanted:
            return folder, float(took) if took else None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"making the store of {size.threads:,} threads and {size.messages:,} messages …", file=sys.stderr)
    spent = fill(folder, size)
    mark.write_text(f"{wanted}\n{spent:.2f}")
    return folder, spent
