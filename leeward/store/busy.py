"""Busy times of an account's calendars: times only, never a title."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leeward.ports import Span
from leeward.store.db import Db


def differs(db: Db, account: str, spans: Iterable[Span]) -> bool:
    """Whether an account's calendars say something else than before."""
    return _rows(account, spans) != set(db.execute("SELECT * FROM busy WHERE account = ?", (account,)))


def put_busy(db: Db, account: str, spans: Iterable[Span]) -> None:
    """Keep what an account's calendars say now."""
    db.execute("DELETE FROM busy WHERE account = ?", (account,))
    db.executemany("INSERT INTO busy VALUES (?, ?, ?, ?, ?)", sorted(_rows(account, spans)))


def _rows(account: str, spans: Iterable[Span]) -> set[tuple[object, ...]]:
    return {(account, span.start, span.end, int(span.tentative), int(span.all_day)) for span in spans}


def keep_accounts(db: Db, accounts: Sequence[str]) -> None:
    """Forget the busy times of every other account."""
    marks = ", ".join("?" * len(accounts))
    db.execute(f"DELETE FROM busy WHERE account NOT IN ({marks})", tuple(accounts))
