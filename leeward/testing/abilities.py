"""The Manifest tells the truth: what is declared is there, what is not declared is absent, and the token stays put."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote

import pytest

from leeward.errors import SignInNeeded
from leeward.model import Body, Instant, ItemType, Key, RemoteId, Sent, TaskDraft
from leeward.ports import Can, FindsSent, Posts, SetsQuiet, TellsBusy, WritesNotes, WritesTasks
from leeward.ports_extra import TellsHours
from leeward.testing.harness import Break, Harness
from leeward.testing.mirror import Mirror

METHODS: dict[Can, tuple[str, ...]] = {
    Can.POST: ("post",),
    Can.FILES: ("fetch",),
    Can.TASK_WRITE: ("create", "update"),
    Can.NOTE_WRITE: ("create_note", "update_note"),
    Can.EDIT: ("edit",),
    Can.MARK_READ: ("mark_read",),
    Can.FIND_SENT: ("find_sent",),
    Can.PUSH: ("listen",),
    Can.BUSY: ("busy", "unknown_calendars"),
    Can.QUIET: ("set_quiet",),
    Can.SEND_LATER: ("send_at", "unsend"),
    Can.PIN: ("pin",),
    Can.POLL: ("votes", "vote"),
    Can.STATUS: ("set_status",),
    Can.WALL: ("wall", "add_idea", "move_idea", "tag_idea", "group_ideas"),
    Can.HOURS: ("hours",),
    Can.MEET: ("meet",),
    Can.VIEWS: ("open_view",),
}
"""What a declared ability needs; the methods of the others must not exist."""

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(work)


def needs(harness: Harness, *abilities: Can) -> None:
    """Skip the test, saying so, where the Manifest does not declare all of `abilities`."""
    missing = [each.name for each in abilities if each not in harness.manifest.can]
    if missing:
        pytest.skip(f"{harness.manifest.kind} declares no {', '.join(missing)}")


def pulled(harness: Harness) -> Mirror:
    """A whole pull by a fresh connector."""
    mirror = Mirror()
    run(mirror.pull(harness.connector()))
    return mirror


def posts(harness: Harness) -> Posts:
    """A fresh connector as one that posts."""
    return cast(Posts, harness.connector())


def tasks(harness: Harness) -> WritesTasks:
    """A fresh connector as one that writes tasks."""
    return cast(WritesTasks, harness.connector())


def notes(harness: Harness) -> WritesNotes:
    """A fresh connector as one that writes notes."""
    return cast(WritesNotes, harness.connector())


def finds(harness: Harness) -> FindsSent:
    """A fresh connector as one that finds what was sent."""
    return cast(FindsSent, harness.connector())


def create(harness: Harness, title: str, body: Body, key: str) -> Sent:
    """Make a task in the task place."""
    draft = TaskDraft(harness.place(ItemType.TASK), title, body)
    return run(tasks(harness).create(draft, key=Key(key)))


class Abilities:
    """Mixed into `Contract`."""

    def test_declared_abilities_have_their_methods_and_others_are_absent(self, harness: Harness) -> None:
        """A method that is there but not declared would never be called, or called by mistake."""
        connector = harness.connector()
        there = {can for can, names in METHODS.items() if all(hasattr(connector, name) for name in names)}
        partly = {can for can, names in METHODS.items() if any(hasattr(connector, name) for name in names)}
        assert there == partly
        assert there == harness.manifest.can & METHODS.keys()

    def test_check_says_who_we_are(self, harness: Harness) -> None:
        """The identity is marked as the owner and is one that pulled rows can name."""
        identity = run(harness.connector().check())
        assert identity.person.me
        assert identity.person.id
        assert identity.missing_scopes == ()

    def test_a_refused_token_asks_for_a_new_one(self, harness: Harness) -> None:
        """401 stops the account, at the check and in the middle of a pull."""
        harness.break_next(Break("answer", 401), "read", 50)
        with pytest.raises(SignInNeeded):
            run(harness.connector().check())
        with pytest.raises(SignInNeeded):
            pulled(harness)

    def test_the_token_is_never_part_of_a_url(self, harness: Harness) -> None:
        """URLs end up in logs of servers and proxies."""
        run(harness.connector().check())
        pulled(harness)
        if Can.TASK_WRITE in harness.manifest.can:
            create(harness, "Plain", Body("text"), "lwurlkey1")
        assert harness.urls()
        for url in harness.urls():
            assert harness.secret not in unquote(url)
            assert quote(harness.secret, safe="") not in url

    def test_the_busy_times_of_no_calendar_are_none(self, harness: Harness) -> None:
        """Nothing is asked, and nothing told, before the owner chose a calendar; a name nobody knows is no error."""
        needs(harness, Can.BUSY)
        connector = cast(TellsBusy, harness.connector())
        day = (harness.clock.now(), Instant(harness.clock.now() + 86_400_000))
        assert run(connector.busy((), *day)) == ()
        assert run(connector.busy(("no such calendar",), *day)) == ()
        assert run(connector.unknown_calendars(())) == ()
        assert run(connector.unknown_calendars(("no such calendar",))) == ("no such calendar",)

    def test_the_hours_of_nobody_and_of_strangers_are_none(self, harness: Harness) -> None:
        """Nothing is told of whom the service does not know, and that is no error."""
        needs(harness, Can.HOURS)
        connector = cast(TellsHours, harness.connector())
        assert run(connector.hours(())) == ()
        assert run(connector.hours((RemoteId("no such person"),))) == ()

    def test_quiet_is_set_once_and_cleared_only_while_it_is_ours(self, harness: Harness) -> None:
        """What is remembered comes back as it was given; leaving quiet ends with nothing to remember."""
        needs(harness, Can.QUIET)
        sets = cast(SetsQuiet, harness.connector())
        soon = Instant(harness.clock.now() + 3_600_000)
        remembered = run(sets.set_quiet(True, soon, None))
        assert isinstance(remembered, str)
        assert run(sets.set_quiet(True, Instant(soon + 3_600_000), remembered)) is not None
        assert run(sets.set_quiet(False, None, remembered)) is None
        assert run(sets.set_quiet(False, None, None)) is None

    def test_batches_hold_only_ids_that_are_strings(self, harness: Harness) -> None:
        """Some services use numbers beyond what a float holds; ours are strings everywhere."""
        seed_some(harness)
        mirror = pulled(harness)
        for name, rows in mirror.rows.items():
            for remote, row in rows.items():
                assert isinstance(remote, str), name
                assert isinstance(getattr(row, "place", ""), str), name
        assert isinstance(mirror.cursor, str)


def seed_some(harness: Harness, count: int = 3) -> None:
    """A few items of every sort the kind can hold."""
    can = harness.manifest.can
    for number in range(count):
        if Can.THREADS in can:
            thread, _first = harness.add_thread(f"Thread {number}")
            harness.add_line(f"Answer {number}", thread)
        if Can.TASKS in can:
            harness.add_task(f"Task {number}", f"Text {number}")
        if Can.NOTES in can:
            harness.add_note(f"Note {number}", f"Page {number}")
        harness.advance(1)
