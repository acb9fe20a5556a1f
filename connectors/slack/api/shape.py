"""Reads what a stranger's JSON may hold: the right type or nothing. Slack's `ts` is a stamp and an id at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from leeward.model import Instant, RemoteId

Row: TypeAlias = Mapping[str, Any]

_TS = re.compile(r"[0-9]{10}\.[0-9]{6}")
_ID = re.compile(r"[A-Z0-9]{2,40}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def obj(value: object) -> Row:
    """`value` as an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Row]:
    """The objects of a list; whatever else stands in it is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """`value` as text that can be stored, or "": half a surrogate pair becomes the replacement mark."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def ident(value: object) -> RemoteId | None:
    """An id of a person, a place or a bot."""
    return RemoteId(value) if isinstance(value, str) and _ID.fullmatch(value) else None


def stamp(value: object) -> str | None:
    """A `ts`. All have the same length, so that comparing texts compares times."""
    return value if isinstance(value, str) and _TS.fullmatch(value) else None


def instant(ts: str) -> Instant:
    """A `ts` in UTC milliseconds."""
    return Instant(int(ts[:10]) * 1000 + int(ts[11:14]))


def ts_of(at: Instant) -> str:
    """The `ts` of an instant, the first of its millisecond."""
    return f"{max(0, at) // 1000:010}.{max(0, at) % 1000:03}000"


def whole(value: object) -> int:
    """A count; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def line_id(channel: str, ts: str) -> RemoteId:
    """A line's id. A `ts` is unique in its channel only."""
    return RemoteId(f"{channel}/{ts}")


def split_id(line: str) -> tuple[str, str] | None:
    """Channel and `ts` of what `line_id` made; None for anything else."""
    channel, _slash, ts = line.partition("/")
    return (channel, ts) if _ID.fullmatch(channel) and _TS.fullmatch(ts) else None
