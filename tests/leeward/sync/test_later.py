"""Lines with a time: a service that keeps them posts them once, whatever is lost or killed; else they leave from here."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from leeward import zones
from leeward.errors import Forbidden, Refused, TryLater, Usage
from leeward.model import Instant, ItemType
from leeward.ports import Can
from leeward.store import outbox
from leeward.store.db import Db
from leeward.sync.answer import answer
from leeward.work import acts, posting
from leeward.work.reversing import reverse
from leeward.zones import zone
from tests.leeward.sync.world import (
    EVERYTHING,
    ROOM,
    Fault,
    Listing,
    Scripted,
    World,
    busy,
    killed_after,
    killed_before,
    lost_after,
    lost_before,
    nonsense,
    refused,
    unsigned,
)

HOUR = 3_600_000
ROUNDS = 300 if os.environ.get("LEEWARD_FULL") else 40
FAULTS: list[Fault | None] = [
    *(lost_before, lost_after, busy, nonsense, killed_before, killed_after, refused, unsigned),
    *([None] * 4),
]


@pytest.fixture(params=[Listing, Scripted], ids=["shown", "unseen"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return _world(request, tmp_path, request.param)


def _world(
    request: pytest.FixtureRequest, folder: Path, makes: type[Scripted], can: frozenset[Can] = EVERYTHING
) -> World:
    made = World(folder, makes=makes, can=can)
    request.addfinalizer(made.end)
    made.round()
    return made


def say(here: World, text: str = "Good morning", in_ms: int = 12 * HOUR) -> int:
    def act(db: Db, now: Instant) -> int:
        place = db.execute("SELECT id FROM place WHERE remote = ?", (ROOM,)).fetchone()[0]
        return posting.post(db, now, place, text, at=Instant(now + in_ms))

    return int(here.do(act))


def state(here: World, row: int) -> str:
    return str(here.ask("SELECT state FROM outbox WHERE row = ?", row)[0][0])


def pass_time(here: World, ms: int) -> None:
    """The hours go by; the service posts what it keeps, and we look from time to time."""
    for _step in range(12):
        here.clock.advance(ms / 12_000)
        for live in here.lives.values():
            live.stopped = False
        here.service.post_due(here.clock.now())
        here.round()


def texts(here: World) -> list[str]:
    here.service.post_due(here.clock.now())
    return sorted(one.text for one in here.service.of(ItemType.MESSAGE))


def test_the_service_keeps_it_and_this_machine_may_sleep(here: World) -> None:
    row = say(here)
    here.round()
    assert len(here.service.waiting) == 1
    assert state(here, row) == "sent"
    here.clock.advance(13 * 3600)
    assert texts(here) == ["Good morning"]
    pass_time(here, HOUR)
    assert texts(here) == ["Good morning"]


def test_it_stands_in_the_outbox_until_its_time(here: World) -> None:
    row = say(here)
    here.round()

    def listed(db: Db, now: Instant) -> list[tuple[int, str, str]]:
        return [(one.row, one.state, one.why) for one in outbox.listed(db, now)]

    assert here.do(listed) == [(row, "sent", "waits at Scripted, which posts it at its time")]
    assert here.do(lambda db, _now: outbox.listed(db)) == []
    here.clock.advance(12 * 3600 + 1)
    assert here.do(listed) == []


def test_in_its_grace_undo_simply_drops_it(here: World) -> None:
    say(here)
    here.do(acts.undo)
    pass_time(here, 13 * HOUR)
    assert here.service.calls == []
    assert texts(here) == []


def test_redo_keeps_its_time(here: World) -> None:
    say(here)
    here.do(acts.undo)
    here.do(acts.redo)
    here.round()
    (one, _thread) = next(iter(here.service.waiting.values()))
    assert one.at > here.clock.now() + 11 * HOUR


def test_undo_takes_it_back_from_the_service(here: World) -> None:
    say(here)
    here.round()
    undone = here.do(acts.undo)
    assert undone is not None
    here.do(reverse, undone.sent)
    here.settle()
    assert here.service.waiting == {}
    pass_time(here, 13 * HOUR)
    assert texts(here) == []
    assert here.do(outbox.listed) == []


def test_what_was_posted_meanwhile_is_taken_back_as_a_line(here: World) -> None:
    row = say(here)
    here.round()
    here.clock.advance(13 * 3600)
    here.service.post_due(here.clock.now())
    here.do(reverse, [row])
    here.settle()
    assert texts(here) == []


def test_the_outbox_drops_a_waiting_line(here: World) -> None:
    row = say(here)
    here.round()
    here.do(lambda db, now: answer(db, row, "drop", now))
    here.settle()
    assert here.service.waiting == {}
    other = say(here, "Another", 5 * HOUR)
    here.round()
    with pytest.raises(Usage):
        here.do(lambda db, now: answer(db, other, "send", now))


def test_a_lost_taking_back_is_tried_again(here: World) -> None:
    for fault in (lost_before, lost_after, killed_before, killed_after):
        row = say(here, fault.__name__)
        here.round()
        here.do(lambda db, now, row=row: answer(db, row, "drop", now))
        here.service.faults = [fault]
        here.settle()
        assert here.service.waiting == {}
    pass_time(here, 13 * HOUR)
    assert texts(here) == []


def test_a_morning_elsewhere_stays_their_morning_when_the_rules_change(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line waits at the service at a time that is no longer nine o'clock there."""
    from datetime import timedelta

    said = "2026-05-30T09:00:00"

    def act(db: Db, now: Instant) -> int:
        place = db.execute("SELECT id FROM place WHERE remote = ?", (ROOM,)).fetchone()[0]
        row = posting.post(db, now, place, "Good morning", at=wall)
        their = {"wall": said, "zone": "Asia/Amman"}
        db.execute("UPDATE outbox SET doc = json_set(doc, '$.their', json(?)) WHERE row = ?", (json.dumps(their), row))
        return row

    real = zones.instant
    wall = real(datetime.fromisoformat(said), zone("Asia/Amman"))
    here.do(act)
    here.round()
    assert here.do(posting.follow_clocks) == 0
    monkeypatch.setattr(posting, "instant", lambda at, where: real(at - timedelta(hours=1), where))
    assert here.do(posting.follow_clocks) == 1
    assert here.do(posting.follow_clocks) == 0
    here.settle()
    assert [one.at for one, _thread in here.service.waiting.values()] == [wall - HOUR]
    pass_time(here, 60 * HOUR)
    assert texts(here) == ["Good morning"]


@pytest.mark.parametrize("trouble", [Refused("Too far ahead."), Forbidden("Not with this token.")])
def test_what_the_service_does_not_keep_waits_here(here: World, trouble: Refused | Forbidden) -> None:
    here.service.refuses_later = trouble
    row = say(here, in_ms=30 * HOUR)
    here.round()
    assert state(here, row) == "queued"
    assert here.do(outbox.listed)[0].why.startswith("waits here until its time: ")
    pass_time(here, 29 * HOUR)
    assert texts(here) == []
    pass_time(here, 2 * HOUR)
    assert texts(here) == ["Good morning"]


def test_what_is_out_of_reach_today_is_handed_over_tomorrow(here: World) -> None:
    here.service.refuses_later = Refused("Too far ahead.")
    row = say(here, in_ms=60 * HOUR)
    here.round()
    here.service.refuses_later = None
    pass_time(here, 12 * HOUR)
    assert state(here, row) == "queued"
    pass_time(here, 24 * HOUR)
    assert state(here, row) == "sent"


def test_too_many_requests_are_waited_out(here: World) -> None:
    here.service.refuses_later = TryLater("Slack asks for a pause.", after_s=300.0, taken=False)
    row = say(here)
    here.round()
    here.service.refuses_later = None
    here.clock.advance(200)
    here.round()
    assert state(here, row) == "queued"
    here.clock.advance(200)
    here.round()
    assert state(here, row) == "sent"


def test_an_account_that_cannot_keep_lines_sends_at_the_time(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    here = _world(request, tmp_path, Scripted, can=EVERYTHING - {Can.SEND_LATER})
    say(here, in_ms=2 * HOUR)
    pass_time(here, HOUR)
    assert here.service.calls == []
    pass_time(here, 2 * HOUR)
    assert texts(here) == ["Good morning"]


def test_what_is_due_in_a_moment_is_sent_from_here(here: World) -> None:
    say(here, in_ms=60_000)
    here.round()
    here.clock.advance(61)
    here.settle()
    assert [verb for verb, _key in here.service.calls] == ["post"]


def test_a_line_with_a_file_waits_here(here: World) -> None:
    def act(db: Db, now: Instant) -> int:
        place = db.execute("SELECT id FROM place WHERE remote = ?", (ROOM,)).fetchone()[0]
        files = [{"name": "plan.txt", "data": "aGVsbG8="}]
        return posting.post(db, now, place, "see this", files=files, at=Instant(now + 2 * HOUR))

    here.do(act)
    here.round()
    assert here.service.waiting == {}
    pass_time(here, 3 * HOUR)
    assert texts(here) == ["see this"]


@pytest.mark.parametrize(
    "fault", [lost_before, lost_after, nonsense, killed_before, killed_after], ids=lambda fault: str(fault.__name__)
)
def test_an_unclear_answer_makes_no_second_line(here: World, fault: Fault) -> None:
    here.service.faults = [fault]
    say(here)
    pass_time(here, 30 * 60_000)
    if here.makes is Listing:
        assert len(here.service.waiting) == 1
    pass_time(here, 13 * HOUR)
    assert texts(here) == ["Good morning"]


def test_a_kill_just_before_its_time_makes_no_second_line(here: World) -> None:
    """It was handed over; nobody knows, and it is being posted while we look."""
    here.service.faults = [killed_after]
    say(here, in_ms=150_000)
    here.round()
    for _second in range(60):
        here.clock.advance(5)
        here.service.lag_s = 8.0
        here.service.post_due(here.clock.now())
        here.round()
    assert texts(here) == ["Good morning"]


def test_every_line_arrives_once_whatever_happens(here: World) -> None:
    """Random faults, kills and times, over many lines; the service posts what it has while we may be away."""
    dice = random.Random(7)
    wanted: Counter[str] = Counter()
    for number in range(ROUNDS):
        text = f"line {number}"
        wanted[text] += 1
        here.service.faults += dice.choices(FAULTS, k=2)
        say(here, text, dice.choice([3 * 60_000, 10 * 60_000, 2 * HOUR, 40 * HOUR]))
        step: Callable[[], None] = dice.choice([here.round, here.again])
        step()
        pass_time(here, dice.choice([10_000, 120_000, 4 * HOUR]))
    here.service.faults = []
    pass_time(here, 60 * HOUR)
    _as_it_stands(here)
    found = Counter(texts(here))
    assert {text: count for text, count in found.items() if count > 1} == {}
    assert wanted - found == Counter()


def _as_it_stands(here: World) -> None:
    """Rows the service refused for good when their time came are the user's to send."""
    for (row,) in here.ask("SELECT row FROM outbox WHERE state IN ('failed', 'asks')"):
        here.do(lambda db, now, row=row: answer(db, row, "send", now))
    here.settle()
