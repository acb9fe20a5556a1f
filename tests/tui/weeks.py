"""The quiet part of the desk in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from msgspec.structs import replace

from leeward.errors import Problem
from leeward.model import Instant, ItemId
from leeward.work.quiet_edit import FIRST, Draft
from leeward.work.quiet_now import oneoff
from leeward.work.quiet_plan import Surroundings, plan
from leeward.work.quiet_settings import QuietConfig
from leeward.work.quiet_windows import BadRule
from leeward.zones import place_zone
from tui import week_file
from tui.asks import Preset, Receipt, Words
from tui.desk_week import Board, Holiday, Holidays, Muting, Receivers, WeekSheet

SETTINGS = """# mine
[quiet.schedules.work]
open = [
  "mon-fri 09:00-12:30",  # morning
  "mon-fri 13:00-17:30",
]
"""


class MemoryWeeks:
    """`tui.desk_week.Weeks` that records what it is told."""

    week = WeekSheet("work", "UTC", Draft.of(FIRST), QuietConfig(), minute=9 * 60 + 41, now=Instant(1_774_258_860_000))
    board = Board(through="VIP, mention, keyword")
    days = Holidays(("NL",), (Holiday(date(2026, 12, 25), "Christmas Day", quiet=True),))
    theirs = Receivers(
        "It is 04:41 for Jo (New York, quiet), 09:41 for Maria (London)",
        Preset("Jo's 09:00", Instant(1_774_273_260_000), wall="2026-03-23T09:41:00", zone="America/New_York"),
    )
    told_later: Receivers | None = None
    settings = SETTINGS
    week_fails: Exception | None = None
    wider_mutings: Sequence[Muting] = ()
    muted: Sequence[Muting] = ()

    now: Callable[[], Instant]
    _did: Callable[..., Receipt]

    async def week_sheet(self, name: str | None = None) -> WeekSheet:
        return self.week if name is None else replace(self.week, name=name, others=("work",))

    async def week_text(self, sheet: WeekSheet, draft: Draft) -> Sequence[str]:
        new = week_file.with_week(self.settings, sheet.name, draft.lines, quiet=draft.quiet)
        return week_file.difference(self.settings, new)

    async def week_replay(self, sheet: WeekSheet, draft: Draft) -> str:
        return "The last 30 days would have held 412 (now 398), let 3 for today through."

    async def week_save(self, sheet: WeekSheet, draft: Draft) -> Receipt:
        if self.week_fails is not None:
            raise self.week_fails
        return self._did("week_save", sheet.name, draft.lines)

    async def quiet_board(self) -> Board:
        board, self.board = self.board, replace(self.board, card="")
        return board

    def quiet_words(self, typed: str) -> Words:
        try:
            spell = oneoff(typed, self.now(), plan(QuietConfig(), Surroundings("UTC")))
        except BadRule as error:
            return Words(None, str(error))
        return Words(spell.end or self.now(), "quiet" if spell.quiet else "rings")

    async def quiet_say(self, typed: str) -> Receipt:
        if self.quiet_words(typed).at is None:
            raise Problem(self.quiet_words(typed).say)
        return self._did("quiet_say", typed)

    def place_words(self, place: str) -> tuple[str | None, str]:
        found = place_zone(place)
        return found, found or "no such place."

    async def trip(self, first: date, last: date, zone: str, why: str, schedule: str | None = None) -> Receipt:
        named = () if schedule is None else (schedule,)
        return self._did("trip", first.isoformat(), last.isoformat(), zone, why, *named)

    async def quiet_dates(self, first: date, last: date, do: str) -> Receipt:
        return self._did("quiet_dates", first.isoformat(), last.isoformat(), do)

    async def zone_before(self) -> str:
        return self.board.before

    async def keep_zone(self) -> Receipt:
        before, self.board = self.board.before, replace(self.board, before="")
        return self._did("keep_zone", before)

    async def use_schedule(self, name: str) -> Receipt:
        return self._did("use_schedule", name)

    async def holidays(self) -> Holidays:
        return self.days

    async def holiday(self, day: date, *, quiet: bool) -> Receipt:
        return self._did("holiday", day, quiet)

    async def holiday_regions(self, regions: Sequence[str]) -> Receipt:
        self.days = replace(self.days, regions=tuple(regions))
        return self._did("holiday_regions", tuple(regions))

    async def receivers(self, thread: ItemId) -> Receivers:
        return self.theirs

    async def receivers_told(self, thread: ItemId) -> Receivers | None:
        return self.told_later

    async def mutings(self, id: ItemId) -> Sequence[Muting]:
        return self.wider_mutings

    async def muting(self, id: ItemId) -> Sequence[Muting]:
        return self.muted

    async def unmute(self, muting: Muting) -> Receipt:
        return self._did("unmute", muting.title)

    async def mute_by(self, muting: Muting) -> Receipt:
        return self._did("mute_by", muting.title)
