"""What the fake holds when nobody says otherwise, and how a chat becomes channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.clickup.service import ClickUpFake
from tests.fakes.seeding import chat, own

TEAM = ("Sam Vermeer", "Ana Duarte", "Jonas Lind", "Mei Tanaka")


def make(seed: Path | None = None) -> ClickUpFake:
    """A small team and its work; or what `seed` holds: a chat as JSON lines, or `{"lists": …}` of our own."""
    service = ClickUpFake()
    people = {name.split()[0].lower(): service.add_user(name) for name in TEAM}
    service.tokens[service.token] = people["sam"]
    team = service.add_team("Harbour", list(people.values()))
    if seed is None:
        _team(service, team, people)
        return service
    document = own(seed, "lists")
    if document is not None:
        _own(service, team, people, document)
    else:
        _chat(service, team, people, chat(seed))
    return service


def _team(service: ClickUpFake, team: str, people: dict[str, int]) -> None:
    space = service.add_space(team, "Quay")
    board = service.add_space(team, "Board", [people["sam"], people["mei"]])
    folder = service.add_folder(space, "Booking")
    site, api = service.add_list(space, "Website"), service.add_list(space, "API", folder)
    service.add_task(service.add_list(board, "Budget"), people["mei"], "Look over the figures", "Before the meeting.")
    task = service.add_task(
        api, people["ana"], "Sign-in fails behind the company proxy", "Since Monday nobody can sign in.",
        assignees=[people["sam"]], priority=1, tags=["urgent"], due_date=service.stamp() + 3 * 86_400_000,
    )  # fmt: skip
    root = service.add_comment(task["id"], people["jonas"], "Is it the new certificate?")
    service.add_comment(task["id"], people["mei"], "Yes: the chain misses one link.", root["id"])
    service.add_comment(task["id"], people["mei"], "Sam, please look before Friday.", assignee=people["sam"],
                        assigned_by=people["mei"])  # fmt: skip
    service.add_task(site, people["mei"], "Opening hours are wrong in winter", "The gate closes at 17:00.")
    channel = service.add_channel(team, "harbour", list(people.values()))
    line = service.add_message(channel, people["jonas"], "Which day for the move?")
    service.add_message(channel, people["ana"], "Thursday suits the crane.", line["id"])
    service.add_message(channel, people["mei"], "The gate opens at six tomorrow.")
    direct = service.add_channel(team, "", [people["sam"], people["ana"]], "DM", public=False)
    service.add_message(direct, people["ana"], "Shall we talk at ten?")
    doc = service.add_doc(team, "Minutes", people["mei"])
    page = service.add_page(doc, people["mei"], "Week 47", "# Decided\n\nThe move is on Thursday.")
    service.add_page(doc, people["mei"], "Details", "The crane comes at seven.", page["id"])


def _own(service: ClickUpFake, team: str, people: dict[str, int], document: dict[str, Any]) -> None:
    space = service.add_space(team, "Space")
    for held in document["lists"]:
        number = service.add_list(space, held["name"])
        for task in held.get("tasks", ()):
            author = _somebody(service, team, people, task.get("author", "ana"))
            row = service.add_task(number, author, task["title"], task.get("text", ""))
            for comment in task.get("comments", ()):
                who = _somebody(service, team, people, comment.get("author", "ana"))
                service.add_comment(row["id"], who, comment["text"])


def _chat(service: ClickUpFake, team: str, people: dict[str, int], lines: list[dict[str, Any]]) -> None:
    """A channel a room, flat, in the order of the room."""
    rooms: dict[str, str] = {}
    for line in lines:
        if line.get("system"):
            continue
        room = str(line["room"])
        if room not in rooms:
            rooms[room] = service.add_channel(team, room, list(people.values()))
        service.add_message(rooms[room], _somebody(service, team, people, str(line["user"])), str(line["text"]))


def _somebody(service: ClickUpFake, team: str, people: dict[str, int], handle: str) -> int:
    if handle not in people:
        people[handle] = service.add_user(handle)
        service.teams[team]["members"].append(people[handle])
    return people[handle]
