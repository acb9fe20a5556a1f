"""The captured context of a line, frozen: lines, people, files, permalinks, times."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from leeward.model import Instant
from leeward.rows import MessageRow
from leeward.store import read
from leeward.store.db import Db
from leeward.text import one_line
from leeward.words import _
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
    }
    text = json.dumps(doc, ensure_ascii=False, sort_keys=True)
    db.execute(
        "INSERT OR REPLACE INTO capsule VALUES (?, ?, ?, ?, ?)",
        (task, message, text, sha256(text.encode()).hexdigest(), now),
    )
    return doc


def _line(row: MessageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "author": row.author,
        "at": row.at,
        "text": row.text,
        "url": row.url,
        "files": [[file.name, file.url] for file in row.files],
    }


def of(db: Db, task: str) -> dict[str, Any] | None:
    """The capsule of a task."""
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
