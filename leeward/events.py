"""What the store says after a commit, and the bus it says it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

ELSEWHERE = "elsewhere"
"""Among the keys of a change: another process wrote, so that any item may have changed."""


class Changed(Struct, frozen=True):
    """Rows changed. `keys` are item ids, and names of whole lists such as "inbox", "tasks", "outbox", "quiet"."""

    keys: frozenset[str]


BY_OTHERS = Changed(frozenset({"inbox", "tasks", "notes", "outbox", "accounts", "quiet", ELSEWHERE}))


class AccountTold(Struct, frozen=True):
    """An account broke (`what` and `do` say how) or is back (`what` is None)."""

    account: str
    what: str | None = None
    do: str = ""


class Progress(Struct, frozen=True):
    """Long work: `done` of `total` (0: unknown) at `source`; finished when they are equal."""

    source: str
    done: int
    total: int


Event: TypeAlias = Changed | AccountTold | Progress


class Bus:
    """Listeners are called in the thread that publishes, in the order they came; one that fails stops nobody else."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with every event from now on; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        """Tell everybody."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # a listener's bug must not undo a commit; it is logged whole
                from logging import getLogger

                getLogger("leeward").exception("a listener failed")
