"""The answer to a row of the outbox that asks: a clash of linked items is decided between them, the rest at its service."""

from __future__ import annotations

from leeward.model import Instant
from leeward.store import outbox
from leeward.store.db import Db
from leeward.sync.answer import answer as at_service
from leeward.work import instep


def answer(db: Db, number: int, choice: str, now: Instant) -> None:
    """`choice`: send or mine (ours counts), drop or theirs (theirs does), both (both stay)."""
    row = outbox.get(db, number)
    if row.verb == instep.CLASH:
        instep.decide(db, now, row, {"send": "mine", "drop": "both"}.get(choice, choice))
        return
    said = {"mine": "send", "both": "send", "theirs": "drop"}.get(choice, choice)
    at_service(db, number, said, now)
    if said == "drop" and row.verb == "update_task" and row.item is not None:
        instep.left_apart(db, now, row.item)
