"""Reading one rule set from its tool-neutral JSON form; whatever is unclear is refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from leeward import zones
from leeward.model import Instant
from leeward.words import _
from leeward.work.quiet_course import DateRule, Do, Rules, Spell, WallSpan, Week
from leeward.work.quiet_windows import BadRule, Window, weekday, window

__all__ = ["BadRule", "read_date", "read_instant", "read_rules"]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def read_rules(document: object) -> Rules:
    """A rule set from parsed JSON. Raises `BadRule` with a sentence."""
    rule = _table(document, "The rule")
    mode = rule.get("mode")
    if not _one_of(mode, "quiet", "open"):
        raise BadRule(_("{mode} is no mode. Write quiet or open.").format(mode=mode))
    return Rules(
        zone=_zone(rule.get("tz")),
        mode_quiet=mode == "quiet",
        week=_week(_list(rule, "windows", must=True)),
        dates=tuple(_date_rule(entry) for entry in _list(rule, "dates")),
        spans=tuple(_span(entry) for entry in _list(rule, "spans")),
        now=tuple(_spell(entry) for entry in _list(rule, "now")),
    )


def read_instant(text: object) -> Instant:
    """An instant from text such as "2026-11-21T13:00:00Z". Raises `BadRule`."""
    if not isinstance(text, str) or not _UTC.fullmatch(text):
        raise BadRule(_("{text} is no instant. Write YYYY-MM-DDTHH:MM:SSZ.").format(text=text))
    try:
        when = datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRule(_("{text} does not exist.").format(text=text)) from error
    return Instant(int(when.timestamp()) * 1000)


def read_date(text: object) -> date:
    """A date from text such as "2026-12-24". Raises `BadRule`."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise BadRule(_("{text} is no date. Write YYYY-MM-DD.").format(text=text))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRule(_("There is no {text}.").format(text=text)) from error


def _one_of(value: object, *words: str) -> bool:
    return isinstance(value, str) and value in words


def _table(document: object, what: str) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise BadRule(_("{what} is no table.").format(what=what))
    return document


def _list(rule: Mapping[str, Any], name: str, *, must: bool = False) -> list[Any]:
    found = rule.get(name, None if must else [])
    if not isinstance(found, list):
        raise BadRule(_("{name} is no list.").format(name=name))
    return found


def _zone(name: object) -> str:
    if not isinstance(name, str):
        raise BadRule(_("{name} is no zone. Write a place, such as Europe/Amsterdam.").format(name=name))
    try:
        zones.zone(name)
    except ValueError as error:
        raise BadRule(str(error)) from error
    return name


def _week(entries: list[Any]) -> Week:
    days: list[list[Window]] = [[] for _ in range(7)]
    for entry in entries:
        table = _table(entry, "A window")
        named = table.get("days")
        if not isinstance(named, list) or not named:
            raise BadRule(_("A window without days. Name at least one, such as mon."))
        shape = window(table.get("start"), table.get("end"))
        for day in {weekday(name) for name in named}:
            days[day].append(shape)
    return tuple(tuple(day) for day in days)


def _date_rule(entry: object) -> DateRule:
    table = _table(entry, "A date entry")
    first, last = read_date(table.get("from")), read_date(table.get("to"))
    if last < first:
        raise BadRule(_("to = {last} is before from = {first}.").format(last=last, first=first))
    name = table.get("do")
    if not _one_of(name, "quiet", "open", "like", "replace"):
        raise BadRule(_("{name} is nothing to do. Write quiet, open, like or replace.").format(name=name))
    do = Do(name)
    day = weekday(table.get("day")) if do is Do.LIKE else 0
    windows: list[Window] = []
    if do is Do.REPLACE:
        for part in _list(table, "windows", must=True):
            shape = _table(part, "A window")
            windows.append(window(shape.get("start"), shape.get("end")))
    return DateRule(first, last, do, day, tuple(windows))


def _span(entry: object) -> WallSpan:
    table = _table(entry, "A span")
    start, end = _wall(table.get("from")), _wall(table.get("to"))
    if end <= start:
        raise BadRule(_("to = {to} is not after from = {start}.").format(to=table["to"], start=table["from"]))
    return WallSpan(start, end, quiet=_quiet(table))


def _spell(entry: object) -> Spell:
    table = _table(entry, "A one-off")
    start = read_instant(table.get("from"))
    if "to" not in table:
        raise BadRule(_("A one-off without to. Write null where it never ends."))
    end = None if table["to"] is None else read_instant(table["to"])
    if end is not None and end <= start:
        raise BadRule(_("to = {to} is not after from = {start}.").format(to=table["to"], start=table["from"]))
    return Spell(start, end, quiet=_quiet(table))


def _quiet(table: Mapping[str, Any]) -> bool:
    if not _one_of(table.get("do"), "quiet", "open"):
        raise BadRule(_("{do} is nothing to do. Write quiet or open.").format(do=table.get("do")))
    return bool(table["do"] == "quiet")


def _wall(text: object) -> datetime:
    if not isinstance(text, str) or not _WALL.fullmatch(text):
        raise BadRule(_("{text} is no wall time. Write YYYY-MM-DDTHH:MM.").format(text=text))
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRule(_("{text} is on no clock.").format(text=text)) from error
