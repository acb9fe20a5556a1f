"""One fresh Basecamp for a test: a project of the owner and two others, with every tool."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from connectors.basecamp.api.rich import People, read
from connectors.basecamp.connector import Basecamp
from connectors.keymark import split_marker
from connectors.manifests.basecamp import MANIFEST as BASECAMP
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from leeward.wire import Request, Response
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.basecamp import BasecampFake
from tests.fakes.basecamp.described import Described
from tests.fakes.basecamp.seed import html

AGENT = ("user-agent", "leeward/test (sam@example.org)")


class AsDoor(FakeHttp):
    """With the name that the door puts into every request."""

    async def send(self, request: Request) -> Response:
        return await super().send(replace(request, headers=(*request.headers, AGENT)))


class BasecampWorld(FakeHarness):
    """Lines are comments below messages, tasks to-dos, notes documents."""

    manifest = BASECAMP
    reads_upto = False
    idle_requests = 21

    def __init__(
        self, *, places: tuple[str, ...] = (), history: int = 2000, described: bool = True, **options: Any
    ) -> None:
        self.clock = FakeClock()
        self.service = BasecampFake(now=self.clock.now)
        self.me = self.service.add_person("Sam Vermeer", self.service.token)
        self.ana = self.service.add_person("Ana Duarte")
        self.mei = self.service.add_person("Mei Tanaka")
        self.project = self.service.add_project("Quay", [self.me, self.ana, self.mei])
        self.list = self.service.add_list(self.project, "Move", self.ana)
        self.board = self.service.dock(self.project, "message_board")
        self.chat = self.service.dock(self.project, "chat")
        self.vault = self.service.dock(self.project, "vault")
        self.table = self.service.dock(self.project, "kanban_board")
        self.columns = {row["title"]: row["id"] for row in self.service.columns(self.project)}
        for name, value in options.items():
            setattr(self.service, name, value)
        self.secret = self.service.token
        self.http = AsDoor(Described(self.service) if described else self.service, self.secret)
        url = f"{self.service.base}/{self.service.account}"
        self.login = Login("work", "basecamp", url, user="sam@example.org", places=places, history=history)

    def connector(self) -> Basecamp:
        return Basecamp(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        words = {ItemType.TASK: ("list", self.list), ItemType.NOTE: ("vault", self.vault)}
        word, found = words.get(what, ("board", self.board))
        return RemoteId(f"{word}/{found}")

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.looping = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        found = RemoteId(f"message/{self.service.add_message(self.project, self.ana, text, html(text))['id']}")
        return found, found

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        assert thread is not None
        return RemoteId(f"comment/{self.service.add_comment(own(thread), self.ana, html(text))['id']}")

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.change(own(line), content=html(text))

    def delete_line(self, line: RemoteId) -> None:
        self.service.trash(own(line))

    def lines(self) -> dict[RemoteId, Held]:
        words = {"Comment": "comment", "Message": "message", "Todo": "todo", "Kanban::Card": "card"}
        return {
            RemoteId(f"{words[row['type']]}/{id_}"): Held(shown(row.get("content", "")))
            for id_, row in self.service.held.items()
            if row["type"] in words and row["status"] == "active"
        }

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return RemoteId(f"todo/{self.service.add_todo(self.list, self.ana, title, html(text))['id']}")

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change(own(task), title=title, content=title)

    def delete_task(self, task: RemoteId) -> bool:
        self.service.trash(own(task))
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden.add(own(task))

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"todo/{id_}"): Held(shown(row["description"]), row["title"], row["completed"])
            for id_, row in self.service.held.items()
            if row["type"] == "Todo"
        }

    def add_note(self, title: str, text: str) -> RemoteId:
        return RemoteId(f"document/{self.service.add_document(self.vault, self.ana, title, html(text))['id']}")

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.change(own(note), content=html(text))

    def notes(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"document/{id_}"): Held(shown(row["content"]), row["title"])
            for id_, row in self.service.held.items()
            if row["type"] == "Document"
        }

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)


class TodoWorld(BasecampWorld):
    """Lines are comments below to-dos."""

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(f"list/{self.list}") if what is ItemType.MESSAGE else super().place(what)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        found = self.add_task(text, text)
        return found, found


class CardWorld(BasecampWorld):
    """Tasks are cards, lines are comments below them."""

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(f"table/{self.table}") if what is not ItemType.NOTE else super().place(what)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        found = self.add_task(text, text)
        return found, found

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return RemoteId(f"card/{self.service.add_card(self.columns['Triage'], self.ana, title, html(text))['id']}")

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change(own(task), title=title)

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(f"card/{id_}"): Held(shown(row["content"]), row["title"], row["parent"] == self.columns["Done"])
            for id_, row in self.service.held.items()
            if row["type"] == "Kanban::Card"
        }


class ChatWorld(BasecampWorld):
    """Lines are those of a chat, which is flat and knows no answers."""

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(f"chat/{self.chat}") if what is ItemType.MESSAGE else super().place(what)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        return None, self.add_line(text, None)

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        return RemoteId(f"line/{self.chat}/{self.service.add_line(self.chat, self.ana, html(text))['id']}")

    def delete_line(self, line: RemoteId) -> None:
        del self.service.held[own(line)]

    def lines(self) -> dict[RemoteId, Held]:
        held = self.service.below(self.chat)
        return {RemoteId(f"line/{self.chat}/{row['id']}"): Held(shown(row["content"])) for row in held}


def own(remote: RemoteId) -> int:
    """The service's own number."""
    return int(remote.rpartition("/")[2])


def shown(markup: str) -> str:
    """A text as a person reads it at the service, without our marker."""
    return split_marker(read(markup, People()).text)[0]
