"""Answering cases in the tool-neutral format: one JSON object a line in, `{"id", "answer"}` a line out.

A case names its `kind`, its `rule` and its instants. A rule that cannot be is answered with an `error` beside a null
answer, unless being refused is what the case asks for. Nothing in a line ends the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from leeward.model import Instant
from leeward.words import _
from leeward.work import quiet
from leeward.work.quiet_rules import read_instant, read_rules
from leeward.work.quiet_windows import BadRule


def answer_lines(lines: Iterable[str]) -> Iterator[str]:
    """The JSONL driver: an answer for each case, in order; header lines and empty lines are passed over."""
    for line in lines:
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except (ValueError, RecursionError):
            yield json.dumps({"id": None, "answer": None, "error": _("This line is no JSON.")})
            continue
        if isinstance(case, dict) and "format" in case and "kind" not in case:
            continue
        yield json.dumps(answer(case), ensure_ascii=False)


def answer(case: object) -> dict[str, Any]:
    """`{"id", "answer"}`, with an `error` where the case cannot be answered."""
    if not isinstance(case, Mapping):
        return {"id": None, "answer": None, "error": _("A case is a JSON object.")}
    name = case.get("id")
    if case.get("kind") == "reject":
        return {"id": name, "answer": refused(case.get("rule"))}
    try:
        return {"id": name, "answer": _answer(case)}
    except (ValueError, OverflowError) as error:  # a rule that cannot be, or instants past the end of the calendar
        return {"id": name, "answer": None, "error": str(error)}


def refused(rule: object) -> bool:
    """Whether this rule set must be refused."""
    try:
        read_rules(rule)
    except BadRule:
        return True
    return False


def stamp(instant: Instant | None) -> str | None:
    """An instant as ISO 8601 UTC, to the second."""
    if instant is None:
        return None
    return datetime.fromtimestamp(instant // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(case: Mapping[str, Any]) -> object:
    kind = case.get("kind")
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise BadRule(
            _("{kind} is no question. The kinds are {kinds}, reject.").format(kind=kind, kinds=", ".join(_KINDS))
        )
    return known(read_rules(case.get("rule")), case)


def _amount(case: Mapping[str, Any], name: str) -> int:
    found = case.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise BadRule(_("{name} is no number.").format(name=name))
    return found


def _t(case: Mapping[str, Any]) -> Instant:
    return read_instant(case.get("t"))


def _between(case: Mapping[str, Any]) -> tuple[Instant, Instant]:
    return read_instant(case.get("from")), read_instant(case.get("to"))


def _stretches(rules: quiet.Rules, case: Mapping[str, Any]) -> list[list[str | None]]:
    return [[stamp(start), stamp(end)] for start, end in quiet.stretches(rules, *_between(case))]


_KINDS: Mapping[str, Callable[[quiet.Rules, Mapping[str, Any]], object]] = {
    "is_quiet": lambda rules, case: quiet.is_quiet(rules, _t(case)),
    "next_open": lambda rules, case: stamp(quiet.next_open(rules, _t(case))),
    "next_quiet": lambda rules, case: stamp(quiet.next_quiet(rules, _t(case))),
    "stretches": _stretches,
    "open_minutes": lambda rules, case: quiet.open_minutes(rules, *_between(case)),
    "due_open_minutes": lambda rules, case: stamp(quiet.due_open_minutes(rules, _t(case), _amount(case, "minutes"))),
    "due_workdays": lambda rules, case: stamp(quiet.due_workdays(rules, _t(case), _amount(case, "days"))),
    "due_today": lambda rules, case: stamp(quiet.due_today(rules, _t(case))),
}
