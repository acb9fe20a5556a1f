"""What is measured, against which goal, and how a figure is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ratio` is to `against`, measured in the same run; `why` stands where there is no figure.

    `value` is None where it could not be measured. `goal` is the most `judged` may be, the ratio or the value; or with
    `at_least` the least.
    """

    row: str
    what: str
    value: float | None
    unit: str
    goal: float | None = None
    by_ratio: bool = False
    ratio: float | None = None
    against: str = ""
    why: str = ""
    at_least: bool = False

    @property
    def judged(self) -> float | None:
        return self.ratio if self.by_ratio else self.value

    @property
    def verdict(self) -> str:
        if self.judged is None:
            return "not measured"
        if self.goal is None:
            return ""
        if self.at_least:
            return "ok" if self.judged >= self.goal else "under"
        return "ok" if self.judged <= self.goal else "over"

    def document(self) -> dict[str, object]:
        return {**asdict(self), "verdict": self.verdict}


Rows = Callable[[str], list[Figure]]
"""A part of the suite: measures on the store of that size."""


def missing(row: str, what: str, why: str) -> Figure:
    return Figure(row, what, None, "", why=why)


def table(figures: list[Figure]) -> str:
    """The figures as lines of text."""
    lines = [f"{'row':<5}{'what':<52}{'figure':>12}{'ratio':>9}  {'goal':<12}{'':<13}note"]
    for one in figures:
        figure = "-" if one.value is None else f"{one.value:,.2f} {one.unit}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f} x"
        goal = (
            ""
            if one.goal is None
            else f"{'>=' if one.at_least else '<='} {one.goal:g} {'x' if one.by_ratio else one.unit}"
        )
        note = one.why or (f"to {one.against}" if one.against else "")
        lines.append(f"{one.row:<5}{one.what:<52}{figure:>12}{ratio:>9}  {goal:<12} {one.verdict:<12} {note}".rstrip())
    return "\n".join(lines)
