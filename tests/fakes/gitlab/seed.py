"""What the fake holds when nobody says otherwise, and how a chat becomes issues with comments."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.fakes.gitlab.service import GitLabFake
from tests.fakes.seeding import chat, own

TEAM = (("Sam Vermeer", "sam"), ("Ana Duarte", "ana"), ("Jonas Lind", "jonas"), ("Mei Tanaka", "mei"))


def make(seed: Path | None = None) -> GitLabFake:
    """A small team and its work; or what `seed` holds: a chat as JSON lines, or `{"projects": …}` of our own."""
    service = GitLabFake()
    people = {
        handle: service.add_user(name, handle, service.token if handle == "sam" else None) for name, handle in TEAM
    }
    if seed is None:
        _team(service, people)
        return service
    document = own(seed, "projects")
    if document is not None:
        _own(service, people, document)
    else:
        _chat(service, people, chat(seed))
    return service


def _team(service: GitLabFake, people: dict[str, int]) -> None:
    site = service.add_project("harbour/website", list(people.values()))
    api = service.add_project("harbour/api", list(people.values()), "internal")
    service.labels[api] = ["priority::1", "priority::2", "priority::3", "Doing"]
    login = service.add_thing(
        api, people["ana"], "Sign-in fails behind the company proxy",
        "Since Monday nobody at the dock office can sign in. Trace attached.", assignee_ids=[people["sam"]],
        labels="priority::1", due_date="2026-11-27",
    )  # fmt: skip
    key = (api, "issues", login["iid"])
    root = service.add_note(key, people["jonas"], "Is it the new certificate? The old one ended on Sunday.")
    discussion = next(each["id"] for each in service.threads[key] if root in each["notes"])
    service.add_note(key, people["mei"], "Yes: the chain misses one link. @sam can you look before Friday?", discussion)
    service.add_todo(people["sam"], key, "mentioned", people["mei"])
    for title, text in (
        ("Opening hours are wrong in winter", "The page says 18:00, the gate closes at 17:00."),
        ("Translate the booking form", "Portuguese first, then Swedish."),
        ("Which day for the move?", "Tuesday or Thursday; please say until tomorrow evening."),
    ):
        row = service.add_thing(site, people["mei"], title, text)
        service.add_note((site, "issues", row["iid"]), people["jonas"], "I had a look: half a day of work.")
    merge = service.add_thing(
        api, people["jonas"], "Send the whole chain", "Closes the sign-in trouble.", "merge_requests"
    )
    service.add_note((api, "merge_requests", merge["iid"]), people["ana"], "Reads well. One question on the test.")
    service.did.clear()


def _own(service: GitLabFake, people: dict[str, int], document: dict[str, Any]) -> None:
    for project in document["projects"]:
        number = service.add_project(project["path"], list(people.values()), project.get("visibility", "private"))
        for issue in project.get("issues", ()):
            author = _somebody(service, people, issue.get("author", "ana"))
            row = service.add_thing(number, author, issue["title"], issue.get("description", ""))
            for note in issue.get("notes", ()):
                who = _somebody(service, people, note.get("author", "ana"))
                service.add_note((number, "issues", row["iid"]), who, note["body"])
    service.did.clear()


def _chat(service: GitLabFake, people: dict[str, int], lines: list[dict[str, Any]]) -> None:
    """One project a room, one issue a conversation (lines without one share an issue), notes in the order of the room."""
    rooms: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        rooms[str(line["room"])].append(line)
    for room, said in rooms.items():
        number = service.add_project(f"chat/{room}", list(people.values()))
        issues: dict[object, tuple[int, str, int]] = {}
        for line in said:
            if line.get("system"):
                continue
            author = _somebody(service, people, str(line["user"]))
            conversation = line.get("conv")
            if conversation not in issues:
                title = str(line["text"]).strip()[:200] or "…"
                row = service.add_thing(number, author, title, str(line["text"]))
                issues[conversation] = (number, "issues", row["iid"])
            else:
                service.add_note(issues[conversation], author, str(line["text"]))
        service.members[number] = list(service.users)
    service.did.clear()


def _somebody(service: GitLabFake, people: dict[str, int], handle: str) -> int:
    if handle not in people:
        people[handle] = service.add_user(handle, handle)
    return people[handle]
