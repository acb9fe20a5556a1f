"""The week as lines: a column is half an hour, an hour where there is little room. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from leeward.words import _
from tui import times
from tui.asks import QuietDay, QuietNow
from tui.desk_week import Board
from tui.status import quiet_words
from tui.times import Face
from tui.view import Line, fitted, rule, spread
from tui.wrap import left, wrap

OPEN, QUIET = "█", "·"
_WEEK_CELLS = 69


def day_line(day: QuietDay, step: int) -> str:
    """A day's columns of `step` minutes; a column counts as open where its middle is."""
    columns = []
    for start in range(0, 24 * 60, step):
        middle = start + step // 2
        columns.append(OPEN if any(low <= middle < high for low, high in day.open) else QUIET)
    if day.now is not None and 0 <= day.now < 24 * 60:
        columns[day.now // step] = "▲"
    return "".join(columns)


def week_lines(
    quiet: QuietNow, days: Sequence[QuietDay], space: int, face: Face, through: str | None = None
) -> list[Line]:
    """The state in words, the hours, one line a day, then the heading of the log. `through`: what may ring in quiet."""
    step = 30 if space >= 78 else 60
    first = 9 if step == 30 else 8
    said = quiet_words(quiet, face)
    about = f" ({_('schedule')} {quiet.schedule}, {quiet.timezone})" if quiet.schedule else ""
    beside = _beside(quiet, through, space - _WEEK_CELLS) if step == 30 else []
    lines: list[Line] = [spread(((said, "bold"), (about, "dim")), (), space)]
    if quiet.say and quiet.say != said:
        lines.append(fitted(((quiet.say, "dim"),), space))
    each = 3 * 60 // step
    hours = "".join(f"{hour:<{each}}" for hour in range(0, 24, 3))
    lines.append((((" " * first) + hours, "dim"),))
    for day in days:
        ink = "accent" if day.now is not None else "text"
        facts = (f"  {day.hours:>7}" if step == 30 else f"{day.hours:>7}") + (f"  {day.note}" if day.note else "")
        end = beside.pop(0) if beside and not day.note else ""
        start: Line = (
            (f"{day.title:<{first}}", "bold" if ink == "accent" else "text"),
            (day_line(day, step), ink),
            (facts, "dim"),
        )
        lines.append(spread(start, ((end, "dim"), (" ", "text")) if end else (), space))
    lines.append(rule(_("what rang, what waited"), space, _("f filter   w why   Enter open")))
    return [fitted(line, space) for line in lines]


def _beside(quiet: QuietNow, through: str | None, room: int) -> list[str]:
    """What stands at the right of the days, in lines of `room` cells: what waits, what may ring in quiet, the key."""
    if room < 26:
        return []
    lines = [_("waiting now {n}").format(n=quiet.waiting), _("z quiet, trip, mute, week")]
    if through is not None:
        may = _("may ring in quiet: today items from {reasons}").format(reasons=through)
        lines += wrap(may if through else _("nothing rings in quiet"), room)
    return [left(line, room) for line in lines]


def days_shown(high: int) -> int:
    """How many days of the week a screen of that many rows shows, so that the log below keeps some."""
    return max(2, min(7, high - 9))


def board_lines(week: Sequence[Line], board: Board, space: int, face: Face) -> list[Line]:
    """The week with its card above it, and with the next changes above the heading of the log."""
    card: list[Line] = [fitted(((board.card, "strong"),), space)] if board.card else []
    turns = [(_("quiet from {time}") if still else _("rings from {time}"), at) for at, still in board.changes]
    following = ", ".join(said.format(time=times.short(at, face)) for said, at in turns)
    does = _("keep {zone}").format(zone=board.before) if board.before else _("paint the week")
    end: Line = (("i", "accent"), (f" {does} ", "dim")) if space >= 70 or board.before else ()
    after: list[Line] = [spread(((following, "dim"),), end, space)] if following or end else []
    return [*card, *week[:-1], *after, *week[-1:]]
