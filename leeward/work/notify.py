"""What happens to one thing that came in: rings, waits for the opening, waits for its digest, or stays still.

`decide` is pure; the others keep its verdict. Everything appears in the inbox in any case: this is about attention, not
about data. Functions take a connection and run inside the caller's transaction.
"""

from __future__ import annotations

import json
import re
import sqlite3

from msgspec import Struct, field

from leeward import zones
from leeward.ids import digest as id_of
from leeward.model import Instant, Tier
from leeward.rows import JournalRow
from leeward.text import one_line
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_now import short_time
from leeward.work.quiet_plan import Plan, Subject, Surroundings, muted, next_digest, plan
from leeward.work.quiet_settings import Break, Override, QuietConfig
from leeward.work.quiet_windows import DAYS

WHY_LINES = 5


class Incoming(Struct, frozen=True):
    """One thing that came in, as ingest knows it. Ids are the store's own; `who` and `source` are for the popup.

    `author_names`: every name or address the owner may have called the author by. `subject`: what settings rules may
    match. `event` tells several notices about one item apart ("due", "late"). `silent`: first contact or an import,
    which never make a notice. `on_screen`: it is before the owner's eyes. `text` is read here and not kept.
    """

    item: str
    account: str
    at: Instant
    who: str
    source: str
    thread: str | None = None
    place: str | None = None
    author: str | None = None
    author_names: frozenset[str] = frozenset()
    subject: Subject = field(default_factory=Subject)
    tier: Tier | None = None
    mention: bool = False
    urgent: bool = False
    mine: bool = False
    read: bool = False
    on_screen: bool = False
    silent: bool = False
    event: str = ""
    text: str = ""


class Verdict(Struct, frozen=True):
    """`state` is where the notice goes, `why` a sentence, `breaks` whether quiet was broken for it.

    `spent`: it would have been, had the allowance of the stretch not been used up.
    """

    state: str
    why: str
    release_at: Instant | None = None
    breaks: bool = False
    spent: bool = False


def decide(asked: Plan, tier: Tier | None, reasons: frozenset[Break], used: int, now: Instant) -> Verdict:
    """The table of what rings. `reasons`: what could let it through; `used`: how many this quiet stretch let through."""
    if tier is Tier.GREEN:
        release = next_digest(asked, now)
        return Verdict("info", _("For information: it waits for its digest."), release)
    then = at_the_time(asked, now)
    if not quiet.is_quiet(asked, now):
        return Verdict("ring", _("It was {then}: open.").format(then=then))
    release = quiet.next_open(asked, now)
    until = short_time(release, now, asked.zone_at(now)) if release is not None else _("you say so")
    held = _("It was {then}: quiet until {until}.").format(then=then, until=until)
    if tier is not Tier.RED:
        return Verdict("held", f"{held} {_('Only what is for today may break through.')}", release)
    red = asked.config.red
    through = sorted(reason.value for reason in reasons & red.breaks_through)
    if not through:
        return Verdict("held", f"{held} {_missing(asked)}", release)
    if red.at_most is not None and used >= red.at_most:
        said = _("The {n} that may break through in one stretch had rung.").format(n=red.at_most)
        return Verdict("held", f"{held} {said}", release, spent=True)
    reasons_said = ", ".join(through)
    return Verdict(
        "ring",
        _("It was {then}: it broke through quiet ({reasons}).").format(then=then, reasons=reasons_said),
        breaks=True,
    )


def at_the_time(asked: Plan, now: Instant) -> str:
    """What the clock that counts showed: "Fri 21:40 in Europe/Amsterdam"."""
    zone = asked.zone_at(now)
    there = zones.wall(now, zones.zone(zone))
    return _("{day} {time:%H:%M} in {zone}").format(day=DAYS[there.weekday()].capitalize(), time=there, zone=zone)


def judge(
    db: sqlite3.Connection, incoming: Incoming, config: QuietConfig, around: Surroundings, now: Instant
) -> str | None:
    """Make a notice of what came in and keep the verdict. Its id, or None where it makes none or was known already."""
    if incoming.silent or incoming.mine:
        return None
    asked = plan(config, around, incoming.subject)
    notice = notice_id(incoming.item, incoming.event)
    reasons = _reasons(config, incoming)
    made = db.execute(
        "INSERT INTO notice (id, item, thread, place, account, author, at, came, tier, who, source, facts, names, state,"
        " schedule) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?) ON CONFLICT DO NOTHING",
        (
            notice, incoming.item, incoming.thread, incoming.place, incoming.account, incoming.author, incoming.at, now,
            incoming.tier, one_line(incoming.who, 80), one_line(incoming.source, 80),
            json.dumps(sorted(reason.value for reason in reasons)), _names(incoming.subject), asked.name,
        ),
    )  # fmt: skip
    if not made.rowcount:
        return None
    still = _stays_still(config, asked, incoming, now)
    keep(db, notice, asked, still or redecide(db, notice, asked, now), now)
    return notice


def notice_id(item: str, event: str = "") -> str:
    """The id of a notice: the same thing never alerts twice."""
    return id_of("notice", item, event)


def rejudge(db: sqlite3.Connection, config: QuietConfig, around: Surroundings, now: Instant) -> int:
    """After a change of schedule: look at everything that waits again. What now may ring does at the next round."""
    changed = 0
    rows = db.execute("SELECT id, names, state, schedule, release_at FROM notice WHERE state IN ('held', 'info')")
    for notice, names, state, schedule, release in rows.fetchall():
        asked = plan(config, around, subject_of(names))
        verdict = redecide(db, notice, asked, now)
        if verdict.state == "ring" and not verdict.breaks:
            continue  # it is open: the round puts all that was held into one digest
        if (verdict.state, asked.name, verdict.release_at) != (state, schedule, release):
            keep(db, notice, asked, verdict, now)
            changed += 1
    return changed


def retier(
    db: sqlite3.Connection, item: str, tier: Tier | None, config: QuietConfig, around: Surroundings, now: Instant
) -> None:
    """An item's tier changed: judge again what waits for it."""
    rows = db.execute(
        "SELECT id, names FROM notice WHERE (item = ? OR thread = ?) AND state IN ('held', 'info') AND tier IS NOT ?",
        (item, item, tier),
    )
    for notice, names in rows.fetchall():
        db.execute("UPDATE notice SET tier = ? WHERE id = ?", (tier, notice))
        asked = plan(config, around, subject_of(names))
        keep(db, notice, asked, redecide(db, notice, asked, now), now)


def finish(db: sqlite3.Connection, notice: str, schedule: str, state: str, why: str, now: Instant) -> None:
    """End a notice that waits, without ringing; a popup it had to itself is not shown."""
    db.execute("UPDATE notice SET state = ? WHERE id = ?", (state, notice))
    db.execute("UPDATE delivery SET state = 'empty' WHERE key = ? AND state = 'pending'", (notice,))
    db.execute(
        "INSERT INTO verdict (notice, at, state, schedule, why) VALUES (?, ?, ?, ?, ?)",
        (notice, now, state, schedule, why),
    )


def why(db: sqlite3.Connection, id: str, zone: str = "UTC") -> list[JournalRow]:
    """The journal of a notice, or of all notices of an item or thread, oldest first."""
    rows = db.execute(
        "SELECT v.at, v.state, v.schedule, v.rule, v.why, v.release_at, n.tier, d.state, d.channel, d.at, d.host, n.read_at"
        " FROM notice n JOIN verdict v ON v.notice = n.id"
        " LEFT JOIN delivery d ON d.key = coalesce(n.digest, n.id) AND v.state IN ('ring', 'digest')"
        " WHERE n.id = ?1 OR n.item = ?1 OR n.thread = ?1 ORDER BY v.n",
        (id,),
    )
    said: list[JournalRow] = []
    for at, state, schedule, rule, reason, release, tier, delivery, channel, shown, host, read in rows:
        rang = state != "ring" or delivery in {"sent", "maybe"}
        parts = [f"{_state_word(state) if rang else _('About to ring.')} {reason}".strip()]
        if schedule != "-":
            by = _(" ({rule})").format(rule=rule) if rule else ""
            parts.append(_('Schedule "{name}"{by}, tier {tier}.').format(name=schedule, by=by, tier=tier or _("none")))
        if release is not None and state == "info":
            parts.append(_("Until {time}.").format(time=short_time(Instant(release), Instant(at), zone)))
        row = JournalRow(Instant(at), " ".join(parts))
        if row not in said:  # lines of one thread that came together are judged alike
            said.append(row)
        if delivery in {"sent", "maybe"}:
            words = _("Shown by {way}, {read}.") if delivery == "sent" else _("May have been shown by {way}, {read}.")
            told = words.format(way=way_words(channel, host), read=read_words(read, zone))
            row = JournalRow(Instant(shown or at), told)
            if row not in said:
                said.append(row)
    return said


def way_words(channel: str | None, host: str | None = None) -> str:
    """A way to ring as people call it, and where: "OSC 99 on laptop", for "kitty@laptop" "kitty (OSC 99) on laptop"."""
    known = {
        "osc99": "OSC 99",
        "osc777": "OSC 777",
        "osc9": "OSC 9",
        "bell": _("the bell"),
        "desktop": _("the desktop"),
    }
    way = known.get(channel or "", one_line(channel or _("a way that is gone"), 40))
    if not host:
        return way
    shower, _at, machine = host.rpartition("@")
    way = _("{program} ({way})").format(program=one_line(shower, 30), way=way) if shower else way
    return _("{way} on {host}").format(way=way, host=one_line(machine, 40))


def read_words(read: int | None, zone: str, now: Instant | None = None) -> str:
    """When something that rang was read: "read 09:02", with its day where `now` is of another one."""
    if read is None:
        return _("not read yet")
    return _("read {time}").format(time=short_time(Instant(read), now or Instant(read), zone))


def shortened(rows: list[JournalRow], most: int = WHY_LINES) -> list[JournalRow]:
    """How it began and how it ended, where more happened than fits."""
    if len(rows) <= most:
        return rows
    left_out = len(rows) - most + 1
    between = JournalRow(rows[1].at, _("… judged {n} times more …").format(n=left_out))
    return [*rows[: most // 2], between, *rows[-(most - most // 2 - 1) :]]


def keep(db: sqlite3.Connection, notice: str, asked: Plan, verdict: Verdict, now: Instant) -> None:
    """Write a verdict down; a notice that is to ring gets its delivery."""
    rule = None if asked.override is None else _by(asked.override)
    db.execute(
        "INSERT INTO verdict (notice, at, state, schedule, rule, why, release_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (notice, now, verdict.state, asked.name, rule, verdict.why, verdict.release_at),
    )
    db.execute(
        "UPDATE notice SET state = ?, schedule = ?, release_at = ?, broke = ?, spent = ?, digest = NULL WHERE id = ?",
        (verdict.state, asked.name, verdict.release_at, now if verdict.breaks else None, int(verdict.spent), notice),
    )
    if verdict.state == "ring":
        db.execute(
            "INSERT INTO delivery (key, notice, state, made) VALUES (?, ?, 'pending', ?) ON CONFLICT DO NOTHING",
            (notice, notice, now),
        )


def subject_of(names: str) -> Subject:
    """What was kept of a subject."""
    threads, places, account, kind = json.loads(names)
    return Subject(frozenset(threads), frozenset(places), account, kind)


def _names(subject: Subject) -> str:
    return json.dumps([sorted(subject.threads), sorted(subject.places), subject.account, subject.kind])


def _stays_still(config: QuietConfig, asked: Plan, incoming: Incoming, now: Instant) -> Verdict | None:
    if incoming.read:
        return Verdict("read", _("It was read elsewhere."))
    rule = muted(config, incoming.subject, now, asked.zone_at(now))
    if rule is not None:
        return Verdict("dropped", _("Muted by rule {n}.").format(n=rule.number))
    if incoming.on_screen:
        return Verdict("dropped", _("It was on the screen."))
    return None


def _reasons(config: QuietConfig, incoming: Incoming) -> frozenset[Break]:
    """What could let it through, apart from a repeat, which the store knows."""
    vips = {name.casefold() for name in config.vip}
    found = {
        Break.MENTION: incoming.mention,
        Break.URGENT: incoming.urgent,
        Break.VIP: any(name.casefold() in vips for name in incoming.author_names),
        Break.KEYWORD: any(_says(incoming.text, word) for word in config.red_words if word.strip()),
    }
    return frozenset(reason for reason, holds in found.items() if holds)


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE) is not None


def redecide(db: sqlite3.Connection, notice: str, asked: Plan, now: Instant) -> Verdict:
    """Decide from what the store knows of a notice."""
    row = db.execute("SELECT tier, facts, thread, author, at FROM notice WHERE id = ?", (notice,)).fetchone()
    tier = None if row[0] is None else Tier(row[0])
    reasons = {Break(reason) for reason in json.loads(row[1])}
    if tier is not Tier.RED or not quiet.is_quiet(asked, now):
        return decide(asked, tier, frozenset(reasons), 0, now)
    if _repeats(db, asked.config, thread=row[2], author=row[3], at=row[4]):
        reasons.add(Break.REPEAT)
    since = quiet.since(asked, now)
    used = db.execute("SELECT count(*) FROM notice WHERE broke >= ? AND id <> ?", (since, notice)).fetchone()[0]
    return decide(asked, tier, frozenset(reasons), used, now)


def _repeats(db: sqlite3.Connection, config: QuietConfig, *, thread: str | None, author: str | None, at: int) -> bool:
    if thread is None or author is None:
        return False
    within = config.red.repeat_within_ms
    seen = "SELECT count(*) FROM notice WHERE thread = ? AND author = ? AND at BETWEEN ? AND ?"
    count = db.execute(seen, (thread, author, at - within, at)).fetchone()[0]
    return bool(count >= config.red.repeat_count)


def _missing(asked: Plan) -> str:
    """What would have let it through and was not so."""
    words = {
        Break.VIP: _("sender not VIP"), Break.MENTION: _("no mention"), Break.KEYWORD: _("no keyword"),
        Break.URGENT: _("not urgent"), Break.REPEAT: _("no repeat"),
    }  # fmt: skip
    said = ", ".join(word for reason, word in words.items() if reason in asked.config.red.breaks_through)
    return _("Would have broken through: {reasons}.").format(reasons=said or _("nothing may"))


def _by(override: Override) -> str:
    """A rule as its owner knows it: "rule 4: place #design"."""
    names = (
        (_("thread"), override.thread), (_("place"), override.place), (_("account"), override.account),
        (_("kind"), override.kind),
    )  # fmt: skip
    matched = ", ".join(f"{word} {one_line(name, 60)}" for word, name in names if name)
    return _("rule {n}: {matched}").format(n=override.number, matched=matched)


def _state_word(state: str) -> str:
    return {
        "held": _("Held."),
        "info": _("Waits."),
        "ring": _("Rang."),
        "read": _("Read."),
        "dropped": _("Stayed still."),
        "cancelled": _("Dropped."),
    }.get(state, "")
