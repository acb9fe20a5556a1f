"""quiet export, quiet import: a schedule as a calendar file, and one out of a calendar file."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

from leeward import paths
from leeward.errors import Problem, Usage
from leeward.words import _
from leeward.work import quiet_ics
from leeward.work.quiet_ics import Imported
from leeward.work.quiet_settings import SYSTEM, Schedule
from leeward.work.quiet_words import say_week
from leeward.zones import system_zone, wall, zone
from tui import settings
from tui.commands import answers
from tui.wiring import Home

LARGEST = 2_000_000


def export(home: Home, target: str, name: str | None) -> int:
    """Write a schedule to a file, or to stdout where the target is "-"."""
    schedule, zone_name = _chosen(home, name)
    text = quiet_ics.export(schedule, zone_name, home.clock.now())
    notes = quiet_ics.notes(schedule, zone_name, home.clock.now())
    if target == "-":
        sys.stdout.write(text)
    else:
        try:
            paths.write_atomic(Path(target).expanduser(), text)
        except OSError as error:
            raise Problem(_("{path} cannot be written: {why}.").format(path=target, why=error.strerror)) from error
        answers.say(_("Schedule “{name}” is in {path}.").format(name=schedule.name, path=target))
    for note in notes:
        answers.say(note)
    return 0


def _chosen(home: Home, name: str | None) -> tuple[Schedule, str]:
    """The schedule and the zone its windows are in. Raises `Usage`."""
    config = home.config.quiet
    schedule = config.named(name or config.schedule)
    if schedule is None:
        names = ", ".join(one.name for one in config.schedules) or _("none")
        said = _("There is no schedule {name}.").format(name=name) if name else _("No schedule is set.")
        raise Usage(said, _("There are: {names}.").format(names=names))
    named = schedule.timezone or config.timezone
    return schedule, system_zone() if named == SYSTEM else named


def bring_in(home: Home, file: str, name: str | None, *, yes: bool) -> int:
    """Read a calendar file, show the schedule it holds, and save it once that is said to be right."""
    found = home.outside.read_calendar(calendar_text(file), wall(home.clock.now(), zone("UTC")))
    called = name or _slug(found.name) or _slug(Path(file).stem) or "imported"
    windows = say_week(found.week)
    change = partial(
        settings.with_schedule, name=called, windows=windows, quiet=found.mode_quiet, timezone=found.timezone
    )
    there = home.config.quiet.named(called) is not None
    if not home.json:
        answers.lines(_shown(called, windows, found, there=there))
    for said in found.left_out:
        answers.say(said)
    if not yes and not agreed():
        return 1
    settings.edit(home.folders.config, change)
    home.reload()
    if home.json:
        mode = "quiet" if found.mode_quiet else "open"
        answers.out({"schedule": called, mode: windows, "timezone": found.timezone, "left_out": found.left_out})
    else:
        answers.say(_("Saved in {path}.").format(path=home.folders.config))
    return 0


def _shown(name: str, windows: list[str], found: Imported, *, there: bool) -> list[str]:
    """What is about to be saved, as the settings write it."""
    listed = ", ".join(f'"{window}"' for window in windows)
    lines = [f"[quiet.schedules.{name}]", f"{'quiet' if found.mode_quiet else 'open'} = [{listed}]"]
    if found.timezone:
        lines.append(f'timezone = "{found.timezone}"')
    if there:
        lines.insert(0, _("# in place of the schedule of that name"))
    shown = quiet_ics.open_minutes(Schedule(found.name, found.mode_quiet, found.week)) / 60
    return [*lines, _("# open {hours} h a week").format(hours=f"{shown:g}")]


def agreed() -> bool:
    """Ask on the terminal whether to save. Raises `Problem` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise Problem(_("Nothing was saved."), _("Run it in a terminal, or add --yes."))
    answers.say(_("Save this? [y/N]"))
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja"}


def calendar_text(file: str) -> str:
    """A calendar file as text, within bounds. Raises `Problem`."""
    try:
        with Path(file).expanduser().open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise Problem(_("{path} cannot be read: {why}.").format(path=file, why=error.strerror)) from error
    if len(data) > LARGEST:
        raise Problem(_("{path} is larger than two million bytes.").format(path=file))
    return data.decode("utf-8-sig", "replace")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
