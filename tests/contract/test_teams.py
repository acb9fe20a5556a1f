"""The contract suite over the fake Graph: channels with To Do and OneNote, chats with Planner, and stricter services."""

from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.teams_world import ChatWorld, TeamsWorld


class TestChannels(Contract):
    """An answer leaves its post out of the channel's changes."""

    def make(self) -> Harness:
        return TeamsWorld()


class TestWhereAnswersMoveTheirPost(Contract):
    def make(self) -> Harness:
        return TeamsWorld(replies_move=True)


class TestWhereNothingComesAlong(Contract):
    """Neither answers nor linked resources come with changes, and Teams drops what nobody sees."""

    def make(self) -> Harness:
        return TeamsWorld(expands=False, links=False, strips=True)


class TestChats(Contract):
    def make(self) -> Harness:
        return ChatWorld()


class TestWherePlannerTakesNoText(Contract):
    """The text of a new task goes in a second request: what is lost before that asks its owner."""

    def make(self) -> Harness:
        return ChatWorld(strips=True)
