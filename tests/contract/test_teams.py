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
    """Neither answers nor linked resources come with changes, and Teams drops what nobody sees."""

    @pytest.fixture
    def harness(self) -> Harness:
        return TeamsWorld(expands=False, links=False, strips=True)
