"""Reading threads, tasks, notes and hits for the command line and the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from leeward.model import Instant, ItemId, Status, Tier
from leeward.rows import JournalRow, MessageRow, NoteRow, PersonRow, TaskRow
from leeward.store import find
from leeward.store.db import Db
from leeward.store.intake import SILENT_GONE, SILENT_MINE, SILENT_NOTICE
from leeward.store.lines import read_files
from leeward.store.stamps import read_due

MESSAGE = (
    "SELECT message.id, message.thread, message.author, message.at, message.text, message.reply_to, message.url,"
    " message.silent, message.edited, message.files, message.n, person.zone,"
    " max(item.read_n, 0), triage.read_n,"
    " (SELECT task.id FROM link JOIN task ON task.id IN (link.a, link.b) WHERE link.message = message.id"
    " AND link.gone IS NULL LIMIT 1),"
    " (SELECT kind FROM promise WHERE promise.message = message.id AND promise.open = 1"
    " AND NOT EXISTS (SELECT 1 FROM dismissed WHERE dismissed.message = message.id))"
    " FROM message JOIN item ON item.id = message.thread LEFT JOIN triage ON triage.item = message.thread"
    " LEFT JOIN person ON person.id = message.author"
)


def messages(db: Db, thread: str, *, before: int | None = None, limit: int = 5000) -> list[MessageRow]:
    """The last `limit` lines of a thread in order; `before` (a line's n) pages back."""
    found = db.execute(
        MESSAGE + " WHERE message.thread = ? AND message.n < ? ORDER BY message.n DESC LIMIT ?",
        (thread, before if before is not None else 1 << 62, limit),
    ).fetchall()
    return message_rows(db, found[::-1])


def message(db: Db, id: str) -> MessageRow | None:
    """One line."""
    found = message_rows(db, db.execute(MESSAGE + " WHERE message.id = ?", (id,)).fetchall())
    return found[0] if found else None


def lines_of(db: Db, ids: Sequence[str]) -> list[MessageRow]:
    """Lines by their ids, in time's order."""
    if not ids:
        return []
    marks = ",".join("?" * len(ids))
    return message_rows(
        db, db.execute(f"{MESSAGE} WHERE message.id IN ({marks}) ORDER BY message.n", list(ids)).fetchall()
    )


def message_rows(db: Db, found: list[tuple[Any, ...]]) -> list[MessageRow]:
    """Lines of what a query with `MESSAGE`'s columns found."""
    names = find.names(db, (row[2] for row in found))
    lines = [_message(row, names) for row in found]
    made = [line.task for line in lines if line.task]
    return _with_tasks(db, lines, made) if made else lines


def _with_tasks(db: Db, lines: list[MessageRow], made: list[ItemId]) -> list[MessageRow]:
    """Lines with how the tasks made of them stand."""
    states = find.outbox_states(db, made)
    marks = ",".join("?" * len(made))
    urls = dict(db.execute(f"SELECT id, url FROM item WHERE id IN ({marks})", made).fetchall())
    return [
        replace(line, task_state=states.get(line.task, ""), task_url=urls.get(line.task)) if line.task else line
        for line in lines
    ]


def _message(row: tuple[Any, ...], names: dict[str, str]) -> MessageRow:
    read_n = row[12] if row[13] is None else row[13]
    return MessageRow(
        id=ItemId(row[0]),
        thread=ItemId(row[1]),
        author=names.get(row[2], "?") if row[2] else "",
        author_id=ItemId(row[2]) if row[2] else None,
        at=Instant(row[3]),
        text=row[4],
        reply_to=tuple(ItemId(id) for id in find.split(row[5])),
        url=row[6],
        mine=bool(row[7] & SILENT_MINE),
        unread=row[7] == 0 and row[10] > read_n,
        notice=bool(row[7] & SILENT_NOTICE),
        edited=Instant(row[8]) if row[8] else None,
        gone=bool(row[7] & SILENT_GONE),
        files=read_files(row[9]),
        task=ItemId(row[14]) if row[14] else None,
        zone=row[11],
        open=row[15] if not row[14] and not row[7] & SILENT_GONE else None,
    )


TASK = (
    "SELECT item.id, account.name, coalesce(place.title, ''), item.place, item.title, task.text, task.status,"
    " task.native_status, task.assignees, task.mine, item.due, item.tier, item.url, item.updated, task.recurring, account.kind"
    " FROM task JOIN item USING (id) JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place"
)

TASKS = TASK.replace("JOIN item USING", "JOIN item INDEXED BY item_task USING")
"""The same for whole lists, which ask for `type = 'task' AND gone = 0`: told to walk the index that has their order."""


def tasks(
    db: Db, *, status: str | None = None, mine: bool = False, after: str | None = None, limit: int | None = None
) -> list[TaskRow]:
    """Tasks by tier, then due, done ones last; `status` "open" means not done. A page continues after the id `after`."""
    where = ["item.type = 'task'", "item.gone = 0"]
    where += {"open": ["task.status <> 'done'"], None: []}.get(status, [f"task.status = '{Status(status or 'open')}'"])
    if mine:
        where.append("(task.mine OR account.kind = 'local' OR (task.assignees IS NULL AND place.reach = 'only me'))")
    spot: tuple[object, ...] = ()
    if after is not None:
        where.append("(rank, due_sort, recent, item.id) > (?, ?, ?, ?)")
        row = db.execute("SELECT rank, due_sort, recent, id FROM item WHERE id = ?", (after,)).fetchone()
        spot = tuple(row) if row else (-1, 0, 0, "")
    query = f"{TASKS} WHERE {' AND '.join(where)} ORDER BY rank, due_sort, recent, item.id LIMIT ?"
    return task_rows(db, db.execute(query, (*spot, -1 if limit is None else limit)).fetchall())


def task(db: Db, id: str) -> TaskRow | None:
    """One task."""
    found = task_rows(db, db.execute(TASK + " WHERE item.id = ?", (id,)).fetchall())
    return found[0] if found else None


def task_rows(db: Db, found: list[tuple[Any, ...]]) -> list[TaskRow]:
    """Task rows of what a query with `TASK`'s columns found."""
    names = find.names(db, (id for row in found for id in find.split(row[8])))
    states = find.outbox_states(db, (row[0] for row in found))
    return [
        TaskRow(
            id=ItemId(row[0]),
            account=row[1],
            place=row[2],
            place_id=ItemId(row[3]) if row[3] else None,
            title=row[4],
            text=row[5],
            status=Status(row[6]),
            native_status=row[7],
            assignees=tuple(names.get(id, "?") for id in find.split(row[8])),
            mine=bool(row[9]) or row[15] == "local",
            due=read_due(row[10]),
            tier=Tier(row[11]) if row[11] else None,
            url=row[12],
            state=states.get(row[0], "sent"),
            updated=Instant(row[13]),
            recurring=bool(row[14]),
            links=find.links(db, row[0]),
        )
        for row in found
    ]


NOTE = (
    "SELECT item.id, account.name, coalesce(place.title, ''), item.title, note.text, item.updated, item.url FROM note"
    " JOIN item USING (id) JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place"
    " WHERE item.gone = 0"
)


def notes(db: Db, limit: int | None = None) -> list[NoteRow]:
    """Notes, newest first."""
    found = db.execute(NOTE + " ORDER BY item.recent, item.id LIMIT ?", (-1 if limit is None else limit,)).fetchall()
    return note_rows(db, found)


def note(db: Db, id: str) -> NoteRow | None:
    """One note."""
    found = note_rows(db, db.execute(NOTE + " AND item.id = ?", (id,)).fetchall())
    return found[0] if found else None


def note_rows(db: Db, found: list[tuple[Any, ...]]) -> list[NoteRow]:
    """Note rows of what a query with `NOTE`'s columns found."""
    states = find.outbox_states(db, (row[0] for row in found))
    return [
        NoteRow(
            ItemId(r[0]), r[1], r[2], r[3], r[4], Instant(r[5]), r[6], states.get(r[0], "sent"), find.links(db, r[0])
        )
        for r in found
    ]


def journal(db: Db, id: str) -> list[JournalRow]:
    """What happened to an item, a link, or to a thread through its links; oldest first."""
    rows = db.execute(
        "SELECT at, say, n FROM journal WHERE item = ?1 OR link = ?1 UNION SELECT journal.at, journal.say, journal.n"
        " FROM journal JOIN link ON link.id = journal.link WHERE link.a = ?1 OR link.b = ?1 OR link.message = ?1 ORDER BY 3",
        (id,),
    )
    return [JournalRow(Instant(at), say) for at, say, _n in rows]


def note_down(db: Db, now: Instant, item: str, say: str, link: str | None = None) -> None:
    """Add a sentence to an item's journal."""
    db.execute("INSERT INTO journal (at, item, link, say) VALUES (?, ?, ?, ?)", (now, item, link, say))


def people(db: Db) -> list[PersonRow]:
    """One row a human, over all accounts."""
    rows = db.execute(
        "SELECT human.id, human.name, human.handle, max(person.address), max(person.zone), max(person.me),"
        " group_concat(DISTINCT account.name) FROM person JOIN person AS human ON human.id = person.human"
        " JOIN account ON account.uid = person.account GROUP BY person.human ORDER BY human.name"
    )
    return [PersonRow(ItemId(r[0]), r[1], r[2], r[3], r[4], bool(r[5]), find.split(r[6])) for r in rows]
