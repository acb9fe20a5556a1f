"""The quiet part of the desk over the real store: the week and its settings, the log with release times, trips, muting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from leeward.errors import Problem, Trouble
from leeward.model import AccountUid, Instant, ItemId
from leeward.store.db import Db
from leeward.words import _
from leeward.work import (
    quiet,
    quiet_acts,
    quiet_around,
    quiet_holidays,
    quiet_now,
    quiet_preview,
    quiet_remarks,
    quiet_theirs,
    quiet_words,
)
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_plan import Surroundings, plan
from leeward.work.quiet_windows import BadRule
from leeward.zones import place_zone, system_zone, zone
from tui.asks import Ask, Page, Preset, Rang, Receipt, Words
from tui.desk_verbs import StoreVerbs
from tui.desk_week import Board, Holiday, Holidays, Muting, Receivers, WeekSheet

if TYPE_CHECKING:
    from leeward.work.quiet_edit import Draft


class StoreWeeks(StoreVerbs):
    """`tui.desk_week.Weeks` over a store."""

    # ---- the week ----

    async def week_sheet(self, name: str | None = None) -> WeekSheet:
        """The named schedule, else the one that counts, else a first one."""
        await asyncio.to_thread(self.home.reload)
        if not self.home.config.quiet_fits:
            wrong = next((str(one) for one in self.home.problems if not one.warning), "")
            raise Problem(_("The quiet settings have a mistake: {wrong}").format(wrong=wrong), _("Mend it first."))
        from tui.desk_week_edit import sheet_of

        return await self._ask(sheet_of, self.home, name)

    async def week_text(self, sheet: WeekSheet, draft: Draft) -> Sequence[str]:
        """The lines that would go and come."""
        from tui.desk_week_edit import text_of

        return await asyncio.to_thread(text_of, self.home, sheet, draft)

    async def week_replay(self, sheet: WeekSheet, draft: Draft) -> str:
        """The last 30 days against the old and the new times; judged beside the loop and beside the store."""
        from tui.desk_week_edit import past_of, replayed, with_draft

        config = self.home.config.quiet
        events, around = await self._ask(past_of, config, self.now())
        return await asyncio.to_thread(replayed, events, config, with_draft(config, sheet, draft), around)

    async def week_save(self, sheet: WeekSheet, draft: Draft) -> Receipt:
        """Write the settings, let them count, judge anew, and remember what was before."""
        from tui.desk_quiet_log import remember_week
        from tui.desk_week_edit import changed

        before = sheet.config.named(sheet.name)
        say = _("saved: {name} rings at its new times").format(name=sheet.name)
        receipt = await self.quiet_write(lambda text: changed(sheet, draft, text), say)
        await self._do(remember_week, before, self.now())
        return receipt

    # ---- the view ----

    async def quiet_board(self) -> Board:
        """The next changes and the card; the card is told once."""
        from tui import desk_quiet_log

        config, now = self.home.config.quiet, self.now()

        def act(db: Db) -> tuple[Board, Instant | None]:
            asked = plan(config, surroundings(db, now, config))
            card, stretch = desk_quiet_log.card(db, asked, now)
            turns, through = tuple(quiet_preview.changes(asked, now)), quiet_words.through(config)
            return Board(turns, card, through, quiet_remarks.zone_before(db, now)), stretch

        board, stretch = await self._ask(act)
        if stretch is not None:
            await self._do(desk_quiet_log.told, stretch)
        return board

    async def quiet_log(self, ask: Ask, text: str = "") -> Page[Rang]:
        """What waits with its release, then what rang, newest first; of those that hold these words."""
        from tui import desk_quiet_log

        return await self._ask(desk_quiet_log.log, ask, text, self.now(), self._here())

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
            say = quiet_now.spell_words(spell, now, asked.zone_at(now))
            quiet_acts.say_once(db, spell, say, config, now)
            return say

        return Receipt(await self._do(act))

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

    async def trip(self, first: date, last: date, zone: str, why: str, schedule: str | None = None) -> Receipt:
        """Plan a trip in the settings."""
        from tui import week_file

        say = _("trip: {zone}, {first} to {last}").format(zone=zone, first=first, last=last)
        return await self.quiet_write(lambda text: week_file.with_trip(text, first, last, zone, why, schedule), say)

    async def quiet_dates(self, first: date, last: date, do: str) -> Receipt:
        """Whole dates that are quiet or open."""
        from tui import week_file

        say = _("{do}: {first} to {last}").format(do=do, first=first, last=last)
        return await self.quiet_write(lambda text: week_file.with_dates(text, first, last, do), say)

    # ---- holidays, the zone, others ----

    async def use_schedule(self, name: str) -> Receipt:
        """Let another schedule count from now on."""
        from tui import week_file

        say = _("schedule {name} counts").format(name=name)
        return await self.quiet_write(lambda text: week_file.with_counting(text, name), say)

    async def holidays(self) -> Holidays:
        """The public holidays by name, brought up to the settings first."""
        config, now = self.home.config.quiet, self.now()
        if await self._ask(quiet_holidays.holidays_wanted, config, now):
            asked = (config.holidays, quiet_holidays.year_of(now))
            found, problems = await asyncio.to_thread(self.home.outside.holidays, *asked)
            await self._do(quiet_holidays.take_holidays, config, tuple(found), tuple(problems), now)

        def act(db: Db) -> Holidays:
            today = quiet.wall_date(plan(config, surroundings(db, now, config)), now)
            listed = quiet_around.holidays(db) if config.holidays else ()
            days = tuple(Holiday(day, name, day not in config.holidays_off) for day, name in listed if day >= today)
            return Holidays(config.holidays, days, quiet_remarks.said(db, now).get("holidays", ""))

        return await self._ask(act)

    async def holiday(self, day: date, *, quiet: bool) -> Receipt:
        """Switch one off, or on again."""
        from tui import week_file

        say = (_("{day} is a holiday again") if quiet else _("{day} is no holiday for you")).format(day=day)
        return await self.quiet_write(lambda text: week_file.with_holiday(text, day, quiet=quiet), say)

    async def holiday_regions(self, regions: Sequence[str]) -> Receipt:
        """Whose holidays are quiet."""
        from tui import week_file

        say = _("holidays of: {names}").format(names=", ".join(regions) or _("none"))
        return await self.quiet_write(lambda text: week_file.with_holidays(text, regions), say)

    async def zone_before(self) -> str:
        """The zone this machine left lately."""
        return await self._ask(quiet_remarks.zone_before, self.now())

    async def keep_zone(self) -> Receipt:
        """The clock of the zone before counts again."""
        from tui import week_file

        before = await self.zone_before()
        if not before:
            return Receipt(_("The clock of this machine counts."), undoable=False)
        say = _("the clock of {zone} counts").format(zone=before)
        receipt = await self.quiet_write(lambda text: week_file.with_zone(text, before), say)
        await self._do(quiet_acts.zone_decided)
        return receipt

    async def receivers(self, thread: ItemId) -> Receivers:
        """The clocks of those who read a thread."""
        config, now, here = self.home.config.quiet, self.now(), self.zone()

        def act(db: Db) -> Receivers:
            them = quiet_theirs.of_thread(db, thread, config)
            opens = quiet_theirs.opening(them[0], now) if them else None
            morning = None
            if opens is not None:
                title = quiet_theirs.title(opens, now, here)
                morning = Preset(title, opens.at, wall=opens.wall.isoformat(), zone=opens.zone)
            return Receivers(quiet_theirs.sentence(them, now), morning)

        return await self._ask(act)

    async def receivers_told(self, thread: ItemId) -> Receivers | None:
        """Ask the service that is asked only then; None where nothing is new by that, also where it does not answer."""
        doubt = await self._ask(quiet_theirs.doubtful, thread, self.home.config.quiet, self.now())
        if doubt is None or not self.running.assembled:  # putting it together would keep the screen waiting
            return None
        live = self.running.engine.lives.get(AccountUid(doubt[0]))
        if live is None or not live.manifest.rest_s:
            return None
        from leeward.sync.hours import ask_of

        try:
            changed = await ask_of(self.running.store, live, {doubt[1]: doubt[2]}, quiet_theirs.keep, self.now())
        except Trouble:  # the account's own line says what is wrong
            return None
        return await self.receivers(thread) if changed else None

    async def mutings(self, id: ItemId) -> Sequence[Muting]:
        """The place and the account of an item."""
        from tui.desk_quiet_log import mutings

        return await self._ask(mutings, id)

    async def muting(self, id: ItemId) -> Sequence[Muting]:
        """What mutes an item now by a rule of its own."""
        from tui.desk_quiet_log import muting

        return await self._ask(muting, id, self.home.config.quiet)

    async def unmute(self, muting: Muting) -> Receipt:
        """Take the rule out of the settings."""
        from tui import week_file

        say = _("rings again: {title}").format(title=muting.title)
        return await self.quiet_write(lambda text: week_file.without_rules(text, [dict(muting.rule)])[0], say)

    async def mute_by(self, muting: Muting) -> Receipt:
        """Mute by a rule."""
        from tui import week_file

        change = partial(week_file.with_rule, rule={**dict(muting.rule), "mute": True})
        return await self.quiet_write(change, _("muted: {title}").format(title=muting.title))
