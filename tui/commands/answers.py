"""How commands answer: JSON with stable keys, or plain lines; data on stdout, words on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from leeward.model import Due, Instant
from leeward.text import clean
from leeward.words import _
from tui import stamps

if TYPE_CHECKING:
    from leeward.rows import InboxRow, JournalRow, LinkRow, MessageRow, NoteRow, OutboxRow, TaskRow
    from leeward.store.db import Db
    from tui.times import Face
    from tui.wiring import Home

T = TypeVar("T")
ID = 10
"""Columns that an id and the blanks behind it take: eight letters are enough to name a thing."""


class HasId(Protocol):
    """A row that can be named."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


_STEERS = re.compile(
    "[\\x7f-\\x9f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ud800-\\udfff\U000e0000-\U000e007f]"
)


def as_json(document: Any) -> str:
    """JSON in which nothing can steer a terminal or hide: such characters stand there as escapes, and none is lost."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    return _STEERS.sub(lambda found: json.dumps(found[0])[1:-1], text)


def out(document: Any) -> None:
    """Print JSON on stdout."""
    sys.stdout.write(as_json(document) + "\n")


def lines(texts: Iterable[str]) -> None:
    """Print lines on stdout, harmless ones."""
    for text in texts:
        sys.stdout.write(clean(text).rstrip("\n") + "\n")


def listed(rows: Sequence[HasId], texts: Sequence[str]) -> None:
    """Print one line a row, each behind the id that names it to other commands; where there is no row, the sentence."""
    lines([f"{row.id[:8]}  {text}" for row, text in zip(rows, texts, strict=True)] if rows else texts)


def say(text: str) -> None:
    """Tell a person something on stderr."""
    sys.stderr.write(clean(text) + "\n")


def told(home: Home, document: Any, words: str) -> int:
    """Say what was done: as JSON, or in words; the exit code of what went well."""
    if home.json:
        out(document)
    elif words:
        say(words)
    return 0


def tell_problems(home: Home) -> None:
    """Print what is wrong with the settings on stderr; it never stops the program."""
    from tui.odd_settings import odd_settings

    config = home.config
    for problem in sorted([*home.problems, *odd_settings(config)], key=lambda one: one.line):
        say(str(problem))


def stamp(at: Instant | None) -> str | None:
    """An instant as ISO 8601 UTC, to the second; milliseconds only where there are some."""
    return None if at is None else stamps.stamp(at)


def due(when: Due | None) -> str | None:
    """A due: "2026-11-24" for a whole day, else an instant."""
    return when.isoformat() if isinstance(when, date) else stamp(when)


def reading(home: Home, act: Callable[..., T], *args: Any, **named: Any) -> T:
    """Run one read on the store, in this thread."""
    from leeward.store.db import open_db, read

    db = open_db(home.folders.data, readonly=True)
    try:
        return read(db, act, *args, **named)
    finally:
        db.close()


def writing(home: Home, act: Callable[..., T], *args: Any, **named: Any) -> T:
    """Run one write on the store, in one transaction."""
    from leeward.store.db import open_db, write

    db = open_db(home.folders.data)
    try:
        return write(db, act, *args, **named)
    finally:
        db.close()


def ids(db: Db, prefixes: Iterable[str], *tables: str) -> list[str]:
    """Whole ids from unique beginnings."""
    from leeward.store.find import resolve

    return [str(resolve(db, prefix, *tables)) for prefix in prefixes]


def face(home: Home) -> Face:
    """How times are written for this reader."""
    from leeward.zones import system_zone, wall, zone
    from tui.times import Face

    here = zone(system_zone())
    return Face(home.clock.now(), lambda at: wall(at, here))


def width() -> int:
    """Columns of the terminal, or 100."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 100


def inbox_row(row: InboxRow) -> dict[str, Any]:
    """An inbox row in JSON."""
    return {
        "id": row.id,
        "type": row.type,
        "account": row.account,
        "place": row.place,
        "title": row.title,
        "people": row.people,
        "tier": row.tier,
        "due": due(row.due),
        "state": row.state,
        "unread": row.unread,
        "updated": stamp(row.updated),
        "url": row.url,
    }


def message(row: MessageRow) -> dict[str, Any]:
    """A line in JSON."""
    return {
        "id": row.id,
        "author": row.author,
        "at": stamp(row.at),
        "text": row.text,
        "reply_to": row.reply_to,
        "url": row.url,
        "mine": row.mine,
        "unread": row.unread,
    }


def link(row: LinkRow) -> dict[str, Any]:
    """A link in JSON, seen from one end."""
    return {"id": row.id, "item": row.item, "type": row.type, "title": row.title, "url": row.url, "sync": row.sync}


def task(row: TaskRow) -> dict[str, Any]:
    """A task in JSON."""
    return {
        "id": row.id,
        "account": row.account,
        "place": row.place,
        "title": row.title,
        "text": row.text,
        "status": row.status,
        "native_status": row.native_status,
        "assignees": row.assignees,
        "due": due(row.due),
        "tier": row.tier,
        "url": row.url,
        "state": row.state,
        "links": [link(one) for one in row.links],
    }


def note(row: NoteRow) -> dict[str, Any]:
    """A note in JSON."""
    return {
        "id": row.id,
        "account": row.account,
        "place": row.place,
        "title": row.title,
        "text": row.text,
        "updated": stamp(row.updated),
        "url": row.url,
        "links": [link(one) for one in row.links],
    }


def outbox_row(row: OutboxRow) -> dict[str, Any]:
    """An outbox row in JSON."""
    return {
        "row": row.row,
        "account": row.account,
        "verb": row.verb,
        "item": row.item,
        "state": row.state,
        "tries": row.tries,
        "due": stamp(row.due),
        "why": row.why,
    }


def journal(rows: Iterable[JournalRow]) -> list[dict[str, Any]]:
    """A journal in JSON."""
    return [{"at": stamp(row.at), "say": row.say} for row in rows]


def stdin_text() -> str:
    """The text a command reads from stdin; a hint where a terminal stands there."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        say(_("Type the text, then end it with Ctrl+D."))
    source = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if source is None else source.read().decode("utf-8", "replace").replace("\r\n", "\n")
