"""The contract suite over the fake Miro, with tags that move their board and with tags that do not."""

from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.miro_world import MiroWorld


class TestMiro(Contract):
    def make(self) -> Harness:
        return MiroWorld()


class TestWhereTagsMoveTheirBoard(Contract):
    def make(self) -> Harness:
        world = MiroWorld()
        world.service.tags_move_boards = True
        return world
