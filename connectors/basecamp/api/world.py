"""What reading needs to know beside the answer: where the account is, who we are, who is who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.basecamp.api.rich import People, Rich, read
from connectors.basecamp.api.shape import Odd, Row, number, obj, rows, text, whole
from connectors.keymark import split_marker
from leeward.model import File, Instant, Key, Person, RemoteId
from leeward.zones import wall, zone


class World(Struct):
    """`api` ends in the account's number. `zone` is the reader's, `me` ourselves once that is known."""

    api: str
    zone: str = "UTC"
    me: RemoteId | None = None
    people: People = field(default_factory=People)
    odd: Odd = field(default_factory=Odd)

    def person(self, value: object) -> Person | None:
        """Somebody; None for what is nobody. Their signed id is remembered, so that mentions of them are known."""
        row = obj(value)
        found = number(row.get("id"))
        if found is None:
            return None
        id_ = RemoteId(found)
        name = " ".join(whole(row.get("name")).split()) or text(row.get("email_address")) or found
        sgid, where = text(row.get("attachable_sgid")), text(row.get("time_zone"))
        if sgid:
            self.people.by_sgid[sgid] = id_
        zoned = where if "/" in where or where == "UTC" else None
        return Person(id_, name, None, text(row.get("email_address")) or None, zone=zoned, me=id_ == self.me)

    def persons(self, value: object) -> tuple[Person, ...]:
        """Everybody in a list; no list at all is nobody."""
        listed = rows(value, self.odd) if value is not None else ()
        return tuple(found for each in listed if (found := self.person(each)))

    def rich(self, html: object, author: RemoteId | None) -> tuple[Rich, Key | None]:
        """A text without our marker, which counts only under our own name: anybody can copy one."""
        found = read(whole(html), self.people)
        if author is None or author != self.me:
            return found, None
        words, key = split_marker(found.text)
        return replace(found, text=words), key

    def day(self, at: Instant) -> date:
        """The day of an instant where the reader is."""
        return wall(at, zone(self.zone)).date()


def files(rich: Rich, listed: object) -> tuple[File, ...]:
    """What is attached inside a text, by what the answer says of each, else by its tag."""
    told: dict[str, Row] = {}
    for row in listed if isinstance(listed, list) else ():
        told[text(obj(row).get("sgid"))] = obj(row)
    found = []
    for each in rich.attached:
        if each.name:
            row = told.get(each.sgid, {})
            size = row.get("byte_size")
            known = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else each.size
            url = text(row.get("download_url")) or each.url or None
            found.append(File(each.name, url, known, text(row.get("content_type")) or each.media_type or None))
    return tuple(found)


def unique(ids: Iterable[RemoteId | None]) -> tuple[RemoteId, ...]:
    """Each id once, in order."""
    return tuple(dict.fromkeys(each for each in ids if each))
