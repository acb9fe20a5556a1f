"""Three-way merge of fields: what we read, what we want, what stands there now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Merged(Struct, frozen=True):
    """`send`: our fields that still need to be written; `clashes`: fields both sides changed to different values."""

    send: dict[str, Any]
    clashes: dict[str, tuple[Any, Any]]


def merge(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Merge the fields we set. What they left as it was takes ours; what both set alike is done; else it is a clash."""
    send: dict[str, Any] = {}
    clashes: dict[str, tuple[Any, Any]] = {}
    for name, value in ours.items():
        there = theirs.get(name)
        if same(there, value):
            continue
        if same(there, base.get(name)):
            send[name] = value
        else:
            clashes[name] = (there, value)
    return Merged(send, clashes)


def same(one: Any, other: Any) -> bool:
    """Whether two values of a field say the same; people and labels have no order, and services give them one of their own."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return bool(one == other)
