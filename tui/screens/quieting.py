"""Verbs about quiet: `z` for a while, this, a trip, the week; the week editor and what stands above the quiet view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from leeward.model import Instant
from leeward.text import one_line
from leeward.words import _
from tui.asks import Preset, Receipt
from tui.bars import Bar, Option
from tui.desk_week import Muting
from tui.field import Field
from tui.screens.workspace import Workspace
from tui.stage import Stop
from tui.times import HOUR, MINUTE

if TYPE_CHECKING:
    from leeward.work.quiet_edit import Draft
    from tui.desk import Desk

_SPANS = ((_("30 min"), 30 * MINUTE), (_("1 h"), HOUR), (_("2 h"), 2 * HOUR))


class Quieting:
    """What `z` does, and the week."""

    def __init__(self, stage: Workspace) -> None:
        self.stage = stage

    @property
    def _desk(self) -> Desk:
        return self.stage.desk

    def act_quiet(self) -> None:
        """Me for a while, this, a trip, or the week."""
        now = self.stage.face.now
        options = [
            Option(str(number), title, ("on", Preset(title, Instant(now + span))))
            for number, (title, span) in enumerate(_SPANS, 1)
        ]
        options += [
            Option("4", _("until I say so"), ("on", Preset(_("until I say so")))),
            Option("5", _("until tomorrow's opening"), ("say", "until tomorrow")),
            Option("6", _("until next week"), ("say", "until next week")),
            Option("7", _("until …"), ("until", None)),
            Option("o", _("open for …"), ("open", None)),
            Option("0", _("as the schedule says"), ("off", None)),
            Option("m", _("mute this"), ("mute", None)),
            Option("t", _("trip"), ("trip", None)),
            Option("w", _("week"), ("week", None)),
        ]
        self.stage.ask(
            Bar(_("QUIET"), options, self._chosen, self._typed, self._heard, hint=_("or type: until mon 9:00"))
        )

    def _chosen(self, value: tuple[str, Preset | str | None]) -> None:
        stage, (what, how) = self.stage, value
        if isinstance(how, Preset):
            when = how
            stage.do(lambda: self._desk.quiet_on(when))
        elif isinstance(how, str):
            said = how
            stage.do(lambda: self._desk.quiet_say(said))
        elif what == "off":
            stage.do(self._desk.quiet_off)
        else:
            {
                "until": self._until,
                "open": self._open_for,
                "mute": self.act_mute,
                "trip": self.act_trip,
                "week": self.act_week,
            }[what]()

    def _spelled(self, text: str) -> str:
        """A typed one-off as the rules read it; a bare time means until then."""
        plain = text.strip()
        if self._desk.quiet_words(plain).at is None and self._desk.quiet_words(f"until {plain}").at is not None:
            return f"until {plain}"
        return plain

    def _heard(self, text: str) -> str:
        return self._desk.quiet_words(self._spelled(text)).say if text.strip() else ""

    def _typed(self, text: str) -> str | None:
        said = self._spelled(text)
        words = self._desk.quiet_words(said)
        if words.at is not None:
            self.stage.do(lambda: self._desk.quiet_say(said))
            return None
        loose = self._desk.words(text.strip().removeprefix("until ").strip())
        if loose.at is None:
            return words.say
        until = Preset(loose.say, loose.at)
        self.stage.do(lambda: self._desk.quiet_on(until))
        return None

    def _until(self) -> None:
        """A date and time, or how long, where no digit chooses."""
        bar = Bar(
            _("QUIET until"), typed=self._typed, changed=self._heard, hint=_("mon 9:00 · 2026-12-01 9:00 · 20 min")
        )
        self.stage.ask(bar)

    def _open_for(self) -> None:
        """Ring although the schedule is quiet."""
        stage, now = self.stage, self.stage.face.now
        options = [
            Option(str(number), title, Preset(title, Instant(now + span)))
            for number, (title, span) in enumerate(_SPANS, 1)
        ]

        def typed(text: str) -> str | None:
            said = f"open {self._spelled(text)}"
            words = self._desk.quiet_words(said)
            if words.at is None:
                return words.say
            stage.do(lambda: self._desk.quiet_say(said))
            return None

        def chosen(when: Preset) -> None:
            stage.do(lambda: self._desk.quiet_open(when))

        stage.ask(Bar(_("OPEN for"), options, chosen, typed, hint=_("or type: 45 min, until 18:00")))

    def act_mute(self) -> None:
        """This thread, its place or its account rings no more."""
        stage = self.stage
        ids = stage.subjects()
        item = getattr(stage.row, "item", None) if stage.stop.view == "quiet" else None
        id = item or (ids[0] if ids else None)
        if id is None:
            stage.say(_("Nothing is chosen."))
            return
        subject = id

        async def show() -> None:
            wider, still = await self._desk.mutings(subject), await self._desk.muting(subject)
            if not wider and not still:
                stage.do(lambda: self._desk.mute(subject, None))
                return
            options: list[Option] = [Option("1", _("this thread"), (None, True))]
            options += [Option(str(number), one.title, (one, True)) for number, one in enumerate(wider, 2)]
            ending = enumerate(still, len(options) + 1)
            options += [
                Option(str(n), _("rings again: {title}").format(title=one.title), (one, False)) for n, one in ending
            ]
            stage.ask(Bar(_("MUTE"), options, chosen))

        def chosen(what: tuple[Muting | None, bool]) -> None:
            muting, mutes = what
            if muting is None:
                stage.do(lambda: self._desk.mute(subject, None))
            elif mutes:
                stage.do(lambda: self._desk.mute_by(muting))
            else:
                stage.do(lambda: self._desk.unmute(muting))

        stage.load(show, "bar")

    # ---- trips ----

    def act_trip(self) -> None:
        """Another place for some days: its clock counts there."""

        def heard(text: str) -> str:
            return self._desk.place_words(text)[1]

        def typed(text: str) -> str | None:
            zone, said = self._desk.place_words(text)
            if zone is None:
                return said
            self._trip_dates(zone, text.strip())
            return None

        self.stage.ask(Bar(_("TRIP to"), typed=typed, changed=heard, hint=_("a place: New York, Europe/Lisbon")))

    def _trip_dates(self, zone: str, place: str) -> None:
        def typed(text: str) -> str | None:
            dates = self._dates(text)
            if dates is None:
                return _("Write the first and the last day: 30 Nov - 4 Dec.")
            first, last = dates
            if last < first:
                return _("The last day is before the first.")
            self._trip_schedule(first, last, zone, place)
            return None

        self.stage.ask(Bar(_("{place}, from - to").format(place=place), typed=typed, hint=_("30 Nov - 4 Dec")))

    def _trip_schedule(self, first: date, last: date, zone: str, place: str) -> None:
        """The schedule that counts there: the one here, unless there are several to choose from."""
        stage = self.stage

        def plan(schedule: str) -> None:
            from tui import week_file

            told = week_file.with_trip("", first, last, zone, place, schedule or None)
            self._sure(told, lambda: self._desk.trip(first, last, zone, place, schedule or None))

        async def ask() -> None:
            sheet = await self._desk.week_sheet()
            if not sheet.others:
                plan("")
                return
            options = [Option("1", _("as here: {name}").format(name=one_line(sheet.name, 20)), "")]
            options += [Option(str(n), one_line(name, 20), name) for n, name in enumerate(sheet.others[:8], 2)]
            stage.ask(Bar(_("SCHEDULE there"), options, plan))

        stage.load(ask, "bar")

    def _dates(self, text: str) -> tuple[date, date] | None:
        plain = text.replace("\u2013", " - ").replace(" to ", " - ")
        first, _dash, last = plain.partition(" - ")
        found = [self._desk.due_words(part.strip())[0] if part.strip() else None for part in (first, last or first)]
        days = [one for one in found if isinstance(one, date)]
        return (days[0], days[1]) if len(days) == 2 else None

    # ---- the week ----

    def act_quiet_edit(self) -> None:
        """Paint the week; where the machine moved, keep the clock of the zone before."""

        async def choose() -> None:
            if await self._desk.zone_before():
                self.stage.do(self._desk.keep_zone)
            else:
                self._week(None)

        self.stage.load(choose, "keep")

    def act_week(self) -> None:
        """Paint the week."""
        self._week(None)

    def _week(self, name: str | None) -> None:
        from tui.screens.week_editor import Doings, WeekEditor

        stage = self.stage

        async def show() -> None:
            sheet = await self._desk.week_sheet(name)

            def look(draft: Draft) -> None:
                async def told() -> None:
                    panel.showed(await self._desk.week_text(sheet, draft))
                    panel.tried(await self._desk.week_replay(sheet, draft))

                stage.load(told, "week")

            def save(draft: Draft) -> None:
                stage.do(lambda: self._saved(self._desk.week_save(sheet, draft)))

            others = (
                Option("2", _("a trip"), "trip"),
                Option("3", _("a date: quiet, open"), "date"),
                Option("4", _("holidays"), "holidays"),
            )

            def other(what: str) -> None:
                if what == "use":
                    stage.do(lambda: self._desk.use_schedule(sheet.name))
                elif what == "schedule":
                    self._another(sheet.others, changed=panel.draft.changed and not sheet.fresh)
                else:
                    self._other(what)

            panel = WeekEditor(sheet, Doings(stage.ask, stage.say, look, save, self._leave, others, other))
            stage.panel(panel)

        stage.load(show, "panel")

    def _another(self, names: Sequence[str], *, changed: bool) -> None:
        """Another schedule in place of the one being painted; asks where that would lose something."""
        stage = self.stage

        def chosen(name: str) -> None:
            if changed:
                said = _("The week has changed; open {name} and lose that?").format(name=name)
                stage.ask(Bar(said, (Option("1", _("open it"), name), Option("2", _("paint on"), "")), sure))
            else:
                self._week(name)

        def sure(name: str) -> None:
            if name:
                self._week(name)

        options = [Option(str(n), one_line(name, 24), name) for n, name in enumerate(names[:9], 1)]
        stage.ask(Bar(_("SCHEDULE"), options, chosen))

    def act_holidays(self) -> None:
        """The public holidays by name: single days can be switched off."""
        from tui.screens.holidays_panel import HolidaysPanel

        stage = self.stage

        async def show() -> None:
            board = await self._desk.holidays()

            def toggle(day: date, on: bool) -> None:
                stage.do(lambda: self._desk.holiday(day, quiet=on))

            def regions() -> None:
                stage.ask(Bar(_("REGIONS"), typed=typed, field=Field.of(", ".join(board.regions)), hint=_("NL, DE-BY")))

            stage.panel(HolidaysPanel(board, toggle, regions))

        def typed(text: str) -> str | None:
            named = [word.strip().upper() for word in text.replace(" ", ",").split(",") if word.strip()]

            async def change() -> Receipt:
                receipt = await self._desk.holiday_regions(named)
                stage.load(show, "panel")
                return receipt

            stage.do(change)
            return None

        stage.load(show, "panel")

    def _other(self, what: str) -> None:
        if what == "trip":
            self.act_trip()
        elif what == "holidays":
            self.act_holidays()
        else:
            self._one_date()

    def _one_date(self) -> None:
        """Whole dates that are quiet or open, whatever the week says."""

        def typed(text: str) -> str | None:
            word, _blank, rest = text.strip().partition(" ")
            dates = self._dates(rest)
            if word not in {"quiet", "open"} or dates is None or dates[1] < dates[0]:
                return _("Write such as quiet 24 Dec - 2 Jan, or open 5 Dec.")
            from tui import week_file

            told = week_file.with_dates("", dates[0], dates[1], word)
            self._sure(told, lambda: self._desk.quiet_dates(dates[0], dates[1], word))
            return None

        self.stage.ask(Bar(_("DATE"), typed=typed, hint=_("quiet 24 Dec - 2 Jan · open 5 Dec")))

    def _sure(self, told: str, save: Callable[[], Awaitable[Receipt]]) -> None:
        """Show the lines that would come to the settings before they do."""
        stage = self.stage
        said = _("This would be written: {lines}").format(lines=" · ".join(told.split("\n")).strip(" ·"))
        stage.ask(Bar(said, (Option("1", _("save it")),), lambda _value: stage.do(save)))

    async def _saved(self, saving: Awaitable[Receipt]) -> Receipt:
        """Wait until it is saved; only then the editor goes, so that a mistake loses nothing."""
        receipt = await saving
        self.stage.panel(None)
        self.stage.go(Stop("quiet"), remember=self.stage.stop.view != "quiet")
        return receipt

    def _leave(self) -> None:
        self.stage.panel(None)
        if self.stage.stop.view != "quiet":
            self.stage.go(Stop("quiet"))
