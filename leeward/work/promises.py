"""Promises: a step of every ingest reads new lines for what they leave open, and sees what has been answered.

A question is answered by the next line of somebody else in its conversation, or by one that calls its author by name
shortly after; a promise by its author's word that it is done; a request by whoever takes it on. Tasks and dismissals
count at once, because they are looked at when the list is read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from leeward.errors import Problem
from leeward.model import Due, Instant
from leeward.rows import JournalRow, PromiseRow
from leeward.store import find, promises
from leeward.store.db import Db
from leeward.store.intake import UNSAID, Intake, Line
from leeward.text import one_line
from leeward.words import _
from leeward.work import acts
from leeward.work.promises_read import Kind, finishes, read, takes
from leeward.work.proposing import due_of
from leeward.zones import system_zone

NEAR = 60
"""Lines of a flat place within which somebody who is called by name is being answered."""

_CHUNK = 20_000


class Open(NamedTuple):
    """A line that leaves something open."""

    message: str
    n: int
    kind: Kind
    author: str | None
    text: str
    thread: str


class After(NamedTuple):
    """A line that came after it in its conversation."""

    author: str | None
    text: str
    reply_to: tuple[str, ...]


def mark(db: Db, intake: Intake) -> None:
    """A step of every ingest, after the cut."""
    lines = [line for line in intake.new if not line.silent & UNSAID and line.author is not None]
    found = [(str(line.id), line.n, said.kind, said.words) for line in lines if (said := read(line.text))]
    for line in intake.edited:
        said = None if line.silent & UNSAID else read(line.text)
        if said is None:
            promises.forget(db, [line.id])
        else:
            found.append((line.id, line.n, said.kind, said.words))
    promises.keep(db, found)
    if intake.touched and (found or _any(db)):
        settle(db, intake.touched)
        _called(db, lines)
        db.changed.add("promises")


def settle(db: Db, threads: Iterable[str]) -> None:
    """Look again at what is open in these conversations."""
    told: list[tuple[bool, str]] = []
    for thread in sorted(set(threads)):
        said = _in_thread(db, thread)
        if said:
            numbers, after = _lines_after(db, thread, said[0].n)
            over = cache(finishes)  # a line is looked into once, however many wait for it
            told += [(not _answered(one, after[bisect_right(numbers, one.n) :], over), one.message) for one in said]
    promises.settle(db, told)


def catch_up(db: Db) -> None:
    """Read every line that came before there were promises, or before the rules were changed."""
    if promises.known(db):
        return
    db.execute("DELETE FROM promise")
    last = 0
    while True:
        rows = db.execute(
            "SELECT n, id, text FROM message WHERE n > ? AND silent IN (0, 2) AND author IS NOT NULL ORDER BY n LIMIT ?",
            (last, _CHUNK),
        ).fetchall()
        if not rows:
            break
        last = rows[-1][0]
        promises.keep(db, [(id, n, said.kind, said.words) for n, id, text in rows if (said := read(text))])
    threads = db.execute("SELECT DISTINCT message.thread FROM promise JOIN message ON message.n = promise.n").fetchall()
    settle(db, [thread for (thread,) in threads if thread])
    db.execute("INSERT OR REPLACE INTO habit VALUES (?, ?)", (promises.READ, promises.RULES))
    db.changed.add("promises")


def dismiss(db: Db, now: Instant, messages: Sequence[str]) -> None:
    """The owner says that nothing is open here. It can be undone. Raises `Problem` for a line that leaves nothing open."""
    for id in messages:
        if not promises.is_line(db, id):
            raise Problem(_("The line {id} leaves nothing open.").format(id=id))
    with acts.act(db, now, _said(db, messages), [("dismissed", id) for id in messages]) as act:
        for id in messages:
            db.execute("INSERT OR IGNORE INTO dismissed VALUES (?, ?)", (id, now))
            act.items |= {
                thread for (thread,) in db.execute("SELECT thread FROM message WHERE id = ?", (id,)) if thread
            }
        db.changed |= {*messages, *act.items, "promises"}


def reason(row: PromiseRow) -> str:
    """Why a line is listed, in a sentence: the words it was read from, and what has not come yet."""
    return {
        Kind.PROMISE: _("“{words}”, and no word yet that it is done"),
        Kind.REQUEST: _("“{words}”, and nobody has taken it on"),
        Kind.LATER: _("“{words}”, and no word of it since"),
    }.get(Kind(row.kind), _("asked, and nobody has answered")).format(words=row.words)


def due(row: PromiseRow) -> Due | None:
    """When it was promised or asked for, by the line itself, in its author's zone."""
    return due_of(row.line.text, row.line.at, row.line.zone or system_zone())


def why(db: Db, id: str) -> list[JournalRow]:
    """The entry of a line's journal that says why it carries a mark."""
    found = promises.one(db, id)
    return [JournalRow(found.line.at, reason(found))] if found is not None else []


def _said(db: Db, messages: Sequence[str]) -> str:
    row = db.execute("SELECT text FROM message WHERE id = ?", (messages[0],)).fetchone() if messages else None
    text = one_line(row[0], 80) if row else ""
    if len(messages) > 1:
        return _("dismissed: {text} and {more} more").format(text=text, more=len(messages) - 1)
    return _("dismissed: {text}").format(text=text)


def _any(db: Db) -> bool:
    return db.execute("SELECT 1 FROM promise LIMIT 1").fetchone() is not None


def _in_thread(db: Db, thread: str) -> list[Open]:
    """What lines of a conversation leave open or left open before; an answer that was taken back opens it again."""
    rows = db.execute(
        "SELECT promise.message, promise.n, promise.kind, message.author, message.text, message.thread"
        " FROM message JOIN promise ON promise.message = message.id WHERE message.thread = ? ORDER BY message.n",
        (thread,),
    )
    return [Open(row[0], row[1], Kind(row[2]), *row[3:]) for row in rows]


def _lines_after(db: Db, thread: str, n: int) -> tuple[list[int], list[After]]:
    rows = db.execute(
        "SELECT n, author, text, reply_to FROM message WHERE thread = ? AND n > ? AND silent IN (0, 2) ORDER BY n",
        (thread, n),
    ).fetchall()
    return [row[0] for row in rows], [After(row[1], row[2], find.split(row[3])) for row in rows]


def _answered(one: Open, after: Sequence[After], over: Callable[[str], bool]) -> bool:
    """Whether what came after a line settles it; `over` tells whether a text says that something is."""
    theirs = (line for line in after if line.author != one.author)
    own = (line for line in after if line.author == one.author)
    if one.kind is Kind.QUESTION:
        again = one.text.strip().lower()
        return next(theirs, None) is not None or any(
            over(line.text) or line.text.strip().lower() == again for line in own
        )
    if one.kind is Kind.PROMISE:
        return any(over(line.text) for line in own)
    if any(over(line.text) for line in after):
        return True
    if one.kind is Kind.LATER:
        return False
    return any(takes(line.text) or (one.message in line.reply_to and "?" not in line.text) for line in theirs)


def _called(db: Db, lines: Sequence[Line]) -> None:
    """Questions of flat places whose author is called by name soon after: their answer was cut to another conversation."""
    by_place: dict[str, list[Line]] = {}
    for line in lines:
        if line.thread is not None:
            by_place.setdefault(line.place, []).append(line)
    told: list[tuple[bool, str]] = []
    for place, new in by_place.items():
        flat = db.execute("SELECT flat FROM place WHERE id = ?", (place,)).fetchone()
        if flat and flat[0]:
            told += _answered_by_name(db, place, new)
    promises.settle(db, told)


def _answered_by_name(db: Db, place: str, new: Sequence[Line]) -> list[tuple[bool, str]]:
    start = min(line.n for line in new)
    row = db.execute(
        "SELECT n FROM message WHERE place = ? AND n < ? ORDER BY n DESC LIMIT 1 OFFSET ?", (place, start, NEAR)
    ).fetchone()
    asked = db.execute(
        "SELECT promise.message, promise.n, message.author FROM promise JOIN message ON message.n = promise.n"
        " WHERE promise.open = 1 AND promise.kind = 'question' AND promise.n > ? AND message.place = ?",
        (row[0] if row else 0, place),
    ).fetchall()
    names = find.names(db, {author for _id, _n, author in asked if author})
    told = []
    for id, n, author in asked:
        name = names.get(author, "").lower()
        soon = [line for line in new if line.n > n][:NEAR]
        if name and any(line.author != author and _calls(line.text, name) for line in soon):
            told.append((False, str(id)))
    return told


def _calls(text: str, name: str) -> bool:
    """Whether a line begins by calling somebody, or names them with an @."""
    low = text[:400].lower()
    start = low.lstrip("<@")
    if start.startswith(name):
        return start[len(name) : len(name) + 1] in {":", ",", ">", " "}
    return f"@{name}" in low
