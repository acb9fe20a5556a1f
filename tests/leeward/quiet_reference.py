"""A second, slow reading of the quiet rules: one minute at a time, straight from the rule's JSON form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from leeward import zones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def text(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def wall(rule: dict[str, Any], when: datetime) -> datetime:
    return when.astimezone(zones.zone(rule["tz"])).replace(tzinfo=None)


def _entry(rule: dict[str, Any], day: date) -> dict[str, Any] | None:
    matching = [e for e in rule.get("dates", []) if e["from"] <= day.isoformat() <= e["to"]]
    return matching[-1] if matching else None


def _starting(rule: dict[str, Any], day: date) -> list[tuple[str, str]]:
    entry = _entry(rule, day)
    if entry and entry["do"] == "replace":
        return [(w["start"], w["end"]) for w in entry["windows"]]
    name = entry["day"] if entry and entry["do"] == "like" else DAYS[day.weekday()]
    return [(w["start"], w["end"]) for w in rule["windows"] if name in w["days"]]


def quiet(rule: dict[str, Any], when: datetime) -> bool:
    for now in reversed(rule.get("now", [])):
        if at(now["from"]) <= when and (now["to"] is None or when < at(now["to"])):
            return bool(now["do"] == "quiet")
    shown = wall(rule, when)
    for span in reversed(rule.get("spans", [])):
        if span["from"] <= shown.isoformat(timespec="minutes") < span["to"]:
            return bool(span["do"] == "quiet")
    entry = _entry(rule, shown.date())
    if entry and entry["do"] in {"quiet", "open"}:
        return bool(entry["do"] == "quiet")
    clock = shown.strftime("%H:%M")
    inside: bool = False
    for start, end in _starting(rule, shown.date()):
        last = "24:00" if end == "00:00" else end
        inside |= start <= clock < last if start < last else clock >= start
    for start, end in _starting(rule, shown.date() - timedelta(days=1)):
        inside |= end not in {"24:00", "00:00"} and end < start and clock < end
    counts: bool = rule["mode"] == "quiet"
    return inside == counts


def minutes(rule: dict[str, Any], start: datetime, end: datetime) -> list[tuple[datetime, bool]]:
    """Every minute of [start, end), and whether it is quiet."""
    whole = int((end - start) / MINUTE)
    return [(when, quiet(rule, when)) for when in (start + n * MINUTE for n in range(whole))]


def stretches(read: list[tuple[datetime, bool]]) -> list[list[str]]:
    found: list[list[str]] = []
    for minute, still in read:
        if still and found and found[-1][1] == text(minute):
            found[-1][1] = text(minute + MINUTE)
        elif still:
            found.append([text(minute), text(minute + MINUTE)])
    return found


def due_open_minutes(read: list[tuple[datetime, bool]], amount: int) -> datetime | None:
    for minute, still in read:
        amount -= not still
        if amount == 0:
            return minute + MINUTE
    return None


def open_dates(rule: dict[str, Any], read: list[tuple[datetime, bool]]) -> dict[date, datetime]:
    """Each wall date that has an open minute, with the end of its last one."""
    return {wall(rule, minute).date(): minute + MINUTE for minute, still in read if not still}
