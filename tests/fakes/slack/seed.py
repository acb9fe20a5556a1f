"""What the fake holds when nobody says otherwise, and how a chat becomes channels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.fakes.seeding import chat
from tests.fakes.slack.service import SlackFake

TEAM = (("Sam Vermeer", "sam"), ("Ana Duarte", "ana"), ("Jonas Lind", "jonas"), ("Mei Tanaka", "mei"))
DAY_MS = 86_400_000


def make(seed: Path | None = None) -> SlackFake:
    """A small team and its days; or what `seed` holds: a chat as JSON lines."""
    service = SlackFake()
    people = {
        handle: service.add_user(name, handle, service.token if handle == "sam" else None) for name, handle in TEAM
    }
    if seed is None:
        _team(service, people)
    else:
        _chat(service, people, chat(seed))
    service.did.clear()
    return service


def _team(service: SlackFake, people: dict[str, str]) -> None:
    everybody = list(people.values())
    sam, ana, jonas, mei = everybody
    general = service.add_channel("general", everybody, is_general=True)
    dock = service.add_channel("dock", everybody, "private_channel")
    talk = service.add_channel("", [sam, ana], "im")
    question = service.say(general, ana, "Which day for the move? Tuesday or Thursday; please say until tomorrow.")
    service.say(general, jonas, "Thursday, the crane is free then.", question)
    service.say(general, mei, f"Fine with me. <@{sam}>?", question)
    service.say(general, jonas, "The gate closes at 17:00 from Monday on &amp; opens at 6:00.")
    service.say(dock, mei, "<!here> the new certificate is in place, tell me if sign-in fails.")
    service.say(talk, ana, "Can you look at the <https://example.org/form|booking form> before Friday?")


def _chat(service: SlackFake, people: dict[str, str], said: list[dict[str, Any]]) -> None:
    """One channel a room, in the order of the file; `reply_to` is told by nothing, as in a chat without threads."""
    rooms: dict[str, str] = {}
    for line in said:
        handle = re.sub(r"\W", "", str(line["user"])).lower() or "somebody"
        if handle not in people:
            people[handle] = service.add_user(str(line["user"]), handle)
        room = str(line["room"])
        if room not in rooms:
            rooms[room] = service.add_channel(room, [])
        text = str(line["text"]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        more = {"subtype": "channel_join"} if line.get("system") else {}
        service.say(rooms[room], people[handle], text, **more)
    for id in rooms.values():
        service.members[id] = list(service.users)
