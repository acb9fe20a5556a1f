"""The status at GitLab: the next longer time, and nobody's own status is ever overwritten or cleared."""

from __future__ import annotations

import asyncio

import pytest

from connectors.gitlab.connector import GitLab
from connectors.gitlab.status import THEIRS, clears_after
from leeward.model import Instant
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from tests.fakes.base import FakeHttp
from tests.fakes.gitlab import GitLabFake

HOUR = 3_600_000


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.service = GitLabFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", "sam", self.service.token)
        self.http = FakeHttp(self.service, self.service.token)

    def set(self, quiet: bool, hours: float | None = None, remembered: str | None = None) -> str | None:
        connector = GitLab(Login("work", "gitlab", self.service.base), self.http, self.clock)
        until = None if hours is None else Instant(self.clock.now() + int(hours * HOUR))
        return asyncio.run(connector.set_quiet(quiet, until, remembered))

    def shown(self) -> str:
        status = self.service.status_of(self.me)
        return f"{status['emoji']} {status['message']} {status['availability']}"

    def by_hand(self, message: str) -> None:
        self.service.statuses[self.me] = {"emoji": "palm_tree", "message": message, "clears": None}


QUIET, NOTHING = "sleeping Quiet hours busy", "  not_set"


@pytest.mark.parametrize(
    ("hours", "word"),
    [(0.1, "30_minutes"), (0.5, "30_minutes"), (0.6, "3_hours"), (8, "8_hours"), (9, "1_day"), (63, "3_days"),
     (100, "7_days"), (200, "30_days"), (2000, "30_days")],
)  # fmt: skip
def test_the_next_longer_time_is_asked_for(hours: float, word: str) -> None:
    assert clears_after(int(hours * HOUR)) == word


def test_an_open_end_is_cleared_after_the_longest_time() -> None:
    assert clears_after(None) == "30_days"


def test_it_is_set_and_cleared_by_who_set_it() -> None:
    world = World()
    remembered = world.set(True, 10)
    assert world.shown() == QUIET
    assert world.set(False, None, remembered) is None
    assert world.shown() == NOTHING


def test_it_ends_by_itself_where_nobody_clears_it_and_lasts_when_quiet_does() -> None:
    world = World()
    remembered = world.set(True, 2)
    world.set(True, 20, remembered)
    world.clock.advance(4 * 3600)
    assert world.shown() == QUIET
    world.clock.advance(21 * 3600)
    assert world.shown() == NOTHING


def test_a_status_of_ones_own_is_left_alone_before_and_after() -> None:
    world = World()
    world.by_hand("On the boat")
    assert world.set(True, 10) == THEIRS
    assert world.set(False, None, THEIRS) is None
    assert world.shown() == "palm_tree On the boat not_set"

    world = World()
    remembered = world.set(True, 10)
    world.by_hand("At the doctor's")
    assert world.set(False, None, remembered) is None
    assert world.shown() == "palm_tree At the doctor's not_set"
    assert world.set(False, None, "what nobody remembered") is None
    assert world.shown() == "palm_tree At the doctor's not_set"


def test_nothing_remembered_asks_nothing() -> None:
    world = World()
    assert world.set(False) is None
    assert world.http.asked == []
