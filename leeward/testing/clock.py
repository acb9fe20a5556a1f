"""A clock that moves only when it is told to, or when somebody sleeps on it."""

from __future__ import annotations

from leeward.model import Instant

START = Instant(1_780_000_000_000)
"""28 May 2026, a quarter past eight in the evening, UTC."""


class FakeClock:
    """`leeward.ports.Clock` for tests: `sleep` returns at once and the time has passed."""

    def __init__(self, now: Instant = START) -> None:
        self._now = now
        self._monotonic = 1000.0
        self.slept: list[float] = []

    def now(self) -> Instant:
        """UTC milliseconds since 1970."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now = Instant(self._now + round(seconds * 1000))
        self._monotonic += seconds

    async def sleep(self, seconds: float) -> None:
        """Remember how long somebody waited and let that time pass."""
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))
