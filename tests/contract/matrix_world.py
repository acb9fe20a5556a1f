"""One fresh homeserver for a test: the owner, a colleague, and a room of theirs."""

from __future__ import annotations

import re

from connectors.manifests.matrix import MANIFEST as MATRIX
from connectors.matrix.connector import Matrix
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.matrix import Homeserver
from tests.fakes.matrix_room import Doc


class MatrixWorld(FakeHarness):
    manifest = MATRIX

    def __init__(self, *, history: int = 2000, places: tuple[str, ...] = ()) -> None:
        self.clock = FakeClock()
        self.server = Homeserver(now=self.clock.now)
        self.ana = self.server.register("ana", "Ana Grün")
        self.room = self.server.make_room(self.ana, "Harbour")
        self.server.join(self.room, self.server.user)
        self.secret = self.server.token
        self.http = FakeHttp(self.server, self.secret)
        self.login = Login("team", "matrix", self.server.base, history=history, places=places)

    def connector(self) -> Matrix:
        return Matrix(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self.room.id)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.server.loops = True
        return True

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        """A thread is born with its first answer, so there is one."""
        root = RemoteId(self.server.say(self.room, self.ana, text))
        self.advance(0.001)
        self.add_line("…", root)
        return root, root

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        self.advance(0.001)
        relation: Doc = {}
        if thread:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None}
        if thread or reply_to:
            relation["m.in_reply_to"] = {"event_id": reply_to or thread}
        return RemoteId(self.server.say(self.room, self.ana, text, None, **{"m.relates_to": relation}))

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.server.edit(self.room, self.ana, line, text)

    def delete_line(self, line: RemoteId) -> None:
        self.server.take_back(self.room, self.ana, line)

    def lines(self) -> dict[RemoteId, Held]:
        held = {}
        for _at, event in self.room.events:
            content = event["content"]
            edit = content.get("m.relates_to", {}).get("rel_type") == "m.replace"
            if event["type"] == "m.room.message" and content and not edit:
                edits = self.room.relating(event["event_id"], "m.replace")
                last = edits[-1]["content"]["m.new_content"] if edits else content
                held[RemoteId(event["event_id"])] = Held(last["body"])
            elif (event["type"] == "m.room.member" and event["unsigned"].get("prev_content") != content) or event[
                "type"
            ] in {"m.room.name", "m.room.topic"}:
                held[RemoteId(event["event_id"])] = Held("notice")
        return held

    def read_upto(self, thread: RemoteId | None) -> RemoteId | None:
        for receipt in self.room.receipts:
            if receipt.user == self.server.user and receipt.thread == (thread or "main"):
                return RemoteId(receipt.event)
        return None

    def acted(self) -> tuple[str, ...]:
        """Mentions, anything a server or a client would ring for, and markup that was not escaped."""
        found: list[str] = list(self.server.complaints)
        for _at, event in self.room.events:
            if event["sender"] != self.server.user or event["type"] != "m.room.message":
                continue
            content = event["content"]
            if content.get("m.mentions") != {}:
                found.append(f"mentions {content.get('m.mentions')}")
            html = content.get("formatted_body", "")
            found += re.findall(r"@room\b", content["body"] + html)
            found += re.findall(r"<script|href=\"(?!https?://|mailto:)|https://matrix\.to/#/@", html)
        return tuple(found)
