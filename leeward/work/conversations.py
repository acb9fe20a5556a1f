"""Conversations of flat places in the store: new lines are cut at ingest, the user splits and joins, nothing else moves."""

from __future__ import annotations

from msgspec.structs import replace

from leeward.errors import Problem
from leeward.ids import cut_id
from leeward.model import Instant, ItemId
from leeward.store import derive, find, markers, read
from leeward.store.db import Db
from leeward.store.intake import TITLE_CELLS, UNSAID, Intake
from leeward.store.things import spot
from leeward.text import one_line
from leeward.words import _
from leeward.work import acts
from leeward.work.context_lines import Line
from leeward.work.cut import LOOK_BACK, cut, join, split
from leeward.work.pins import pin

_AROUND = 100
_SHORT_THREAD = 40


def _line(row: tuple[object, ...], threads: bool = True) -> Line:
    """A stored line as the context functions read it."""
    id, thread, author, at, text, silent, reply_to, _n, is_cut = row
    return Line(
        id=str(id),
        at=int(str(at)),
        author=str(author or ""),
        text=str(text),
        reply_to=find.split(str(reply_to) if reply_to else None),
        thread=str(thread) if threads and thread and not is_cut else None,
        notice=bool(int(str(silent)) & UNSAID),
    )


_LINES = (
    "SELECT message.id, message.thread, message.author, message.at, message.text, message.silent, message.reply_to, message.n,"
    " coalesce(item.cut, 1) FROM message LEFT JOIN item ON item.id = message.thread"
)


def cut_flat(db: Db, intake: Intake) -> None:
    """A step of every ingest: give each new line of a flat place its conversation."""
    for place in sorted(intake.flat):
        new = {line.id: line for line in intake.new if line.place == place and line.thread is None}
        if new:
            spots = [line.n for line in new.values()]
            _cut_place(db, intake, place, {str(id) for id in new}, (min(spots), max(spots)))
    intake.new = [replace(line, thread=_thread(db, line.id)) if line.thread is None else line for line in intake.new]
    markers.settle(db, intake)


def _thread(db: Db, id: str) -> ItemId | None:
    row = db.execute("SELECT thread FROM message WHERE id = ?", (id,)).fetchone()
    return ItemId(row[0]) if row and row[0] else None


def _cut_place(db: Db, intake: Intake, place: str, new: set[str], between: tuple[int, int]) -> None:
    before = db.execute(
        f"{_LINES} WHERE message.place = ? AND message.n < ? AND message.silent IN (0, 2) ORDER BY message.n DESC LIMIT ?",
        (place, between[0], LOOK_BACK),
    ).fetchall()
    here = db.execute(
        f"{_LINES} WHERE message.place = ? AND message.n BETWEEN ? AND ? ORDER BY message.n", (place, *between)
    ).fetchall()
    # History that comes late may turn out to begin what is settled right after it.
    after = db.execute(
        f"{_LINES} WHERE message.place = ? AND message.n > ? ORDER BY message.n LIMIT ?", (place, between[1], LOOK_BACK)
    ).fetchall()
    rows = before[::-1] + here + after
    roots = {str(row[0]): _root(db, str(row[1])) for row in rows if row[1] and row[8]}
    settled = {id: root for id, root in roots.items() if root is not None}
    threads = {root: str(row[1]) for row in rows if (root := roots.get(str(row[0]))) is not None}
    pinned = _pinned(db, [str(row[0]) for row in rows if str(row[0]) in new])
    settled |= {id: root for id, (_thread, root) in pinned.items()}
    threads |= {root: thread for thread, root in pinned.values()}
    names = find.names(db, {str(row[2]) for row in rows if row[2]})
    found = cut([_line(row) for row in rows], settled, names=names)
    found |= {id: root for id, (_thread, root) in pinned.items()}
    by_id = {str(row[0]): row for row in rows}
    for id, root in found.items():
        thread = threads.get(root) or str(cut_id(ItemId(place), ItemId(root)))
        if _ensure(db, intake.account.uid, place, thread, by_id.get(root, by_id[id]), root):
            intake.count("threads")
        db.execute("UPDATE message SET thread = ? WHERE id = ?", (thread, id))
        intake.touched.add(thread)
    for id, (thread, _first) in pinned.items():
        _begin_earlier(db, thread, id)
    for id in new - set(found):
        _follow_notice(db, id)


def _follow_notice(db: Db, id: str) -> None:
    """Joins and renames belong to no conversation; they stay where they were said."""
    db.execute("UPDATE message SET thread = NULL WHERE id = ?", (id,))


def _root(db: Db, thread: str) -> str | None:
    row = db.execute("SELECT root FROM item WHERE id = ?", (thread,)).fetchone()
    return str(row[0]) if row and row[0] else None


def _pinned(db: Db, ids: list[str]) -> dict[str, tuple[str, str]]:
    """What the user settled: line to conversation and its first line.

    Of a conversation that is not here any more the first of `ids` (oldest first) takes that part.
    """
    if db.execute("SELECT 1 FROM pinned_cut LIMIT 1").fetchone() is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    firsts: dict[str, str] = {}
    for id in ids:
        row = db.execute("SELECT thread FROM pinned_cut WHERE message = ?", (id,)).fetchone()
        if row is not None:
            thread = str(row[0])
            if thread not in firsts:
                firsts[thread] = _root(db, thread) or id
            found[id] = (thread, firsts[thread])
    return found


def _begin_earlier(db: Db, thread: str, id: str) -> None:
    """A settled conversation that comes back last line first is called like its first line all the same."""
    text = db.execute(
        "SELECT message.text FROM message JOIN item ON item.id = ? JOIN message AS root ON root.id = item.root"
        " WHERE message.id = ? AND message.n < root.n",
        (thread, id),
    ).fetchone()
    if text is not None:
        title = one_line(text[0], TITLE_CELLS) or _("(no text)")
        db.execute("UPDATE item SET root = ?, title = ? WHERE id = ?", (id, title, thread))


def _ensure(db: Db, account: str, place: str, thread: str, first: tuple[object, ...], root: str) -> bool:
    """The listed side of a conversation, made at its birth. Returns whether it was made now."""
    if db.execute("SELECT 1 FROM item WHERE id = ?", (thread,)).fetchone():
        return False
    at = Instant(int(str(first[3])))
    title = one_line(str(first[4]), TITLE_CELLS) or _("(no text)")
    since, url = db.execute(
        "SELECT account.since, message.url FROM account, message WHERE account.uid = ? AND message.id = ?",
        (account, first[0]),
    ).fetchone()
    db.execute(
        "INSERT INTO item (n, id, type, account, place, title, url, updated, recent, read_n, cut, root)"
        " VALUES (?, ?, 'thread', ?, ?, ?, ?, ?, ?, ?, 1, ?)",
        (spot(db, at, 1), thread, account, place, title, url, at, -at, since << 12, root),
    )
    return True


def split_at(db: Db, now: Instant, message: str) -> ItemId:
    """Start a conversation of its own at a line, with what answers it; returns its id."""
    row = read.message(db, message)
    if row is None:
        raise Problem(_("There is no line {id} here.").format(id=message))
    found = db.execute(f"{_LINES} WHERE message.thread = ? ORDER BY message.n", (row.thread,)).fetchall()
    if not found or not found[0][8]:
        raise Problem(_("This thread is the service's own; it cannot be split here."))
    leaving = split(
        [_line(one) for one in found], message, names=find.names(db, (str(one[2]) for one in found if one[2]))
    )
    if not leaving:
        raise Problem(_("This line is the first of its conversation already."))
    account, place = db.execute("SELECT account, place FROM message WHERE id = ?", (message,)).fetchone()
    fresh = str(cut_id(ItemId(place), ItemId(message)))
    if fresh == row.thread:
        fresh = str(cut_id(ItemId(place), ItemId(f"{message} again")))
    first = next(one for one in found if one[0] == message)
    with acts.act(db, now, _("split"), _moving(db, [str(one[0]) for one in found], row.thread, fresh)) as act:
        _ensure(db, account, place, fresh, first, message)
        _move(db, leaving, fresh)
        _settled(db, row.thread, fresh)
        act.items |= {row.thread, fresh}
        derive.derive(db, act.items, now)
    db.changed |= {row.thread, fresh, "inbox"}
    return ItemId(fresh)


def join_threads(db: Db, now: Instant, one: str, other: str) -> ItemId:
    """Make one conversation of two of the same place; the one that began first goes on. Returns its id."""
    rows = {
        id: db.execute(f"{_LINES} WHERE message.thread = ? ORDER BY message.n", (id,)).fetchall() for id in (one, other)
    }
    places = {place for (place,) in db.execute("SELECT place FROM item WHERE id IN (?, ?)", (one, other)).fetchall()}
    real = db.execute("SELECT 1 FROM item WHERE id IN (?, ?) AND cut = 0", (one, other)).fetchone()
    if one == other or real or len(places) != 1 or not all(rows.values()):
        raise Problem(_("Only two conversations of the same flat place can be joined."))
    first, second = sorted((one, other), key=lambda thread: int(str(rows[thread][0][7])))
    moving = join([_line(row) for row in rows[first]], [_line(row) for row in rows[second]])
    with acts.act(db, now, _("joined"), _moving(db, [str(row[0]) for id in rows for row in rows[id]], first)) as act:
        _move(db, moving, first)
        _move(db, [str(row[0]) for row in rows[second]], first)
        _settled(db, first)
        act.items |= {first, second}
        derive.derive(db, act.items, now)
    db.changed |= {first, second, "inbox"}
    return ItemId(first)


def _settled(db: Db, *threads: str) -> None:
    """What the owner split or joined keeps its lines, and is evidence for other lines; see `context_hints`."""
    for thread in threads:
        pin(db, thread)
        db.execute("INSERT OR REPLACE INTO habit VALUES (?, 'yes')", (corrected(thread),))


def corrected(thread: str) -> str:
    """The name under which it is remembered that the owner corrected a conversation."""
    return f"corrected {thread}"


def _moving(db: Db, messages: list[str], *threads: str) -> list[tuple[str, str]]:
    """The rows that a split or join may change: membership, and the links that stay with their captured line."""
    marks = ",".join("?" * len(messages))
    tied = db.execute(f"SELECT id FROM link WHERE message IN ({marks})", messages).fetchall()
    rows = [(table, id) for id in messages for table in ("message", "pinned_cut")]
    return rows + [("link", str(id)) for (id,) in tied] + [("habit", corrected(thread)) for thread in threads]


def _move(db: Db, messages: list[str], thread: str) -> None:
    for id in messages:
        old = db.execute("SELECT thread FROM message WHERE id = ?", (id,)).fetchone()[0]
        db.execute("UPDATE message SET thread = ? WHERE id = ?", (thread, id))
        db.execute("DELETE FROM pinned_cut WHERE message = ?", (id,))
        db.execute("UPDATE link SET a = ? WHERE message = ? AND a = ?", (thread, id, old))
        db.execute("UPDATE link SET b = ? WHERE message = ? AND b = ?", (thread, id, old))


def around(db: Db, message: str) -> list[Line]:
    """The lines a context is chosen from: of the same place where it is flat, of the same thread where that is real."""
    row = db.execute(
        "SELECT message.place, message.thread, message.n, coalesce(item.cut, 1) FROM message"
        " LEFT JOIN item ON item.id = message.thread WHERE message.id = ?",
        (message,),
    ).fetchone()
    if row is None:
        raise Problem(_("There is no line {id} here.").format(id=message))
    column, value = ("place", row[0]) if row[3] else ("thread", row[1])
    before = db.execute(
        f"{_LINES} WHERE message.{column} = ? AND message.n <= ? ORDER BY message.n DESC LIMIT ?",
        (value, row[2], _AROUND),
    ).fetchall()
    after = db.execute(
        f"{_LINES} WHERE message.{column} = ? AND message.n > ? ORDER BY message.n LIMIT ?", (value, row[2], _AROUND)
    ).fetchall()
    # A short thread of the service's own belongs together for certain; in a long one the cues choose.
    found = before[::-1] + after
    return [_line(one, threads=bool(row[3]) or len(found) <= _SHORT_THREAD) for one in found]
