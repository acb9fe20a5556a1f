"""The week being painted as lines: a row a day where 54 columns are free, one day at a time where they are not. Pure."""

from __future__ import annotations

from msgspec import Struct

from leeward.text import one_line
from leeward.words import _
from leeward.work.quiet_edit import WEEK, Draft, History
from leeward.work.quiet_moment import moment
from leeward.work.quiet_windows import DAY_MINUTES, clip
from leeward.work.quiet_words import clock
from tui.desk_week import WeekSheet
from tui.times import days
from tui.view import Line, Span, fitted, spread

STEPS = (30, 15, 5)
MARGIN, COLUMNS, FEW = 6, 48, 24
FULL = MARGIN + COLUMNS
PARTS = 2
"""How many rows of a day stand together where there is room for one day only."""


class Anchor(Struct, frozen=True):
    """Where a range begins, and what it paints."""

    day: int
    minute: int
    opened: bool


class Grid:
    """Where the cursor stands, how near one looks, and the drafts so far."""

    def __init__(self, draft: Draft, minute: int = 0) -> None:
        self.history = History(draft)
        self.zoom = 0
        self.day, rest = divmod(minute % WEEK, DAY_MINUTES)
        self.minute = rest // self.step * self.step
        self.anchor: Anchor | None = None

    @property
    def draft(self) -> Draft:
        """The week as it is now."""
        return self.history.now

    @property
    def step(self) -> int:
        """Minutes of one column."""
        return STEPS[self.zoom]

    @property
    def at(self) -> int:
        """The cursor as a minute of the week."""
        return self.day * DAY_MINUTES + self.minute

    def move(self, days_on: int, columns: int) -> None:
        """The cursor, round the edges of the week."""
        self.day = (self.day + days_on) % 7
        at = (self.at + columns * self.step) % WEEK
        self.day, self.minute = divmod(at, DAY_MINUTES)

    def to(self, day: int, minute: int) -> None:
        """The cursor to a cell."""
        self.day, self.minute = day % 7, max(0, min(DAY_MINUTES - self.step, minute // self.step * self.step))

    def nearer(self, by: int) -> bool:
        """Shorter or longer columns; False at the end."""
        zoom = max(0, min(len(STEPS) - 1, self.zoom + by))
        if zoom == self.zoom:
            return False
        self.zoom = zoom
        self.to(self.day, self.minute)
        return True

    def paint(self) -> None:
        """Turn the cell: quiet where any of it is open, else open."""
        opened = not self.draft.open_in(self.at, self.at + self.step)
        self.anchor = Anchor(self.day, self.minute, opened)
        self._put(self.draft.painted(self.at, self.at + self.step, opened=opened))

    def brush(self) -> None:
        """The cell like the one where painting began."""
        if self.anchor is not None:
            self._put(self.draft.painted(self.at, self.at + self.step, opened=self.anchor.opened))

    def range(self) -> bool:
        """All cells between where painting began and here, on all the days between; False where none began."""
        begin = self.anchor
        if begin is None:
            return False
        draft = self.draft
        low, high = sorted((begin.minute, self.minute))
        for day in range(min(begin.day, self.day), max(begin.day, self.day) + 1):
            start = day * DAY_MINUTES
            draft = draft.painted(start + low, start + high + self.step, opened=begin.opened)
        self._put(draft)
        return True

    def _put(self, draft: Draft) -> None:
        self.history.put(cell_words(self), draft)

    # ---- where things stand on the screen ----

    def first_column(self, columns: int) -> int:
        """The first minute of the stretch of a day that is shown, so that the cursor is in it."""
        wide = columns * self.step
        return self.minute // wide * wide

    def hit(self, line: int, column: int, space: int) -> tuple[int, int] | None:
        """The day and minute of a cell on the screen; None beside the cells. Lines count from the panel's first."""
        if column < MARGIN:
            return None
        if space >= FULL:
            minute = self.first_column(COLUMNS) + (column - MARGIN) * self.step
            return (line - 2, minute) if 0 <= line - 2 < 7 and column < FULL and minute < DAY_MINUTES else None
        part, cells = divmod(line - 2, 2)
        minute = self._first_part() + part * FEW * self.step + (column - MARGIN) * self.step
        inside = 0 <= part < PARTS and cells == 1 and column < MARGIN + FEW and minute < DAY_MINUTES
        return (self.day, minute) if inside else None

    def _first_part(self) -> int:
        together = PARTS * FEW * self.step
        return self.minute // together * together

    def lines(self, sheet: WeekSheet, space: int, *, brief: bool = False) -> list[Line]:
        """The head, the hours and the cells, and the cursor in words; `brief` leaves out the cells of a single day."""
        end = _("{n} min a column").format(n=self.step)
        changed = _(" · changed") if self.draft.changed else ""
        head = spread(
            (
                (f"{_('WEEK')}  {one_line(sheet.name, 30)}", "strong"),
                (f" · {sheet.timezone}", "dim"),
                (changed, "bold"),
            ),
            ((end, "dim"), (" ", "text")),
            min(space, 78),
        )
        body = self._week(sheet, space) if space >= FULL else [] if brief else self._one_day(sheet, space)
        state = _("rings") if self.draft.open_in(self.at, self.at + self.step) else _("quiet")
        return [head, *body, (), fitted(((f" {cell_words(self)}", "bold"), (f"  {state}", "text")), space)]

    def _week(self, sheet: WeekSheet, space: int) -> list[Line]:
        first = self.first_column(COLUMNS)
        lines: list[Line] = [_hours(first, COLUMNS, self.step)]
        for day, name in enumerate(days()):
            named: Span = (f" {name:<{MARGIN - 1}}", "bold" if day == self.day else "text")
            hours = _hours_open(self.draft, day)
            cells = self._cells(day, first, COLUMNS)
            lines.append(fitted((named, *cells, (f"  {hours:>6}", "dim"), (f"  {sheet.notes[day]}", "dim")), space))
        return lines

    def _one_day(self, sheet: WeekSheet, space: int) -> list[Line]:
        note = f"  {sheet.notes[self.day]}" if sheet.notes[self.day] else ""
        named = f" {days()[self.day]}  {_hours_open(self.draft, self.day)} {_('open')}{note}"
        lines: list[Line] = [fitted(((named, "bold"),), space)]
        for part in range(PARTS):
            first = self._first_part() + part * FEW * self.step
            if first < DAY_MINUTES:
                lines += [_hours(first, FEW, self.step), ((" " * MARGIN, "text"), *self._cells(self.day, first, FEW))]
        return lines

    def _cells(self, day: int, first: int, columns: int) -> list[Span]:
        spans: list[Span] = []
        for column in range(columns):
            minute = first + column * self.step
            if minute >= DAY_MINUTES:
                break
            begin = day * DAY_MINUTES + minute
            ink = "cursor" if (day, minute) == (self.day, self.minute) else "accent" if day == self.day else "text"
            mark = glyph(self.draft, begin, self.step)
            if spans and spans[-1][1] == ink != "cursor":
                spans[-1] = (spans[-1][0] + mark, ink)
            else:
                spans.append((mark, ink))
        return spans


def glyph(draft: Draft, start: int, step: int) -> str:
    """One cell: all of it open, none, its first or second half, or some of it."""
    middle, end = start + step // 2, start + step
    parts = clip(draft.open, start, end)
    if not parts:
        return "·"
    if parts == ((start, end),):
        return "█"
    if step % 2 == 0:
        if parts == ((start, middle),):
            return "▌"
        if parts == ((middle, end),):
            return "▐"
    return "▒"


def cell_words(grid: Grid) -> str:
    """The cell under the cursor: "Mon 09:00-09:30"."""
    return f"{moment(grid.at)}-{clock(grid.minute + grid.step)}"


def _hours_open(draft: Draft, day: int) -> str:
    hours = draft.open_in(day * DAY_MINUTES, (day + 1) * DAY_MINUTES) / 60
    return _("{hours} h").format(hours=f"{hours:.1f}")


def _hours(first: int, columns: int, step: int) -> Line:
    """The hours above the cells: every third where an hour has two columns, else each or its quarters."""
    every = {30: 180, 15: 120, 5: 60}[step]
    line = [" "] * (columns + 5)
    for column in range(columns):
        minute = first + column * step
        if minute % every == 0 and minute < DAY_MINUTES:
            said = str(minute // 60) if step == STEPS[0] else clock(minute)
            line[column : column + len(said)] = said
    return ((" " * MARGIN + "".join(line).rstrip(), "dim"),)
