"""What the outbox says of its rows."""

from __future__ import annotations

from pathlib import Path

from leeward.model import LOCAL, Instant
from leeward.store import outbox, own
from leeward.store.db import Db
from tests.leeward.store.hand import NOW, opened

LATER = Instant(NOW + outbox.GRACE_MS)


def whys(db: Db, now: Instant = LATER) -> list[str]:
    return [row.why for row in outbox.listed(db, now)]


def test_a_change_that_waits_for_another_names_it(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        own.ensure_local(db, NOW)
        task = outbox.put(db, NOW, LOCAL, "create_task", {"title": "Book the crane"}, item="t")
        first = outbox.put(db, NOW, LOCAL, "update_task", {}, item="u")
        outbox.put(db, NOW, LOCAL, "post", {}, item="r", after=task)
        outbox.put(db, NOW, LOCAL, "update_task", {}, item="u")
        assert whys(db) == ["", "", f"Waits until row {task} is sent.", f"Waits until row {first} is sent."]
        outbox.settle(db, task, "failed", why="It was refused.")
        outbox.settle(db, first, "asks", why="It changed there.")
        asked = ["It was refused.", "It changed there."]
        behind = [f"Waits for row {task}, which could not be sent.", f"Waits for row {first}, which asks you."]
        assert whys(db) == [*asked, *behind]
        for row in (task, first):
            outbox.settle(db, row, "sent")
        assert whys(db) == ["", ""]


def test_a_change_whose_time_lies_ahead_or_that_was_tried_says_that_and_no_row(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        own.ensure_local(db, NOW)
        outbox.put(db, NOW, LOCAL, "post", {}, item="r")
        timed = outbox.put(db, NOW, LOCAL, "post", {}, item="r", grace_ms=3_600_000)
        assert whys(db) == ["", ""]
        assert whys(db, Instant(NOW + 3_600_000))[1].startswith("Waits until row")
        outbox.settle(db, timed, "queued", why="The service asks for a pause.")
        assert whys(db, Instant(NOW + 3_600_000))[1] == "The service asks for a pause."
