"""The hours of others: told by a service, guessed by the owner, or a usual day where their clock is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import TryLater
from leeward.model import AccountUid, Instant, RemoteId
from leeward.ports import Can, Login, Manifest
from leeward.ports_extra import Told
from leeward.store.db import Db, open_db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.hours import EVERY_MS, TheirHours, ask_of
from leeward.testing.clock import FakeClock
from leeward.work import posting, quiet_theirs
from leeward.work.quiet_rules import read_instant as at
from leeward.work.quiet_settings import QuietConfig
from leeward.work.quiet_text import hours_of

EVENING = at("2026-11-24T23:10:00Z")  # Tuesday; 23:10 in Lisbon, 18:10 in New York
NONE = QuietConfig()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Db]:
    made = open_db(tmp_path)
    yield made
    made.close()


def person(db: Db, id: str, name: str, zone: str | None = None, *, me: bool = False, human: str | None = None) -> None:
    db.execute(
        "INSERT INTO person (id, account, remote, name, handle, address, verified, zone, me, human)"
        " VALUES (?1, 'uid1', 'r' || ?1, ?2, lower(?2), lower(?2) || '@example.org', 0, ?3, ?4, ?5)",
        (id, name, zone, int(me), human or id),
    )


def line(db: Db, id: str, author: str, thread: str = "t", when: int = EVENING) -> None:
    db.execute(
        "INSERT INTO message (id, account, place, thread, remote, author, at, text) VALUES (?1, 'uid1', 'p', ?2, ?1, ?3, ?4, '')",
        (id, thread, author, when),
    )


def told(db: Db, person: str, hours: Told) -> None:
    quiet_theirs.keep(db, [(person, hours)], EVENING)


def opens(db: Db, config: QuietConfig = NONE, now: Instant = EVENING) -> str:
    """Who opens when, by their own clock; "" where nobody is waited for."""
    them = quiet_theirs.of_thread(db, "t", config)
    found = quiet_theirs.opening(them[0], now) if them else None
    return f"{found.name} {found.wall:%a %H:%M}" if found else ""


def test_a_zone_alone_gives_a_usual_day(db: Db) -> None:
    person(db, "m", "Maria", "Europe/Lisbon")
    line(db, "l1", "m")
    assert opens(db) == "Maria Wed 09:00"
    assert opens(db, now=at("2026-11-24T10:00:00Z")) == ""
    assert opens(db, now=at("2026-11-27T20:00:00Z")) == "Maria Mon 09:00"
    (maria,) = quiet_theirs.of_thread(db, "t", NONE)
    assert quiet_theirs.sentence([maria], EVENING) == "It is 23:10 for Maria (Lisbon, quiet)"
    found = quiet_theirs.opening(maria, EVENING)
    assert found is not None
    assert quiet_theirs.title(found, EVENING, "UTC") == "Maria's 09:00"


def test_who_writes_in_a_place_is_known_too(db: Db) -> None:
    person(db, "m", "Maria", "Europe/Lisbon")
    line(db, "l1", "m", thread="another")
    assert quiet_theirs.of_thread(db, "t", NONE) == []
    assert [one.name for one in quiet_theirs.of_thread(db, "p", NONE)] == ["Maria"]


def test_where_no_clock_is_known_nothing_is_said(db: Db) -> None:
    person(db, "m", "Maria")
    line(db, "l1", "m")
    assert quiet_theirs.of_thread(db, "t", NONE) == []
    guessed = QuietConfig(hours=(("Maria", hours_of("mon-fri 09:00-17:00")),))
    assert quiet_theirs.of_thread(db, "t", guessed) == []  # windows without a clock


@pytest.mark.parametrize("name", ["Maria", "maria", "maria@example.org"])
def test_a_guess_names_a_person_as_one_knows_them(db: Db, name: str) -> None:
    person(db, "m", "Maria")
    line(db, "l1", "m")
    guessed = QuietConfig(hours=((name, hours_of("mon-thu 07:30-15:00; fri 08:00-12:00 in America/New_York")),))
    assert opens(db, guessed) == "Maria Wed 07:30"
    assert opens(db, guessed, at("2026-11-26T22:00:00Z")) == "Maria Fri 08:00"


def test_what_a_service_tells_wins_over_a_guess_and_a_snooze_over_both(db: Db) -> None:
    person(db, "m", "Maria", "Europe/Lisbon")
    line(db, "l1", "m")
    guessed = QuietConfig(hours=(("Maria", hours_of("mon-fri 06:00-14:00 in Asia/Tokyo")),))
    assert opens(db, guessed) == "Maria Wed 06:00"  # her zone is the service's, her windows are guessed
    told(db, "m", Told(RemoteId("rm"), "America/New_York", ("mon-fri 10:00-18:00",)))
    assert opens(db, guessed) == "Maria Wed 10:00"
    snooze = (EVENING, at("2026-11-25T17:45:00Z"))
    told(db, "m", Told(RemoteId("rm"), "America/New_York", ("mon-fri 10:00-18:00",), (snooze,)))
    assert opens(db, guessed) == "Maria Wed 12:45"
    told(db, "m", Told(RemoteId("rm"), "America/New_York", ("mon-fri 10:00-18:00",), ((EVENING, None),)))
    assert opens(db, guessed) == ""  # nobody knows when it ends


def test_nonsense_from_a_service_is_left_out(db: Db) -> None:
    person(db, "m", "Maria")
    line(db, "l1", "m")
    told(db, "m", Told(RemoteId("rm"), "Mars/Base", ("whenever", "mon-fri 10:00-18:00")))
    assert quiet_theirs.of_thread(db, "t", NONE) == []
    told(db, "m", Told(RemoteId("rm"), "Europe/Lisbon", ("whenever",)))
    assert opens(db) == "Maria Wed 09:00"


def test_the_owner_is_aside_and_one_human_over_accounts_is_one(db: Db) -> None:
    person(db, "me", "Sam", "Europe/Amsterdam", me=True)
    person(db, "m", "Maria", "Europe/Lisbon")
    person(db, "m2", "Maria V.", human="m")
    person(db, "j", "Jo", "America/New_York")
    for n, author in enumerate(("m", "j", "m2", "me")):
        line(db, f"l{n}", author)
    them = quiet_theirs.of_thread(db, "t", NONE)
    assert [one.name for one in them] == ["Maria", "Jo"]
    assert quiet_theirs.sentence(them, EVENING) == (
        "It is 23:10 for Maria (Lisbon, quiet), 18:10 for Jo (New York, quiet)"
    )


def test_a_line_for_their_morning_follows_their_clock(db: Db) -> None:
    doc = {"place": "p", "text": "hi", "their": {"wall": "2026-11-25T09:00:00", "zone": "Europe/Lisbon"}}
    meant = at("2026-11-25T09:00:00Z")
    for n, due in enumerate((meant, meant - 3_600_000)):  # the second was worked out by rules that changed since
        db.execute(
            "INSERT INTO outbox (account, verb, item, lane, doc, key, state, due, created)"
            " VALUES ('uid1', 'post', 't', ?, ?, ?, 'queued', ?, 0)",
            (f"t{n}", json.dumps(doc), f"k{n}", due),
        )
    assert [when for _row, when in posting.moved(db, EVENING)] == [meant]
    db.changed = set()
    assert posting.follow_clocks(db, EVENING) == 1
    assert posting.moved(db, EVENING) == []
    assert {due for (due,) in db.execute("SELECT due FROM outbox")} == {meant}


class Service:
    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.breaks = False

    async def hours(self, people: tuple[RemoteId, ...]) -> tuple[Told, ...]:
        self.asked.append(people)
        if self.breaks:
            raise TryLater("It did not answer.")
        return (Told(RemoteId("rm"), "Europe/Lisbon"), Told(RemoteId("stranger"), "Asia/Tokyo"))


def test_a_service_is_asked_of_whom_one_writes_with_every_half_hour(tmp_path: Path) -> None:
    clock, service = FakeClock(EVENING), Service()
    store = Store(tmp_path)
    connector: Any = service
    live = Live(AccountUid("uid1"), Login("a", "x", ""), Manifest("x", "X", frozenset({Can.HOURS}), None), connector)
    deaf = Live(AccountUid("uid2"), Login("b", "y", ""), Manifest("y", "Y", frozenset(), None), connector)

    def seed(db: Db) -> None:
        person(db, "m", "Maria")
        person(db, "old", "Olaf")
        person(db, "me", "Sam", me=True)
        line(db, "l0", "old", when=EVENING - 30 * 24 * 3_600_000)
        line(db, "l1", "m")
        line(db, "l2", "me")

    async def act() -> None:
        theirs = TheirHours(store, clock, quiet_theirs.wanted, quiet_theirs.keep)
        assert await theirs.refresh([live, deaf]) == 0
        assert service.asked == []  # nobody writes here yet
        store.write(seed).result()
        clock.advance(EVERY_MS / 1000)
        assert await theirs.refresh([live, deaf]) == 1
        assert service.asked == [("rm",)]
        assert await theirs.refresh([live, deaf]) == 0
        clock.advance(EVERY_MS / 1000)
        assert await theirs.refresh([live, deaf]) == 0
        service.breaks = True
        clock.advance(EVERY_MS / 1000)
        assert await theirs.refresh([live, deaf]) == 0
        assert len(service.asked) == 3
        them = store.read(quiet_theirs.of_thread, "t", NONE).result()
        assert [(one.name, one.zone) for one in them] == [("Maria", "Europe/Lisbon")]

    try:
        asyncio.run(act())
    finally:
        store.close()


def test_a_service_that_rests_is_asked_only_of_whom_one_writes_to(tmp_path: Path) -> None:
    clock, service = FakeClock(EVENING), Service()
    store = Store(tmp_path)
    connector: Any = service
    manifest = Manifest("x", "X", frozenset({Can.HOURS}), None, rest_s=86_400.0)
    live = Live(AccountUid("uid1"), Login("a", "x", ""), manifest, connector)

    def seed(db: Db) -> None:
        person(db, "m", "Maria")
        line(db, "l1", "m")

    async def act() -> None:
        store.write(seed).result()
        theirs = TheirHours(store, clock, quiet_theirs.wanted, quiet_theirs.keep)
        assert await theirs.refresh([live]) == 0
        assert service.asked == []
        assert await ask_of(store, live, {"rm": "m"}, quiet_theirs.keep, EVENING) == 1
        assert service.asked == [("rm",)]
        live.stopped = True
        assert await ask_of(store, live, {"rm": "m"}, quiet_theirs.keep, EVENING) == 0
        assert service.asked == [("rm",)]

    try:
        asyncio.run(act())
    finally:
        store.close()


def test_somebody_is_asked_of_where_it_may_be_late_for_them_and_nobody_told_today(db: Db) -> None:
    person(db, "m", "Maria")
    person(db, "me", "Sam", me=True)
    assert quiet_theirs.doubtful(db, "t", NONE, EVENING) is None  # nobody wrote here
    line(db, "l1", "m")
    line(db, "l2", "me")
    maria = ("uid1", "rm", "m")
    assert quiet_theirs.doubtful(db, "t", NONE, EVENING) == maria
    assert quiet_theirs.doubtful(db, "p", NONE, EVENING) == maria
    guessed = QuietConfig(hours=(("maria", hours_of("daily 23:00-24:00 in Europe/Lisbon")),))
    assert quiet_theirs.doubtful(db, "t", guessed, EVENING) is None  # she is at work, as far as is known
    told(db, "m", Told(RemoteId("rm")))
    assert quiet_theirs.doubtful(db, "t", NONE, EVENING) is None
    assert quiet_theirs.doubtful(db, "t", NONE, Instant(EVENING + quiet_theirs.TOLD_MS)) == maria
