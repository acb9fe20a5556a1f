"""Weeks of a made-up team, with faults in between: in the end the account holds what the service holds."""

from __future__ import annotations

import asyncio
import os
from random import Random

import pytest

from leeward.errors import Trouble
from leeward.model import Body, Instant, ItemType, Key, RemoteId
from leeward.testing.mirror import Mirror
from tests.contract.zoom_world import ZoomWorld
from tests.fakes.base import Answer, Asked, FakeHttp, Service, lose_answer, never_connect

SEEDS = 200 if os.environ.get("LEEWARD_FULL") == "1" else 6
LINES = 30


def trouble(_service: Service, _asked: Asked) -> Answer:
    return Answer(503)


class Weeks:
    """One team over some weeks; what happens is drawn from `chance`."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.world = ZoomWorld(
            replies_move=self.chance.random() < 0.5,
            oldest_first=self.chance.random() < 0.2,
            burst=self.chance.random() < 0.3,
        )
        # The description has judged these requests elsewhere; here are many of them.
        self.world.http = FakeHttp(self.world.service, self.world.secret)
        self.mirror = Mirror()
        self.connector = self.world.connector()
        talk = self.world.service.chat(self.world.me, self.world.ana)
        self.places = [
            self.world.channel,
            self.world.service.add_channel("dock", [self.world.me, self.world.mei]),
            talk,
        ]

    def happen(self) -> None:
        service, chance = self.world.service, self.chance
        place = chance.choice(self.places)
        held = [row for row in service.lines[place].values() if row["status"] != "Deleted"]
        who = chance.choice([self.world.ana, self.world.mei, self.world.me])
        act = chance.choice(("say", "say", "answer", "answer", "edit", "drop", "wait", "wait"))
        if act == "wait":
            self.world.advance(chance.choice((1, 30, 600, 86_400, 5 * 86_400)))
        elif act == "say" or not held:
            if len(service.lines[place]) < LINES:
                service.say(place, who, f"Line {chance.random()}")
        else:
            row = chance.choice(held)
            if act == "answer" and len(service.lines[place]) < LINES:
                service.say(place, who, f"Answer {chance.random()}", row["root"] or row["id"])
            elif act == "edit":
                service.change(place, row["id"], f"Changed {chance.random()}")
            elif act == "drop" and not any(one["root"] == row["id"] for one in held):
                service.drop(place, row["id"])

    def pull(self, *, faults: bool) -> None:
        if faults and self.chance.random() < 0.4:
            fault = self.chance.choice((trouble, never_connect, lose_answer))
            self.world.http.faults = [*[None] * self.chance.randrange(12), fault]
        if self.chance.random() < 0.3:
            self.connector = self.world.connector()
        try:
            asyncio.run(self.mirror.pull(self.connector))
        except Trouble:
            assert faults
        self.world.http.faults = []

    def truth(self) -> dict[str, tuple[str, str | None]]:
        rows = [row for place in self.places for row in self.world.service.lines[place].values()]
        kept = [row for row in rows if row["status"] != "Deleted"]
        roots = {row["root"] for row in kept if row["root"]}
        return {row["id"]: (row["text"], row["root"] or (row["id"] if row["id"] in roots else None)) for row in kept}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_held_in_the_end_is_what_is_there(seed: int) -> None:
    weeks = Weeks(seed)
    for _day in range(25):
        for _event in range(weeks.chance.randrange(6)):
            weeks.happen()
        weeks.pull(faults=True)
    for _round in range(6):
        weeks.world.advance(120)
        weeks.pull(faults=False)
    truth = weeks.truth()
    assert {id: row.text for id, row in weeks.mirror["messages"].items()} == {
        id: text for id, (text, _root) in truth.items()
    }
    # A line that lost all its answers stays the first of its thread here.
    for id, (_text, root) in truth.items():
        if root is not None:
            assert weeks.mirror["messages"][RemoteId(id)].thread == root, id
    fresh = Mirror()
    connector = weeks.world.connector()
    for _round in range(6):
        weeks.world.advance(120)
        asyncio.run(fresh.pull(connector))
    assert fresh.texts("messages") == weeks.mirror.texts("messages")
    asyncio.run(weeks.mirror.pull(weeks.connector))
    assert asyncio.run(weeks.mirror.pull(weeks.connector)) == 0
    assert weeks.world.service.wrong == []


@pytest.mark.parametrize("seed", range(SEEDS))
def test_long_texts_over_a_bad_line_arrive_once(seed: int) -> None:
    """As the outbox does it: after an unclear answer it looks, three times, and only then sends again."""
    chance = Random(seed)
    world = ZoomWorld()
    world.http = FakeHttp(world.service, world.secret)
    place, key = world.place(ItemType.MESSAGE), Key(f"lwseed{seed}")
    text = "\n".join(f"{number} " + "word " * chance.randrange(5, 150) for number in range(20)).rstrip()
    for _try in range(30):
        world.http.write_faults = [chance.choice((None, None, lose_answer, never_connect)) for _part in range(12)]
        connector = world.connector()
        since = Instant(world.clock.now() - 600_000)
        try:
            asyncio.run(connector.post(place, None, Body(text), key=key))
            break
        except Trouble as caught:
            if not caught.taken:
                continue
        world.http.write_faults = []
        world.advance(30)
        if asyncio.run(connector.find_sent(ItemType.MESSAGE, place, None, key, since)) is not None:
            break
    world.http.write_faults = []
    mirror = Mirror()
    asyncio.run(mirror.pull(world.connector()))
    assert list(mirror.texts("messages").values()) == [text]
    assert len(world.service.lines[world.channel]) == len(
        {row["text"] for row in world.service.lines[world.channel].values()}
    )
