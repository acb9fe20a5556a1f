"""Writing lines: answers in threads and new lines in places, through the outbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from leeward.errors import NotSupported, Usage
from leeward.model import LOCAL, Due, Instant
from leeward.store import outbox
from leeward.store.db import Db
from leeward.store.derive import due_instant
from leeward.words import _
from leeward.work import acts
from leeward.zones import instant, zone


class Their(Struct, frozen=True):
    """A time on the receiver's clock: ISO without an offset, and their IANA zone."""

    wall: str
    zone: str


def reply(
    db: Db,
    now: Instant,
    thread: str,
    text: str,
    *,
    files: Sequence[dict[str, str]] = (),
    at: Due | None = None,
    to: str | None = None,
    their: Their | None = None,
) -> int:
    """Answer in a thread; in a conversation cut from a flat place it answers the line `to`, or the last one by others.

    `their`: `at` as the receiver's clock shows it, which is what was meant. Returns the outbox row. Raises `NotSupported` where nobody can be told, `Usage` for an empty text.
    """
    row = db.execute(
        "SELECT item.account, place.remote, item.remote, item.cut, place.writable, account.kind, item.title FROM item"
        " JOIN account ON account.uid = item.account LEFT JOIN place ON place.id = item.place WHERE item.id = ?",
        (thread,),
    ).fetchone()
    if row is None or row[5] == LOCAL:
        raise NotSupported(_("This thread is an imported one; nobody would read an answer."))
    if not row[4]:
        raise NotSupported(_("This place cannot be written to with this account."))
    _checked(text, files)
    last = db.execute(
        "SELECT remote FROM message WHERE thread = ? AND silent IN (0, 2) AND (? IS NULL OR id = ?)"
        " ORDER BY silent, n DESC LIMIT 1",
        (thread, to, to),
    ).fetchone()
    doc = {
        "place": row[1],
        "thread": None if row[3] else row[2],
        "reply_to": last[0] if last and (row[3] or to) else None,
        "text": text,
        "files": list(files),
        **({"their": {"wall": their.wall, "zone": their.zone}} if their and at is not None else {}),
    }
    return _queue(db, now, row[0], doc, thread, _("reply: {title}").format(title=row[6]), at)


def post(
    db: Db,
    now: Instant,
    place: str,
    text: str,
    *,
    files: Sequence[dict[str, str]] = (),
    at: Due | None = None,
    their: Their | None = None,
) -> int:
    """Say something new in a place; `their` as in `reply`. Returns the outbox row."""
    row = db.execute(
        "SELECT place.account, place.remote, place.writable, account.kind, place.title, place.flat FROM place"
        " JOIN account ON account.uid = place.account WHERE place.id = ?",
        (place,),
    ).fetchone()
    if row is None or row[3] == LOCAL or not row[2] or not row[5]:
        raise NotSupported(_("New lines cannot be written in this place."))
    _checked(text, files)
    clock = {"their": {"wall": their.wall, "zone": their.zone}} if their and at is not None else {}
    doc = {"place": row[1], "thread": None, "reply_to": None, "text": text, "files": list(files), **clock}
    return _queue(db, now, row[0], doc, place, _("message in {place}").format(place=row[4]), at)


def moved(db: Db, now: Instant) -> list[tuple[int, Instant]]:
    """Lines that wait for a time on their receiver's clock which is another instant by now, and that instant; reads only.

    Those that wait at their service are among them until shortly before they leave.
    """
    rows = db.execute(
        "SELECT row, doc, due FROM outbox WHERE verb = 'post' AND instr(doc, '\"their\"')"
        " AND (state = 'queued' AND started IS NULL OR state = 'sent' AND due > ? AND json_extract(result, '$.waiting'))",
        (now + outbox.LEAD_MS,),
    ).fetchall()
    found = []
    for row, text, due in rows:
        doc = json.loads(text)
        their = doc.get("their")
        if their is not None:
            meant = instant(datetime.fromisoformat(their["wall"]), zone(their["zone"]))
            if meant != doc.get("at", due):
                found.append((int(row), meant))
    return found


def follow_clocks(db: Db, now: Instant) -> int:
    """Keep what waits at the receiver's wall time, also after their zone's rules changed. How many moved.

    A line that waits at its service is taken back there and begun anew.
    """
    found = moved(db, now)
    for number, meant in found:
        if outbox.waits_there(db, number):
            _begin_anew(db, now, outbox.get(db, number), meant)
        db.execute("UPDATE outbox SET due = ?1, doc = json_set(doc, '$.at', ?1) WHERE row = ?2", (meant, number))
        db.changed.add("outbox")
    return len(found)


def _begin_anew(db: Db, now: Instant, row: outbox.Row, meant: Instant) -> None:
    outbox.take_back(db, now, row)
    doc = {name: value for name, value in row.doc.items() if name not in {"handing", "looks", "hand_at"}} | {
        "at": meant
    }
    lane = f"{row.item} at {meant}"
    outbox.put(db, now, row.account, row.verb, doc, item=row.item, lane=lane, grace_ms=meant - now)


def _checked(text: str, files: Sequence[dict[str, str]]) -> None:
    if not text.strip() and not files:
        raise Usage(_("There is no text to send."), _("Write it on stdin."))


def _queue(db: Db, now: Instant, account: str, doc: dict[str, object], item: str, say: str, at: Due | None) -> int:
    when = due_instant(at)
    grace = outbox.GRACE_MS if when is None else max(outbox.GRACE_MS, when - now)
    if when is not None:
        doc = {**doc, "at": now + grace}
    with acts.act(db, now, say, []) as act:
        lane = item if when is None else f"{item} at {when}"
        row = outbox.put(db, now, account, "post", doc, item=item, lane=lane, grace_ms=grace)
        act.outbox.append(row)
    return row
