"""Links in step, case by case: what begins, what clashes, what is deleted, what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Problem
from leeward.model import Batch, ItemType, Keep, Person, RemoteId, Status
from leeward.store import outbox, read
from leeward.store.db import write
from leeward.sync.outbox import arrived, moved_there
from leeward.work import acts, edit, instep, links, triage
from leeward.work.reversing import reverse
from tests.leeward.store.hand import NOW, Hand, base, opened, said
from tests.leeward.work.test_instep import Twins, discussion, task
from tui.answering import answer


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    with opened(tmp_path) as db:
        made = Twins(db, Hand(db, "one", kind="gitlab"), Hand(db, "two", kind="clickup"))
        made.first()
        made.second()
        tie(made)
        yield made


def tie(twins: Twins, keep: Keep = Keep.STATUS) -> str:
    thread, goal = str(twins.one.thread("d1")), str(twins.two.id("task", "t1"))
    return str(twins.one.act(links.tie, thread, goal, keep=keep))


def goal(twins: Twins) -> str:
    return str(twins.two.id("task", "t1"))


def source(twins: Twins) -> str:
    return str(twins.one.id("task", "t1"))


def title(twins: Twins, id: str) -> str:
    row = read.task(twins.db, id)
    assert row is not None
    return row.title


def says(twins: Twins, id: str) -> list[str]:
    return [entry.say for entry in read.journal(twins.db, id)]


def change(twins: Twins, id: str, **fields: Any) -> None:
    """What the screen and the command line do."""

    def act(db: Any, now: Any) -> None:
        with acts.act(db, now, "changed", [("own", id), *instep.tied(db, id)]) as made:
            made.outbox += edit.set_task(db, now, id, fields)
            made.outbox += instep.completed(db, now, id)
            made.items.add(id)

    write(twins.db, act, NOW)


def delivered(twins: Twins) -> None:
    """What is on its way has reached its service."""
    for row in outbox.listed(twins.db):
        if row.state == "queued":
            write(twins.db, arrived, row.row, "x", None, NOW)


def test_the_first_change_after_the_link_was_made_is_carried_over(twins: Twins) -> None:
    twins.first(title="Mend it today")
    assert twins.sent() == [(twins.two.uid, {"title": "Mend it today"})]
    assert any("title is “Mend it today” now, it was “Mend it”" in say for say in says(twins, goal(twins)))


def test_what_differs_when_a_link_begins_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        made = Twins(db, Hand(db, "one", kind="gitlab"), Hand(db, "two", kind="clickup"))
        made.first(title="Theirs")
        made.second(title="Ours")
        link = tie(made, Keep.OFF)
        made.first(title="Theirs, later")
        assert made.sent() == []
        made.one.act(links.keep_in_step, link, Keep.STATUS)
        made.first(title="Theirs, later", status=Status.DOING)
        assert made.sent() == [(made.two.uid, {"status": "doing"})]


def test_all_four_fields_go_over_and_people_by_who_they_are(twins: Twins) -> None:
    joined = Person(RemoteId("bo"), "Bo Lind", handle="bo", address="bo@x.example", verified=True)
    for hand in (twins.one, twins.two):
        hand.take(Batch(people=(joined,)))
    twins.first(title="New", status=Status.DOING, due=date(2026, 6, 1), assignees=(RemoteId("bo"),))
    ((_account, fields),) = twins.sent()
    assert fields == {
        "title": "New",
        "status": "doing",
        "due": "2026-06-01",
        "assignees": [twins.two.id("person", "bo")],
    }


def test_somebody_without_an_account_there_stays_with_who_has_them(twins: Twins) -> None:
    twins.one.take(Batch(people=(Person(RemoteId("zed"), "Zed"),)))
    twins.first(assignees=(RemoteId("zed"),))
    assert twins.sent() == []
    twins.first(assignees=(RemoteId("zed"),), title="Both")
    assert twins.sent() == [(twins.two.uid, {"title": "Both"})]


def clash(twins: Twins) -> int:
    """Both sides move while nobody looks, and are seen at once."""
    twins.db.execute("UPDATE link SET keep = 'off'")
    twins.first(title="Their words")
    twins.second(title="Our words")
    twins.db.execute("UPDATE link SET keep = 'status'")
    twins.second(title="Our words", labels=("poke",))
    (row,) = outbox.listed(twins.db)
    assert (row.verb, row.state, row.item) == ("clash", "asks", goal(twins))
    assert "“Our words”" in row.why
    assert "“Their words”" in row.why
    return row.row


def test_a_clash_asks_with_both_texts_and_nothing_is_sent_by_itself(twins: Twins) -> None:
    clash(twins)
    assert twins.sent() == []
    assert outbox.ready(twins.db, NOW + 10**9, [twins.one.uid, twins.two.uid]) == []  # type: ignore[arg-type]  # later
    assert (title(twins, source(twins)), title(twins, goal(twins))) == ("Their words", "Our words")


@pytest.mark.parametrize(
    ("choice", "sent", "titles"),
    [
        ("mine", "one", ("Our words", "Our words")),
        ("send", "one", ("Our words", "Our words")),
        ("theirs", "two", ("Their words", "Their words")),
        ("both", None, ("Their words", "Our words")),
        ("drop", None, ("Their words", "Our words")),
    ],
)
def test_its_owner_decides_a_clash(twins: Twins, choice: str, sent: str | None, titles: tuple[str, str]) -> None:
    row = clash(twins)
    write(twins.db, answer, row, choice, NOW)
    assert [account for account, _fields in twins.sent()] == ([getattr(twins, sent).uid] if sent else [])
    assert (title(twins, source(twins)), title(twins, goal(twins))) == titles
    assert [one for one in outbox.listed(twins.db) if one.verb == "clash"] == []
    before = len(twins.sent())
    twins.first(title=titles[0], labels=("more",))
    twins.second(title=titles[1], labels=("more",))
    assert len(twins.sent()) == before, "it is settled"


def test_a_clash_ends_when_both_sides_agree_by_themselves(twins: Twins) -> None:
    clash(twins)
    twins.first(title="Our words")
    assert outbox.listed(twins.db) == []


def test_a_deleted_side_is_a_tombstone_until_it_is_back(twins: Twins) -> None:
    twins.two.take(Batch(gone=((ItemType.TASK, RemoteId("t1")),)))
    twins.first(title="Mend it today")
    twins.first(title="Mend it tomorrow")
    assert twins.sent() == []
    assert len([say for say in says(twins, goal(twins)) if say.startswith("Deleted there")]) == 1
    assert title(twins, source(twins)) == "Mend it tomorrow"
    twins.second()
    assert twins.sent() == [(twins.two.uid, {"title": "Mend it tomorrow"})]
    assert any("is back" in say for say in says(twins, goal(twins)))


def test_a_side_that_rewrites_what_it_is_told_is_not_told_for_ever(twins: Twins) -> None:
    """One writes capitals, the other small letters: each answer would be news for the other."""
    twins.first(title="Mend")
    for _round in range(20):
        delivered(twins)
        twins.second(title="mend")
        delivered(twins)
        twins.first(title="MEND")
    assert len(twins.sent()) <= 2 * instep.AGAIN + 2
    assert [row.state for row in outbox.listed(twins.db) if row.verb == "clash"] == ["asks"]


def test_undo_in_the_grace_takes_back_both_sides_and_redo_does_them_again(twins: Twins) -> None:
    change(twins, goal(twins), title="Better")
    assert [account for account, _fields in twins.sent()] == [twins.two.uid, twins.one.uid]
    write(twins.db, acts.undo, NOW)
    assert twins.sent() == []
    assert (title(twins, source(twins)), title(twins, goal(twins))) == ("Mend it", "Mend it")
    twins.second(labels=("poke",))
    twins.first(labels=("poke",))
    assert twins.sent() == [], "nothing is left of it"
    write(twins.db, acts.redo, NOW)
    assert len(twins.sent()) == 2
    assert (title(twins, source(twins)), title(twins, goal(twins))) == ("Better", "Better")


def test_undo_of_what_was_sent_takes_back_both_sides_by_changes_of_their_own(twins: Twins) -> None:
    change(twins, goal(twins), title="Better")
    delivered(twins)
    undone = write(twins.db, acts.undo, NOW)
    assert undone is not None
    assert len(undone.sent) == 2
    write(twins.db, reverse, NOW, undone.sent)
    assert [fields for _account, fields in twins.sent()[2:]] == [{"title": "Mend it"}, {"title": "Mend it"}]


def test_what_a_link_carried_over_is_taken_back_and_the_difference_stays(twins: Twins) -> None:
    (link,) = (row.id for row in read.task(twins.db, goal(twins)).links)  # type: ignore[union-attr]  # it is there
    with pytest.raises(Problem, match="Nothing was kept in step"):
        twins.one.act(links.take_back, link)
    twins.first(title="Mend it today")
    twins.one.act(links.take_back, link)
    assert twins.sent() == [], "it was still in its grace"
    assert (title(twins, source(twins)), title(twins, goal(twins))) == ("Mend it today", "Mend it")
    twins.second(labels=("poke",))
    twins.first(title="Mend it today", labels=("poke",))
    assert twins.sent() == []
    assert any(say.startswith("Taken back: title") for say in says(twins, goal(twins)))
    twins.first(title="Mend it now")
    assert twins.sent() == [(twins.two.uid, {"title": "Mend it now"})]
    delivered(twins)
    twins.one.act(links.take_back, link)
    assert twins.sent()[1:] == [(twins.two.uid, {"title": "Mend it"})]


def test_a_change_that_is_dropped_in_the_outbox_is_not_carried_back(twins: Twins) -> None:
    twins.first(title="Mend it today")
    (row,) = outbox.listed(twins.db)
    write(twins.db, answer, row.row, "drop", NOW)
    twins.second(labels=("poke",))
    assert twins.sent() == []
    assert (title(twins, source(twins)), title(twins, goal(twins))) == ("Mend it today", "Mend it")


def test_a_change_is_not_sent_over_what_a_pull_has_shown(twins: Twins) -> None:
    twins.first(title="From one")
    twins.second(title="By somebody at two")
    (row,) = outbox.listed(twins.db)
    assert moved_there(outbox.get(twins.db, row.row).doc)
    assert title(twins, goal(twins)) == "From one", "ours stays on the screen until it is decided"


def test_bringing_a_task_back_goes_over_too(twins: Twins) -> None:
    twins.one.act(triage.done, [goal(twins)])
    twins.one.act(triage.undone, [goal(twins)])
    assert [fields for _account, fields in twins.sent()] == [{"status": "done"}] * 2 + [{"status": "open"}] * 2


def test_a_line_the_owner_writes_here_goes_over_like_any_other(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        made = Twins(db, Hand(db, "one", kind="gitlab"), Hand(db, "two", kind="clickup"))
        made.first()
        made.second()
        tie(made, Keep.BOTH)
        doc = {"place": "p", "thread": "d1", "text": "I will look"}
        row = write(db, outbox.put, NOW, made.one.uid, "post", doc)
        key = outbox.get(db, row).key
        line = said("n1", "I will look", NOW + 1000, "me", thread="d1", key=key)
        for _again in range(2):
            made.one.take(base(messages=(line,), tasks=(task(),), threads=(discussion(),)))
        posts = [one for one in outbox.listed(db) if one.verb == "post" and one.row != row]
        assert [one.account for one in posts] == ["two"]
        copied = said("n9", "> I will look", NOW + 2000, "me", thread="d1", key=outbox.get(db, posts[0].row).key)
        made.two.take(Batch(messages=(copied,)))
        assert len([one for one in outbox.listed(db) if one.verb == "post"]) == 2
