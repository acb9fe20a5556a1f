"""What the screen asks about the week, trips and muting, and what passes between: the quiet part of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from leeward.model import Instant, ItemId
from tui.asks import Preset, Receipt, Words

if TYPE_CHECKING:
    from leeward.work.quiet_edit import Draft
    from leeward.work.quiet_plan import Surroundings
    from leeward.work.quiet_settings import QuietConfig


class WeekSheet(Struct, frozen=True):
    """One schedule to edit. `fresh`: there is none yet; `notes` names what is odd about each day of the coming week.

    `minute` is `now` as a minute of the week on the wall; `around` is what counts beside the week; `others` are the other
    schedules by name.
    """

    name: str
    timezone: str
    draft: Draft
    config: QuietConfig
    fresh: bool = False
    notes: tuple[str, ...] = ("",) * 7
    minute: int = 0
    around: Surroundings | None = None
    now: Instant = Instant(0)
    others: tuple[str, ...] = ()


class Board(Struct, frozen=True):
    """What stands with the week: the next changes (when, and whether it becomes quiet), and a card that is told once.

    `through`: what may ring in quiet, in words. `before`: the zone this machine was in until it moved, "" where it did not.
    """

    changes: tuple[tuple[Instant, bool], ...] = ()
    card: str = ""
    through: str | None = None
    before: str = ""


class Receivers(Struct, frozen=True):
    """Whom one writes to: what their clocks show, and the next opening of who wrote last where they are not open now."""

    say: str = ""
    morning: Preset | None = None


class Holiday(Struct, frozen=True):
    """A public holiday: its name, and whether it is quiet for the owner."""

    day: date
    name: str
    quiet: bool


class Holidays(Struct, frozen=True):
    """The regions of the settings, their holidays from today on, and what could not be found."""

    regions: tuple[str, ...] = ()
    days: tuple[Holiday, ...] = ()
    trouble: str = ""


class Muting(Struct, frozen=True):
    """One thing that can be muted: what it is in words, and the rule that does it."""

    title: str
    rule: tuple[tuple[str, str], ...]


class Weeks(Protocol):
    """Quiet, beyond the one-offs."""

    async def week_sheet(self, name: str | None = None) -> WeekSheet:
        """The named schedule, else the one that counts, else a first one."""
        ...

    async def week_text(self, sheet: WeekSheet, draft: Draft) -> Sequence[str]:
        """The lines of the settings that would go ("- …") and come ("+ …")."""
        ...

    async def week_replay(self, sheet: WeekSheet, draft: Draft) -> str:
        """What the last 30 days would have been like, in a sentence."""
        ...

    async def week_save(self, sheet: WeekSheet, draft: Draft) -> Receipt:
        """Write it; it counts at once, and what waits is judged again."""
        ...

    async def quiet_board(self) -> Board:
        """The next changes, and the card of the last quiet stretch where it was not told yet."""
        ...

    def quiet_words(self, typed: str) -> Words:
        """A typed one-off ("2h", "until mon 9:00", "open for 1h"), for a look before it is done."""
        ...

    async def quiet_say(self, typed: str) -> Receipt:
        """Do a typed one-off."""
        ...

    def place_words(self, place: str) -> tuple[str | None, str]:
        """The zone of a place, and what to say of it."""
        ...

    async def trip(self, first: date, last: date, zone: str, why: str, schedule: str | None = None) -> Receipt:
        """Plan a trip, with another schedule for its days if one is named."""
        ...

    async def quiet_dates(self, first: date, last: date, do: str) -> Receipt:
        """Whole dates that are "quiet" or "open" whatever the week says."""
        ...

    async def use_schedule(self, name: str) -> Receipt:
        """Let another schedule count from now on."""
        ...

    async def holidays(self) -> Holidays:
        """The public holidays by name."""
        ...

    async def holiday(self, day: date, *, quiet: bool) -> Receipt:
        """Switch one off, or on again."""
        ...

    async def holiday_regions(self, regions: Sequence[str]) -> Receipt:
        """Whose holidays are quiet."""
        ...

    async def zone_before(self) -> str:
        """The zone this machine was in until it moved; "" where nothing is asked about it."""
        ...

    async def keep_zone(self) -> Receipt:
        """The machine moved: let the clock of the zone before count, whose name is in the board."""
        ...

    async def receivers(self, thread: ItemId) -> Receivers:
        """What the clocks of those who read a thread show, and when who wrote last opens."""
        ...

    async def receivers_told(self, thread: ItemId) -> Receivers | None:
        """The same once more, where a service had to be asked for it; None where nothing is new by that."""
        ...

    async def mutings(self, id: ItemId) -> Sequence[Muting]:
        """What can be muted about an item: its place, its account."""
        ...

    async def muting(self, id: ItemId) -> Sequence[Muting]:
        """The rules of their own that mute an item now: of its thread, its place, its account."""
        ...

    async def unmute(self, muting: Muting) -> Receipt:
        """Take such a rule out of the settings."""
        ...

    async def mute_by(self, muting: Muting) -> Receipt:
        """Mute by a rule in the settings."""
        ...
