"""One outbox row to one call of a connector."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from leeward.errors import NotSupported
from leeward.model import Body, Instant, ItemType, Key, NoteDraft, RemoteId, Sent, Status, TaskChange, TaskDraft, Tier
from leeward.ports import Can, Upload
from leeward.store.db import Db
from leeward.store.outbox import Row, telling
from leeward.store.stamps import read_due
from leeward.store.things import local_id
from leeward.sync.account import Live
from leeward.words import _

FINDABLE = {"create_task": ItemType.TASK, "create_note": ItemType.NOTE, "post": ItemType.MESSAGE}
_NEEDS = {
    "create_task": Can.TASK_WRITE,
    "update_task": Can.TASK_WRITE,
    "create_note": Can.NOTE_WRITE,
    "update_note": Can.NOTE_WRITE,
    "post": Can.POST,
    "take_back": Can.EDIT,
    "edit": Can.EDIT,
    "mark_read": Can.MARK_READ,
}


class Ready(Struct, frozen=True):
    """A row with everything it needs from the store: remote ids of people, the remote id of its task, its text.

    `key` is that of the line which is taken back.
    """

    row: Row
    people: tuple[RemoteId, ...]
    task: RemoteId | None
    text: str
    files: tuple[Upload, ...] = ()
    key: Key = Key("")


def prepare(db: Db, row: Row) -> Ready:
    """Look up what a row names by our ids."""
    people = row.doc.get("assignees") or row.doc.get("fields", {}).get("assignees") or []
    remote = (
        db.execute("SELECT remote, url, title FROM item WHERE id = ?", (row.item,)).fetchone() if row.item else None
    )
    about = db.execute("SELECT url, title FROM item WHERE id = ?", (row.doc.get("task"),)).fetchone()
    text = str(row.doc.get("text", ""))
    if about is not None:
        url = (row.parent or {}).get("url") or about[0]
        text = telling(about[1], url)
    files = tuple(_upload(one) for one in row.doc.get("files", ()))
    task = row.doc.get("task") if row.verb == "update_task" else None
    known = RemoteId(remote[0]) if remote and remote[0] else None
    of = db.execute("SELECT key FROM outbox WHERE row = ?", (row.doc.get("of"),)).fetchone()
    key = Key(of[0]) if of else Key("")
    return Ready(row, _remote_people(db, row.account, people), RemoteId(task) if task else known, text, files, key)


def successor(db: Db, row: Row) -> tuple[str, str] | None:
    """The remote id and the title of what replaced the place that a waiting line is for; None where nothing did."""
    if row.verb != "post":
        return None
    place = local_id(db, row.account, "place", row.doc["place"])
    found = db.execute("SELECT remote, title FROM place WHERE id = ? AND remote <> ?", (place, row.doc["place"]))
    new = found.fetchone()
    return (new[0], new[1]) if new else None


def _upload(stored: dict[str, str]) -> Upload:
    return Upload(stored["name"], base64.b64decode(stored["data"]))


def _remote_people(db: Db, account: str, ids: list[str]) -> tuple[RemoteId, ...]:
    """People as the target account knows them; who has no account there is left out."""
    found = []
    for id in ids:
        row = db.execute(
            "SELECT remote FROM person WHERE account = ?1 AND (id = ?2 OR human = (SELECT human FROM person WHERE id = ?2))"
            " ORDER BY id = ?2 DESC LIMIT 1",
            (account, id),
        ).fetchone()
        if row is not None:
            found.append(RemoteId(row[0]))
    return tuple(found)


async def send(live: Live, ready: Ready) -> Sent | None:
    """Ask the service for the change. Raises `Trouble`; returns None where it answers nothing worth keeping."""
    row = ready.row
    if not live.can(_NEEDS[row.verb]):
        raise NotSupported(_("{kind} cannot do this.").format(kind=live.manifest.title))
    answer = await _CALLS[row.verb](live, ready)
    assert answer is None or isinstance(answer, Sent), "a kind of another package may answer anything"
    return answer


async def _create_task(live: Live, ready: Ready) -> Sent:
    return await live.service.create(_draft(ready), key=ready.row.key)


async def _update_task(live: Live, ready: Ready) -> Sent:
    if ready.task is None:
        raise NotSupported(_("The service does not have this task."))
    row, change = ready.row, _change(ready.row.doc, ready.people)
    return await live.service.update(row.doc["place"], ready.task, change, key=row.key, seen=row.seen)


async def _create_note(live: Live, ready: Ready) -> Sent:
    return await live.service.create_note(_note(ready), key=ready.row.key)


async def _update_note(live: Live, ready: Ready) -> Sent:
    row = ready.row
    return await live.service.update_note(row.doc["note"], _note(ready), key=row.key, seen=row.seen)


def _note(ready: Ready) -> NoteDraft:
    doc = ready.row.doc
    return NoteDraft(doc["place"], doc["title"], doc["text"])


async def _edit(live: Live, ready: Ready) -> Sent:
    row, doc = ready.row, ready.row.doc
    body = None if row.verb == "take_back" else Body(doc["text"])
    message = (row.parent or {}).get("id") or doc["message"]
    return await live.service.edit(doc["place"], doc["thread"], message, body, key=row.key)


async def _mark_read(live: Live, ready: Ready) -> None:
    doc = ready.row.doc
    await live.service.mark_read(doc["place"], doc["thread"], doc["upto"], tuple(doc["todos"]))


async def _post(live: Live, ready: Ready) -> Sent:
    doc, body = ready.row.doc, body_of(ready)
    if not ready.text.strip() and not body.quoted and not ready.files:
        raise NotSupported(_("There is nothing left to say: what it was about is gone."))
    return await live.service.post(
        doc["place"],
        doc["thread"],
        body,
        ready.files,
        key=ready.row.key,
        reply_to=doc.get("reply_to"),
    )


def body_of(ready: Ready) -> Body:
    """The text of a line, the owner's words and what is quoted apart."""
    return Body(ready.text, str(ready.row.doc.get("quoted", "")))


async def find(live: Live, row: Row) -> Sent | None:
    """Look whether a create whose answer was lost has arrived."""
    # The service dates things by its own clock: one that is behind ours dates what we sent before we sent it.
    ahead_ms = max(0, round((live.skew_s() or 0.0) * 1000))
    since = Instant((row.started or row.due) - 600_000 - ahead_ms)
    what = FINDABLE[row.verb]
    return await live.service.find_sent(what, row.doc["place"], row.doc.get("thread"), row.key, since)


def _draft(ready: Ready) -> TaskDraft:
    doc = ready.row.doc
    return TaskDraft(
        place=doc["place"],
        title=doc["title"],
        body=Body(doc.get("own", ""), doc.get("quoted", ""), doc.get("link")),
        assignees=ready.people,
        due=read_due(doc.get("due")),
        tier=Tier(doc["tier"]) if doc.get("tier") else None,
        labels=tuple(doc.get("labels", ())),
    )


def _change(doc: dict[str, Any], people: tuple[RemoteId, ...]) -> TaskChange:
    fields: dict[str, Any] = doc["fields"]
    return TaskChange(
        fields=frozenset(fields),
        title=fields.get("title", ""),
        text=fields.get("text", ""),
        status=Status(fields.get("status", "open")),
        assignees=people,
        due=read_due(fields.get("due")),
        tier=Tier(fields["tier"]) if fields.get("tier") else None,
        labels=tuple(fields.get("labels", ())),
        instance=read_due(doc.get("instance")),
    )


_CALLS: dict[str, Callable[[Live, Ready], Awaitable[Sent | None]]] = {
    "create_task": _create_task,
    "update_task": _update_task,
    "create_note": _create_note,
    "update_note": _update_note,
    "post": _post,
    "take_back": _edit,
    "edit": _edit,
    "mark_read": _mark_read,
}
