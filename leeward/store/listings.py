"""What a service says is no longer there: deletions, and places whose listing was complete."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from leeward.ids import item_id
from leeward.model import AccountUid, Batch, Instant, ItemType, RemoteId
from leeward.store import derive, lines, outbox
from leeward.store.db import Db
from leeward.store.intake import SILENT_GONE, SILENT_NOTICE, Intake
from leeward.store.things import local_id
from leeward.words import _

Seen: TypeAlias = dict[tuple[RemoteId, ItemType], set[RemoteId]]
"""What one round has named, by place and type."""

REMOVE = "remove"
"""The verb of an outbox row that asks whether what is missing there may leave here."""

TWICE = 2
MANY = 20
"""More than this many, and more than half of what is there, missing at once: nobody deletes like that."""


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
    if row is None or row[3] & SILENT_GONE:
        return
    db.execute(
        "UPDATE message SET text = '', raw = NULL, files = NULL, silent = silent | ? WHERE n = ?",
        (SILENT_GONE, row[0]),
    )
    intake.reindex(row[0], None if row[3] & SILENT_NOTICE else ("", row[1]), None)
    intake.count("gone")
    lines.retitle(db, id, "")
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
        place = str(local_id(db, intake.account.uid, "place", remote))
        named = {str(local_id(db, intake.account.uid, type, one)) for one in seen.get((remote, type), ())}
        here = [
            str(id)
            for (id,) in db.execute(
                "SELECT id FROM item WHERE place = ? AND type = ? AND gone = 0 AND remote IS NOT NULL", (place, type)
            )
        ]
        if named:
            _found_again(db, [id for id in here if id in named])
        absent = [id for id in here if id not in named and not _kept(db, id)]
        known = sum(id not in intake.fresh for id in here)
        doubted = absent if _suspicious(len(absent), known) else _doubted(db, intake, place, type, absent)
        _ask(db, intake, place, type, sorted(doubted))
        for id in absent:
            if id not in doubted:
                _count_missing(db, intake, id)


def _suspicious(absent: int, known: int) -> bool:
    """Nobody deletes like that: all of several, or most of many."""
    return (absent == known and known > 1) or (absent > MANY and absent * 2 > known)


def _doubted(db: Db, intake: Intake, place: str, type: ItemType, absent: list[str]) -> list[str]:
    """What was asked about before and is still missing waits for its answer, also where the listing has grown since."""
    question = _question(db, intake.account.uid, place, type)
    asked = set(question[1]["ids"]) if question else set()
    return [id for id in absent if id in asked]


def _question(db: Db, account: str, place: str, type: ItemType) -> tuple[int, dict[str, Any]] | None:
    row = db.execute(
        "SELECT row, doc FROM outbox WHERE account = ? AND verb = ? AND lane = ? AND state = 'asks'",
        (account, REMOVE, f"remove {place} {type}"),
    ).fetchone()
    return (row[0], json.loads(row[1])) if row else None


def _kept(db: Db, id: str) -> bool:
    """Whether the owner said of a missing item that it stays."""
    row = db.execute("SELECT times FROM missing WHERE item = ?", (id,)).fetchone()
    return row is not None and row[0] < 0


def _ask(db: Db, intake: Intake, place: str, type: ItemType, ids: list[str]) -> None:
    """Leave the question in the outbox, once; take it back when everything is there again."""
    question = _question(db, intake.account.uid, place, type)
    if not ids:
        if question is not None:
            db.execute("DELETE FROM outbox WHERE row = ?", (question[0],))
            db.changed.add("outbox")
        return
    intake.count("withheld", len(ids))
    doc = {"place": place, "type": type, "ids": ids}
    if question is not None and question[1] == doc:
        return
    lane = f"remove {place} {type}"
    row = (
        question[0] if question else outbox.put(db, intake.now, intake.account.uid, REMOVE, doc, lane=lane, grace_ms=0)
    )
    title = db.execute("SELECT title FROM place WHERE id = ?", (place,)).fetchone()
    why = _("{n} items of {place} are suddenly missing there. Remove them here too (send), or keep them (drop)?")
    outbox.settle(db, row, "asks", doc=doc, why=why.format(n=len(ids), place=title[0] if title else place))


def consent(db: Db, now: Instant, ids: list[str], *, remove: bool) -> None:
    """The owner's answer: what is missing there leaves here too, or stays and is not asked about again."""
    for id in ids:
        if remove:
            db.execute("UPDATE item SET gone = 1 WHERE id = ?", (id,))
            db.execute("DELETE FROM missing WHERE item = ?", (id,))
        else:
            db.execute("INSERT OR REPLACE INTO missing VALUES (?, -1)", (id,))
    derive.derive(db, ids, now)
    db.changed |= {*ids, "inbox", "tasks", "notes", "outbox"}


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
