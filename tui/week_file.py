"""Quiet rules in the text of config.toml: a week's lines in place, a trip or a rule at the end. Pure; nothing else moves."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from leeward.errors import Problem
from leeward.words import _
from tui.settings import with_schedule, with_value


def with_week(text: str, name: str, lines: Sequence[str], *, quiet: bool) -> str:
    """`text` with the windows of one schedule, which is made where there is none. Raises `Problem`."""
    section = tomllib.loads(text).get("quiet", {})
    if name not in section.get("schedules", {}):
        return with_schedule(text, name, lines, quiet=quiet, timezone=None)
    return with_value(text, ("quiet", "schedules", name, "quiet" if quiet else "open"), list(lines))


def with_trip(text: str, first: date, last: date, zone: str, why: str) -> str:
    """`text` with a planned trip at its end. Raises `Problem`."""
    return _appended(text, "trip", {"from": first, "to": last, "timezone": zone} | ({"why": why} if why else {}))


def with_dates(text: str, first: date, last: date, do: str) -> str:
    """`text` with whole dates that are "quiet" or "open" at its end. Raises `Problem`."""
    return _appended(text, "except", {"from": first, "to": last, "do": do})


def with_rule(text: str, rule: Mapping[str, Any]) -> str:
    """`text` with a rule at its end. Raises `Problem`."""
    return _appended(text, "rule", dict(rule))


def difference(old: str, new: str) -> list[str]:
    """The lines that go ("- …") and come ("+ …"), each with the line around it ("  …")."""
    told = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
    return [f"{line[:1]} {line[1:]}" for line in told if not line.startswith("@@")]


def _appended(text: str, key: str, table: dict[str, Any]) -> str:
    import tomli_w

    before = tomllib.loads(text)
    block = f"[[quiet.{key}]]\n{tomli_w.dumps(table)}"
    head = text.rstrip("\n")
    new = f"{head}\n\n{block}" if head else block
    quiet = before.get("quiet", {})
    wanted = {**before, "quiet": {**quiet, key: [*quiet.get(key, []), table]}}
    try:
        same = tomllib.loads(new) == wanted
    except ValueError:
        same = False
    if not same:
        raise Problem(
            _("The settings are written in a way that cannot be added to safely."),
            _("Write [[quiet.{key}]] by hand.").format(key=key),
        )
    return new
