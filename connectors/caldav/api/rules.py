"""Recurrence rules by whole days: enough for tasks, bounded for whatever a stranger wrote.

Times of the day come from the first instance. Rules by hours, minutes, week numbers or days of the year are said to be
unreadable rather than guessed. Source: RFC 5545, 3.3.10.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import MAXYEAR, date, timedelta
from typing import TypeAlias

from msgspec import Struct

MAX_PERIODS = 12_000
"""Days, weeks, months or years looked at; a daily rule goes on for over thirty years."""

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)\Z")
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})

ByDay: TypeAlias = tuple[int, int]
"""Which one in its month or year (0: all), and the weekday."""


class UnknownRuleError(ValueError):
    """A rule we do not follow."""


class Rule(Struct, frozen=True):
    """A recurrence rule. `until` is its raw value: what it means depends on the zone of the first instance."""

    every: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    days: tuple[ByDay, ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def read_rule(value: str) -> Rule:
    """Read an RRULE. Raises `UnknownRuleError`."""
    pairs = dict(part.upper().partition("=")[::2] for part in value.strip().split(";") if part)
    if pairs.keys() - _KNOWN or pairs.get("FREQ") not in _PERIODS:
        raise UnknownRuleError(value[:80])
    days = tuple(_by_day(word) for word in pairs.get("BYDAY", "").split(",") if word)
    rule = Rule(
        pairs["FREQ"],
        interval=_number(pairs, "INTERVAL") or 1,
        count=_number(pairs, "COUNT"),
        until=pairs.get("UNTIL"),
        days=days,
        month_days=_numbers(pairs, "BYMONTHDAY", 31),
        months=_numbers(pairs, "BYMONTH", 12),
        positions=_numbers(pairs, "BYSETPOS", 366),
        week_start=_by_day(pairs.get("WKST", "MO"))[1],
    )
    if rule.every in {"DAILY", "WEEKLY"} and any(nth for nth, _day in days):
        raise UnknownRuleError(value[:80])
    return rule


def _number(pairs: Mapping[str, str], name: str) -> int | None:
    if name not in pairs:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", pairs[name]) or not int(pairs[name]):
        raise UnknownRuleError(f"{name}={pairs[name][:20]}")
    return int(pairs[name])


def _numbers(pairs: Mapping[str, str], name: str, most: int) -> tuple[int, ...]:
    found = []
    for word in pairs.get(name, "").split(","):
        if word and (not re.fullmatch(r"[+-]?[0-9]{1,3}", word) or not 0 < abs(int(word)) <= most):
            raise UnknownRuleError(f"{name}={word[:20]}")
        if word:
            found.append(int(word))
    return tuple(found)


def _by_day(word: str) -> ByDay:
    found = _BY_DAY.match(word)
    if not found:
        raise UnknownRuleError(word[:20])
    return int(found[1] or 0), _DAYS.index(found[2])


def days_of(rule: Rule, first: date) -> Iterator[date]:
    """The days of a rule from its first instance on, in order; the end by UNTIL is the caller's business."""
    left = rule.count if rule.count is not None else -1
    for number in range(MAX_PERIODS):
        try:
            period = _PERIODS[rule.every](rule, first, number * rule.interval)
        except OverflowError:
            return
        for day in _positions(rule, sorted(set(period))):
            if day < first:
                continue
            if left == 0:
                return
            left -= 1
            yield day


def _positions(rule: Rule, period: list[date]) -> list[date]:
    if not rule.positions:
        return period
    size = len(period)
    picked = {(at - 1 if at > 0 else size + at) for at in rule.positions}
    return [day for at, day in enumerate(period) if at in picked]


def _daily(rule: Rule, first: date, step: int) -> list[date]:
    day = first + timedelta(days=step)
    return [day] if _fits(rule, day) else []


def _weekly(rule: Rule, first: date, step: int) -> list[date]:
    monday = first - timedelta(days=(first.weekday() - rule.week_start) % 7) + timedelta(weeks=step)
    wanted = {day for _nth, day in rule.days} or {first.weekday()}
    week = [monday + timedelta(days=offset) for offset in range(7)]
    return [day for day in week if day.weekday() in wanted and (not rule.months or day.month in rule.months)]


def _monthly(rule: Rule, first: date, step: int) -> list[date]:
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    if year > MAXYEAR:
        raise OverflowError
    if rule.months and month + 1 not in rule.months:
        return []
    return _in_month(rule, year, month + 1, first.day)


def _yearly(rule: Rule, first: date, step: int) -> list[date]:
    year = first.year + step
    if year > MAXYEAR:
        raise OverflowError
    if rule.days and not rule.months and not rule.month_days:
        whole = [
            date(year, 1, 1) + timedelta(days=offset)
            for offset in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)
        ]
        return _weekdays(rule, whole)
    months = rule.months or (range(1, 13) if rule.month_days else (first.month,))
    return [day for month in months for day in _in_month(rule, year, month, first.day)]


def _in_month(rule: Rule, year: int, month: int, usual: int) -> list[date]:
    """The days a rule picks in one month; `usual` where it names none."""
    length = monthrange(year, month)[1]
    whole = [date(year, month, number) for number in range(1, length + 1)]
    if rule.days:
        whole = _weekdays(rule, whole)
    if rule.month_days:
        numbers = {number if number > 0 else length + 1 + number for number in rule.month_days}
        return [day for day in whole if day.day in numbers]
    return whole if rule.days else [day for day in whole if day.day == usual]


def _weekdays(rule: Rule, span: list[date]) -> list[date]:
    """The weekdays a rule picks out of a month or a year."""
    found: list[date] = []
    for nth, weekday in rule.days:
        same = [day for day in span if day.weekday() == weekday]
        if not nth:
            found += same
        elif abs(nth) <= len(same):
            found.append(same[nth - 1 if nth > 0 else nth])
    return found


def _fits(rule: Rule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or day.day in rule.month_days or day.day - length - 1 in rule.month_days)
        and (not rule.days or day.weekday() in {weekday for _nth, weekday in rule.days})
    )


_PERIODS: dict[str, Callable[[Rule, date, int], list[date]]] = {
    "DAILY": _daily,
    "WEEKLY": _weekly,
    "MONTHLY": _monthly,
    "YEARLY": _yearly,
}
