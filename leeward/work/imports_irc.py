"""Reader of IRC logs: one file, or a folder of them with a file a day or a channel."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from msgspec import Struct

from leeward import zones
from leeward.errors import Problem
from leeward.model import Batch, Instant, Message, Person, Place, RemoteId
from leeward.words import _
from leeward.work.imports_common import MessageIds, Pages
from leeward.work.imports_irc_lines import Logged, read_line

_LINE_MOST = 64 * 1024
_NAME_DAY = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_ENDINGS = (".weechatlog", ".log", ".txt", ".irc")
_BACK = timedelta(hours=6)  # a clock that falls this far has passed midnight; summer time is one hour
_CALLED = re.compile(r"[@<]?([^\s:,<>]{1,64})>?[:,]\s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Channel(Struct):
    """One channel over all its files; `told` once its place went out: a file that is no log makes no place."""

    place: RemoteId
    title: str
    ids: MessageIds
    people: dict[str, RemoteId]
    told: bool = False


def read_irc(path: Path, me: str | None, zone: str) -> Iterator[Batch]:
    """The batches of a log. `me` is the owner's nick; times without a zone are in `zone`. Raises Problem."""
    pages = Pages()
    channels: dict[str, _Channel] = {}
    known: dict[str, RemoteId] = {}
    found = False
    for file in _files(path):
        title = _title(file, path)
        channel = channels.get(title.lower())
        if channel is None:
            place = RemoteId(f"irc:{title.lower()}")
            channel = channels[title.lower()] = _Channel(place, title, MessageIds(place), known)
        for batch in _file(file, channel, pages, me, zone):
            found = found or bool(batch.messages)
            yield batch
        found = found or bool(pages.messages)
    if not found:
        raise Problem(
            _("{name} holds no line of an IRC log.").format(name=path.name),
            _("Logs of irssi, WeeChat, ZNC and HexChat are known, and lines such as [10:30] <nick> text."),
        )
    yield from pages.rest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(folder, name) for name in files if not name.startswith(".") and not Path(folder, name).is_symlink()
        ]
    return sorted(file for file in found if file.is_file())


def _title(file: Path, root: Path) -> str:
    """The channel a file is about: its name without day and ending, else the folder's."""
    name = file.name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    name = _NAME_DAY.sub("", name).strip("_-. ")
    hashed = name.find("#")
    if hashed > 0:
        name = name[hashed:]
    return name or (file.parent.name if file != root else "") or _("IRC log")


def _lines(file: Path) -> Iterator[str]:
    """The lines of a file of any size, as text; a line longer than 64 KiB goes on as a line of its own."""
    try:
        with file.open("rb") as raw:
            while line := raw.readline(_LINE_MOST):
                yield _decoded(line.rstrip(b"\r\n").removeprefix(BOM_UTF8))
    except OSError as wrong:
        raise Problem(
            _("{name} cannot be read ({why}).").format(name=file.name, why=wrong.strerror),
            _("Look at its name and mode."),
        ) from wrong


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _first_day(file: Path, zone: str) -> date:
    """The day a log begins: from its name, its lines, else so that its last line is of the day it was last written."""
    named = _NAME_DAY.search(file.name)
    if named is not None:
        try:
            return date(int(named[1]), int(named[2]), int(named[3]))
        except ValueError:
            pass
    nights = 0
    last = time.min
    for line in _lines(file):
        found = read_line(line)
        if isinstance(found, date):
            return found - timedelta(days=nights)
        if found is not None and found.day is not None:
            return found.day - timedelta(days=nights)
        if found is not None and found.nick is not None:
            nights += _later(found.clock, last)
            last = found.clock
    written = zones.wall(Instant(file.stat().st_mtime_ns // 1_000_000), zones.zone(zone)).date()
    return max(written, date.min + timedelta(days=nights)) - timedelta(days=nights)


def _later(clock: time, last: time) -> bool:
    """Whether midnight lies between two times of the day that follow one another."""
    return datetime.combine(date.min, last) - datetime.combine(date.min, clock) > _BACK


def _file(file: Path, channel: _Channel, pages: Pages, me: str | None, zone: str) -> Iterator[Batch]:
    day = _first_day(file, zone)
    last = time.min
    for line in _lines(file):
        found = read_line(line)
        if isinstance(found, date):
            day, last = found, time.min
            continue
        if found is None:
            pages.oddities += bool(line.strip())
            continue
        if found.day is not None:
            day = found.day
        elif found.timed and _later(found.clock, last) and day < date.max:
            day += timedelta(days=1)
        last = found.clock if found.timed else last
        if not channel.told:
            pages.places.append(Place(id=channel.place, title=channel.title, flat=True, writable=False))
            channel.told = True
        pages.messages.append(_message(found, _instant(found, day, last, zone), channel, pages, me))
        yield from pages.full()


def _instant(found: Logged, day: date, clock: time, zone: str) -> Instant:
    wall = datetime.combine(day, clock)
    try:
        if found.zone is None:
            return max(zones.instant(wall, zones.zone(zone)), Instant(0))
        offset = "+00:00" if found.zone == "Z" else found.zone
        moment = datetime.fromisoformat(wall.isoformat() + offset)
        return max(Instant((moment - _EPOCH) // timedelta(milliseconds=1)), Instant(0))
    except (OverflowError, ValueError):  # the first and last days of the calendar have no neighbours
        return Instant(0)


def _message(found: Logged, at: Instant, channel: _Channel, pages: Pages, me: str | None) -> Message:
    author = None if found.nick is None else _meet(found.nick, channel, pages, me)
    called = _CALLED.match(found.text) if author else None
    mentioned = channel.people.get(called[1].lower()) if called else None
    return Message(
        id=channel.ids.next(at, author or "", found.text),
        place=channel.place,
        author=author,
        at=at,
        text=found.text,
        mentions=(mentioned,) if mentioned is not None and mentioned != author else (),
        notice=author is None,
    )


def _meet(nick: str, channel: _Channel, pages: Pages, me: str | None) -> RemoteId:
    known = channel.people.get(nick.lower())
    if known is None:
        known = channel.people[nick.lower()] = RemoteId(f"irc:{nick.lower()}")
        mine = me is not None and me.strip().lower() == nick.lower()
        pages.people[known] = Person(id=known, name=nick, handle=nick, me=mine)
    return known
