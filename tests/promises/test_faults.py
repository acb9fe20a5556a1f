"""A failing service never closes, hides or deletes an item: every fault at every request, in every kind, through the engine.

Mass deletion needs consent: listings that come back empty remove nothing, however often.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leeward.model import AccountUid, Instant, ItemType
from leeward.ports import Can, Login
from leeward.store import accounts
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from tests.contract.base import FakeHarness
from tests.contract.matrix_world import MatrixWorld
from tests.contract.miro_world import MiroWorld
from tests.contract.test_caldav import CalDavHarness
from tests.contract.test_gitlab import GitLabHarness
from tests.fakes.base import Answer, Asked, Fault, LostError, Service, always, lose_answer, never_connect
from tests.leeward.store.hand import STEPS

EVERY = 1 if os.environ.get("LEEWARD_FULL") else 11
"""The ordinary suite tries each fault at every eleventh request, beginning elsewhere with each; the promise is all of them."""

KINDS: dict[str, Callable[[], FakeHarness]] = {
    "gitlab": GitLabHarness,
    "matrix": MatrixWorld,
    "caldav": CalDavHarness,
    "miro": MiroWorld,
}
PAGE = b"<!DOCTYPE html><html><title>Sign in to this network</title></html>"
JSON = {"content_type": "application/json"}


def cut(service: Service, asked: Asked) -> Answer:
    answer = service.answer(asked)
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


def rude(_service: Service, _asked: Asked) -> Answer:
    raise LostError(arrived=True)


FAULTS: dict[str, Fault] = {
    **{str(status): always(status) for status in (302, 400, 401, 403, 404, 409, 410, 418, 429, 500, 502, 503, 504)},
    "no body": always(200, b""),
    "null": always(200, b"null", **JSON),
    "an empty list": always(200, b"[]", **JSON),
    "an empty object": always(200, b"{}", **JSON),
    "a list of nothing": always(200, b'[null, 1, "x", {}]', **JSON),
    "deep": always(200, b"[" * 5000, **JSON),
    "an empty multistatus": always(207, b'<multistatus xmlns="DAV:"/>', content_type="application/xml"),
    "a page": always(200, PAGE, content_type="text/html"),
    "noise": always(200, b"\xff\xfe\x00", **JSON),
    "cut": cut,
    "lost": lose_answer,
    "dropped": rude,
    "no connection": never_connect,
}
EMPTY = ("an empty list", "an empty object", "an empty multistatus", "404", "410")


class Desk:
    """One account of a kind, its store, and rounds by an engine that remembers nothing, as after a restart."""

    def __init__(self, harness: FakeHarness, folder: Path) -> None:
        self.harness = harness
        self.store = Store(folder)
        self.lock = SyncLock(folder)
        self.uid: AccountUid = self.store.write(self._ensure).result()

    def _ensure(self, db: Db) -> AccountUid:
        kind = self.harness.manifest.kind
        return accounts.ensure(db, "work", kind, "https://x.example", now=Instant(0), since=Instant(0))

    def round(self, *, afresh: bool) -> int:
        """One round; how many requests it asked. `afresh` lists everything."""
        self.harness.advance(120)
        if afresh:
            self.store.write(lambda db: db.execute("DELETE FROM cursor WHERE account = ?", (self.uid,))).result()
        manifest = self.harness.manifest
        login = Login("work", manifest.kind, "https://x.example")
        live = Live(self.uid, login, manifest, self.harness.connector())
        before = len(self.harness.http.asked)
        asyncio.run(Engine(self.store, [live], self.harness.clock, STEPS, self.lock).round())
        return len(self.harness.http.asked) - before

    def items(self) -> list[Any]:
        """Everything that a person would miss."""
        return self.store.read(_items).result()


def _items(db: Db) -> list[Any]:
    return [
        *db.execute("SELECT id, type, title, state, gone, place FROM item ORDER BY id"),
        *db.execute("SELECT id, thread, text FROM message ORDER BY id"),
        *db.execute("SELECT id, status, text FROM task ORDER BY id"),
        *db.execute("SELECT id, text FROM note ORDER BY id"),
    ]


def untitled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:2] + row[3:] if len(row) == 6 and row[1] == ItemType.THREAD else row


@contextmanager
def filled(kind: str, folder: Path) -> Iterator[Desk]:
    harness = KINDS[kind]()
    if Can.TASKS in harness.manifest.can:
        for number in range(4):
            harness.add_task(f"Task {number}", "Its text")
    if Can.NOTES in harness.manifest.can:
        harness.add_note("Minutes", "What was said")
    if Can.THREADS in harness.manifest.can:
        for number in range(3):
            thread, _first = harness.add_thread(f"Question {number}")
            harness.add_line("An answer", thread)
    desk = Desk(harness, folder)
    try:
        for _round in range(2):
            desk.round(afresh=False)
        yield desk
    finally:
        desk.store.close()


@pytest.mark.parametrize("afresh", [False, True], ids=["on", "afresh"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_at_any_request_touches_an_item(kind: str, afresh: bool, tmp_path: Path) -> None:
    with filled(kind, tmp_path) as desk:
        before = desk.items()
        assert len(before) > 4
        usual = desk.round(afresh=afresh)
        assert desk.items() == before
        for start, (name, fault) in enumerate(FAULTS.items()):
            for at in range(start % EVERY, usual, EVERY):
                desk.harness.http.faults = [*[None] * at, fault]
                desk.round(afresh=afresh)
                desk.harness.http.faults = []
                assert desk.items() == before, f"{name} at request {at}"
        desk.round(afresh=True)
        assert desk.items() == before


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("kind", KINDS)
def test_listings_that_stay_empty_remove_nothing(kind: str, name: str, tmp_path: Path) -> None:
    """From every request on, for good: the worst is a service that forgot everything and says so politely."""
    with filled(kind, tmp_path) as desk:
        before = desk.items()
        usual = desk.round(afresh=True)
        for at in range(0, usual, EVERY):
            for _again in range(3):  # once is not believed, twice might be
                desk.harness.http.faults = [*[None] * at, *[FAULTS[name]] * 200]
                desk.round(afresh=True)
            desk.harness.http.faults = []
            # A thread may be called after a later line while its first is withheld; nothing more than that.
            assert [untitled(row) for row in desk.items()] == [untitled(row) for row in before], f"{name} from {at} on"
            desk.round(afresh=True)
            assert desk.items() == before, f"{name} from {at} on, and then well again"


def test_what_the_service_itself_deleted_is_gone(tmp_path: Path) -> None:
    """Otherwise the tests above would prove nothing."""
    with filled("caldav", tmp_path) as desk:
        before = desk.items()
        first = next(iter(desk.harness.tasks()))
        assert desk.harness.delete_task(first)
        for _round in range(3):
            desk.round(afresh=True)
        assert desk.items() != before
        assert desk.harness.manifest.can >= {Can.TASKS}
        assert ItemType.TASK in {row[1] for row in before if len(row) == 6}
