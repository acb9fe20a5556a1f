"""What an act made or changed comes back whole: undone and done again, here and at its service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.model import ItemType, Keep, RemoteId, Sent
from leeward.store import outbox, own, read
from leeward.store.db import Db, write
from leeward.sync.outbox import arrived
from leeward.work import acts, capsule, noting
from leeward.work.reversing import reverse
from tests.leeward.store.hand import NOW, Hand, base, note, opened, task
from tests.leeward.work.test_capture import made, team


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with opened(tmp_path) as db:
        found = team(db)
        found.take(base(notes=(note("n", "Runbook", "Step one", version="1"),), tasks=(task("k", "Theirs"),)))
        yield found


def new_note(hand: Hand, text: str, about: str | None = None) -> str:
    def act(db: Db) -> str:
        with acts.act(db, NOW, "note", []) as under_way:
            under_way.made.append(noting.add_note(db, NOW, "Minutes", text, about=about))
        return under_way.made[0]

    return write(hand.db, act)


def edited(hand: Hand, text: str) -> str:
    id = hand.id(ItemType.NOTE, "n")

    def act(db: Db) -> None:
        with acts.act(db, NOW, "changed", [("own", id)]) as under_way:
            under_way.outbox += noting.edit_note(db, NOW, id, text)

    write(hand.db, act)
    return id


def shown(hand: Hand, id: str) -> tuple[str, str] | None:
    row = read.note(hand.db, id)
    return (row.title, row.text) if row else None


def waiting(hand: Hand) -> list[tuple[Any, ...]]:
    """What is on its way, each with the verb of what it waits for."""
    return hand.db.execute(
        "SELECT o.verb, o.item, o.doc, p.verb FROM outbox AS o LEFT JOIN outbox AS p ON p.row = o.after ORDER BY o.row"
    ).fetchall()


def test_a_note_that_was_undone_comes_back_word_for_word(hand: Hand) -> None:
    about = hand.id(ItemType.TASK, "k")
    id = new_note(hand, "An hour of typing", about)
    hand.act(acts.undo)
    assert shown(hand, id) is None
    assert hand.one("SELECT count(*) FROM link") == 0, "a tie to what is not there"
    assert hand.act(acts.redo) == "note"
    assert shown(hand, id) == ("Minutes", "An hour of typing")
    assert hand.db.execute("SELECT a, b FROM link").fetchall() == [(about, id)]
    assert hand.one("SELECT count(*) FROM fts WHERE fts MATCH 'typing'") == 1
    hand.act(acts.undo)
    assert shown(hand, id) is None


def test_a_captured_task_comes_back_with_its_capsule_its_link_and_its_reply(hand: Hand) -> None:
    found = made(hand, reply=True, keep=Keep.STATUS)
    before, frozen = waiting(hand), capsule.of(hand.db, found.task)
    assert [row[3] for row in before] == [None, "create_task"]
    for _time in range(2):
        hand.act(acts.undo)
        assert waiting(hand) == []
        assert read.task(hand.db, found.task) is None
        hand.act(acts.redo)
        assert waiting(hand) == before
        assert capsule.of(hand.db, found.task) == frozen
        row = read.task(hand.db, found.task)
        assert row is not None
        assert [one.item for one in row.links] == [hand.thread_of("a3")]
        assert (row.title, row.state) == ("Write down why it stopped", "queued")


def test_a_task_of_ones_own_comes_back(hand: Hand) -> None:
    def act(db: Db) -> str:
        with acts.act(db, NOW, "new task", []) as under_way:
            under_way.made.append(own.new_task(db, NOW, title="Mine", text="typed").id)
        return under_way.made[0]

    id = write(hand.db, act)
    hand.act(acts.undo)
    hand.act(acts.redo)
    row = read.task(hand.db, id)
    assert row is not None
    assert (row.title, row.text) == ("Mine", "typed")


def test_a_services_note_shows_what_stands_there_once_its_change_is_undone(hand: Hand) -> None:
    id = edited(hand, "Step two")
    assert shown(hand, id) == ("Runbook", "Step two")
    hand.act(acts.undo)
    assert waiting(hand) == []
    assert shown(hand, id) == ("Runbook", "Step one")
    hand.act(acts.redo)
    assert shown(hand, id) == ("Runbook", "Step two")
    assert [row[0] for row in waiting(hand)] == ["update_note"]


def test_a_services_note_that_was_sent_is_set_to_what_it_was(hand: Hand) -> None:
    id = edited(hand, "Step two")
    (row,) = outbox.listed(hand.db)
    write(hand.db, arrived, row.row, "team", Sent(RemoteId("n"), None, "2"), NOW)
    undone = hand.act(acts.undo)
    assert undone is not None
    assert undone.sent == (row.row,)
    hand.act(reverse, undone.sent)
    (back,) = outbox.listed(hand.db)
    assert outbox.get(hand.db, back.row).doc["text"] == "Step one"
    assert shown(hand, id) == ("Runbook", "Step one")
