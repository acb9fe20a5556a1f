"""The outbox's rows: every change that still has to reach a service, durable before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from leeward.errors import Usage
from leeward.ids import item_id, new_key
from leeward.model import AccountUid, File, Instant, ItemId, ItemType, Key
from leeward.rows import MessageRow, OutboxRow
from leeward.store.db import Db
from leeward.text import clean
from leeward.words import _

GRACE_MS = 5_000
"""How long a change waits before it is sent, so that `u` can simply drop it."""


class Row(Struct, frozen=True):
    """One row as the sender needs it. `seen` is the version an update was made from; `parent` what `after` brought."""

    row: int
    account: str
    verb: str
    item: str | None
    doc: dict[str, Any]
    key: Key
    state: str
    tries: int
    due: Instant
    started: Instant | None
    seen: str | None
    parent: dict[str, Any] | None


def put(
    db: Db,
    now: Instant,
    account: str,
    verb: str,
    doc: dict[str, Any],
    *,
    item: str | None = None,
    lane: str = "",
    after: int | None = None,
    seen: str | None = None,
    grace_ms: int = GRACE_MS,
    key: Key | None = None,
) -> int:
    """Enqueue a change; rows of one lane are sent in order. Returns its number."""
    text = json.dumps(doc, ensure_ascii=False)
    done = db.execute(
        "INSERT INTO outbox (account, verb, item, lane, doc, key, state, due, after, created, seen)"
        " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        (account, verb, item, lane or item or "", text, key or new_key(), now + grace_ms, after, now, seen),
    )
    db.changed |= {"outbox", *([item] if item else [])}
    assert done.lastrowid is not None
    return done.lastrowid


_AHEAD = (
    "FROM outbox AS e WHERE e.account = o.account AND e.lane = o.lane AND e.row < o.row"
    " AND e.state <> 'sent' AND e.state IN ('queued', 'unsure', 'asks')"
)
_READY = (
    "SELECT o.row, o.account, o.verb, o.item, o.doc, o.key, o.state, o.tries, o.due, o.started, o.seen, p.result"
    " FROM outbox AS o LEFT JOIN outbox AS p ON p.row = o.after WHERE o.state <> 'sent' AND o.state IN ('queued', 'unsure')"
    f" AND (o.after IS NULL OR p.state = 'sent') AND NOT EXISTS (SELECT 1 {_AHEAD})"
)


def ready(db: Db, now: Instant, accounts: list[str]) -> list[Row]:
    """What can be sent or looked for now, oldest first."""
    marks = ",".join("?" * len(accounts))
    found = db.execute(f"{_READY} AND o.due <= ? AND o.account IN ({marks}) ORDER BY o.row", (now, *accounts))
    return [_row(row) for row in found]


_LATER = (
    "FROM outbox AS o WHERE o.state = 'queued' AND o.verb = 'post' AND o.after IS NULL AND o.due > ?"
    " AND json_extract(o.doc, '$.at') = o.due AND json_array_length(o.doc, '$.files') = 0"
)
LEAD_MS = 120_000
"""A line whose time is closer than this is sent from here."""


def to_hand_over(db: Db, now: Instant, accounts: list[str]) -> list[Row]:
    """Lines whose time lies ahead and which a service that keeps such lines may be asked for now, oldest first.

    One that was begun and has no end is among them: its process died.
    """
    marks = ",".join("?" * len(accounts))
    found = db.execute(
        "SELECT o.row, o.account, o.verb, o.item, o.doc, o.key, o.state, o.tries, o.due, o.started, o.seen, NULL"
        f" {_LATER} AND coalesce(json_extract(o.doc, '$.hand_at'), o.created + ?) <= ? AND o.account IN ({marks})"
        " ORDER BY o.row",
        (now + LEAD_MS, GRACE_MS, now, *accounts),
    )
    return [_row(row) for row in found]


def next_hand_over(db: Db, now: Instant, accounts: list[str]) -> Instant | None:
    """When `to_hand_over` has something again; None where nothing waits for that."""
    marks = ",".join("?" * len(accounts))
    row = db.execute(
        f"SELECT min(coalesce(json_extract(o.doc, '$.hand_at'), o.created + ?)) {_LATER} AND o.account IN ({marks})",
        (GRACE_MS, now + LEAD_MS, *accounts),
    ).fetchone()
    return Instant(row[0]) if row[0] is not None else None


def next_due(db: Db, accounts: list[str]) -> Instant | None:
    """When the next row wants attention; None when nothing is on its way."""
    marks = ",".join("?" * len(accounts))
    row = db.execute(f"SELECT min(due) FROM ({_READY} AND o.account IN ({marks}))", tuple(accounts)).fetchone()
    return Instant(row[0]) if row[0] is not None else None


_STRANDED = "state <> 'sent' AND state IN ('queued', 'unsure') AND due > ? AND json_extract(doc, '$.at') IS NULL"
LONGEST_MS = 1_200_000
"""No change that is to leave as soon as it can waits longer than this for its next try."""


def stranded(db: Db, now: Instant) -> bool:
    """Whether something waits for a time that a clock told which was set back since; reads only."""
    row = db.execute(f"SELECT 1 FROM outbox WHERE {_STRANDED} LIMIT 1", (now + LONGEST_MS,)).fetchone()
    return row is not None


def float_off(db: Db, now: Instant) -> None:
    """Let what is stranded be tried after its grace, counted from now."""
    db.execute(f"UPDATE outbox SET due = ? WHERE {_STRANDED}", (now + GRACE_MS, now + LONGEST_MS))
    db.changed.add("outbox")


def find(db: Db, row: int) -> Row | None:
    """One row; None where it was dropped."""
    found = db.execute(
        "SELECT o.row, o.account, o.verb, o.item, o.doc, o.key, o.state, o.tries, o.due, o.started, o.seen, p.result"
        " FROM outbox AS o LEFT JOIN outbox AS p ON p.row = o.after WHERE o.row = ?",
        (row,),
    ).fetchone()
    return None if found is None else _row(found)


def get(db: Db, row: int) -> Row:
    """One row. Raises `Usage` for a number that is not there."""
    found = find(db, row)
    if found is None:
        raise Usage(_("The outbox has no row {row}.").format(row=row), _("`leeward outbox list` shows them."))
    return found


def claim(db: Db, now: Instant, row: Row, doc: dict[str, Any], why: str) -> bool:
    """Begin to send a row, with `doc`; False where it was dropped or changed since it was read, and must not leave so.

    A row that was read waits for those before it, for as long as a service takes to answer: its owner, or another
    process, may have come first.
    """
    if find(db, row.row) != row:
        return False
    settle(db, row.row, "queued", started=now, tries=row.tries + 1, doc=doc, why=why)
    return True


def changes(db: Db, task: str, behind: int = 0) -> list[tuple[int, str, dict[str, Any]]]:
    """What the owner changed of a task and its service does not have yet, oldest first: row, state and what it says.

    `behind`: only what comes after that row.
    """
    found = db.execute(
        "SELECT row, state, doc FROM outbox WHERE item = ? AND verb = 'update_task' AND state <> 'sent' AND row > ?"
        " ORDER BY row",
        (task, behind),
    ).fetchall()
    return [(row, state, json.loads(doc)) for row, state, doc in found]


def restate(db: Db, row: int, doc: Mapping[str, Any]) -> None:
    """Let a row say something else; how it stands does not change."""
    db.execute("UPDATE outbox SET doc = ? WHERE row = ?", (json.dumps(doc, ensure_ascii=False), row))


def _row(row: tuple[Any, ...]) -> Row:
    return Row(
        row[0],
        row[1],
        row[2],
        row[3],
        json.loads(row[4]),
        Key(row[5]),
        row[6],
        row[7],
        Instant(row[8]),
        Instant(row[9]) if row[9] is not None else None,
        row[10],
        json.loads(row[11]) if row[11] else None,
    )


def take_back(db: Db, now: Instant, line: Row, *, grace_ms: int = GRACE_MS) -> int:
    """Enqueue the taking back of a line that reached its service; returns the row's number."""
    doc = {
        "place": line.doc["place"],
        "thread": line.doc["thread"],
        "of": line.row,
        "since": line.doc.get("at", line.due),
    }
    return put(db, now, line.account, "take_back", doc, item=line.item, after=line.row, grace_ms=grace_ms)


def waits_there(db: Db, row: int) -> bool:
    """Whether the service keeps this line until its time, as far as we know."""
    found = db.execute("SELECT json_extract(result, '$.waiting') FROM outbox WHERE row = ?", (row,)).fetchone()
    return bool(found and found[0])


def listed(db: Db, now: Instant | None = None) -> list[OutboxRow]:
    """Everything that is not yet there, oldest first; with `now` also the lines that wait at their service until later.

    One that could leave but for another says which; `why` of one whose own time lies ahead stays "".
    """
    rows = db.execute(
        "SELECT o.row, account.name, verb, item, coalesce(item.title, place.title, ''), o.state, tries, o.due, why,"
        " CASE WHEN why = '' AND o.state = 'queued' AND o.due <= coalesce(?1, o.due) + ?2 THEN coalesce("
        f"(SELECT p.row FROM outbox AS p WHERE p.row = o.after AND p.state <> 'sent'), (SELECT min(e.row) {_AHEAD})) END"
        " FROM outbox AS o JOIN account ON account.uid = o.account LEFT JOIN item ON item.id = o.item"
        " LEFT JOIN place ON place.id = o.item"
        " WHERE o.state <> 'sent' OR (?1 IS NOT NULL AND o.verb = 'post' AND o.due > ?1"
        " AND json_extract(o.result, '$.waiting') AND NOT EXISTS (SELECT 1 FROM outbox AS back"
        " WHERE back.after = o.row AND back.verb = 'take_back')) ORDER BY o.row",
        (now, GRACE_MS),
    ).fetchall()
    states = {row[0]: row[5] for row in rows}
    return [
        OutboxRow(
            r[0],
            r[1],
            r[2],
            ItemId(r[3]) if r[3] else None,
            r[4],
            r[5],
            r[6],
            Instant(r[7]),
            r[8] or _behind(r[9], states),
        )
        for r in rows
    ]


def _behind(row: int | None, states: Mapping[int, str]) -> str:
    """What a change waits for that could leave but for another one, `row`."""
    if row is None:
        return ""
    said = {
        "asks": _("Waits for row {row}, which asks you."),
        "failed": _("Waits for row {row}, which could not be sent."),
    }
    return said.get(states.get(row, ""), _("Waits until row {row} is sent.")).format(row=row)


_COMING = (
    "SELECT o.account, o.key, CASE WHEN json_extract(o.result, '$.waiting') THEN 'queued' ELSE o.state END,"
    " coalesce(json_extract(o.doc, '$.at'), o.created), json_extract(o.doc, '$.text'), about.title,"
    " coalesce(json_extract(p.result, '$.url'), about.url), json_extract(o.result, '$.id'),"
    " (SELECT json_group_array(json_extract(value, '$.name')) FROM json_each(o.doc, '$.files'))"
    " FROM outbox AS o LEFT JOIN outbox AS p ON p.row = o.after"
    " LEFT JOIN item AS about ON about.id = json_extract(o.doc, '$.task')"
    " WHERE o.item = ?1 AND o.verb = 'post' AND (o.state <> 'sent' OR CASE WHEN json_extract(o.result, '$.waiting')"
    " THEN o.due > ?2 ELSE o.started > ?3 AND json_extract(o.result, '$.id') IS NOT NULL END)"
    " AND NOT EXISTS (SELECT 1 FROM message WHERE message.key = o.key)"
    " AND NOT EXISTS (SELECT 1 FROM outbox AS back WHERE back.after = o.row AND back.verb = 'take_back') ORDER BY 4, o.row"
)
FRESH_MS = 600_000
"""So long a line that was sent is expected to come back; a service that never shows it must not keep it here for good."""


def coming(db: Db, now: Instant, thread: str) -> tuple[MessageRow, ...]:
    """The owner's lines of a thread that no pull has brought yet, in order, each with the outbox's word in `sending`.

    One that was sent says so until it comes back, known by our key or by its id; one that is taken back is none. Their
    ids are the outbox's keys: nothing in the store answers to them.
    """
    rows = db.execute(_COMING, (thread, now, now - FRESH_MS)).fetchall()
    return tuple([_line(thread, row) for row in rows if row[2] != "sent" or not _is_here(db, row[0], row[7])])


def _is_here(db: Db, account: str, remote: str) -> bool:
    id = item_id(AccountUid(account), ItemType.MESSAGE, remote)
    return db.execute("SELECT 1 FROM message WHERE id = ?", (id,)).fetchone() is not None


def _line(thread: str, row: tuple[Any, ...]) -> MessageRow:
    return MessageRow(
        id=ItemId(row[1]),
        thread=ItemId(thread),
        author="",
        author_id=None,
        at=Instant(row[3]),
        text=clean(row[4] or (telling(row[5], row[6]) if row[5] else "")),
        reply_to=(),
        url=None,
        mine=True,
        unread=False,
        files=tuple([File(name) for name in json.loads(row[8])]),
        sending=row[2],
    )


def telling(title: str, url: str | None) -> str:
    """What a thread is told of a task that was made of it."""
    return _("Task: {title}").format(title=title) + (f"\n{url}" if url else "")


def counts(db: Db, account: str) -> dict[str, int]:
    """How many rows of an account are in each state but sent."""
    rows = db.execute(
        "SELECT state, count(*) FROM outbox WHERE account = ? AND state <> 'sent' GROUP BY state", (account,)
    )
    return {"queued": 0, "unsure": 0, "asks": 0, "failed": 0, **dict(rows.fetchall())}


def settle(db: Db, row: int, state: str, *, why: str = "", due: Instant | None = None, **facts: Any) -> None:
    """Move a row on. `facts` may set tries, started, result (a dict), seen and doc (a dict)."""
    stored = {name: json.dumps(value) if name in {"result", "doc"} else value for name, value in facts.items()}
    assign = "".join(f", {name} = ?" for name in stored)
    moved = ", due = ?" if due is not None else ""
    values = (state, why, *stored.values(), *((due,) if due is not None else ()), row)
    db.execute(f"UPDATE outbox SET state = ?, why = ?{assign}{moved} WHERE row = ?", values)
    item = db.execute("SELECT item FROM outbox WHERE row = ?", (row,)).fetchone()
    db.changed |= {"outbox", "tasks", *([item[0]] if item and item[0] else [])}


def fail_dependants(db: Db, row: int) -> None:
    """A parent that will not arrive turns what needs it into a question."""
    for (child,) in db.execute("SELECT row FROM outbox WHERE after = ? AND state = 'queued'", (row,)).fetchall():
        settle(db, child, "asks", why=_("What this belongs to could not be sent. Send it without, or drop it?"))
