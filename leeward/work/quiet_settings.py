"""What the `[quiet]` section of the settings says, checked: schedules, exceptions, travel, tiers, people and channels."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

from leeward.model import Instant, Tier
from leeward.work.quiet_course import DateRule, Spell, WallSpan, Week

SYSTEM = "system"
"""The machine's own zone, asked again at every evaluation."""


class DueKind(StrEnum):
    """How the time a tier leaves is counted."""

    TODAY = "today"
    WORKDAYS = "workdays"
    OPEN = "open"
    CLOCK = "clock"


class DueRule(Struct, frozen=True):
    """`amount` is days for WORKDAYS, minutes for OPEN and CLOCK, nothing for TODAY."""

    kind: DueKind
    amount: int = 0


class Every(StrEnum):
    """When a digest of what is for information comes."""

    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"
    LAST_DAY = "monthly last"
    LAST_WORKDAY = "monthly last-workday"


class DigestTime(Struct, frozen=True):
    """`minute` of the wall day; `day` is the weekday (Monday 0) of a weekly one, the date of a monthly one."""

    every: Every
    minute: int
    day: int = 0


class Break(StrEnum):
    """Why something red may ring in quiet."""

    VIP = "vip"
    MENTION = "mention"
    KEYWORD = "keyword"
    URGENT = "urgent"
    REPEAT = "repeat"


class Schedule(Struct, frozen=True):
    """A named set of windows; `mode_quiet`: quiet inside them, else outside. `timezone` None takes the general one."""

    name: str
    mode_quiet: bool
    week: Week
    timezone: str | None = None


class Trip(Struct, frozen=True):
    """Planned travel: from the first day's 00:00 there to the last day's 24:00."""

    first: date
    last: date
    timezone: str
    schedule: str | None = None
    why: str = ""


class Override(Struct, frozen=True):
    """One `[[quiet.rule]]`: what it matches, and the schedule or the muting that counts there.

    `until` ends a muting: an instant, or a wall time in the zone that counts. `number` is its place in the file, from 1.
    """

    number: int
    thread: str | None = None
    place: str | None = None
    account: str | None = None
    kind: str | None = None
    schedule: str | None = None
    mute: bool = False
    until: datetime | Instant | None = None


class Red(Struct, frozen=True):
    """Red in quiet: the reasons that let it through, what counts as a repeat, and the allowance of one quiet stretch."""

    due: DueRule = DueRule(DueKind.TODAY)
    breaks_through: frozenset[Break] = frozenset(Break)
    repeat_count: int = 2
    repeat_within_ms: int = 600_000
    at_most: int | None = 3


class Phone(Struct, frozen=True):
    """A push service: `kind` is ntfy, gotify, webhook or apprise; `topic` is ntfy's.

    Its token lives with the other secrets, and so does the whole address of apprise.
    """

    kind: str
    url: str
    topic: str = ""


class Channels(Struct, frozen=True):
    """Ways to ring, in the order they are tried; what is not in `order` is off. `terminal` names a way or "auto".

    `red_passes`: red may pass the desktop's own do-not-disturb.
    """

    order: tuple[str, ...] = ("terminal", "desktop", "phone")
    terminal: str = "auto"
    sound: bool = True
    phone: tuple[Phone, ...] = ()
    red_passes: bool = False


class Busy(Struct, frozen=True):
    """Calendars whose busy times are quiet."""

    calendars: tuple[str, ...] = ()
    tentative: bool = False
    all_day: bool = False
    slack_min: int = 0


class Hours(Struct, frozen=True):
    """When somebody works, as the owner guesses: the open windows of their week; `zone` None where only those are known."""

    week: Week
    zone: str | None = None


Except: TypeAlias = DateRule | WallSpan | Spell


class QuietConfig(Struct, frozen=True):
    """The whole section. Without a schedule it is never quiet by itself; one-offs still count."""

    timezone: str = SYSTEM
    schedule: str | None = None
    schedules: tuple[Schedule, ...] = ()
    holidays: tuple[str, ...] = ()
    holidays_off: tuple[date, ...] = ()
    badge: str = "dot"
    excepts: tuple[Except, ...] = ()
    overrides: tuple[Override, ...] = ()
    trips: tuple[Trip, ...] = ()
    red: Red = Red()
    yellow: DueRule = DueRule(DueKind.WORKDAYS, 2)
    green: DigestTime = DigestTime(Every.DAY, 990)
    vip: tuple[str, ...] = ()
    hours: tuple[tuple[str, Hours], ...] = ()
    red_words: tuple[str, ...] = ()
    channels: Channels = field(default_factory=Channels)
    busy: Busy = field(default_factory=Busy)

    def named(self, name: str | None) -> Schedule | None:
        """The schedule of that name."""
        return next((schedule for schedule in self.schedules if schedule.name == name), None)

    def due_of(self, tier: Tier | None) -> DueRule | None:
        """How soon something of that tier is due; green is never due."""
        return {Tier.RED: self.red.due, Tier.GREEN: None}.get(tier or Tier.YELLOW, self.yellow)
