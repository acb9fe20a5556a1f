"""The log of what rang and what waited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeward.model import Instant, Tier
from leeward.ports import Rung
from leeward.work import notify, notify_sweep
from leeward.work.notify_log import about, lately, log
from tests.leeward.ring_world import MONDAY, NIGHT, Popups, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.db.close()


def test_the_log_tells_what_became_of_each(world: World) -> None:
    world.come("first", Tier.RED)
    world.ring(Popups())
    world.clock.at += 1000
    world.come("second", who="Kim")
    world.ring(Popups("bell", replaces=False, answers=Rung.UNKNOWN))
    world.clock.at = NIGHT
    world.come("muted", thread="muted")
    world.come("third", Tier.YELLOW)
    rows, more = log(world.db)
    assert not more
    assert [(row.item, row.said, row.channel) for row in rows] == [
        ("third", "waits", None),
        ("second", "unseen?", "bell"),
        ("first", "rang", "osc99"),
    ]
    assert rows[0].release_at == MONDAY
    zone = "Europe/Amsterdam"
    told = [about(row, world.clock.now(), zone).split(" · ")[0] for row in rows]
    assert told == [
        "until Mon 09:00",
        "the bell on here took it, not read yet",
        "OSC 99 on here showed it, not read yet",
    ]
    assert "It was Fri 21:40 in Europe/Amsterdam: quiet until Mon 09:00." in about(rows[0], world.clock.now(), zone)
    assert [len(log(world.db, 100, text=text)[0]) for text in ("waits", "rang", "unseen? kim", "JO", "kim rang")] == [
        1,
        1,
        1,
        2,
        0,
    ]
    first, more = log(world.db, 1)
    assert more
    assert [row.item for row in log(world.db, 1, after=first[-1].id)[0]] == ["first"]


def test_when_it_was_read_stands_in_the_log_and_in_the_journal(world: World) -> None:
    notice = world.come("m1")
    bell = world.come("m2", thread="other")
    world.ring(Popups("bell", replaces=False, answers=Rung.UNKNOWN))
    for thread, line in (("t-m1", "m1"), ("other", "m2")):
        own_thread(world, thread, line)
    assert notify_sweep.read_since(world.db) == []
    world.db.execute("UPDATE item SET read_n = 1 WHERE id = 't-m1'")
    world.clock.at += 60_000
    assert world.write(notify_sweep.note_read, world.clock.now()) == 1
    assert notify_sweep.read_since(world.db) == []
    says = [row.say for row in notify.why(world.db, notice or "", "Europe/Amsterdam")]
    assert says[-1] == "May have been shown by the bell on here, read 11:01."
    says = [row.say for row in notify.why(world.db, bell or "", "Europe/Amsterdam")]
    assert says[-1] == "May have been shown by the bell on here, not read yet."
    rows, _more = log(world.db)
    next_day = Instant(world.clock.now() + 24 * 3_600_000)
    told = [about(row, next_day, "Europe/Amsterdam").split(" · ")[0] for row in rows if row.item == "m1"]
    assert told == ["the bell on here took it, read 20 Nov 11:01"]


def own_thread(world: World, thread: str, line: str) -> None:
    """The rows that reading is told by."""
    world.db.execute("INSERT INTO item (id, type, account, title, updated) VALUES (?, 'thread', 'a', '', 0)", (thread,))
    world.db.execute(
        "INSERT INTO message (id, account, place, thread, remote, at, text) VALUES (?1, 'a', 'p', ?2, ?1, 0, '')",
        (line, thread),
    )


def test_what_came_while_a_digest_was_made_is_no_flood(world: World) -> None:
    popups = Popups()
    world.clock.at = NIGHT
    world.come("night")
    world.clock.at = MONDAY
    for n in range(6):
        world.come(f"m{n}")
    assert world.ring(popups) == 2
    assert len(popups.shown) == 2
    assert world.states() == {"shown": 7}


def test_which_ways_took_popups_lately(world: World) -> None:
    assert lately(world.db, Instant(0)) == (True, "nothing was to be shown")
    world.come("m1")
    world.ring(Popups())
    world.clock.at += 1000
    world.come("m2")
    world.ring(Popups("bell", replaces=False, answers=Rung.UNKNOWN))
    assert lately(world.db, Instant(0)) == (True, "the bell may have shown 1, OSC 99 took 1")
    world.clock.at += 1000
    world.come("m3")
    broken = Popups("ntfy", answers=Rung.FAILED)
    for _try in range(12):
        world.ring(broken)
        world.db.execute("UPDATE delivery SET lease_until = 0")
    assert lately(world.db, Instant(0)) == (False, "1 could not be shown, the bell may have shown 1, OSC 99 took 1")
    assert lately(world.db, world.clock.now()) == (True, "nothing was to be shown")


def test_the_journal_names_the_program_that_showed_it_where_the_terminal_knows(world: World) -> None:
    notice = world.come("m1")
    world.ring(Popups(program="kitty"))
    told = notify.why(world.db, notice or "", "Europe/Amsterdam")
    assert told[-1].say == "Shown by kitty (OSC 99) on here, not read yet."
