"""The road out: one object a create whatever is lost, order kept, both texts of a conflict kept, nothing ever dropped."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from leeward.errors import Conflict, TryLater
from leeward.ids import item_id
from leeward.model import Instant, ItemType
from leeward.ports import Can
from leeward.rows import OutboxRow
from leeward.store import outbox, own, read
from leeward.store.db import Db
from leeward.sync.answer import answer
from leeward.sync.merge import merge
from leeward.work import acts, edit
from tests.leeward.sync.world import (
    EVERYTHING,
    PLACE,
    ROOM,
    Fault,
    World,
    busy,
    killed_after,
    killed_before,
    lost_after,
    lost_before,
    nonsense,
    refused,
    unsigned,
    world,
)

FAULTS: dict[str, Fault | None] = {
    "none": None,
    "lost before": lost_before,
    "lost after": lost_after,
    "429": busy,
    "nonsense": nonsense,
    "killed before": killed_before,
    "killed after": killed_after,
}


def make(db: Db, now: Instant, uid: str, title: str = "A task", lane: str | None = None) -> str:
    """A task made here and on its way, as a capture leaves it."""
    place = db.execute("SELECT id FROM place WHERE account = ? AND remote = ?", (uid, PLACE)).fetchone()[0]
    task = own.new_task(db, now, account=uid, place=place, title=title)
    doc = {"place": PLACE, "title": title, "own": title}
    outbox.put(db, now, uid, "create_task", doc, item=task.id, lane=lane or "")
    return task.id


def line(db: Db, now: Instant, uid: str, text: str, lane: str, after: int | None = None) -> int:
    doc = {"place": ROOM, "thread": None, "text": text, "reply_to": None}
    return outbox.put(db, now, uid, "post", doc, item=lane, lane=lane, after=after)


def seed(here: World, title: str = "Theirs", status: str = "open") -> str:
    """A task that is at the service and here; returns our id."""
    one = here.service.put(ItemType.TASK, "", title=title, status=status)
    here.round()
    return str(item_id(here.lives["work"].uid, ItemType.TASK, one.id))


@pytest.mark.parametrize("fault", FAULTS)
def test_one_object_a_create_whatever_happens(tmp_path: Path, fault: str) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [FAULTS[fault]] * 2
        here.settle()
        assert [one.title for one in here.service.of(ItemType.TASK)] == ["A task"]
        (row,) = here.store.read(read.tasks).result()
        assert row.state == "sent"
        assert row.url
        here.round()
        assert len(here.store.read(read.tasks).result()) == 1


def test_300_creates_make_300(tmp_path: Path) -> None:
    """A search that lags, answers lost before and after, 429, nonsense, kills: 300 made, 0 twice, 0 lost."""
    chance = random.Random(20260524)
    with world(tmp_path) as here:
        here.round()
        for number in range(300):
            here.do(make, here.uid, f"task {number}")
        here.service.lag_s = 25
        here.service.faults = [chance.choice(list(FAULTS.values())) for _each in range(400)]
        here.settle(rounds=200)
        titles = [one.title for one in here.service.of(ItemType.TASK)]
        assert len(titles) == 300
        assert set(titles) == {f"task {number}" for number in range(300)}
        rows = here.store.read(read.tasks).result()
        assert len(rows) == 300
        assert {row.state for row in rows} == {"sent"}


def test_what_surely_was_not_taken_waits_as_long_as_it_was_told(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [busy]
        here.round()
        slept = here.clock.slept
        assert any(7.0 <= each <= 8.0 for each in slept), slept
        assert [verb for verb, _key in here.service.calls] == ["create", "create"]


def test_a_refused_token_stops_the_account_and_keeps_the_row(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [unsigned]
        here.round()
        assert len(here.service.calls) == 1
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "queued"
        assert "refused" in row.why
        here.clock.advance(3600)
        here.again()
        here.settle()
        assert len(here.service.of(ItemType.TASK)) == 1


def test_a_refusal_fails_and_turns_what_depends_on_it_into_a_question(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        here.do(line, here.uid, "made", "thread", 1)
        here.service.faults = [refused]
        here.settle()
        states = {row.verb: row.state for row in here.store.read(outbox.listed).result()}
        assert states == {"create_task": "failed", "post": "asks"}
        here.do(_answer, 2, "send")
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["made"]


def _answer(db: Db, now: Instant, row: int, choice: str) -> None:
    answer(db, row, choice, now)


def test_what_cannot_be_looked_for_is_asked_about_not_sent_again(tmp_path: Path) -> None:
    with world(tmp_path, can=EVERYTHING - {Can.FIND_SENT}) as here:
        here.round()
        here.do(make, here.uid)
        here.service.faults = [lost_before]
        here.settle()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        assert len(here.service.calls) == 1
        here.do(_answer, row.row, "send")
        here.settle()
        assert len(here.service.of(ItemType.TASK)) == 1


def test_a_dropped_create_stays_on_this_machine(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        id = here.do(make, here.uid, "typed by hand")
        here.service.faults = [refused]
        here.settle()
        here.do(_answer, 1, "drop")
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.account, row.state) == ("typed by hand", "local", "sent")
        assert here.store.read(outbox.listed).result() == []


def test_an_answer_with_nothing_in_it_is_looked_into(tmp_path: Path) -> None:
    async def empty(*_args: Any, key: str) -> None:
        here.service.put(ItemType.TASK, key, title="A task")

    with world(tmp_path) as here:
        here.round()
        here.do(make, here.uid)
        connector: Any = here.lives["work"].connector
        connector.create = empty
        here.settle()
        assert len(here.service.of(ItemType.TASK)) == 1
        (row,) = here.store.read(read.tasks).result()
        assert row.state == "sent"
        assert here.ask("SELECT remote FROM item WHERE id = ?", row.id)[0][0]


def test_lines_of_one_thread_arrive_in_order_also_when_the_first_is_lost(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        for number in range(4):
            here.do(line, here.uid, f"{number}", "thread")
        here.service.faults = [lost_before, None, lost_after, busy]
        here.settle()
        assert [one.text for one in here.service.of(ItemType.MESSAGE)] == ["0", "1", "2", "3"]


def test_a_reply_waits_for_the_link_of_its_task(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        id = here.do(make, here.uid, "Wipe the mirror")

        def reply(db: Db, now: Instant) -> None:
            doc = {"place": ROOM, "thread": None, "reply_to": None, "task": id}
            outbox.put(db, now, here.uid, "post", doc, item="t", lane="t", after=1)

        here.do(reply)
        here.service.faults = [lost_after]
        here.settle()
        (said,) = here.service.of(ItemType.MESSAGE)
        (made,) = here.service.of(ItemType.TASK)
        assert said.text == f"Task: Wipe the mirror\nhttps://x.example/{made.id}"


def test_two_senders_in_one_process_send_a_row_once(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        for number in range(20):
            here.do(make, here.uid, f"{number}")
        here.clock.advance(10)

        async def both() -> None:
            await asyncio.gather(*(here.engine._sender.ready() for _each in range(3)), here.engine.round())

        asyncio.run(both())
        assert len(here.service.of(ItemType.TASK)) == 20


def test_a_round_for_one_account_sends_nothing_of_another(tmp_path: Path) -> None:
    with world(tmp_path, names=("work", "other")) as here:
        here.round()
        here.do(make, here.lives["work"].uid)
        here.do(make, here.lives["other"].uid)
        here.round("other")
        assert len(here.services["other"].made) == 1
        assert not here.service.made


# ---- changes ----


def test_a_change_is_merged_with_one_made_there_meanwhile(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "Wipe the miror")
        here.do(edit.set_task, id, {"title": "Wipe the mirror"})
        one = here.service.of(ItemType.TASK)[0]
        one.status, one.version = "doing", 2
        here.settle()
        assert (one.title, one.status) == ("Wipe the mirror", "doing")
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.status, row.state) == ("Wipe the mirror", "doing", "sent")


@pytest.mark.parametrize("choice", ["send", "drop"])
def test_a_clash_keeps_both_texts_and_is_shown(tmp_path: Path, choice: str) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        for number in range(100 if choice == "send" else 3):
            here.do(edit.set_task, id, {"title": f"ours {number}"})
            one = here.service.of(ItemType.TASK)[0]
            one.title, one.version = f"theirs {number}", one.version + 1
            here.settle()
            (row,) = here.store.read(outbox.listed).result()
            assert row.state == "asks"
            assert f"ours {number}" in row.why
            assert f"theirs {number}" in row.why
            assert one.title == f"theirs {number}"
            assert any(f"theirs {number}" in said.say for said in here.store.read(read.journal, id).result())
            here.do(_answer, row.row, choice)
            here.settle()
            left = f"ours {number}" if choice == "send" else f"theirs {number}"
            assert one.title == left
            shown = here.store.read(read.task, id).result()
            assert shown is not None
            assert (shown.title, shown.state) == (left, "sent")


def test_a_conflict_without_news_does_not_lose_the_change(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        here.do(edit.set_task, id, {"title": "ours"})

        def moved(when: str) -> Conflict | None:
            return Conflict("It changed there.") if when == "before" else None

        here.service.faults = [moved]
        here.service.read_faults = [None, TryLater("No connection.", taken=False)]
        here.settle()
        assert here.service.of(ItemType.TASK)[0].title == "ours"
        here.do(edit.set_task, id, {"title": "ours again"})
        here.service.faults = [moved] * 40
        here.settle()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        shown = here.store.read(read.task, id).result()
        assert shown is not None
        assert shown.title == "ours again"


def test_changes_of_one_task_are_made_on_top_of_each_other(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "a")
        for title in ("b", "c", "d"):
            here.do(edit.set_task, id, {"title": title})
        here.settle()
        one = here.service.of(ItemType.TASK)[0]
        assert (one.title, one.version) == ("d", 4)
        assert [verb for verb, _key in here.service.calls] == ["update"] * 3


def test_a_change_made_while_its_task_is_being_made_follows_it(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.round()
        id = here.do(make, here.uid, "first")
        here.do(edit.set_task, id, {"title": "amended in the grace"})
        here.service.faults = [lost_after]
        here.clock.advance(6)
        asyncio.run(here.engine._sender.ready())
        here.do(edit.set_task, id, {"status": "done"})
        here.settle()
        (one,) = here.service.of(ItemType.TASK)
        assert (one.title, one.status) == ("amended in the grace", "done")


def test_a_lost_answer_to_a_change_does_no_harm(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "a")
        here.do(edit.set_task, id, {"title": "b"})
        here.service.faults = [lost_after, lost_before, killed_after]
        here.settle()
        assert here.service.of(ItemType.TASK)[0].title == "b"
        assert here.store.read(outbox.listed).result() == []


def test_a_change_whose_answer_was_lost_is_reported_as_sent(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "a")
        here.do(edit.set_task, id, {"title": "b"})
        here.service.faults = [lost_after]
        (told,) = asyncio.run(here.engine.round())
        assert here.service.of(ItemType.TASK)[0].title == "b"
        assert here.store.read(outbox.listed).result() == []
        assert told.sent == 1


def clashing(here: World, id: str) -> tuple[Any, OutboxRow]:
    """The title of a task was changed on both sides: the task there, and the row that asks."""
    here.do(edit.set_task, id, {"title": "ours"})
    one = here.service.of(ItemType.TASK)[0]
    one.title, one.version = "theirs", one.version + 1
    here.settle()
    (row,) = here.store.read(outbox.listed).result()
    return one, row


def test_what_was_changed_on_top_of_a_dropped_change_is_no_clash(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        one, row = clashing(here, id)
        here.do(edit.set_task, id, {"title": "ours again"})
        here.do(_answer, row.row, "drop")
        shown = here.store.read(read.task, id).result()
        assert shown is not None
        assert shown.title == "ours again"
        here.settle()
        assert here.store.read(outbox.listed).result() == []
        assert one.title == "ours again"


def test_what_was_changed_before_a_clash_was_known_is_asked_about_too(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        here.do(edit.set_task, id, {"title": "ours"})
        here.do(edit.set_task, id, {"title": "ours again"})
        one = here.service.of(ItemType.TASK)[0]
        one.title, one.version = "theirs", one.version + 1
        here.settle()
        first, _second = here.store.read(outbox.listed).result()
        here.do(_answer, first.row, "drop")
        here.settle()
        (row,) = here.store.read(outbox.listed).result()
        assert (row.state, one.title) == ("asks", "theirs")
        assert "ours again" in row.why
        here.do(_answer, row.row, "send")
        here.settle()
        assert one.title == "ours again"


@pytest.mark.parametrize("field", ["title", "text"])
def test_what_changed_there_while_a_question_stood_is_not_written_over(tmp_path: Path, field: str) -> None:
    with world(tmp_path) as here:
        id = seed(here, "before")
        one, row = clashing(here, id)
        here.do(edit.set_task, id, {field: "ours again"})
        setattr(one, field, "theirs again")
        one.version += 1
        here.settle()
        here.do(_answer, row.row, "drop")
        here.settle()
        assert [row.state for row in here.store.read(outbox.listed).result()] == ["asks"]
        assert getattr(one, field) == "theirs again"


def test_a_repeat_of_what_stands_there_does_not_hide_what_is_on_its_way(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "a")
        here.do(edit.set_task, id, {"title": "b"})
        here.service.faults = [busy]
        asyncio.run(here.engine._pull(here.lives["work"], _told()))
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.state) == ("b", "queued")


def _told() -> Any:
    from leeward.sync.account import Told

    return Told("work")


def test_two_edits_of_a_note_are_no_conflict_and_a_real_one_can_be_answered(tmp_path: Path) -> None:
    from leeward.model import Batch, Note, RemoteId
    from leeward.work import noting

    with world(tmp_path) as here:
        one = here.service.put(ItemType.NOTE, "", title="Minutes", text="a")
        remote = RemoteId(one.id)

        def says() -> Batch:
            return Batch(
                notes=(Note(remote, PLACE, one.title, one.text, Instant(one.version), version=str(one.version)),)
            )

        here.service.batches = [says()]
        here.round()
        id = str(item_id(here.lives["work"].uid, ItemType.NOTE, one.id))
        here.do(noting.edit_note, id, "b")
        here.do(noting.edit_note, id, "c")
        here.settle()
        assert one.text == "c"
        here.do(noting.edit_note, id, "ours")
        one.text, one.version = "theirs", one.version + 1
        here.service.batches = [says()]
        here.settle()
        (row,) = here.store.read(outbox.listed).result()
        assert row.state == "asks"
        here.do(_answer, row.row, "send")
        here.settle()
        assert one.text == "ours"
        assert here.store.read(outbox.listed).result() == []


def test_undo_within_the_grace_drops_and_later_asks(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        id = seed(here, "a")

        def change(db: Db, now: Instant) -> None:
            with acts.act(db, now, "changed", [("own", id)]) as act:
                act.outbox += edit.set_task(db, now, id, {"title": "b", "status": "done"})

        here.do(change)
        here.do(acts.undo)
        row = here.store.read(read.task, id).result()
        assert row is not None
        assert (row.title, row.status, row.state) == ("a", "open", "sent")
        here.settle()
        assert not here.service.calls


def test_merge_takes_what_only_one_side_changed() -> None:
    base = {"title": "a", "due": "1", "text": "x"}
    merged = merge(base, {"title": "b", "due": "2", "text": "y"}, {"title": "a", "due": "2", "text": "z"})
    assert merged.send == {"title": "b"}
    assert merged.clashes == {"text": ("z", "y")}


def test_the_order_of_labels_and_people_is_nothing_that_changed() -> None:
    base = {"labels": ["a", "b"], "assignees": ["x", "y"]}
    assert merge(base, {"labels": ["b", "a", "c"]}, {"labels": ["c", "b", "a"]}).clashes == {}
    assert merge(base, {"assignees": ["x"]}, {"assignees": ["y", "x"]}).send == {"assignees": ["x"]}


# ---- any order of everything ----


class Outbox(RuleBasedStateMachine):
    """Creates, lines and changes, with any fault at any moment; the service is asked what really became of them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.here = World(Path(self.folder.name))
        self.here.round()
        self.titles: list[str] = []
        self.lines: dict[str, list[str]] = {"x": [], "y": []}
        self.count = 0

    def teardown(self) -> None:
        self.here.service.faults = []
        self.here.settle(rounds=40)
        made = [one.title for one in self.here.service.of(ItemType.TASK)]
        assert sorted(made) == sorted(self.titles), "none lost, none twice"
        for lane, texts in self.lines.items():
            arrived = [one.text for one in self.here.service.of(ItemType.MESSAGE) if one.text.startswith(lane)]
            assert arrived == texts, "order kept"
        assert not self.here.waiting()
        self.here.end()
        self.folder.cleanup()

    @rule()
    def create(self) -> None:
        self.count += 1
        self.titles.append(f"task {self.count}")
        self.here.do(make, self.here.uid, self.titles[-1])

    @rule(lane=st.sampled_from(["x", "y"]))
    def post(self, lane: str) -> None:
        self.count += 1
        self.lines[lane].append(f"{lane} {self.count}")
        self.here.do(line, self.here.uid, self.lines[lane][-1], lane)

    @rule(faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=4), lag=st.integers(0, 25))
    def break_it(self, faults: list[str], lag: int) -> None:
        self.here.service.faults += [FAULTS[name] for name in faults]
        self.here.service.lag_s = lag

    @rule(seconds=st.sampled_from([1, 6, 40, 1000]))
    def wait(self, seconds: int) -> None:
        self.here.clock.advance(seconds)

    @rule()
    def sync(self) -> None:
        self.here.round()

    @precondition(lambda self: self.count)
    @rule()
    def crash(self) -> None:
        self.here.again()

    @invariant()
    def nothing_twice(self) -> None:
        keys = [one.key for one in self.here.service.made.values()]
        assert len(keys) == len(set(keys))

    @invariant()
    def nothing_lost(self) -> None:
        assert len(self.here.ask("SELECT 1 FROM outbox")) == self.count


Outbox.TestCase.settings = settings(max_examples=25, stateful_step_count=14, deadline=None)
TestOutbox = Outbox.TestCase


def test_a_pulled_task_with_our_key_is_ours(tmp_path: Path) -> None:
    """The answer was lost, and the next pull brings the object before anybody looked for it."""
    with world(tmp_path) as here:
        here.round()
        id = here.do(make, here.uid)
        here.service.faults = [killed_after]
        here.round()
        here.round()
        rows = here.store.read(read.tasks).result()
        assert [row.id for row in rows] == [id]
