"""What a service says about whole listings: read markers, deletions, and places whose listing was complete."""

from __future__ import annotations

from typing import TypeAlias

from leeward.ids import item_id
from leeward.model import AccountUid, Batch, ItemType, RemoteId
from leeward.store import lines
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.store.things import local_id

Seen: TypeAlias = dict[tuple[RemoteId, ItemType], set[RemoteId]]
"""What one round has named, by place and type."""

TWICE = 2
MANY = 20
"""More than this many, and more than half of what is there, missing at once: nobody deletes like that."""


def take_read(db: Db, intake: Intake, batch: Batch) -> None:
    """Move read markers that were moved elsewhere; never back."""
    account = intake.account.uid
    for mark in batch.read:
        message = item_id(AccountUid(account), ItemType.MESSAGE, mark.message)
        row = db.execute("SELECT n FROM message WHERE id = ?", (message,)).fetchone()
        if row is None:
            continue
        if mark.thread:
            thread = local_id(db, account, ItemType.THREAD, mark.thread)
            threads = [str(thread)]
        else:
            place = local_id(db, account, "place", mark.place)
            found = db.execute(
                "SELECT id FROM item WHERE place = ? AND type = 'thread' AND cut = 1 AND unread > 0 AND first_n <= ?",
                (place, row[0]),
            )
            threads = [str(id) for (id,) in found]
        for id in threads:
            before = db.total_changes
            db.execute("UPDATE item SET read_n = ? WHERE id = ? AND read_n < ?", (row[0], id, row[0]))
            db.execute("UPDATE triage SET read_n = ? WHERE item = ? AND read_n < ?", (row[0], id, row[0]))
            if db.total_changes != before:
                intake.touched.add(id)


def take_gone(db: Db, intake: Intake, batch: Batch) -> None:
    """Mark what the service itself called deleted; our notes, links and capsules on it stay."""
    account = intake.account.uid
    for type, remote in batch.gone:
        if type is ItemType.MESSAGE:
            _take_back(db, intake, item_id(AccountUid(account), type, remote))
        else:
            remove(db, intake, str(local_id(db, account, type, remote)))


def _take_back(db: Db, intake: Intake, id: str) -> None:
    row = db.execute("SELECT n, text, thread, silent FROM message WHERE id = ?", (id,)).fetchone()
    if row is None or row[3] & lines.SILENT_GONE:
        return
    db.execute(
        "UPDATE message SET text = '', raw = NULL, files = NULL, silent = silent | ? WHERE n = ?",
        (lines.SILENT_GONE, row[0]),
    )
    intake.unindex.setdefault(row[0], ("", row[1]))
    intake.index.pop(row[0], None)
    intake.count("gone")
    if row[2]:
        intake.touched.add(row[2])


def remove(db: Db, intake: Intake, id: str) -> None:
    """A tombstone in place of a thread, task or note: listed nowhere, still found by its links."""
    before = db.total_changes
    db.execute("UPDATE item SET gone = 1 WHERE id = ? AND gone = 0", (id,))
    if db.total_changes != before:
        intake.touched.add(id)
        intake.count("gone")


def take_complete(db: Db, intake: Intake, batch: Batch, seen: Seen) -> None:
    """Count what a complete listing does not name; twice missing is gone, unless nearly everything is missing."""
    for remote, type in batch.complete:
        place = local_id(db, intake.account.uid, "place", remote)
        named = {str(local_id(db, intake.account.uid, type, one)) for one in seen.get((remote, type), ())}
        here = [
            str(id)
            for (id,) in db.execute(
                "SELECT id FROM item WHERE place = ? AND type = ? AND gone = 0 AND remote IS NOT NULL", (place, type)
            )
        ]
        absent = [id for id in here if id not in named]
        if named:
            _found_again(db, [id for id in here if id in named])
        if len(absent) > MANY and len(absent) * 2 > len(here):
            intake.count("withheld", len(absent))
            continue
        for id in absent:
            _count_missing(db, intake, id)


def note_seen(seen: Seen, batch: Batch) -> None:
    """Remember what a round has named so far: a listing's pages may come in many batches."""
    for task in batch.tasks:
        seen.setdefault((task.place, ItemType.TASK), set()).add(task.id)
    for note in batch.notes:
        seen.setdefault((note.place, ItemType.NOTE), set()).add(note.id)
    for thread in batch.threads:
        seen.setdefault((thread.place, ItemType.THREAD), set()).add(thread.id)


def _found_again(db: Db, ids: list[str]) -> None:
    if db.execute("SELECT 1 FROM missing LIMIT 1").fetchone():
        db.executemany("DELETE FROM missing WHERE item = ?", [(id,) for id in ids])


def _count_missing(db: Db, intake: Intake, id: str) -> None:
    row = db.execute("SELECT times FROM missing WHERE item = ?", (id,)).fetchone()
    if row is not None and row[0] + 1 >= TWICE:
        db.execute("DELETE FROM missing WHERE item = ?", (id,))
        remove(db, intake, id)
    else:
        db.execute("INSERT INTO missing VALUES (?, 1) ON CONFLICT (item) DO UPDATE SET times = times + 1", (id,))
