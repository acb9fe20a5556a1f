"""One fresh company for a test: the owner, two colleagues, a channel of theirs, and what they recorded."""

from __future__ import annotations

from typing import Any

from connectors.manifests.zoom import MANIFEST as ZOOM
from connectors.zoom.api.media import SUMMARIES
from connectors.zoom.api.parts import unsigned
from connectors.zoom.connector import Zoom
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.zoom import ZoomFake
from tests.fakes.zoom.described import Described


class ZoomWorld(FakeHarness):
    """Lines are those of a channel; `direct` makes them those of the chat with Ana."""

    manifest = ZOOM
    idle_requests = 16
    """A program that was just started: who we are, channels, contacts twice, and what is else asked once an hour."""

    def __init__(
        self, *, history: int = 2000, places: tuple[str, ...] = (), direct: bool = False, **options: Any
    ) -> None:
        self.clock = FakeClock()
        self.service = ZoomFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", "sam", self.service.token)
        self.ana = self.service.add_user("Ana Duarte", "ana")
        self.mei = self.service.add_user("Mei Tanaka", "mei")
        self.channel = self.service.add_channel("harbour", [self.me, self.ana, self.mei])
        self.where = self.service.chat(self.me, self.ana) if direct else self.channel
        for name, value in options.items():
            setattr(self.service, name, value)
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret)
        self.login = Login("team", "zoom", self.service.base, history=history, places=places)

    def connector(self) -> Zoom:
        return Zoom(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        if what is ItemType.NOTE:
            return SUMMARIES
        return RemoteId(self.channel if self.where == self.channel else f"@{self.member(self.ana)}")

    def member(self, user: str) -> str:
        return str(self.service.users[user]["member_id"])

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.loops = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        """A thread is born with its first answer, so there is one."""
        root = RemoteId(self.service.say(self.where, self.ana, text))
        self.add_line("…", root)
        return root, root

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        return RemoteId(self.service.say(self.where, self.ana, text, thread))

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.change(self.where, line, text)

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop(self.where, line)

    def lines(self) -> dict[RemoteId, Held]:
        held = self.service.lines[self.where]
        return {RemoteId(id): Held(unsigned(row["text"])[0]) for id, row in held.items() if row["status"] != "Deleted"}

    def add_note(self, title: str, text: str) -> RemoteId:
        return RemoteId(f"sum:{self.service.add_summary(title, text)}")

    def change_note(self, note: RemoteId, text: str) -> None:
        self.service.change_summary(note.removeprefix("sum:"), text)

    def notes(self) -> dict[RemoteId, Held]:
        held = self.service.summaries.items()
        return {RemoteId(f"sum:{id}"): Held(row["summary_content"], row["summary_title"]) for id, row in held}

    def read_upto(self, thread: RemoteId | None) -> RemoteId | None:
        """Zoom marks lines, not places: the newest line of the thread that is read."""
        rows = self.service.lines[self.where].values()
        read = [row for row in rows if self.me in row["read"] and thread in {row["root"], row["id"]}]
        return RemoteId(max(read, key=lambda row: row["at"])["id"]) if read else None

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)
