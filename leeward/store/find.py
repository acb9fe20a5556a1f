"""Small look-ups that many queries share: ids by their beginning, names of people, links of items."""

from __future__ import annotations

import json
from collections.abc import Iterable

from leeward.errors import Problem, Usage
from leeward.model import Audience, ItemId, ItemType, Keep, Reach, RemoteId
from leeward.rows import LinkRow, PlaceRow
from leeward.store.db import Db
from leeward.words import _

SHORTEST = 3
_ALL = ("item", "message", "link")


def resolve(db: Db, prefix: str, *tables: str) -> ItemId:
    """The one id that begins with `prefix`, in `tables` (item, message, link; all by default).

    Raises `Usage` where there is none or more than one.
    """
    wanted = prefix.strip()
    if not wanted:
        raise Usage(_("An id is missing."), _("`leeward inbox` lists ids."))
    ids = begun(db, wanted, tables or _ALL)
    if wanted in ids:
        return ItemId(wanted)
    if len(ids) == 1 and len(wanted) >= SHORTEST:
        return ItemId(ids.pop())
    if not ids:
        _say_what_it_is(db, wanted, tables)
        raise Usage(_("There is nothing with the id {id} here.").format(id=prefix), _("`leeward inbox` lists ids."))
    raise Usage(_("{id} is the beginning of several ids.").format(id=prefix), _("Write one letter more."))


def begun(db: Db, wanted: str, tables: tuple[str, ...]) -> set[str]:
    """The first ids of these tables that begin so."""
    ids: set[str] = set()
    for table in tables:
        query = f"SELECT id FROM {table} WHERE id >= ? AND id < ? LIMIT 3"
        ids |= {str(id) for (id,) in db.execute(query, (wanted, wanted + "{"))}
    return ids


def _say_what_it_is(db: Db, wanted: str, tables: tuple[str, ...]) -> None:
    """An id that is there, but names another thing than the one that is needed. Raises `Usage` for it."""
    if len(wanted) < SHORTEST:
        return
    if "message" in tables and "item" not in tables and begun(db, wanted, ("item",)):
        do = _("`leeward thread {id}` lists the ids of a thread's lines.").format(id=wanted)
        raise Usage(_("{id} is no line.").format(id=wanted), do)
    if "item" in tables and "message" not in tables and begun(db, wanted, ("message",)):
        do = _("`leeward inbox`, `leeward tasks` and `leeward notes` list ids.")
        raise Usage(_("{id} is a line, and no thread, task or note.").format(id=wanted), do)


def type_of(db: Db, id: str) -> ItemType:
    """What an id stands for. Raises `Problem` for an id that is not here."""
    row = db.execute("SELECT type FROM item WHERE id = ?", (id,)).fetchone()
    if row is not None:
        return ItemType(row[0])
    if db.execute("SELECT 1 FROM message WHERE id = ?", (id,)).fetchone():
        return ItemType.MESSAGE
    raise Problem(_("There is nothing with the id {id} here.").format(id=id))


def thread_of(db: Db, id: str) -> ItemId | None:
    """The thread an item opens: itself, or the one it belongs to as a line, a to-do or a task with a discussion does."""
    row = db.execute("SELECT type, thread FROM item WHERE id = ?", (id,)).fetchone()
    if row is None:
        row = db.execute("SELECT 'message', thread FROM message WHERE id = ?", (id,)).fetchone()
    if row is None:
        return None
    if row[0] == ItemType.THREAD:
        return ItemId(id)
    return ItemId(row[1]) if row[1] else None


def names(db: Db, ids: Iterable[str]) -> dict[str, str]:
    """The names people go by; one human has one name over all accounts."""
    wanted = [id for id in dict.fromkeys(ids) if id]
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        marks = ",".join("?" * len(some))
        query = (
            "SELECT person.id, coalesce(human.name, person.name) FROM person LEFT JOIN person AS human"
            f" ON human.id = person.human WHERE person.id IN ({marks})"
        )
        found.update(db.execute(query, some))
    return found


def split(stored: str | None) -> tuple[str, ...]:
    """A stored list of ids."""
    return tuple(stored.split(",")) if stored else ()


def links(db: Db, id: str) -> tuple[LinkRow, ...]:
    """The links of an item, seen from it."""
    rows = db.execute(
        "SELECT link.id, other.id, other.type, other.title, other.url, link.keep FROM link JOIN item AS other"
        " ON other.id = CASE WHEN link.a = ?1 THEN link.b ELSE link.a END WHERE (link.a = ?1 OR link.b = ?1) AND"
        " link.gone IS NULL ORDER BY link.created",
        (id,),
    )
    return tuple(LinkRow(ItemId(r[0]), ItemId(r[1]), ItemType(r[2]), r[3], r[4], Keep(r[5])) for r in rows)


def outbox_states(db: Db, ids: Iterable[str]) -> dict[str, str]:
    """The outbox's word for items with something on its way; the worst one counts."""
    wanted = list(ids)
    order = {"queued": 0, "unsure": 1, "asks": 2, "failed": 3}
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        marks = ",".join("?" * len(some))
        query = (
            f"SELECT item, state FROM outbox WHERE item IN ({marks}) AND state IN ('queued','unsure','asks','failed')"
        )
        for item, state in db.execute(query, some):
            if item not in found or order[state] > order[found[item]]:
                found[item] = state
    return found


_PLACE = (
    "SELECT place.id, account.name, place.title, reach, readers, people, place.url, flat, tasks, notes, writable"
    " FROM place JOIN account ON account.uid = place.account"
)


def _place(row: tuple[object, ...]) -> PlaceRow:
    people = tuple(RemoteId(one) for one in json.loads(str(row[5]))) if row[5] else ()
    audience = Audience(Reach(str(row[3])), int(str(row[4])) if row[4] is not None else None, people)
    url = str(row[6]) if row[6] else None
    return PlaceRow(
        ItemId(str(row[0])),
        str(row[1]),
        str(row[2]),
        audience,
        url,
        bool(row[7]),
        bool(row[8]),
        bool(row[9]),
        bool(row[10]),
    )


def places(db: Db, account: str | None = None) -> list[PlaceRow]:
    """All places that are not archived, by account and title."""
    rows = db.execute(
        _PLACE + " WHERE archived = 0 AND (?1 IS NULL OR account.name = ?1) ORDER BY account.name, place.title",
        (account,),
    )
    return [_place(row) for row in rows]


def place(db: Db, id: str) -> PlaceRow | None:
    """One place."""
    row = db.execute(_PLACE + " WHERE place.id = ?", (id,)).fetchone()
    return _place(row) if row else None
