"""The contract suite over the fake Basecamp: comments below messages, to-dos and cards, whether they move those or not."""

from __future__ import annotations

from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from tests.contract.basecamp_world import BasecampWorld, CardWorld, TodoWorld


class TestMessages(Contract):
    def make(self) -> Harness:
        return BasecampWorld()


class TestTodos(Contract):
    def make(self) -> Harness:
        return TodoWorld(described=False)


class TestCards(Contract):
    def make(self) -> Harness:
        return CardWorld()


class TestWhereCommentsMoveNothing(Contract):
    def make(self) -> Harness:
        return BasecampWorld(described=False, comments_touch=False, etags=False)
