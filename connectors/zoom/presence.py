"""Do Not Disturb at Zoom: set while it is quiet, ended only while it is still what leeward set.

What somebody set by hand, before or meanwhile, is left alone. Zoom ends each by itself after a day at most, takes one
change a minute, and none while its owner is signed in nowhere.
"""

from __future__ import annotations

import json

from connectors.zoom.api import ask
from connectors.zoom.api.shape import Row, moment, number, obj, text
from connectors.zoom.session import Session
from leeward.errors import Forbidden, Refused
from leeward.model import Instant
from leeward.ports import Clock

THEIRS = "theirs"
"""Remembered where something stands that is not ours to end, or nothing can be set."""

_PATH = "/users/me/presence_status"
_QUIET = "Do_Not_Disturb"
_SPELLINGS = frozenset({_QUIET, "Do_No_Disturb"})
_FREE = frozenset({"Available", "Away", "Offline", ""})
"""What may be covered by Do Not Disturb: everything else says something about its owner that they, or a call, set."""

_MINUTE_MS = 60_000
_MOST_MINUTES = 1440
_CLOSE_MS = 2 * _MINUTE_MS


class Presence:
    """Bound to one account."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session, self._clock = session, clock

    async def enter(self, until: Instant | None, remembered: str | None) -> str:
        """Do Not Disturb until then (a day for an open end); what to remember. Raises `TryLater` within the minute."""
        held = await self._held()
        status = text(held.get("status"))
        if not (status in _FREE or (status in _SPELLINGS and self._ours(held, remembered))):
            return THEIRS
        now = self._clock.now()
        left = _MOST_MINUTES if until is None else max(1, -(-(until - now) // _MINUTE_MS))
        minutes = min(left, _MOST_MINUTES)
        try:
            await self._session.ask(
                ask.change("PUT", self._session.base, _PATH, {"status": _QUIET, "duration": minutes})
            )
        except (Forbidden, Refused):
            return THEIRS
        return json.dumps({"end": now + minutes * _MINUTE_MS})

    async def leave(self, remembered: str | None) -> None:
        """Available again, if it is still ours."""
        if remembered is None or remembered == THEIRS:
            return
        held = await self._held()
        if text(held.get("status")) in _SPELLINGS and self._ours(held, remembered):
            await self._session.ask(ask.change("PUT", self._session.base, _PATH, {"status": "Available"}))

    async def _held(self) -> Row:
        try:
            return await self._session.ask(ask.get(self._session.base, _PATH))
        except Forbidden:
            return {"status": "?"}

    def _ours(self, held: Row, remembered: str | None) -> bool:
        """Whether it ends when ours does; the end is told to its owner alone."""
        try:
            end = number(obj(json.loads(remembered or "null")).get("end"))
        except ValueError:
            end = None
        told = moment(held.get("end_time"))
        left = number(held.get("remaining_time"))
        if told is None and left is not None:
            told = Instant(self._clock.now() + left * 1000)
        return end is not None and told is not None and abs(told - end) <= _CLOSE_MS
