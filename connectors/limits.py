"""How long a service wants to be left alone, a host at a time and shared by every task of the program; and its clock."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from leeward.errors import TryLater
from leeward.model import Instant
from leeward.ports import Clock
from leeward.wire import Response
from leeward.words import _

FLOOR_S = 1.0
CAP_S = 15 * 60.0
UNKNOWN_S = 30.0
"""A pause that was asked for in words nobody understands."""

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_PLAIN_NUMBER = re.compile(r"[0-9]{1,12}")


def http_date(value: str | None) -> float | None:
    """Seconds since 1970 of an HTTP date; None for anything else."""
    if not value:
        return None
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def server_now(response: Response) -> Instant | None:
    """The service's own clock in UTC milliseconds, where an answer carries it; None where it does not."""
    seconds = http_date(response.headers.get("date"))
    return None if seconds is None else Instant(round(seconds * 1000))


def pause_s(headers: Mapping[str, str], now: Instant | None = None) -> float | None:
    """How long `Retry-After` asks to wait, between FLOOR_S and CAP_S; None where the header is absent.

    A date is measured from the server's own `Date`, else from `now`, so that a wrong clock here does not matter.
    """
    asked = headers.get("retry-after")
    if asked is None:
        return None
    asked = asked.strip()
    if _SECONDS.fullmatch(asked):
        return _bounded(float(asked))
    until = http_date(asked)
    here = http_date(headers.get("date")) or (now / 1000 if now is not None else None)
    return UNKNOWN_S if until is None or here is None else _bounded(until - here)


def going_on(now: Instant | None, after_s: float) -> str:
    """What is done about a pause, as a sentence with its end: in seconds, or on the wall clock from a minute on.

    `now` None is for who has no clock at hand: then the sentence names no time.
    """
    if not now:
        return _("Going on later.")
    if after_s < 60:
        return _("Going on in {n} s.").format(n=math.ceil(after_s))
    from leeward.zones import system_wall

    minute = math.ceil((now + after_s * 1000) / 60_000)
    return _("Going on at {time}.").format(time=f"{system_wall(Instant(minute * 60_000)):%H:%M}")


def reset(headers: Mapping[str, str]) -> int | None:
    """What `RateLimit-Reset` or `X-RateLimit-Reset` says, in seconds: until then, or since 1970, as the service likes.

    None where it is absent or no number, or where nothing is said of a limit beside it.
    """
    if _number(headers, "limit") is None and _number(headers, "remaining") is None:
        return None
    return _number(headers, "reset")


def _number(headers: Mapping[str, str], name: str) -> int | None:
    for prefix in ("ratelimit-", "x-ratelimit-"):
        value = headers.get(prefix + name, "").strip()
        if _PLAIN_NUMBER.fullmatch(value):
            return int(value)
    return None


def _bounded(seconds: float) -> float:
    return min(max(seconds, FLOOR_S), CAP_S)


class Limits:
    """The pauses asked for so far. One object serves all accounts; `chance` gives jitter between 0 and 1."""

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._clock = clock
        self._chance = chance
        self._until: dict[str, float] = {}

    def told(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says about limits; a 429 without a word about when counts as a nonsensical one."""
        pause = pause_s(headers, self._clock.now())
        if pause is None and status == 429:
            pause = self._until_reset(headers)
        if pause is not None and status in {429, 503}:
            # Jitter only ever lengthens the wait, and everybody who waits for this host waits for the same moment.
            until = self._clock.monotonic() + min(pause * (1 + self._chance() / 10), CAP_S)
            self._until[host] = max(until, self._until.get(host, 0.0))

    def rest_s(self, host: str) -> float:
        """How long `host` is to be left alone from now; 0 when it may be asked."""
        return max(0.0, self._until.get(host, 0.0) - self._clock.monotonic())

    async def turn(self, host: str, patience_s: float) -> None:
        """Wait until `host` may be asked. Raises `TryLater` at once when that is longer than `patience_s`."""
        while rest := self.rest_s(host):
            if rest > patience_s:
                do = going_on(self._clock.now(), rest)
                raise TryLater(_("The service asks for a pause."), do, after_s=rest, taken=False)
            patience_s -= rest
            await self._clock.sleep(rest)

    def _until_reset(self, headers: Mapping[str, str]) -> float:
        here = http_date(headers.get("date")) or self._clock.now() / 1000
        seconds = reset(headers)
        if seconds is None:
            return UNKNOWN_S
        # Some services count the seconds left, others name the moment.
        return _bounded(seconds if seconds <= CAP_S else seconds - here)
