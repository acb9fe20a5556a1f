"""Finding the operation a request is for, in the table that each fake keeps of what its service offers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from tests.fakes.base import Asked


class Operation(Protocol):
    """What every table's rows have."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> re.Pattern[str]: ...


R = TypeVar("R", bound=Operation)


def find(rules: Iterable[R], asked: Asked) -> tuple[R, dict[str, str]] | None:
    """The first operation that fits, and what stands for the names in its path, still encoded."""
    for rule in rules:
        match = rule.path.fullmatch(asked.path) if rule.method == asked.method else None
        if match:
            return rule, {name: value for name, value in match.groupdict().items() if value is not None}
    return None
