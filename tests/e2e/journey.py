"""The headline journey: one chat line becomes a task with its context, and the two stay in step.

The steps a person takes go through the command line; what came of them is read with clients that are not leeward.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.e2e.caldav_servers import CalDav
from tests.e2e.desk import Desk
from tests.e2e.pour import Line, Poured, conversation, pour
from tests.e2e.synapse import Synapse, User


@dataclass(frozen=True, slots=True)
class Captured:
    """What `capture` answered, and the thread and message it was asked for."""

    thread: str
    message: str
    task: dict[str, Any]
    context: list[str]
    reply: str


@dataclass(slots=True)
class Journey:
    """One owner, one poured room, one empty task list."""

    chat: Synapse
    tasks: CalDav
    desk: Desk
    owner: User
    poured: Poured
    list_name: str
    list_url: str

    @property
    def line(self) -> Line:
        return self.poured.middle

    @property
    def event(self) -> str:
        return self.poured.events[self.line.id]

    def connect(self, chat_url: str | None = None, tasks_url: str | None = None) -> None:
        """Add both accounts, where wanted through a proxy, and read everything once."""
        self.desk.add_account("matrix", "chat", chat_url or self.chat.url, self.owner.token)
        self.desk.add_account("caldav", "tasks", tasks_url or self.tasks.url, self.tasks.password, self.tasks.user)
        self.desk.run("sync")

    def capture(self) -> Captured:
        """Make a task of the line in the middle and tell the room."""
        thread, message = self.desk.find(self.event)
        made = self.desk.run(
            "capture",
            message["id"],
            "--to",
            f"tasks/{self.list_name}",
            "--reply",
            "--sync",
            "status",
            "--due",
            "2026-12-24",
        )
        return Captured(thread["id"], message["id"], made["task"], made["context"], made["reply"])

    def todos(self) -> list[Any]:
        """Every VTODO of the list, done ones too, as the caldav library reads them."""
        with self.tasks.client() as client:
            found = client.calendar(url=self.list_url).todos(include_completed=True)
            return [todo.icalendar_component for todo in found]

    def complete_elsewhere(self) -> None:
        """Complete the one task with another client."""
        with self.tasks.client() as client:
            (todo,) = client.calendar(url=self.list_url).todos()
            todo.complete()

    def replies(self) -> list[dict[str, Any]]:
        """Every line the owner said in the room."""
        said = self.chat.timeline(self.poured.room, self.owner)
        return [event for event in said if event["type"] == "m.room.message" and event["sender"] == self.owner.id]


def begin(chat: Synapse, tasks: CalDav, desk: Desk, lines: int = 30) -> Journey:
    """Pour a conversation into a new room of a new owner and make an empty list."""
    name = chat.new_name("sam")
    owner = chat.register(name, display="Sam")
    room = chat.create_room(owner, "ops")
    poured = pour(chat, owner, room, conversation(lines))
    list_name = f"captured-{name}"  # of its own, since the tests share a server
    return Journey(chat, tasks, desk, owner, poured, list_name, tasks.make_list(list_name, list_name))


def letters(text: str) -> str:
    """What is left of a text when quoting, escaping and folding are taken away."""
    return re.sub(r"[\W_]+", "", text).casefold()


def quoted_lines(description: str, lines: list[Line]) -> list[Line]:
    """Which of these lines stand in a task's description."""
    plain = letters(description)
    return [line for line in lines if letters(line.text) in plain]
