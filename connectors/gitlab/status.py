"""The owner's status at GitLab: set while it is quiet, and cleared only while it is still what leeward set.

GitLab clears a status by itself after one of a few times: the next longer one is asked for, so that a status is never
left behind for good. What somebody set by hand, before or meanwhile, is left alone.
"""

from __future__ import annotations

import json

from connectors.gitlab.api.asking import Ask
from connectors.gitlab.api.hostile import Row, obj, text
from leeward.model import Instant
from leeward.ports import Clock, Http
from leeward.words import _

EMOJI = "sleeping"
THEIRS = "theirs"
"""Remembered where somebody's own status stands: there is nothing of ours to clear."""

_HOUR_MS = 3_600_000
_LENGTHS = (
    (_HOUR_MS // 2, "30_minutes"),
    (3 * _HOUR_MS, "3_hours"),
    (8 * _HOUR_MS, "8_hours"),
    (24 * _HOUR_MS, "1_day"),
    (3 * 24 * _HOUR_MS, "3_days"),
    (7 * 24 * _HOUR_MS, "7_days"),
)
_LONGEST = "30_days"


def clears_after(length_ms: int | None) -> str:
    """GitLab's word for the shortest time that is at least that long; the longest for an open end."""
    return next((word for most, word in _LENGTHS if length_ms is not None and length_ms <= most), _LONGEST)


class Status:
    """Bound to one account."""

    def __init__(self, http: Http, ask: Ask, clock: Clock) -> None:
        self._http, self._ask, self._clock = http, ask, clock

    async def enter(self, until: Instant | None, remembered: str | None) -> str:
        """Set it, unless somebody's own stands there; what to remember."""
        held = await self._held()
        if not _empty(held) and not _ours(held, remembered):
            return THEIRS
        message = _("Quiet hours")
        left = None if until is None else max(0, until - self._clock.now())
        wanted = {"emoji": EMOJI, "message": message, "availability": "busy", "clear_status_after": clears_after(left)}
        await self._http.send(self._ask.write("PUT", "user/status", **wanted))
        return json.dumps({"emoji": EMOJI, "message": message})

    async def leave(self, remembered: str | None) -> None:
        """Clear it if it is still ours."""
        if remembered is None or remembered == THEIRS or not _ours(await self._held(), remembered):
            return
        await self._http.send(self._ask.write("PUT", "user/status", emoji="", message="", availability="not_set"))

    async def say(self, words: str, emoji: str | None, until: Instant | None) -> None:
        """The owner's own status; an empty one clears it. Without an end it stays, with one GitLab ends it itself."""
        if not words and not emoji:
            await self._http.send(self._ask.write("PUT", "user/status", emoji="", message="", availability="not_set"))
            return
        fields: dict[str, object] = {"message": words, "emoji": (emoji or "speech_balloon").strip(":")}
        if until is not None:
            fields["clear_status_after"] = clears_after(max(0, until - self._clock.now()))
        await self._http.send(self._ask.write("PUT", "user/status", **fields))

    async def _held(self) -> Row:
        return obj((await self._http.send(self._ask.get("user/status"))).json())


def _empty(held: Row) -> bool:
    return not text(held.get("message")) and not text(held.get("emoji"))


def _ours(held: Row, remembered: str | None) -> bool:
    try:
        set_by_us = json.loads(remembered or "{}")
    except ValueError:
        return False
    if not isinstance(set_by_us, dict) or not set_by_us:
        return False
    return all(text(held.get(name)) == set_by_us.get(name) for name in ("emoji", "message"))
