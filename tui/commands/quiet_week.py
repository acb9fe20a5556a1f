"""quiet week, holidays, log: the week in words and its painting, the public holidays by name, what rang and what waited."""

from __future__ import annotations

import argparse
from datetime import date

from leeward.errors import Usage
from leeward.store.db import Db
from leeward.words import _
from leeward.work import notify_log, quiet_edit
from leeward.work.quiet_around import holidays, surroundings
from leeward.work.quiet_edit import Draft
from leeward.work.quiet_plan import plan
from leeward.work.quiet_windows import DAY_MINUTES, DAYS, BadRule
from leeward.work.quiet_words import clock
from tui import week_file
from tui.commands import answers
from tui.commands.quiet_rules import day, saved
from tui.desk_week import WeekSheet
from tui.wiring import Home


def week(home: Home, args: argparse.Namespace) -> int:
    """Tell the week of a schedule, or set the times of some of its days."""
    from tui.desk_week_edit import sheet_of

    try:
        sheet = answers.reading(home, sheet_of, home, args.schedule)
        if not args.words:
            return _told(home, sheet)
        draft = _set(sheet.draft, args.words)
    except BadRule as error:
        raise Usage(str(error), _("`leeward quiet week mon-fri 9-12:30, 13-17:30`, or `fri like mon`")) from error
    return _saved(home, sheet, draft, yes=args.yes)


def _set(draft: Draft, words: list[str]) -> Draft:
    """The draft with some days as said. Raises `BadRule`."""
    if len(words) == 1:  # all of it within quotation marks
        words = words[0].strip().split(" ", 1)
    goals, said = quiet_edit.days(words[0]), " ".join(words[1:])
    if said.lower().startswith("like "):
        (source,) = quiet_edit.days(said[5:])[:1]
        return draft.copied(source, goals)
    return draft.typed_on(goals, said)


def _told(home: Home, sheet: WeekSheet) -> int:
    names = [one.name for one in home.config.quiet.schedules]
    draft = sheet.draft
    days = {
        name: [[clock(first), clock(last)] for first, last in draft.on_day(number)] for number, name in enumerate(DAYS)
    }
    if home.json:
        key = "quiet" if draft.quiet else "open"
        told = {"schedule": sheet.name, "timezone": sheet.timezone, key: list(draft.lines), "days": days}
        answers.out({**told, "schedules": names, "fresh": sheet.fresh})
        return 0
    fresh = _("  (a first one; not saved yet)") if sheet.fresh else ""
    lines = [f"{sheet.name} · {sheet.timezone}{fresh}"]
    for number, name in enumerate(DAYS):
        hours = draft.open_in(number * DAY_MINUTES, (number + 1) * DAY_MINUTES) / 60
        said = ", ".join(f"{first}-{last}" for first, last in days[name]) or _("quiet")
        lines.append(f"{name.capitalize():<4}{hours:>5.1f} h  {said}  {sheet.notes[number]}".rstrip())
    answers.lines(lines)
    others = [name for name in names if name != sheet.name]
    if others:
        answers.say(_("Also: {names} (--schedule NAME).").format(names=", ".join(others)))
    return 0


def _saved(home: Home, sheet: WeekSheet, draft: Draft, *, yes: bool) -> int:
    from tui.commands.quiet_files import agreed
    from tui.desk_quiet_log import remember_week
    from tui.desk_week_edit import changed, past_of, replayed, text_of, with_draft

    shown = text_of(home, sheet, draft)
    if not shown:
        answers.say(_("Nothing to change."))
        return 0
    config, now = home.config.quiet, home.clock.now()
    events, around = answers.reading(home, past_of, config, now)
    if not yes:
        answers.lines(shown)
        answers.say(replayed(events, config, with_draft(config, sheet, draft), around))
        if not agreed():
            return 1
    before = config.named(sheet.name)
    say = _("saved: {name} rings at its new times").format(name=sheet.name)
    code = saved(home, lambda text: changed(sheet, draft, text), say)
    answers.writing(home, remember_week, before, now)
    return code


def public(home: Home, args: argparse.Namespace) -> int:
    """The public holidays by name; which regions count; one day off or on."""
    from tui.commands.quieting import refresh

    words: list[str] = args.words
    if words[:1] in (["off"], ["on"]):
        if len(words) < 2:
            raise Usage(_("Name a day."), _("`leeward quiet holidays off 2026-04-03`"))
        when = day(home, " ".join(words[1:]))
        on = words[0] == "on"
        say = _("{day} is a holiday again") if on else _("{day} is no holiday for you")
        return saved(home, lambda text: week_file.with_holiday(text, when, quiet=on), say.format(day=when))
    if words:
        regions = [] if words == ["none"] else _known_regions(home, [word.upper() for word in words])
        said = ", ".join(regions) or _("none")
        saved(home, lambda text: week_file.with_holidays(text, regions), _("holidays of: {names}").format(names=said))
    refresh(home)
    return _listed(home)


def _known_regions(home: Home, regions: list[str]) -> list[str]:
    """The same regions. Raises `Usage` where nothing is known of one, so that it takes no place of those that count."""
    from leeward.work.quiet_holidays import year_of

    _found, problems = home.outside.holidays(tuple(regions), year_of(home.clock.now()))
    if problems:
        raise Usage(" ".join(problems))
    return regions


def _listed(home: Home) -> int:
    config = home.config.quiet
    found: tuple[tuple[date, str], ...] = answers.reading(home, holidays) if config.holidays else ()
    rows = [{"date": when.isoformat(), "name": name, "quiet": when not in config.holidays_off} for when, name in found]
    if home.json:
        answers.out(rows)
        return 0
    answers.lines(f"{row['date']}  {'quiet' if row['quiet'] else 'off  '}  {row['name']}" for row in rows)
    if not config.holidays:
        answers.say(_("No region is set: `leeward quiet holidays NL`, or DE-BY."))
    return 0


def log(home: Home, args: argparse.Namespace) -> int:
    """What waits and until when, then what rang or did not, newest first."""
    from tui.times import short

    now, text = home.clock.now(), " ".join(args.words)

    def act(db: Db) -> tuple[list[notify_log.NoticeRow], str]:
        asked = plan(home.config.quiet, surroundings(db, now, home.config.quiet))
        return notify_log.log(db, 100, text=text)[0], asked.zone_at(now)

    rows, zone = answers.reading(home, act)
    if home.json:
        answers.out(
            [
                {
                    "id": row.id, "item": row.item, "at": answers.stamp(row.came), "state": row.state, "tier": row.tier,
                    "who": row.who, "source": row.source, "until": answers.stamp(row.release_at),
                    "channel": row.channel, "shown": answers.stamp(row.shown_at), "read": answers.stamp(row.read_at),
                    "why": row.why,
                }
                for row in rows
            ]
        )  # fmt: skip
        return 0
    face = answers.face(home)
    answers.lines(
        f"{short(row.came, face):>10}  {row.said:<13} {row.source:<16} {row.who}  {notify_log.about(row, now, zone)}"
        for row in rows
    )
    if not rows:
        answers.say(_("Nothing rang and nothing waited yet."))
    return 0
