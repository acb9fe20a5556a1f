"""What SQLite cannot hold, made to fit: halves of surrogate pairs, and numbers beyond 64 bits."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = (1 << 63) - 1


def storable(value: T) -> T:
    """The same value with U+FFFD for each half of a pair, and numbers cut to 64 bits; rows and tuples are walked."""
    return _fit(value)  # type: ignore[no-any-return]  # the shape is kept, the checker cannot see it


def _fit(value: Any) -> Any:
    fitted: Any = value
    if isinstance(value, Enum | bool):
        pass
    elif isinstance(value, str):
        fitted = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    elif isinstance(value, int):
        fitted = min(max(value, -_MOST), _MOST)
    elif isinstance(value, tuple | set):
        fitted = type(value)(map(_fit, value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fitted = type(value)(**{each.name: _fit(getattr(value, each.name)) for each in dataclasses.fields(value)})
    return fitted
