"""What the fake holds when nobody says otherwise, and how a chat becomes a board."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from tests.fakes.miro.service import MiroFake
from tests.fakes.seeding import chat, own

TEAM = ("Sam Vermeer", "Ana Duarte", "Jonas Lind", "Mei Tanaka")


def make(seed: Path | None = None) -> MiroFake:
    """A small team and its boards; or what `seed` holds: a chat as JSON lines, or `{"boards": …}` of our own."""
    service = MiroFake()
    people = {name.split()[0].lower(): service.add_user(name) for name in TEAM}
    service.tokens[service.token] = people["sam"]
    if seed is None:
        _team(service, people)
        return service
    document = own(seed, "boards")
    if document is not None:
        _own(service, people, document)
    else:
        _chat(service, people, chat(seed))
    return service


def html(text: str) -> str:
    """A text as Miro keeps it: a paragraph a line."""
    return "".join(f"<p>{escape(line, quote=False) or '<br>'}</p>" for line in text.split("\n"))


def _team(service: MiroFake, people: dict[str, str]) -> None:
    everybody = list(people.values())
    retro = service.add_board("Retrospective", people["ana"], everybody)
    went = service.add_item(
        retro, "frame", people["ana"], {"title": "Went well"}, x=0.0, y=0.0, width=980.0, height=600.0
    )
    for number, text in enumerate(("The crane came on time", "Nobody waited for a review")):
        where = {"parent": went["id"], "x": 120.0 + 230 * number, "y": 180.0}
        service.add_item(retro, "sticky_note", people["mei"], {"content": html(text)}, **where)
    service.add_item(retro, "sticky_note", people["jonas"], {"content": html("The gate was shut at six")}, x=1200.0)
    doing = service.add_tag(retro, "Doing")
    card = {"title": "Ask for the gate's hours", "description": html("Before Friday."), "assigneeId": people["sam"]}
    service.add_item(retro, "card", people["ana"], card, tags=[doing], x=1500.0)
    plans = service.add_board("Plans", people["sam"], [people["sam"]])
    service.add_item(
        plans, "doc_format", people["sam"], {"content": "# Move\n\nOn Thursday.", "contentType": "markdown"}
    )
    service.add_item(plans, "text", people["sam"], {"content": html("Costs are in the other board")})


def _own(service: MiroFake, people: dict[str, str], document: dict[str, Any]) -> None:
    for held in document["boards"]:
        board = service.add_board(held["name"], people["ana"], list(people.values()))
        for each in held.get("cards", ()):
            data = {"title": each["title"], "description": html(each.get("text", ""))}
            service.add_item(board, "card", people["ana"], data)
        for each in held.get("stickies", ()):
            service.add_item(board, "sticky_note", people["ana"], {"content": html(each["text"])})


def _chat(service: MiroFake, people: dict[str, str], lines: list[dict[str, Any]]) -> None:
    """A board a room, a sticky note a line, in rows of ten."""
    rooms: dict[str, tuple[str, list[str]]] = {}
    for line in lines:
        if line.get("system"):
            continue
        who = str(line["user"])
        if who not in people:
            people[who] = service.add_user(who)
        room = str(line["room"])
        if room not in rooms:
            rooms[room] = (service.add_board(room, people["ana"], list(people.values())), [])
        board, held = rooms[room]
        if people[who] not in service.boards[board]["members"]:
            service.boards[board]["members"].append(people[who])
        row, column = divmod(len(held), 10)
        data = {"content": html(str(line["text"]))}
        held.append(service.add_item(board, "sticky_note", people[who], data, x=column * 230.0, y=row * 250.0)["id"])
