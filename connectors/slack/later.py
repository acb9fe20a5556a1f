"""Lines that Slack keeps until their time: up to 120 days ahead, at most thirty in five minutes of one channel.

A line with metadata is never posted when it is scheduled, so the key is the name of its first block. What waits is listed
with its text and time alone; by these it is known again.
"""

from __future__ import annotations

import re

from connectors.slack.api import ask, outgoing
from connectors.slack.api.shape import Row, objects, text, whole
from connectors.slack.people import Directory
from connectors.slack.writing import Writer, root_of
from leeward.errors import Gone, Problem, Refused, ServiceChanged
from leeward.model import Body, Instant, Key, RemoteId, Sent
from leeward.ports import Clock
from leeward.wire import Request
from leeward.words import _

FURTHEST_MS = 120 * 86_400_000
_PAGES = 50
_WAITING = re.compile(r"[A-Z0-9]{2,40}")


class Waiting:
    """The waiting lines of one account, whose owner is known."""

    def __init__(self, directory: Directory, writer: Writer, clock: Clock) -> None:
        self._directory, self._writer, self._clock = directory, writer, clock

    async def put(self, place: str, thread: str | None, body: Body, at: Instant, key: Key) -> Sent:
        """Hand a line over; what it is called while it waits."""
        if at - self._clock.now() > FURTHEST_MS:
            raise Refused(_("Slack keeps lines for 120 days at most."))
        words = await self._writer.words(body)
        fields = {"channel": place, "text": words, "parse": "none", "post_at": str(_second(at))}
        if root := root_of(place, thread):
            fields["thread_ts"] = root
        if body.quoted:
            fields |= {"unfurl_links": "false", "unfurl_media": "false"}
        fields["blocks"] = outgoing.blocks(words, key)
        base = self._directory.base
        document = await self._directory.ask(ask.post(base, "chat.scheduleMessage", **fields))
        id = _id(document.get("scheduled_message_id"))
        if id is None:
            raise ServiceChanged(_("Slack did not confirm this."), _("Looking whether it arrived."))
        return Sent(RemoteId(id))

    async def find(self, place: str, body: Body, at: Instant) -> Sent | None:
        """The waiting line with these words and this time, through all pages.

        Raises `ServiceChanged` when the pages go in circles: then nobody can say that it is not there.
        """
        words, moment = await self._writer.words(body), _second(at)
        cursor, seen = "", {""}
        for _page in range(_PAGES):
            document = await self._directory.ask(self._listing(place, moment, cursor))
            if not isinstance(document.get("scheduled_messages"), list):
                raise ServiceChanged(_("Slack's answer holds no lines."), _("Trying again later."))
            for row in objects(document["scheduled_messages"]):
                if _same(row, place, words, moment) and (id := _id(row.get("id"))):
                    return Sent(RemoteId(id))
            cursor = ask.next_cursor(document)
            if not cursor:
                return None
            if cursor in seen:
                break
            seen.add(cursor)
        raise ServiceChanged(_("Slack's pages go in circles."), _("Look into the channel yourself."))

    async def drop(self, place: str, waiting: str) -> None:
        """Take a line back. Raises `Gone` where it waits no longer."""
        if _id(waiting) is None:
            raise Problem(_("This is no line of Slack."))
        fields = {"channel": place, "scheduled_message_id": waiting}
        try:
            await self._directory.ask(ask.post(self._directory.base, "chat.deleteScheduledMessage", **fields))
        except ask.NotWaiting as trouble:
            raise Gone(_("It waits no longer.")) from trouble

    def _listing(self, place: str, moment: int, cursor: str) -> Request:
        span: dict[str, str | int] = {"channel": place, "oldest": moment - 1, "latest": moment + 1, "limit": 100}
        more = {"cursor": cursor} if cursor else {}
        return ask.get(self._directory.base, "chat.scheduledMessages.list", **span, **more)


def _second(at: Instant) -> int:
    """Slack counts seconds; never before the time that was meant."""
    return -(-at // 1000)


def _same(row: Row, place: str, words: str, moment: int) -> bool:
    there = text(row.get("channel_id")) == place and whole(row.get("post_at")) == moment
    return there and " ".join(text(row.get("text")).split()) == " ".join(words.split())


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _WAITING.fullmatch(value) else None
