"""The table of what rings and what waits, and the crash that may come at any step of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from leeward.model import Instant, Tier
from leeward.ports import Rung
from leeward.store import notices
from leeward.work import digest, notify, quiet_store
from leeward.work.quiet_course import Spell
from leeward.work.quiet_plan import Surroundings
from leeward.work.quiet_rules import read_instant as at
from tests.leeward.ring_world import MONDAY, NIGHT, OPEN, SETTINGS, Crash, Popups, World, configured

HOUR = 3_600_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.db.close()


@pytest.mark.parametrize(("tier", "sound"), [(Tier.RED, True), (Tier.YELLOW, False), (None, False)])
def test_in_open_time_it_rings_at_once_and_only_red_with_sound(world: World, tier: Tier | None, sound: bool) -> None:
    popups = Popups()
    notice = world.come("m1", tier)
    assert world.ring(popups) == 1
    assert world.state(notice) == "shown"
    assert [shown.sound for shown in popups.shown.values()] == [sound]
    assert world.ring(popups) == 0
    assert popups.times.total() == 1


@pytest.mark.parametrize(
    ("tier", "facts", "state"),
    [
        (Tier.RED, {}, "held"),
        (Tier.RED, {"mention": True}, "ring"),
        (Tier.RED, {"urgent": True}, "ring"),
        (Tier.RED, {"author_names": frozenset({"maria"})}, "ring"),
        (Tier.RED, {"text": "I think PROD DOWN, look"}, "ring"),
        (Tier.RED, {"text": "xprod downs"}, "held"),
        (Tier.YELLOW, {"mention": True, "urgent": True}, "held"),
        (None, {"mention": True}, "held"),
        (Tier.GREEN, {"mention": True}, "info"),
    ],
)
def test_in_quiet_only_red_breaks_through_and_only_for_a_reason(
    world: World, tier: Tier | None, facts: dict[str, object], state: str
) -> None:
    world.clock.at = NIGHT
    assert world.state(world.come("m1", tier, **facts)) == state


def test_the_second_red_of_one_person_in_one_thread_breaks_through(world: World) -> None:
    world.clock.at = NIGHT
    first = world.come("m1", Tier.RED, thread="t", author="jo")
    other = world.come("m2", Tier.RED, thread="t", author="kim")
    world.clock.at += 9 * 60_000
    second = world.come("m3", Tier.RED, thread="t", author="jo")
    world.clock.at += 20 * 60_000
    late = world.come("m4", Tier.RED, thread="t", author="jo")
    assert [world.state(notice) for notice in (first, other, second, late)] == ["held", "held", "ring", "held"]


def test_the_allowance_of_one_quiet_stretch_ends_and_says_so(world: World) -> None:
    world.clock.at = NIGHT
    notices = [world.come(f"m{n}", Tier.RED, mention=True) for n in range(4)]
    assert [world.state(notice) for notice in notices] == ["ring", "ring", "ring", "held"]
    assert "The 3 that may break through" in notify.why(world.db, notices[3] or "")[0].say
    popups = Popups()
    world.ring(popups)
    world.come("plain")
    world.clock.at = MONDAY
    assert world.ring(popups) == 1
    assert popups.shown["work:2026-11-23T08:00:00Z"].body.splitlines() == [
        "1 today, 1 in 48 h",
        "1 for today waited: the allowance was used up",
        "Jo · #ops",
    ]
    world.clock.at = at("2026-11-23T20:00:00Z")
    assert world.state(world.come("next", Tier.RED, mention=True)) == "ring"


def test_a_digest_of_one_says_it_too_and_a_full_one_keeps_its_five_lines(world: World) -> None:
    world.config = configured(SETTINGS + '[quiet.tiers.red]\nat_most = "0 per quiet"\n')
    popups = Popups()
    for opening, count in ((MONDAY, 1), (at("2026-11-24T08:00:00Z"), 9)):
        world.clock.at = opening - 12 * HOUR
        for n in range(count):
            world.come(f"m{opening}-{n}", Tier.RED, mention=True, who=f"P{n}")
        world.clock.at = opening
        assert world.ring(popups) == 1
    one, many = popups.shown.values()
    assert one.body.splitlines() == ["#ops · today", "1 for today waited: the allowance was used up"]
    assert len(many.body.splitlines()) == 4
    assert many.body.splitlines()[-1] == "and 8 more: open"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"mine": True}, "none"),
        ({"silent": True}, "none"),
        ({"read": True}, "read"),
        ({"on_screen": True}, "dropped"),
        ({"thread": "muted"}, "dropped"),
    ],
)
def test_what_does_not_notify_at_all(world: World, facts: dict[str, object], state: str) -> None:
    popups = Popups()
    notice = world.come("m1", Tier.RED, mention=True, **facts)
    assert world.ring(popups) == 0
    assert (world.state(notice), popups.shown) == (state, {})


def test_the_same_thing_never_alerts_twice(world: World) -> None:
    popups = Popups()
    assert world.come("m1", Tier.RED) is not None
    world.ring(popups)
    assert world.come("m1", Tier.RED) is None
    assert world.come("m1", Tier.RED, event="late") is not None
    world.ring(popups)
    assert popups.times.total() == 2


def test_what_was_held_comes_in_one_digest_of_five_lines(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    for n in range(9):
        world.clock.at += 1000
        world.come(f"m{n}", Tier.RED if n in {4, 7} else Tier.YELLOW, who=f"P{n}", source="#ops")
    assert notices.waiting(world.db) == 9
    assert world.ring(popups) == 0
    assert notices.waiting(world.db) == 9
    world.clock.at = MONDAY
    assert world.ring(popups) == 1
    assert notices.waiting(world.db) == 0
    ((key, shown),) = popups.shown.items()
    assert key == "work:2026-11-23T08:00:00Z"
    assert shown.title == "leeward: 9 waiting"
    assert shown.body.splitlines() == ["2 today, 7 in 48 h", "P4 · #ops", "P7 · #ops", "and 7 more: open"]
    assert shown.sound
    assert world.states() == {"shown": 9}


def test_three_missed_openings_are_one_digest_and_the_clock_set_back_repeats_nothing(world: World) -> None:
    popups = Popups()
    for n in range(3):
        world.clock.at = NIGHT + n * 24 * HOUR
        world.come(f"m{n}")
    world.come("fyi", Tier.GREEN)
    world.clock.at = at("2026-11-26T11:00:00Z")
    assert world.ring(popups) == 1
    assert world.states() == {"shown": 4}
    assert list(popups.shown) == ["work:2026-11-26T08:00:00Z"]
    world.clock.at = MONDAY
    assert world.ring(popups) == 0


def test_what_is_for_information_waits_for_its_digest_and_for_the_opening(world: World) -> None:
    popups = Popups()
    world.come("fyi", Tier.GREEN)
    world.clock.at = at("2026-11-20T15:29:59Z")
    assert world.ring(popups) == 0
    world.clock.at = at("2026-11-20T15:30:00Z")
    assert world.ring(popups) == 1
    late = world.come("fyi2", Tier.GREEN)
    world.clock.at = at("2026-11-21T15:30:00Z")  # Saturday: due, and quiet
    assert world.ring(popups) == 0
    assert world.state(late) == "info"
    world.clock.at = MONDAY
    assert world.ring(popups) == 1


def test_what_ended_while_it_waited_makes_no_digest_and_says_why(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    read, gone = world.come("m1", thread="t"), world.come("m2")
    world.write(notify.finish, read, "work", "read", "It was read before it rang.", world.clock.now())
    world.write(notify.finish, gone, "work", "cancelled", "It was resolved.", world.clock.now())
    world.clock.at = MONDAY
    assert world.ring(popups) == 0
    assert (world.state(read), world.state(gone)) == ("read", "cancelled")
    assert [row.say.split(".")[0] for row in notify.why(world.db, "t-m2")] == ["Held", "Dropped"]


def test_what_was_read_between_release_and_showing_is_not_shown(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    notice = world.come("m1")
    world.clock.at = MONDAY
    key = world.write(digest.release, world.config, world.around, world.clock.now())
    assert key is not None
    world.write(notify.finish, notice, "work", "read", "It was read before it rang.", world.clock.now())
    assert world.ring(popups) == 0
    assert popups.shown == {}


def test_quiet_that_begins_before_it_was_shown_holds_it_back(world: World) -> None:
    popups = Popups()
    single = world.come("m1")
    world.clock.at = NIGHT
    assert world.ring(popups) == 0
    assert world.state(single) == "held"
    world.clock.at = MONDAY
    world.write(digest.release, world.config, world.around, world.clock.now())
    world.clock.at = at("2026-11-23T20:00:00Z")
    assert world.ring(popups) == 0
    assert world.state(single) == "held"
    world.clock.at = at("2026-11-24T08:00:00Z")
    assert world.ring(popups) == 1


def test_a_claim_left_by_a_crash_does_not_ring_at_night(world: World) -> None:
    popups = Popups()
    world.come("m1")
    world.write(digest.claim, [digest.Offer("osc99", replaces=True)], world.clock.now())
    world.clock.at = NIGHT
    assert world.ring(popups) == 0
    world.clock.at = MONDAY
    assert world.ring(popups) == 1


def test_many_at_once_are_one_popup(world: World) -> None:
    popups = Popups()
    for n in range(12):
        world.come(f"m{n}", Tier.RED if n == 3 else None, who="Jo")
    assert world.ring(popups) == 1
    assert world.states() == {"shown": 12}
    assert world.ring(popups) == 0


def test_another_schedule_judges_again_and_nothing_is_forgotten(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    notice = world.come("m1")
    world.config = configured(SETTINGS.replace("mon-fri 09:00-12:30", "mon-fri 10:00-12:30"))
    assert world.write(notify.rejudge, world.config, world.around, world.clock.now()) == 1
    row = world.db.execute("SELECT release_at FROM notice").fetchone()
    assert row[0] == MONDAY + HOUR
    assert world.write(notify.rejudge, world.config, world.around, world.clock.now()) == 0
    world.config = configured(SETTINGS.replace("mon-fri 09:00-12:30", "daily 00:00-24:00"))
    world.write(notify.rejudge, world.config, world.around, world.clock.now())
    assert world.ring(popups) == 1
    assert world.state(notice) == "shown"
    assert world.ring(popups) == 0


def test_a_tier_changed_judges_again(world: World) -> None:
    world.clock.at = NIGHT
    notice = world.come("m1", mention=True)
    world.write(notify.retier, "t-m1", Tier.RED, world.config, world.around, world.clock.now())
    assert world.state(notice) == "ring"
    other = world.come("m2")
    world.write(notify.retier, "m2", Tier.GREEN, world.config, world.around, world.clock.now())
    assert world.state(other) == "info"


def test_a_channel_that_fails_gives_way_to_the_next_and_is_asked_again_later(world: World) -> None:
    broken, works = Popups("desktop", answers=Rung.FAILED), Popups("ntfy")
    notice = world.come("m1")
    world.ring(broken, works)
    assert (world.state(notice), len(works.shown)) == ("shown", 1)
    second = world.come("m2")
    world.ring(broken)
    assert world.state(second) == "ring"
    world.ring(works)
    assert world.state(second) == "ring"
    world.clock.at += 61_000
    world.ring(works)
    assert world.state(second) == "shown"


def test_a_channel_that_never_works_ends_as_failed(world: World) -> None:
    broken = Popups("desktop", answers=Rung.FAILED)
    notice = world.come("m1")
    for _try in range(12):
        world.ring(broken)
        world.clock.at += 1000
        world.db.execute("UPDATE delivery SET lease_until = 0")
    assert world.state(notice) == "failed"


def test_an_uncertain_answer_is_said_and_not_repeated(world: World) -> None:
    bell = Popups("bell", replaces=False, answers=Rung.UNKNOWN)
    notice = world.come("m1")
    world.ring(bell)
    world.ring(bell)
    assert (world.state(notice), bell.times.total()) == ("maybe", 1)
    assert [row.say for row in notify.why(world.db, notice or "")][
        -1
    ] == "May have been shown by the bell on here, not read yet."


def test_two_claims_of_one_popup_are_one(world: World) -> None:
    world.come("m1")
    offers = [digest.Offer("osc99", replaces=True)]
    mine = world.write(digest.claim, offers, world.clock.now())
    assert world.write(digest.claim, offers, world.clock.now()) is None
    later = Instant(world.clock.now() + 30_000)
    theirs = world.write(digest.claim, offers, later)
    assert theirs.key == mine.key
    world.write(digest.mark, mine, Rung.FAILED, later)
    assert world.db.execute("SELECT state FROM delivery").fetchone()[0] == "claimed"
    world.write(digest.mark, theirs, Rung.SENT, later)
    assert world.states() == {"shown": 1}


def test_a_round_with_nothing_to_do_writes_nothing(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    world.come("m1")
    before = world.db.total_changes
    assert not digest.due(world.db, world.config, world.around, world.clock.now())
    world.ring(popups)
    assert world.db.total_changes == before
    assert digest.due(world.db, world.config, world.around, Instant(MONDAY))


def test_one_offs_survive_a_restart_and_end(world: World) -> None:
    world.write(quiet_store.add_oneoff, Spell(Instant(OPEN), None, quiet=True))
    world.restart()
    kept = quiet_store.oneoffs(world.db, Instant(OPEN + HOUR))
    assert kept == (Spell(Instant(OPEN), None, quiet=True),)
    world.around = Surroundings("UTC", kept)
    notice = world.come("m1")
    assert world.state(notice) == "held"
    assert world.write(quiet_store.end_oneoffs, Instant(OPEN + HOUR)) == 1
    assert quiet_store.oneoffs(world.db, Instant(OPEN + HOUR)) == ()


def test_old_notices_are_forgotten_and_waiting_ones_are_not(world: World) -> None:
    world.come("m1")
    world.ring(Popups())
    world.clock.at = NIGHT
    world.come("m2")
    world.db.execute("INSERT INTO person_hours (person, at) VALUES ('m', ?)", (NIGHT,))
    assert quiet_store.old(world.db, Instant(NIGHT + 32 * 24 * HOUR))
    world.write(quiet_store.forget, Instant(NIGHT + 31 * 24 * HOUR))
    assert world.db.execute("SELECT 1 FROM person_hours").fetchall() == []
    assert world.states() == {"held": 1}
    assert world.db.execute("SELECT count(*) FROM verdict").fetchone()[0] == 1
    assert world.db.execute("SELECT count(*) FROM delivery").fetchone()[0] == 0


def play(world: World, popups: Popups, rng: random.Random, kills: int) -> int:
    """Days in which the process dies at one step after another, and a last one that lives. How many things came."""
    popups.before = world.step
    popups.members = world.members
    died = 0
    while died < kills:
        crash_while_judging = rng.random() < 0.3
        world.steps_left = rng.randrange(30) if crash_while_judging else None
        try:
            for _turn in range(rng.randrange(4)):
                known = world.db.execute("SELECT count(*) FROM notice").fetchone()[0]
                world.come(f"m{known}", rng.choice([None, *Tier]), mention=rng.random() < 0.3)
            world.steps_left = world.steps_left if crash_while_judging else rng.randrange(22)
            world.ring(popups)
        except Crash:
            died += 1
            world.restart()
        world.steps_left = None
        world.clock.at += rng.choice([1000, 31_000, HOUR, 9 * HOUR])
    for _later in range(40):
        world.clock.at += 31_000
        world.ring(popups)
        world.clock.at += 7 * HOUR
    return int(world.db.execute("SELECT count(*) FROM notice").fetchone()[0])


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_step_nothing_is_lost_and_nothing_shown_twice(world: World, seed: int) -> None:
    popups = Popups(replaces=True)
    came = play(world, popups, random.Random(seed), kills=250)
    assert came > 100
    assert popups.times.total() > len(popups.times)  # some were sent again, over the popup that stood there
    assert world.states() == {"shown": came}
    assert len(popups.seen_in) == came
    assert [keys for keys in popups.seen_in.values() if len(keys) != 1] == []


@pytest.mark.parametrize("seed", range(2))
def test_a_channel_that_cannot_replace_never_shows_twice(world: World, seed: int) -> None:
    popups = Popups("bell", replaces=False)
    came = play(world, popups, random.Random(seed), kills=150)
    states = world.states()
    assert states["shown"] + states["maybe"] == came
    assert states["maybe"] > 0
    assert all(times == 1 for times in popups.times.values())
    assert all(len(keys) == 1 for keys in popups.seen_in.values())
