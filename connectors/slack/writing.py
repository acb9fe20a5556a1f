"""Writing: our key in every line, quotes that cannot act, and looking for what was sent through all pages."""

from __future__ import annotations

import re

from connectors.slack.api import ask, incoming, outgoing
from connectors.slack.api.shape import Row, instant, line_id, obj, split_id, stamp, ts_of
from connectors.slack.people import Directory
from leeward.errors import Forbidden, Gone, Problem, ServiceChanged, Trouble
from leeward.model import Body, Instant, Key, Sent
from leeward.wire import Request
from leeward.words import _

_SLACK_MS = 600_000
_PAGES = 500
_SLACKS_OWN = re.compile(r"https://(?:[a-z0-9-]+\.)*slack\.com")


class Writer:
    """Bound to one account, whose owner is known."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._base = directory.base
        self._world = directory.world

    async def post(self, place: str, thread: str | None, body: Body, key: Key) -> Sent:
        """One line. Where Slack takes no metadata of this token, the key names the line's first block instead."""
        words = await self.words(body)
        root = root_of(place, thread)
        fields = {"channel": place, "text": words, "parse": "none"}
        if root:
            fields["thread_ts"] = root
        if body.quoted:
            fields |= {"unfurl_links": "false", "unfurl_media": "false"}
        document = await self._posted(fields, words, key)
        ts = stamp(document.get("ts"))
        if ts is None:
            raise ServiceChanged(_("Slack did not confirm this."), _("Looking whether it arrived."))
        return self._sent(place, ts, root)

    async def _posted(self, fields: dict[str, str], words: str, key: Key) -> Row:
        if self._directory.metadata:
            told = {**fields, "metadata": outgoing.metadata(key)}
            try:
                document = await self._directory.ask(ask.post(self._base, "chat.postMessage", **told))
            except ask.NoMetadata:
                self._directory.metadata = False
            else:
                # Where Slack drops it without a word, the next line carries its key the other way.
                self._directory.metadata = "metadata" in obj(document.get("message"))
                return document
        blocks = outgoing.blocks(words, key)
        return await self._directory.ask(ask.post(self._base, "chat.postMessage", **fields, blocks=blocks))

    async def edit(self, place: str, thread: str | None, message: str, body: Body | None) -> Sent:
        """New words for our own line, or none; the key stays in it."""
        channel, ts = _line(message)
        root = root_of(place, thread)
        held = await self._own(channel, ts, root)
        if body is None:
            await self._directory.ask(ask.post(self._base, "chat.delete", channel=channel, ts=ts))
            return self._sent(channel, ts, root)
        words = await self.words(body)
        fields = {"channel": channel, "ts": ts, "text": words, "parse": "none"}
        if named := outgoing.block_key(held):
            fields["blocks"] = outgoing.blocks(words, named)
        document = await self._directory.ask(ask.post(self._base, "chat.update", **fields))
        if stamp(document.get("ts")) != ts:
            raise ServiceChanged(_("Slack did not confirm this."), _("Looking whether it arrived."))
        edited = stamp(obj(obj(document.get("message")).get("edited")).get("ts"))
        return self._sent(channel, ts, root, edited)

    async def find(self, place: str, thread: str | None, key: Key, since: Instant) -> Sent | None:
        """Our line with `key`, among those since ten minutes before `since`: clocks differ.

        Raises `ServiceChanged` when the pages go in circles: then nobody can say that it is not there.
        """
        root = root_of(place, thread)
        oldest = ts_of(Instant(since - _SLACK_MS))
        latest = after = ""
        for _page in range(_PAGES):
            if root:
                request = ask.replies(self._base, place, root, ask.PAGE, cursor=after, oldest=oldest)
            else:
                request = ask.history(self._base, place, ask.PAGE, latest=latest, oldest=oldest)
            document = await self._directory.ask(request)
            if not isinstance(document.get("messages"), list):
                raise ServiceChanged(_("Slack's answer holds no lines."), _("Trying again later."))
            rows, _odd = incoming.lines(document)
            for ts, row in rows.items():
                if outgoing.key_of(row) == key and self._mine(row):
                    return self._sent(place, ts, root)
            before = (latest, after)
            after, latest = ask.next_cursor(document), min(rows, default=latest)
            if document.get("has_more") is not True and not after:
                return None
            if before in {(latest, after), (latest, "")} and (root is None or before[1] == after):
                break
        raise ServiceChanged(_("Slack's pages go in circles."), _("Look into the channel yourself."))

    async def mark(self, place: str, upto: str) -> None:
        """Move the channel's marker to a line, never back."""
        channel, ts = _line(upto)
        info = await self._directory.ask(ask.get(self._base, "conversations.info", channel=place))
        if channel == place and ts > (stamp(obj(info.get("channel")).get("last_read")) or ""):
            await self._directory.ask(ask.post(self._base, "conversations.mark", channel=place, ts=ts))

    async def words(self, body: Body) -> str:
        """The text to be sent; who and what channels there are is asked only when a name was typed."""
        people, rooms = outgoing.names_in(body.own)
        try:
            if people:
                await self._directory.need((self._world.me,))
            if rooms and not self._world.titles:
                await self._directory.places()
        except Trouble as trouble:
            trouble.taken = False
            raise
        return outgoing.compose(body, self._directory.person_called, self._directory.room_called)

    async def _own(self, channel: str, ts: str, root: str | None) -> Row:
        request: Request = (
            ask.replies(self._base, channel, root, 2, only=ts)
            if root and root != ts
            else ask.history(self._base, channel, 1, only=ts)
        )
        try:
            rows, _odd = incoming.lines(await self._directory.ask(request))
        except Trouble as trouble:
            trouble.taken = False
            raise
        if ts not in rows:
            raise Gone(_("This line is no longer there."))
        if not self._mine(rows[ts]):
            raise Forbidden(_("This line was written by somebody else."))
        return rows[ts]

    def _mine(self, row: Row) -> bool:
        return incoming.author(row) in {self._world.me, self._world.bot or self._world.me}

    def _sent(self, channel: str, ts: str, root: str | None, edited: str | None = None) -> Sent:
        url = ask.permalink(self._world.workspace, channel, ts, root)
        return Sent(line_id(channel, ts), url, edited or ts, instant(ts))


def _line(id: str) -> tuple[str, str]:
    found = split_id(id)
    if found is None:
        raise Problem(_("This is no line of Slack."))
    return found


def root_of(place: str, thread: str | None) -> str | None:
    """The stamp of the thread's first line. Raises `Problem` for a thread of another channel."""
    if thread is None:
        return None
    channel, ts = _line(thread)
    if channel != place:
        raise Problem(_("This thread is in another channel."))
    return ts


def addressed(url: str, base: str) -> str | None:
    """Where a file may be fetched with the token: from the account's own address, or from Slack's file host."""
    hosts = (base, ask.FILES) if _SLACKS_OWN.fullmatch(base) else (base,)
    return url if url.isascii() and any(url.startswith(f"{host}/files-pri/") for host in hosts) else None
