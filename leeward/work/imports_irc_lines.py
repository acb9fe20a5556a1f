"""Lines of IRC logs as clients write them: irssi, WeeChat, ZNC, HexChat and plain `[HH:MM] <nick> text`."""

from __future__ import annotations

import re
from datetime import date, time

from msgspec import Struct

from leeward.work.tiers_words import MONTHS

_DAY = r"(?P<y>\d{4})[-./](?P<mo>\d\d)[-./](?P<d>\d\d)"
_CLOCK = r"(?P<h>\d\d):(?P<mi>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?"
_STAMP = re.compile(
    rf"[\[(]?(?:{_DAY}[T ]\s*|(?P<mon>[A-Z][a-z]{{2}}) (?P<md>\d\d) )?{_CLOCK}(?P<z>Z|[+-]\d\d:?\d\d)?[\])]?(?P<rest>[\t ].*|$)",
    re.ASCII | re.DOTALL,
)
_CHANGE = re.compile(
    r"(?:-{3}|\*{4}|={3,}|-{2})?\s*(?:Day changed(?: to)?|Log opened|Log closed|BEGIN LOGGING AT|ENDING LOGGING AT|Session Start:?|"
    r"Session Close:?|Date:?)\s+(?P<rest>.*)",
    re.IGNORECASE,
)
_SAID = re.compile(r"\s*<(?P<mark>[ @+%&~!]{0,2})(?P<nick>[^<>\s]{1,64})>(?:\s(?P<text>.*))?\Z", re.DOTALL)
_ACTION = re.compile(r"\s*\*\s(?P<nick>[^\s*]{1,64})\s(?P<text>.*)\Z", re.DOTALL)
_NOTICE = re.compile(r"\s*(?:-!-|\*\*\*|===|-->|<--|---?|<->)(?:\s|$)")
_TABBED = re.compile(r"(?P<nick>[^\t]{0,64})\t(?P<text>.*)\Z", re.DOTALL)
_DATES = (
    re.compile(rf"{_DAY}", re.ASCII),
    re.compile(r"(?P<mon>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2}),? (?:\d\d:\d\d(?::\d\d)? )?(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2}) (?P<mon>[A-Z][a-z]{2,8})\.? (?P<y>\d{4})"),
)
_FORMAT = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9a-fA-F]{0,6}|[\x02\x0f\x11\x16\x1d\x1e\x1f]")


class Logged(Struct, frozen=True):
    """One line of a log: `nick` None for a notice; `day` where the line itself tells it; `zone` an offset if it has one.

    `timed`: the line has a time; without one it goes with the line before it.
    """

    clock: time
    day: date | None
    zone: str | None
    nick: str | None
    text: str
    timed: bool = True


def day_in(text: str) -> date | None:
    """The day a text names ("Mon Nov 15 10:00:00 2004", "2004-11-15"), if any."""
    for pattern in _DATES:
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        month = int(parts["mo"]) if parts.get("mo") else MONTHS.get(parts["mon"].lower())
        try:
            return date(int(parts["y"]), month or 0, int(parts["d"]))
        except ValueError:
            continue
    return None


def read_line(line: str) -> Logged | date | None:
    """What a line of a log is: something logged, the beginning of a day, or neither."""
    change = _CHANGE.match(line)
    stamp = None if change else _STAMP.match(line)
    if change is not None:
        return day_in(change["rest"])
    if stamp is None:
        return _bare(line)
    parts = stamp.groupdict()
    rest = parts["rest"]
    inner = _CHANGE.match(rest.strip())
    if inner is not None and (changed := day_in(inner["rest"])) is not None:
        return changed
    try:
        clock = time(int(parts["h"]), int(parts["mi"]), int(parts["s"] or 0))
        day = date(int(parts["y"]), int(parts["mo"]), int(parts["d"])) if parts["y"] else None
    except ValueError:
        return None
    nick, text = _who(rest)
    return Logged(clock, day, parts["z"], nick, text)


def _bare(line: str) -> Logged | None:
    """A notice without a time, as old logs have them; its time is that of the line before."""
    return Logged(time.min, None, None, None, plain(line.strip()), timed=False) if _NOTICE.match(line) else None


def _who(rest: str) -> tuple[str | None, str]:
    if rest.startswith("\t"):
        tabbed = _TABBED.match(rest[1:])
        if tabbed is not None:
            return _weechat(tabbed["nick"], tabbed["text"])
    said = _SAID.match(rest)
    if said is not None:
        return said["nick"], plain(said["text"] or "").strip()
    if not _NOTICE.match(rest):
        action = _ACTION.match(rest)
        if action is not None:
            return action["nick"], plain(f"* {action['text'].strip()}")
    return None, plain(rest.strip())


def _weechat(prefix: str, text: str) -> tuple[str | None, str]:
    nick = prefix.strip()
    if nick == "*":
        who, _blank, act = text.strip().partition(" ")
        return who or None, plain(f"* {act}")
    if not nick or nick in {"-->", "<--", "--", "=!=", "<->"} or " " in nick:
        return None, plain(text.strip())
    return nick.lstrip("@+%&~") or nick, plain(text.strip())


def plain(text: str) -> str:
    """A text without colours and bold."""
    return _FORMAT.sub("", text)
