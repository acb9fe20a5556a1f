"""The capsule: what was captured stays as it was, and says what became of the chat since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leeward.model import Batch, File, ItemId, ItemType, RemoteId
from leeward.store import accounts, own
from leeward.store.db import write
from leeward.work import capsule
from leeward.work.capture import Captured, Order, capture
from tests.leeward.store.hand import ANA, BO, ME, MINUTE, NOW, Hand, base, opened, room, said
from tests.tui.commands.desk import Desk

ASK = "the retention job costs € 1.200 a month, see https://x.example/cost, fix it before Friday 16:00"
LINES = (
    said(
        "a1",
        "db-2 is at 94 % disk, who can look?",
        NOW,
        url="https://x.example/a1",
        files=(File("disk.png", "https://x.example/f"),),
    ),
    said("a2", "the lock is held since 2026-03-20", NOW + MINUTE, "bo", url="https://x.example/a2"),
    said("a3", ASK, NOW + 2 * MINUTE, url="https://x.example/a3"),
)


@dataclass(slots=True)
class Made:
    """A team, and the task that was made of its last line with the two before."""

    hand: Hand
    task: str

    def kept(self) -> capsule.Kept:
        found = capsule.kept(self.hand.db, self.task)
        assert found is not None
        return found


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with opened(tmp_path) as db:
        hand = Hand(db)
        hand.take(base(messages=LINES))
        place = write(db, own.ensure_local, NOW)
        lines = (hand.line("a1"), hand.line("a2"))
        found = hand.act(capture, Order(hand.line("a3"), ItemId(place), "Fix it", context=lines))
        assert isinstance(found, Captured)
        yield Made(hand, found.task)


def test_it_holds_lines_authors_times_permalinks_people_files_links_dates_and_amounts(made: Made) -> None:
    found = made.kept()
    doc = found.doc
    assert [(line["author"], line["text"], line["url"]) for line in doc["lines"]] == [
        ("Ana Duarte", LINES[0].text, "https://x.example/a1"),
        ("Bo Lind", LINES[1].text, "https://x.example/a2"),
        ("Ana Duarte", ASK, "https://x.example/a3"),
    ]
    assert [line["at"] for line in doc["lines"]] == [line.at for line in LINES]
    assert doc["people"] == ["Ana Duarte", "Bo Lind"]
    assert doc["files"] == ["disk.png"]
    assert doc["links"] == ["https://x.example/cost"]
    assert doc["amounts"] == ["94 %", "€ 1.200"]
    words = [words for words, _due, _line in doc["dates"]]
    assert words == ["2026-03-20", "Friday 16:00"]
    assert doc["dates"][1][2] == made.hand.line("a3")
    assert found.intact
    assert found.since == {}
    assert len(found.hash) == 64


def test_opened_again_it_says_what_was_edited_and_deleted_since_and_stays_as_it_was(made: Made) -> None:
    before = made.kept()
    edited = said("a2", "the lock is free again", NOW + MINUTE, "bo", version="2")
    made.hand.take(Batch(messages=(edited,), gone=((ItemType.MESSAGE, RemoteId("a1")),)))
    found = made.kept()
    assert (found.doc, found.hash, found.intact) == (before.doc, before.hash, True)
    assert found.since == {
        made.hand.line("a1"): ("deleted", ""),
        made.hand.line("a2"): ("edited", "the lock is free again"),
    }
    text = capsule.told(found)
    assert "db-2 is at 94 % disk" in text
    assert "## Since then" in text
    assert "edited since; now: the lock is free again" in text
    assert "deleted there since" in text


def test_it_outlives_the_chat_that_forgot_all_of_it(made: Made) -> None:
    write(made.hand.db, accounts.forget, made.hand.uid)
    found = made.kept()
    assert {what for what, _text in found.since.values()} == {"gone"}
    assert ASK in capsule.told(found)
    assert "the chat does not have it any more" in capsule.told(found)
    made.hand.take(Batch(places=(room(),), people=(ME, ANA, BO), messages=LINES))
    assert made.kept().since == {}


def test_a_copy_that_was_touched_is_told(made: Made) -> None:
    row = made.hand.one("SELECT doc FROM capsule")
    touched = row.replace("retention", "attention")
    write(made.hand.db, lambda db: db.execute("UPDATE capsule SET doc = ?", (touched,)))
    assert not made.kept().intact
    assert "its hash differs" in capsule.told(made.kept())


def test_a_capsule_of_an_older_leeward_is_read(made: Made) -> None:
    doc = json.loads(made.hand.one("SELECT doc FROM capsule"))
    old = {name: value for name, value in doc.items() if name not in {"links", "dates", "amounts", "url"}}
    write(made.hand.db, lambda db: db.execute("UPDATE capsule SET doc = ?", (json.dumps(old),)))
    assert ASK in capsule.told(made.kept())


def test_a_task_without_a_line_has_none(made: Made) -> None:
    task = write(made.hand.db, own.new_task, NOW, title="Mine")
    assert capsule.kept(made.hand.db, task.id) is None


def test_the_command_prints_markdown_and_json_and_the_export_holds_both(tmp_path: Path) -> None:
    from tests.tui.test_promises import slack_export

    desk = Desk(tmp_path)
    assert desk.run("import", "slack-export", str(slack_export(tmp_path))).code == 0
    line = next(row for row in desk.ask("promises") if row["kind"] == "request")
    task = desk.ask("capture", line["id"], "--to", "local", "--no-reply")["task"]
    found: dict[str, Any] = desk.ask("capsule", task["id"])
    assert (found["task"], found["message"], found["intact"]) == (task["id"], line["id"], True)
    assert found["dates"] == [{"words": "Friday", "date": "2025-11-28", "line": line["id"]}]
    assert [one["since"] for one in found["lines"]] == [None] * len(found["lines"])
    plain = desk.run("capsule", task["id"][:8])
    assert plain.out.strip() == found["markdown"].strip()
    assert "renew the certificate" in plain.out
    assert found["hash"] in plain.out
    exported = [json.loads(one) for one in desk.run("export").out.splitlines()]
    (kept,) = [one for one in exported if one["table"] == "capsule"]
    assert kept["hash"] == found["hash"]
    assert "renew the certificate" in kept["markdown"]
    own_task = desk.ask("task", "new", "Mine")
    assert desk.run("capsule", own_task["id"]).code == 1
    assert desk.run("capsule", "nonsense").code == 2
