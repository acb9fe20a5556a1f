"""Presence at Teams: "do not disturb" while it is quiet, a line beside the name, and what it tells of being busy.

Graph tells what others see, not whether somebody chose it by hand. So what can only be a choice is left alone, quiet is
set over what comes by itself, and it is ended only while it is still what is shown.
"""

from __future__ import annotations

import json

from connectors.hostile import obj, text
from connectors.teams.api.ask import Ask
from connectors.teams.api.shape import Row, iso
from connectors.teams.run import as_object
from leeward.errors import Forbidden
from leeward.model import Instant
from leeward.ports import Clock, Http, Span

THEIRS = "theirs"
"""Remembered where somebody's own choice stands, or where this token may not set any: nothing of ours to end."""

CALENDAR = "presence"
"""What the settings call this as a calendar of busy times."""

BUSY_MS = 20 * 60_000
"""How long being in a meeting counts from now on: a little more than it takes until it is asked again."""

_DAY_MS = 86_400_000
_LONGEST = 280
_CHOSEN = frozenset({("busy", "busy"), ("berightback", "berightback"), ("offline", "offwork")})
_MEETING = frozenset({"inacall", "inaconferencecall", "inameeting", "presenting", "urgentinterruptionsonly"})


class Presence:
    """Bound to one account."""

    def __init__(self, http: Http, ask: Ask, clock: Clock) -> None:
        self._http, self._ask, self._clock = http, ask, clock

    async def enter(self, until: Instant | None, remembered: str | None) -> str:
        """Show "do not disturb" until then (a day for an open end), unless somebody's own choice is shown."""
        shown = await self._shown()
        if shown is None or not _free(shown, remembered, self._clock.now()):
            return THEIRS
        left = _DAY_MS if until is None else min(max(until - self._clock.now(), 60_000), 30 * _DAY_MS)
        document = {
            "availability": "DoNotDisturb",
            "activity": "DoNotDisturb",
            "expirationDuration": f"PT{-(-left // 60_000)}M",
        }
        try:
            await self._http.send(self._ask.write("POST", "/me/presence/setUserPreferredPresence", document))
        except Forbidden:
            return THEIRS
        return json.dumps({"until": self._clock.now() + left})

    async def leave(self, remembered: str | None) -> None:
        """End it while it is still shown and can be ours."""
        if remembered is None or _until(remembered) <= self._clock.now():
            return
        shown = await self._shown()
        if shown is not None and shown[0] == "donotdisturb":
            await self._http.send(self._ask.act("POST", "/me/presence/clearUserPreferredPresence"))

    async def status(self, words: str, until: Instant | None) -> None:
        """The line beside the name; an empty one takes it away."""
        message: dict[str, object] = {"message": {"content": words[:_LONGEST], "contentType": "text"}}
        if until is not None and words:
            message["expiryDateTime"] = {"dateTime": iso(until).removesuffix("Z"), "timeZone": "UTC"}
        await self._http.send(self._ask.write("POST", "/me/presence/setStatusMessage", {"statusMessage": message}))

    async def busy(self, calendars: tuple[str, ...], until: Instant) -> tuple[Span, ...]:
        """From now on for a while, where the settings name presence and it says meeting or call.

        "Do not disturb" by itself is not counted: it may be what leeward shows, and quiet would feed on itself.
        """
        if not any(map(is_presence, calendars)):
            return ()
        shown = await self._shown()
        now = self._clock.now()
        if shown is None or not (shown[1] in _MEETING or shown in _CHOSEN - {("offline", "offwork")}):
            return ()
        return (Span(now, Instant(min(until, now + BUSY_MS))),) if until > now else ()

    async def _shown(self) -> tuple[str, str] | None:
        """Availability and activity as others see them, in small letters; None where this token may not read them."""
        try:
            row: Row = as_object(await self._http.send(self._ask.get("/me/presence")))
        except Forbidden:
            return None
        return text(row.get("availability")).lower(), text(row.get("activity")).lower()


def is_presence(calendar: str) -> bool:
    """Whether a name the settings give means presence."""
    return calendar.strip().casefold() == CALENDAR


def _free(shown: tuple[str, str], remembered: str | None, now: Instant) -> bool:
    """Whether what is shown came by itself, or is what we set. What we set and nobody changed is not "available"."""
    ours = _until(remembered) > now
    if shown[0] == "donotdisturb":
        return ours
    return shown not in _CHOSEN and not (ours and shown[0] == "available")


def _until(remembered: str | None) -> int:
    """The end of what we set; 0 where nothing is ours."""
    try:
        value = obj(json.loads(remembered or "null")).get("until")
    except ValueError:
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
