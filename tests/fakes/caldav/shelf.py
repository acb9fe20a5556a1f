"""One calendar of the fake: its objects, and all that ever happened to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    etag: str


@dataclass(slots=True)
class Shelf:
    path: str
    title: str
    components: tuple[str, ...]
    items: dict[str, Item] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    """The name of the object of each change, in order."""
    hidden: set[str] = field(default_factory=set)
    """Names that listings leave out although the objects are there."""
    readonly: bool = False
    shared: bool = False
    owner: str | None = None

    def put(self, name: str, text: str) -> Item:
        etag = '"' + sha256(f"{len(self.history)} {text}".encode()).hexdigest()[:20] + '"'
        self.items[name] = item = Item(text, etag)
        self.history.append(name)
        return item

    def drop(self, name: str) -> None:
        del self.items[name]
        self.history.append(name)

    def changed(self, since: int) -> list[str]:
        """The names that changed after the first `since` changes, each once."""
        return list(dict.fromkeys(self.history[since:]))

    def listed(self) -> dict[str, Item]:
        return {name: item for name, item in self.items.items() if name not in self.hidden}

    def with_uid(self, uid: str) -> str | None:
        wanted = re.compile(rf"^UID:{re.escape(uid)}\r?$", re.MULTILINE)
        return next((name for name, item in self.items.items() if wanted.search(item.text)), None)


def components_of(text: str) -> list[Any]:
    """The main components of an object, by an independent reader. Raises ValueError for what is none."""
    from icalendar import Calendar

    calendar: Any = Calendar.from_ical(text)
    if calendar.name != "VCALENDAR":
        raise ValueError("no VCALENDAR")
    return [each for each in calendar.subcomponents if each.name != "VTIMEZONE"]


def wrong_with(text: str, components: tuple[str, ...]) -> str | None:
    """What a strict server says against an object: "garbage", "component", or None when it is fine."""
    raws = text.split("\r\n")
    if raws[-1] or any("\n" in raw or "\r" in raw or len(raw.encode()) > 75 for raw in raws):
        return "garbage"
    try:
        found = components_of(text)
    except (ValueError, KeyError, IndexError):
        return "garbage"
    if (
        not found
        or len({str(each.get("UID")) for each in found}) != 1
        or not all(each.get("DTSTAMP") for each in found)
    ):
        return "garbage"
    if "\r\nVERSION:2.0\r\n" not in text or "\r\nPRODID:" not in text:
        return "garbage"
    if sum(each.get("RECURRENCE-ID") is None for each in found) > 1:
        return "garbage"
    return None if {each.name for each in found} <= set(components) else "component"
