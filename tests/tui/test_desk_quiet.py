"""The quiet part of the desk over a real store and real settings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from leeward.errors import Problem, TryLater
from leeward.model import Instant, ItemId, RemoteId, Tier
from leeward.ports import Can
from leeward.ports_extra import Told
from leeward.store.db import Db
from leeward.work import notify, notify_sweep, quiet_remarks
from leeward.work.notify import Incoming
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_rules import read_instant
from leeward.zones import wall, zone
from tests.tui.desk import MemoryDesk
from tests.tui.driving import Screen
from tests.tui.quiet_home import SETTINGS, QuietHome, query
from tui.app import Leeward, Options
from tui.asks import Ask, Filter
from tui.desk_store import StoreDesk
from tui.running import start

MONDAY = read_instant("2026-11-23T09:00:00Z")  # 10:00 in Amsterdam
SUNDAY = read_instant("2026-11-22T11:00:00Z")  # 12:00
HOUR = 3_600_000
COMMENTED = """# my settings
[quiet]  # all of it
timezone = "Europe/Amsterdam"
[quiet.schedules.work]
open = [
  "mon-fri 09:00-12:30",  # morning
  "Mon-Fri 13:00-17:30",  # after lunch
]
# the end
"""
Scenario = Callable[[StoreDesk, QuietHome], Awaitable[None]]


def run(folder: Path, scenario: Scenario, *, at: int = MONDAY, settings: str = SETTINGS) -> None:
    world = QuietHome(folder, at, settings)

    async def go() -> None:
        running = world.start()
        try:
            await scenario(StoreDesk(world.home, running), world)
        finally:
            await running.close()

    asyncio.run(go())


async def heard(desk: StoreDesk, world: QuietHome) -> ItemId:
    """Somebody says a line, which is read: its thread."""
    world.say()
    await desk.running.engine.round()
    row = (await desk.inbox(Ask(5), Filter())).rows[0]
    return ItemId(row.thread or row.id)


def come(desk: StoreDesk, item: str, at: int, tier: Tier | None = None, *, mention: bool = False) -> str:
    config = desk.home.config.quiet
    thing = Incoming(item, "work", Instant(at), "Ana", "#ops", thread=item, author="ana", tier=tier, mention=mention)

    def act(db: Db) -> str | None:
        return notify.judge(db, thing, config, surroundings(db, Instant(at), config), Instant(at))

    made = desk.running.store.write(act).result()
    assert made is not None
    return made


def test_a_painted_week_is_written_in_place_and_counts_at_once(tmp_path: Path) -> None:
    async def paint(desk: StoreDesk, world: QuietHome) -> None:
        notice = come(desk, "m1", SUNDAY)
        sheet = await desk.week_sheet()
        assert (sheet.name, sheet.timezone, sheet.minute) == ("work", "Europe/Amsterdam", 6 * 1440 + 12 * 60)
        draft = sheet.draft.typed(6, "13-14")
        assert await desk.week_text(sheet, draft) == [
            '    "Mon-Fri 13:00-17:30",  # after lunch',
            '+   "sun 13:00-14:00",',
            "  ]",
        ]
        await desk.week_save(sheet, draft)
        text = world.folders.config.read_text()
        assert text == COMMENTED.replace("# after lunch\n", '# after lunch\n  "sun 13:00-14:00",\n')
        assert desk.running.notices.config == desk.home.config.quiet
        ((state, release),) = query(desk.running, "SELECT state, release_at FROM notice WHERE id = ?", notice)
        assert (state, release) == ("held", SUNDAY + HOUR)

    run(tmp_path, paint, at=SUNDAY, settings=COMMENTED)


def test_the_first_schedule_is_made_where_there_is_none(tmp_path: Path) -> None:
    async def make(desk: StoreDesk, world: QuietHome) -> None:
        sheet = await desk.week_sheet()
        assert sheet.fresh
        assert sheet.draft.changed
        await desk.week_save(sheet, sheet.draft)
        assert "[quiet.schedules.work]" in world.folders.config.read_text()
        assert world.folders.config.read_text().startswith("# nothing yet\n")
        assert desk.home.config.quiet.schedule == "work"
        again = await desk.week_sheet()
        assert not again.fresh
        assert again.draft.lines == sheet.draft.lines
        assert (await desk.quiet()).quiet is True

    run(tmp_path, make, at=SUNDAY, settings="# nothing yet\n")


def test_a_quiet_schedule_stays_one_that_says_when_it_is_quiet(tmp_path: Path) -> None:
    async def paint(desk: StoreDesk, world: QuietHome) -> None:
        sheet = await desk.week_sheet()
        assert sheet.draft.quiet
        await desk.week_save(sheet, sheet.draft.painted(23 * 60, 24 * 60, opened=True))
        text = world.folders.config.read_text()
        assert 'timezone = "Europe/Lisbon" # there' in text
        assert desk.home.config.quiet_fits
        assert (await desk.week_sheet()).draft.on_day(0) == ((420, 1320), (1380, 1440))

    nights = '[quiet.schedules.nights]\nquiet = ["daily 22:00-07:00"]\ntimezone = "Europe/Lisbon" # there\n'
    run(tmp_path, paint, settings=nights)


def test_a_mistake_in_the_settings_is_named_and_nothing_is_painted_over_it(tmp_path: Path) -> None:
    async def refuse(desk: StoreDesk, world: QuietHome) -> None:
        world.settings(SETTINGS.replace("09:00-12:30", "9-12:30"))
        with pytest.raises(Problem) as refused:
            await desk.week_sheet()
        assert "Write 09:00-12:30" in str(refused.value)

    run(tmp_path, refuse)


def test_the_days_of_the_coming_week_say_what_is_odd_about_them(tmp_path: Path) -> None:
    async def look(desk: StoreDesk, _world: QuietHome) -> None:
        assert (await desk.week_sheet()).notes[6] == "29 Mar: 23 h day"
        assert [day.note for day in await desk.quiet_week()][-1] == "23 h day"

    run(tmp_path, look, at=read_instant("2026-03-23T09:00:00Z"))


def test_the_last_days_are_tried_on_the_new_times(tmp_path: Path) -> None:
    async def attempt(desk: StoreDesk, _world: QuietHome) -> None:
        for n in range(4):
            come(desk, f"m{n}", SUNDAY + n)
        come(desk, "red", SUNDAY + 10, Tier.RED, mention=True)
        sheet = await desk.week_sheet()
        said = await desk.week_replay(sheet, sheet.draft.typed(6, "all"))
        assert said == "The last 30 days would have held 0 (now 4), let 0 for today through, rung 5 (now 0)."

    run(tmp_path, attempt)


def test_after_a_quiet_stretch_one_card_says_what_it_held_back(tmp_path: Path) -> None:
    async def look(desk: StoreDesk, _world: QuietHome) -> None:
        for n in range(3):
            come(desk, f"m{n}", SUNDAY + n)
        board = await desk.quiet_board()
        assert board.card == "While it was quiet: 3 notices, 0 rang."
        assert [still for _at, still in board.changes] == [True, False, True]
        assert (await desk.quiet_board()).card == ""

    run(tmp_path, look)


def test_the_card_compares_with_the_rules_before(tmp_path: Path) -> None:
    async def look(desk: StoreDesk, world: QuietHome) -> None:
        sheet = await desk.week_sheet()
        await desk.week_save(sheet, sheet.draft.typed(6, "none"))
        come(desk, "m1", SUNDAY)
        come(desk, "m2", SUNDAY + 3 * HOUR)
        world.clock.advance((MONDAY - world.clock.now()) / 1000)
        card = (await desk.quiet_board()).card
        assert card == "While it was quiet: 2 notices, 0 rang, 1 would have under your old rules."

    sunday = SETTINGS.replace('"mon-fri 13:00-17:30"', '"mon-fri 13:00-17:30", "sun 11:00-13:00"')
    run(tmp_path, look, at=SUNDAY - 48 * HOUR, settings=sunday)


def test_the_log_begins_with_what_waits_and_when_it_comes_out(tmp_path: Path) -> None:
    async def look(desk: StoreDesk, _world: QuietHome) -> None:
        rang = come(desk, "open", MONDAY - 72 * HOUR)
        held = [come(desk, f"m{n}", SUNDAY + n) for n in range(2)]
        page = await desk.quiet_log(Ask(50))
        assert [row.id for row in page.rows] == [*held, rang]
        assert page.rows[0].why.startswith("until Mon 09:00 · It was")
        assert "until" in (await desk.why(page.rows[0].id))[0].say.lower()
        first = await desk.quiet_log(Ask(1))
        rest = await desk.quiet_log(Ask(1, after=first.rows[-1].id))
        assert rest.rows == ()

    run(tmp_path, look, at=SUNDAY + HOUR)


def test_words_make_a_one_off(tmp_path: Path) -> None:
    async def ask(desk: StoreDesk, _world: QuietHome) -> None:
        assert desk.quiet_words("until tomorrow").say == "quiet: Tue 09:00"
        assert desk.quiet_words("2 fortnights").at is None
        assert (await desk.quiet_say("until tomorrow")).say == "quiet until Tue 09:00"
        assert (await desk.quiet()).quiet
        assert (await desk.quiet_say("open 30m")).say == "rings until 10:30"
        assert not (await desk.quiet()).quiet
        with pytest.raises(Problem):
            await desk.quiet_say("until the cows come home")

    run(tmp_path, ask)


def test_a_trip_and_a_date_are_written_and_count(tmp_path: Path) -> None:
    async def travel(desk: StoreDesk, world: QuietHome) -> None:
        zone, _said = desk.place_words("new york")
        assert zone == "America/New_York"
        assert desk.place_words("nyork")[0] is None
        await desk.trip(date(2026, 11, 23), date(2026, 11, 27), zone, "New York")
        await desk.quiet_dates(date(2026, 12, 24), date(2026, 12, 27), "quiet")
        text = world.folders.config.read_text()
        assert text.startswith(SETTINGS.rstrip("\n"))
        (trip,) = desk.home.config.quiet.trips
        assert (trip.first, trip.timezone) == (date(2026, 11, 23), "America/New_York")
        assert len(desk.home.config.quiet.excepts) == 1
        assert (await desk.quiet()).timezone == "America/New_York"
        assert (await desk.quiet()).quiet is True

    run(tmp_path, travel)


def test_a_place_and_an_account_can_be_muted(tmp_path: Path) -> None:
    async def mute(desk: StoreDesk, world: QuietHome) -> None:
        world.say()
        await desk.running.engine.round()
        row = (await desk.inbox(Ask(5), Filter())).rows[0]
        place, account = await desk.mutings(ItemId(row.id))
        assert (place.title, account.title) == ("harbour/api", "work")
        await desk.mute_by(place)
        (rule,) = desk.home.config.quiet.overrides
        assert (rule.place, rule.account, rule.mute) == ("harbour/api", "work", True)
        (muting,) = await desk.muting(ItemId(row.id))
        assert muting == place
        await desk.mute(ItemId(row.id), None)
        assert [one.title for one in await desk.muting(ItemId(row.id))] == ["this thread", "harbour/api"]
        assert (await desk.unmute(place)).say == "rings again: harbour/api"
        assert [one.title for one in await desk.muting(ItemId(row.id))] == ["this thread"]

    run(tmp_path, mute)


def test_what_somebody_else_wrote_meanwhile_is_not_painted_over(tmp_path: Path) -> None:
    async def clash(desk: StoreDesk, world: QuietHome) -> None:
        sheet = await desk.week_sheet()
        world.settings(SETTINGS.replace("12:30", "12:00"))
        with pytest.raises(Problem) as refused:
            await desk.week_save(sheet, sheet.draft.typed(6, "all"))
        assert "meanwhile" in str(refused.value)
        assert world.folders.config.read_text() == SETTINGS.replace("12:30", "12:00")

    run(tmp_path, clash)


def test_by_keys_from_the_view_to_the_file_and_back(tmp_path: Path) -> None:
    async def paint(desk: StoreDesk, world: QuietHome) -> None:
        world.say()
        await desk.running.engine.round()
        app = Leeward(desk, lambda at: wall(at, zone("Europe/Amsterdam")), Options(follow_s=0, colours=1 << 24))
        async with app.run_test(size=(120, 40)) as pilot:
            screen = Screen(app, pilot, MemoryDesk())
            await screen.settle()
            await screen.press("5", "i", "j", "home", "x", "enter")
            assert '+ open = ["mon-fri 09:00-12:30", "mon-fri 13:00-17:30", "mon 00:00-00:30"]' in screen.dump()
            assert "The last 30 days would have held 1 (now 1)" in screen.dump()
            await screen.press("1")
            assert '"mon 00:00-00:30"' in world.folders.config.read_text()
            assert "rings from Mon 00:00, quiet from Mon 00:30, rings from Mon 09:00" in screen.dump()
            assert "until Mon 00:00" in screen.dump()
            await screen.press("w")
            assert "WHY" in screen.dump()
            assert "until Mon 00:00" in screen.dump()
            await screen.press("escape", "enter")
            assert app.workspace.stop.view != "quiet"
            await screen.press("5", "z", "o", "2")
            await screen.heard()
            assert "rings until 13:00" in screen.dump()

    run(tmp_path, paint, at=SUNDAY)


def test_a_saved_week_a_trip_dates_muting_and_one_offs_are_undone_and_done_again(tmp_path: Path) -> None:
    async def regret(desk: StoreDesk, world: QuietHome) -> None:
        world.say()
        await desk.running.engine.round()
        row = (await desk.inbox(Ask(5), Filter())).rows[0]
        place, _account = await desk.mutings(ItemId(row.id))
        before = world.folders.config.read_text()
        sheet = await desk.week_sheet()
        notice = come(desk, "m1", SUNDAY)
        assert (await desk.week_save(sheet, sheet.draft.typed(6, "all"))).undoable
        await desk.trip(date(2026, 11, 22), date(2026, 11, 27), "America/New_York", "New York")
        await desk.quiet_dates(date(2026, 12, 24), date(2026, 12, 27), "quiet")
        await desk.mute(ItemId(row.id), None)
        await desk.mute_by(place)
        await desk.quiet_say("2h")
        after = world.folders.config.read_text()
        said = [(await desk.undo()).say for _each in range(6)]  # type: ignore[union-attr]  # each has something to undo
        assert said == [
            "undone: quiet until 08:00",
            "undone: muted: harbour/api",
            "undone: muted: this thread",
            "undone: quiet: 2026-12-24 to 2026-12-27",
            "undone: trip: America/New_York, 2026-11-22 to 2026-11-27",
            "undone: saved: work rings at its new times",
        ]
        assert world.folders.config.read_text() == before
        assert desk.running.notices.config == desk.home.config.quiet
        ((state,),) = query(desk.running, "SELECT state FROM notice WHERE id = ?", notice)
        assert state == "held"
        for _each in range(6):
            assert await desk.redo() is not None
        assert world.folders.config.read_text() == after
        assert (await desk.quiet()).quiet

    run(tmp_path, regret, at=SUNDAY)


def test_lines_that_somebody_changed_meanwhile_are_not_taken_back_over_them(tmp_path: Path) -> None:
    async def regret(desk: StoreDesk, world: QuietHome) -> None:
        sheet = await desk.week_sheet()
        await desk.week_save(sheet, sheet.draft.typed(6, "10-12"))
        mine = world.folders.config.read_text().replace("sun 10:00-12:00", "sun 10:00-11:00")
        world.settings(mine)
        with pytest.raises(Problem) as refused:
            await desk.undo()
        assert "changed meanwhile" in str(refused.value)
        assert world.folders.config.read_text() == mine

    run(tmp_path, regret)


def test_the_past_is_tried_with_the_one_offs_of_that_time(tmp_path: Path) -> None:
    async def attempt(desk: StoreDesk, world: QuietHome) -> None:
        monday = MONDAY - 7 * 24 * HOUR
        world.clock._now = Instant(monday)
        await desk.quiet_say("2h")
        come(desk, "m1", monday + HOUR)
        world.clock._now = Instant(MONDAY)
        sheet = await desk.week_sheet()
        said = await desk.week_replay(sheet, sheet.draft.typed(6, "all"))
        assert said == "The last 30 days would have held 1 (now 1), let 0 for today through, rung 0 (now 0)."

    run(tmp_path, attempt)


def test_the_hours_of_a_reader_stand_over_an_answer_and_travel_with_it(tmp_path: Path) -> None:
    async def answer(desk: StoreDesk, world: QuietHome) -> None:
        thread = await heard(desk, world)
        assert (await desk.receivers(thread)).say == ""
        hours = '\n[quiet.people.hours]\n"Ana Duarte" = "mon-fri 08:00-16:00 in America/New_York"\n'
        world.settings(SETTINGS + hours)
        desk.home.reload()
        them = await desk.receivers(thread)
        assert them.say == "It is 04:00 for Ana Duarte (New York, quiet)"
        assert them.morning is not None
        assert (them.morning.title, them.morning.at) == ("Ana Duarte's 08:00", read_instant("2026-11-23T13:00:00Z"))
        await desk.reply(thread, "On it.", them.morning)
        ((doc, due),) = query(desk.running, "SELECT doc, due FROM outbox WHERE verb = 'post'")
        assert json.loads(doc)["their"] == {"wall": "2026-11-23T08:00:00", "zone": "America/New_York"}
        assert due == them.morning.at
        assert (await desk.undo()) is not None
        assert query(desk.running, "SELECT 1 FROM outbox WHERE verb = 'post'") == []

    run(tmp_path, answer)


def test_a_service_that_rests_is_asked_when_one_writes_to_somebody_who_may_sleep(tmp_path: Path) -> None:
    async def write(desk: StoreDesk, world: QuietHome) -> None:
        thread = await heard(desk, world)
        (live,) = desk.running.engine.lives.values()
        asked: list[tuple[RemoteId, ...]] = []
        fails = True

        async def hours(people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
            asked.append(people)
            if fails:
                raise TryLater("It did not answer.")
            return (Told(people[0], "America/New_York", ("mon-fri 08:00-16:00",)),)

        able: Any = SimpleNamespace(hours=hours)
        live.connector = able
        assert await desk.receivers_told(thread) is None
        assert asked == []  # this one is asked now and then
        live.manifest = replace(live.manifest, rest_s=86_400.0, can=live.manifest.can | {Can.HOURS})
        assert await desk.receivers_told(thread) is None
        assert len(asked) == 1
        fails = False
        them = await desk.receivers_told(thread)
        assert them is not None
        assert them.say == "It is 04:00 for Ana Duarte (New York, quiet)"
        assert them.morning is not None
        assert them.morning.title == "Ana Duarte's 08:00"
        assert await desk.receivers_told(thread) is None
        assert len(asked) == 2

    run(tmp_path, write)


def test_rows_say_what_open_time_is_left_and_what_may_not_have_been_seen(tmp_path: Path) -> None:
    async def look(desk: StoreDesk, world: QuietHome) -> None:
        world.say("Pump fails [today]")
        await desk.running.engine.round()
        row = (await desk.inbox(Ask(5), Filter())).rows[0]
        assert (row.left, row.unseen) == (None, False)
        notice = come(desk, str(row.thread or row.id), MONDAY)
        soon = Instant(MONDAY + 5 * HOUR)  # 15:00, with the hour of the lunch between

        def act(db: Db) -> None:
            db.execute("UPDATE item SET due = ?, due_at = ? WHERE id = ?", (soon, soon, row.id))
            db.execute("UPDATE notice SET state = 'maybe' WHERE id = ?", (notice,))

        desk.running.store.write(act).result()
        row = (await desk.inbox(Ask(5), Filter())).rows[0]
        assert (row.due, row.left) == (soon, 4 * 60 + 30)
        assert row.unseen
        desk.running.store.write(notify_sweep.note_read, desk.now()).result()
        assert (await desk.inbox(Ask(5), Filter())).rows[0].unseen  # it is unread still
        await desk.done([ItemId(row.id)])
        desk.running.store.write(notify_sweep.note_read, desk.now()).result()
        assert query(desk.running, "SELECT read_at FROM notice WHERE id = ?", notice) == [(desk.now(),)]

    run(tmp_path, look)


def test_the_zone_before_is_kept_with_a_word_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def travel(desk: StoreDesk, world: QuietHome) -> None:
        desk.running.store.write(quiet_remarks.note_zone, desk.home.config.quiet, "Europe/Amsterdam", MONDAY).result()
        assert (await desk.quiet_board()).before == ""
        monkeypatch.setenv("TZ", "America/New_York")
        now = desk.now()
        desk.running.store.write(quiet_remarks.note_zone, desk.home.config.quiet, "America/New_York", now).result()
        assert (await desk.quiet()).say.endswith(
            "You are now in America/New_York. Windows follow the clock here. Keep Europe/Amsterdam: press 5, then i."
        )
        assert (await desk.quiet_board()).before == await desk.zone_before() == "Europe/Amsterdam"
        assert (await desk.keep_zone()).say == "the clock of Europe/Amsterdam counts"
        assert 'timezone = "Europe/Amsterdam"' in world.folders.config.read_text()
        assert (await desk.quiet()).timezone == "Europe/Amsterdam"
        assert (await desk.quiet_board()).before == ""
        await desk.undo()
        assert (await desk.quiet()).timezone == "America/New_York"

    run(tmp_path, travel, settings=SETTINGS.replace('timezone = "Europe/Amsterdam"', 'timezone = "system"'))


def test_undo_in_the_first_second_waits_for_no_engine(tmp_path: Path) -> None:
    world = QuietHome(tmp_path, MONDAY)

    async def go() -> None:
        running = start(world.home, assembled=False)
        desk = StoreDesk(world.home, running)
        try:
            await desk.quiet_dates(date(2026, 12, 24), date(2026, 12, 27), "quiet")
            async with asyncio.timeout(10):
                await desk.undo()
            assert not running.assembled
            assert running.notices.config == desk.home.config.quiet
        finally:
            await running.close()

    asyncio.run(go())
    assert world.folders.config.read_text() == SETTINGS
