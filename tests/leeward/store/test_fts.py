"""Search: words in any script, filters, hostile queries, and an index that never drifts from what is shown."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Usage
from leeward.model import Batch, ItemType, RemoteId
from leeward.store import accounts, fts
from leeward.store.db import Db, write
from leeward.store.search import search
from leeward.work import edit, noting
from tests.leeward.hostile import strings
from tests.leeward.store.hand import DAY, MINUTE, NOW, Hand, base, note, opened, said, task, thread


def found(db: Db, query: str) -> list[str]:
    return [hit.snippet for hit in search(db, query)]


def indexed(db: Db) -> Counter[tuple[int, str, str]]:
    """Every word of the index with its row and column, as FTS5 itself lists it."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.seen USING fts5vocab(main, fts, instance)")
    rows = Counter((doc, term, col) for term, doc, col in db.execute("SELECT term, doc, col FROM temp.seen"))
    db.execute("DROP TABLE temp.seen")
    return rows


def rebuilt(db: Db) -> Counter[tuple[int, str, str]]:
    """The same of an index built from what the tables say now."""
    fresh = sqlite3.connect(":memory:", factory=Db)
    try:
        fresh.execute(
            "CREATE VIRTUAL TABLE fts USING fts5 (title, body, content = '', prefix = '2 3',"
            " tokenize = 'unicode61 remove_diacritics 2')"
        )
        rows = [
            *db.execute("SELECT n, '', text FROM message WHERE silent & 5 = 0"),
            *db.execute(
                "SELECT n, title, coalesce(task.text, note.text, '') FROM item LEFT JOIN task USING (id)"
                " LEFT JOIN note USING (id) WHERE cut = 0 AND type IN ('thread', 'task', 'note')"
            ),
        ]
        fresh.executemany(
            "INSERT INTO fts (rowid, title, body) VALUES (?, ?, ?)",
            [(n, fts.words(title), fts.words(body)) for n, title, body in rows],
        )
        return indexed(fresh)
    finally:
        fresh.close()


def test_two_letters_find_and_the_newest_comes_first(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=tuple(said(f"m{n}", f"database {n}", NOW + n * MINUTE) for n in range(5))))
        assert found(db, "da") == [f"database {n}" for n in (4, 3, 2, 1, 0)]
        assert found(db, "DATABASE 3") == ["database 3"]
        assert found(db, '"database 3"') == ["database 3"]
        assert found(db, '"base"') == []
        assert found(db, "cafe") == []
        hand.take(base(messages=(said("m9", "Café crème", NOW),)))
        assert found(db, "cafe creme") == ["Café crème"]


def test_scripts_without_spaces_are_found_by_pairs(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        Hand(db).take(
            base(messages=(said("m1", "金曜日から保持ジョブが動いていません"), said("m2", "회의록을 어디에", NOW + 1)))
        )
        for query in ("金曜", "保持ジョブ", "曜日から保"):
            assert len(found(db, query)) == 1, query
        assert len(found(db, "회의록")) == 1
        assert found(db, "日曜") == []


@pytest.mark.parametrize(
    "query",
    ['"', '""', "*", "AND", "OR", "NOT", "NEAR(", "NEAR(a b)", "(", ")", "a OR", "title:x", "-x", "^x", "{a}", "+", "'",
     "a*b", "\\", "%", "_", ";", "--", "\x00", "a\x00b", "x" * 5000, "in:", "by:", 'by:"', "is:task AND", "😀", "\u202e"],
)  # fmt: skip
def test_no_query_is_an_error(tmp_path: Path, query: str) -> None:
    with opened(tmp_path) as db:
        Hand(db).take(base(messages=(said("m1", "AND OR NOT NEAR title x a b"),)))
        search(db, query)


def test_hostile_strings_find_themselves_or_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        texts = strings()
        hand.take(base(messages=tuple(said(f"m{n}", text, NOW + n) for n, text in enumerate(texts))))
        for text in texts:
            try:
                search(db, text, 5)
            except Usage as usage:
                assert ":" in text, f"{usage}"  # noqa: PT017 - only a filter may be refused
        assert indexed(db) == rebuilt(db)


@pytest.mark.parametrize("query", ["is:nothing x", "before:soon", "after:2026-13-40", "after:0001-01-01x"])
def test_a_filter_that_means_nothing_is_said(tmp_path: Path, query: str) -> None:
    with opened(tmp_path) as db, pytest.raises(Usage):
        search(db, query)


@pytest.mark.parametrize(
    "query", ["after:0001-01-01", "before:9999-12-31", "before:0001-01-01 x", "after:9999-12-31 x"]
)
def test_the_ends_of_the_calendar_are_dates(tmp_path: Path, query: str) -> None:
    with opened(tmp_path) as db:
        search(db, query)


def test_each_filter_leaves_only_what_it_names(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(
            base(
                messages=(said("m1", "index now", NOW - 3 * DAY), said("m2", "index later", NOW, "bo", thread="t")),
                threads=(thread("t", "The index"),),
                tasks=(task("k", "Add the index", author=RemoteId("ana")),),
                notes=(note("n", "Index notes", "index"),),
            )
        )
        write(db, noting.add_note, NOW, "We keep the index", "decided", label="decision")
        assert {hit.type for hit in search(db, "index")} == {"message", "thread", "task", "note"}
        assert [hit.title for hit in search(db, "index is:task")] == ["Add the index"]
        assert [hit.title for hit in search(db, "is:decision")] == ["We keep the index"]
        assert {hit.title for hit in search(db, "index is:note")} == {"Index notes", "We keep the index"}
        assert found(db, "index by:bo") == ["index later"]
        assert found(db, "index by:ana in:harbour is:message") == ["index now"]
        assert found(db, 'index in:"harbour/api" is:message') == ["index later"]
        assert found(db, "index is:message before:2026-05-27") == ["index now"]
        assert found(db, "index is:message after:2026-05-27") == ["index later"]
        assert len(search(db, "index", limit=2)) == 2


def test_what_is_gone_is_not_found(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("m1", "zebra"),), tasks=(task("k", "zebra"),)))
        hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("m1")), (ItemType.TASK, RemoteId("k")))))
        assert search(db, "zebra") == []
        assert search(db, "in:harbour") == []


def test_a_removed_account_leaves_no_words_behind(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        batch = base(messages=(said("m1", "zebra"),), tasks=(task("k", "giraffe"),), threads=(thread("t", "okapi"),))
        hand.take(batch)
        write(db, accounts.forget, hand.uid)
        assert not indexed(db)
        hand.take(batch)
        assert indexed(db) == rebuilt(db)


def test_a_title_that_waits_in_the_outbox_is_the_one_that_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=(task("k", "zebra", text="one"),)))
        id = hand.id(ItemType.TASK, "k")
        hand.act(edit.set_task, id, {"title": "okapi"})
        hand.take(base(tasks=(task("k", "giraffe", text="two", updated=NOW + 1, version="2"),)))
        assert [hit.title for hit in search(db, "okapi")] == ["okapi"]
        assert search(db, "giraffe") == []
        hand.act(edit.set_task, id, {"title": "lion"})
        assert indexed(db) == rebuilt(db)
        # A repeat of what the service still says does not bring its title back.
        hand.take(base(tasks=(task("k", "giraffe", text="two", updated=NOW + 1, version="2"),)))
        assert hand.item(id)["title"] == "lion"
        assert indexed(db) == rebuilt(db)


WORDS = st.lists(st.sampled_from(["ant", "bee", "cat", "dog", "金曜日", "é", "\x1b[1m"]), max_size=3).map(" ".join)
STEP = st.one_of(
    st.tuples(st.just("line"), st.integers(0, 3), WORDS, st.booleans()),
    st.tuples(st.just("gone"), st.integers(0, 3)),
    st.tuples(st.just("task"), st.integers(0, 2), WORDS, WORDS),
    st.tuples(st.just("note"), st.integers(0, 2), WORDS, WORDS),
    st.tuples(st.just("thread"), st.integers(0, 2), WORDS),
)


def batch_of(step: tuple[Any, ...], at: int) -> Batch:
    kind, number, *rest = step
    if kind == "line":
        return Batch(messages=(said(f"m{number}", rest[0], NOW + number, notice=rest[1], version=str(at)),))
    if kind == "gone":
        return Batch(gone=((ItemType.MESSAGE, RemoteId(f"m{number}")),))
    if kind == "task":
        return Batch(tasks=(task(f"k{number}", rest[0] or "x", text=rest[1], updated=NOW + at),))
    if kind == "note":
        return Batch(notes=(note(f"n{number}", rest[0] or "x", rest[1], updated=NOW + at),))
    return Batch(threads=(thread(f"t{number}", rest[0] or "x"),))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(STEP, min_size=1, max_size=4), max_size=5))
def test_the_index_is_always_what_a_new_one_would_be(transactions: list[list[tuple[Any, ...]]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, opened(Path(folder)) as db:
        hand = Hand(db)
        hand.take(base())
        for number, steps in enumerate(transactions):
            hand.take(*(batch_of(step, number * 10 + at) for at, step in enumerate(steps)))
            assert indexed(db) == rebuilt(db)
