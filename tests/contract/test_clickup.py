"""The contract suite over the fake ClickUp, with task comments as lines and with chat as lines."""

from __future__ import annotations

from connectors import TABLE
from connectors.clickup.connector import ClickUp
from leeward.model import ItemType, RemoteId
from leeward.ports import Connector, Login
from leeward.testing.clock import FakeClock
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness, Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.clickup import ClickUpFake
from tests.fakes.clickup.described import Described


class ClickUpHarness(FakeHarness):
    """Lines are the comments of tasks."""

    manifest = TABLE["clickup"]

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.service = ClickUpFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", self.service.token)
        self.other = self.service.add_user("Ana Duarte")
        self.team = self.service.add_team("Harbour", [self.me, self.other])
        self.list = self.service.add_list(self.service.add_space(self.team, "Quay"), "API")
        self.channel = self.service.add_channel(self.team, "harbour", [self.me, self.other])
        self.doc = self.service.add_doc(self.team, "Minutes", self.other)
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret, "raw")

    def connector(self) -> Connector:
        return ClickUp(Login("work", "clickup", self.service.base), self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(f"{self.team}/doc/{self.doc}" if what is ItemType.NOTE else self.list)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.looping = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        task = self.service.add_task(self.list, self.other, text, text)["id"]
        return RemoteId(task), RemoteId(self.service.add_comment(task, self.other, text)["id"])

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        assert thread is not None
        row = self.service.add_comment(thread, self.other, text, reply_to)
        return _line(row["root"], row["id"])

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.comments[line.rpartition("/")[2]]["text"] = text

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop_comment(line.rpartition("/")[2])

    def lines(self) -> dict[RemoteId, Held]:
        comments = {_line(row["root"], id_): Held(row["text"]) for id_, row in self.service.comments.items()}
        tasks = {RemoteId(f"{id_}/description"): Held(row["text"]) for id_, row in self.service.tasks.items()}
        return comments | tasks

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return RemoteId(self.service.add_task(self.list, self.other, title, text)["id"])

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change_task(task, name=title)

    def delete_task(self, task: RemoteId) -> bool:
        self.service.drop_task(task)
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden.add(task)

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            RemoteId(id_): Held(row["text"], row["name"], row["status"]["type"] in {"done", "closed"})
            for id_, row in self.service.tasks.items()
        }

    def add_note(self, title: str, text: str) -> RemoteId:
        return RemoteId(f"{self.place(ItemType.NOTE)}/{self.service.add_page(self.doc, self.other, title, text)['id']}")

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.edit_page(note.rpartition("/")[2], content=text)

    def notes(self) -> dict[RemoteId, Held]:
        place = self.place(ItemType.NOTE)
        return {
            RemoteId(f"{place}/{id_}"): Held(row["content"], row["name"]) for id_, row in self.service.pages.items()
        }

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)


class ClickUpChatHarness(ClickUpHarness):
    """Lines are those of a chat channel: a thread is born with its first answer."""

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(f"{self.team}/chat/{self.channel}") if what is ItemType.MESSAGE else super().place(what)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        root = self.service.add_message(self.channel, self.other, text)["id"]
        self.service.add_message(self.channel, self.other, "…", root)
        return RemoteId(f"{self.place(ItemType.MESSAGE)}/{root}"), RemoteId(root)

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        root = thread.rpartition("/")[2] if thread else reply_to
        return _line(root, self.service.add_message(self.channel, self.other, text, root)["id"])

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.edit_message(line.rpartition("/")[2], text)

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop_message(line.rpartition("/")[2])

    def lines(self) -> dict[RemoteId, Held]:
        return {_line(row["root"], id_): Held(row["content"]) for id_, row in self.service.messages.items()}


def _line(root: str | None, id_: str) -> RemoteId:
    return RemoteId(f"{root}/{id_}" if root else id_)


class TestComments(Contract):
    def make(self) -> Harness:
        return ClickUpHarness()


class TestWhereCommentsMoveTheirTask(Contract):
    def make(self) -> Harness:
        harness = ClickUpHarness()
        harness.service.comments_move_tasks = True
        return harness


class TestChat(Contract):
    def make(self) -> Harness:
        return ClickUpChatHarness()
