"""The captured context of a line, frozen: lines, people, files, links, dates, amounts, permalinks, times.

What is frozen stays as it was, whatever becomes of the chat. Looked at again it says what was edited or deleted since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from leeward.model import Instant
from leeward.rows import MessageRow
from leeward.store import read
from leeward.store.db import Db
from leeward.store.stamps import due_text
from leeward.text import one_line
from leeward.words import _
from leeward.work import facts
from leeward.zones import system_zone, wall, zone

MAX_LINE = 4000


def freeze(db: Db, now: Instant, task: str, message: str, chosen: Sequence[str]) -> dict[str, Any]:
    """Keep the captured line and the chosen ones as they are now; the chat may forget them, the capsule does not."""
    rows = read.lines_of(db, [message, *chosen])
    place = db.execute(
        "SELECT place.title, place.url, account.name FROM message JOIN place ON place.id = message.place"
        " JOIN account ON account.uid = message.account WHERE message.id = ?",
        (message,),
    ).fetchone()
    doc: dict[str, Any] = {
        "message": message,
        "place": place[0] if place else "",
        "account": place[2] if place else "",
        "lines": [_line(row) for row in rows],
        "people": list(dict.fromkeys(row.author for row in rows)),
        "files": [file.name for row in rows for file in row.files],
        "url": place[1] if place else None,
        "links": _each(link for row in rows for link in facts.links(row.text)),
        "dates": [one for row in rows for one in _dates(row)],
        "amounts": _each(amount for row in rows for amount in facts.amounts(row.text)),
    }
    text = json.dumps(doc, ensure_ascii=False, sort_keys=True)
    db.execute(
        "INSERT OR REPLACE INTO capsule VALUES (?, ?, ?, ?, ?)",
        (task, message, text, _digest(text), now),
    )
    return doc


def _each(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))


def _dates(row: MessageRow) -> list[list[str]]:
    """The days and times a line names, as [words, what they are, the line]: read at its own time, in its author's zone."""
    named = facts.dates(row.text, row.at, row.zone or system_zone())
    return [[words, due_text(due) or "", row.id] for words, due in named]


def _line(row: MessageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "author": row.author,
        "at": row.at,
        "text": row.text,
        "url": row.url,
        "files": [[file.name, file.url] for file in row.files],
    }


class Kept(NamedTuple):
    """A capsule as it was frozen, and what became of its lines since.

    `intact`: its content still has the hash it was frozen with. `since`: by line, "edited", "deleted" or "gone" (the chat
    forgot it), with the text as it is now.
    """

    doc: dict[str, Any]
    message: str
    at: Instant
    hash: str
    intact: bool
    since: Mapping[str, tuple[str, str]]


def kept(db: Db, task: str) -> Kept | None:
    """The capsule of a task, opened again; None where the task was not made of a line."""
    row = db.execute("SELECT doc, hash, at, message FROM capsule WHERE task = ?", (task,)).fetchone()
    if row is None:
        return None
    doc: dict[str, Any] = json.loads(row[0])
    return Kept(doc, row[3], Instant(row[2]), row[1], _digest(row[0]) == row[1], _since(db, doc["lines"]))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _since(db: Db, lines: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    now = {row.id: row for row in read.lines_of(db, [line["id"] for line in lines])}
    found: dict[str, tuple[str, str]] = {}
    for line in lines:
        row = now.get(line["id"])
        if row is None:
            found[line["id"]] = ("gone", "")
        elif row.gone:
            found[line["id"]] = ("deleted", "")
        elif row.text != line["text"]:
            found[line["id"]] = ("edited", row.text)
    return found


def since_words(what: str, text: str) -> str:
    """What became of a line, in a sentence."""
    if what == "edited":
        return _("edited since; now: {text}").format(text=text)
    return _("deleted there since") if what == "deleted" else _("the chat does not have it any more")


def of(db: Db, task: str) -> dict[str, Any] | None:
    """The frozen content of a task's capsule."""
    row = db.execute("SELECT doc FROM capsule WHERE task = ?", (task,)).fetchone()
    if row is None:
        return None
    doc: dict[str, Any] = json.loads(row[0])
    return doc


def markdown(doc: dict[str, Any]) -> str:
    """A capsule as it travels: quoted lines with author and time, then people, files and permalinks."""
    here = zone(system_zone())
    parts = [_("From {place}:").format(place=one_line(doc["place"], 80)) if doc["place"] else ""]
    for line in doc["lines"]:
        at = wall(Instant(line["at"]), here)
        head = f"**{one_line(line['author'], 80)}** {at:%Y-%m-%d %H:%M}"
        mark = " ←" if line["id"] == doc["message"] and len(doc["lines"]) > 1 else ""
        body = "\n".join(f"> {one}" for one in line["text"][:MAX_LINE].splitlines() or [""])
        parts.append(f"> {head}{mark}\n{body}")
    if doc["people"]:
        parts.append(_("People: {people}").format(people=", ".join(one_line(name, 80) for name in doc["people"])))
    if doc["files"]:
        parts.append(_("Files: {files}").format(files=", ".join(doc["files"])))
    urls = [line["url"] for line in doc["lines"] if line["url"]]
    if urls:
        chosen = next((line["url"] for line in doc["lines"] if line["id"] == doc["message"] and line["url"]), urls[0])
        parts.append(_("Where it was said: {url}").format(url=chosen))
    return "\n\n".join(part for part in parts if part)


def told(one: Kept) -> str:
    """A capsule to read or to keep as a file: the Markdown that travels, then all that its lines name, and its hash."""
    doc, here = one.doc, zone(system_zone())
    parts = [markdown(doc)]
    permalinks = [
        f"- {_stamp(line['at'])} {one_line(line['author'], 80)}: {line['url']}" for line in doc["lines"] if line["url"]
    ]
    files = [f"- {name}" + (f": {url}" if url else "") for line in doc["lines"] for name, url in line["files"]]
    dates = [f"- {words}: {due_words(due)}" for words, due, _id in doc.get("dates", ())]
    for title, found in (
        (_("Permalinks"), permalinks),
        (_("Files"), files),
        (_("Links"), [f"- {link}" for link in doc.get("links", ())]),
        (_("Dates"), dates),
        (_("Amounts"), [f"- {amount}" for amount in doc.get("amounts", ())]),
        (_("Since then"), _changes(one)),
    ):
        if found:
            parts.append(f"## {title}\n\n" + "\n".join(found))
    parts.append(_("Frozen {at}, sha256 {hash}").format(at=f"{wall(one.at, here):%Y-%m-%d %H:%M}", hash=one.hash))
    if not one.intact:
        parts.append(_("This copy is not as it was frozen: its hash differs."))
    return "\n\n".join(parts)


def _stamp(at: int) -> str:
    return f"{wall(Instant(at), zone(system_zone())):%Y-%m-%d %H:%M}"


def due_words(stored: str) -> str:
    """A day or time that a line names, as it is stored, on this wall."""
    return _stamp(int(stored)) if stored.isdigit() else stored


def _changes(one: Kept) -> list[str]:
    lines = {line["id"]: line for line in one.doc["lines"]}
    found = []
    for id, (what, text) in one.since.items():
        line = lines[id]
        said = since_words(what, one_line(text, 300))
        found.append(f"- {_stamp(line['at'])} {one_line(line['author'], 80)}: {said}")
    return found
