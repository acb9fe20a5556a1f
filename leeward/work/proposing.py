"""What a line proposes for the task made of it: due and who. From the line itself only; proposed, and always to be edited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from leeward import zones
from leeward.model import Due, Instant, ItemId
from leeward.rows import MessageRow
from leeward.store.db import Db
from leeward.work import facts
from leeward.work.promises_read import Kind, read
from leeward.work.tiers import assignee_of, read_due
from leeward.zones import wall, zone


def due_of(text: str, at: Instant, where: str) -> Due | None:
    """When a line asks for something, from `at` on in its author's zone.

    "By Friday", "voor morgen 9u" in any line; a time by itself ("I'll look tomorrow", "kun je dit vrijdag nakijken?")
    only where the line promises or asks for something and names one time. What was over when it was said is none.
    """
    said = read_due(text, at, where)
    if said is None and (found := read(text)) is not None and found.kind is not Kind.QUESTION:
        named = facts.dates(text, at, where)
        said = named[0][1] if len(named) == 1 else None
    return None if said is None or _over(said, at, where) else said


def _over(due: Due, at: Instant, where: str) -> bool:
    if not isinstance(due, date):
        return due < at
    try:
        here = zone(where)
    except ValueError:
        here = zones.zone("UTC")
    return due < wall(at, here).date()


def people(db: Db, account: str, text: str) -> dict[str, str]:
    """Who the text may name, as ids by name: whole names, handles, and first names that only one person has."""
    low = text.lower()
    rows = db.execute("SELECT id, name, handle FROM person WHERE account = ? ORDER BY id", (account,))
    near = [(str(id), str(name), handle) for id, name, handle in rows if _named(low, (str(name), handle))]
    found = {name: id for id, name, handle in near} | {handle: id for id, _name, handle in near if handle}
    first: dict[str, set[str]] = {}
    for id, name, _handle in near:
        first.setdefault(name.split(" ")[0].lower(), set()).add(id)
    return found | {name: ids.pop() for name, ids in first.items() if len(ids) == 1 and name not in found}


def _named(low: str, names: Iterable[str | None]) -> bool:
    return any(name and name.split(" ")[0].lower() in low for name in names)


def _anybody(words: str) -> bool:
    return words.lower().startswith(("someone", "somebody", "one of", "we ", "iemand"))


def who(line: MessageRow, known: dict[str, str]) -> ItemId | None:
    """Who shall do it: whom the line asks, or its author where that is a promise of their own."""
    found = read(line.text)
    asked = assignee_of(line.text, known)
    if asked is not None:  # "ana: and someone should …" speaks to Ana and asks nobody
        return None if found is not None and found.kind is Kind.REQUEST and _anybody(found.words) else ItemId(asked)
    promised = found is not None and found.kind is Kind.PROMISE and not found.words.lower().startswith(("we", "wij"))
    return line.author_id if promised else None
