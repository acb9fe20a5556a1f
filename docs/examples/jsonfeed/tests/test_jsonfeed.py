"""The contract suite over the fake feed."""

from datetime import UTC, datetime

from feed import Feed
from leeward_jsonfeed.connector import JsonFeed

from connectors import manifest
from connectors.testing.harness import FakeHarness
from connectors.testing.service import FakeHttp
from leeward.model import ItemType, RemoteId
from leeward.ports import Connector, Login
from leeward.testing.clock import FakeClock
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness, Held


class FeedHarness(FakeHarness):
    manifest = manifest("jsonfeed")
    secret = "hush"

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.feed = Feed()
        self.http = FakeHttp(self.feed, self.secret)
        self.url = f"{self.feed.base}/feed.json"

    def connector(self) -> Connector:
        return JsonFeed(Login("decisions", "jsonfeed", self.url), self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self.url)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.feed.looping = True
        return True

    def add_note(self, title: str, text: str) -> RemoteId:
        self.feed.items.append({"id": f"urn:{len(self.feed.items)}", "title": title})
        self.change_note(RemoteId(self.feed.items[-1]["id"]), text)
        return RemoteId(self.feed.items[-1]["id"])

    def change_note(self, note: RemoteId, text: str) -> None:
        self.feed.version += 1
        stamp = datetime.fromtimestamp(self.clock.now() / 1000, UTC).isoformat()
        row = next(each for each in self.feed.items if each["id"] == note)
        row.update(content_text=text, date_modified=stamp)

    def notes(self) -> dict[RemoteId, Held]:
        return {RemoteId(each["id"]): Held(each["content_text"], each["title"]) for each in self.feed.items}


class TestJsonFeed(Contract):
    def make(self) -> Harness:
        return FeedHarness()
