"""New lines of linked items: what is said on one side becomes a comment on the other, once, and never comes back."""

from __future__ import annotations

from typing import Any

from leeward.ids import digest
from leeward.model import Instant, ItemType, Key
from leeward.store import find, outbox, read
from leeward.store.db import Db
from leeward.store.intake import Intake
from leeward.text import one_line
from leeward.words import _
from leeward.work.instep_links import Link
from leeward.work.instep_values import is_gone
from leeward.zones import system_zone, wall, zone


def copy(db: Db, intake: Intake, link: Link, thread: str, line: str, *, certain: bool) -> None:
    """Bring a new line to the other side, where that takes lines; only what surely belongs leaves a cut channel."""
    row = read.message(db, line)
    ours = db.execute(
        "SELECT 1 FROM message JOIN outbox ON outbox.key = message.key WHERE message.id = ?"
        " AND (outbox.lane LIKE 'copy %' OR json_extract(outbox.doc, '$.task') IS NOT NULL)",
        (line,),
    ).fetchone()  # a copy, or the line that tells of the task; what the owner wrote here goes over like any other
    n, cut = db.execute(
        "SELECT message.n, coalesce(item.cut, 1) FROM message LEFT JOIN item ON item.id = message.thread WHERE message.id = ?",
        (line,),
    ).fetchone()
    seen = db.execute("SELECT seen_n FROM link WHERE id = ?", (link.id,)).fetchone()[0]
    if row is None or ours or (cut and not certain) or (thread == link.thread and seen is not None and n <= seen):
        return
    if is_gone(db, link.task):
        return
    goal = _goal(db, link, thread)
    if goal is None:
        _say_once(db, intake.now, link)
        return
    account, doc = goal
    if (
        account == intake.account.uid
        and doc["thread"] == db.execute("SELECT remote FROM item WHERE id = ?", (thread,)).fetchone()[0]
    ):
        return
    head = f"**{one_line(row.author, 80)}** {wall(row.at, zone(system_zone())):%Y-%m-%d %H:%M}"
    quoted = "\n".join(f"> {text}" for text in (head, *row.text.splitlines()))
    key = Key(f"lw{digest('copy', link.id, line)}")
    if db.execute("SELECT 1 FROM outbox WHERE key = ?", (key,)).fetchone() is None:
        doc |= {"text": "", "quoted": quoted}
        outbox.put(db, intake.now, account, "post", doc, item=link.task, lane=f"copy {link.id}", key=key)


def _goal(db: Db, link: Link, thread: str) -> tuple[str, dict[str, Any]] | None:
    """Where a line of `thread` goes: to the task's own discussion, or back to the linked thread."""
    discussion = db.execute("SELECT thread FROM item WHERE id = ?", (link.task,)).fetchone()[0]
    if thread == discussion:
        target = link.thread
        captured = db.execute(
            "SELECT message.remote FROM link JOIN message ON message.id = link.message WHERE link.id = ?", (link.id,)
        ).fetchone()
    else:
        target, captured = discussion, None
    row = db.execute(
        "SELECT item.account, place.remote, item.remote, item.cut FROM item JOIN place ON place.id = item.place"
        " WHERE item.id = ? AND place.writable",
        (target,),
    ).fetchone()
    if row is None:
        return None
    reply_to = captured[0] if captured and row[3] else None
    return row[0], {"place": row[1], "thread": None if row[3] else row[2], "reply_to": reply_to}


def _say_once(db: Db, now: Instant, link: Link) -> None:
    say = _("New lines are not copied: the task's place takes no comments.")
    known = db.execute("SELECT 1 FROM journal WHERE link = ? AND say = ?", (link.id, say)).fetchone()
    if known is None and find.type_of(db, link.task) is ItemType.TASK:
        read.note_down(db, now, link.task, say, link.id)
