"""Instants as a person reads them: short, in their own zone, never a raw stamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from leeward.model import Due, Instant
from leeward.words import _, n_

if TYPE_CHECKING:
    from leeward.ports import Clock

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Face(Struct, frozen=True):
    """The clock face times are read from: now, and how an instant stands on the reader's wall clock."""

    now: Instant
    wall: Callable[[Instant], datetime]

    @property
    def today(self) -> date:
        """The reader's date."""
        return self.wall(self.now).date()


def wall_clock(clock: Clock) -> Callable[[Instant], datetime]:
    """How instants stand on the wall where this machine is; where it is, is asked again each second.

    In the first second the system's own rules count: to read those of a zone takes as long as to draw a frame.
    """
    from leeward.zones import system_wall, system_zone, wall, zone

    here, asked = system_wall, clock.monotonic()

    def shown(at: Instant) -> datetime:
        nonlocal here, asked
        if clock.monotonic() - asked >= 1.0:
            here, asked = partial(wall, zone=zone(system_zone())), clock.monotonic()
        return here(at)

    return shown


def days() -> tuple[str, ...]:
    """The weekdays, Monday first, in three letters."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def months() -> tuple[str, ...]:
    """The months in three letters."""
    return (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip


def clock(at: Instant, face: Face) -> str:
    """The time of day: "17:30"."""
    return f"{face.wall(at):%H:%M}"


def day(when: date, face: Face) -> str:
    """By distance: "today", "Tue" within a week either way, "12 Nov" within half a year, else "Nov 2024"."""
    apart = (when - face.today).days
    if apart == 0:
        return _("today")
    if -7 < apart < 7:
        return days()[when.weekday()]
    month = months()[when.month - 1]
    return f"{when.day} {month}" if -183 < apart < 183 else f"{month} {when.year}"


def heading(when: date, face: Face) -> str:
    """A day as a heading: "Tue 24 Nov", with the year where it is another one."""
    said = f"{days()[when.weekday()]} {when.day} {months()[when.month - 1]}"
    if when == face.today:
        return f"{_('today')}, {said}"
    return said if when.year == face.today.year else f"{said} {when.year}"


def short(at: Instant, face: Face) -> str:
    """By distance: "17:30" today, "Tue 16:00" within a week, "12 Nov", "Nov 2024"."""
    wall = face.wall(at)
    apart = (wall.date() - face.today).days
    if apart == 0:
        return f"{wall:%H:%M}"
    if -7 < apart < 7:
        return f"{days()[wall.weekday()]} {wall:%H:%M}"
    return day(wall.date(), face)


def due(when: Due, face: Face) -> str:
    """A due: "17:30", "Tue 16:00", a date as "Tue"; what is late says since when: "3 d late"."""
    if isinstance(when, date):
        late = (face.today - when).days
        return _("{n} d late").format(n=late) if late > 0 else day(when, face)
    behind = face.now - when
    if behind < HOUR:
        return short(when, face)
    hours = behind // HOUR
    return _("{n} h late").format(n=hours) if hours < 48 else _("{n} d late").format(n=hours // 24)


def open_left(minutes: int | None, *, brief: bool = False) -> str:
    """How much open time is left: "11 open hours left", in little room "11 h left"; "" where it is not known."""
    if minutes is None:
        return ""
    count, hours = (minutes, False) if minutes < 60 else (minutes // 60, True)
    if brief:
        return (_("{n} h left") if hours else _("{n} min left")).format(n=count)
    if hours:
        return n_("{n} open hour left", "{n} open hours left", count).format(n=count)
    return n_("{n} open minute left", "{n} open minutes left", count).format(n=count)


def due_left(when: Due, minutes: int | None, face: Face) -> str:
    """A due in a sentence: "due Tue 16:00 · 11 open hours left"."""
    said = due(when, face) if is_late(when, face) else _("due {time}").format(time=due(when, face))
    rest = open_left(minutes)
    return f"{said} · {rest}" if rest else said


def is_late(when: Due | None, face: Face) -> bool:
    """Whether it should have been done by now."""
    if when is None:
        return False
    return when < face.today if isinstance(when, date) else when < face.now


def age(since: Instant | None, face: Face) -> str:
    """How long ago: "now", "4 m", "3 h", "2 d"; "" where it never was."""
    if since is None:
        return ""
    gone = max(0, face.now - since)
    if gone < MINUTE:
        return _("now")
    if gone < HOUR:
        return _("{n} m").format(n=gone // MINUTE)
    return _("{n} h").format(n=gone // HOUR) if gone < 48 * HOUR else _("{n} d").format(n=gone // (24 * HOUR))


def city(zone: str) -> str:
    """The place in a zone name: "New York" of America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")
