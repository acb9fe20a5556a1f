"""What rang and what waited, newest first: the log under the week, and the list of what waits now."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from leeward.model import Instant, Tier
from leeward.words import _, n_
from leeward.work.digest import counts


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as a person sees it. `state` is the store's word, `said` the one to show, `why` the last verdict's."""

    id: str
    item: str
    thread: str | None
    came: Instant
    tier: Tier | None
    who: str
    source: str
    state: str
    said: str
    why: str
    release_at: Instant | None
    shown_at: Instant | None
    channel: str | None


_ROWS = (
    "SELECT n.id, n.item, n.thread, n.came, n.tier, n.who, n.source, n.state, n.release_at, d.at, d.channel,"
    " (SELECT v.why FROM verdict v WHERE v.notice = n.id ORDER BY v.n DESC LIMIT 1)"
    " FROM notice n LEFT JOIN delivery d ON d.key = coalesce(n.digest, n.id)"
)


def log(db: sqlite3.Connection, limit: int = 100) -> list[NoticeRow]:
    """The newest notices; what never was to ring is left out."""
    rows = db.execute(_ROWS + " WHERE n.state NOT IN ('dropped', 'new') ORDER BY n.came DESC, n.id LIMIT ?", (limit,))
    return [_row(row) for row in rows]


def waiting_rows(db: sqlite3.Connection) -> list[NoticeRow]:
    """Everything that is held back, oldest first."""
    return [_row(row) for row in db.execute(_ROWS + " WHERE n.state = 'held' ORDER BY n.came, n.id")]


def away(db: sqlite3.Connection, since: Instant) -> str | None:
    """What came out of quiet after that instant and was not read: the sentence for an owner who comes back."""
    rows = db.execute(
        "SELECT tier FROM notice JOIN digest ON digest.key = notice.digest"
        " WHERE digest.at > ? AND notice.state IN ('digest', 'shown', 'maybe')",
        (since,),
    ).fetchall()
    if not rows:
        return None
    told = counts(tier for (tier,) in rows)
    return n_("{n} waited while you were away: {told}", "{n} waited while you were away: {told}", len(rows)).format(
        n=len(rows), told=told
    )


def seen(db: sqlite3.Connection, now: Instant) -> None:
    """The owner is at the screen."""
    db.execute("INSERT OR REPLACE INTO habit VALUES ('screen seen', ?)", (str(now),))


def welcome(db: sqlite3.Connection, now: Instant) -> str | None:
    """The sentence for who opens the screen, once."""
    row = db.execute("SELECT value FROM habit WHERE name = 'screen seen'").fetchone()
    seen(db, now)
    return away(db, Instant(int(row[0]))) if row is not None else None


def _row(row: tuple[str, ...]) -> NoticeRow:
    id, item, thread, came, tier, who, source, state, release, shown, channel, why = row
    return NoticeRow(
        id, item, thread, _instant(came) or Instant(0), Tier(tier) if tier else None, who, source, state, _said(state),
        why or "", _instant(release), _instant(shown), channel,
    )  # fmt: skip


def _instant(value: object) -> Instant | None:
    return Instant(value) if isinstance(value, int) else None


def _said(state: str) -> str:
    return {
        "held": _("waits"),
        "info": _("in its digest"),
        "ring": _("about to ring"),
        "digest": _("about to ring"),
        "shown": _("rang"),
        "maybe": _("unseen?"),
        "read": _("read before"),
        "cancelled": _("no longer so"),
        "failed": _("could not ring"),
    }.get(state, state)
