"""Reminders and what is left, in open time only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from leeward.model import Instant, ItemId, Status, Tier
from leeward.rows import TaskRow
from leeward.work.notify import Incoming
from leeward.work.quiet_due import LATE, SOON, DueThing, counted, minutes_left, reminders, ripe
from leeward.work.quiet_plan import plan
from leeward.work.quiet_rules import read_instant as at
from leeward.work.quiet_settings import QuietConfig
from leeward.work.reminders import make
from tests.leeward.ring_world import HERE, SETTINGS, Popups, World, configured

HOUR = 3_600_000
ASKED = plan(configured(SETTINGS), HERE)
CAME = at("2026-11-20T10:00:00Z")  # Friday 11:00: 1.5 h and 4.5 h are open
DUE = at("2026-11-23T10:00:00Z")  # Monday 11:00: 2 h more


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.db.close()


def test_a_quarter_of_the_open_time_before_and_when_late() -> None:
    assert reminders(ASKED, CAME, DUE) == ((SOON, at("2026-11-23T08:00:00Z")), (LATE, DUE))
    night = at("2026-11-21T02:00:00Z")
    assert reminders(ASKED, CAME, night)[-1] == (LATE, at("2026-11-23T08:00:00Z"))


def test_each_reminder_comes_once_and_the_later_one_alone(world: World) -> None:
    popups = Popups()
    thing = DueThing(CAME, DUE, Incoming("task", "a", CAME, "Jo", "#ops", tier=Tier.YELLOW))

    def made(when: int, thing: DueThing = thing) -> int:
        world.clock.at = when
        incoming = ripe(thing, plan(world.config, world.around, thing.incoming.subject), Instant(when))
        found = [] if incoming is None else [incoming]
        return int(world.write(make, found, world.config, world.around, Instant(when)))

    assert [made(DUE - 3 * HOUR), made(DUE - HOUR), made(DUE - HOUR + 1)] == [0, 1, 0]
    assert [made(DUE), made(DUE + HOUR), made(DUE + 8 * 24 * HOUR)] == [1, 0, 0]
    assert world.ring(popups) == 2

    other = DueThing(CAME, DUE, Incoming("other", "a", CAME, "Jo", "#ops"))
    assert made(DUE + HOUR, other) == 1


def test_rows_are_counted_only_by_a_schedule(world: World) -> None:
    row = TaskRow(ItemId("t"), "a", "", None, "", "", Status.OPEN, None, (), True, DUE, None, None, "sent", CAME)
    assert [one.left for one in counted(world.db, [row], configured(SETTINGS), CAME)] == [480]
    assert [one.left for one in counted(world.db, [row], QuietConfig(), CAME)] == [None]
    undated = replace(row, due=None)
    assert counted(world.db, [undated], configured(SETTINGS), CAME) == [undated]


def test_what_is_left_is_counted_in_open_time() -> None:
    assert minutes_left(ASKED, DUE, CAME) == 8 * 60
    assert minutes_left(ASKED, DUE, Instant(DUE - 60_000)) == 1
    assert minutes_left(ASKED, DUE, Instant(DUE + HOUR)) is None
    assert minutes_left(ASKED, date(2026, 11, 23), Instant(DUE)) == 90 + 270  # to Monday's last open minute
    assert minutes_left(ASKED, date(2026, 11, 22), CAME) == 360  # a Sunday has none: until its end
    assert minutes_left(ASKED, date(2027, 3, 1), CAME) is None
