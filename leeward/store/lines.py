"""Taking in messages, many at a time: what is new is inserted in bulk, what is known changes only where it differs."""

from __future__ import annotations

import json

from msgspec.structs import replace

from leeward.ids import item_id
from leeward.model import AccountUid, Batch, File, ItemId, ItemType, Message
from leeward.store.db import Db
from leeward.store.intake import SILENT_GONE, SILENT_MINE, SILENT_NOTICE, TITLE_CELLS, Intake, Line
from leeward.store.names import Names
from leeward.store.stamps import sane, sane_or_none
from leeward.text import clean, file_name, one_line, safe_url
from leeward.words import _

_CHUNK = 400


def take_messages(db: Db, intake: Intake, batch: Batch) -> None:
    """Store lines; a line of a flat place gets its thread from the cut, which is a step."""
    messages = {message.id: message for message in batch.messages}
    if not messages:
        return
    uid = AccountUid(intake.account.uid)
    ids = {remote: item_id(uid, ItemType.MESSAGE, remote) for remote in messages}
    known = _known(db, list(ids.values()))
    me, take = intake.account.me, intake.line_spots.take
    rows: list[tuple[object, ...]] = []
    for remote, message in messages.items():
        id = ids[remote]
        if id in known:
            _change(db, intake, message, _line(intake.names, me, message, id, 0), known[id])
            continue
        line = _line(intake.names, me, message, id, take(sane(message.at)))
        rows.append(_row(intake, message, line))
        _learn(intake, line)
    db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    intake.count("messages", len(rows))


def _known(db: Db, ids: list[ItemId]) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        marks = ",".join("?" * len(some))
        query = f"SELECT id, n, text, thread, silent, mention, files, version, edited, reply_to FROM message WHERE id IN ({marks})"
        found.update({row[0]: row for row in db.execute(query, some)})
    return found


def _line(names: Names, me: ItemId | None, message: Message, id: ItemId, n: int) -> Line:
    author = names.of("person", message.author) if message.author else None
    mine = author is not None and author == me
    mentioned = me is not None and not mine and any(names.of("person", who) == me for who in message.mentions)
    return Line(
        n=n,
        id=id,
        place=names.of("place", message.place),
        thread=names.of(ItemType.THREAD, message.thread) if message.thread else None,
        author=author,
        at=sane(message.at),
        text=clean(message.text),
        silent=(SILENT_NOTICE if message.notice else 0) | (SILENT_MINE if mine else 0),
        mention=mentioned,
        reply_to=tuple([names.of(ItemType.MESSAGE, remote) for remote in message.reply_to]),
        urgent=message.urgent,
    )


def _row(intake: Intake, message: Message, line: Line) -> tuple[object, ...]:
    raw = message.raw if message.raw is not None else message.text
    return (
        *(line.n, line.id, intake.account.uid, line.place, line.thread, message.id, line.author, line.at, line.text),
        *(None if raw == line.text else raw, line.silent, line.mention, ",".join(line.reply_to) or None),
        *(files_text(message.files), safe_url(message.url) if message.url else None),
        *(sane_or_none(message.edited), message.key, message.version),
    )


def files_text(files: tuple[File, ...]) -> str | None:
    """Attachments as they are stored; their names are made harmless."""
    if not files:
        return None
    return json.dumps([[file_name(file.name), file.url, file.size, file.media_type] for file in files])


def read_files(stored: str | None) -> tuple[File, ...]:
    """The other way round."""
    return tuple(File(*fields) for fields in json.loads(stored)) if stored else ()


def _learn(intake: Intake, line: Line) -> None:
    intake.new.append(line)
    if not line.silent & SILENT_NOTICE:
        intake.index[line.n] = ("", line.text)
    if line.thread:
        intake.touched.add(line.thread)
    else:
        intake.flat.add(line.place)


def _change(db: Db, intake: Intake, message: Message, line: Line, old: tuple[object, ...]) -> None:
    """A known line: an edit, a thread it turned out to belong to, or a repeat that costs nothing."""
    n, text, thread, silent = int(str(old[1])), str(old[2]), old[3], int(str(old[4]))
    files = files_text(message.files)
    reply_to = ",".join(line.reply_to) or None
    same = (text, bool(old[5]), old[6], old[7], old[9]) == (line.text, line.mention, files, message.version, reply_to)
    moved = line.thread is not None and line.thread != thread
    if same and not moved and not silent & SILENT_GONE:
        return
    raw = message.raw if message.raw is not None else message.text
    now_thread = line.thread or thread
    db.execute(
        "UPDATE message SET text = ?, raw = ?, thread = ?, silent = ?, mention = ?, files = ?, version = ?, edited = ?,"
        " reply_to = ? WHERE n = ?",
        (
            *(line.text, None if raw == line.text else raw, now_thread, line.silent, line.mention, files),
            *(message.version, sane_or_none(message.edited), reply_to, n),
        ),
    )
    was = None if silent & (SILENT_NOTICE | SILENT_GONE) else ("", text)
    will = None if line.silent & SILENT_NOTICE else ("", line.text)
    if was != will:
        intake.reindex(n, was, will)
    if text != line.text:
        intake.edited.append(replace(line, n=n))
        retitle(db, line.id, line.text)
    if moved:
        db.execute("UPDATE link SET a = ? WHERE message = ? AND a = ?", (now_thread, line.id, thread))
        db.execute("UPDATE link SET b = ? WHERE message = ? AND b = ?", (now_thread, line.id, thread))
    intake.touched |= {str(id) for id in (thread, now_thread) if id}
    intake.count("messages")


def retitle(db: Db, message: str, text: str) -> None:
    """A conversation is called like its first line, also after that was changed or taken back."""
    title = one_line(text, TITLE_CELLS) or _("(no text)")
    db.execute(
        "UPDATE item SET title = ? WHERE cut = 1 AND root = ? AND id = (SELECT thread FROM message WHERE id = ?)",
        (title, message, message),
    )
