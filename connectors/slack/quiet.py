"""Do Not Disturb at Slack: a snooze while it is quiet, ended only while it is still what leeward set.

A snooze that somebody set by hand, before or meanwhile, is left alone. Slack ends each by itself.
"""

from __future__ import annotations

import json

from connectors.slack.api import ask
from connectors.slack.api.shape import Row, obj, whole
from connectors.slack.people import Directory
from leeward.errors import Forbidden
from leeward.model import Instant
from leeward.ports import Clock

THEIRS = "theirs"
"""Remembered where somebody's own snooze stands, and where there is none to set (bots): nothing of ours to end."""

_MINUTE_MS = 60_000
_DAY_MINUTES = 24 * 60
_CLOSE_S = 90
"""Slack rounds the end; two ends this close are the same snooze."""


class Snooze:
    """Bound to one account."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory, self._clock = directory, clock

    async def enter(self, until: Instant | None, remembered: str | None) -> str:
        """Snooze until then (a day for an open end), unless somebody's own snooze stands there; what to remember."""
        held = await self._held()
        if held is None or (_snoozed(held) and not _ours(held, remembered)):
            return THEIRS
        left = None if until is None else max(1, -(-(until - self._clock.now()) // _MINUTE_MS))
        minutes = str(_DAY_MINUTES if left is None else min(left, _DAY_MINUTES))
        try:
            answer = await self._directory.ask(ask.post(self._directory.base, "dnd.setSnooze", num_minutes=minutes))
        except Forbidden:
            return THEIRS
        return json.dumps({"end": whole(answer.get("snooze_endtime"))})

    async def leave(self, remembered: str | None) -> None:
        """End it if it is still ours."""
        if remembered is None or remembered == THEIRS:
            return
        held = await self._held()
        if held is not None and _snoozed(held) and _ours(held, remembered):
            await self._directory.ask(ask.post(self._directory.base, "dnd.endSnooze"))

    async def _held(self) -> Row | None:
        try:
            return await self._directory.ask(ask.get(self._directory.base, "dnd.info"))
        except Forbidden:
            return None


def _snoozed(held: Row) -> bool:
    return held.get("snooze_enabled") is True


def _ours(held: Row, remembered: str | None) -> bool:
    try:
        end = whole(obj(json.loads(remembered or "null")).get("end"))
    except ValueError:
        return False
    return bool(end) and abs(whole(held.get("snooze_endtime")) - end) <= _CLOSE_S
