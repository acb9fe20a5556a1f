"""Real servers as worlds of the contract suite: what a connector proves on our fakes, it proves here too."""

from __future__ import annotations

import itertools
import re
import time
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, urlencode

import pytest

from connectors.caldav.connector import CalDav as CalDavKind
from connectors.manifests.caldav import MANIFEST as CALDAV
from connectors.manifests.matrix import MANIFEST as MATRIX
from connectors.matrix.connector import Matrix as MatrixKind
from leeward.model import Instant, ItemType, RemoteId
from leeward.ports import Connector, Login
from leeward.testing.clock import FakeClock
from leeward.testing.harness import Held
from tests.contract.base import FakeHarness
from tests.e2e import needs
from tests.e2e.caldav_servers import CalDav
from tests.e2e.plain_http import ask, basic
from tests.e2e.synapse import Synapse
from tests.fakes.base import Answer, Asked, FakeHttp

_numbers = itertools.count()


class Real:
    """A real server in the place of a fake one: `answer` passes the request on, so that the same faults stand before it."""

    def __init__(self, base: str) -> None:
        self.base = base

    def answer(self, asked: Asked) -> Answer:
        query = f"?{urlencode(asked.query)}" if asked.query else ""
        got = ask(asked.method, f"{self.base}{asked.path}{query}", asked.body or None, asked.headers)
        return Answer(got.status, got.body, dict(got.headers))


def _now() -> FakeClock:
    """The server's own time; it does not follow when a test lets time pass."""
    return FakeClock(Instant(time.time_ns() // 1_000_000))


class CalDavWorld(FakeHarness):
    """Two empty lists, one for tasks and one for notes, seeded by plain requests as another program would."""

    manifest = CALDAV

    def __init__(self, server: CalDav) -> None:
        needs.module("icalendar")
        self.clock = _now()
        self.secret = server.password
        self._server = server
        self._user = server.user
        number = next(_numbers)
        self._tasks = self._path(server.make_list(f"tasks-{number}", f"Tasks {number}", ("VTODO",)))
        self._notes = self._path(server.make_list(f"notes-{number}", f"Notes {number}", ("VJOURNAL",)))
        self.http = FakeHttp(Real(server.url), self.secret, "basic", self._user)

    def _path(self, url: str) -> RemoteId:
        return RemoteId(url.removeprefix(self._server.url))

    def connector(self) -> Connector:
        places = (self._tasks, self._notes)
        login = Login("home", "caldav", self._server.url, user=self._user, places=places, zone="Europe/Amsterdam")
        return cast(Connector, CalDavKind(login, self.http, self.clock))

    def place(self, what: ItemType) -> RemoteId:
        return self._notes if what is ItemType.NOTE else self._tasks

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def _ask(self, method: str, path: str, body: str = "") -> bytes:
        headers = {**basic(self._user, self.secret), "content-type": "text/calendar; charset=utf-8"}
        got = ask(method, self._server.url + path, body.encode() or None, headers)
        assert 200 <= got.status < 300, (method, path, got.status, got.body)
        return got.body

    def _put(self, path: str, kind: str, title: str, text: str) -> RemoteId:
        import icalendar

        calendar, item = icalendar.Calendar(), icalendar.Todo() if kind == "VTODO" else icalendar.Journal()
        calendar.add("version", "2.0")
        calendar.add("prodid", "-//e2e//EN")
        item.add("uid", path.rpartition("/")[2])
        item.add("dtstamp", datetime(2026, 11, 1, 9, tzinfo=UTC))
        item.add("summary", title)
        item.add("description", text)
        calendar.add_component(item)
        self._ask("PUT", path, calendar.to_ical().decode())
        return RemoteId(path)

    def add_task(self, title: str, text: str = "") -> RemoteId:
        return self._put(f"{self._tasks}{next(_numbers)}.ics", "VTODO", title, text)

    def change_task(self, task: RemoteId, title: str) -> None:
        self._put(task, "VTODO", title, "")

    def delete_task(self, task: RemoteId) -> bool:
        self._ask("DELETE", task)
        return True

    def hide_task(self, task: RemoteId) -> None:
        pytest.skip("A real server does not hide what it holds.")

    def add_note(self, title: str, text: str) -> RemoteId:
        return self._put(f"{self._notes}{next(_numbers)}.ics", "VJOURNAL", title, text)

    def change_note(self, note: RemoteId, text: str) -> None:
        self._put(note, "VJOURNAL", "Minutes", text)

    def tasks(self) -> dict[RemoteId, Held]:
        return self._all(self._tasks, "VTODO")

    def notes(self) -> dict[RemoteId, Held]:
        return self._all(self._notes, "VJOURNAL")

    def _all(self, folder: RemoteId, kind: str) -> dict[RemoteId, Held]:
        return {path: _held(calendar.walk(kind)[0]) for path, calendar in self._stored(folder)}

    def _stored(self, folder: RemoteId) -> list[tuple[RemoteId, Any]]:
        import icalendar

        listing = ask("PROPFIND", self._server.url + folder, None, {**basic(self._user, self.secret), "depth": "1"})
        paths = re.findall(rb"<(?:\w+:)?href>([^<]+\.ics)</", listing.body)
        read = [(path, self._ask("GET", path)) for path in dict.fromkeys(found.decode() for found in paths)]
        return [(RemoteId(path), icalendar.Calendar.from_ical(body.decode())) for path, body in read]

    def acted(self) -> tuple[str, ...]:
        """Components beyond the one that was written, alarms, and people who would get an invitation."""
        found: list[str] = []
        for _path, calendar in (*self._stored(self._tasks), *self._stored(self._notes)):
            items = [item for item in calendar.subcomponents if item.name != "VTIMEZONE"]
            found += [item.name for item in items[1:]]
            found += [inner.name for item in items for inner in item.subcomponents]
            found += [str(item["ATTENDEE"]) for item in items if "ATTENDEE" in item]
        return tuple(found)


def _held(item: Any) -> Held:
    done = str(item.get("STATUS", "")) in {"COMPLETED", "CANCELLED"}
    return Held(str(item.get("DESCRIPTION", "")), str(item.get("SUMMARY", "")), done)


class MatrixWorld(FakeHarness):
    """A room of the owner and a colleague on the shared homeserver."""

    manifest = MATRIX

    def __init__(self, server: Synapse) -> None:
        self.clock = _now()
        self._server = server
        self._owner = server.register(server.new_name("owner"), display="Owner")
        self._ana = server.register(server.new_name("ana"), display="Ana")
        self._room = server.create_room(self._ana, "Harbour")
        server.invite(self._room, self._ana, self._owner.id)
        server.join(self._room, self._owner)
        self.secret = self._owner.token
        self.http = FakeHttp(Real(server.url), self.secret)

    def connector(self) -> Connector:
        return cast(Connector, MatrixKind(Login("team", "matrix", self._server.url), self.http, self.clock))

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self._room)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def add_thread(self, text: str) -> tuple[RemoteId | None, RemoteId]:
        """A thread is born with its first answer, so there is one."""
        root = RemoteId(self._server.say(self._room, self._ana, text))
        self.add_line("…", root)
        return root, root

    def add_line(self, text: str, thread: RemoteId | None, reply_to: RemoteId | None = None) -> RemoteId:
        relation: dict[str, object] = {}
        if thread:
            relation = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": reply_to is None}
        if thread or reply_to:
            relation["m.in_reply_to"] = {"event_id": reply_to or thread}
        return RemoteId(self._server.say(self._room, self._ana, text, **{"m.relates_to": relation}))

    def edit_line(self, line: RemoteId, text: str) -> None:
        relation = {"rel_type": "m.replace", "event_id": line}
        new = {"msgtype": "m.text", "body": text}
        self._server.say(self._room, self._ana, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    def delete_line(self, line: RemoteId) -> None:
        path = f"/_matrix/client/v3/rooms/{quote(self._room)}/redact/{quote(line)}/{next(_numbers)}"
        self._server.call("PUT", path, {}, token=self._ana.token)

    def _said(self) -> list[dict[str, Any]]:
        timeline = self._server.timeline(self._room, self._owner)
        return [event for event in timeline if event["type"] == "m.room.message" and event["content"]]

    def lines(self) -> dict[RemoteId, Held]:
        held = {}
        for event in self._said():
            if event["content"].get("m.relates_to", {}).get("rel_type") != "m.replace":
                edit = event.get("unsigned", {}).get("m.relations", {}).get("m.replace")
                last = edit["content"]["m.new_content"] if edit else event["content"]
                held[RemoteId(event["event_id"])] = Held(last["body"])
        for event in self._server.timeline(self._room, self._owner):
            if event["type"] in {"m.room.member", "m.room.name"}:
                held[RemoteId(event["event_id"])] = Held("notice")
        return held

    def read_upto(self, thread: RemoteId | None) -> RemoteId | None:
        synced = self._server.call("GET", "/_matrix/client/v3/sync", token=self._ana.token, query={"timeout": 0})
        events = synced["rooms"]["join"][self._room]["ephemeral"]["events"]
        for content in [event["content"] for event in events if event["type"] == "m.receipt"]:
            for id, kinds in content.items():
                read = kinds.get("m.read", {}).get(self._owner.id)
                if read and read.get("thread_id") == (thread or "main"):
                    return RemoteId(id)
        return None

    def acted(self) -> tuple[str, ...]:
        """Mentions, anything a client would ring for, and markup that was not escaped."""
        found: list[str] = []
        for content in [event["content"] for event in self._said() if event["sender"] == self._owner.id]:
            if content.get("m.mentions") != {}:
                found.append(f"mentions {content.get('m.mentions')}")
            html = content.get("formatted_body", "")
            found += re.findall(r"@room\b", content["body"] + html)
            found += re.findall(r"<script|href=\"(?!https?://|mailto:)|https://matrix\.to/#/@", html)
        return tuple(found)
