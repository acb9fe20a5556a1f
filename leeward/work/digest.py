"""From verdicts to popups: release what waited into one digest, claim it, show it, mark it.

"Send, then mark" doubles after a crash and "mark, then send" loses; a claim with a lease and a stable key does neither:
a channel that can replace shows the same popup again, one that cannot is not asked twice and the popup is called
uncertain. Functions take a connection and run inside the caller's transaction; nothing is written when nothing is due.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec import Struct

from leeward.model import Instant, Tier
from leeward.ports import Notice, Rung
from leeward.words import _, n_
from leeward.work import quiet
from leeward.work.notify import keep, redecide, subject_of
from leeward.work.quiet_eval import stamp
from leeward.work.quiet_plan import Plan, Surroundings, plan
from leeward.work.quiet_settings import QuietConfig

LEASE_MS = 30_000
BURST = 3
BODY_LINES = 4
_TRIES = 8
_RETRY_MS = 60_000
_RANK = {"red": 0, "yellow": 1, None: 1, "green": 2}


class Offer(Struct, frozen=True):
    """A channel that could be used now, in the order of trying. `host`: this machine, or "program@machine"."""

    name: str
    replaces: bool
    host: str | None = None


class Claim(Struct, frozen=True):
    """A popup that is ours to show. `turn` tells our claim from a later one."""

    key: str
    notice: Notice
    channel: str
    turn: int


def due(db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant) -> bool:
    """Whether a round has something to do; reads only."""
    open_ones = "SELECT 1 FROM delivery WHERE state IN ('pending', 'claimed') AND lease_until <= ? LIMIT 1"
    return db.execute(open_ones, (now,)).fetchone() is not None or bool(_releasable(db, config, around, now))


def release(db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant) -> str | None:
    """Put everything whose waiting is over into one digest, however many openings were missed. Its key."""
    _hold_back(db, config, around, now)
    found = _releasable(db, config, around, now)
    key = _gather(db, found, now) if found else None
    return _fold(db, now) or key


def _gather(db: sqlite3.Connection, found: list[tuple[str, str, Plan, Instant | None]], now: Instant) -> str:
    first = next((one for one in found if one[1] == "held"), found[0])
    opened = quiet.since(first[2], now)
    name = f"{first[2].name}:{stamp(opened)}" if first[1] == "held" else f"{first[2].name}:info:{stamp(first[3])}"
    key = _make(db, name, first[2].name, opened, now)
    for notice, _state, asked, _release_at in found:
        _into(db, notice, asked.name, key, _("Released in digest {key}.").format(key=key), now)
    return key


def claim(db: sqlite3.Connection, offers: Sequence[Offer], now: Instant, *, sound: bool = True) -> Claim | None:
    """Take the oldest popup that nobody holds; None when there is none. Commit before showing it."""
    rows = db.execute(
        "SELECT key, digest, state, channel, replaces, tries, shown_ref FROM delivery"
        " WHERE state IN ('pending', 'claimed') AND lease_until <= ? ORDER BY made, key",
        (now,),
    ).fetchall()
    for key, digest, state, channel, replaces, tries, ref in rows:
        if state == "claimed" and not (replaces or ref):
            _settle(db, key, "maybe", now)
            continue
        wanted = [offer for offer in offers if state == "pending" or offer.name == channel]
        if not wanted:
            if offers:  # the channel that may have shown it is gone
                _settle(db, key, "maybe", now)
            continue
        notice = compose(db, key, digest, sound=sound)
        if notice is None:
            db.execute("UPDATE delivery SET state = 'empty', at = ? WHERE key = ?", (now, key))
            continue
        offer = wanted[0]
        db.execute(
            "UPDATE delivery SET state = 'claimed', channel = ?, replaces = ?, host = ?, lease_until = ?, tries = tries + 1"
            " WHERE key = ?",
            (offer.name, int(offer.replaces), offer.host, now + LEASE_MS, key),
        )
        return Claim(key, notice, offer.name, tries + 1)
    return None


def mark(db: sqlite3.Connection, mine: Claim, rung: Rung, now: Instant, *, last: bool = True) -> None:
    """Write down what became of it. After `FAILED` another channel may be tried at once, unless this was the `last`."""
    row = db.execute("SELECT state, tries FROM delivery WHERE key = ?", (mine.key,)).fetchone()
    if row is None or tuple(row) != ("claimed", mine.turn):
        return  # somebody else took it over when our lease ran out
    if rung is Rung.SENT:
        _settle(db, mine.key, "sent", now)
    elif rung is Rung.UNKNOWN:
        _settle(db, mine.key, "maybe", now)
    elif mine.turn >= _TRIES:
        _settle(db, mine.key, "failed", now)
    else:
        wait = _RETRY_MS * 2 ** (mine.turn - 1) if last else 0
        db.execute("UPDATE delivery SET state = 'pending', lease_until = ? WHERE key = ?", (now + wait, mine.key))


def keep_ref(db: sqlite3.Connection, key: str, ref: str) -> None:
    """Store the id that a channel gave a popup, so that the popup can be replaced."""
    db.execute("UPDATE delivery SET shown_ref = ? WHERE key = ?", (ref, key))


def compose(db: sqlite3.Connection, key: str, digest: str | None, *, sound: bool = True) -> Notice | None:
    """The words of a popup: sender and source only, at most five lines. None when everything was read meanwhile."""
    found = db.execute(
        "SELECT who, source, tier, item, spent FROM notice WHERE state IN ('ring', 'digest') AND "
        + ("digest = ?" if digest else "id = ?")
        + " ORDER BY at, came, id",
        (key,),
    ).fetchall()
    if not found:
        return None
    rows, spent = [row[:4] for row in found], sum(row[4] for row in found)
    said = n_(
        "{n} for today waited: the allowance was used up", "{n} for today waited: the allowance was used up", spent
    )
    waited = [said.format(n=spent)] if spent else []
    loud = sound and any(tier == Tier.RED for _who, _source, tier, _item in rows)
    if len(rows) == 1:
        who, source, tier, item = rows[0]
        return Notice(who, "\n".join([f"{source} · {_tier_word(tier)}", *waited]), tier, loud, item)
    rows.sort(key=lambda row: _RANK[row[2]])
    tiers = [tier for _who, _source, tier, _item in rows]
    lines = [counts(tiers), *waited]
    lines += _senders([(who, source) for who, source, _tier, _item in rows], BODY_LINES - len(lines))
    title = n_("leeward: {n} waiting", "leeward: {n} waiting", len(rows)).format(n=len(rows))
    return Notice(title, "\n".join(lines), tiers[0], loud, None)


def _senders(rows: Sequence[tuple[str, str]], room: int) -> list[str]:
    """Who wrote where, each once, in at most `room` lines; the last one counts the rest."""
    named = list(dict.fromkeys(rows))
    shown = named if len(named) <= room else named[: room - 1]
    lines = [f"{who} · {source}" for who, source in shown]
    if len(shown) < len(named):
        lines.append(_("and {n} more: open").format(n=len(rows) - sum(row in shown for row in rows)))
    return lines


def _releasable(
    db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant
) -> list[tuple[str, str, Plan, Instant | None]]:
    """What need not wait any longer: held things whose plan is open, and those for information that are due."""
    found = []
    rows = db.execute(
        "SELECT id, names, state, release_at FROM notice WHERE state IN ('held', 'info') ORDER BY came, id"
    )
    for notice, names, state, release_at in rows.fetchall():
        asked = plan(config, around, subject_of(names))
        ripe = state == "held" or (release_at is not None and release_at <= now)
        if ripe and not quiet.is_quiet(asked, now):
            found.append((notice, state, asked, release_at))
    return found


def _hold_back(db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant) -> None:
    """What should have been shown, was not yet, and now it is quiet again: it waits once more."""
    rows = db.execute(
        "SELECT n.id, n.names, d.key, d.digest, d.state FROM delivery d JOIN notice n"
        " ON (d.digest IS NULL AND n.id = d.key) OR (d.digest IS NOT NULL AND n.digest = d.key)"
        " WHERE (d.state = 'pending' OR (d.state = 'claimed' AND d.lease_until <= ?"
        " AND (d.replaces OR d.shown_ref IS NOT NULL)))"
        " AND n.state IN ('ring', 'digest') AND n.broke IS NULL",
        (now,),
    )
    for notice, names, key, digest, state in rows.fetchall():
        asked = plan(config, around, subject_of(names))
        if not quiet.is_quiet(asked, now):
            continue
        if state == "claimed":  # it may have been shown: it is shown again, in the same place, when it opens
            opens = quiet.next_open(asked, now) or now + quiet.HORIZON_S * 1000
            db.execute("UPDATE delivery SET lease_until = ? WHERE key = ?", (opens, key))
            continue
        verdict = redecide(db, notice, asked, now)
        if digest is None:
            if verdict.state == "ring":
                continue
            db.execute("DELETE FROM delivery WHERE key = ?", (key,))
        keep(db, notice, asked, verdict, now)


def _fold(db: sqlite3.Connection, now: Instant) -> str | None:
    """More than a few single popups at once become one: never a flood."""
    rows = db.execute(
        "SELECT n.id, n.schedule FROM delivery d JOIN notice n ON n.id = d.key"
        " WHERE d.state = 'pending' AND d.digest IS NULL AND n.state = 'ring' ORDER BY d.made, n.id"
    ).fetchall()
    if len(rows) <= BURST:
        return None
    key = _make(db, f"burst:{rows[0][0]}", rows[0][1], now, now)
    for notice, schedule in rows:
        db.execute("DELETE FROM delivery WHERE key = ?", (notice,))
        _into(db, notice, schedule, key, _("Many came at once: shown as one."), now)
    return key


def _make(db: sqlite3.Connection, name: str, schedule: str, opened: Instant, now: Instant) -> str:
    """A digest and its delivery. A second one of the same opening gets a number."""
    key, number = name, 2
    while db.execute("SELECT 1 FROM digest WHERE key = ?", (key,)).fetchone() is not None:
        key, number = f"{name}#{number}", number + 1
    db.execute("INSERT INTO digest (key, schedule, opened_at, at) VALUES (?, ?, ?, ?)", (key, schedule, opened, now))
    db.execute("INSERT INTO delivery (key, digest, state, made) VALUES (?, ?, 'pending', ?)", (key, key, now))
    return key


def _into(db: sqlite3.Connection, notice: str, schedule: str, key: str, why: str, now: Instant) -> None:
    db.execute("UPDATE notice SET state = 'digest', digest = ? WHERE id = ?", (key, notice))
    db.execute(
        "INSERT INTO verdict (notice, at, state, schedule, why) VALUES (?, ?, 'digest', ?, ?)",
        (notice, now, schedule, why),
    )


def _settle(db: sqlite3.Connection, key: str, state: str, now: Instant) -> None:
    """The end of a delivery, for it and for every notice in it."""
    db.execute("UPDATE delivery SET state = ?, at = ? WHERE key = ?", (state, now, key))
    shown = "shown" if state == "sent" else state
    db.execute(
        "UPDATE notice SET state = ? WHERE (id = ? OR digest = ?) AND state IN ('ring', 'digest')", (shown, key, key)
    )


def counts(tiers: Iterable[str | None]) -> str:
    """How many of each tier: "1 today, 3 in 48 h"."""
    listed = list(tiers)
    parts = [(_("{n} today"), ("red",)), (_("{n} in 48 h"), ("yellow", None)), (_("{n} FYI"), ("green",))]
    found = ((said, sum(tier in which for tier in listed)) for said, which in parts)
    return ", ".join(said.format(n=count) for said, count in found if count)


def _tier_word(tier: str | None) -> str:
    return {"red": _("today"), "green": _("FYI")}.get(tier or "", _("48 h"))
