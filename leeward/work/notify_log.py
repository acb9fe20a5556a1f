"""What rang and what waited, newest first: the log under the week, and the list of what waits now."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from leeward.model import Instant, Tier
from leeward.words import _, n_
from leeward.work.digest import counts
from leeward.work.notify import read_words, way_words
from leeward.work.quiet_now import short_time


class NoticeRow(Struct, frozen=True):
    """One notice as a person sees it. `state` is the store's word, `said` the one to show, `why` the last verdict's.

    `read_at`: when it was read, once it had rung; `host`: on which machine it was shown, after the
    program that did and an @ where that is known.
    """

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
    host: str | None = None
    read_at: Instant | None = None


_ROWS = (
    "SELECT n.id, n.item, n.thread, n.came, n.tier, n.who, n.source, n.state, n.release_at, d.at, d.channel, d.host,"
    " n.read_at, (SELECT v.why FROM verdict v WHERE v.notice = n.id ORDER BY v.n DESC LIMIT 1)"
    " FROM notice n LEFT JOIN delivery d ON d.key = coalesce(n.digest, n.id)"
)


MOST_HELD = 500
_WORDS = {
    "rang": "'shown'",
    "unseen": "'maybe'",
    "waits": "'held', 'info', 'ring', 'digest'",
    "waited": "'held', 'info', 'ring', 'digest'",
    "read": "'read'",
}


def log(
    db: sqlite3.Connection, limit: int = 100, after: str | None = None, text: str = ""
) -> tuple[list[NoticeRow], bool]:
    """What waits, first what comes out first; below it what rang or did not, newest first. Whether there is more.

    `after`: the last one that was seen before. `text`: only rows with all these words in who, source or what became of it
    ("rang", "waits", "unseen"). What never was to ring is left out.
    """
    edge = db.execute("SELECT came, id, state FROM notice WHERE id = ?", (after,)).fetchone() if after else None
    fits, words = _fitting(text)
    held = []
    if edge is None:
        query = f"{_ROWS} WHERE n.state = 'held'{fits} ORDER BY n.release_at, n.came LIMIT ?"
        held = db.execute(query, (*words, MOST_HELD)).fetchall()
    came, last = (edge[0], edge[1]) if edge is not None and edge[2] != "held" else (1 << 62, "")
    rows = db.execute(
        f"{_ROWS} WHERE n.state NOT IN ('dropped', 'new', 'held'){fits}"
        " AND (n.came < ? OR (n.came = ? AND n.id > ?)) ORDER BY n.came DESC, n.id LIMIT ?",
        (*words, came, came, last, limit + 1),
    ).fetchall()
    return [_row(row) for row in [*held, *rows[:limit]]], len(rows) > limit


def _fitting(text: str) -> tuple[str, list[str]]:
    """The condition for rows that hold all these words, and its values."""
    conditions, values = "", []
    for word in text.lower().replace("?", "").split():
        states = _WORDS.get(word)
        if states is not None:
            conditions += f" AND n.state IN ({states})"
        else:
            conditions += " AND instr(lower(n.who || ' ' || n.source), ?)"
            values.append(word)
    return conditions, values


def about(row: NoticeRow, now: Instant, zone: str) -> str:
    """What became of it and why: until when it waits, which way took it and when it was read, the last verdict."""
    said = [row.why] if row.why else []
    if row.state in {"shown", "maybe"}:
        words = _("{way} showed it, {read}") if row.state == "shown" else _("{way} took it, {read}")
        way = way_words(row.channel, row.host)
        said.insert(0, words.format(way=way, read=read_words(row.read_at, zone, now)))
    elif row.release_at is not None and row.release_at > now:
        said.insert(0, _("until {time}").format(time=short_time(row.release_at, now, zone)))
    return " · ".join(said)


def lately(db: sqlite3.Connection, since: Instant) -> tuple[bool, str]:
    """Which ways took popups after that instant, and whether the last one came through."""
    rows = db.execute(
        "SELECT channel, state, count(*), max(at) FROM delivery WHERE at > ? AND state IN ('sent', 'maybe', 'failed')"
        " GROUP BY channel, state ORDER BY max(at) DESC",
        (since,),
    ).fetchall()
    words = {
        "sent": _("{way} took {n}"),
        "maybe": _("{way} may have shown {n}"),
        "failed": _("{n} could not be shown"),
    }
    parts = [words[state].format(way=way_words(channel), n=count) for channel, state, count, _at in rows]
    return not rows or rows[0][1] != "failed", ", ".join(parts) or _("nothing was to be shown")


def away(tiers: Sequence[str | None]) -> str:
    """The sentence for an owner who comes back, from the tiers of what came out of quiet meanwhile."""
    return n_("{n} waited while you were away: {told}", "{n} waited while you were away: {told}", len(tiers)).format(
        n=len(tiers), told=counts(tiers)
    )


def _row(row: tuple[str, ...]) -> NoticeRow:
    id, item, thread, came, tier, who, source, state, release, shown, channel, host, read, why = row
    return NoticeRow(
        id, item, thread, _instant(came) or Instant(0), Tier(tier) if tier else None, who, source, state, _said(state),
        why or "", _instant(release), _instant(shown), channel, host, _instant(read),
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
