"""Promises: what a line leaves open, what settles it, and how often a mark is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leeward.errors import Problem
from leeward.model import Batch, ItemType, RemoteId
from leeward.store import own, promises, read
from leeward.store.db import Db, write
from leeward.store.salvage import OWN_TABLES
from leeward.work import acts, links
from leeward.work import promises as work
from leeward.work.promises_read import Kind, finishes
from leeward.work.promises_read import read as read_line
from tests.leeward.store.hand import MINUTE, NOW, STEPS, Hand, base, opened, said
from tests.leeward.work import promised

SAYS = {
    Kind.PROMISE: (
        "I'll look tomorrow", "I\u2019ll look tomorrow", "I will send you the numbers before Friday", "ok, will do", "on it",
        "Let me get back to you on that", "I can add the missing index today, needs a review before 5", "I owe you a review",
        "we'll publish the notes after the meeting", "I'll see if there is a newer one", "ik kijk er morgen naar",
        "ik zal het even uitzoeken", "Ik ga het morgen met Jan bespreken", "dat doe ik straks", "ik pak het op", "doe ik!",
        "ik laat het je weten", "morgen stuur ik de offerte", "ik kom er nog op terug", "we gaan het volgende week inplannen",
    ),
    Kind.REQUEST: (
        "great. and someone should write down why it stopped", "we should document this", "this needs a review before 5",
        "please send me the invoice by Friday", "can you check the backup tomorrow?", "TODO: rename the bucket",
        "could someone review the PR before lunch?", "the config needs to be updated before the release",
        "iemand moet dit nog opschrijven", "we moeten de documentatie nog aanpassen", "kun je dit morgen nakijken?",
        "vergeet niet om de factuur te sturen", "graag voor vrijdag een reactie", "dit moet nog getest worden",
    ),
    Kind.LATER: (
        "let's discuss this tomorrow", "we should talk about that next week", "let's do this later", "leave it for tomorrow",
        "remind me to call the landlord", "laten we dit later doen", "zullen we dat morgen bespreken", "dat komt later",
    ),
    Kind.QUESTION: (
        "is that the one with the audit tables?", "does anyone know why the build is red?", "weet iemand waarom dit stuk is?",
        "waar staat de nieuwe huisstijl?", "May we drop Python 3.10?",
    ),
}  # fmt: skip
NOTHING = (
    "thanks, that works", "I'll never understand this", "if it breaks I'll restart it", "maybe we should use a queue",
    "see you tomorrow", "it was done last week", "you should run apt-get update first", "I will not touch it", "hi", "ok?",
    "really?", "I'll check right now", "> I'll do it tomorrow", "what I can do in the meantime", "he will send it",
    "```\\nI'll do it tomorrow\\n```", "I'll remove them if you mind", "she said \"I'll do it tomorrow\"", "tot morgen",
    "als het stuk gaat kijk ik er morgen naar", "misschien doen we dat later", "dat heb ik gedaan", "ik ga lunchen", "",
    "ik weet het niet", "nobody should touch prod", "we'll see", "ill just call it a night", "\u202e\x00 ?", "?" * 2000,
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAYS.items() for text in texts])
def test_what_a_line_leaves_open_is_read_in_english_and_dutch(kind: Kind, text: str) -> None:
    found = read_line(text)
    assert found is not None
    assert found.kind is kind
    assert found.words.lower() in text.replace("\u2019", "'").lower()


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_sounds_like_it_leaves_nothing_open(text: str) -> None:
    assert read_line(text.replace("\\\\n", "\\n")) is None


@pytest.mark.parametrize(
    "text", ["done", "it's merged", "never mind", "I've sent it", "laat maar", "ik heb het opgelost"]
)
def test_a_word_that_it_is_over_is_heard(text: str) -> None:
    assert finishes(text)
    assert not finishes(text + "?")


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    with opened(tmp_path) as db:
        yield Hand(db)


def take(hand: Hand, *lines: tuple[str, str, str], start: int = 0, **rest: Any) -> None:
    """Lines of the flat room: (remote, who, text), a minute apart."""
    messages = [
        said(remote, text, NOW + (start + n) * MINUTE, who, **rest) for n, (remote, who, text) in enumerate(lines)
    ]
    hand.take(base(messages=tuple(messages)), steps=(*STEPS, work.mark))


def shown(db: Db) -> list[tuple[str, str]]:
    return [(row.kind, row.line.text) for row in promises.page(db, 50)]


def test_open_lines_are_listed_newest_first_with_their_reason_and_marked_in_their_thread(hand: Hand) -> None:
    take(hand, ("a", "ana", "does anyone know why the build is red?"), ("b", "ana", "someone should write that down"))
    assert shown(hand.db) == [
        ("request", "someone should write that down"),
        ("question", "does anyone know why the build is red?"),
    ]
    (row,) = promises.page(hand.db, 1)
    assert (row.words, row.place, row.account) == ("someone should write", "Harbour", "team")
    assert promises.count(hand.db) == 2
    line = read.message(hand.db, hand.line("b"))
    assert line is not None
    assert line.open == "request"
    assert [one.id for one in promises.page(hand.db, 5, after=row.id)] == [hand.line("a")]
    assert [one.id for one in promises.page(hand.db, 5, before=hand.line("a"))] == [row.id]
    assert promises.page(hand.db, 5, text="HARBOUR build")[0].id == hand.line("a")


@pytest.mark.parametrize(
    ("first", "then", "still"),
    [
        ("does anyone know why the build is red?", ("bo", "ana: the disk is full"), False),
        ("does anyone know why the build is red?", ("ana", "ana again: it is the linter step"), True),
        ("does anyone know why the build is red?", ("ana", "never mind, fixed"), False),
        ("I'll look into it tomorrow", ("bo", "ana: thanks!"), True),
        ("I'll look into it tomorrow", ("ana", "the build is fixed"), False),
        ("someone should write down why it stopped", ("bo", "ana: agreed, it is a mess"), True),
        ("someone should write down why it stopped", ("bo", "ana: I'll do it"), False),
        ("someone should write down why it stopped", ("ana", "done, see the wiki"), False),
        ("let's discuss this tomorrow", ("bo", "ana: I'll bring cake"), True),
        ("let's discuss this tomorrow", ("bo", "ana: we solved it over lunch"), False),
    ],
)
def test_what_settles_a_line(hand: Hand, first: str, then: tuple[str, str], *, still: bool) -> None:
    take(hand, ("a", "ana", first))
    assert len(shown(hand.db)) == 1
    reply = () if "agreed" in then[1] else (RemoteId("a"),)  # who says it answers the line takes it on
    take(hand, ("b", *then), start=1, reply_to=reply)
    kept = [row for row in promises.page(hand.db, 50) if row.id == hand.line("a")]
    assert bool(kept) is still


def test_an_answer_that_is_taken_back_opens_the_question_again(hand: Hand) -> None:
    take(hand, ("a", "ana", "does anyone know why the build is red?"))
    take(hand, ("b", "bo", "the disk is full"), start=1, reply_to=(RemoteId("a"),))
    assert shown(hand.db) == []
    hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("b")),)), steps=(*STEPS, work.mark))
    assert len(shown(hand.db)) == 1


def test_an_edit_changes_what_is_open_and_a_line_taken_back_leaves_nothing(hand: Hand) -> None:
    take(hand, ("a", "ana", "I'll look tomorrow"))
    take(hand, ("a", "ana", "I looked"))
    assert shown(hand.db) == []
    take(hand, ("a", "ana", "someone should look"))
    assert shown(hand.db) == [("request", "someone should look")]
    hand.take(Batch(gone=((ItemType.MESSAGE, RemoteId("a")),)), steps=(*STEPS, work.mark))
    assert shown(hand.db) == []


def test_a_task_of_the_line_takes_it_off_the_list_and_its_undo_puts_it_back(hand: Hand) -> None:
    take(hand, ("a", "ana", "someone should write that down"))
    write(hand.db, own.ensure_local, NOW)
    task = write(hand.db, own.new_task, NOW, title="Write it down")
    hand.act(links.attach, hand.line("a"), task.id)
    assert shown(hand.db) == []
    hand.act(acts.undo)
    assert len(shown(hand.db)) == 1


def test_a_dismissal_is_the_users_own_and_can_be_undone_and_done_again(hand: Hand) -> None:
    take(hand, ("a", "ana", "someone should write that down"), ("b", "ana", "thanks all"))
    hand.act(work.dismiss, [hand.line("a")])
    assert shown(hand.db) == []
    assert read.message(hand.db, hand.line("a")).open is None  # type: ignore[union-attr]  # it was there a line ago
    assert acts.last(hand.db) == "dismissed: someone should write that down"
    hand.act(acts.undo)
    assert len(shown(hand.db)) == 1
    hand.act(acts.redo)
    assert shown(hand.db) == []
    take(hand, ("a", "ana", "someone should write that down"))
    assert shown(hand.db) == []
    assert "dismissed" in OWN_TABLES
    with pytest.raises(Problem, match="leaves nothing open"):
        hand.act(work.dismiss, [hand.line("b")])


def test_lines_that_came_before_are_read_once_when_somebody_asks(hand: Hand) -> None:
    lines = (said("a", "someone should write that down"), said("q", "is it the disk or the cpu?", NOW + MINUTE, "bo"))
    hand.take(base(messages=lines))
    write(hand.db, lambda db: db.execute("DELETE FROM habit"))
    assert not promises.known(hand.db)
    write(hand.db, work.catch_up)
    before = hand.db.total_changes
    write(hand.db, work.catch_up)
    assert hand.db.total_changes == before
    assert {kind for kind, _text in shown(hand.db)} >= {"question"}
    assert promises.known(hand.db)


def test_marks_of_the_development_rooms_are_right_far_more_often_than_not(tmp_path: Path) -> None:
    marked = promised.marks(tmp_path)
    assert promised.unlabelled(marked) == [], "look at these lines and label them"
    stated, asked = promised.figures(marked, "said"), promised.figures(marked, "asked")
    assert stated.marked >= 50
    assert stated.precision >= 0.92
    assert asked.marked >= 60
    assert asked.precision >= 0.84
    assert len(promised.labels()) >= 600
