"""Meetings that begin now, from a task: made once, and known by our key in their agenda."""

from __future__ import annotations

from connectors.zoom.api import ask
from connectors.zoom.api.shape import Row, number, text
from connectors.zoom.session import Session
from leeward.errors import ServiceChanged, Trouble
from leeward.model import Key, RemoteId, Sent
from leeward.words import _

LONGEST_TOPIC, LONGEST_AGENDA = 200, 1900
_PATH = "/users/me/meetings"
_INSTANT = 1
_PAGES = 3


class Meetings:
    """Bound to one account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def begin(self, topic: str, agenda: str, key: Key) -> Sent:
        """A meeting that may be joined at once; its address is the one to pass on, never the one that makes its owner host.

        After an unclear answer it is looked for once before anything is said.
        """
        body = {
            "topic": topic[:LONGEST_TOPIC],
            "type": _INSTANT,
            "agenda": f"⟦{key}⟧ {agenda}"[:LONGEST_AGENDA],
            "settings": {"join_before_host": True, "waiting_room": False},
        }
        try:
            return _sent(await self._session.ask(ask.change("POST", self._session.base, _PATH, body)))
        except Trouble as trouble:
            if not trouble.taken:
                raise
            found = await self._find(key)
            if found is None:
                trouble.taken = False
                raise
            return found

    async def _find(self, key: Key) -> Sent | None:
        request = ask.get(self._session.base, _PATH, type="live", page_size=ask.MEDIA_PAGE)
        listed = await self._session.whole(request, "meetings", _PAGES)
        return next((_sent(row) for row in listed if f"⟦{key}⟧" in text(row.get("agenda"))), None)


def _sent(row: Row) -> Sent:
    id, url = number(row.get("id")), text(row.get("join_url"))
    if id is None or not url.startswith(("https://", "http://127.0.0.1")):
        raise ServiceChanged(_("Zoom did not confirm the meeting."), _("Looking whether it is there."))
    return Sent(RemoteId(str(id)), url)
