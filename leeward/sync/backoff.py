"""How long to wait after the n-th failure, and when to look whether a lost write arrived."""

from __future__ import annotations

from random import SystemRandom

FIRST_S, MOST_S = 5.0, 900.0
LOOKS_MS = (2_000, 8_000, 20_000)
"""After an unclear answer: how long to wait before each look for the object, before it may be sent again."""

_random = SystemRandom()


def wait_s(failures: int, told: float | None = None) -> float:
    """Seconds to wait: what the service told, never less, else doubling from 5 s to 15 min; some jitter on top."""
    own = min(MOST_S, FIRST_S * 2 ** min(max(0, failures - 1), 10))
    base = own if told is None else min(max(told, 1.0), MOST_S)
    return base * (1 + _random.random() * 0.1)
