"""Answers with a value of another sort somewhere: the account goes on, and whatever is wrong is a Trouble or counted."""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

import pytest

from leeward.errors import Trouble
from leeward.model import Body, ItemType, Key, NoteDraft, RemoteId, TaskChange, TaskDraft
from leeward.testing.abilities import run
from leeward.testing.mirror import Mirror
from tests.contract.teams_world import ChatWorld, html
from tests.fakes.base import Answer, Asked

SEEDS = range(400 if os.environ.get("LEEWARD_FULL") else 25)
ODD: tuple[Any, ...] = (
    None, 0, -1, 7.5, True, "", "x", "\ud800", "2021-13-45T99:99:99Z", "9" * 5000, [], [None], ["x"], {}, {"x": None},
    [[[]]], "https://evil.example/v1.0/me", "../..", "a/b",
)  # fmt: skip


class Strange:
    """The fake, with a share of the values of its answers exchanged for odd ones."""

    def __init__(self, here: ChatWorld, seed: int, share: float) -> None:
        self.here, self.chance, self.share = here, Random(seed), share
        self.base = here.service.base

    def answer(self, asked: Asked) -> Answer:
        answer = self.here.service.answer(asked)
        if "json" not in answer.headers.get("content-type", "") or asked.path.endswith("/v1.0/me"):
            return answer
        return Answer(answer.status, json.dumps(self._exchanged(json.loads(answer.body))).encode(), answer.headers)

    def _exchanged(self, value: Any) -> Any:
        if self.chance.random() < self.share:
            return self.chance.choice(ODD)
        if isinstance(value, dict):
            kept = {name: self._exchanged(each) for name, each in value.items() if self.chance.random() >= self.share}
            return kept | ({"unknown": self.chance.choice(ODD)} if self.chance.random() < 0.2 else {})
        return [self._exchanged(each) for each in value] if isinstance(value, list) else value


def filled() -> ChatWorld:
    here = ChatWorld()
    root = here.service.say(here.channel, here.ana, html("Question"), subject="Subject")
    here.service.say(here.channel, here.mei, html("Answer"), root)
    here.add_line("Line", None, here.add_thread("Hello")[1])
    here.service.add_todo(here.list, "Todo", "Text", dueDateTime={"dateTime": "2026-11-24T00:00:00", "timeZone": "UTC"})
    here.add_task("Planned", "Text")
    here.add_note("Page", "Text")
    return here


@pytest.mark.parametrize("seed", SEEDS)
def test_no_strange_answer_is_a_bug_of_ours(seed: int) -> None:
    here = filled()
    mirror = Mirror()
    here.http.service = Strange(here, seed, share=0.02 + seed % 5 / 40)
    for _round in range(3):
        here.advance(3600)
        try:
            run(mirror.pull(here.connector()))
        except Trouble:
            continue
    here.http.service = here.service
    here.advance(3600)
    run(mirror.pull(here.connector()))
    assert json.loads(mirror.cursor or "{}")["me"] == here.me


@pytest.mark.parametrize("seed", SEEDS)
def test_no_strange_answer_to_a_write_is_a_bug_of_ours(seed: int) -> None:
    here = filled()
    todo = RemoteId(f"todo/{here.list}/{next(iter(here.service.todos))}")
    planned = RemoteId(f"planner/{next(iter(here.service.planned))}")
    here.http.service = Strange(here, seed, share=0.1)
    connector, chat, key = here.connector(), here.place(ItemType.MESSAGE), Key("lwkey1")
    line = next(iter(here.lines()))
    change = TaskChange(frozenset({"title", "text", "due", "assignees"}), title="New", text="New")
    acts: list[Any] = [
        connector.check,
        lambda: connector.post(chat, None, Body("Hi @ana"), key=key, reply_to=line),
        lambda: connector.edit(chat, None, line, Body("x"), key=key),
        lambda: connector.create(TaskDraft(here.place(ItemType.TASK), "T", Body("x")), key=key),
        lambda: connector.update(here.place(ItemType.TASK), planned, change, key=key, seen=None),
        lambda: connector.update(here.place(ItemType.TASK), todo, change, key=key, seen=None),
        lambda: connector.create_note(NoteDraft(here.place(ItemType.NOTE), "T", "x"), key=key),
        lambda: connector.mark_read(chat, None, line, ()),
        lambda: connector.pin(chat, line, pinned=True),
        lambda: connector.votes(chat, None, line),
        lambda: connector.set_quiet(True, None, None),
        *(
            lambda what=what: connector.find_sent(what, here.place(what), None, key, here.clock.now())
            for what in (ItemType.MESSAGE, ItemType.TASK, ItemType.NOTE)
        ),
    ]
    for act in acts:
        try:
            run(act())
        except Trouble:
            continue
