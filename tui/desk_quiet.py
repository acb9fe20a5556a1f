"""The quiet part of the desk over the real store: the week and its settings, the log with release times, trips, muting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from leeward.errors import Problem
from leeward.model import Instant, ItemId
from leeward.store.db import Db
from leeward.words import _
from leeward.work import notify, quiet_now, quiet_preview, quiet_store
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_plan import Surroundings, plan
from leeward.work.quiet_settings import QuietConfig
from leeward.work.quiet_windows import BadRule
from leeward.zones import place_zone, system_zone, zone
from tui.asks import Ask, Page, Rang, Receipt, Words
from tui.desk_verbs import StoreVerbs
from tui.desk_week import Board, Muting, WeekSheet

if TYPE_CHECKING:
    from leeward.work.quiet_edit import Draft


class StoreWeeks(StoreVerbs):
    """`tui.desk_week.Weeks` over a store."""

    # ---- the week ----

    async def week_sheet(self) -> WeekSheet:
        """The schedule that counts, or a first one."""
        await asyncio.to_thread(self.home.reload)
        if not self.home.config.quiet_fits:
            wrong = next((str(one) for one in self.home.problems if not one.warning), "")
            raise Problem(_("The quiet settings have a mistake: {wrong}").format(wrong=wrong), _("Mend it first."))
        from tui.desk_week_edit import sheet_of

        return await self._ask(sheet_of, self.home)

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

        before = sheet.config.named(sheet.config.schedule)
        await self._write(lambda text: changed(sheet, draft, text))
        await self._do(remember_week, before, self.now())
        return Receipt(_("saved: {name} rings at its new times").format(name=sheet.name), undoable=False)

    async def _write(self, change: Callable[[str], str]) -> None:
        """Change the settings; the new rules count at once for what waits and what comes."""
        from tui import settings

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
        from tui import desk_quiet_log

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
        from tui import desk_quiet_log

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
        from tui import week_file

        await self._write(lambda text: week_file.with_trip(text, first, last, zone, why))
        return Receipt(_("trip: {zone}, {first} to {last}").format(zone=zone, first=first, last=last), undoable=False)

    async def quiet_dates(self, first: date, last: date, do: str) -> Receipt:
        """Whole dates that are quiet or open."""
        from tui import week_file

        await self._write(lambda text: week_file.with_dates(text, first, last, do))
        return Receipt(_("{do}: {first} to {last}").format(do=do, first=first, last=last), undoable=False)

    async def mutings(self, id: ItemId) -> Sequence[Muting]:
        """The place and the account of an item."""
        from tui.desk_quiet_log import mutings

        return await self._ask(mutings, id)

    async def mute_by(self, muting: Muting) -> Receipt:
        """Mute by a rule."""
        from tui import week_file

        await self._write(partial(week_file.with_rule, rule={**dict(muting.rule), "mute": True}))
        return Receipt(_("muted: {title}").format(title=muting.title), undoable=False)
