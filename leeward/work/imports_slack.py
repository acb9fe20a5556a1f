"""Reader of Slack's workspace export: a zip or folder with users, channels and one file of messages a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from leeward.errors import Problem
from leeward.model import Audience, Batch, Instant, Message, Person, Place, Reach, RemoteId, Thread
from leeward.words import _
from leeward.work.imports_archive import Archive, opened, rows
from leeward.work.imports_common import LATEST, MessageIds, Pages
from leeward.work.imports_slack_text import files, mentioned, plain, raw_text
from leeward.work.tiers_title import title_of

_LISTS = {
    "channels.json": Reach.ORGANISATION,
    "groups.json": Reach.PEOPLE,
    "mpims.json": Reach.PEOPLE,
    "dms.json": Reach.PEOPLE,
}
_STAMP = re.compile(r"(\d{1,12})(?:\.(\d{1,6})\d*)?", re.ASCII)
_DAY = re.compile(r".*\d{4}-\d\d-\d\d\.json")
_SPOKEN = frozenset(
    (
        "bot_message",
        "file_share",
        "file_comment",
        "me_message",
        "thread_broadcast",
        "reply_broadcast",
        "file_mention",
        "bot_add_message",
    )
)


class _Export(Struct):
    """What is known before the first message: everybody and every place, by Slack's ids."""

    people: dict[str, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)  # by the folder that holds their days


class _Talk(Struct):
    """A thread as its messages come."""

    title: str
    people: list[RemoteId]
    updated: Instant
    told: bool = False


def read_slack(path: Path, me: str | None, _zone: str) -> Iterator[Batch]:
    """The batches of an export. `me` is the owner's id, handle, name or address. Raises Problem with a file's name."""
    with opened(path) as archive:
        names = archive.names()
        root = _root(names)
        export = _Export()
        pages = Pages()
        _read_people(archive, root, names, export, pages)
        _mark_me(export, me)
        _read_places(archive, root, names, export, pages)
        for person in export.people.values():
            pages.people[person.id] = person
            yield from pages.full()
        yield from pages.rest()
        for folder, days in _days(names, root).items():
            yield from _channel(archive, folder, days, export, pages)
        yield from pages.rest()


def _root(names: list[str]) -> str:
    """The folder inside the archive that holds the lists: "" or, in a zip made again by hand, a name with a slash."""
    lists = ("users.json", *_LISTS)
    found = min(
        (name for name in names if name.rpartition("/")[2] in lists), key=lambda name: name.count("/"), default=None
    )
    if found is None or found.count("/") > 2:
        raise Problem(
            _("This is no Slack export: it has neither users.json nor channels.json."),
            _("Name the zip as Slack gave it."),
        )
    return found[: found.rfind("/") + 1]


def _text(row: Mapping[str, Any], *keys: str) -> str:
    return next((found for key in keys if isinstance(found := row.get(key), str) and found.strip()), "")


def _person(row: Mapping[str, Any]) -> Person | None:
    id = _text(row, "id")
    if not id:
        return None
    inner = row.get("profile")
    profile: Mapping[str, Any] = inner if isinstance(inner, dict) else {}
    name = _text(profile, "display_name", "real_name") or _text(row, "real_name", "name") or id
    return Person(
        id=RemoteId(id),
        name=name,
        handle=_text(row, "name") or None,
        address=_text(profile, "email") or None,
        zone=_text(row, "tz") or None,
    )


def _read_people(archive: Archive, root: str, names: list[str], export: _Export, pages: Pages) -> None:
    if root + "users.json" not in names:
        return
    for row in rows(archive, root + "users.json"):
        person = _person(row) if isinstance(row, dict) else None
        if person is None:
            pages.oddities += 1
            continue
        export.people[person.id] = person
        export.names[person.id] = person.name


def _mark_me(export: _Export, me: str | None) -> None:
    if me is None:
        return
    wanted = me.strip().lstrip("@").lower()
    people = export.people.values()
    for matches in (
        [one for one in people if wanted in {one.id.lower(), (one.address or "").lower(), (one.handle or "").lower()}],
        [one for one in people if wanted == one.name.lower()],
    ):
        if len(matches) == 1:
            export.people[matches[0].id] = replace(matches[0], me=True)
            return
        if matches:
            raise Problem(
                _("Several people in this export are called {name}.").format(name=me),
                _("Give --me an id or an address."),
            )
    raise Problem(
        _("Nobody in this export is called {name}.").format(name=me),
        _("Give --me a name, an id or an address that stands in it."),
    )


def _read_places(archive: Archive, root: str, names: list[str], export: _Export, pages: Pages) -> None:
    for name, reach in _LISTS.items():
        if root + name not in names:
            continue
        for row in rows(archive, root + name):
            if not isinstance(row, dict) or not _text(row, "id"):
                pages.oddities += 1
                continue
            id, folder = _text(row, "id"), _text(row, "name", "id")
            export.places[folder] = place = _place(row, id, reach, export)
            export.titles[id] = place.title
            pages.places.append(place)


def _place(row: Mapping[str, Any], id: str, reach: Reach, export: _Export) -> Place:
    listed = row.get("members")
    members = [RemoteId(one) for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    title = _text(row, "name") or ", ".join(export.names.get(one, one) for one in members[:8]) or id
    readers = tuple(members) if reach is Reach.PEOPLE else ()
    return Place(
        id=RemoteId(id),
        title=title,
        audience=Audience(reach, count=len(members) or None, people=readers),
        flat=True,
        threads=True,
        writable=False,
    )


def _days(names: list[str], root: str) -> dict[str, list[str]]:
    """The files of messages by the folder of their channel, each in the order of its days."""
    found: dict[str, list[str]] = {}
    for name in names:
        folder, slash, day = name[len(root) :].partition("/")
        if name.startswith(root) and slash and "/" not in day and _DAY.fullmatch(day) and folder != "__MACOSX":
            found.setdefault(folder, []).append(name)
    return found


def _channel(archive: Archive, folder: str, days: list[str], export: _Export, pages: Pages) -> Iterator[Batch]:
    place = export.places.get(folder)
    if place is None:
        place = Place(id=RemoteId(f"slack:{folder}"), title=folder, flat=True, threads=True, writable=False)
        pages.places.append(place)
    ids = MessageIds(place.id)
    talks: dict[RemoteId, _Talk] = {}
    for name in days:
        for at, row in _in_order(rows(archive, name), pages):
            message = _message(row, at, place.id, ids, export, pages)
            pages.messages.append(message)
            if message.thread is not None:
                pages.threads[message.thread] = _thread(message, talks)
            yield from pages.full()


def _in_order(found: list[Any], pages: Pages) -> list[tuple[Instant, dict[str, Any]]]:
    timed: list[tuple[tuple[int, int], dict[str, Any]]] = []
    for row in found:
        stamp = _stamp(row.get("ts")) if isinstance(row, dict) else None
        if stamp is None:
            pages.oddities += 1
        elif not row.get("hidden"):
            timed.append((stamp, row))
    timed.sort(key=lambda pair: pair[0])
    return [(Instant(stamp[0] * 1000 + stamp[1] // 1000), row) for stamp, row in timed]


def _stamp(raw: object) -> tuple[int, int] | None:
    """Seconds and microseconds of Slack's `ts`; None for what no calendar knows."""
    found = _STAMP.fullmatch(raw if isinstance(raw, str) else str(raw) if isinstance(raw, int | float) else "")
    if found is None or int(found[1]) * 1000 > LATEST:
        return None
    return int(found[1]), int((found[2] or "").ljust(6, "0"))


def _message(
    row: dict[str, Any], at: Instant, place: RemoteId, ids: MessageIds, export: _Export, pages: Pages
) -> Message:
    raw = raw_text(row)
    author = _author(row, export, pages)
    text = plain(raw, export.names, export.titles)
    subtype = row.get("subtype")
    edit = row.get("edited")
    edited = _stamp(edit.get("ts")) if isinstance(edit, dict) else None
    thread = _stamp(row.get("thread_ts"))
    attached = files(row)
    if not text.strip() and attached:
        text = ", ".join(file.name for file in attached)
    return Message(
        id=ids.next(at, author or "", text),
        place=place,
        author=author,
        at=at,
        text=text,
        raw=raw if raw != text else None,
        thread=None if thread is None else RemoteId(f"{place}/{thread[0]}.{thread[1]:06}"),
        mentions=tuple(id for id in mentioned(raw) if id in export.people),
        files=attached,
        edited=None if edited is None else Instant(edited[0] * 1000 + edited[1] // 1000),
        notice=isinstance(subtype, str) and subtype not in _SPOKEN,
    )


def _author(row: dict[str, Any], export: _Export, pages: Pages) -> RemoteId | None:
    """Who wrote it; somebody the lists do not know (a bot, a guest) is met here."""
    id = _text(row, "user", "bot_id", "username")
    if not id:
        return None
    if id not in export.people:
        told = row.get("user_profile"), row.get("bot_profile")
        profiles: list[Mapping[str, Any]] = [one for one in told if isinstance(one, dict)]
        name = next((found for one in profiles if (found := _text(one, "display_name", "real_name", "name"))), "")
        person = Person(id=RemoteId(id), name=name or _text(row, "username") or id)
        export.people[id] = person
        export.names[id] = person.name
        pages.people[person.id] = person
    return RemoteId(id)


def _thread(message: Message, talks: dict[RemoteId, _Talk]) -> Thread:
    assert message.thread is not None
    talk = talks.get(message.thread)
    if talk is None:
        talk = talks[message.thread] = _Talk(title_of(message.text) or message.thread, [], message.at)
    talk.updated = max(talk.updated, message.at)
    if message.author is not None and message.author not in talk.people:
        talk.people.append(message.author)
    return Thread(
        id=message.thread, place=message.place, title=talk.title, people=tuple(talk.people), updated=talk.updated
    )
