"""The only reader of the clock."""

from __future__ import annotations

import time

TYPE_CHECKING = False  # `typing` and the model cost more than the quickest command that asks the time
if TYPE_CHECKING:
    from leeward.model import Instant


def milliseconds() -> int:
    """UTC milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """UTC milliseconds since 1970."""
        from leeward.model import Instant

        return Instant(milliseconds())

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        import asyncio

        await asyncio.sleep(seconds)
