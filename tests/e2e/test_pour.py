"""A poured conversation stands in the room as it was held: who, what, when, in order."""

from __future__ import annotations

import pytest

from tests.e2e import pour as pouring
from tests.e2e.pour import conversation, pour
from tests.e2e.synapse import Synapse

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("source", ["shared", "own"])
def test_a_poured_conversation_keeps_its_authors_words_and_times(
    homeserver: Synapse, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    if source == "own":
        monkeypatch.setattr(pouring, "_SHARED", pouring._OWN.parent / "absent")
    owner = homeserver.register(homeserver.new_name("owner"))
    room = homeserver.create_room(owner, "#poured")
    lines = conversation(20)

    poured = pour(homeserver, owner, room, lines)

    said = [event for event in homeserver.timeline(room, owner) if event["type"] == "m.room.message"]
    assert [event["content"]["body"] for event in said] == [line.text for line in lines]
    assert [event["origin_server_ts"] for event in said] == [line.at for line in lines]
    assert [event["event_id"] for event in said] == [poured.events[line.id] for line in lines]
    assert len({event["sender"] for event in said}) == len({line.author for line in lines}) > 1
    assert len({line.author for line in poured.talk(poured.middle)} | {poured.middle.author}) > 1
    assert 20 // 3 <= lines.index(poured.middle) < 40 // 3
