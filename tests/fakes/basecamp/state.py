"""What the fake Basecamp holds, and what tests and seeds do to it behind the API."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
TOOLS = (
    ("message_board", "Message::Board", "Message Board"),
    ("todoset", "Todoset", "To-dos"),
    ("vault", "Vault", "Docs & Files"),
    ("chat", "Chat::Transcript", "Chat"),
    ("schedule", "Schedule", "Schedule"),
    ("questionnaire", "Questionnaire", "Automatic Check-ins"),
    ("kanban_board", "Kanban::Board", "Card Table"),
)
COLUMNS = (
    ("Triage", "Kanban::Triage"),
    ("Not now", "Kanban::NotNowColumn"),
    ("In progress", "Kanban::Column"),
    ("Done", "Kanban::DoneColumn"),
)
SPOKEN = {"Message": "content", "Comment": "content", "Document": "content", "Question::Answer": "content"}


def sgid_of(what: str, found: int) -> str:
    """A signed id as Rails makes it: Ruby's own packing of an address and its purpose, and a signature."""

    def packed(words: str) -> bytes:
        return b'I"' + bytes([len(words) + 5]) + words.encode() + b"\x06;\x00T"

    head = b'\x04\x08{\x06I"\x0b_rails\x06:\x06ET{\x07' + packed("data")
    address = packed(f"gid://bc3/{what}/{found}?expires_in")
    return base64.b64encode(head + address + packed("pur") + packed("attachable")).decode() + "--e627c45e6b34"


class State:
    """Recordings by number, each under its parent. No two stamps are equal.

    `comments_touch`: whether a comment moves the stamp of what it is about. `thin`: recordings come without what their
    type has beyond the rest. `hidden`: numbers that listings leave out.
    """

    def __init__(self, base: str, now: Callable[[], int] | None) -> None:
        self.base = base
        self.account = 195539477
        self.people: dict[int, Row] = {}
        self.tokens: dict[str, int] = {}
        self.projects: dict[int, Row] = {}
        self.circles: dict[int, Row] = {}
        self.held: dict[int, Row] = {}
        self.boosts: dict[int, Row] = {}
        self.blobs: dict[str, Row] = {}
        self.readings: list[Row] = []
        self.bookmarks: set[int] = set()
        self.pinned: set[int] = set()
        self.hidden: set[int] = set()
        self.comments_touch = True
        self.thin = False
        self._now = now or (lambda: time.time_ns() // 1_000_000)
        self._last = 0
        # Beyond what a float holds, as Basecamp's own numbers may be.
        self._ids = 9_007_199_254_740_993

    def stamp(self) -> int:
        self._last = max(self._last + 1, self._now())
        return self._last

    def number(self) -> int:
        self._ids += 1
        return self._ids

    @property
    def me(self) -> int:
        return next(iter(self.tokens.values()))

    def add_person(self, name: str, token: str | None = None, **more: Any) -> int:
        found = self.number()
        at = self.stamp()
        self.people[found] = {
            "id": found, "attachable_sgid": sgid_of("Person", found), "name": name, "personable_type": "User",
            "email_address": f"{name.partition(' ')[0].lower()}@example.org", "title": None, "bio": None,
            "created": at, "updated": at, "admin": False, "owner": False, "client": False, "employee": True,
            "time_zone": "Europe/Amsterdam", "avatar_url": f"{self.base}/avatar", **more,
        }  # fmt: skip
        if token:
            self.tokens[token] = found
        return found

    def add_project(self, name: str, people: list[int], tools: tuple[str, ...] | None = None) -> int:
        found, at = self.number(), self.stamp()
        self.projects[found] = {"id": found, "name": name, "people": people, "status": "active", "dock": {}, "dots": [],
                                "created": at, "updated": at, "description": ""}  # fmt: skip
        for tool, type_, title in TOOLS:
            if tools is None or tool in tools:
                made = self.add(type_, found, None, people[0], title=title)
                self.projects[found]["dock"][tool] = made["id"]
                if tool == "kanban_board":
                    for column, kind in COLUMNS:
                        self.add(kind, found, made["id"], people[0], title=column)
        return found

    def add_circle(self, people: list[int]) -> int:
        """A ping among these people; gives back its chat."""
        found = self.number()
        row = self.add("Chat::Transcript", found, None, people[0], title="Ping")
        self.circles[found] = {"id": found, "people": people, "chat": row["id"], "status": "active", "name": "Ping"}
        return int(row["id"])

    def bucket(self, found: int) -> Row:
        """A project or a ping."""
        return self.projects[found] if found in self.projects else self.circles[found]

    def dock(self, project: int, tool: str) -> int:
        found: int = self.projects[project]["dock"][tool]
        return found

    def columns(self, project: int) -> list[Row]:
        table = self.dock(project, "kanban_board")
        return [row for row in self.held.values() if row["parent"] == table]

    def add(self, type_: str, project: int, parent: int | None, author: int, **fields: Any) -> Row:
        found, at = self.number(), self.stamp()
        row: Row = {"id": found, "type": type_, "project": project, "parent": parent, "creator": author, "created": at,
                    "updated": at, "status": "active", "title": "", **fields}  # fmt: skip
        self.held[found] = row
        return row

    def below(self, parent: int, type_: str | None = None) -> list[Row]:
        return [row for row in self.held.values() if row["parent"] == parent and type_ in {None, row["type"]}]

    def add_list(self, project: int, name: str, author: int) -> int:
        found: int = self.add("Todolist", project, self.dock(project, "todoset"), author, title=name, description="")[
            "id"
        ]
        return found

    def add_todo(self, place: int, author: int, content: str, description: str = "", **more: Any) -> Row:
        fields = {"content": content, "description": description, "completed": False, "assignees": [], "due_on": None,
                  "starts_on": None, "subscribers": [], **more}  # fmt: skip
        return self.add("Todo", self.held[place]["project"], place, author, title=content, **fields)

    def add_card(self, column: int, author: int, title: str, content: str = "", **more: Any) -> Row:
        fields = {"content": content, "assignees": [], "due_on": None, "subscribers": [], **more}
        return self.add("Kanban::Card", self.held[column]["project"], column, author, title=title, **fields)

    def add_step(self, card: int, author: int, title: str, assignees: list[int]) -> Row:
        fields = {"assignees": assignees, "due_on": None, "completed": False}
        return self.add("Kanban::Step", self.held[card]["project"], card, author, title=title, **fields)

    def add_message(self, project: int, author: int, subject: str, content: str, category: str | None = None) -> Row:
        board = self.dock(project, "message_board")
        row = self.add("Message", project, board, author, title=subject, content=content, category=category)
        self._notify(row, author)
        return row

    def add_document(self, vault: int, author: int, title: str, content: str) -> Row:
        return self.add("Document", self.held[vault]["project"], vault, author, title=title, content=content)

    def add_line(self, chat: int, author: int, content: str, type_: str = "Chat::Lines::RichText", **more: Any) -> Row:
        row = self.add(type_, self.held[chat]["project"], chat, author, title="", content=content, **more)
        self.held[chat]["updated"] = row["updated"]
        self._notify(self.held[chat], author, "pings" if self.held[chat]["project"] in self.circles else "chats")
        return row

    def add_comment(self, about: int, author: int, content: str) -> Row:
        parent = self.held[about]
        row = self.add("Comment", parent["project"], about, author, title=f"Re: {parent['title']}", content=content)
        if self.comments_touch:
            parent["updated"] = row["updated"]
        self._notify(parent, author, line=row["id"])
        return row

    def change(self, recording: int, **fields: Any) -> None:
        self.held[recording].update(fields, updated=self.stamp())

    def trash(self, recording: int, status: str = "trashed") -> None:
        self.change(recording, status=status)

    def add_blob(self, name: str, data: bytes, media_type: str) -> str:
        sgid = sgid_of("ActiveStorage::Blob", self.number())
        self.blobs[sgid] = {"sgid": sgid, "id": self.number(), "name": name, "data": data, "type": media_type}
        return sgid

    def notify(self, about: int, section: str, by: int, title: str = "", url: str | None = None) -> Row:
        """Somebody says something to the owner that waits in their “Hey!” menu."""
        row = self.held[about]
        at = self.stamp()
        found: Row = {"id": self.number(), "about": about, "section": section, "by": by, "created": at, "updated": at,
                      "count": 1, "read": None, "sgid": sgid_of("Reading", self.number()), "url": url,
                      "title": title or row["title"]}  # fmt: skip
        self.readings.append(found)
        return found

    def _notify(self, about: Row, by: int, section: str = "inbox", line: int | None = None) -> None:
        if not self.tokens or by == self.me or self.me not in self.bucket(about["project"])["people"]:
            return
        known = next(
            (each for each in self.readings if each["about"] == about["id"] and each["section"] == section), None
        )
        if known is None:
            known = self.notify(about["id"], section, by)
        known.update(updated=self.stamp(), read=None, by=by, count=known["count"] + 1, line=line)

    def is_there(self, row: Row) -> bool:
        """Whether a recording and all it stands in are active."""
        while True:
            if row["status"] != "active":
                return False
            if row["parent"] is None:
                return bool(self.bucket(row["project"])["status"] == "active")
            row = self.held[row["parent"]]

    def sees(self, row: Row, me: int) -> bool:
        return me in self.bucket(row["project"])["people"]
