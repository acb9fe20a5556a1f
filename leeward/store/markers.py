"""What was read elsewhere, and what of the past still calls its owner."""

from __future__ import annotations

from leeward.ids import item_id
from leeward.model import AccountUid, Batch, ItemType
from leeward.store.db import Db
from leeward.store.intake import SILENT_MINE, Intake
from leeward.store.things import local_id

LATE_MS = 2 * 3_600_000
"""How far a sender's clock may be behind: what is dated before that is taken for history."""


def take_read(db: Db, intake: Intake, batch: Batch) -> None:
    """Move read markers that were moved elsewhere; never back. Those of flat places wait for the cut."""
    account = intake.account.uid
    for mark in batch.read:
        message = item_id(AccountUid(account), ItemType.MESSAGE, mark.message)
        row = db.execute("SELECT n FROM message WHERE id = ?", (message,)).fetchone()
        if row is None:
            continue
        kind, remote = (ItemType.THREAD, mark.thread) if mark.thread else ("place", mark.place)
        where = str(local_id(db, account, kind, remote))
        intake.marks[where] = max(row[0], intake.marks.get(where, row[0]))
        if mark.thread:
            _move(db, intake, where, row[0])


def settle(db: Db, intake: Intake) -> None:
    """After the cut: read the conversations of flat places up to their marker, and let old mentions call."""
    for place, n in intake.marks.items():
        found = db.execute(
            "SELECT id FROM item WHERE place = ? AND type = 'thread' AND cut = 1 AND unread > 0 AND first_n <= ?",
            (place, n),
        )
        fresh = {line.thread for line in intake.new if line.place == place and line.n <= n and line.thread}
        cut = {id for id in fresh if db.execute("SELECT 1 FROM item WHERE id = ? AND cut = 1", (id,)).fetchone()}
        for id in {str(id) for (id,) in found} | {str(id) for id in cut}:
            _move(db, intake, id, n)
    _recall(db, intake)
    _unseen(db, intake)


def _move(db: Db, intake: Intake, thread: str, n: int) -> None:
    """A marker that is told again says nothing new: what was made unread since stays unread."""
    if db.execute("UPDATE item SET read_n = ? WHERE id = ? AND read_n < ?", (n, thread, n)).rowcount:
        db.execute("UPDATE triage SET read_n = ? WHERE item = ? AND read_n < ?", (n, thread, n))
        intake.touched.add(thread)


def _recall(db: Db, intake: Intake) -> None:
    """First contact arrives read, but not from the first line on that named its owner and was neither read nor answered."""
    first: dict[str, int] = {}
    for line in intake.new:
        if not line.mention or line.silent or line.thread is None or not intake.first_contact(line.at):
            continue
        if line.n > max(intake.marks.get(line.thread, -1), intake.marks.get(line.place, -1)):
            first[line.thread] = min(line.n, first.get(line.thread, line.n))
    for thread, n in first.items():
        answered = db.execute(
            "SELECT 1 FROM message WHERE thread = ? AND n > ? AND silent = ? UNION ALL"
            " SELECT 1 FROM triage WHERE item = ? AND (read_n >= ? OR done_n >= ?)",
            (thread, n, SILENT_MINE, thread, n, n),
        ).fetchone()
        if answered is None:
            db.execute("UPDATE item SET read_n = ? WHERE id = ? AND read_n >= ?", (n - 1, thread, n))
            intake.touched.add(thread)


def _unseen(db: Db, intake: Intake) -> None:
    """A line that comes now is news, also where its sender's clock is behind: no marker of before has seen it.

    Only one that came with it did, since it was moved elsewhere, where the line was to be seen.
    """
    first: dict[str, int] = {}
    for line in intake.new:
        if line.silent or line.thread is None or line.at < intake.now - LATE_MS or intake.first_contact(line.at):
            continue
        if line.n > max(intake.marks.get(line.thread, -1), intake.marks.get(line.place, -1)):
            first[line.thread] = min(line.n, first.get(line.thread, line.n))
    fresh = {line.n for line in intake.new} if first else set()
    for thread, n in first.items():
        if _was_here(db, thread, n, fresh):
            db.execute("UPDATE item SET read_n = ?1 - 1 WHERE id = ?2 AND read_n >= ?1", (n, thread))
            db.execute(
                "UPDATE triage SET read_n = min(read_n, ?1 - 1), done_n = min(done_n, ?1 - 1),"
                " later_reply = min(later_reply, ?1 - 1) WHERE item = ?2",
                (n, thread),
            )
            intake.touched.add(thread)


def _was_here(db: Db, thread: str, n: int, fresh: set[int]) -> bool:
    """Whether a marker of the thread stands at or behind `n`, and at a line that was here before: not in a cache built anew."""
    marks = db.execute(
        "SELECT item.read_n, triage.read_n, triage.done_n, triage.later_reply FROM item LEFT JOIN triage"
        " ON triage.item = item.id WHERE item.id = ?",
        (thread,),
    ).fetchone()
    behind = [mark for mark in marks or () if mark is not None and mark >= n]
    if not behind:
        return False
    lines = db.execute("SELECT n FROM message WHERE thread = ? AND n >= ? ORDER BY n DESC", (thread, min(behind)))
    return any(line not in fresh for (line,) in lines)
