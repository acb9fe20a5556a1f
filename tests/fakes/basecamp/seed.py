"""What the fake holds when nobody says otherwise, and how a chat becomes chats of projects."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from tests.fakes.basecamp.service import BasecampFake
from tests.fakes.seeding import chat, own

TEAM = ("Sam Vermeer", "Ana Duarte", "Jonas Lind", "Mei Tanaka")


def make(seed: Path | None = None) -> BasecampFake:
    """A small team and its work; or what `seed` holds: a chat as JSON lines, or `{"projects": …}` of our own."""
    service = BasecampFake()
    people = {name.split()[0].lower(): service.add_person(name) for name in TEAM}
    service.tokens[service.token] = people["sam"]
    if seed is None:
        _team(service, people)
        return service
    document = own(seed, "projects")
    if document is not None:
        _own(service, people, document)
    else:
        _chat(service, people, chat(seed))
    return service


def html(words: str) -> str:
    """Words as the service's editor keeps them."""
    return "<div>" + escape(words, quote=False).replace("\n", "<br>") + "</div>" if words else ""


def _team(service: BasecampFake, people: dict[str, int]) -> None:
    everybody = list(people.values())
    project = service.add_project("The new quay", everybody)
    board = service.add_project("Board", [people["sam"], people["mei"]], ("todoset",))
    service.add_todo(service.add_list(board, "Budget", people["mei"]), people["mei"], "Look over the figures")
    message = service.add_message(
        project, people["jonas"], "Which day for the move?", html("Tuesday or Thursday; please say until tomorrow.")
    )
    service.add_comment(message["id"], people["ana"], html("Thursday suits the crane."))
    service.add_message(
        project, people["mei"], "We are closed on Friday", html("Enjoy the long weekend."), "Announcement"
    )
    lines = service.add_list(project, "Before the move", people["ana"])
    todo = service.add_todo(
        lines, people["ana"], "Order the crane", html("It must carry forty tons."), assignees=[people["sam"]],
        due_on="2026-11-27",
    )  # fmt: skip
    service.add_comment(todo["id"], people["mei"], html("The old firm has none left."))
    columns = {row["title"]: row["id"] for row in service.columns(project)}
    card = service.add_card(
        columns["In progress"], people["jonas"], "Signs for the new berths", html("In three languages.")
    )
    service.add_step(card["id"], people["jonas"], "Ask the printer", [people["sam"]])
    chat = service.dock(project, "chat")
    service.add_line(chat, people["mei"], html("The gate opens at six tomorrow."))
    service.add_line(chat, people["ana"], html("Good to know."))
    vault = service.dock(project, "vault")
    service.add_document(
        vault, people["mei"], "Minutes of week 47", "<h1>Decided</h1><div>The move is on Thursday.</div>"
    )
    sgid = service.add_blob("plan.pdf", b"%PDF-1.4 a plan", "application/pdf")
    service.add("Upload", project, vault, people["jonas"], title="plan.pdf", sgid=sgid, description="")
    service.add(
        "Door", project, None, people["jonas"], title="Drawings", link="https://drawings.example.org/quay",
        service={"name": "Figma", "code": "figma"}, description="",
    )  # fmt: skip
    service.projects[project]["dots"] = [{"id": lines, "label": "Before the move", "color": "blue", "position": 62}]
    service.notify(todo["id"], "mentions", people["mei"], "Order the crane")


def _own(service: BasecampFake, people: dict[str, int], document: dict[str, Any]) -> None:
    for held in document["projects"]:
        project = service.add_project(held["name"], list(people.values()))
        for message in held.get("messages", ()):
            author = _somebody(service, people, message.get("author", "ana"))
            row = service.add_message(project, author, message["subject"], html(message.get("text", "")))
            for comment in message.get("comments", ()):
                who = _somebody(service, people, comment.get("author", "ana"))
                service.add_comment(row["id"], who, html(comment["text"]))
        for listed in held.get("lists", ()):
            place = service.add_list(project, listed["name"], people["ana"])
            for todo in listed.get("todos", ()):
                author = _somebody(service, people, todo.get("author", "ana"))
                service.add_todo(place, author, todo["title"], html(todo.get("text", "")))


def _chat(service: BasecampFake, people: dict[str, int], lines: list[dict[str, Any]]) -> None:
    """A project a room, its chat in the order of the room."""
    rooms: dict[str, int] = {}
    for line in lines:
        if line.get("system"):
            continue
        room = str(line["room"])
        if room not in rooms:
            rooms[room] = service.add_project(room, list(people.values()), ("chat", "todoset"))
            service.add_list(rooms[room], "To do", people["ana"])
        author = _somebody(service, people, str(line["user"]))
        service.add_line(service.dock(rooms[room], "chat"), author, html(str(line["text"])))


def _somebody(service: BasecampFake, people: dict[str, int], handle: str) -> int:
    if handle not in people:
        people[handle] = service.add_person(handle)
        for project in service.projects.values():
            project["people"].append(people[handle])
    return people[handle]
