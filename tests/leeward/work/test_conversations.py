"""Conversations of flat places: stable once made, corrected by their owner, and the same again in a rebuilt cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeward.errors import Problem
from leeward.model import Batch, Instant, Message
from leeward.store import accounts, find, inbox, own, read
from leeward.store.db import Db, write
from leeward.work import acts, links, triage
from leeward.work.conversations import join_threads, split_at
from tests.leeward.store.hand import DAY, HOUR, MINUTE, NOW, Hand, base, opened, said

LINES = (
    said("a1", "db-2 is at 94 % disk, who can look?", NOW),
    said("a2", "is that the one with the audit tables", NOW + MINUTE, "bo", reply_to=("a1",)),
    said("a3", "yes, the retention job has not run", NOW + 2 * MINUTE, "ana", reply_to=("a2",)),
    said("b1", "lunch on Thursday, pizza or noodles?", NOW + 5 * HOUR, "bo"),
    said("b2", "noodles", NOW + 5 * HOUR + MINUTE, "ana", reply_to=("b1",)),
    said("a4", "the index is in, disk is fine again", NOW + 6 * HOUR, "bo", reply_to=("a3",)),
    said("j", "Cy joined", NOW + 6 * HOUR + 1, None, notice=True),
)
SPOKEN = tuple(line.id for line in LINES if not line.notice)


def groups(hand: Hand) -> dict[str, list[str]]:
    """Which lines lie together, by the id of their conversation."""
    found: dict[str, list[str]] = {}
    for id in SPOKEN:
        found.setdefault(hand.thread_of(id), []).append(id)
    return found


def apart(hand: Hand) -> None:
    """The team's lines in two conversations, whatever the cut made of them."""
    hand.take(base(messages=LINES))
    if hand.thread_of("b1") == hand.thread_of("a1"):
        hand.act(split_at, hand.line("b1"))
        write(hand.db, lambda db: db.execute("DELETE FROM act"))
    assert sorted(groups(hand).values()) == [["a1", "a2", "a3", "a4"], ["b1", "b2"]]


def test_a_line_that_came_later_moves_none_that_is_settled(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        before: dict[str, str] = {}
        for number, line in enumerate(LINES):
            hand.take(base(messages=(line,)) if number == 0 else Batch(messages=(line,)))
            for id, thread in before.items():
                assert hand.thread_of(id) == thread
            if not line.notice:
                before[line.id] = hand.thread_of(line.id)
        assert hand.one("SELECT thread FROM message WHERE id = ?", hand.line("j")) is None


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(LINES), size=st.integers(1, 4))
def test_late_history_moves_none_that_is_settled(order: list[Message], size: int) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, opened(Path(folder)) as db:
        hand = Hand(db)
        hand.take(base())
        before: dict[str, str] = {}
        for at in range(0, len(order), size):
            page = tuple(order[at : at + size])
            hand.take(Batch(messages=page))
            for id, thread in before.items():
                assert hand.thread_of(id) == thread
            before |= {line.id: hand.thread_of(line.id) for line in page if not line.notice}
        assert all(thread != "None" for thread in before.values())
        for row in inbox.everything(db):
            assert read.messages(db, row.id), "no conversation without lines is listed"


def test_a_split_takes_the_line_and_its_answers_and_can_be_undone(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        before = groups(hand)
        made = hand.act(split_at, hand.line("a3"))
        assert groups(hand)[made] == ["a3", "a4"]
        assert hand.item(made)["title"] == "yes, the retention job has not run"
        assert hand.item(made)["unread"] == 2
        hand.take(Batch(messages=(said("a5", "good", NOW + 7 * HOUR, "ana", reply_to=("a4",)),)))
        assert hand.thread_of("a5") == made
        assert hand.act(acts.undo) is not None
        assert groups(hand) == before
        assert hand.thread_of("a5") == hand.thread_of("a4")
        assert made not in {row.id for row in inbox.page(db)}


def test_a_join_goes_on_as_the_older_one_and_can_be_undone(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        before = groups(hand)
        one, other = hand.thread_of("a1"), hand.thread_of("b1")
        assert hand.act(join_threads, other, one) == one
        assert groups(hand) == {one: list(SPOKEN)}
        assert [row.id for row in inbox.page(db)] == [one]
        hand.take(Batch(messages=(said("b3", "pizza", NOW + 8 * HOUR, "bo", reply_to=("b2",)),)))
        assert hand.thread_of("b3") == one
        hand.act(acts.undo)
        assert groups(hand) == before
        hand.act(acts.redo)
        assert groups(hand) == {one: list(SPOKEN)}


def test_a_split_after_a_join_makes_a_conversation_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        one, other = hand.thread_of("a1"), hand.thread_of("b1")
        hand.act(join_threads, one, other)
        made = hand.act(split_at, hand.line("b1"))
        assert groups(hand) == {one: ["a1", "a2", "a3", "a4"], made: ["b1", "b2"]}
        hand.take(Batch(messages=(said("b3", "pizza", NOW + 8 * HOUR, "bo", reply_to=("b2",)),)))
        assert hand.thread_of("b3") == made


def test_what_cannot_be_cut_is_said(tmp_path: Path) -> None:
    from tests.leeward.store.hand import thread

    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        hand.take(
            Batch(threads=(thread("t"),), messages=(said("s1", "x", thread="t"), said("s2", "y", NOW + 1, thread="t")))
        )
        one = hand.thread_of("a1")
        for line in (hand.line("a1"), hand.line("s2"), "nothing"):
            with pytest.raises(Problem):
                hand.act(split_at, line)
        for other in (one, hand.thread("t"), "nothing"):
            with pytest.raises(Problem):
                hand.act(join_threads, one, other)


def test_a_link_stays_with_its_captured_line(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        task = write(db, own.new_task, NOW, title="Write it down")
        link = hand.act(links.attach, hand.line("a3"), task.id)
        made = hand.act(split_at, hand.line("a3"))
        assert [(one.id, one.item) for one in find.links(db, task.id)] == [(link, made)]
        hand.act(acts.undo)
        assert [one.item for one in find.links(db, task.id)] == [hand.thread_of("a3")]
        hand.act(join_threads, hand.thread_of("a1"), hand.thread_of("b1"))
        assert [one.item for one in find.links(db, task.id)] == [hand.thread_of("a3")]


def shown(db: Db) -> list[tuple[object, ...]]:
    return sorted((row.id, row.title, row.tier, row.state, row.later) for row in inbox.everything(db))


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("backwards", [False, True])
def test_what_the_owner_settled_survives_a_rebuilt_cache(tmp_path: Path, size: int, *, backwards: bool) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        apart(hand)
        one = hand.thread_of("a1")
        made = hand.act(split_at, hand.line("a3"))
        hand.act(triage.later, [made], Instant(NOW + 3 * DAY))
        joined = hand.act(join_threads, one, hand.thread_of("b1"))
        task = write(db, own.new_task, NOW, title="Write it down")
        hand.act(links.attach, hand.line("b2"), task.id)
        before, rows, tied = groups(hand), shown(db), find.links(db, task.id)
        assert tied[0].item == joined
        for _again in range(3):
            write(db, accounts.forget, hand.uid)
            assert inbox.page(db) == []
            hand.take(base())
            pages = [LINES[at : at + size] for at in range(0, len(LINES), size)]
            for page in reversed(pages) if backwards else pages:
                hand.take(Batch(messages=page))
            assert groups(hand) == before
            assert find.links(db, task.id) == tied
            if not backwards:
                assert shown(db) == rows
        hand.take(Batch(messages=(said("a5", "good", NOW + 7 * HOUR, "ana", reply_to=("a4",)),)))
        assert hand.thread_of("a5") == made
