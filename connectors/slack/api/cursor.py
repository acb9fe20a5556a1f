"""What is remembered between pulls: of each channel its newest lines, what is left of its past, threads to be read."""

from __future__ import annotations

import json

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.slack.api.shape import Row, ident, obj, stamp, text, whole

WINDOW = 40
"""How many of a channel's newest lines are known by name, so that one that disappears is missed."""


class Gap(Struct, frozen=True):
    """Lines still to be read: older than `latest`, newer than `stop` ("" for the beginning), at most `left` of them."""

    latest: str
    stop: str
    left: int


class Mark(Struct, frozen=True):
    """Where a channel stands. `window`: its newest lines with what tells that their thread moved ("" without one)."""

    window: dict[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    threads: tuple[str, ...] = ()

    @property
    def newest(self) -> str:
        """The newest line known, "" where there is none."""
        return max(self.window, default="")

    def without(self, root: str) -> Mark:
        """The thread `root` was read."""
        return replace(self, threads=tuple(each for each in self.threads if each != root))


class Cursor(Struct):
    """`strict`: Slack gives this app fifteen lines a minute."""

    me: str = ""
    strict: bool = False
    at: dict[str, Mark] = field(default_factory=dict)

    def dump(self) -> str:
        """As it is stored; the same position makes the same text."""
        at = {
            channel: {
                "w": dict(sorted(mark.window.items())),
                **({"g": [[gap.latest, gap.stop, gap.left] for gap in mark.gaps]} if mark.gaps else {}),
                **({"t": list(mark.threads)} if mark.threads else {}),
            }
            for channel, mark in sorted(self.at.items())
        }
        return json.dumps({"me": self.me, "strict": self.strict, "at": at}, separators=(",", ":"))


def load(stored: str | None, me: str) -> Cursor:
    """What `dump` made; a beginning for anything else, and for another person's."""
    try:
        document = obj(json.loads(stored)) if stored else {}
    except ValueError:
        document = {}
    if document.get("me") != me:
        return Cursor(me)
    at = {channel: _mark(obj(held)) for channel, held in obj(document.get("at")).items() if ident(channel)}
    return Cursor(me, document.get("strict") is True, at)


def _mark(held: Row) -> Mark:
    gaps = held.get("g")
    read = [each for each in gaps if isinstance(each, list) and len(each) == 3] if isinstance(gaps, list) else []
    threads = held.get("t")
    return Mark(
        {ts: text(mark) for ts, mark in obj(held.get("w")).items() if stamp(ts)},
        tuple(Gap(latest, stamp(stop) or "", whole(left)) for latest, stop, left in read if stamp(latest)),
        tuple(each for each in threads if stamp(each)) if isinstance(threads, list) else (),
    )
