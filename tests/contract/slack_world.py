"""One fresh workspace for a test: the owner, two colleagues, and a channel of theirs."""

from __future__ import annotations

from typing import Any

from connectors.manifests.slack import MANIFEST as SLACK
from connectors.slack.connector import Slack
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from leeward.work.imports_slack_text import plain
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.slack import SlackFake
from tests.fakes.slack.described import Described


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlackWorld(FakeHarness):
    manifest = SLACK
    reads_upto = False

    def __init__(self, *, history: int = 2000, places: tuple[str, ...] = (), **options: Any) -> None:
        self.clock = FakeClock()
        self.service = SlackFake(now=self.clock.now)
        self.me = self.service.add_user("Sam Vermeer", "sam", self.service.token)
        self.ana = self.service.add_user("Ana Duarte", "ana")
        self.mei = self.service.add_user("Mei Tanaka", "mei")
        self.channel = self.service.add_channel("harbour", [self.me, self.ana, self.mei], "private_channel")
        for name, value in options.items():
            setattr(self.service, name, value)
        self.secret = self.service.token
        self.http = FakeHttp(Described(self.service), self.secret)
        self.login = Login("team", "slack", self.service.base, history=history, places=places)

    def connector(self) -> Slack:
        return Slack(self.login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self.channel)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.loops = True
        return True

    def id(self, ts: str, channel: str | None = None) -> RemoteId:
        return RemoteId(f"{channel or self.channel}/{ts}")

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        """A thread is born with its first answer, so there is one."""
        root = self.id(self.service.say(self.channel, self.ana, escaped(text)))
        self.add_line("…", root)
        return root, root

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        root = thread.partition("/")[2] if thread else None
        return self.id(self.service.say(self.channel, self.ana, escaped(text), root))

    def edit_line(self, line: RemoteId, text: str) -> None:
        self.service.change(self.channel, line.partition("/")[2], escaped(text))

    def delete_line(self, line: RemoteId) -> None:
        self.service.drop(self.channel, line.partition("/")[2])

    def lines(self) -> dict[RemoteId, Held]:
        self.service.post_due()
        held = self.service.lines[self.channel]
        return {self.id(ts): Held(plain(row["text"], {}, {})) for ts, row in held.items()}

    def acted(self) -> tuple[str, ...]:
        return tuple(self.service.did)
