"""The sample team as batches: `team.json` says what happened how long ago, `now` makes instants of it.

In the file a time is an offset from now ("-1d5h10m", "+6h") or a working day from today, whole ("w+2") or at a time of
the clock on the wall ("w+2 16:00"). Nothing here touches a network or a real account.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from leeward.model import (
    Audience,
    Batch,
    Due,
    File,
    Instant,
    ItemType,
    Message,
    Note,
    Person,
    Place,
    Reach,
    ReadUpTo,
    RemoteId,
    RemoteRef,
    Status,
    Task,
    Thread,
    Tier,
    Todo,
)
from leeward.zones import instant, system_zone, wall, zone

_MINUTE = 60_000
_UNITS = {"d": 1440 * _MINUTE, "h": 60 * _MINUTE, "m": _MINUTE}
_OFFSET = re.compile(r"([+-])((?:\d+[dhm])+)")
_WORKDAY = re.compile(r"w\+(\d+)(?: (\d\d):(\d\d))?")
_HALF_HOUR = 30 * _MINUTE


class DemoAccount(Struct, frozen=True):
    """An account of the sample team; nobody is signed in anywhere."""

    name: str
    kind: str
    url: str


def accounts() -> tuple[DemoAccount, ...]:
    """The accounts that the batches belong to."""
    return tuple(DemoAccount(said["name"], said["kind"], said["url"]) for said in _team()["accounts"])


def batches(now: Instant) -> list[tuple[str, Batch]]:
    """Everything the sample team's services hold at `now` (milliseconds), to be ingested in this order.

    What was read of a flat place comes after its lines: only then is it known which conversations they make.
    """
    team = _team()
    held = [(said["name"], _Account(said, team["people"], now)) for said in team["accounts"]]
    rows = [(name, account.batch()) for name, account in held]
    return rows + [(name, Batch(read=account.read_chats())) for name, account in held if account.read_chats()]


def sleeping(now: Instant) -> list[tuple[str, RemoteRef, Instant]]:
    """What the owner has put off: account, item and until when. A chat line stands for its conversation."""
    kinds = (("line", ItemType.MESSAGE), ("issue", ItemType.THREAD), ("task", ItemType.TASK))
    return [
        (said["account"], (kind, RemoteId(said[name])), _workday_time(said["until"], now))
        for said in _team()["later"]
        for name, kind in kinds
        if name in said
    ]


@lru_cache(maxsize=1)
def _team() -> Any:
    return json.loads(files("tui.demo").joinpath("team.json").read_text(encoding="utf-8"))


def _at(said: str, now: Instant) -> Instant:
    """An offset from now. Raises ValueError for anything else."""
    found = _OFFSET.fullmatch(said)
    if not found:
        raise ValueError(f"not a time of the sample team: {said}")
    amount = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([dhm])", found[2]))
    return Instant(now - amount if found[1] == "-" else now + amount)


def _due(said: str | None, now: Instant) -> Due | None:
    """A working day, a time on it, or an offset (to the next half hour, as people name times)."""
    if said is None:
        return None
    found = _WORKDAY.fullmatch(said)
    if not found:
        return Instant(-(-_at(said, now) // _HALF_HOUR) * _HALF_HOUR)
    return _workday_time(said, now) if found[2] else _workday(int(found[1]), now)


def _workday(days: int, now: Instant) -> date:
    day = wall(now, zone(system_zone())).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def _workday_time(said: str, now: Instant) -> Instant:
    found = _WORKDAY.fullmatch(said)
    if not found or not found[2]:
        raise ValueError(f"not a working day with a time: {said}")
    at = datetime.combine(_workday(int(found[1]), now), time(int(found[2]), int(found[3])))
    return instant(at, zone(system_zone()))


class _Account:
    """One account's part of the file, turned into rows."""

    def __init__(self, said: Any, people: Any, now: Instant) -> None:
        self._said, self._people, self._now = said, people, now

    def batch(self) -> Batch:
        said = self._said
        return Batch(
            places=tuple(self._place(place) for place in said["places"]),
            people=tuple(self._person(handle, person) for handle, person in self._people.items()),
            threads=tuple(self._thread(issue) for issue in self._discussed()),
            messages=(*self._chat_lines(), *self._issue_lines()),
            tasks=tuple(self._task(task) for task in (*said.get("issues", ()), *said.get("tasks", ()))),
            notes=tuple(self._note(note) for note in said.get("notes", ())),
            todos=tuple(self._todo(todo) for todo in said.get("todos", ())),
            read=tuple(self._issues_read()),
            cursor="demo",
        )

    def read_chats(self) -> tuple[ReadUpTo, ...]:
        """How far the owner has read each flat place."""
        return tuple(ReadUpTo(RemoteId(chat["place"]), RemoteId(chat["read"])) for chat in self._said.get("chats", ()))

    def _discussed(self) -> list[Any]:
        return [issue for issue in self._said.get("issues", ()) if issue.get("lines")]

    def _url(self, place: str, id: str) -> str:
        return f"{self._said['url']}/{place}/{id}"

    def _place(self, said: Any) -> Place:
        flags = {name: bool(said.get(name)) for name in ("flat", "threads", "tasks", "notes")}
        audience = Audience(Reach(said["reach"]), said.get("count"))
        return Place(RemoteId(said["id"]), said["title"], audience, f"{self._said['url']}/{said['id']}", **flags)

    def _person(self, handle: str, said: Any) -> Person:
        address = f"{handle}@example.org"
        me = bool(said.get("me"))
        zone_name = system_zone() if me else said["zone"]
        return Person(RemoteId(handle), said["name"], handle, address, verified=True, zone=zone_name, me=me)

    def _thread(self, said: Any) -> Thread:
        people = tuple(RemoteId(who) for who in dict.fromkeys(line["by"] for line in said["lines"]))
        return Thread(
            id=RemoteId(said["id"]),
            place=RemoteId(said["place"]),
            title=said["title"],
            url=self._url(said["place"], said["id"]),
            task=RemoteId(said["id"]),
            people=people,
            updated=_at(said["lines"][-1]["at"], self._now),
            closed=said["status"] == Status.DONE,
        )

    def _chat_lines(self) -> list[Message]:
        return [
            self._message(line, chat["place"], f"{chat['place']}-{number}", None)
            for chat in self._said.get("chats", ())
            for number, line in enumerate(chat["lines"])
        ]

    def _issue_lines(self) -> list[Message]:
        return [
            self._message(line, issue["place"], f"{issue['id']}-{number}", RemoteId(issue["id"]))
            for issue in self._discussed()
            for number, line in enumerate(issue["lines"])
        ]

    def _message(self, said: Any, place: str, id: str, thread: RemoteId | None) -> Message:
        id = said.get("id", id)
        return Message(
            id=RemoteId(id),
            place=RemoteId(place),
            author=RemoteId(said["by"]),
            at=_at(said["at"], self._now),
            text=said["say"],
            thread=thread,
            reply_to=(RemoteId(said["re"]),) if "re" in said else (),
            mentions=tuple(RemoteId(who) for who in said.get("names", ())),
            files=tuple(File(**file) for file in said.get("files", ())),
            url=self._url(place, id),
        )

    def _task(self, said: Any) -> Task:
        made = _at(said["made"], self._now)
        lines = said.get("lines", ())
        return Task(
            id=RemoteId(said["id"]),
            place=RemoteId(said["place"]),
            title=said["title"],
            text=said["text"],
            status=Status(said["status"]),
            native_status=said.get("native"),
            author=RemoteId(said["by"]) if "by" in said else None,
            assignees=tuple(RemoteId(who) for who in said["for"]),
            due=_due(said.get("due"), self._now),
            tier=Tier(said["tier"]) if "tier" in said else None,
            labels=tuple(said.get("labels", ())),
            url=self._url(said["place"], said["id"]),
            thread=RemoteId(said["id"]) if lines else None,
            updated=_at(lines[-1]["at"], self._now) if lines else made,
            created=made,
            recurring=bool(said.get("recurring")),
        )

    def _note(self, said: Any) -> Note:
        at = _at(said["at"], self._now)
        url = self._url(said["place"], said["id"])
        return Note(RemoteId(said["id"]), RemoteId(said["place"]), said["title"], said["text"], at, url)

    def _todo(self, said: Any) -> Todo:
        return Todo(
            id=RemoteId(said["id"]),
            place=RemoteId(said["place"]),
            title=said["title"],
            at=_at(said["at"], self._now),
            author=RemoteId(said["by"]),
            mention=bool(said.get("mention")),
            text=said["text"],
            url=self._url(said["place"], said["id"]),
        )

    def _issues_read(self) -> list[ReadUpTo]:
        read = [issue for issue in self._discussed() if issue.get("read")]
        return [ReadUpTo(RemoteId(said["place"]), RemoteId(said["read"]), RemoteId(said["id"])) for said in read]
