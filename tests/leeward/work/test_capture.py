"""Capture: one line, one task; its context frozen, its readers named, and all of it taken back within the grace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from leeward.errors import Problem, Usage
from leeward.model import Audience, Batch, ItemId, ItemType, Keep, Place, Reach, RemoteId, Status
from leeward.store import find, outbox, own, read
from leeward.store.db import Db, write
from leeward.store.db import read as db_read
from leeward.work import acts, capsule, triage
from leeward.work.capture import Captured, Order, capture, habits, propose, target, targets, widens
from tests.leeward.store.hand import MINUTE, NOW, PROJECT, Hand, base, opened, said, task

LINES = (
    said("a1", "db-2 is at 94 % disk, who can look?", NOW, url="https://x.example/a1"),
    said("a2", "the retention job has not run since Friday", NOW + MINUTE, "bo", reply_to=("a1",)),
    said("a3", "someone should write down why it stopped", NOW + 2 * MINUTE, "ana", reply_to=("a2",)),
)


def team(db: Db) -> Hand:
    hand = Hand(db)
    hand.take(base(messages=LINES))
    write(db, own.ensure_local, NOW)
    return hand


def order(hand: Hand, **rest: Any) -> Order:
    place = ItemId(rest.pop("to", hand.id("place", PROJECT)))
    return Order(hand.line("a3"), place, "Write down why it stopped", **{"context": (hand.line("a2"),), **rest})


def made(hand: Hand, **rest: Any) -> Captured:
    found = hand.act(capture, order(hand, **rest))
    assert isinstance(found, Captured)
    return found


def test_a_line_becomes_a_task_with_link_capsule_and_two_rows_on_their_way(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        found = made(hand, reply=True, keep=Keep.STATUS, own="Please.")
        row = read.task(db, found.task)
        assert row is not None
        assert (row.title, row.state, row.place) == ("Write down why it stopped", "queued", "harbour/api")
        assert row.text.startswith("Please.")
        assert "retention job" in row.text
        assert [(one.item, one.sync) for one in row.links] == [(hand.thread_of("a3"), Keep.STATUS)]
        create, reply = outbox.listed(db)
        assert (create.verb, reply.verb) == ("create_task", "post")
        assert outbox.get(db, reply.row).doc["reply_to"] == "a3"
        assert hand.one("SELECT after FROM outbox WHERE row = ?", reply.row) == create.row
        assert [line["text"] for line in (capsule.of(db, found.task) or {})["lines"]] == [LINES[1].text, LINES[2].text]
        assert read.message(db, hand.line("a3")).task == found.task  # type: ignore[union-attr]
        assert any("Made from a line by Ana" in said_.say for said_ in read.journal(db, found.task))


def test_the_same_line_again_gives_the_same_task_unless_asked(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        first = made(hand)
        again = made(hand)
        assert (again.task, again.new, again.context) == (first.task, False, first.context)
        assert len(outbox.listed(db)) == 1
        other = made(hand, again=True)
        assert other.new
        assert other.task != first.task


def test_the_capsule_stays_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        found = made(hand)
        before = hand.one("SELECT doc || hash FROM capsule")
        hand.take(
            Batch(
                messages=(replace(LINES[1], text="something else", version="2"),),
                gone=((ItemType.MESSAGE, RemoteId("a3")),),
            )
        )
        assert hand.one("SELECT doc || hash FROM capsule") == before
        assert "someone should write down" in capsule.markdown(capsule.of(db, found.task) or {})


@pytest.mark.parametrize("local", [False, True])
def test_undo_within_the_grace_drops_task_reply_and_link(tmp_path: Path, *, local: bool) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        habits_before = db.execute("SELECT * FROM habit").fetchall()
        found = made(hand, reply=True, **({"to": "local-place"} if local else {}))
        assert len(outbox.listed(db)) == (1 if local else 2)
        undone = hand.act(acts.undo)
        assert undone is not None
        assert undone.sent == ()
        assert outbox.listed(db) == []
        assert read.task(db, found.task) is None
        assert find.links(db, hand.thread_of("a3")) == ()
        assert hand.one("SELECT count(*) FROM capsule") == 0
        assert db.execute("SELECT * FROM habit").fetchall() == habits_before
        assert made(hand).new


def test_what_was_sent_is_asked_about_and_reversed(tmp_path: Path) -> None:
    from leeward.model import Sent
    from leeward.sync.outbox import arrived
    from leeward.work.reversing import reverse

    with opened(tmp_path) as db:
        hand = team(db)
        found = made(hand, reply=True)
        create, reply = (row.row for row in outbox.listed(db))
        write(db, arrived, create, "team", Sent(RemoteId("9"), "https://x.example/9", "1"), NOW)
        undone = hand.act(acts.undo)
        assert undone is not None
        assert undone.sent == (create,)
        assert hand.one("SELECT state FROM outbox WHERE row = ?", reply) == "queued", "it was not asked about yet"
        hand.act(reverse, undone.sent)
        row = read.task(db, found.task)
        assert row is not None
        assert row.status is Status.DONE
        assert row.links == ()
        assert [one.verb for one in outbox.listed(db)] == ["update_task"], "the reply that waited is dropped"


def test_habits_are_kept_for_each_place(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        place = hand.id("place", "room")
        assert habits(db, place).keep is Keep.OFF
        assert not habits(db, place).reply
        made(hand, reply=True, keep=Keep.BOTH)
        assert habits(db, place) == type(habits(db, place))(reply=True, keep=Keep.BOTH)
        proposal = hand_proposal(db, hand)
        assert proposal.reply
        assert proposal.keep is Keep.BOTH
        assert not habits(db, "elsewhere").reply


def hand_proposal(db: Db, hand: Hand) -> Any:
    return propose(db, hand.line("a3"), "UTC")


def test_where_a_task_goes_is_decided_or_asked(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        room = hand.id("place", "room")
        assert target(db, room, None)[0].title == "harbour/api"
        hand.take(Batch(places=(Place(RemoteId("p2"), "harbour/website", tasks=True),)))
        with pytest.raises(Usage, match=r"team/harbour/api.*local|local.*team/harbour/api"):
            target(db, room, None)
        assert target(db, room, "team/website")[0].title == "harbour/website"
        assert target(db, room, "local")[1]
        for nonsense in ("team", "team/nothing", "nobody", "", "/"):
            with pytest.raises(Usage):
                target(db, room, nonsense)
        made(hand, to=hand.id("place", "p2"))
        assert target(db, room, None) == (find.place(db, hand.id("place", "p2")), False)


def audience(reach: Reach, *people: str) -> Audience:
    return Audience(reach, len(people) or None, tuple(map(RemoteId, people)))


@pytest.mark.parametrize(
    ("source", "goal", "wider"),
    [
        (Reach.PEOPLE, Reach.ONLY_ME, False), (Reach.PEOPLE, Reach.PUBLIC, True), (Reach.PEOPLE, Reach.ORGANISATION, True),
        (Reach.PEOPLE, Reach.UNKNOWN, True), (Reach.PUBLIC, Reach.PEOPLE, False), (Reach.PUBLIC, Reach.PUBLIC, False),
        (Reach.ORGANISATION, Reach.PUBLIC, True), (Reach.ORGANISATION, Reach.ORGANISATION, False),
        (Reach.UNKNOWN, Reach.PUBLIC, True), (Reach.UNKNOWN, Reach.ORGANISATION, True), (Reach.ONLY_ME, Reach.PEOPLE, True),
        (Reach.ONLY_ME, Reach.ONLY_ME, False), (Reach.PEOPLE, Reach.PEOPLE, True), (Reach.PUBLIC, Reach.UNKNOWN, False),
    ],
)  # fmt: skip
def test_more_readers_are_noticed(source: Reach, goal: Reach, *, wider: bool) -> None:
    assert widens(audience(source), audience(goal)) == wider


def test_the_same_people_are_not_more_readers() -> None:
    source = audience(Reach.PEOPLE, "ana", "bo", "cy")
    assert not widens(source, audience(Reach.PEOPLE, "ana", "bo"))
    assert widens(source, audience(Reach.PEOPLE, "ana", "dee"))


def test_nonsense_is_a_sentence(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        for broken in (replace(order(hand), message=ItemId("nothing")), replace(order(hand), to=ItemId("nothing"))):
            with pytest.raises(Problem):
                hand.act(capture, broken)
        assert outbox.listed(db) == []
        assert acts.last(db) is None


def test_a_change_in_the_grace_travels_with_the_create(tmp_path: Path) -> None:
    from leeward.work import edit

    with opened(tmp_path) as db:
        hand = team(db)
        found = made(hand)
        hand.act(edit.set_task, found.task, {"title": "Better words"})
        (row,) = outbox.listed(db)
        assert outbox.get(db, row.row).doc["title"] == "Better words"


def test_a_pulled_copy_with_our_key_is_the_same_task(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        hand = team(db)
        found = made(hand, keep=Keep.STATUS)
        (row,) = outbox.listed(db)
        key = outbox.get(db, row.row).key
        hand.take(Batch(tasks=(task("77", "Write down why it stopped", key=key, status=Status.DONE, version="1"),)))
        assert [one.id for one in read.tasks(db)] == [found.task]
        assert hand.item(hand.thread_of("a3"))["state"] == "done"
        hand.act(triage.undone, [hand.thread_of("a3")])
        assert json.loads(hand.one("SELECT doc FROM act ORDER BY n DESC LIMIT 1"))["rows"]


def test_this_machine_is_offered_alike_before_and_after_something_was_made_here(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        Hand(db).take(base(messages=LINES))
        before = db_read(db, targets)
        write(db, own.ensure_local, NOW)
        assert targets(db) == before
        assert before[-1] == own.HERE
