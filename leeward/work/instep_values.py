"""What two linked items say, in terms both understand: status, title, due at the coarser precision, humans for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from leeward.model import Instant
from leeward.store import fields
from leeward.store.db import Db
from leeward.store.stamps import read_due
from leeward.zones import system_zone, wall, zone

KEPT = ("status", "title", "due", "assignees")
Fields: TypeAlias = dict[str, Any]


def state(db: Db, task: str | None) -> Fields | None:
    """What a task says now; None where there is none."""
    if task is None or not db.execute("SELECT 1 FROM task WHERE id = ?", (task,)).fetchone():
        return None
    now = fields.current(db, task)
    humans = [_human(db, one) for one in now["assignees"]]
    return {"status": now["status"], "title": now["title"], "due": now["due"], "assignees": sorted(humans)}


def is_gone(db: Db, task: str) -> bool:
    """Tell whether a task was deleted at its service."""
    row = db.execute("SELECT gone FROM item WHERE id = ?", (task,)).fetchone()
    return row is not None and bool(row[0])


def _human(db: Db, person: str) -> str:
    row = db.execute("SELECT human FROM person WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else person


def people_of(db: Db, task: str, humans: Sequence[str]) -> list[str]:
    """The same humans as the task's own account knows them; who has no account there is left out."""
    found = []
    for human in humans:
        row = db.execute(
            "SELECT person.id FROM person JOIN item ON item.account = person.account WHERE item.id = ? AND person.human = ?"
            " ORDER BY person.id LIMIT 1",
            (task, human),
        ).fetchone()
        if row is not None:
            found.append(str(row[0]))
    return found


def moved(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether a field means something else than before."""
    return not same(name, before.get(name), after.get(name))


def same(name: str, one: Any, other: Any) -> bool:
    """Tell whether two values mean the same; dues are compared at the coarser of their precisions."""
    if name != "due" or one is None or other is None:
        return bool(one == other)
    first, second = read_due(one), read_due(other)
    if isinstance(first, date) == isinstance(second, date):
        return first == second
    here = zone(system_zone())
    days = [
        value if isinstance(value, date) else wall(Instant(int(value or 0)), here).date() for value in (first, second)
    ]
    return days[0] == days[1]
