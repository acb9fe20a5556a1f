"""The last days run against other rules: what would have waited, rung and broken through, had they counted then.

Reading is bounded and apart from judging, which is pure: so it can be done beside the loop and beside the store.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from msgspec import Struct

from leeward.model import Instant, Tier
from leeward.words import _
from leeward.work import quiet
from leeward.work.notify import subject_of
from leeward.work.quiet_plan import Plan, Subject
from leeward.work.quiet_settings import Break

DAYS = 30
DAY_MS = 86_400_000
MOST = 20_000
ANSWERED_MS = 5 * 60_000
_LINES_AFTER = 20


class Past(Struct, frozen=True):
    """One thing that came in. `names`: what rules may match, as it was kept; `answered_ms`: how soon the owner wrote."""

    at: Instant
    tier: Tier | None
    reasons: frozenset[Break]
    names: str
    thread: str | None = None
    author: str | None = None
    answered_ms: int | None = None


class Outcome(Struct, frozen=True):
    """What rules would have done: rung while open, held, let through quiet, left to the digest of what is for information.

    `delayed`: held although the owner answered within five minutes.
    """

    rang: int = 0
    held: int = 0
    through: int = 0
    info: int = 0
    delayed: int = 0

    @property
    def all(self) -> int:
        """How many there were."""
        return self.rang + self.held + self.through + self.info


def past(db: sqlite3.Connection, start: Instant, end: Instant, most: int = MOST) -> list[Past]:
    """What came in [start, end), oldest first, the newest `most`; without what was muted or on the screen."""
    rows = db.execute(
        "SELECT at, tier, facts, names, thread, author, (SELECT min(said.at) FROM ("
        " SELECT message.at, person.me FROM message JOIN person ON person.id = message.author"
        " WHERE message.thread = notice.thread AND message.n > (SELECT n FROM message WHERE id = notice.item)"
        " ORDER BY message.n LIMIT ?) said WHERE said.me AND said.at <= notice.at + ?) - at FROM notice"
        " WHERE came >= ? AND came < ? AND state NOT IN ('new', 'dropped') ORDER BY came DESC LIMIT ?",
        (_LINES_AFTER, ANSWERED_MS, start, end, most),
    )
    found = [
        Past(Instant(at), Tier(tier) if tier else None, _facts(facts), names, thread, author, answered)
        for at, tier, facts, names, thread, author, answered in rows
    ]
    return sorted(found, key=lambda one: one.at)


def _facts(text: str) -> frozenset[Break]:
    return frozenset(Break(fact) for fact in json.loads(text))


def replay(events: Sequence[Past], plan_for: Callable[[Subject], Plan]) -> Outcome:
    """What the rules of `plan_for` would have done with these, oldest first."""
    plans: dict[str, Plan] = {}
    seen: dict[tuple[str, str], list[int]] = {}
    broke: list[int] = []
    rang = held = through = info = delayed = 0
    for event in events:
        asked = plans.get(event.names)
        if asked is None:
            asked = plans[event.names] = plan_for(subject_of(event.names))
        reasons = event.reasons | _repeats(asked, event, seen)
        if event.tier is Tier.GREEN:
            info += 1
        elif not quiet.is_quiet(asked, event.at):
            rang += 1
        elif event.tier is Tier.RED and _breaks(asked, event.at, reasons, broke):
            broke.append(event.at)
            through += 1
        else:
            held += 1
            delayed += event.answered_ms is not None
    return Outcome(rang, held, through, info, delayed)


def sentence(new: Outcome, old: Outcome | None, days: int = DAYS) -> str:
    """In one sentence, beside what the rules that are in force would have done."""
    if not new.all:
        return _("Nothing came in these {days} days to try the new times on.").format(days=days)
    parts = [
        _("held {n}").format(n=new.held) + (_(" (now {n})").format(n=old.held) if old is not None else ""),
        _("let {n} for today through").format(n=new.through),
        _("rung {n}").format(n=new.rang) + (_(" (now {n})").format(n=old.rang) if old is not None else ""),
    ]
    if new.delayed:
        parts.append(_("delayed {n} you answered within 5 minutes").format(n=new.delayed))
    return _("The last {days} days would have {parts}.").format(days=days, parts=", ".join(parts))


def _repeats(asked: Plan, event: Past, seen: dict[tuple[str, str], list[int]]) -> frozenset[Break]:
    """Whether one person writes again and again in one thread; takes note of it."""
    if event.thread is None or event.author is None:
        return frozenset()
    red = asked.config.red
    times = seen.setdefault((event.thread, event.author), [])
    times.append(event.at)
    recent = [at for at in times if at >= event.at - red.repeat_within_ms]
    times[:] = recent
    return frozenset({Break.REPEAT}) if len(recent) >= red.repeat_count else frozenset()


def _breaks(asked: Plan, at: Instant, reasons: frozenset[Break], broke: Sequence[int]) -> bool:
    red = asked.config.red
    if not reasons & red.breaks_through:
        return False
    if red.at_most is None:
        return True
    since = quiet.since(asked, at)
    return sum(1 for one in reversed(broke) if one >= since) < red.at_most
