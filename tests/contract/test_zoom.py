from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.zoom_world import ZoomWorld


class TestZoom(Contract):
    def make(self) -> Harness:
        return ZoomWorld()


class TestADirectChatOfAFreeAccount(Contract):
    """The small shares of a round, where answers in threads do not count as news: that they do is nowhere promised."""

    def make(self) -> Harness:
        world = ZoomWorld(direct=True, replies_move=False)
        world.service.users[world.me]["type"] = 1
        return world
