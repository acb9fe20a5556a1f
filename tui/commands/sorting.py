"""done, undone, later, tier, undo, redo, outbox."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from leeward.errors import Problem, Usage
from leeward.model import Instant, Tier
from leeward.rows import OutboxRow
from leeward.store import outbox
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts, notify_sweep, quiet_acts, triage
from leeward.work.patches import Hunk
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_windows import DAYS
from leeward.work.reversing import reverse
from tui.commands import answers
from tui.wiring import Home


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes."""
    if verb == "later":
        parser.add_argument(
            "when", metavar="WHEN", help=_("such as: 2h, tomorrow 9:00, mon, “di 9u”, 2026-11-24T09:00")
        )
    if verb == "tier":
        parser.add_argument("tier", choices=["red", "yellow", "green", "none"])
    if verb in {"done", "undone", "later", "tier"}:
        parser.add_argument("ids", nargs="+", metavar="ID")
    if verb == "undo":
        parser.add_argument(
            "--sent", action="store_true", help=_("also what a service has already, by a change of its own")
        )
        parser.add_argument(
            "--push", metavar="LINK", help=_("what a link carried over last; both sides then stay as they are")
        )
    if verb == "outbox":
        parser.add_argument(
            "words", nargs="*", metavar="list | answer ROW send|drop|mine|theirs|both", default=["list"]
        )
    parser.set_defaults(run=_RUN[verb])


def _items(db: Db, prefixes: list[str]) -> list[str]:
    return answers.ids(db, prefixes, "item")


def _done(home: Home, args: argparse.Namespace) -> int:
    before = answers.reading(home, acts.newest)
    accounts = upstream_accounts(home)
    answers.writing(home, lambda db: triage.done(db, home.clock.now(), _items(db, args.ids), accounts(db)))
    return _told(home, before)


def upstream_accounts(home: Home) -> Callable[[Db], frozenset[str]]:
    """Which accounts' services are told what was read."""
    from leeward.ports import Can

    marking = [
        account.name
        for account in home.config.accounts
        if account.mark_read and Can.MARK_READ in home.outside.manifest(account.kind).can
    ]

    def act(db: Db) -> frozenset[str]:
        rows = db.execute("SELECT uid, name FROM account")
        return frozenset(uid for uid, name in rows if name in marking)

    return act


def _undone(home: Home, args: argparse.Namespace) -> int:
    before = answers.reading(home, acts.newest)
    answers.writing(home, lambda db: triage.undone(db, home.clock.now(), _items(db, args.ids)))
    return _told(home, before)


def _later(home: Home, args: argparse.Namespace) -> int:
    before = answers.reading(home, acts.newest)
    until = when(home, args.when)
    answers.writing(home, lambda db: triage.later(db, home.clock.now(), _items(db, args.ids), until))
    return _told(home, before, _(", until {time}").format(time=_to_the_minute(home, until)))


def _to_the_minute(home: Home, at: Instant) -> str:
    """A time as it was understood: "15:00", "Tue 15:00", "Thu 24 Dec 15:00"."""
    from tui.times import clock, heading, short

    face = answers.face(home)
    when = face.wall(at).date()
    return short(at, face) if (when - face.today).days < len(DAYS) else f"{heading(when, face)} {clock(at, face)}"


def when(home: Home, words: str) -> Instant:
    """A time from words, from now on. Raises `Usage`."""
    from leeward.work.tiers import parse_when
    from leeward.zones import instant, system_zone, zone

    here = system_zone()
    said = parse_when(words, home.clock.now(), here)
    found = instant(datetime.combine(said, time(9)), zone(here)) if isinstance(said, date) else said
    if found is None:
        raise Usage(
            _("{words} is no time.").format(words=words.strip() or "“”"),
            _("Write such as 2h, tomorrow 9:00, mon or di 9u."),
        )
    if found <= home.clock.now():
        raise Usage(_("{words} is over already.").format(words=words))
    return found


def _tier(home: Home, args: argparse.Namespace) -> int:
    before = answers.reading(home, acts.newest)
    value = None if args.tier == "none" else Tier(args.tier)
    config, now = home.config.quiet, home.clock.now()

    def act(db: Db) -> None:
        triage.tier(db, now, _items(db, args.ids), value)
        notify_sweep.follow_tiers(db, config, surroundings(db, now, config), now)

    answers.writing(home, act)
    return _told(home, before)


def _told(home: Home, before: tuple[int, str] | None, more: str = "") -> int:
    """Say what was done, in words with `more` behind it; where nothing changed, that."""
    changed = answers.reading(home, acts.newest) != before
    said = answers.reading(home, acts.last) if changed else None
    return answers.told(home, {"done": said}, f"{said}{more}" if said else _("Nothing to change."))


def _rewriting(home: Home) -> acts.Rewrites:
    """How undo and redo change the settings."""

    def rewrite(changes: Sequence[Hunk], back: bool) -> None:
        from tui import settings

        settings.rewrite(home.folders.config, changes, back=back)

    return rewrite


def _push_back(home: Home, prefix: str) -> int:
    from leeward.store import find
    from leeward.work import links

    def act(db: Db) -> str | None:
        links.take_back(db, home.clock.now(), find.resolve(db, prefix, "link"))
        return acts.last(db)

    said = answers.writing(home, act)
    return answers.told(home, {"undone": said}, said or "")


def _undo(home: Home, args: argparse.Namespace) -> int:
    if args.push:
        return _push_back(home, args.push)

    rewrite = _rewriting(home)

    left: list[int] = []

    def act(db: Db) -> acts.Undone | None:
        undone = acts.undo(db, home.clock.now(), rewrite)
        if undone is not None and undone.sent:
            if not args.sent:
                raise Problem(
                    _("“{say}” has reached its service already.").format(say=undone.say),
                    _("`leeward undo --sent` takes it back there too, by a change of its own."),
                )
            left.extend(reverse(db, home.clock.now(), undone.sent))
        if undone is not None and undone.quiet:
            quiet_acts.judge_anew(db, home.reload().quiet, home.clock.now())
        return undone

    undone = answers.writing(home, act)
    if undone is None:
        raise Problem(_("There is nothing to undo."))
    if undone.sent and not left:
        raise Problem(_("Nothing of “{say}” could be taken back.").format(say=undone.say))
    return answers.told(home, {"undone": undone.say}, _("Undone: {say}").format(say=undone.say))


def _redo(home: Home, _args: argparse.Namespace) -> int:
    rewrite = _rewriting(home)

    def act(db: Db) -> str | None:
        said = acts.redo(db, home.clock.now(), rewrite)
        quiet_acts.judge_anew(db, home.reload().quiet, home.clock.now())
        return said

    said = answers.writing(home, act)
    if said is None:
        raise Problem(_("There is nothing to do again."))
    return answers.told(home, {"done": said}, _("Done again: {say}").format(say=said))


_CHOICES = frozenset(("send", "drop", "mine", "theirs", "both"))


def _is_row(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < len(str(1 << 62))


def _outbox(home: Home, args: argparse.Namespace) -> int:
    words: list[str] = args.words
    if words == ["list"]:
        rows = answers.reading(home, outbox.listed, home.clock.now())
        if home.json:
            answers.out([answers.outbox_row(row) for row in rows])
        else:
            answers.lines(_outbox_lines(home, rows))
        return 0
    if len(words) == 3 and words[0] == "answer" and _is_row(words[1]) and words[2] in _CHOICES:
        return _answer(home, int(words[1]), words[2])
    raise Usage(_("Write `outbox list`, or `outbox answer ROW send` or `drop`; of a clash `mine`, `theirs` or `both`."))


def _answer(home: Home, number: int, choice: str) -> int:
    """Answer a row that asks, and tell how it stands then."""
    from tui.answering import answer

    now = home.clock.now()

    def act(db: Db) -> OutboxRow | None:
        answer(db, number, choice, now)
        return next((row for row in outbox.listed(db, now) if row.row == number), None)

    row = answers.writing(home, act)
    if home.json:
        answers.out(None if row is None else answers.outbox_row(row))
    elif row is None:
        answers.say(_("Row {row} no longer waits for you.").format(row=number))
    else:
        answers.lines(_outbox_lines(home, [row]))
    return 0


def _outbox_lines(home: Home, rows: list[OutboxRow]) -> list[str]:
    """A line a row; one that waits for its time says so where nothing else is to be said."""
    from tui.times import short
    from tui.view import verb_word

    face, soon = answers.face(home), home.clock.now() + outbox.GRACE_MS

    def said(row: OutboxRow) -> str:
        waits = row.verb == "post" and row.due is not None and row.due > soon
        return row.why or (_("leaves {time}").format(time=short(row.due, face)) if waits and row.due else "")

    return [f"{r.row:>5}  {r.state:<7} {r.account:<14} {verb_word(r.verb):<12} {r.title}  {said(r)}" for r in rows]


_RUN = {
    "done": _done,
    "undone": _undone,
    "later": _later,
    "tier": _tier,
    "undo": _undo,
    "redo": _redo,
    "outbox": _outbox,
}
