from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.slack_world import SlackWorld


class TestSlack(Contract):
    def make(self) -> Harness:
        return SlackWorld()


class TestABot(Contract):
    def make(self) -> Harness:
        world = SlackWorld()
        world.service.users[world.me]["is_bot"] = True
        world.service.users[world.me]["profile"]["bot_id"] = "B0001"
        return world


class TestSmallLimits(Contract):
    """Slack's tiers are kept while the clock stands still within a test's step."""

    def make(self) -> Harness:
        return SlackWorld(tiers=True)
