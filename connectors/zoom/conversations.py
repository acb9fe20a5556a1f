"""Which conversations moved: one question a round, in place of one a channel."""

from __future__ import annotations

from connectors.zoom.api import ask, incoming
from connectors.zoom.api.cursor import Cursor
from connectors.zoom.api.shape import Row, ident, instant, iso
from connectors.zoom.people import Directory
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Refused
from leeward.model import Instant, RemoteId
from leeward.ports import Clock

AHEAD_MS = 3_600_000
"""Asked beyond now, by this machine's clock or Zoom's, whichever is ahead."""

OVERLAP_MS = 5 * 60_000
MONTH_MS = 30 * 86_400_000
YEAR_MS = 366 * 86_400_000
SETTLED_MS = 15_000
"""Zoom tells in whole seconds when a conversation moved: what was just said there may not have been all of its second."""

_SOON_S = 300.0


class Conversations:
    """The list of conversations, for one round."""

    def __init__(self, session: Session, directory: Directory, where: Cursor, clock: Clock) -> None:
        self._session, self._directory, self._where, self._clock = session, directory, where, clock

    async def look(self) -> None:
        """Note what is due in the cursor, which follows only when the whole list came.

        At first contact the last year is asked for, later what moved since; a month where Zoom refuses that.
        """
        now = self._clock.now()
        since = self._where.since - OVERLAP_MS if self._where.since else now - YEAR_MS
        try:
            listed = await self._listed(since)
        except Forbidden:
            raise
        except Refused:
            if since >= now - MONTH_MS:
                raise
            listed = await self._listed(now - MONTH_MS)
        newest = max((self._moved(row) for row in listed), default=0)
        # Never ahead of the service's own time, whatever stands in a row.
        server = min(self._session.now, now + OVERLAP_MS)
        self._where.since = max(self._where.since, min(max(newest, server), server))
        await self._strangers()

    def read(self, id: str) -> int:
        """What to remember of a place whose newest lines were just read."""
        due = self._where.due.pop(id, 0)
        settled = self._session.now - due > SETTLED_MS
        return max(self._where.mark(id).stamp, due if settled else due - 1)

    async def _listed(self, since: int) -> list[Row]:
        until = max(self._clock.now(), self._session.now) + AHEAD_MS
        path, size = "/chat/users/me/sessions", ask.PAGE
        request = ask.get(self._session.base, path, from_=iso(since), to=iso(until), page_size=size)
        return await self._session.whole(request, "sessions")

    def _moved(self, row: Row) -> int:
        """A conversation that moved is due; returns when it did."""
        stamp = instant(row.get("last_message_sent_time")) or Instant(0)
        id = self._place(row)
        if id is None:
            self._session.odd.count += 1
            return 0
        wanted = not id.startswith("@") or self._directory.wants_direct(RemoteId(id[1:]))
        if wanted and stamp > self._where.mark(id).stamp:
            self._where.due[id] = max(stamp, self._where.due.get(id, 0))
        return stamp

    def _place(self, row: Row) -> str | None:
        channel = ident(row.get("channel_id")) if row.get("channel_id") else None
        if channel is not None:
            return channel
        told = {
            "id": row.get("peer_contact_user_id"),
            "member_id": row.get("peer_contact_member_id"),
            "email": row.get("peer_contact_email"),
        }
        peer = incoming.person(told, self._directory.world)
        if peer is None:
            return None
        return f"@{self._directory.world.meet(peer).id}"

    async def _strangers(self) -> None:
        """A conversation in a channel nobody knows of yet: the list of channels is old. What stays unknown is not ours."""
        channels = {id for id in self._where.due if not id.startswith("@")}
        unknown = channels - self._directory.channels.keys() - self._directory.strange
        if unknown and await self._directory.refresh(_SOON_S):
            self._directory.strange |= channels - self._directory.channels.keys()
        for id in channels & self._directory.strange:
            del self._where.due[id]
