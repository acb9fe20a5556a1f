"""What every import shares: stable ids, bounded batches, and times that are believed only within reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, field

from leeward.ids import digest
from leeward.model import Batch, Instant, Message, Person, Place, RemoteId, Thread

PAGE = 500
"""Messages in one batch: one transaction of the store."""

LATEST = Instant(253_402_300_799_999)
_HOUR = 3_600_000


class Totals(Struct):
    """What an import held: real threads (flat channels are cut into more by the store), messages and people."""

    threads: int = 0
    messages: int = 0
    people: int = 0

    def as_json(self) -> dict[str, int]:
        """The three figures by name."""
        return {"threads": self.threads, "messages": self.messages, "people": self.people}


class MessageIds:
    """Ids that are the same each time a log is read: digests of place, time, author, text and ordinal."""

    def __init__(self, place: RemoteId) -> None:
        self._place = place
        self._seen: Counter[str] = Counter()
        self._newest = Instant(0)

    def next(self, at: Instant, author: str, text: str) -> RemoteId:
        """The id of the next message. What is said twice at one time is told apart by its ordinal."""
        if at > self._newest + _HOUR:  # the same time comes no more; an hour is what clocks are put back
            self._seen.clear()
        self._newest = max(self._newest, at)
        said = digest(self._place, str(at), author, text)
        ordinal = self._seen[said]
        self._seen[said] += 1
        return RemoteId(digest(said, str(ordinal)))


class Pages(Struct):
    """Rows on their way into batches of a bounded size; people and threads go before the messages that name them."""

    places: list[Place] = field(default_factory=list)
    people: dict[RemoteId, Person] = field(default_factory=dict)
    threads: dict[RemoteId, Thread] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    oddities: int = 0

    def full(self) -> Iterator[Batch]:
        """A batch, if a page is full."""
        if len(self.messages) >= PAGE or len(self.people) >= PAGE:
            yield from self.rest()

    def rest(self) -> Iterator[Batch]:
        """What is left, as a batch; nothing if nothing is left."""
        if self.places or self.people or self.threads or self.messages or self.oddities:
            yield Batch(
                places=tuple(self.places),
                people=tuple(self.people.values()),
                threads=tuple(self.threads.values()),
                messages=tuple(self.messages),
                oddities=self.oddities,
            )
        self.places.clear()
        self.people.clear()
        self.threads.clear()
        self.messages.clear()
        self.oddities = 0
