"""What whoever holds the lock does every 20 seconds besides syncing: look at clock, zone and settings, then ring.

Everything is asked first and written only where something changed; all deadlines stand in the store.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Callable
from typing import Any, TypeVar

from leeward.model import Instant
from leeward.ports import Can, Clock
from leeward.store.db import Db
from leeward.sync.busy import BusyTimes
from leeward.sync.hours import TheirHours
from leeward.sync.outward import Outward, State
from leeward.work import (
    channels,
    digest,
    notify,
    notify_sweep,
    posting,
    quiet,
    quiet_remarks,
    quiet_store,
    quiet_theirs,
    reminders,
)
from leeward.work.channels import Found
from leeward.work.notify import Incoming
from leeward.work.quiet_around import surroundings
from leeward.work.quiet_holidays import holidays_wanted, take_holidays, year_of
from leeward.work.quiet_plan import Subject, Surroundings, plan
from leeward.work.quiet_settings import QuietConfig
from leeward.zones import system_zone
from tui.running import Running
from tui.wiring import Home

T = TypeVar("T")
JUMP_S = 5.0
LAST_S = 5.0
log = logging.getLogger("leeward.quiet")


class Tending:
    """Made once a run; `round` is called by the housekeeping, and when the terminal gets the focus."""

    def __init__(self, home: Home, running: Running) -> None:
        self._home, self._run = home, running
        self._one = asyncio.Lock()
        self._jumps = Jumps(home.clock)
        self._seen = _stamp(home)
        self._busy = BusyTimes(running.store, home.clock, running.lock)
        self._theirs = TheirHours(running.store, home.clock, quiet_theirs.wanted, quiet_theirs.keep)
        self._outward = Outward(running.store, home.clock)

    async def round(self, terminal: Found | None = None) -> int:
        """One round; how many popups were shown."""
        async with self._one:
            jumped = self._jumps.look()
            if jumped:
                log.warning("the clock jumped by %+.0f s; quiet hours are judged anew", jumped)
            await self._settings()
            await self._machine()
            await self._holidays()
            await self._calendars()
            await self._waiting()
            shown = await ring(self._home, self._run, terminal)
            await self._carry()
            return shown

    async def _settings(self) -> None:
        """An edited file counts at once; with a mistake in it the last good rules stay, and that is said."""
        seen = _stamp(self._home)
        if seen == self._seen:
            return
        self._seen = seen
        old = self._home.config.quiet
        config = await asyncio.to_thread(self._home.reload)
        self._run.notices.config = config.quiet
        wrong = None if config.quiet_fits else next((one for one in self._home.problems if not one.warning), None)
        if wrong is None and config.quiet == old and quiet_remarks.SETTINGS not in await self._ask(_said, self._now()):
            return
        log.info("the settings were read again%s", f": {wrong}" if wrong else "")
        await self._do(_settings_changed, config.quiet, str(wrong) if wrong else None, self._now())

    async def _machine(self) -> None:
        """A laptop that travelled says so once."""
        here = system_zone()
        if await self._ask(quiet_remarks.old_zone, here) is None:
            return
        said = await self._do(_moved, self._home.config.quiet, here, self._now())
        if said:
            log.info("%s", said)

    async def _holidays(self) -> None:
        """Bring what is kept up to the settings and the year."""
        config, now = self._home.config.quiet, self._now()
        if not await self._ask(holidays_wanted, config, now):
            return
        found, problems = await asyncio.to_thread(self._home.outside.holidays, config.holidays, year_of(now))
        for problem in problems:
            log.warning("%s", problem)
        await self._do(_take_holidays, config, tuple(found), tuple(problems), now)

    async def _calendars(self) -> None:
        """The owner's busy times, and the hours of those they write with; a calendar that nobody has is named."""
        lives = list(self._run.engine.lives.values())
        await self._busy.refresh(lives, self._home.config.quiet.busy.calendars)
        await self._theirs.refresh(lives)
        if self._busy.unknown is not None:
            say = quiet_remarks.unknown_calendars(self._busy.unknown)
            if (await self._ask(_said, self._now())).get(quiet_remarks.CALENDARS, "") != say:
                log.info("%s", say or "every calendar of the settings is known")
                await self._do(_calendars_said, say, self._now())

    async def _waiting(self) -> None:
        """Let go of what is pointless, follow tiers, remind, and forget what is older than 30 days."""
        config, now = self._home.config.quiet, self._now()
        found = await self._ask(_look, config, now)
        if found is not None:
            await self._do(_tidy, config, now, found)

    async def _carry(self) -> None:
        """Show quiet to the services whose accounts want it."""
        wishing = {one.name for one in self._home.config.accounts if one.outward}
        lives = [live for live in self._run.engine.lives.values() if live.can(Can.QUIET)]
        if lives:
            named = {live.uid: (live.name, live.login.kind) for live in lives if live.name in wishing}
            states = await self._ask(_states, self._home.config.quiet, named, self._now())
            await self._outward.carry(lives, states)

    def _now(self) -> Instant:
        return self._home.clock.now()

    async def _ask(self, act: Callable[..., T], *args: object) -> T:
        return await asyncio.wrap_future(self._run.store.read(act, *args))

    async def _do(self, act: Callable[..., T], *args: object) -> T:
        return await asyncio.wrap_future(self._run.store.write(act, *args))


class Jumps:
    """Notices that the clock on the wall was set, or that the machine slept."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = (clock.now(), clock.monotonic())

    def look(self) -> float:
        """By how many seconds the wall moved against the time that passed, since the last look; 0 for next to nothing."""
        (wall_then, then), (wall_now, now) = self._last, (self._clock.now(), self._clock.monotonic())
        self._last = (wall_now, now)
        moved = (wall_now - wall_then) / 1000 - (now - then)
        return moved if abs(moved) > JUMP_S else 0.0


async def ring(home: Home, running: Running, terminal: Found | None = None) -> int:
    """One round of notices by who holds the lock, beside the loop; nothing is written while nothing is due."""
    now = home.clock.now()
    config = home.config.quiet
    around = await asyncio.wrap_future(running.store.read(surroundings, now, config))
    if not await asyncio.wrap_future(running.store.read(digest.due, config, around, now)):
        return 0

    def write(act: Callable[..., Any], *args: object, **named: object) -> Any:
        return running.store.write(lambda db: act(db, *args, **named)).result()

    found = dict(home.outside.ways(home.config, write, home.clock))
    if terminal is not None:
        found["terminal"] = [terminal]
    chosen = channels.choose(config.channels.order, found)
    asked = (write, chosen, config, around, home.clock, platform.node() or None)
    work = asyncio.ensure_future(asyncio.to_thread(channels.ring, *asked))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work], timeout=LAST_S)  # what is being shown is marked before the store closes
        raise


def _take_holidays(
    db: Db, config: QuietConfig, found: tuple[Any, ...], problems: tuple[str, ...], now: Instant
) -> None:
    take_holidays(db, config, found, problems, now)
    db.changed.add("quiet")


def _stamp(home: Home) -> tuple[int, int, int] | None:
    try:
        facts = home.folders.config.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def _said(db: Db, now: Instant) -> dict[str, str]:
    return quiet_remarks.said(db, now)


def _calendars_said(db: Db, say: str, now: Instant) -> None:
    if say:
        quiet_remarks.put(db, quiet_remarks.CALENDARS, say, now, Instant(1 << 62))
    else:
        quiet_remarks.drop(db, quiet_remarks.CALENDARS)
    db.changed.add("quiet")


def _settings_changed(db: Db, config: QuietConfig, wrong: str | None, now: Instant) -> None:
    if wrong is None:
        quiet_remarks.drop(db, quiet_remarks.SETTINGS)
    else:
        quiet_remarks.put(db, quiet_remarks.SETTINGS, wrong, now, Instant(1 << 62))
    notify.rejudge(db, config, surroundings(db, now, config), now)
    db.changed.add("quiet")


def _moved(db: Db, config: QuietConfig, here: str, now: Instant) -> str | None:
    said = quiet_remarks.note_zone(db, config, here, now)
    notify.rejudge(db, config, surroundings(db, now, config), now)
    db.changed.add("quiet")
    return said


def _look(db: Db, config: QuietConfig, now: Instant) -> tuple[Surroundings, list[Incoming]] | None:
    """What there is to tidy; None where there is nothing."""
    around = surroundings(db, now, config)
    found = reminders.wanted(db, config, around, now)
    told = found or notify_sweep.pointless(db) or notify_sweep.moved(db) or notify_sweep.read_since(db)
    if told or posting.moved(db, now) or quiet_store.old(db, now):
        return around, found
    return None


def _tidy(db: Db, config: QuietConfig, now: Instant, looked: tuple[Surroundings, list[Incoming]]) -> None:
    around, found = looked
    notify_sweep.end_pointless(db, now)
    notify_sweep.follow_tiers(db, config, around, now)
    notify_sweep.note_read(db, now)
    posting.follow_clocks(db, now)
    reminders.make(db, found, config, around, now)
    quiet_store.forget(db, now)
    db.changed.add("quiet")


def _states(db: Db, config: QuietConfig, named: dict[str, tuple[str, str]], now: Instant) -> dict[str, State]:
    around = surroundings(db, now, config)
    found = {}
    for uid, (name, kind) in named.items():
        asked = plan(config, around, Subject(account=name, kind=kind))
        still = quiet.is_quiet(asked, now)
        found[uid] = State(still, quiet.next_open(asked, now) if still else None)
    return found
