"""The contract suite over the fake Graph: channels with To Do and OneNote, chats with Planner, and stricter services."""

from __future__ import annotations

import pytest

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from leeward.testing.reading import Reading
from leeward.testing.writing import Writing
from tests.contract.teams_world import ChatWorld, TeamsWorld


class TestChannels(Contract):
    """An answer leaves its post out of the channel's changes."""

    def make(self) -> Harness:
        return TeamsWorld()


class TestChats(Contract):
    def make(self) -> Harness:
        return ChatWorld()


class TestWhereAnswersMoveTheirPost(Reading):
    @pytest.fixture
    def harness(self) -> Harness:
        return TeamsWorld(replies_move=True)


class TestWhereNothingComesAlong(Reading, Writing):
    """Graph refuses to bring answers and linked resources along, and Teams drops what nobody sees."""

    @pytest.fixture
    def harness(self) -> Harness:
        world = TeamsWorld(plain=True, links=False, strips=True)
        world.idle_requests = 13  # pages are asked for a second time, without what is refused
        return world
