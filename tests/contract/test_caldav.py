"""The contract suite over the fake calendar server, in both dialects and with its awkward habits."""

from __future__ import annotations

from typing import Any

from connectors.caldav.connector import CalDav
from connectors.manifests.caldav import MANIFEST as CALDAV
from leeward.model import ItemType, RemoteId
from leeward.ports import Login
from leeward.testing.clock import FakeClock
from leeward.testing.contract import Contract
from leeward.testing.harness import Harness, Held
from tests.contract.base import FakeHarness
from tests.fakes.base import FakeHttp
from tests.fakes.caldav.seed import journal_text, todo_text
from tests.fakes.caldav.service import CalDavService, Dialect
from tests.fakes.caldav.shelf import Shelf, components_of


class CalDavHarness(FakeHarness):
    manifest = CALDAV

    def __init__(self, dialect: Dialect = "radicale") -> None:
        self.clock = FakeClock()
        self.service = CalDavService(dialect)
        self.service.base = "https://dav.example.org"
        self.service.make_calendar("tasks", "Tasks", ("VTODO",))
        self.service.make_calendar("notes", "Notes", ("VJOURNAL",))
        self.secret = self.service.token
        self.http = FakeHttp(self.service, self.secret, "basic", self.service.user)
        self._made = 0

    def connector(self) -> CalDav:
        login = Login("home", "caldav", self.service.base, user=self.service.user, zone="Europe/Amsterdam")
        return CalDav(login, self.http, self.clock)

    def place(self, what: ItemType) -> RemoteId:
        return RemoteId(self._shelf(what).path)

    def _shelf(self, what: ItemType) -> Shelf:
        return self.service.shelf("notes" if what is ItemType.NOTE else "tasks")

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def loop_pages(self) -> bool:
        self.service.loops = self.service.syncs
        return self.service.syncs

    def _add(self, what: ItemType, text: str) -> RemoteId:
        shelf = self._shelf(what)
        shelf.put(f"{self._made}.ics", text)
        return RemoteId(f"{shelf.path}{self._made}.ics")

    def add_task(self, title: str, text: str = "") -> RemoteId:
        self._made += 1
        return self._add(ItemType.TASK, todo_text(f"uid-{self._made}", summary=title, description=text))

    def change_task(self, task: RemoteId, title: str) -> None:
        shelf, name = self._held(task)
        shelf.put(name, todo_text(f"uid-{name.removesuffix('.ics')}", summary=title))

    def _held(self, item: RemoteId) -> tuple[Shelf, str]:
        place = self.service.find(item)
        assert place is not None
        return place

    def delete_task(self, task: RemoteId) -> bool:
        shelf, name = self._held(task)
        shelf.drop(name)
        return True

    def hide_task(self, task: RemoteId) -> None:
        shelf, name = self._held(task)
        shelf.hidden.add(name)

    def tasks(self) -> dict[RemoteId, Held]:
        return self._all(ItemType.TASK)

    def add_note(self, title: str, text: str) -> RemoteId:
        self._made += 1
        return self._add(ItemType.NOTE, journal_text(f"uid-{self._made}", summary=title, description=text))

    def change_note(self, note: RemoteId, text: str) -> None:
        shelf, name = self._held(note)
        shelf.put(name, journal_text(f"uid-{name.removesuffix('.ics')}", summary="Minutes", description=text))

    def notes(self) -> dict[RemoteId, Held]:
        return self._all(ItemType.NOTE)

    def _all(self, what: ItemType) -> dict[RemoteId, Held]:
        shelf = self._shelf(what)
        return {RemoteId(shelf.path + name): _held(item.text) for name, item in shelf.items.items()}

    def acted(self) -> tuple[str, ...]:
        """Components beyond the one that was written, alarms, and people who would get an invitation."""
        found: list[str] = []
        for shelf in self.service.shelves.values():
            for item in shelf.items.values():
                components = components_of(item.text)
                found += [str(each.name) for each in components[1:]]
                found += [str(inner.name) for each in components for inner in each.subcomponents]
                found += [str(each.get("ATTENDEE")) for each in components if each.get("ATTENDEE")]
        return tuple(found)


def _held(text: str) -> Held:
    main: Any = components_of(text)[0]
    done = str(main.get("STATUS", "")) in {"COMPLETED", "CANCELLED"}
    return Held(str(main.get("DESCRIPTION", "")), str(main.get("SUMMARY", "")), done)


class TestLikeRadicale(Contract):
    def make(self) -> Harness:
        return CalDavHarness()


class TestLikeXandikosWithoutETagsAfterWrites(Contract):
    def make(self) -> Harness:
        harness = CalDavHarness("xandikos")
        harness.service.keeps_etag = False
        harness.service.page = 40
        return harness


class TestWithoutSyncReports(Contract):
    def make(self) -> Harness:
        harness = CalDavHarness()
        harness.service.syncs = False
        harness.service.rewrites = True
        return harness
