"""The week editor: a panel to paint on. What it would write is shown as text before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from leeward.words import _
from leeward.work import quiet_edit
from leeward.work.quiet_edit import Draft
from leeward.work.quiet_moment import would_ring
from leeward.work.quiet_plan import Surroundings
from leeward.work.quiet_windows import BadRule
from leeward.work.quiet_words import clock
from tui.bars import Bar, Option
from tui.desk_week import WeekSheet
from tui.field import Field
from tui.panels import Panel
from tui.times import days
from tui.view import Line, fitted, rule
from tui.week_edit import COLUMNS, FEW, FULL, Grid
from tui.wrap import wrap

WEEKDAYS = range(5)


class Doings(Struct, frozen=True):
    """What the editor asks of the workspace: a bar, a sentence, the text and the replay of a draft, saving, the end."""

    ask: Callable[[Bar | None], None]
    say: Callable[[str], None]
    look: Callable[[Draft], None]
    save: Callable[[Draft], None]
    leave: Callable[[], None]
    others: Sequence[Option] = ()
    other: Callable[[str], None] = lambda _what: None


class WeekEditor(Panel):
    """Paints one schedule."""

    scope = "week"
    title = _("WEEK")
    lone = True

    def __init__(self, sheet: WeekSheet, doings: Doings) -> None:
        super().__init__()
        self.sheet = sheet
        self.grid = Grid(sheet.draft, sheet.minute)
        self.told: Sequence[str] = ()
        self.text: Sequence[str] | None = None
        self.replayed = ""
        self._do = doings
        self._top = 0
        self._space = FULL

    @property
    def draft(self) -> Draft:
        """The week as painted."""
        return self.grid.draft

    # ---- drawing ----

    def fixed(self, space: int) -> list[Line]:
        """The cells, or the text that would be written."""
        self._space = space
        if self.text is not None:
            return self._text_lines(self.text, space)
        lines = self.grid.lines(self.sheet, space, brief=bool(self.told))
        if self.sheet.fresh and not self.told:
            name = self.sheet.name
            lines.append(((f" {_('No schedule yet: this would be “{name}”').format(name=name)}", "dim"),))
        lines += [((f" {part}", "text"),) for said in self.told for part in wrap(said, max(8, space - 2))]
        return [fitted(line, space) for line in lines]

    def _text_lines(self, text: Sequence[str], space: int) -> list[Line]:
        keys: Line = (
            (" 1", "accent"),
            (f" {_('save it')}   ", "text"),
            ("Esc", "accent"),
            (f" {_('paint on')}", "text"),
        )
        lines: list[Line] = [rule(_("what would be written"), min(space, 78))]
        inks = {"+": "bold", "-": "text"}
        for line in text:
            for number, part in enumerate(wrap(line[2:], max(8, space - 5))):
                mark = f" {line[:1]} " if number == 0 else "     "
                lines.append(fitted(((f"{mark}{part}", inks.get(line[:1], "dim")),), space))
        if not text:
            lines.append(((f" {_('Nothing changes.')}", "dim"),))
        lines.append(rule(_("the last 30 days"), min(space, 78)))
        said = self.replayed or _("Trying it on what came …")
        lines += [((f" {part}", "text"),) for part in wrap(said, max(8, min(space, 78) - 2))]
        self._top = max(0, min(self._top, len(lines) - 2))
        return [fitted(keys, space), *lines[self._top :]]

    def showed(self, text: Sequence[str]) -> None:
        """The text of the draft is known."""
        self.text, self.scope, self._top = text, "reading", 0
        self.changed()

    def tried(self, said: str) -> None:
        """The replay is done."""
        self.replayed = said
        self.changed()

    def _moved(self) -> None:
        self.told = ()
        self.changed()

    # ---- moving ----

    def act_down(self) -> None:
        """A day on."""
        self._step(1, 0)

    def act_up(self) -> None:
        """A day back."""
        self._step(-1, 0)

    def turn(self, by: int) -> bool:
        """A column."""
        self._step(0, by)
        return True

    def act_page(self) -> None:
        """A screenful of columns on."""
        self._step(0, COLUMNS // 2 if self._space >= FULL else FEW)

    def act_page_up(self) -> None:
        """A screenful of columns back."""
        self._step(0, -(COLUMNS // 2 if self._space >= FULL else FEW))

    def act_top(self) -> None:
        """To the first column of the day."""
        self.grid.to(self.grid.day, 0)
        self._moved()

    def act_end(self) -> None:
        """To the last column of the day."""
        self.grid.to(self.grid.day, 24 * 60)
        self._moved()

    def act_next_part(self) -> None:
        """To the next edge of what is open."""
        on = self.draft.next_change(self.grid.at)
        if on is not None:
            day, minute = divmod((self.grid.at + on) % quiet_edit.WEEK, 24 * 60)
            self.grid.to(day, minute)
        self._moved()

    def _step(self, days_on: int, columns: int) -> None:
        if self.text is None:
            self.grid.move(days_on, columns)
        else:
            self._top += days_on
        self._moved()

    def act_widen(self) -> None:
        """Shorter columns."""
        self._zoom(1)

    def act_narrow(self) -> None:
        """Longer columns."""
        self._zoom(-1)

    def _zoom(self, by: int) -> None:
        if not self.grid.nearer(by):
            self._do.say(_("A column is {n} minutes; that is as far as it goes.").format(n=self.grid.step))
        self._moved()

    # ---- painting ----

    def act_tick(self) -> None:
        """Turn the cell."""
        if self.text is None:
            self.grid.paint()
            self._moved()

    def act_range(self) -> None:
        """Paint everything between the last cell painted and here."""
        if self.text is None:
            if not self.grid.range():
                self._do.say(_("Paint one cell with x first; X paints from there to here."))
            self._moved()

    def brush(self, line: int, column: int, *, began: bool) -> None:
        """The mouse paints a cell, or goes on painting."""
        cell = self.grid.hit(line, column, self._space)
        if cell is None or self.text is not None:
            return
        self.grid.to(*cell)
        if began:
            self.grid.paint()
        else:
            self.grid.brush()
        self._moved()

    def act_edit(self) -> None:
        """Type the times of this day."""
        day = self.grid.day
        now = ", ".join(f"{clock(a)}-{clock(b)}" for a, b in self.draft.on_day(day))

        def typed(text: str) -> str | None:
            try:
                made = self.draft.typed(day, text)
            except BadRule as error:
                return str(error)
            self._put(_("times of {day}").format(day=days()[day]), made)
            return None

        hint = _("9-12:30, 13-17:30 · all · none")
        self._do.ask(Bar(_("{day} rings").format(day=days()[day]), typed=typed, field=Field.of(now), hint=hint))

    def act_copy_day(self) -> None:
        """Copy this day to others."""
        day = self.grid.day

        def copy(goals: Sequence[int]) -> None:
            self._put(_("copy {day}").format(day=days()[day]), self.draft.copied(day, goals))

        def typed(text: str) -> str | None:
            try:
                goals = quiet_edit.days(text)
            except BadRule as error:
                return str(error)
            copy(goals)
            return None

        following = (day + 1) % 7
        options = (
            Option("1", _("all weekdays"), tuple(WEEKDAYS)),
            Option("2", _("every day"), tuple(range(7))),
            Option("3", days()[following], (following,)),
            Option("4", _("the weekend"), (5, 6)),
        )
        title = _("COPY {day} to").format(day=days()[day])
        self._do.ask(Bar(title, options, copy, typed, hint=_("or type days: tue-thu, sun")))

    def _put(self, what: str, draft: Draft) -> None:
        if not self.grid.history.put(what, draft):
            self._do.say(_("That changes nothing."))
        self._moved()

    def act_undo(self) -> None:
        """One step back."""
        what = self.grid.history.undo()
        self._do.say(_("undone: {what}").format(what=what) if what is not None else _("Nothing to take back."))
        self._moved()

    def act_redo(self) -> None:
        """One step forth."""
        what = self.grid.history.redo()
        self._do.say(_("done again: {what}").format(what=what) if what is not None else _("Nothing to do again."))
        self._moved()

    def act_why(self) -> None:
        """What would ring here."""
        if self.text is None:
            sheet = self.sheet
            around = sheet.around or Surroundings(sheet.timezone)
            self.told = would_ring(sheet.config, sheet.name, self.draft, self.grid.at, around, sheet.now)
            self.changed()

    def act_palette(self) -> None:
        """What goes beyond painting."""
        like = Option("1", _("like Monday for all weekdays"), "monday")

        def chosen(what: str) -> None:
            if what == "monday":
                self._put(_("like Monday"), self.draft.copied(0, WEEKDAYS))
            else:
                self._do.other(what)

        schedules: tuple[Option, ...] = ()
        if self.sheet.others:
            named = ", ".join(self.sheet.others[:3])
            schedules = (Option("5", _("another schedule: {names}").format(names=named), "schedule"),)
        if self.sheet.config.schedule not in {None, self.sheet.name} and not self.sheet.fresh:
            schedules += (Option("6", _("{name} counts from now on").format(name=self.sheet.name), "use"),)
        self._do.ask(Bar(":", (like, *self._do.others, *schedules), chosen))

    # ---- the end ----

    def act_open(self) -> None:
        """Show the text; it is saved with another key."""
        if self.text is not None:
            self._do.say(_("1 saves it, Esc goes on painting."))
        elif not self.draft.changed:
            self._do.say(_("Nothing has changed; Esc leaves."))
        else:
            self.replayed = ""
            self._do.look(self.draft)

    def choose(self, key: str) -> None:
        """1 saves what is shown."""
        if self.text is not None and key == "1":
            self._do.save(self.draft)
        elif self.text is None:
            self._do.say(_("Enter shows what would be written; 1 saves it there."))

    def act_back(self) -> None:
        """Back to painting, or out; asks where something would be lost."""
        if self.text is not None:
            self.text, self.scope = None, "week"
            self.changed()
        elif not self.draft.changed or (self.sheet.fresh and self.draft == self.sheet.draft):
            self._do.leave()
        else:
            options = (
                Option("1", _("leave, nothing is saved"), "leave"),
                Option("2", _("show what would be written"), "look"),
            )

            def chosen(what: str) -> None:
                if what == "leave":
                    self._do.leave()
                else:
                    self.act_open()

            self._do.ask(Bar(_("The week has changed."), options, chosen))

    def act_quit(self) -> None:
        """As Esc."""
        self.act_back()
