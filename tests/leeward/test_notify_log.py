"""The log of what rang and what waited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeward.model import Tier
from leeward.ports import Rung
from leeward.work.notify_log import log, waiting_rows
from tests.leeward.ring_world import MONDAY, NIGHT, Popups, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.db.close()


def test_the_log_tells_what_became_of_each(world: World) -> None:
    world.come("first", Tier.RED)
    world.ring(Popups())
    world.clock.at += 1000
    world.come("second", who="Kim")
    world.ring(Popups("bell", replaces=False, answers=Rung.UNKNOWN))
    world.clock.at = NIGHT
    world.come("muted", thread="muted")
    world.come("third", Tier.YELLOW)
    rows = log(world.db)
    assert [(row.item, row.said, row.channel) for row in rows] == [
        ("third", "waits", None),
        ("second", "unseen?", "bell"),
        ("first", "rang", "osc99"),
    ]
    assert rows[0].release_at == MONDAY
    assert rows[0].why.startswith("It was Fri 21:40 in Europe/Amsterdam: quiet until Mon 09:00.")
    assert [row.item for row in waiting_rows(world.db)] == ["third"]
    assert len(log(world.db, 2)) == 2


def test_what_came_while_a_digest_was_made_is_no_flood(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    world.come("night")
    world.clock.at = MONDAY
    for n in range(6):
        world.come(f"m{n}")
    assert world.ring(popups) == 2
    assert len(popups.shown) == 2
    assert world.states() == {"shown": 7}
