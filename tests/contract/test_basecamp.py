"""The contract suite over the fake Basecamp: comments below messages, to-dos and cards, moving those or not, and chats."""

from __future__ import annotations

from leeward.model import Body, ItemType, Key
from leeward.testing.abilities import finds, posts, pulled, run
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness
from leeward.testing.reading import DAY_S
from tests.contract.basecamp_world import BasecampWorld, CardWorld, ChatWorld, TodoWorld


class TestMessages(Contract):
    def make(self) -> Harness:
        return BasecampWorld()


class TestTodos(Contract):
    def make(self) -> Harness:
        return TodoWorld(described=False)


class TestCards(Contract):
    def make(self) -> Harness:
        return CardWorld()


class TestChats(Contract):
    """Two tests ask for answers, which Basecamp's chats do not know: here they ask for the line alone."""

    def make(self) -> Harness:
        return ChatWorld(described=False)

    def test_a_reply_in_an_old_thread_arrives(self, harness: Harness) -> None:
        harness.add_thread("An old question")
        harness.advance(30 * DAY_S)
        mirror = pulled(harness)
        line = harness.add_line("A late answer", None)
        harness.advance(1)
        run(mirror.pull(harness.connector()))
        assert (mirror["messages"][line].text, mirror["messages"][line].reply_to) == ("A late answer", ())

    def test_a_posted_line_carries_the_key_and_is_found(self, harness: Harness) -> None:
        place, since = harness.place(ItemType.MESSAGE), harness.clock.now()
        for number in range(120):
            harness.add_line(f"Sooner {number}", None)
        sent = run(posts(harness).post(place, None, Body("Mine"), key=Key("lwpostkey")))
        for number in range(120):
            harness.add_line(f"Later {number}", None)
        row = pulled(harness)["messages"][sent.id]
        assert (row.text, row.key, row.thread) == ("Mine", "lwpostkey", None)
        found = run(finds(harness).find_sent(ItemType.MESSAGE, place, None, Key("lwpostkey"), since))
        assert found is not None
        assert found.id == sent.id
        assert run(finds(harness).find_sent(ItemType.MESSAGE, place, None, Key("lwpostno"), since)) is None


class TestWhereCommentsMoveNothing(Contract):
    def make(self) -> Harness:
        return BasecampWorld(described=False, comments_touch=False, etags=False)
