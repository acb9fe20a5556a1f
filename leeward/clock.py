"""The only reader of the clock."""

from __future__ import annotations

import time

from leeward.model import Instant


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """UTC milliseconds since 1970."""
        return Instant(time.time_ns() // 1_000_000)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        import asyncio

        await asyncio.sleep(seconds)
