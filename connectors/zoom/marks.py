"""What is put on messages: read, bookmarked, voted for; and reminders that are done."""

from __future__ import annotations

from connectors.zoom.api import ask, emoji
from connectors.zoom.api.incoming import World, who
from connectors.zoom.api.shape import Row, instant, number, text
from connectors.zoom.people import Directory
from connectors.zoom.session import Session
from leeward.errors import Gone, Refused, ServiceChanged
from leeward.model import RemoteId
from leeward.ports_extra import Vote
from leeward.words import _


class Marks:
    """Bound to one account."""

    def __init__(self, session: Session, directory: Directory) -> None:
        self._session, self._directory = session, directory
        self._base, self._world = session.base, directory.world

    async def read(self, place: str, upto: str) -> None:
        """Mark a message read. Zoom wants its time as well, which is asked first."""
        row = await self._session.ask(ask.line(self._base, place, upto))
        at = instant(row.get("timestamp")) or instant(row.get("date_time"))
        if at is None:
            raise ServiceChanged(_("Zoom does not say when this line was written."), _("Mark it read in Zoom."))
        body = {"action": "read", "timestamp": at, **ask.whither(place)}
        await self._session.ask(ask.change("PATCH", self._base, self._path(upto, "/status"), body))

    async def done(self, place: str, reminder: str) -> None:
        """Take a reminder away; no error where it is gone already."""
        path = f"/chat/messages/{ask.segment(reminder)}/reminder"
        try:
            await self._session.ask(ask.remove(self._base, path, **self._directory.address(place)))
        except Gone:
            return

    async def bookmark(self, place: str, message: str, *, kept: bool) -> None:
        """Add a bookmark, or remove it; no error where it stands so already."""
        body = {"action": "add_bookmark" if kept else "remove_bookmark", **ask.whither(place)}
        request = ask.change("PATCH", self._base, "/chat/messages/bookmarks", body, message_id=message)
        try:
            await self._session.ask(request)
        except Gone:
            if kept:
                raise

    async def votes(self, place: str, message: str) -> tuple[Vote, ...]:
        """Every reaction at a message with its people."""
        row = await self._session.ask(ask.line(self._base, place, message))
        told = row.get("reactions")
        listed: list[Row] = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        return tuple(
            Vote(emoji.name(sign), voters(each, self._world)) for each in listed if (sign := text(each.get("emoji")))
        )

    async def vote(self, place: str, message: str, choice: str, *, on: bool) -> None:
        """Give or take back the owner's reaction; no error where it stands so already."""
        sign = emoji.code(choice)
        if sign is None:
            raise Refused(_("“{choice}” is no emoji leeward knows.").format(choice=choice), _("Use :+1: or the sign."))
        mine = any(
            each.choice == emoji.name(sign) and self._world.me in each.people
            for each in await self.votes(place, message)
        )
        if mine is on:
            return
        body = {"action": "add" if on else "remove", "emoji": sign, **ask.whither(place)}
        await self._session.ask(ask.change("PATCH", self._base, self._path(message, "/emoji_reactions"), body))

    def _path(self, message: str, rest: str) -> str:
        return f"/chat/users/me/messages/{ask.segment(message)}{rest}"


def voters(row: Row, world: World) -> tuple[RemoteId, ...]:
    """Who gave a reaction: two lists of ids side by side, or pairs; somebody of another company has a member id only."""
    pairs = row.get("senders")
    if isinstance(pairs, list):
        told = [(each.get("user_id"), each.get("member_id")) for each in pairs if isinstance(each, dict)]
    else:
        users, members = row.get("user_ids"), row.get("member_ids")
        held = [each if isinstance(each, list) else [] for each in (users, members)]
        length = min(max(len(held[0]), len(held[1])), 2 * (number(row.get("total_count")) or 1000))
        told = [tuple(side[at] if at < len(side) else None for side in held) for at in range(length)]  # type: ignore[misc] # always two
    return tuple(dict.fromkeys(found for user, member in told if (found := who(user, None, member, None, world))))
