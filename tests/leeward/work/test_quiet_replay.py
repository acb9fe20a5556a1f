from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leeward.model import Instant, Tier
from leeward.work import quiet_replay
from leeward.work.notify import decide
from leeward.work.quiet_course import Spell
from leeward.work.quiet_edit import Draft
from leeward.work.quiet_moment import would_ring
from leeward.work.quiet_plan import Plan, Subject, Surroundings, plan
from leeward.work.quiet_replay import Outcome, Past, past, replay, sentence
from leeward.work.quiet_settings import Break, QuietConfig
from tests.leeward.ring_world import HERE, NIGHT, OPEN, SETTINGS, World, configured

CONFIG = configured(SETTINGS)
NAMES = '[["t"], [], "team", "matrix"]'
MINUTE = 60_000
DAY = 24 * 60
DAY_MS = DAY * MINUTE


def planned(subject: Subject, config: QuietConfig = CONFIG) -> Plan:
    return plan(config, HERE, subject)


def event(at: int, tier: Tier | None = None, *reasons: Break, answered: int | None = None) -> Past:
    return Past(Instant(at), tier, frozenset(reasons), NAMES, f"thread {at}", "ana", answered)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 7 * 24 * 60),
    st.sampled_from([None, *Tier]),
    st.frozensets(st.sampled_from([Break.VIP, Break.MENTION, Break.KEYWORD, Break.URGENT])),
)
def test_one_thing_is_judged_as_it_is_when_it_comes(minute: int, tier: Tier | None, reasons: frozenset[Break]) -> None:
    at = Instant(OPEN + minute * MINUTE)
    verdict = decide(planned(Subject()), tier, reasons, 0, at)
    outcome = replay([replace(event(at, tier), reasons=reasons)], planned)
    counted = "through" if verdict.breaks else {"ring": "rang", "held": "held", "info": "info"}[verdict.state]
    assert outcome == Outcome(**{counted: 1})


def test_only_three_break_through_one_stretch_and_the_next_begins_anew() -> None:
    night = [event(NIGHT + n * MINUTE, Tier.RED, Break.MENTION) for n in range(5)]
    later = [event(NIGHT + 3 * 24 * 60 * MINUTE, Tier.RED, Break.MENTION)]
    assert replay([*night, *later], planned) == Outcome(held=2, through=4)


def test_the_second_line_of_one_person_in_one_thread_is_a_repeat() -> None:
    one = event(NIGHT, Tier.RED)
    again = replace(one, at=Instant(NIGHT + 9 * MINUTE))
    late = replace(one, at=Instant(NIGHT + 40 * MINUTE))
    assert replay([one, again, late], planned) == Outcome(held=2, through=1)


def test_what_was_answered_at_once_and_would_have_waited_is_counted_as_delayed() -> None:
    events = [event(OPEN, answered=MINUTE), event(NIGHT, answered=MINUTE), event(NIGHT + 1)]
    assert replay(events, planned) == Outcome(rang=1, held=2, delayed=1)
    always = configured('[quiet.schedules.all]\nopen = ["daily 00:00-24:00"]')
    assert replay(events, lambda subject: planned(subject, always)) == Outcome(rang=3)


def test_it_is_said_in_one_sentence() -> None:
    new, old = Outcome(rang=9, held=412, through=3, delayed=1), Outcome(rang=20, held=400)
    assert sentence(new, old) == (
        "The last 30 days would have held 412 (now 400), let 3 for today through, rung 9 (now 20),"
        " delayed 1 you answered within 5 minutes."
    )
    assert "Nothing came" in sentence(Outcome(), Outcome())


def test_the_store_is_read_within_bounds_and_without_what_never_was_to_ring(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        for number in range(6):
            world.come(f"m{number}", Tier.RED, mention=number % 2 == 0)
        world.db.execute("UPDATE notice SET state = 'dropped' WHERE item = 'm5'")
        events = past(world.db, Instant(0), Instant(1 << 60))
        assert len(events) == 5
        assert sum(Break.MENTION in one.reasons for one in events) == 3
        assert len(past(world.db, Instant(0), Instant(1 << 60), most=2)) == 2
        assert past(world.db, Instant(1 << 60), Instant(1 << 61)) == []
        assert past(world.db, Instant(0), events[0].at) == []
        assert replay(events, planned).all == 5
    finally:
        world.db.close()


def test_a_full_month_is_judged_quickly() -> None:
    from time import perf_counter

    month = quiet_replay.DAYS * quiet_replay.DAY_MS
    events = [event(OPEN - month + n * (month // quiet_replay.MOST), Tier.RED, Break.MENTION) for n in range(20_000)]
    begun = perf_counter()
    assert replay(events, planned).all == quiet_replay.MOST
    assert perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("minute", "said"),
    [
        (10 * 60, ["Mon 10:00 rings until Mon 12:30.", "today: at once, with sound"]),
        (
            20 * 60,
            [
                "Mon 20:00 is quiet until Tue 09:00.",
                "today: rings for VIP, mention",
                "wait until Tue 09:00",
                "Elsewhere: muted",
            ],
        ),
    ],
)
def test_what_would_ring_at_a_moment(minute: int, said: list[str]) -> None:
    told = "\n".join(would_ring(CONFIG, "work", WEEK, minute, HERE, OPEN))
    for part in said:
        assert part in told
    assert "in its digest daily 16:30" in told


WEEK = Draft.of(("mon-fri 09:00-12:30", "mon-fri 13:00-17:30"))
BESIDE = """
[[quiet.except]]
from = 2026-11-23
do = "quiet"
why = "move"
[[quiet.trip]]
from = 2026-11-24
to = 2026-11-25
timezone = "America/New_York"
"""


@pytest.mark.parametrize(
    ("minute", "around", "says"),
    [
        (10 * 60, HERE, ["Mon 10:00 is quiet until Tue 15:00.", "2026-11-23 is quiet: move. As painted it rings."]),
        (DAY + 10 * 60, HERE, ["Tue 10:00 rings until Tue 12:30.", "Then you are in America/New_York"]),
        (
            4 * DAY + 20 * 60,
            Surroundings("UTC", (Spell(OPEN, None, quiet=False),)),
            ["Fri 20:00 rings for good.", "You asked to be rung at 11:00. As painted it is quiet."],
        ),
        (
            2 * DAY + 10 * 60,
            Surroundings("UTC", busy=(Spell(Instant(OPEN + 4 * DAY_MS), Instant(OPEN + 6 * DAY_MS), quiet=True),)),
            ["Wed 10:00 is quiet until", "The calendar says busy. As painted it rings."],
        ),
    ],
)
def test_dates_trips_busy_times_and_one_offs_are_told_where_they_decide(
    minute: int, around: Surroundings, says: list[str]
) -> None:
    told = "\n".join(would_ring(configured(SETTINGS + BESIDE), "work", WEEK, minute, around, OPEN))
    assert [part for part in says if part not in told] == [], told


def test_another_schedule_is_asked_by_its_own_name() -> None:
    config = configured(
        SETTINGS.replace(
            "[quiet.people]", '[quiet.schedules.nights]\nquiet = ["daily 22:00-07:00"]\n[quiet.people]'
        ).replace("[quiet]", '[quiet]\nschedule = "work"')
    )
    nights = Draft.of(("daily 22:00-07:00",), quiet=True)
    assert would_ring(config, "nights", nights, 20 * 60, HERE, OPEN)[0] == "Mon 20:00 rings until Mon 22:00."
