"""The rarer abilities: lines the service keeps until their time, pins, votes, a status, and meetings."""

from __future__ import annotations

from typing import cast

import pytest

from leeward.errors import Forbidden, Gone, NotSupported, Trouble
from leeward.model import Body, Instant, ItemType, Key, RemoteId
from leeward.ports import Can
from leeward.ports_extra import FindsWaiting, Pins, Polls, SendsLater, SetsStatus, StartsMeetings
from leeward.testing.abilities import finds, needs, run
from leeward.testing.harness import Break, Harness

AHEAD_MS = 2 * 3_600_000
WORDS = "A line for later, said by nobody else"


def later(harness: Harness) -> tuple[SendsLater, RemoteId, Instant]:
    """A fresh connector that sends later, the place of lines, and a time two hours ahead."""
    connector = cast(SendsLater, harness.connector())
    return connector, harness.place(ItemType.MESSAGE), Instant(harness.clock.now() + AHEAD_MS)


def said(harness: Harness) -> list[str]:
    """The lines there that say it; a service that moves only when it is asked is asked something."""
    run(harness.connector().check())
    return [held.text for held in harness.lines().values() if WORDS in held.text]


class Rarer:
    """Mixed into `Contract`."""

    def test_a_line_for_later_is_said_once_at_its_time_and_carries_its_key(self, harness: Harness) -> None:
        """Nobody reads it before, and then it is found as any line of ours."""
        needs(harness, Can.SEND_LATER)
        connector, place, at = later(harness)
        waiting = run(connector.send_at(place, None, Body(WORDS), at, key=Key("lwkeylater")))
        assert waiting.id
        assert said(harness) == []
        harness.advance(AHEAD_MS / 1000 + 120)
        assert len(said(harness)) == 1
        if Can.FIND_SENT in harness.manifest.can:
            since = Instant(at - 600_000)
            found = run(finds(harness).find_sent(ItemType.MESSAGE, place, None, Key("lwkeylater"), since))
            assert found is not None

    def test_a_waiting_line_is_taken_back_and_a_second_time_it_is_gone(self, harness: Harness) -> None:
        """What was taken back is never said."""
        needs(harness, Can.SEND_LATER)
        connector, place, at = later(harness)
        waiting = run(connector.send_at(place, None, Body(WORDS), at, key=Key("lwkeylater")))
        run(connector.unsend(place, waiting.id))
        with pytest.raises(Gone):
            run(connector.unsend(place, waiting.id))
        harness.advance(AHEAD_MS / 1000 + 120)
        assert said(harness) == []

    def test_a_line_for_later_whose_answer_was_lost_is_seen_waiting(self, harness: Harness) -> None:
        """Only where the service shows what waits; one of another time or with other words is not it."""
        needs(harness, Can.SEND_LATER)
        connector, place, at = later(harness)
        if not isinstance(connector, FindsWaiting):
            pytest.skip(f"{harness.manifest.kind} does not show what waits")
        key = Key("lwkeylater")
        harness.break_next(Break("lost"), "write")
        with pytest.raises(Trouble) as caught:
            run(cast(SendsLater, connector).send_at(place, None, Body(WORDS), at, key=key))
        assert caught.value.taken
        found = run(connector.find_waiting(place, None, Body(WORDS), at, key=key))
        assert found is not None
        assert run(connector.find_waiting(place, None, Body("Other words"), at, key=Key("lwother"))) is None
        run(cast(SendsLater, connector).unsend(place, found.id))
        assert run(connector.find_waiting(place, None, Body(WORDS), at, key=key)) is None

    def test_a_pin_stands_or_not_however_often_it_is_asked_for(self, harness: Harness) -> None:
        """A repeated wish is no error; that no line of such a place can be pinned is an answer."""
        needs(harness, Can.PIN, Can.THREADS)
        connector = cast(Pins, harness.connector())
        _thread, line = harness.add_thread("A plan to keep in sight")
        place = harness.place(ItemType.MESSAGE)
        try:
            for pinned in (True, True, False, False):
                run(connector.pin(place, line, pinned=pinned))
        except NotSupported as trouble:
            pytest.skip(f"{harness.manifest.kind}: {trouble}")

    def test_a_vote_is_given_once_and_taken_back(self, harness: Harness) -> None:
        """Repeating either is no error, and two choices stand beside one another."""
        needs(harness, Can.POLL, Can.THREADS)
        connector = cast(Polls, harness.connector())
        thread, line = harness.add_thread("Tuesday or Thursday?")
        place = harness.place(ItemType.MESSAGE)
        me = run(harness.connector().check()).person.id

        def mine() -> set[str]:
            return {each.choice for each in run(connector.votes(place, thread, line)) if me in each.people}

        try:
            assert mine() == set()
            for choice in ("thumbsup", "thumbsup", "heart"):
                run(connector.vote(place, thread, line, choice, on=True))
        except NotSupported as trouble:
            pytest.skip(f"{harness.manifest.kind}: {trouble}")
        # A service may have a name of its own for the first (+1, like).
        assert len(mine()) == 2
        for _twice in range(2):
            run(connector.vote(place, thread, line, "thumbsup", on=False))
        assert mine() == {"heart"}

    def test_a_vote_whose_answer_was_lost_may_be_given_again(self, harness: Harness) -> None:
        """It counts once."""
        needs(harness, Can.POLL, Can.THREADS)
        connector = cast(Polls, harness.connector())
        thread, line = harness.add_thread("Tuesday or Thursday?")
        place = harness.place(ItemType.MESSAGE)
        harness.break_next(Break("lost"), "write")
        try:
            with pytest.raises(Trouble):
                run(connector.vote(place, thread, line, "thumbsup", on=True))
            run(connector.vote(place, thread, line, "thumbsup", on=True))
        except NotSupported as trouble:
            pytest.skip(f"{harness.manifest.kind}: {trouble}")
        assert [len(each.people) for each in run(connector.votes(place, thread, line))] == [1]

    def test_a_status_is_set_and_cleared_however_often(self, harness: Harness) -> None:
        """With an end, without one, and none at all."""
        needs(harness, Can.STATUS)
        connector = cast(SetsStatus, harness.connector())
        soon = Instant(harness.clock.now() + AHEAD_MS)
        try:
            for text, until in (("On the boat", soon), ("On the boat", soon), ("At sea", None), ("", None), ("", None)):
                run(connector.set_status(text, None, until))
        except Forbidden as trouble:
            pytest.skip(f"this account of {harness.manifest.kind} may not: {trouble}")

    def test_a_meeting_is_begun_once_and_its_address_is_told(self, harness: Harness) -> None:
        """Also where the answer was lost: it is looked for, and the one that is there is told."""
        needs(harness, Can.MEET)
        connector = cast(StartsMeetings, harness.connector())
        first = run(connector.meet("Book the crane", "https://example.org/1", key=Key("lwmeetone")))
        assert first.id
        assert (first.url or "").startswith("https://")
        harness.break_next(Break("lost"), "write")
        second = run(connector.meet("Book the crane", "", key=Key("lwmeettwo")))
        assert second.id != first.id
        assert second.url != first.url
        harness.break_next(Break("refused"), "write")
        with pytest.raises(Trouble) as caught:
            run(connector.meet("Book the crane", "", key=Key("lwmeetthree")))
        assert caught.value.taken is False
