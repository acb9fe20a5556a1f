"""Linked items stay in step: what moves on one side goes over, nothing comes back, a clash keeps both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leeward.model import Keep, RemoteId, Status, Task, Thread
from leeward.store import inbox, outbox, read
from leeward.store.db import Db
from leeward.work import instep_values, links, triage
from tests.leeward.store.hand import DAY, NOW, PROJECT, Hand, base, opened, said


@dataclass(slots=True)
class Pair:
    """A chat line of one account, linked to a task with a discussion at another."""

    db: Db
    chat: Hand
    work: Hand

    @property
    def thread(self) -> str:
        return self.chat.thread_of("ask")

    @property
    def task(self) -> str:
        return str(self.work.id("task", "t1"))

    def tie(self, keep: Keep) -> str:
        return str(self.chat.act(links.tie, self.thread, self.task, message=self.chat.line("ask"), keep=keep))

    def says(self, status: Status = Status.OPEN, title: str = "Mend it", **rest: Any) -> None:
        self.work.take(base(tasks=(task(status, title, **rest),), threads=(discussion(),)))

    def posted(self) -> list[dict[str, Any]]:
        rows = self.db.execute("SELECT account, doc FROM outbox WHERE verb = 'post' ORDER BY row")
        return [{"account": account, **json.loads(doc)} for account, doc in rows]


def task(status: Status = Status.OPEN, title: str = "Mend it", **rest: Any) -> Task:
    return Task(RemoteId("t1"), PROJECT, title, status=status, thread=RemoteId("d1"), updated=NOW, **rest)


def discussion() -> Thread:
    return Thread(RemoteId("d1"), PROJECT, "Mend it", task=RemoteId("t1"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with opened(tmp_path) as db:
        chat, work = Hand(db, "chat"), Hand(db, "work", kind="gitlab")
        chat.take(base(messages=(said("ask", "the retention job stopped, who can look?"),)))
        work.take(base(tasks=(task(),), threads=(discussion(),)))
        yield Pair(db, chat, work)


@pytest.mark.parametrize("keep", [Keep.STATUS, Keep.BOTH])
def test_a_completed_task_makes_its_thread_done_and_says_why(pair: Pair, keep: Keep) -> None:
    pair.tie(keep)
    pair.says(Status.DONE)
    (row,) = inbox.rows(pair.db, [pair.thread])
    assert row.state == "done"
    assert any("was completed in work" in entry.say for entry in read.journal(pair.db, pair.thread))


def test_a_link_that_keeps_nothing_leaves_the_thread_alone(pair: Pair) -> None:
    pair.tie(Keep.OFF)
    pair.says(Status.DONE)
    assert inbox.rows(pair.db, [pair.thread])[0].state == "new"


def test_a_thread_that_was_brought_back_is_not_cleared_again_by_the_same_completion(pair: Pair) -> None:
    pair.tie(Keep.STATUS)
    pair.says(Status.DONE)
    pair.chat.act(triage.undone, [pair.thread])
    pair.says(Status.DONE, title="Mend it well")
    assert inbox.rows(pair.db, [pair.thread])[0].state == "new"


def test_done_on_the_task_here_clears_the_thread_and_undo_brings_both_back(pair: Pair) -> None:
    from leeward.work import acts

    pair.tie(Keep.STATUS)
    pair.work.act(triage.done, [pair.task])
    assert inbox.rows(pair.db, [pair.thread])[0].state == "done"
    pair.work.act(acts.undo)
    assert inbox.rows(pair.db, [pair.thread])[0].state == "new"
    assert read.task(pair.db, pair.task).status is Status.OPEN  # type: ignore[union-attr]  # it was there a line ago
    assert outbox.listed(pair.db) == []


def test_new_lines_go_both_ways_once_and_never_come_back(pair: Pair) -> None:
    pair.tie(Keep.BOTH)
    answer = said("answer", "I can", NOW + 1000, "bo", reply_to=(RemoteId("ask"),))
    for _repeat in range(2):
        pair.chat.take(base(messages=(answer,)))
    (comment,) = pair.posted()
    assert (comment["account"], comment["thread"]) == (pair.work.uid, "d1")
    assert "> I can" in comment["quoted"]
    assert comment["text"] == ""

    key = pair.db.execute("SELECT key FROM outbox").fetchone()[0]
    echo = said("n1", "> I can", NOW + 2000, "me", thread="d1", key=key)
    pair.work.take(base(messages=(echo,)))
    assert len(pair.posted()) == 1

    pair.work.take(base(messages=(said("n2", "found it", NOW + 3000, "ana", thread="d1"),)))
    back = pair.posted()[-1]
    assert (back["account"], back["thread"], back["reply_to"]) == (pair.chat.uid, None, "ask")
    assert len(pair.posted()) == 2


def test_a_line_that_only_may_belong_stays_in_its_channel(pair: Pair) -> None:
    pair.tie(Keep.BOTH)
    pair.chat.take(base(messages=(said("near", "ana: is it the one on db-2?", NOW + 1000, "bo"),)))
    assert pair.posted() == []


def test_a_place_without_comments_says_so_once(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        chat, work = Hand(db, "chat"), Hand(db, "todo", kind="caldav")
        chat.take(base(messages=(said("ask", "who can look?"),)))
        bare = Task(RemoteId("t1"), PROJECT, "Look", updated=NOW)
        work.take(base(tasks=(bare,)))
        task_id = str(work.id("task", "t1"))
        chat.act(links.tie, chat.thread_of("ask"), task_id, message=chat.line("ask"), keep=Keep.BOTH)
        for number in (1, 2):
            line = said(f"a{number}", "me", NOW + number * 1000, "bo", reply_to=(RemoteId("ask"),))
            chat.take(base(messages=(line,)))
        says = [entry.say for entry in read.journal(db, task_id)]
        assert len([say for say in says if "takes no comments" in say]) == 1


@dataclass(slots=True)
class Twins:
    """An issue at one tracker whose thread is linked to a task at another."""

    db: Db
    one: Hand
    two: Hand

    def first(self, **rest: Any) -> None:
        self.one.take(base(tasks=(task(**rest),), threads=(discussion(),)))

    def second(self, **rest: Any) -> None:
        self.two.take(base(tasks=(task(**rest),), threads=(discussion(),)))

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        rows = self.db.execute("SELECT account, doc FROM outbox WHERE verb = 'update_task' ORDER BY row")
        return [(account, json.loads(doc)["fields"]) for account, doc in rows]


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    with opened(tmp_path) as db:
        made = Twins(db, Hand(db, "one", kind="gitlab"), Hand(db, "two", kind="clickup"))
        made.first()
        made.second()
        thread, goal = str(made.one.thread("d1")), str(made.two.id("task", "t1"))
        made.one.act(links.tie, thread, goal, keep=Keep.STATUS)
        made.first(labels=("seen",))
        yield made


def test_a_field_that_moved_on_one_side_goes_to_the_other(twins: Twins) -> None:
    twins.first(title="Mend it today")
    assert twins.sent() == [(twins.two.uid, {"title": "Mend it today"})]
    twins.second(status=Status.DOING, title="Mend it today")
    assert twins.sent()[1:] == [(twins.one.uid, {"status": "doing"})]


def test_what_was_carried_over_does_not_come_back(twins: Twins) -> None:
    twins.first(title="Mend it today")
    twins.second(title="Mend it today")
    twins.first(title="Mend it today", labels=("more",))
    assert len(twins.sent()) == 1


def test_a_clash_keeps_both_texts_and_is_told(twins: Twins) -> None:
    twins.db.execute("UPDATE link SET keep = 'off'")
    twins.first(title="Their words")
    twins.second(title="Our words")
    twins.db.execute("UPDATE link SET keep = 'status'")
    twins.second(title="Our words", labels=("poke",))
    assert twins.sent() == []
    task_id = str(twins.two.id("task", "t1"))
    says = [entry.say for entry in read.journal(twins.db, task_id)]
    assert any("Their words" in say and "Our words" in say for say in says)


def test_a_day_and_a_time_on_that_day_are_the_same_due() -> None:
    noon = str(NOW - NOW % DAY + DAY // 2)
    day = read_day(int(noon))
    assert instep_values.same("due", noon, day)
    assert not instep_values.same("due", noon, read_day(int(noon) + 2 * DAY))


def read_day(at: int) -> str:
    from leeward.model import Instant
    from leeward.zones import system_zone, wall, zone

    return wall(Instant(at), zone(system_zone())).date().isoformat()
