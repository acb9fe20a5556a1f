"""What waits follows what happens to it, over the real ingest and the real triage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from leeward.model import Batch, Instant, ItemType, ReadUpTo, RemoteId, Status, Tier
from leeward.store import notices
from leeward.store.db import write
from leeward.work import notify, notify_sweep, reminders, triage
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_rules import read_instant as at
from leeward.work.steps import Notices, all_steps
from tests.leeward.ring_world import NIGHT, SETTINGS, configured
from tests.leeward.store.hand import HOUR, MINUTE, ROOM, Hand, base, opened, said, task, thread, todo

CONFIG = configured(SETTINGS)
STEPS = all_steps(Notices(CONFIG))


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with opened(tmp_path) as db:
        made = Hand(db, since=NIGHT - HOUR, kind="gitlab")
        made.now = NIGHT
        made.take(base(cursor="c0", threads=(thread("t0"), thread("t1"))), steps=STEPS)
        yield made


def states(hand: Hand) -> dict[str, str]:
    return dict(hand.db.execute("SELECT item, state FROM notice ORDER BY came"))


def say(hand: Hand, *remotes: str, text: str = "who can look?") -> None:
    lines = tuple(said(remote, text, hand.tick(), thread="t1") for remote in remotes)
    hand.take(Batch(messages=lines), steps=STEPS)


def test_reading_up_to_a_line_lets_go_of_that_far(hand: Hand) -> None:
    say(hand, "m1", "m2", "m3")
    spot = hand.one("SELECT n FROM message WHERE id = ?", hand.line("m2"))
    hand.act(triage.read, hand.thread("t1"), spot)
    assert states(hand) == {hand.line("m1"): "read", hand.line("m2"): "read", hand.line("m3"): "held"}
    assert notify.why(hand.db, hand.line("m1"))[-1].say.startswith("Read. It was read before it rang.")


def test_done_here_or_read_elsewhere_is_not_in_the_digest(hand: Hand) -> None:
    say(hand, "m1")
    hand.take(base(messages=(said("r1", "lunch?", hand.tick()),)), steps=STEPS)
    hand.act(triage.done, [hand.thread("t1")])
    hand.take(Batch(read=(ReadUpTo(ROOM, RemoteId("r1")),)), steps=STEPS)
    assert set(states(hand).values()) == {"read"}
    assert notices.waiting(hand.db) == 0


def test_a_line_that_was_taken_back_and_a_to_do_that_was_finished_are_pointless(hand: Hand) -> None:
    say(hand, "m1", "m2")
    hand.take(Batch(todos=(todo("d1", at=hand.now),)), steps=STEPS)
    assert set(states(hand).values()) == {"held"}
    hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("m1")),)), steps=STEPS)
    hand.take(Batch(todos=(todo("d1", at=hand.now, waits=False),)), steps=STEPS)
    item = hand.id("todo", "d1")
    assert states(hand) == {hand.line("m1"): "cancelled", hand.line("m2"): "held", item: "cancelled"}


def test_a_repeat_of_what_waits_writes_nothing(hand: Hand) -> None:
    say(hand, "m1")
    before = hand.db.total_changes
    hand.take(Batch(messages=(said("m1", "who can look?", hand.now, thread="t1"),)), steps=STEPS)
    assert hand.db.total_changes == before


def test_what_waits_takes_the_tier_its_thread_gets(hand: Hand) -> None:
    say(hand, "m1")
    hand.act(triage.tier, [hand.thread("t1")], Tier.GREEN)
    assert notify_sweep.moved(hand.db) == {hand.thread("t1"): Tier.GREEN}
    around = surroundings(hand.db, hand.now, CONFIG)
    write(hand.db, notify_sweep.follow_tiers, CONFIG, around, hand.now)
    assert states(hand) == {hand.line("m1"): "info"}
    assert notify_sweep.moved(hand.db) == {}
    say(hand, "m2", text="[red] prod is down")
    assert hand.one("SELECT tier FROM notice WHERE item = ?", hand.line("m2")) == "green"


def test_an_assigned_task_reminds_with_a_quarter_left_and_when_late_and_anew_when_its_due_moves(hand: Hand) -> None:
    due = at("2026-11-23T16:00:00Z")  # Monday 17:00, after 7.5 open hours
    hand.take(Batch(tasks=(task("k1", assignees=(RemoteId("me"),), due=due, updated=hand.now),)), steps=STEPS)
    item = hand.id(ItemType.TASK, "k1")

    def made(when: Instant) -> list[str]:
        around = surroundings(hand.db, when, CONFIG)
        found = reminders.wanted(hand.db, CONFIG, around, when)
        write(hand.db, reminders.make, found, CONFIG, around, when)
        assert reminders.wanted(hand.db, CONFIG, around, when) == []
        return [f"{one.who} {one.source}" for one in found]

    assert made(Instant(due - 3 * HOUR)) == []
    assert made(Instant(due - HOUR)) == ["Due soon harbour/api"]
    later = Instant(due + 24 * HOUR)
    hand.now = Instant(due - 30 * MINUTE)
    moved = task("k1", assignees=(RemoteId("me"),), due=later, updated=hand.now)
    hand.take(Batch(tasks=(moved,)), steps=STEPS)
    assert made(due) == []
    assert made(later) == ["Late harbour/api"]
    done = task("k1", assignees=(RemoteId("me"),), due=later, updated=later, status=Status.DONE)
    hand.now = later
    hand.take(Batch(tasks=(done,)), steps=STEPS)
    assert made(Instant(later + HOUR)) == []
    assert hand.one("SELECT count(*) FROM notice WHERE item = ? AND state IN ('held', 'ring')", item) == 0


def test_a_line_of_a_tier_reminds_and_what_is_older_than_the_account_never_does(hand: Hand) -> None:
    hand.take(base(messages=(said("m0", "[red] prod is down", NIGHT - 2 * HOUR, thread="t0"),)), steps=STEPS)
    say(hand, "m1", text="[yellow] a review, please")
    tuesday = at("2026-11-24T14:00:00Z")  # due two working days on, at 21:41, when it is quiet
    around = surroundings(hand.db, tuesday, CONFIG)
    found = reminders.wanted(hand.db, CONFIG, around, tuesday)
    assert [one.item for one in found] == [hand.thread("t1")]


def test_the_look_for_reminders_walks_indexes_alone(hand: Hand) -> None:
    """It runs every twenty seconds; in a store of a million rows thousands have a tier and have lain still for long."""
    asked: list[str] = []
    hand.db.set_trace_callback(asked.append)
    reminders.wanted(hand.db, CONFIG, surroundings(hand.db, hand.now, CONFIG), hand.now)
    hand.db.set_trace_callback(None)
    query = next(each for each in asked if "due_sort" in each)
    plans = [str(row[3]) for row in hand.db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert not any(plan.startswith("SCAN") for plan in plans), plans
    assert any("item_inbox (rank=? AND due_sort=? AND recent<?)" in plan for plan in plans), plans
    assert any("message_thread (thread=?)" in plan for plan in plans), plans


@pytest.mark.parametrize(
    ("text", "state"),
    [("[urgent] db-2 is full", "ring"), ("db-2 is full [spoed]", "ring"), ("[today] db-2 is full", "held"),
     ("> [urgent] he said\nlater is fine", "held"), ("this is urgent", "held")],
)  # fmt: skip
def test_what_its_sender_calls_urgent_breaks_through(hand: Hand, text: str, state: str) -> None:
    say(hand, "m1", text=text)
    assert states(hand) == {hand.line("m1"): state}


@pytest.mark.parametrize(
    ("text", "thread", "tier", "state"),
    [("db-2 is full", "t1", "red", "ring"), ("db-2 is full", None, "red", "ring"),
     ("db-2 was full [fyi]", "t1", "green", "info")],
)  # fmt: skip
def test_what_its_service_marks_urgent_counts_as_the_word_does(
    hand: Hand, text: str, thread: str | None, tier: str, state: str
) -> None:
    line = replace(said("m1", text, hand.tick(), thread=thread), urgent=True)
    hand.take(Batch(messages=(line,)), steps=STEPS)
    assert states(hand) == {hand.line("m1"): state}
    assert hand.one("SELECT tier FROM notice WHERE item = ?", hand.line("m1")) == tier
    why = notify.why(hand.db, hand.line("m1"))[0].say
    assert ("urgent" in why) is (state == "ring")
