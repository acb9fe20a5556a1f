"""The log of local acts: what was changed is kept as it was, so that every one of them can be undone and done again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from msgspec import Struct, field

from leeward.errors import Problem
from leeward.model import Instant
from leeward.rows import JournalRow
from leeward.store import derive, fields, outbox, own
from leeward.store.db import Db
from leeward.text import clean
from leeward.words import _
from leeward.work.patches import Hunk

_KEYS = {
    "triage": "item", "pinned_cut": "message", "link": "id", "own": "id", "habit": "name", "person": "id", "oneoff": "n",
    "dismissed": "message", "person_join": "a || ' ' || b",
}  # fmt: skip
_QUEUED = ("row", "account", "verb", "item", "lane", "seen", "after")
_MADE_OF = {"own": "id = ?", "capsule": "task = ?", "link": "?1 IN (a, b)"}
KEPT_ACTS = 500


class Act(Struct):
    """One act under way: the rows it may change, the outbox rows it makes, and what it changed in the settings."""

    rows: list[tuple[str, str]]
    items: set[str] = field(default_factory=set)
    outbox: list[int] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    settings: list[Hunk] = field(default_factory=list)


class Undone(Struct, frozen=True):
    """What was undone. `sent`: outbox rows that reached their service already and need a change of their own.

    `quiet`: it was about quiet, so that what waits is to be judged again.
    """

    say: str
    sent: tuple[int, ...] = ()
    quiet: bool = False


Rewrites: TypeAlias = Callable[[Sequence[Hunk], bool], None]
"""Takes changes of the settings back (True) or makes them again. Raises `Problem` where the file has others meanwhile."""


@contextmanager
def act(db: Db, now: Instant, say: str, rows: Iterable[tuple[str, str]]) -> Iterator[Act]:
    """Log what happens inside to `rows` (table, key). Tables: those of `_KEYS`, and message."""
    under_way = Act(list(dict.fromkeys(rows)))
    before = [_row(db, table, key) for table, key in under_way.rows]
    yield under_way
    before += [None] * (len(under_way.rows) - len(before))  # rows that the act itself made
    after = [_row(db, table, key) for table, key in under_way.rows]
    doc = {
        "rows": [
            [*place, old, new] for place, old, new in zip(under_way.rows, before, after, strict=True) if old != new
        ],
        "items": sorted(under_way.items),
        "outbox": under_way.outbox,
        "made": under_way.made,
        "settings": [[hunk.was, hunk.line, hunk.old, hunk.new] for hunk in under_way.settings],
    }
    if not doc["rows"] and not doc["outbox"] and not doc["made"] and not doc["settings"]:
        return
    db.execute("DELETE FROM act WHERE undone = 1")
    db.execute("INSERT INTO act (at, say, doc) VALUES (?, ?, ?)", (now, say, json.dumps(doc)))
    db.execute("DELETE FROM act WHERE n <= (SELECT max(n) FROM act) - ?", (KEPT_ACTS,))
    db.changed.add("undo")


@contextmanager
def amend(db: Db, table: str, key: str, item: str) -> Iterator[None]:
    """What happens inside to one row belongs to the last act: undo takes it back with it."""
    before = _row(db, table, key)
    yield
    after = _row(db, table, key)
    last = db.execute("SELECT n, doc FROM act WHERE undone = 0 ORDER BY n DESC LIMIT 1").fetchone()
    if last is None or before == after:
        return
    doc = json.loads(last[1])
    doc["rows"].append([table, key, before, after])
    doc["items"] = sorted({*doc["items"], item})
    db.execute("UPDATE act SET doc = ? WHERE n = ?", (json.dumps(doc), last[0]))


def _row(db: Db, table: str, key: str) -> dict[str, Any] | None:
    if table == "message":
        row = db.execute("SELECT thread FROM message WHERE id = ?", (key,)).fetchone()
        return {"thread": row[0]} if row else None
    if table == "person":  # the rest of it is its service's
        row = db.execute("SELECT human FROM person WHERE id = ?", (key,)).fetchone()
        return {"human": row[0]} if row else None
    found = _dicts(db.execute(f"SELECT * FROM {table} WHERE {_KEYS[table]} = ?", (key,)))
    if not found or (
        table == "triage" and not any(list(found[0].values())[1:])
    ):  # an empty row of triage decides nothing
        return None
    return found[0]


def _dicts(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    """Whole rows, by the names of their columns."""
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def _restore(db: Db, table: str, key: str, row: dict[str, Any] | None) -> None:
    if table == "message":
        if row is not None:
            # What joined a conversation that began with this line goes where the line goes.
            db.execute(
                "UPDATE message SET thread = ?1 WHERE id = ?2 OR thread = (SELECT item.id FROM message JOIN item ON item.id ="
                " message.thread AND item.cut = 1 AND item.root = message.id WHERE message.id = ?2)",
                (row["thread"], key),
            )
        return
    if table == "person":
        if row is not None:
            db.execute("UPDATE person SET human = ? WHERE id = ?", (row["human"], key))
            db.changed.add("people")
        return
    if row is None:
        db.execute(f"DELETE FROM {table} WHERE {_KEYS[table]} = ?", (key,))
        return
    _put(db, table, row)


def _put(db: Db, table: str, row: dict[str, Any]) -> None:
    marks = ",".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO {table} ({','.join(row)}) VALUES ({marks})", tuple(row.values()))


def newest(db: Db) -> tuple[int, str] | None:
    """What tells the last act from the one before: a number may come again after an undo, its content does not."""
    row = db.execute("SELECT at, doc FROM act WHERE undone = 0 ORDER BY n DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else None


def last(db: Db, *, undone: bool = False) -> str | None:
    """What `undo` (or redo) would take back, in words."""
    order = "ASC" if undone else "DESC"
    row = db.execute(f"SELECT say FROM act WHERE undone = ? ORDER BY n {order} LIMIT 1", (undone,)).fetchone()
    return str(row[0]) if row else None


def why(db: Db, id: str) -> list[JournalRow]:
    """What the owner did with an item, as entries of its journal; what made or tied something stands in the journal itself."""
    rows = db.execute(
        "SELECT at, say FROM act WHERE undone = 0 AND json_array_length(doc, '$.made') = 0"
        " AND EXISTS (SELECT 1 FROM json_each(doc, '$.items') WHERE value = ?1 OR value ="
        " (SELECT thread FROM item WHERE id = ?1 AND type IN ('mention', 'todo')))"
        " AND NOT EXISTS (SELECT 1 FROM json_each(doc, '$.rows') WHERE json_extract(value, '$[0]') = 'link') ORDER BY n",
        (id,),
    )
    return [JournalRow(Instant(at), _("You: {what}.").format(what=say.partition(": ")[0])) for at, say in rows]


def undo(db: Db, now: Instant, rewrite: Rewrites | None = None) -> Undone | None:
    """Take back the last act; None when there is none. `rewrite` is for what stands in the settings. Raises `Problem`."""
    row = db.execute("SELECT n, say, doc FROM act WHERE undone = 0 ORDER BY n DESC LIMIT 1").fetchone()
    if row is None:
        return None
    doc = json.loads(row[2])
    _rewrite(doc, rewrite, back=True)
    dropped, sent = _drop_queued(db, now, doc["outbox"])
    _apply(db, now, doc, 2)
    made = [id for id in doc["made"] if not _kept_by(db, id, sent)]
    removed = [row for id in made for row in _take_away(db, id)]
    if not sent:
        kept = json.dumps(doc | {"dropped": dropped, "removed": removed})
        db.execute("UPDATE act SET undone = 1, doc = ? WHERE n = ?", (kept, row[0]))
    else:
        db.execute("DELETE FROM act WHERE n = ?", (row[0],))
    return Undone(row[1], tuple(sent), _of_quiet(doc))


def redo(db: Db, now: Instant, rewrite: Rewrites | None = None) -> str | None:
    """Do again what was undone last; None when there is nothing. Raises `Problem`."""
    row = db.execute("SELECT n, say, doc FROM act WHERE undone = 1 ORDER BY n LIMIT 1").fetchone()
    if row is None:
        return None
    doc = json.loads(row[2])
    _rewrite(doc, rewrite, back=False)
    _bring_back(db, now, doc.pop("removed", []))
    _apply(db, now, doc, 3)
    doc["outbox"] = _queue_again(db, now, doc.pop("dropped", []))
    db.execute("UPDATE act SET undone = 0, doc = ? WHERE n = ?", (json.dumps(doc), row[0]))
    return str(row[1])


def _rewrite(doc: dict[str, Any], rewrite: Rewrites | None, *, back: bool) -> None:
    changes = [Hunk(was, line, tuple(old), tuple(new)) for was, line, old, new in doc.get("settings", ())]
    if not changes:
        return
    if rewrite is None:
        raise Problem(_("This is taken back where the settings are."), _("Use `leeward undo`, or u on the screen."))
    rewrite(changes, back)


def _of_quiet(doc: dict[str, Any]) -> bool:
    return bool(doc.get("settings")) or any(entry[0] == "oneoff" for entry in doc["rows"])


def _take_away(db: Db, id: str) -> list[tuple[str, dict[str, Any]]]:
    """Remove what an act made, with its ties; the rows of it, so that it can be made again as it was."""
    kept: list[tuple[str, dict[str, Any]]] = []
    for table, where in _MADE_OF.items():
        kept += [(table, row) for row in _dicts(db.execute(f"SELECT * FROM {table} WHERE {where}", (id,)))]
    own.remove(db, id)
    for table, row in kept:
        if table == "link":
            db.execute("DELETE FROM link WHERE id = ?", (row["id"],))
            db.changed |= {row["a"], row["b"]}
    return kept


def _bring_back(db: Db, now: Instant, removed: list[tuple[str, dict[str, Any]]]) -> None:
    for table, row in removed:
        _put(db, table, row)
        if table == "own":
            own.restore(db, row["id"], now)
        if table == "link":
            db.changed |= {row["a"], row["b"]}


def _queue_again(db: Db, now: Instant, dropped: list[dict[str, Any]]) -> list[int]:
    """What was still in its grace when the act was undone is on its way again, each behind what it needs."""
    again: list[int] = []
    made: dict[int | None, int] = {}
    for row in dropped:
        if row["verb"] == "update_task":
            fields.write(db, now, row["item"], row["doc"]["fields"])
        if row["verb"] == "update_note":
            base = row["doc"]["base"]
            ours = {"title": row["doc"]["title"], "text": clean(row["doc"]["text"])}
            fields.put_back_note(db, row["item"], (base["title"], base["text"]), ours)
        facts = {"item": row["item"], "lane": row["lane"], "seen": row["seen"]}
        after = made.get(row.get("after"), row.get("after"))
        grace = max(outbox.GRACE_MS, row["doc"].get("at", now) - now)
        number = outbox.put(db, now, row["account"], row["verb"], row["doc"], grace_ms=grace, after=after, **facts)
        again.append(number)
        made[row.get("row")] = number
    return again


def _apply(db: Db, now: Instant, doc: dict[str, Any], side: int) -> None:
    items = set(doc["items"])
    for entry in doc["rows"]:
        table, key = entry[0], entry[1]
        before = _row(db, table, key)
        _restore(db, table, key, entry[side])
        if table == "own":
            own.restore(db, key, now)
        if table == "message":
            items |= {row["thread"] for row in (before, entry[side]) if row}
    derive.derive(db, items, now)
    db.changed |= {*items, "inbox", "tasks", "undo", *(("quiet",) if _of_quiet(doc) else ())}


def _drop_queued(db: Db, now: Instant, rows: list[int]) -> tuple[list[dict[str, Any]], list[int]]:
    """Drop what is still in its grace, with what depends on it; return that, and what has left already.

    A read marker that has left counts for neither: no service moves it back, and what is shown here does not need it.
    """
    dropped: list[dict[str, Any]] = []
    sent: list[int] = []
    for number in reversed(rows):
        found = _dicts(db.execute("SELECT * FROM outbox WHERE row = ?1 OR after = ?1 ORDER BY row", (number,)))
        if not found or found[0]["row"] != number:
            continue
        left = found[0]["state"] != "queued" or found[0]["started"] is not None
        if left or json.loads(found[0]["doc"]).get("maybe"):  # its answer was lost: it may stand there already
            if found[0]["verb"] != "mark_read":
                sent.insert(0, number)
            continue
        db.execute("DELETE FROM outbox WHERE row = ?1 OR after = ?1", (number,))
        kept = [{name: row[name] for name in _QUEUED} | {"doc": json.loads(row["doc"])} for row in found]
        dropped[:0] = kept
        _show_again(db, now, kept[0])
    db.changed.add("outbox")
    return dropped, sent


def _show_again(db: Db, now: Instant, row: dict[str, Any]) -> None:
    """What stood here before a change that is not sent, or what was said there since."""
    doc = row["doc"]
    if row["verb"] == "update_task":
        fields.write(db, now, row["item"], doc["base"] | doc.get("theirs", {}))
        _show_waiting(db, now, row["item"])
    elif row["verb"] == "update_note":
        fields.put_back_note(db, row["item"], (doc["title"], doc["text"]), doc["base"])


def _show_waiting(db: Db, now: Instant, item: str) -> None:
    """What the owner changed before and the service does not have yet stays on the screen."""
    for _row_number, _state, doc in outbox.changes(db, item):
        fields.write(db, now, item, doc["fields"])


def _kept_by(db: Db, id: str, sent: list[int]) -> bool:
    marks = ",".join("?" * len(sent))
    return bool(sent) and bool(
        db.execute(f"SELECT 1 FROM outbox WHERE item = ? AND row IN ({marks})", (id, *sent)).fetchone()
    )


def say_items(db: Db, what: str, ids: list[str]) -> str:
    """A sentence for the log: the act and what it was done to."""
    row = db.execute("SELECT title FROM item WHERE id = ?", (ids[0],)).fetchone() if ids else None
    title = row[0] if row else ""
    if len(ids) > 1:
        return _("{what}: {title} and {more} more").format(what=what, title=title, more=len(ids) - 1)
    return _("{what}: {title}").format(what=what, title=title)
