"""Quiet rules in the text of config.toml: a week's lines in place, a trip or a rule after the last. Pure; nothing else moves."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from leeward.errors import Problem
from leeward.words import _
from tui.settings import with_schedule, with_table, with_value


def with_week(text: str, name: str, lines: Sequence[str], *, quiet: bool) -> str:
    """`text` with the windows of one schedule, which is made where there is none. Raises `Problem`."""
    section = tomllib.loads(text).get("quiet", {})
    if name not in section.get("schedules", {}):
        return with_schedule(text, name, lines, quiet=quiet, timezone=None)
    return with_value(text, ("quiet", "schedules", name, "quiet" if quiet else "open"), list(lines))


def with_trip(text: str, first: date, last: date, zone: str, why: str, schedule: str | None = None) -> str:
    """`text` with a planned trip after the others. Raises `Problem`."""
    told = {"from": first, "to": last, "timezone": zone, "schedule": schedule, "why": why}
    return _appended(text, "trip", {key: value for key, value in told.items() if value})


def with_dates(text: str, first: date, last: date, do: str | Sequence[str], why: str = "") -> str:
    """`text` with whole dates after the others: "quiet", "open", "like mon", or windows of their own. Raises `Problem`."""
    told = {"from": first, "to": last, "do": do if isinstance(do, str) else list(do), "why": why}
    return _appended(text, "except", {key: value for key, value in told.items() if value})


def with_zone(text: str, zone: str) -> str:
    """`text` with the zone whose clock counts; "system" follows the machine. Raises `Problem`."""
    return with_value(text, ("quiet", "timezone"), zone)


def with_counting(text: str, name: str) -> str:
    """`text` with the schedule that counts. Raises `Problem`."""
    return with_value(text, ("quiet", "schedule"), name)


def with_holidays(text: str, regions: Sequence[str]) -> str:
    """`text` with the regions whose holidays are quiet. Raises `Problem`."""
    return with_value(text, ("quiet", "holidays"), list(regions))


def with_holiday(text: str, day: date, *, quiet: bool) -> str:
    """`text` with one holiday switched off, or on again. Raises `Problem`."""
    off = [each for each in tomllib.loads(text).get("quiet", {}).get("holidays_off", []) if each != day]
    return with_value(text, ("quiet", "holidays_off"), off if quiet else sorted([*off, day]))


def with_hours(text: str, person: str, hours: str | None) -> str:
    """`text` with the owner's guess at somebody's hours; None takes it out. Raises `Problem`."""
    return with_value(text, ("quiet", "people", "hours", person), hours)


def without_rules(text: str, rules: Sequence[Mapping[str, str]]) -> tuple[str, int]:
    """`text` without the rules that mute just one of these, and how many they were. Raises `Problem`."""
    quiet = tomllib.loads(text).get("quiet", {})
    found = quiet.get("rule", []) if isinstance(quiet, dict) else []
    listed = [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []
    named = [{key: value for key, value in rule.items() if key not in {"mute", "until"}} for rule in listed]
    gone = [n for n, rule in enumerate(named) if listed[n].get("mute") is True and rule in [dict(one) for one in rules]]
    for n in reversed(gone):
        text = with_value(text, ("quiet", "rule", n), None)
    return text, len(gone)


def with_rule(text: str, rule: Mapping[str, Any]) -> str:
    """`text` with a rule after the others. Raises `Problem`."""
    return _appended(text, "rule", dict(rule))


def difference(old: str, new: str) -> list[str]:
    """The lines that go ("- …") and come ("+ …"), each with the line around it ("  …")."""
    told = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
    return [f"{line[:1]} {line[1:]}" for line in told if not line.startswith("@@")]


def _appended(text: str, key: str, table: dict[str, Any]) -> str:
    import tomli_w

    before = tomllib.loads(text)
    quiet = before.get("quiet", {})
    listed = quiet.get(key, []) if isinstance(quiet, dict) else None
    same, new = False, text
    if isinstance(listed, list):
        new = with_table(text, ("quiet", key), f"[[quiet.{key}]]\n{tomli_w.dumps(table)}")
        with suppress(ValueError):
            same = tomllib.loads(new) == {**before, "quiet": {**quiet, key: [*listed, table]}}
    if not same:
        raise Problem(
            _("The settings are written in a way that cannot be added to safely."),
            _("Write [[quiet.{key}]] by hand.").format(key=key),
        )
    return new
