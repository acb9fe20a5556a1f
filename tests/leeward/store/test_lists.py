"""The lists: their order, their pages while rows change under them, and the plans of the queries that run all the time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Usage
from leeward.model import Batch, ItemType, RemoteId, State, Status, Tier
from leeward.store import inbox, outbox, read, stretch
from leeward.store.db import Db
from leeward.store.stretch import Want, Where
from leeward.work import triage
from tests.leeward.store.hand import DAY, HOUR, ME, NOW, Hand, base, note, opened, said, task, thread

MINE = (ME.id,)


def tasks_at(*dues: Any) -> Batch:
    return base(tasks=tuple(task(f"k{n}", f"task {n}", assignees=MINE, due=due) for n, due in enumerate(dues)))


def test_the_inbox_goes_by_tier_then_due_then_newest(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                threads=tuple(thread(f"t{n}", f"thread {n}", updated=NOW + n) for n in range(3)),
                messages=tuple(said(f"m{n}", "x", NOW + n, thread=f"t{n}") for n in range(3)),
                tasks=(
                    task("late", "late", due=NOW - DAY),
                    task("today", "today", due=NOW + HOUR),
                    task("soon", "soon", due=NOW + 40 * HOUR),
                    task("mine", "mine", assignees=MINE),
                    task("far", "far", due=NOW + 9 * DAY),
                    task("fyi", "fyi", due=NOW + 9 * DAY, tier=Tier.GREEN),
                ),
            )
        )
        assert [row.title for row in inbox.page(db)] == [
            *("late", "today", "soon", "mine", "far", "thread 2", "thread 1", "thread 0", "fyi"),
        ]


def test_a_due_raises_the_tier_and_the_owner_overrules_it(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(tasks_at(NOW + HOUR, NOW + 40 * HOUR, NOW + 5 * DAY, date(2026, 5, 28), date(2026, 5, 29)))
        tiers = [row.tier for row in sorted(inbox.page(db), key=lambda row: row.title)]
        assert tiers == [Tier.RED, Tier.YELLOW, Tier.YELLOW, Tier.RED, Tier.YELLOW]
        hand.act(triage.tier, [hand.id(ItemType.TASK, "k0")], Tier.GREEN)
        hand.act(triage.tier, [hand.id(ItemType.TASK, "k1")], None)
        tiers = [row.tier for row in sorted(inbox.page(db), key=lambda row: row.title)]
        assert tiers[:2] == [Tier.GREEN, None]


def walk(db: Db, limit: int, **named: Any) -> list[str]:
    found: list[str] = []
    after = None
    while rows := inbox.page(db, limit, after):
        found += [row.id for row in rows]
        after = rows[-1].id
        for act in named.get("between", ()):
            act(found)
    return found


@settings(max_examples=25, deadline=None)
@given(
    dues=st.lists(st.sampled_from([NOW - DAY, NOW, NOW + HOUR, NOW + 30 * HOUR, NOW + 9 * DAY]), max_size=23),
    limit=st.integers(1, 9),
)
def test_pages_together_are_the_whole(dues: list[int], limit: int) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder)) as db:
        Hand(db).take(tasks_at(*dues))
        whole = [row.id for row in inbox.page(db, 1000)]
        assert len(whole) == len(dues)
        assert walk(db, limit) == whole
        everything = [row.id for row in inbox.everything(db, 1000)]
        paged: list[str] = []
        while rows := inbox.everything(db, limit, paged[-1] if paged else None):
            paged += [row.id for row in rows]
        assert paged == everything
        tasks: list[str] = []
        while more := read.tasks(db, limit=limit, after=tasks[-1] if tasks else None):
            tasks += [row.id for row in more]
        assert tasks == [row.id for row in read.tasks(db)]


@settings(max_examples=25, deadline=None)
@given(count=st.integers(3, 20), limit=st.integers(1, 5), which=st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_a_walk_misses_and_doubles_nothing_while_rows_change(count: int, limit: int, which: list[int]) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder)) as db:
        hand = Hand(db)
        hand.take(tasks_at(*(NOW + n * HOUR for n in range(count))))
        changed: set[str] = set()
        picks = iter(which)

        def between(found: list[str]) -> None:
            pick = next(picks, None)
            rows = inbox.page(db, 1000)
            if pick is None or not rows:
                return
            id = rows[pick % len(rows)].id
            changed.add(id)
            hand.act(triage.done if pick % 2 else triage.later, [id], *(() if pick % 2 else (NOW + 9 * DAY,)))

        before = {row.id for row in inbox.page(db, 1000)}
        found = walk(db, limit, between=(between,))
        assert len(found) == len(set(found))
        assert before - changed <= set(found)


def test_a_page_after_a_row_that_was_just_cleared_goes_on_there(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                threads=tuple(thread(f"t{n}", updated=NOW + n) for n in range(6)),
                messages=tuple(said(f"m{n}", "x", NOW + n, thread=f"t{n}") for n in range(6)),
            )
        )
        whole = [row.id for row in inbox.page(db)]
        hand.act(triage.done, [whole[2]])
        assert [row.id for row in inbox.page(db, 2, whole[2])] == whole[3:5]
        with pytest.raises(Usage):
            inbox.page(db, 2, "nothing")


def full(db: Db, hand: Hand, count: int = 30) -> None:
    hand.take(
        base(
            threads=tuple(thread(f"t{n}", f"thread {n}") for n in range(count)),
            messages=tuple(
                said(f"m{n}.{k}", f"line {k}", NOW + n * 60 + k, ("ana", "bo")[n % 2], thread=f"t{n}")
                for n in range(count)
                for k in range(1 + n % 3)
            ),
            tasks=tuple(
                task(f"k{n}", f"task {n}", assignees=MINE if n % 2 else (), due=NOW + n * HOUR, updated=NOW + n % 4,
                     status=Status.DONE if n % 5 == 0 else Status.OPEN)
                for n in range(count)
            ),
            notes=tuple(note(f"n{n}", f"note {n}", "x", updated=NOW + n % 4) for n in range(count)),
        )
    )  # fmt: skip
    ids = [row.id for row in inbox.page(db, 1000) if row.type is ItemType.THREAD]
    hand.act(triage.later, ids[:6], NOW + 3 * DAY)
    hand.act(triage.later, ids[6:8], NOW + 2 * DAY)
    hand.act(triage.done, ids[8:14])
    hand.act(triage.tier, ids[14:18], Tier.GREEN)
    for id in ids[-16::2]:
        hand.act(triage.read, id, 1 << 60)


LISTS = {
    "inbox": lambda db, where: stretch.inbox_stretch(db, Want(), where),
    "fyi": lambda db, where: stretch.inbox_stretch(db, Want(fyi="only"), where),
    "no fyi": lambda db, where: stretch.inbox_stretch(db, Want(fyi="without"), where),
    "recent": lambda db, where: stretch.inbox_stretch(db, Want(fyi="without", old=NOW + 20 * 60), where),
    "earlier": lambda db, where: stretch.inbox_stretch(db, Want(fyi="earlier", old=NOW + 20 * 60), where),
    "red": lambda db, where: stretch.inbox_stretch(db, Want(tiers=frozenset({"red", "none"})), where),
    "later": lambda db, where: stretch.inbox_stretch(db, Want(pick="later"), where),
    "done": lambda db, where: stretch.inbox_stretch(db, Want(pick="done"), where),
    "all": lambda db, where: stretch.inbox_stretch(db, Want(pick="all"), where),
    "words": lambda db, where: stretch.inbox_stretch(db, Want(text="THREAD 1 harb"), where),
    "unread": lambda db, where: stretch.inbox_stretch(db, Want(unread=True, account="team"), where),
    "tasks": lambda db, where: stretch.task_stretch(db, Want(), where),
    "my open tasks": lambda db, where: stretch.task_stretch(db, Want(status="open", mine=True), where),
    "notes": lambda db, where: stretch.note_stretch(db, Want(), where),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_stretch_in_every_direction(tmp_path: Path, name: str) -> None:
    ask: Any = LISTS[name]
    with opened(tmp_path) as db:
        full(db, Hand(db))
        whole = ask(db, Where(1000))
        ids = [row.id for row in whole.rows]
        assert len(ids) > 3
        assert not whole.more_before
        assert not whole.more_after
        assert [row.id for row in ask(db, Where(3, end=True)).rows] == ids[-3:]
        for at, id in enumerate(ids):
            after = ask(db, Where(4, after=id))
            assert [row.id for row in after.rows] == ids[at + 1 : at + 5]
            assert after.more_after == (at + 5 < len(ids))
            before = ask(db, Where(4, before=id))
            assert [row.id for row in before.rows] == ids[max(0, at - 4) : at]
            assert before.more_before == (at > 4)
            around = ask(db, Where(6, around=id))
            got = [row.id for row in around.rows]
            assert id in got
            assert got == ids[ids.index(got[0]) :][: len(got)]
            assert around.more_before == (got[0] != ids[0])
            assert around.more_after == (got[-1] != ids[-1])


def test_a_stretch_of_lines(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        lines = tuple(said(f"m{n}", f"line {n}", NOW + n, thread="t") for n in range(20))
        hand.take(base(threads=(thread("t"),), messages=lines))
        id = hand.thread("t")
        texts = [f"line {n}" for n in range(20)]
        assert [row.text for row in stretch.message_stretch(db, id, Where(5, end=True)).rows] == texts[15:]
        around = stretch.message_stretch(db, id, Where(6, around=hand.line("m10")))
        assert [row.text for row in around.rows] == texts[7:13]
        assert around.more_before
        assert around.more_after


def test_a_stretch_after_a_row_that_left_the_list_is_not_empty(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        full(db, hand)
        for want in (Want(), Want(pick="later")):
            ids = [row.id for row in stretch.inbox_stretch(db, want, Where(1000)).rows]
            hand.act(triage.done, [ids[1]])
            got = [row.id for row in stretch.inbox_stretch(db, want, Where(3, after=ids[1])).rows]
            assert got
            assert got[0] in {ids[0], ids[2]}
        assert stretch.inbox_stretch(db, Want(), Where(3, after="nothing")).rows


HOT = {
    "the inbox": (inbox.PAGE, (-1, 0, 0, "", 100), "item_inbox"),
    "its unread": ("SELECT rank, count(*) FROM item WHERE listed = 1 AND unread > 0 GROUP BY rank", (), "item_unread"),
    "lines of a thread": (read.MESSAGE + " WHERE message.thread = ? AND message.n < ? ORDER BY message.n DESC LIMIT ?",
                          ("x", 1, 10), "message_thread"),
    "tasks": (read.TASKS + " WHERE item.type = 'task' AND item.gone = 0 ORDER BY rank, due_sort, recent, item.id LIMIT 100",
              (), "item_task"),
    "what slept": ("SELECT id FROM item WHERE later <= ?", (1,), "item_later"),
    "unread lines": ("SELECT count(*) FROM message WHERE thread = ? AND n > ? AND silent = 0", ("x", 1), "message_thread"),
    "the outbox": (outbox._READY + " AND o.due <= ?", (1,), "outbox_open"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOT)
def test_hot_queries_walk_their_index(tmp_path: Path, name: str) -> None:
    query, values, index = HOT[name]
    with opened(tmp_path) as db:
        full(db, Hand(db))
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
        assert any(index in step for step in plan), plan
        assert not any("TEMP B-TREE" in step for step in plan), plan
        assert not any(step.startswith("SCAN") and index not in step for step in plan), plan
        assert not any("rowid<" in step for step in plan), plan


def test_the_page_of_a_stretch_walks_the_index_too(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        full(db, Hand(db))
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        rows = stretch.inbox_stretch(db, Want(), Where(5)).rows
        stretch.inbox_stretch(db, Want(), Where(5, after=rows[-1].id))
        stretch.inbox_stretch(db, Want(), Where(5, before=rows[-1].id))
        db.set_trace_callback(None)
        pages = [query for query in asked if "listed = 1" in query]
        assert len(pages) == 3
        for query in pages:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
            assert any("item_inbox" in step for step in plan), plan
            assert not any("TEMP B-TREE" in step for step in plan), plan


def test_what_was_read_long_ago_is_kept_apart_and_walks_its_index(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        full(db, Hand(db))
        old = NOW + 20 * 60
        recent = stretch.inbox_stretch(db, Want(fyi="without", old=old), Where(1000)).rows
        earlier = stretch.inbox_stretch(db, Want(fyi="earlier", old=old), Where(1000)).rows
        both = stretch.inbox_stretch(db, Want(fyi="without"), Where(1000)).rows
        assert earlier
        assert {row.id for row in recent} | {row.id for row in earlier} == {row.id for row in both}
        assert not {row.id for row in recent} & {row.id for row in earlier}
        assert all(not row.unread and row.tier is None and row.due is None and row.updated <= old for row in earlier)
        assert any(row.unread and row.updated < old for row in recent)
        assert inbox.earlier(db, old) == len(earlier)
        assert inbox.earlier(db, old, most=2) == 2
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        for fyi in ("without", "earlier"):
            stretch.inbox_stretch(db, Want(fyi=fyi, old=old), Where(1000))
        db.set_trace_callback(None)
        plans = [
            " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}"))
            for query in asked
            if "listed = 1" in query
        ]
        walked = ("item_inbox", "item_unread", "item_inbox")
        assert all(index in plan for index, plan in zip(walked, plans, strict=True)), plans
        assert not any("TEMP B-TREE" in plan for plan in plans), plans


def test_counts_tell_what_the_list_shows(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        full(db, Hand(db))
        rows = inbox.page(db, 1000)
        counts = inbox.counts(db)
        assert counts["unread"] == sum(row.state is State.NEW for row in rows)
        assert counts["green"] == sum(row.tier is Tier.GREEN and row.unread > 0 for row in rows)
        assert counts["later"] == len(inbox.later(db))
        assert [row.later for row in inbox.later(db)] == sorted(row.later or 0 for row in inbox.later(db))


def test_open_tasks_of_ones_own_are_counted_without_looking_them_up(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        full(db, hand)

        def slowly() -> int:
            mine = "task.mine AND item.gone = 0 AND item.rank < 4"
            return int(db.execute(f"SELECT count(*) FROM task JOIN item USING (id) WHERE {mine}").fetchone()[0])

        assert inbox.mine_open(db) == slowly() == 12
        hand.take(
            Batch(gone=tuple((ItemType.TASK, RemoteId(f"k{n}")) for n in (1, 2, 5)))
        )  # mine and open, not mine, done
        assert inbox.mine_open(db) == slowly() == 11
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        inbox.mine_open(db)
        db.set_trace_callback(None)
        plans = [row[3] for query in asked for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert "SCAN task USING COVERING INDEX task_mine_open" in plans, plans
        assert any("item USING" in plan and "item_gone_task" in plan for plan in plans), plans


def test_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        full(db, hand)
        ids = [str(hand.thread(f"t{n}")) for n in (5, 1, 9)]
        assert [row.id for row in inbox.rows(db, [*ids, "nothing"])] == ids
        assert inbox.rows(db, []) == []


def test_people_of_a_row_are_newest_first(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                threads=(thread("t"),),
                messages=(
                    said("m1", "a", NOW, "ana", thread="t"),
                    said("m2", "b", NOW + 1, "bo", thread="t"),
                    said("m3", "join", NOW + 2, "me", thread="t", notice=True),
                    said("m4", "c", NOW + 3, "ana", thread="t", reply_to=(RemoteId("m2"),)),
                ),
            )
        )
        (row,) = inbox.page(db)
        assert row.people == ("Ana Duarte", "Bo Lind")
        assert row.unread == 3
