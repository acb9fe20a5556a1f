"""What settings rules may match of a thread or item, and by which names its author may be called."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from leeward.work.quiet_plan import Subject


def subject(
    *, kind: str, account: str, ids: Iterable[str | None], place: str | None = None, place_remote: str | None = None
) -> Subject:
    """`ids`: our ids and the service's. A thread is also known as "gitlab:platform/api#112" (or "!112")."""
    known = {id for id in ids if id}
    written = {f"{kind}:{place}{_mark(id)}" for id in known if place}
    places = {name for name in (place, place_remote) if name}
    return Subject(frozenset(known | written), frozenset(places), account, kind)


def _mark(id: str) -> str:
    sign = "!" if "/merge_requests/" in id else "#"
    return sign + id.rpartition("/")[2]


def author_of(db: sqlite3.Connection, author: str | None) -> tuple[frozenset[str], str]:
    """Every name and address the owner may have called a person by, and the one they are shown by."""
    row = db.execute(
        "SELECT person.name, human.name, person.handle, person.address FROM person JOIN person AS human"
        " ON human.id = person.human WHERE person.id = ?",
        (author,),
    ).fetchone()
    if row is None:
        return frozenset(), ""
    return frozenset(name for name in row if name), str(row[1])
