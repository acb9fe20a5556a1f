"""Done, later, tier, undo, redo: every act can be taken back exactly, and wakes when it should."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from leeward.model import Batch, Instant, ItemType, State, Status, Tier
from leeward.store import derive, inbox, outbox, own, read
from leeward.store.db import Db, open_db, write
from leeward.work import acts, triage
from tests.leeward.store.hand import DAY, HOUR, ME, MINUTE, NOW, Hand, base, opened, said, task, thread, todo

USERS_OWN = ("triage", "link", "own", "habit")


def picture(db: Db) -> dict[str, list[tuple[Any, ...]]]:
    """All that the owner sees and has decided."""
    columns = "id, title, tier, due, state, later, unread, listed, gone, rank"
    tables = {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=str) for table in USERS_OWN}
    # An empty row of triage decides nothing.
    tables["triage"] = [row for row in tables["triage"] if any(row[1:])]
    return {
        "items": sorted(db.execute(f"SELECT {columns} FROM item").fetchall(), key=str),
        "tasks": sorted(db.execute("SELECT id, text, status, native_status, assignees FROM task").fetchall(), key=str),
        "waiting": sorted(db.execute("SELECT account, verb, item, doc FROM outbox").fetchall(), key=str),
        **tables,
    }


def team(hand: Hand) -> None:
    hand.take(
        base(
            threads=tuple(thread(f"t{n}", f"Thread {n}") for n in range(3)),
            messages=(
                *(said(f"m{n}", "a line", NOW - HOUR + n, thread=f"t{n}") for n in range(3)),
                said("r1", "who can look at the index?", NOW - HOUR),
            ),
            tasks=(
                task("k0", "Theirs", assignees=(ME.id,), native_status="In review", status=Status.DOING),
                task("k1", "Discussed", assignees=(ME.id,), thread="t2", due=NOW + 5 * DAY),
            ),
            todos=(todo("d0", mention=True, target=(ItemType.THREAD, "t1")), todo("d1")),
        )
    )
    write(hand.db, own.new_task, NOW, title="Mine")


class Triage(RuleBasedStateMachine):
    """Any acts in any order; undo gives back the picture before, redo the one after."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.db = open_db(Path(self.folder.name))
        self.hand = Hand(self.db)
        team(self.hand)
        rows = {row.id: row.title for row in inbox.everything(self.db)}
        rows |= {row.id: row.title for row in read.tasks(self.db)}
        self.ids = sorted(rows, key=lambda one: rows[one])
        self.pictures = [picture(self.db)]
        self.at = 0

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def _acted(self) -> None:
        after = picture(self.db)
        if after == self.pictures[self.at]:
            return  # an act that changed nothing is none
        self.pictures[self.at + 1 :] = [after]
        self.at += 1

    @rule(data=st.data(), mark=st.booleans())
    def done(self, data: st.DataObject, mark: bool) -> None:
        told = frozenset({self.hand.uid}) if mark else frozenset()
        self.hand.act(triage.done, self._some(data), told)
        self._acted()

    @rule(data=st.data())
    def undone(self, data: st.DataObject) -> None:
        self.hand.act(triage.undone, self._some(data))
        self._acted()

    @rule(data=st.data(), hours=st.integers(1, 100))
    def later(self, data: st.DataObject, hours: int) -> None:
        self.hand.act(triage.later, self._some(data), Instant(NOW + hours * HOUR))
        self._acted()

    @rule(data=st.data(), value=st.sampled_from([*Tier, None]))
    def tier(self, data: st.DataObject, value: Tier | None) -> None:
        self.hand.act(triage.tier, self._some(data), value)
        self._acted()

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self) -> None:
        undone = self.hand.act(acts.undo)
        assert undone is not None
        assert undone.sent == ()
        self.at -= 1
        assert picture(self.db) == self.pictures[self.at]

    @precondition(lambda self: self.at + 1 < len(self.pictures))
    @rule()
    def redo(self) -> None:
        assert self.hand.act(acts.redo)
        self.at += 1
        assert picture(self.db) == self.pictures[self.at]

    @invariant()
    def says_what_it_would_take_back(self) -> None:
        assert (acts.last(self.db) is not None) == (self.at > 0)
        assert (acts.last(self.db, undone=True) is not None) == (self.at + 1 < len(self.pictures))

    @invariant()
    def deriving_again_changes_nothing(self) -> None:
        before = picture(self.db)["items"]
        ids = [id for (id,) in self.db.execute("SELECT id FROM item")]
        write(self.db, derive.derive, ids, self.hand.now)
        assert picture(self.db)["items"] == before

    def _some(self, data: st.DataObject) -> list[str]:
        return [str(id) for id in data.draw(st.lists(st.sampled_from(self.ids), min_size=1, max_size=3))]


Triage.TestCase.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)
TestTriage = Triage.TestCase


def state(hand: Hand, id: str) -> str:
    return str(hand.item(id)["state"])


def test_later_wakes_by_time(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        id = hand.thread("t0")
        until = Instant(NOW + HOUR)
        hand.act(triage.later, [id], until)
        assert state(hand, id) == State.LATER
        assert not derive.stirs(db, Instant(until - 1))
        assert derive.stirs(db, until)
        assert write(db, derive.wake, until) == 1
        assert state(hand, id) == State.NEW
        assert not derive.stirs(db, until)


def test_later_wakes_by_a_reply_of_somebody_else_only(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        hand.take(Batch(threads=(thread("empty"),)))
        for id, remote in ((hand.thread("t0"), "t0"), (hand.thread("empty"), "empty")):
            hand.act(triage.later, [id], NOW + DAY)
            hand.take(Batch(messages=(said(f"mine {remote}", "me", NOW + MINUTE, "me", thread=remote),)))
            assert state(hand, id) == State.LATER, remote
            hand.take(Batch(messages=(said(f"theirs {remote}", "you", NOW + 2 * MINUTE, "bo", thread=remote),)))
            assert state(hand, id) == State.NEW, remote


def test_done_comes_back_with_a_new_line(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        id = hand.thread("t0")
        hand.act(triage.done, [id])
        assert state(hand, id) == State.DONE
        hand.take(Batch(messages=(said("mine", "thanks", NOW, "me", thread="t0"),)))
        assert state(hand, id) == State.DONE
        hand.take(Batch(messages=(said("new", "one more thing", NOW + 1, thread="t0"),)))
        assert state(hand, id) == State.NEW
        assert hand.item(id)["unread"] == 1


def test_done_on_a_row_with_a_thread_acts_on_the_thread(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        hand.act(triage.done, [hand.id(ItemType.TODO, "d0")])
        assert state(hand, hand.thread("t1")) == State.DONE
        assert state(hand, hand.id(ItemType.TODO, "d0")) == State.DONE
        assert state(hand, hand.thread("t0")) == State.NEW


def test_tiers_follow_the_due_as_time_passes(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(tasks=(task("k", due=NOW + 5 * DAY),)))
        seen = []
        for days in range(6):
            now = Instant(NOW + days * DAY)
            write(db, derive.wake, now)
            assert not derive.stirs(db, now)
            seen.append(inbox.page(db)[0].tier)
        assert seen == [None, None, None, Tier.YELLOW, Tier.YELLOW, Tier.RED]


def markers(db: Db) -> list[tuple[str | None, str | None]]:
    rows = db.execute("SELECT doc FROM outbox WHERE verb = 'mark_read' ORDER BY row")
    return [(doc["thread"], doc["upto"]) for doc in (json.loads(row[0]) for row in rows)]


def test_the_marker_of_a_flat_place_stops_before_what_is_unread(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base())
        lines = (
            said("a1", "db-2 is at 94 % disk, who can look?", NOW),
            said("b1", "lunch on Thursday, pizza?", NOW + 6 * HOUR, "bo"),
            said("j", "Cy joined", NOW + 6 * HOUR + 1, notice=True),
            said("a2", "it was the audit table of db-2", NOW + 6 * HOUR + 2, "ana", reply_to=("a1",)),
            said("s1", "in a thread of its own", NOW + 12 * HOUR, thread="t", place="room"),
        )
        from leeward.work import conversations

        hand.take(Batch(threads=(thread("t", place="room"),), messages=lines))
        if hand.thread_of("b1") == hand.thread_of("a1"):
            hand.act(conversations.split_at, hand.line("b1"))
        assert hand.thread_of("a1") == hand.thread_of("a2") != hand.thread_of("b1")
        told = frozenset({hand.uid})
        hand.act(triage.done, [hand.thread_of("a1")], told)
        assert markers(db) == [(None, "a1")]
        hand.act(triage.done, [hand.thread_of("b1")], told)
        assert markers(db)[1:] == [(None, "a2")], "a line of a real thread is not read with the room"
        hand.act(triage.done, [hand.thread("t")], told)
        assert markers(db)[2:] == [("t", "s1")]


def test_two_conversations_cleared_at_once_do_not_hold_each_other_up(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=(said("a1", "first", NOW), said("b1", "other", NOW + 9 * HOUR, "bo"))))
        ids = sorted({hand.thread_of("a1"), hand.thread_of("b1")})
        hand.act(triage.done, ids, frozenset({hand.uid}))
        assert {upto for _thread, upto in markers(db)} == {"b1"}


def test_a_marker_that_was_sent_does_not_stop_an_undo(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        hand.act(triage.done, [hand.thread("t0")], frozenset({hand.uid}))
        (row,) = outbox.listed(db)
        write(db, outbox.settle, row.row, "sent")
        undone = hand.act(acts.undo)
        assert undone is not None
        assert undone.sent == ()
        assert state(hand, hand.thread("t0")) == State.NEW


def test_an_account_that_marks_nothing_is_told_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        hand.act(triage.done, [hand.thread("t0")])
        assert outbox.listed(db) == []


def test_the_log_of_acts_stays_bounded(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = Hand(db)
        team(hand)
        for number in range(acts.KEPT_ACTS + 20):
            hand.act(triage.tier, [hand.thread("t0")], (Tier.RED, Tier.GREEN)[number % 2])
        assert hand.one("SELECT count(*) FROM act") == acts.KEPT_ACTS
