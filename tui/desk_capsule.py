"""A task's capsule as the screen shows it."""

from __future__ import annotations

from typing import Any

from leeward.model import File, Instant, ItemId
from leeward.rows import MessageRow
from leeward.store.db import Db
from leeward.words import _
from leeward.work import capsule
from leeward.zones import system_zone, wall, zone
from tui.asks import Captured


def captured(db: Db, item: str) -> Captured | None:
    """The captured lines of a task, as they were, and what became of them; None where it was not made of a line."""
    found = capsule.kept(db, item)
    if found is None:
        return None
    since = {id: capsule.since_words(what, text) for id, (what, text) in found.since.items()}
    return Captured(tuple(_frozen(line) for line in found.doc["lines"]), since, tuple(_named(found)))


def _frozen(line: dict[str, Any]) -> MessageRow:
    return MessageRow(
        id=ItemId(line["id"]),
        thread=ItemId(""),
        author=line["author"],
        author_id=None,
        at=Instant(line["at"]),
        text=line["text"],
        reply_to=(),
        url=line["url"],
        mine=False,
        unread=False,
        files=tuple(File(name, url) for name, url in line["files"]),
    )


def _named(found: capsule.Kept) -> list[tuple[str, str]]:
    doc = found.doc
    dates = [f"{words} ({capsule.due_words(due)})" for words, due, _id in doc.get("dates", ())]
    frozen = f"{wall(found.at, zone(system_zone())):%Y-%m-%d %H:%M}"
    if not found.intact:
        frozen = _("{at}; its hash differs").format(at=frozen)
    named = (
        (_("People"), ", ".join(doc["people"])),
        (_("Files"), ", ".join(doc["files"])),
        *((_("Link"), link) for link in doc.get("links", ())),
        (_("Dates"), ", ".join(dates)),
        (_("Amounts"), ", ".join(doc.get("amounts", ()))),
        (_("Frozen"), frozen),
    )
    return [(title, text) for title, text in named if text]
