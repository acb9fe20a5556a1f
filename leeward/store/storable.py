"""What SQLite cannot hold, made to fit: halves of surrogate pairs, and numbers beyond 64 bits."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

from msgspec import Struct

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
    elif isinstance(value, Struct):
        fitted = type(value)(*[_fit(getattr(value, name)) for name in value.__struct_fields__])
    return fitted
