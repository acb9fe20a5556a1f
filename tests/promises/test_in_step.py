"""The promise: linked items are kept in step both ways, once, and nobody's words are written over unseen.

A machine plays edits, lines, deletions, clashes, lost answers and killed processes on both sides of a link between two
trackers, and on the owner's screen. LEEWARD_FULL=1 plays at least ten thousand edits.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leeward.ids import item_id
from leeward.model import ItemType, Keep, Status
from leeward.ports import Can, Login, Manifest
from leeward.store import outbox, read
from leeward.store.db import Db
from leeward.store.lanes import Store
from leeward.sync.account import Live
from leeward.sync.engine import Engine
from leeward.sync.lock import SyncLock
from leeward.testing.clock import FakeClock
from leeward.work import acts, edit, instep, links, posting
from tests.leeward.sync.world import EVERYTHING, STEPS, KilledError, _account
from tests.promises.trackers import DAYS, FAULTS, ITEM, PEOPLE, TALK, Connector, Tracker
from tui.answering import answer

FULL = bool(os.environ.get("LEEWARD_FULL"))
EXAMPLES, STEPS_EACH = (150, 60) if FULL else (10, 40)
HOURS = 3 if FULL else 2
"""Busy hours before all is calm, so that no play is a short one."""
SIDES = ("one", "two")
TOTAL: Counter[str] = Counter()


class InStep(RuleBasedStateMachine):
    """Two trackers, a link, a process that can be killed, and what everybody knew when they wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="leeward-step-")))
        self.clock = FakeClock()
        self.sides = {name: Tracker(self.clock) for name in SIDES}
        self.number = 0
        self.apart: set[str] = set()
        self.known: dict[str, set[str]] = {}
        self.said: dict[str, str] = {}
        self.store: Store | None = None

    # ---- the process ----

    @initialize(checks=st.booleans(), tidies=st.booleans())
    def linked(self, *, checks: bool, tidies: bool) -> None:
        """Two items that say the same, linked, all of it kept in step."""
        self.sides["two"].checks, self.sides["one"].tidies = checks, tidies
        self._begin()
        self._round()
        thread, task = self._id("one", ItemType.THREAD, TALK), self._id("two", ItemType.TASK, ITEM)
        self.link = self._do(links.tie, thread, task, keep=Keep.BOTH)
        self._note()

    def _begin(self) -> None:
        self.store = Store(self.folder)
        self.lock = SyncLock(self.folder)
        lives = []
        for name in SIDES:
            uid = self.store.write(_account, name, self.clock.now()).result()
            manifest = Manifest("scripted", "Scripted", EVERYTHING - {Can.SEND_LATER}, "x:Y")
            login = Login(name, "scripted", "https://x.example")
            lives.append(Live(uid, login, manifest, Connector(self.sides[name], self.clock)))
        self.uids = {live.name: live.uid for live in lives}
        self.lock.take("sync", self.clock.now())
        self.engine = Engine(self.store, lives, self.clock, STEPS, self.lock, _completed)

    def _end(self) -> None:
        if self.store is not None:
            self.lock.release()
            self.store.close()
            self.store = None

    def _round(self) -> None:
        try:
            asyncio.run(self.engine.round(()))
        except KilledError:
            TOTAL["killed"] += 1
            self._end()
            self._begin()
        self._note()

    def _id(self, side: str, kind: ItemType, remote: str) -> str:
        return str(item_id(self.uids[side], kind, remote))

    def _task(self, side: str) -> str:
        return self._id(side, ItemType.TASK, ITEM)

    def _do(self, act: Any, *args: object, **named: object) -> Any:
        assert self.store is not None
        return self.store.write(lambda db: act(db, self.clock.now(), *args, **named)).result()

    def _ask(self, act: Any, *args: object) -> Any:
        assert self.store is not None
        return self.store.read(act, *args).result()

    def _shown(self, side: str) -> Any:
        return self._ask(read.task, self._task(side))

    # ---- what everybody knew ----

    def _note(self) -> None:
        """What stands on the owner's screen is known to the owner."""
        for side in SIDES:
            row = self._shown(side)
            if row is not None:
                self.known.setdefault("owner", set()).add(row.title)

    def _fresh(self, by: str) -> str:
        """A title that says who wrote it; it was written knowing all that its writer could see."""
        self.number += 1
        TOTAL["edits"] += 1
        title = f"{by} {self.number}"
        return title + ("." if self.number % 5 == 0 else "")

    def _sees(self, side: str) -> set[str]:
        """Every title that ever stood on a side: what a person there has seen."""
        one = self.sides[side]
        return {str(write.after) for write in one.writes if write.field == "title"} | {"Mend it"}

    # ---- edits ----

    @rule(side=st.sampled_from(SIDES))
    def titled_there(self, side: str) -> None:
        """Somebody names the item anew at its tracker."""
        one = self.sides[side]
        if not one.gone:
            title = self._fresh(side)
            sees = self._sees(side)
            one.set("title", title, ours=False)
            self.known[one.title] = sees | self.known.get(one.title, set())

    @rule(side=st.sampled_from(SIDES), status=st.sampled_from(tuple(Status)))
    def moved_there(self, side: str, status: Status) -> None:
        """Somebody moves it on."""
        TOTAL["edits"] += 1
        if not self.sides[side].gone:
            self.sides[side].set("status", status, ours=False)

    @rule(side=st.sampled_from(SIDES), day=st.sampled_from((None, *DAYS)))
    def due_there(self, side: str, day: Any) -> None:
        """Somebody gives it another day."""
        TOTAL["edits"] += 1
        if not self.sides[side].gone:
            self.sides[side].set("due", day, ours=False)

    @rule(side=st.sampled_from(SIDES), who=st.sets(st.sampled_from(PEOPLE), max_size=2))
    def assigned_there(self, side: str, who: set[str]) -> None:
        """Somebody gives it to others."""
        TOTAL["edits"] += 1
        if not self.sides[side].gone:
            self.sides[side].set("assignees", tuple(sorted(who)), ours=False)

    @rule(side=st.sampled_from(SIDES))
    def said_there(self, side: str) -> None:
        """Somebody writes a line there."""
        TOTAL["edits"] += 1
        if not self.sides[side].gone:
            self.number += 1
            text = f"line {self.number} of {side}"
            self.sides[side].say("ana", text)
            self.said[text] = side

    @rule(side=st.sampled_from(SIDES))
    def titled_here(self, side: str) -> None:
        """The owner names it on the screen."""
        row = self._shown(side)
        if row is None or self.sides[side].gone:
            return
        title = self._fresh("owner")
        self.known[title] = set(self.known["owner"])
        self._do(_change, self._task(side), {"title": title})
        self._note()

    @rule(side=st.sampled_from(SIDES), status=st.sampled_from(tuple(Status)))
    def moved_here(self, side: str, status: Status) -> None:
        """The owner moves it on, and sometimes thinks better of it."""
        TOTAL["edits"] += 1
        if self._shown(side) is not None and not self.sides[side].gone:
            self._do(_change, self._task(side), {"status": status.value})

    @rule(side=st.sampled_from(SIDES))
    def answered_here(self, side: str) -> None:
        """The owner writes a line on the screen."""
        TOTAL["edits"] += 1
        if not self.sides[side].gone:
            self.number += 1
            text = f"line {self.number} of the owner"
            self._do(posting.reply, self._id(side, ItemType.THREAD, TALK), text)
            self.said[text] = side

    @rule()
    def undone(self) -> None:
        """The owner takes the last act back while it waits."""
        TOTAL["undone"] += 1
        before = self._waiting()
        self._do(_undo)
        for text in before - self._waiting():
            self.said.pop(text, None)
        self._note()

    def _waiting(self) -> set[str]:
        """The owner's lines that are on their way."""
        rows = self._ask(
            lambda db: db.execute("SELECT doc FROM outbox WHERE verb = 'post' AND state <> 'sent'").fetchall()
        )
        return {str(json.loads(doc).get("text")) for (doc,) in rows}

    @rule(chance=st.randoms(use_true_random=False))
    def busy_hour(self, chance: Random) -> None:
        """Everybody writes at once, with a round now and then."""
        self.busy_hour_of(chance)

    def busy_hour_of(self, chance: Random) -> None:
        """The same, also before all is calm."""
        for _edit in range(12):
            side, what = chance.choice(SIDES), chance.randrange(9)
            if what < 2:
                self.titled_there(side)
            elif what == 2:
                self.titled_here(side)
            elif what == 3:
                self.moved_there(side, chance.choice(tuple(Status)))
            elif what == 4:
                self.due_there(side, chance.choice((None, *DAYS)))
            elif what == 5:
                self.assigned_there(side, set(chance.sample(PEOPLE, chance.randrange(3))))
            elif what == 6:
                self.moved_here(side, chance.choice(tuple(Status)))
            elif what == 7:
                (self.said_there if chance.random() < 0.5 else self.answered_here)(side)
            else:
                self.synced()
            self.nobodys_words_are_written_over_unseen()

    # ---- what goes wrong ----

    @rule(side=st.sampled_from(SIDES), faults=st.lists(st.sampled_from(FAULTS), max_size=3))
    def breaks(self, side: str, faults: list[str]) -> None:
        """The next answers are lost, refused, nonsense, or the process ends with them."""
        TOTAL["faults"] += len(faults)
        self.sides[side].faults = list(faults)

    @rule()
    def killed(self) -> None:
        """The process ends and another begins over the same file."""
        self._end()
        self._begin()

    @precondition(lambda self: self.number > 3 and not any(one.gone for one in self.sides.values()))
    @rule(side=st.sampled_from(SIDES), chance=st.integers(0, 9))
    def deleted_there(self, side: str, chance: int) -> None:
        """Now and then somebody deletes one side."""
        if chance == 0:
            TOTAL["deleted"] += 1
            self.sides[side].gone = True

    @rule(choices=st.lists(st.sampled_from(("mine", "theirs")), min_size=1, max_size=4))
    def decides(self, choices: list[str]) -> None:
        """The owner answers what asks."""
        for choice in choices:
            asks = [row for row in self._ask(outbox.listed) if row.state in {"asks", "failed"}]
            if not asks:
                return
            self._decide(asks[0].row, choice)

    def _decide(self, row: int, choice: str) -> None:
        found = self._ask(outbox.get, row)
        TOTAL["clashes"] += bool(found.doc.get("fields"))
        for name in found.doc.get("fields", {}):
            shown = {str(value) for doc in ("fields", "base") for value in found.doc.get(doc, {}).values()}
            for title in shown if name == "title" else ():
                self.known[title] = self.known.get(title, set()) | shown | self.known["owner"]
            if found.verb == "update_task" and choice == "theirs":
                self.apart.add(name)
        self._do(lambda db, now: answer(db, row, choice, now))
        self._note()

    @rule()
    def synced(self) -> None:
        """One round."""
        TOTAL["rounds"] += 1
        self._round()

    # ---- what must hold ----

    @invariant()
    def nobodys_words_are_written_over_unseen(self) -> None:
        """Who wrote the new title, or decided for it, had seen the old one."""
        for side, one in self.sides.items():
            for write in one.writes:
                told = write.field == "title" and write.ours
                if told and str(write.before).rstrip(".") != str(write.after).rstrip("."):
                    assert self._knew(str(write.after), str(write.before)), (side, write)

    def _knew(self, title: str, before: str) -> bool:
        tidy = {known.rstrip(".") for known in self._ancestors(title)}
        return before.rstrip(".") in tidy

    def _ancestors(self, title: str) -> set[str]:
        """All that the writer of a title had seen, and what those had seen who wrote that."""
        todo, seen = [title, title + ".", title.rstrip(".")], set[str]()
        while todo:
            one = todo.pop()
            for known in self.known.get(one, ()):
                if known not in seen:
                    seen.add(known)
                    todo += [known, known + ".", known.rstrip(".")]
        return seen

    @invariant()
    def nothing_is_said_twice(self) -> None:
        """A line stands once on its side, and at most once on the other; no copy is copied."""
        for side, one in self.sides.items():
            keys = Counter(line.key for line in one.lines if line.key)
            assert not [key for key, times in keys.items() if times > 1], (side, keys)
            for text, home in self.said.items():
                times = sum(text in line.text.splitlines()[-1] for line in one.lines if line.text)
                assert times <= 1, (side, home, text, times)

    def teardown(self) -> None:
        """When all is calm both sides say the same, and nothing moves any more."""
        try:
            if self.store is not None:
                for hour in range(HOURS):
                    self.sides[SIDES[hour % 2]].faults = list(FAULTS[hour % len(FAULTS) :])
                    self.busy_hour_of(Random(f"{self.number} {hour}"))
                self._calm()
        finally:
            self._end()
            self.stack.close()

    def _calm(self) -> None:
        for one in self.sides.values():
            one.faults = []
        gone = any(one.gone for one in self.sides.values())
        for _try in range(100):
            self._round()
            self.clock.advance(600)
            asks = [row for row in self._ask(outbox.listed) if row.state in {"asks", "failed"}]
            if asks:
                self._decide(asks[0].row, "theirs" if gone else "mine")
            elif not self._ask(outbox.listed) and (gone or self._same()):
                break
        calls = [one.calls for one in self.sides.values()]
        for _again in range(2):
            self._round()
            self.clock.advance(600)
        assert calls == [one.calls for one in self.sides.values()], "something goes round"
        self.nobodys_words_are_written_over_unseen()
        self.nothing_is_said_twice()
        assert self._ask(outbox.listed) == []
        if not gone:
            assert self._same(), [(one.title, one.status, one.due, one.assignees) for one in self.sides.values()]
            self._all_said()

    def _same(self) -> bool:
        one, two = self.sides.values()
        names = [name for name in ("title", "status", "due", "assignees") if name not in self.apart]
        said = [[_plain(name, getattr(side, name)) for name in names] for side in (one, two)]
        return said[0] == said[1]

    def _all_said(self) -> None:
        for text in self.said:
            for side, one in self.sides.items():
                assert any(text in line.text for line in one.lines), (side, text)


def _plain(name: str, value: Any) -> Any:
    if name == "title":
        return str(value).rstrip(".")
    return tuple(sorted(value)) if name == "assignees" else value


def _change(db: Db, now: Any, task: str, fields: dict[str, Any]) -> None:
    """What the screen and the command line do."""
    with acts.act(db, now, "changed", [("own", task), *instep.tied(db, task)]) as act:
        act.outbox += edit.set_task(db, now, task, fields)
        act.outbox += instep.completed(db, now, task)
        act.items.add(task)


class _KeepError(Exception):
    """Ends a transaction that would need a change of its own."""


def _undo(db: Db, now: Any) -> None:
    db.execute("SAVEPOINT undo")
    undone = acts.undo(db, now)
    if undone is not None and undone.sent:
        db.execute("ROLLBACK TO undo")
    db.execute("RELEASE undo")


def _completed(db: Db, now: Any, task: str) -> None:
    instep.completed(db, now, task)


def test_both_sides_say_the_same_when_calm_and_nobody_is_written_over(caplog: pytest.LogCaptureFixture) -> None:
    TOTAL.clear()
    caplog.set_level(logging.CRITICAL + 1)  # thousands of lost answers are told in the log, as they should be
    health = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
    run_state_machine_as_test(
        InStep,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS_EACH,
            deadline=None,
            suppress_health_check=health,
            derandomize=not FULL,
        ),
    )
    sys.stderr.write(f"{dict(TOTAL)}\n")
    assert TOTAL["edits"] >= (10_000 if FULL else 200)
    assert TOTAL["rounds"] > 10


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-s"]))
