from __future__ import annotations

from pathlib import Path

import pytest

from leeward.errors import Problem, Usage
from leeward.model import Batch, Instant, Message
from leeward.work.imports import Reading, read
from leeward.work.imports_common import PAGE, MessageIds
from tests.leeward.work.chat import shared_chat


def all_of(reading: Reading) -> tuple[list[Batch], list[Message]]:
    batches = list(reading)
    return batches, [message for batch in batches for message in batch.messages]


def assert_told_in_order(batches: list[Batch]) -> None:
    """Places, people and threads come no later than the messages that name them."""
    places, people, threads = set(), set(), set()
    for batch in batches:
        places |= {place.id for place in batch.places}
        people |= {person.id for person in batch.people}
        threads |= {thread.id for thread in batch.threads}
        for message in batch.messages:
            assert message.place in places
            assert message.author is None or message.author in people
            assert message.thread is None or message.thread in threads
            assert set(message.mentions) <= people


def test_the_shared_slack_export_arrives_whole() -> None:
    path = shared_chat("slack-export-sample.zip")
    reading = read("slack-export", path)
    batches, messages = all_of(reading)
    assert reading.totals.as_json() == {"threads": 47, "messages": 16_278, "people": 1_698}
    assert len({message.id for message in messages}) == 16_278
    titles = {place.id: place.title for batch in batches for place in batch.places}
    assert len(titles) == 15
    assert {titles[message.place] for message in messages if message.thread} == {
        "ubuntu-threaded-2009-03-03",
        "ubuntu-threaded-2016-12-19",
    }
    assert sum(batch.oddities for batch in batches) == 0
    assert max(len(batch.messages) for batch in batches) <= PAGE
    assert_told_in_order(batches)
    assert list(read("slack-export", path)) == batches


def test_the_same_words_at_the_same_time_are_told_apart() -> None:
    place = "p"
    one, other = (MessageIds(place) for _ in range(2))  # type: ignore[arg-type]  # any string is an id here
    said = [
        (Instant(1000), "a", "hi"),
        (Instant(1000), "a", "hi"),
        (Instant(1000), "b", "hi"),
        (Instant(2000), "a", "hi"),
    ]
    ids = [one.next(*what) for what in said]
    assert len(set(ids)) == 4
    assert [other.next(*what) for what in said] == ids


def test_unknown_kinds_zones_and_paths_are_said(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no import of the kind pigeon"):
        read("pigeon", tmp_path)
    with pytest.raises(Usage, match="Did you mean Europe/Amsterdam"):
        read("irc", tmp_path, zone="Europe/Amsterdm")
    with pytest.raises(Problem, match="is not there"):
        read("irc", tmp_path / "nothing")
