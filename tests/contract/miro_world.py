"""One fresh Miro for a test: the owner, a colleague, and a board of theirs."""

from __future__ import annotations

from connectors.manifests.miro import MANIFEST
from connectors.miro.api.words import read
from connectors.miro.connector import Miro
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.miro import MiroFake
from tests.fakes.miro.described import Described
from tests.fakes.miro.seed import html


class MiroWorld(FakeHarness):
    manifest = MANIFEST

    def __init__(self, *, places: tuple[str, ...] = ()) -> None:
        self.clock = FakeClock()
        self.service = MiroFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", self.service.token)
        self.other = self.service.add_user("Ana Duarte")
        self.board = self.service.add_board("Harbour", self.other, [self.me, self.other])
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret)
        self.login = Login("work", "miro", self.service.base, places=places, zone="Europe/Amsterdam")

    def connector(self) -> Miro:
        return Miro(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self.board)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.looping = True
        return True

    def id(self, item: str) -> RemoteId:
        return RemoteId(f"{self.board}/{item}")

    def add_task(self, title: str, text: str = "") -> RemoteId:
        data = {"title": html(title), "description": html(text) if text else ""}
        return self.id(self.service.add_item(self.board, "card", self.other, data)["id"])

    def change_task(self, task: RemoteId, title: str) -> None:
        self.service.change_item(_item(task), title=title)

    def delete_task(self, task: RemoteId) -> bool:
        self.service.drop_item(_item(task))
        return True

    def hide_task(self, task: RemoteId) -> None:
        self.service.hidden.add(_item(task))

    def tasks(self) -> dict[RemoteId, Held]:
        return {
            self.id(id_): Held(
                read(row["data"].get("description", ""))[0],
                read(row["data"]["title"])[0],
                "Done" in self.service.tag_titles(id_),
            )
            for id_, row in self.service.items.items()
            if row["type"] == "card"
        }

    def add_note(self, title: str, text: str) -> RemoteId:
        data = {"content": f"<p><strong>{title}</strong></p>{html(text)}"}
        return self.id(self.service.add_item(self.board, "sticky_note", self.other, data)["id"])

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.change_item(_item(note), content=f"<p><strong>Minutes</strong></p>{html(text)}")

    def notes(self) -> dict[RemoteId, Held]:
        stickies = [row for row in self.service.items.values() if row["type"] == "sticky_note"]
        return {self.id(row["id"]): Held(read(row["data"]["content"])[0]) for row in stickies}

    def add_idea(self, text: str) -> RemoteId:
        return self.id(self.service.add_item(self.board, "sticky_note", self.other, {"content": html(text)})["id"])

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)


def _item(id_: RemoteId) -> str:
    return id_.rpartition("/")[2]
