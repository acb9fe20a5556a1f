"""Which way to ring, and one round of ringing.

The order is the settings'; the first that works is used. Terminal and desktop stand for one another on one machine and
are never both used for one thing; another way is tried only where the first surely showed nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from leeward.ports import Channel, Clock
from leeward.text import one_line
from leeward.words import _
from leeward.work import digest
from leeward.work.digest import Offer
from leeward.work.quiet_plan import Surroundings
from leeward.work.quiet_settings import QuietConfig

_ROUND = 20
_HERE = frozenset({"osc99", "osc777", "osc9", "bell", "desktop"})


class Found(Struct, frozen=True):
    """One way to ring as this machine has it: the channel, or the sentence why there is none."""

    kind: str
    channel: Channel | None
    say: str


class Writer(Protocol):
    """Runs a function in one transaction of the store and gives back what it returned."""

    def __call__(self, act: Callable[..., Any], *args: object, **named: object) -> Any:
        """Commit before returning."""
        ...


def choose(order: Sequence[str], found: Mapping[str, Sequence[Found]]) -> list[Channel]:
    """The usable channels in the order of trying; kinds that are not in the order are off."""
    usable = [one.channel for kind in order for one in found.get(kind, ()) if one.channel is not None]
    return list(dict.fromkeys(usable))


def say(order: Sequence[str], found: Mapping[str, Sequence[Found]]) -> list[tuple[str, bool, str]]:
    """What `doctor` tells: each way, whether it can be used, and a sentence; the one that is used first says so."""
    first = next(iter(choose(order, found)), None)
    told: list[tuple[str, bool, str]] = []
    for kind in order:
        for one in found.get(kind, ()):
            used = one.channel is not None and one.channel is first
            told.append(
                (kind, one.channel is not None, _("{say} Used first.").format(say=one.say) if used else one.say)
            )
    told.extend((kind, True, _("switched off")) for kind in found if kind not in order)
    return told


def on_screen(thread: str | None, shown: str | None, *, looks: bool | None) -> bool:
    """Whether a thread is before the owner's eyes: only where the terminal said that it has the focus.

    A terminal that never reported (`looks` is None) is not counted on, and then we ring.
    """
    return looks is True and thread is not None and shown == thread


def ring(
    write: Writer,
    channels: Sequence[Channel],
    config: QuietConfig,
    around: Surroundings,
    clock: Clock,
    host: str | None = None,
) -> int:
    """One round, by the process that holds the sync lock: release, then claim, show and mark. How many were shown.

    Blocks while channels answer, so it runs beside the loop. Each step is a transaction of its own. `host`: this machine's
    name, for the journal of what was shown on it.
    """
    write(digest.release, config, around, clock.now())
    shown = 0
    out: set[str] = set()
    for _turn in range(_ROUND):
        offers = [_offer(channel, host) for channel in channels if channel.name not in out]
        mine: digest.Claim | None = write(digest.claim, offers, clock.now(), sound=config.channels.sound)
        if mine is None:
            break
        channel = next(channel for channel in channels if channel.name == mine.channel)
        rung = channel.ring(mine.notice, key=mine.key)
        shown += rung.name == "SENT"
        if rung.name == "FAILED":
            out.add(mine.channel)  # it works for nobody in this round
        last = len(out) == len({channel.name for channel in channels})
        write(digest.mark, mine, rung, clock.now(), last=last)
    return shown


def _offer(channel: Channel, host: str | None) -> Offer:
    if host is None or channel.name not in _HERE:
        return Offer(channel.name, channel.replaces)
    shower = one_line(getattr(channel, "program", ""), 30).replace("@", " ")  # a terminal may know its own program
    return Offer(channel.name, channel.replaces, f"{shower}@{host}" if shower else host)


def reference(write: Writer) -> tuple[Callable[[str], str | None], Callable[[str, str], None]]:
    """How a channel recalls and keeps the id of a popup, for those that can replace only what they named."""

    def recall(db: sqlite3.Connection, key: str) -> str | None:
        row = db.execute("SELECT shown_ref FROM delivery WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    return lambda key: write(recall, key), lambda key, ref: write(digest.keep_ref, key, ref)
