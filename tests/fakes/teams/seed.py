"""What the fake holds when nobody says otherwise, and how a chat becomes channels."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from tests.fakes.seeding import chat
from tests.fakes.teams.service import TeamsFake

TEAM = ("Sam Vermeer", "Ana Duarte", "Jonas Lind", "Mei Tanaka")


def make(seed: Path | None = None) -> TeamsFake:
    """A small team and its work; or what `seed` holds: a chat as JSON lines, a chat of Teams a room."""
    service = TeamsFake()
    people = {name.split()[0].lower(): service.add_user(name) for name in TEAM}
    service.tokens[service.token] = people["sam"]
    if seed is None:
        _team(service, people)
    else:
        _chat(service, people, chat(seed))
    return service


def _team(service: TeamsFake, people: dict[str, str]) -> None:
    team = service.add_team("Harbour", people.values())
    quay = service.add_channel(team, "Quay")
    board = service.add_channel(team, "Board", [people["sam"], people["mei"]])
    post = service.say(quay, people["ana"], "<div>Sign-in fails behind the <b>company proxy</b> since Monday.</div>",
                       subject="Nobody can sign in")  # fmt: skip
    service.say(quay, people["jonas"], "<p>Is it the new certificate?</p>", post)
    mention = {"id": 0, "mentionText": "Sam Vermeer",
               "mentioned": {"user": {"id": people["sam"], "displayName": "Sam Vermeer"}}}  # fmt: skip
    service.say(quay, people["mei"], '<p><at id="0">Sam Vermeer</at> please look before Friday.</p>', post,
                mentions=[mention])  # fmt: skip
    file = {"id": "f1", "contentType": "reference", "name": "figures.xlsx",
            "contentUrl": "https://harbour.sharepoint.com/sites/harbour/figures.xlsx"}  # fmt: skip
    service.say(board, people["mei"], '<div>The figures.</div><attachment id="f1"></attachment>', attachments=[file])
    chat = service.add_chat([people["sam"], people["ana"]])
    service.say(chat, people["ana"], "<p>Shall we talk at ten?</p>")
    group = service.add_chat(people.values(), "Move")
    service.say(group, people["jonas"], "<p>Which day for the move?</p>")
    service.say(group, people["ana"], "<p>Thursday suits the crane.</p>")
    service.add_todo(service.add_list("Tasks"), "Order rope", "Thirty metres.")
    plan = service.add_plan("Quay wall", team)
    service.add_planned(plan, people["ana"], "Measure the wall", "Before the tide.", priority=1)
    section = service.add_section("Minutes")
    service.add_page(section, "Week 47", "<h1>Decided</h1><p>The move is on Thursday.</p>")


def _chat(service: TeamsFake, people: dict[str, str], lines: list[dict[str, Any]]) -> None:
    """A group chat a room, in the order of the room."""
    rooms: dict[str, str] = {}
    for line in lines:
        if line.get("system"):
            continue
        room, handle = str(line["room"]), str(line["user"])
        if room not in rooms:
            rooms[room] = service.add_chat(list(people.values()), room)
        if handle not in people:
            people[handle] = service.add_user(handle)
            for chat in service.chats.values():
                chat["members"].append(people[handle])
        service.say(rooms[room], people[handle], escape(str(line["text"])).replace("\n", "<br>"))
