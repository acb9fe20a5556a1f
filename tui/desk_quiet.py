"""The quiet part of the desk over the real store: the week and its settings, the log with release times, trips, muting."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from leeward.errors import Problem
from leeward.model import Instant, ItemId
from leeward.store.db import Db
from leeward.words import _
from leeward.work import notify, quiet_now, quiet_preview, quiet_replay, quiet_store
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_edit import FIRST, Draft, marked, week_of
from leeward.work.quiet_plan import Plan, Subject, Surroundings, plan
from leeward.work.quiet_settings import QuietConfig, Schedule
from leeward.work.quiet_windows import DAY_MINUTES, BadRule
from leeward.work.quiet_words import say_week
from leeward.zones import place_zone, system_zone, wall, zone
from tui import desk_quiet_log, settings, week_file
from tui.asks import Ask, Page, Rang, Receipt, Words
from tui.desk_verbs import StoreVerbs
from tui.desk_week import Board, Muting, WeekSheet

NAME = "work"


class StoreWeeks(StoreVerbs):
    """`tui.desk_week.Weeks` over a store."""

    # ---- the week ----

    async def week_sheet(self) -> WeekSheet:
        """The schedule that counts, or a first one."""
        await asyncio.to_thread(self.home.reload)
        if not self.home.config.quiet_fits:
            wrong = next((str(one) for one in self.home.problems if not one.warning), "")
            raise Problem(_("The quiet settings have a mistake: {wrong}").format(wrong=wrong), _("Mend it first."))
        return await self._ask(self._sheet)

    def _sheet(self, db: Db) -> WeekSheet:
        config, now = self.home.config.quiet, self.now()
        asked = plan(config, surroundings(db, now, config))
        here = asked.zone_at(now)
        at = wall(now, zone(here))
        minute = at.weekday() * DAY_MINUTES + at.hour * 60 + at.minute
        notes = [""] * 7
        for day in quiet_preview.days(asked, now, 7):
            odd = "" if day.length_s == 86_400 else _("{hours} h day").format(hours=f"{day.length_s / 3600:g}")
            said = " ".join(part for part in (odd, day.named) if part)
            notes[day.date.weekday()] = f"{day.date.day} {day.date:%b}: {said}" if said else ""
        schedule = config.named(config.schedule)
        if schedule is None:
            first = Draft((), quiet=False, marks=marked(FIRST))
            return WeekSheet(_free(config), here, first, config, fresh=True, notes=tuple(notes), minute=minute)
        draft = Draft.of(_lines(self.home.folders.config, schedule), quiet=schedule.mode_quiet)
        return WeekSheet(schedule.name, here, draft, config, notes=tuple(notes), minute=minute)

    async def week_text(self, sheet: WeekSheet, draft: Draft) -> Sequence[str]:
        """The lines that would go and come."""
        return await asyncio.to_thread(self._text, sheet, draft)

    def _text(self, sheet: WeekSheet, draft: Draft) -> list[str]:
        path = self.home.folders.config
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        return week_file.difference(old, _changed(sheet, draft, old))

    async def week_replay(self, sheet: WeekSheet, draft: Draft) -> str:
        """The last 30 days against the old and the new times; judged beside the loop and beside the store."""
        now, config = self.now(), self.home.config.quiet
        start = Instant(now - quiet_replay.DAYS * quiet_replay.DAY_MS)
        events = await self._ask(quiet_replay.past, start, Instant(now + 1))
        around = replace(await self._ask(surroundings, now, config), oneoffs=())
        return await asyncio.to_thread(_replayed, events, config, with_draft(config, sheet, draft), around)

    async def week_save(self, sheet: WeekSheet, draft: Draft) -> Receipt:
        """Write the settings, let them count, judge anew, and remember what was before."""
        before = sheet.config.named(sheet.config.schedule)
        await self._write(lambda text: _changed(sheet, draft, text))
        await self._do(desk_quiet_log.remember_week, before, self.now())
        return Receipt(_("saved: {name} rings at its new times").format(name=sheet.name), undoable=False)

    async def _write(self, change: Callable[[str], str]) -> None:
        """Change the settings; the new rules count at once for what waits and what comes."""
        await asyncio.to_thread(settings.edit, self.home.folders.config, change)
        config = (await asyncio.to_thread(self.home.reload)).quiet
        self.running.notices.config = config
        await self._do(self._rejudge, config)

    def _rejudge(self, db: Db, config: QuietConfig) -> None:
        now = self.now()
        notify.rejudge(db, config, surroundings(db, now, config), now)
        db.changed.add("quiet")

    # ---- the view ----

    async def quiet_board(self) -> Board:
        """The next changes and the card; the card is told once."""
        config, now = self.home.config.quiet, self.now()

        def act(db: Db) -> tuple[Board, Instant | None]:
            asked = plan(config, surroundings(db, now, config))
            card, stretch = desk_quiet_log.card(db, asked, now)
            return Board(tuple(quiet_preview.changes(asked, now)), card), stretch

        board, stretch = await self._ask(act)
        if stretch is not None:
            await self._do(desk_quiet_log.told, stretch)
        return board

    async def quiet_log(self, ask: Ask) -> Page[Rang]:
        """What waits with its release, then what rang, newest first."""
        return await self._ask(desk_quiet_log.log, ask, self.now(), self._here())

    def _here(self) -> str:
        """The zone whose clock counts now."""
        return plan(self.home.config.quiet, Surroundings(system_zone())).zone_at(self.now())

    # ---- one-offs in words ----

    def quiet_words(self, typed: str) -> Words:
        """A typed one-off, by the settings alone."""
        now = self.now()
        try:
            spell = quiet_now.oneoff(typed, now, plan(self.home.config.quiet, Surroundings(system_zone())))
        except BadRule as error:
            return Words(None, str(error))
        until = _("until you say so") if spell.end is None else quiet_now.short_time(spell.end, now, self._here())
        return Words(
            spell.end or now, (_("quiet: {until}") if spell.quiet else _("rings: {until}")).format(until=until)
        )

    async def quiet_say(self, typed: str) -> Receipt:
        """Do a typed one-off."""
        config, now = self.home.config.quiet, self.now()

        def act(db: Db) -> str:
            asked = plan(config, surroundings(db, now, config))
            try:
                spell = quiet_now.oneoff(typed, now, asked)
            except BadRule as error:
                raise Problem(str(error)) from error
            quiet_store.add_oneoff(db, spell)
            self._rejudge(db, config)
            until = _("until you say so")
            if spell.end is not None:
                until = _("until {time}").format(time=quiet_now.short_time(spell.end, now, asked.zone_at(now)))
            return (_("quiet {until}") if spell.quiet else _("rings {until}")).format(until=until)

        return Receipt(await self._do(act), undoable=False)

    # ---- trips and muting ----

    def place_words(self, place: str) -> tuple[str | None, str]:
        """The zone of a place."""
        found = place_zone(place)
        if found is not None:
            return found, f"{found}, {self.local_time(found)}"
        try:
            zone(place)
        except ValueError as error:
            return None, str(error)
        return None, _("Write a place, such as New York or Europe/Amsterdam.")

    async def trip(self, first: date, last: date, zone: str, why: str) -> Receipt:
        """Plan a trip in the settings."""
        await self._write(lambda text: week_file.with_trip(text, first, last, zone, why))
        return Receipt(_("trip: {zone}, {first} to {last}").format(zone=zone, first=first, last=last), undoable=False)

    async def quiet_dates(self, first: date, last: date, do: str) -> Receipt:
        """Whole dates that are quiet or open."""
        await self._write(lambda text: week_file.with_dates(text, first, last, do))
        return Receipt(_("{do}: {first} to {last}").format(do=do, first=first, last=last), undoable=False)

    async def mutings(self, id: ItemId) -> Sequence[Muting]:
        """The place and the account of an item."""
        return await self._ask(desk_quiet_log.mutings, id)

    async def mute_by(self, muting: Muting) -> Receipt:
        """Mute by a rule."""
        await self._write(partial(week_file.with_rule, rule={**dict(muting.rule), "mute": True}))
        return Receipt(_("muted: {title}").format(title=muting.title), undoable=False)


def with_draft(config: QuietConfig, sheet: WeekSheet, draft: Draft) -> QuietConfig:
    """The settings as they would be with a painted week."""
    old = config.named(sheet.name)
    made = Schedule(sheet.name, draft.quiet, week_of(draft.lines), old.timezone if old else None)
    others = tuple(made if one.name == sheet.name else one for one in config.schedules)
    return replace(config, schedules=others if old else (*others, made), schedule=config.schedule or sheet.name)


def _replayed(events: Sequence[quiet_replay.Past], old: QuietConfig, new: QuietConfig, around: Surroundings) -> str:
    def by(config: QuietConfig) -> Callable[[Subject], Plan]:
        return lambda subject: plan(config, around, subject)

    return quiet_replay.sentence(quiet_replay.replay(events, by(new)), quiet_replay.replay(events, by(old)))


def _changed(sheet: WeekSheet, draft: Draft, text: str) -> str:
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
