"""The links that keep something in step, with what each last saw on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from leeward.store.db import Db
from leeward.work.instep_values import Fields, state


class Link(Struct):
    """A link between a thread and a task; `discussed` is the task the thread itself is about, if there is one.

    `seen` is what it remembers: "task" and "thread" (what both said when it last looked), "told" (by side and field what was
    carried over last, and how often the same again), "last" (the newest push, to take it back).
    """

    id: str
    thread: str
    task: str
    discussed: str | None
    keep: str
    seen: dict[str, Any]

    @property
    def other(self) -> str | None:
        """The task on the thread's side, where that is another one."""
        return self.discussed if self.discussed != self.task else None

    def saw(self, side: str) -> Fields | None:
        """What one side said when the link last looked."""
        found: Fields | None = self.seen.get(side)
        return found


_QUERY = (
    "SELECT link.id, thread.id, task.id, thread.task, link.keep, link.agreed FROM link"
    " JOIN item AS thread ON thread.id IN (link.a, link.b) AND thread.type = 'thread'"
    " JOIN item AS task ON task.id IN (link.a, link.b) AND task.type = 'task'"
)


def of_items(db: Db, items: Iterable[str], *, both: bool = False) -> list[Link]:
    """The links that keep any of these items in step; with `both` those that copy lines."""
    found: dict[str, Link] = {}
    keeps = "link.keep = 'both'" if both else "link.keep <> 'off'"
    for item in sorted(items):
        rows = db.execute(
            f"{_QUERY} WHERE link.gone IS NULL AND {keeps}"
            " AND (link.a = ?1 OR link.b = ?1 OR thread.task = ?1 OR task.thread = ?1)",
            (item,),
        )
        found |= {row[0]: _link(row) for row in rows}
    return list(found.values())


def one(db: Db, id: str) -> Link | None:
    """One link, whatever it keeps; None for a link between other kinds of items, or one that was taken away."""
    row = db.execute(f"{_QUERY} WHERE link.id = ? AND link.gone IS NULL", (id,)).fetchone()
    return _link(row) if row else None


def _link(row: tuple[Any, ...]) -> Link:
    return Link(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]) if row[5] else {})


def remember(db: Db, link: Link) -> None:
    """Keep what the link saw."""
    text = json.dumps(link.seen)
    db.execute("UPDATE link SET agreed = ? WHERE id = ? AND agreed IS NOT ?", (text, link.id, text))


def look(db: Db, link: Link) -> None:
    """Take both sides as they are now for what both sides agree on: nothing that differs already is carried over."""
    for side, task in (("task", link.task), ("thread", link.other)):
        now = state(db, task)
        if now is not None:
            link.seen[side] = now
    remember(db, link)


def begin(db: Db, id: str) -> None:
    """A link begins to keep in step: what differs now stays, what moves from now on is carried over."""
    link = one(db, id)
    if link is not None:
        look(db, link)
