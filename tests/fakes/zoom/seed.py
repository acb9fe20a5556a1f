"""What the fake holds when nobody says otherwise, and how a chat becomes channels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.fakes.seeding import chat
from tests.fakes.zoom.service import ZoomFake

TEAM = (("Sam Vermeer", "sam"), ("Ana Duarte", "ana"), ("Jonas Lind", "jonas"), ("Mei Tanaka", "mei"))

TRANSCRIPT = """WEBVTT

1
00:00:04.120 --> 00:00:07.000
Ana Duarte: The crane is free on Thursday.

2
00:00:07.500 --> 00:00:09.000
Ana Duarte: Tuesday is out.

3
00:00:12.000 --> 00:00:14.000
Jonas Lind: Then Thursday it is.
"""


def make(seed: Path | None = None) -> ZoomFake:
    """A small team and its days; or what `seed` holds: a chat as JSON lines."""
    service = ZoomFake()
    people = {
        handle: service.add_user(name, handle, service.token if handle == "sam" else None) for name, handle in TEAM
    }
    if seed is None:
        _team(service, people)
    else:
        _chat(service, people, chat(seed))
    service.did.clear()
    return service


def _team(service: ZoomFake, people: dict[str, str]) -> None:
    sam, ana, jonas, mei = people.values()
    general = service.add_channel("general", [sam, ana, jonas, mei], 3)
    dock = service.add_channel("dock", [sam, ana, jonas, mei])
    talk = service.chat(sam, ana)
    question = service.say(general, ana, "Which day for the move? Tuesday or Thursday; please say until tomorrow.")
    service.say(general, jonas, "Thursday, the crane is free then.", question)
    service.say(general, mei, "Fine with me.", question)
    service.say(general, jonas, "The gate closes at 17:00 from Monday on & opens at 6:00.")
    everybody = [{"at_type": 2, "start_position": 0, "end_position": 3}]
    service.say(dock, mei, "@all the new certificate is in place, tell me if sign-in fails.", at_items=everybody)
    service.say(
        talk, ana, "Can you look at the booking form before Friday?", files=[service.add_file("form.txt", b"x")]
    )
    service.add_clip("How the gate is opened", 200)
    service.add_recording("Weekly", 42, TRANSCRIPT)
    service.add_summary("Weekly", "## Decided\n\nThe move is on Thursday.")


def _chat(service: ZoomFake, people: dict[str, str], said: list[dict[str, Any]]) -> None:
    """One channel a room, in the order of the file; `reply_to` is told by nothing, as in a chat without threads."""
    rooms: dict[str, str] = {}
    for line in said:
        handle = re.sub(r"\W", "", str(line["user"])).lower() or "somebody"
        if handle not in people:
            people[handle] = service.add_user(str(line["user"]), handle)
        room = str(line["room"])
        if room not in rooms:
            rooms[room] = service.add_channel(room, [])
        service.say(rooms[room], people[handle], str(line["text"]))
    for id in rooms.values():
        service.members[id] = list(service.users)
