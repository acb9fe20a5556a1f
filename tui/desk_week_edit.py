"""The week being painted, between the store, the settings and the screen: what to paint on, its text, its trial."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from leeward.errors import Problem
from leeward.model import Instant
from leeward.store.db import Db
from leeward.words import _
from leeward.work import quiet_preview, quiet_replay, quiet_store
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_edit import FIRST, Draft, marked
from leeward.work.quiet_moment import with_week
from leeward.work.quiet_plan import Plan, Subject, Surroundings, plan
from leeward.work.quiet_settings import QuietConfig, Schedule
from leeward.work.quiet_windows import DAY_MINUTES
from leeward.work.quiet_words import say_week
from leeward.zones import wall, zone
from tui import week_file
from tui.desk_week import WeekSheet
from tui.wiring import Home

NAME = "work"


def sheet_of(db: Db, home: Home, name: str | None = None) -> WeekSheet:
    """A schedule as a week to paint: the named one, else the one that counts, else a first one. Raises `Problem`."""
    config, now = home.config.quiet, home.clock.now()
    schedule = config.named(name or config.schedule)
    if name is not None and schedule is None:
        names = ", ".join(one.name for one in config.schedules) or _("none")
        raise Problem(_("There is no schedule {name}.").format(name=name), _("There are: {names}.").format(names=names))
    around = surroundings(db, now, config)
    asked = plan(config, around) if name is None else plan(replace(config, schedule=name), around)
    here = asked.zone_at(now)
    at = wall(now, zone(here))
    minute = at.weekday() * DAY_MINUTES + at.hour * 60 + at.minute
    notes = [""] * 7
    for day in quiet_preview.days(asked, now, 7):
        odd = "" if day.length_s == 86_400 else _("{hours} h day").format(hours=f"{day.length_s / 3600:g}")
        said = " ".join(part for part in (odd, day.named) if part)
        notes[day.date.weekday()] = f"{day.date.day} {day.date:%b}: {said}" if said else ""
    if schedule is None:
        first = Draft((), quiet=False, marks=marked(FIRST))
        return WeekSheet(
            _free(config), here, first, config, fresh=True, notes=tuple(notes), minute=minute, around=around, now=now
        )
    draft = Draft.of(_lines(home.folders.config, schedule), quiet=schedule.mode_quiet)
    others = tuple(one.name for one in config.schedules if one.name != schedule.name)
    return WeekSheet(
        schedule.name, here, draft, config, notes=tuple(notes), minute=minute, around=around, now=now, others=others
    )


def text_of(home: Home, sheet: WeekSheet, draft: Draft) -> list[str]:
    """The lines of the settings that would go and come."""
    path = home.folders.config
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    return week_file.difference(old, changed(sheet, draft, old))


def with_draft(config: QuietConfig, sheet: WeekSheet, draft: Draft) -> QuietConfig:
    """The settings as they would be with a painted week."""
    return with_week(config, sheet.name, draft)


def past_of(db: Db, config: QuietConfig, now: Instant) -> tuple[list[quiet_replay.Past], Surroundings]:
    """What came in the last 30 days, and what rules are asked with: also the one-offs that counted then."""
    start = Instant(now - quiet_replay.DAYS * quiet_replay.DAY_MS)
    around = replace(surroundings(db, now, config), oneoffs=quiet_store.oneoffs(db, start))
    return quiet_replay.past(db, start, Instant(now + 1)), around


def replayed(events: Sequence[quiet_replay.Past], old: QuietConfig, new: QuietConfig, around: Surroundings) -> str:
    """Both rules run over the past, in a sentence."""

    def by(config: QuietConfig) -> Callable[[Subject], Plan]:
        return lambda subject: plan(config, around, subject)

    return quiet_replay.sentence(quiet_replay.replay(events, by(new)), quiet_replay.replay(events, by(old)))


def changed(sheet: WeekSheet, draft: Draft, text: str) -> str:
    """The settings with the painted week. Raises `Problem` where its schedule was written by somebody else meanwhile."""
    there = _written(text, sheet.name, quiet=draft.quiet)
    if there != (None if sheet.fresh else sheet.draft.base):
        what = _("The times of {name} were changed in the settings meanwhile.").format(name=sheet.name)
        raise Problem(what, _("Leave with Esc; i reads them again."))
    return week_file.with_week(text, sheet.name, draft.lines, quiet=draft.quiet)


def _free(config: QuietConfig) -> str:
    """A name for a first schedule."""
    names = {schedule.name for schedule in config.schedules}
    return next(name for name in (NAME, *(f"{NAME}-{n}" for n in range(2, 99))) if name not in names)


def _lines(path: Path, schedule: Schedule) -> Sequence[str]:
    """A schedule's windows as they are written, so that those which stay keep their text."""
    try:
        listed = _written(path.read_text(encoding="utf-8"), schedule.name, quiet=schedule.mode_quiet)
    except OSError:
        listed = None
    return say_week(schedule.week) if listed is None else listed


def _written(text: str, name: str, *, quiet: bool) -> tuple[str, ...] | None:
    """The windows of a schedule in the text of the settings; None where there are none of that kind."""
    try:
        return tuple(map(str, tomllib.loads(text)["quiet"]["schedules"][name]["quiet" if quiet else "open"]))
    except (ValueError, KeyError, TypeError):
        return None
