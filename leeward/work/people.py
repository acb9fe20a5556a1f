"""Who is one human over several accounts, as the owner says it. Equal verified addresses are joined on the way in."""

from __future__ import annotations

from leeward.errors import Problem, Usage
from leeward.model import Instant, ItemId
from leeward.store import find
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts


def resolve(db: Db, named: str) -> ItemId:
    """The person whose id begins with `named`, or who alone goes by that name or handle. Raises `Usage`."""
    wanted = named.strip()
    begun = find.begun(db, wanted, ("person",))
    if wanted in begun or (len(begun) == 1 and len(wanted) >= find.SHORTEST):
        return ItemId(wanted if wanted in begun else begun.pop())
    humans = db.execute(
        "SELECT DISTINCT human FROM person WHERE lower(name) = lower(?1) OR lower(handle) = lower(ltrim(?1, '@'))",
        (wanted,),
    ).fetchall()
    if len(humans) == 1:
        return ItemId(humans[0][0])
    if humans or begun:
        raise Usage(_("{name} are several people.").format(name=named), _("`leeward people` lists their ids."))
    raise Usage(_("There is nobody called {name} here.").format(name=named), _("`leeward people` lists who is known."))


def join(db: Db, now: Instant, one: str, other: str) -> ItemId:
    """Take two people for one human from now on, also after their accounts were pulled anew. Returns the human's id.

    Raises `Problem` where they are one already.
    """
    human, second = _human(db, one), _human(db, other)
    if human == second:
        raise Problem(_("{name} is one person already.").format(name=_name(db, human)))
    moving, pair = _members(db, second), _pair(one, other)
    say = _("{one} and {other} are one person").format(one=_name(db, human), other=_name(db, second))
    with acts.act(db, now, say, [*(("person", id) for id in moving), ("person_join", " ".join(pair))]):
        _note(db, pair, joined=True)
        db.execute("UPDATE person SET human = ? WHERE human = ?", (human, second))
    db.changed |= {"people", "inbox"}
    return ItemId(human)


def part(db: Db, now: Instant, person: str) -> ItemId:
    """Take one account's person for somebody else than the people they were joined with. Returns the person's id.

    An equal address does not join them again. Raises `Problem` where nobody is joined with them.
    """
    others = [id for id in _members(db, _human(db, person)) if id != person]
    if not others:
        raise Problem(_("{name} is joined with nobody.").format(name=_name(db, person)))
    head = others[0]
    pairs = {_pair(person, id): False for id in others} | {_pair(head, id): True for id in others[1:]}
    rows = [*(("person", id) for id in (person, *others)), *(("person_join", " ".join(pair)) for pair in pairs)]
    say = _("{one} is somebody else than {other}").format(one=_name(db, person), other=_name(db, head))
    with acts.act(db, now, say, rows):
        for pair, joined in pairs.items():
            _note(db, pair, joined=joined)
        db.execute("UPDATE person SET human = id WHERE id = ?", (person,))
        marks = ",".join("?" * len(others))
        db.execute(f"UPDATE person SET human = ? WHERE id IN ({marks})", (head, *others))
    db.changed |= {"people", "inbox"}
    return ItemId(person)


def _human(db: Db, person: str) -> str:
    row = db.execute("SELECT human FROM person WHERE id = ?", (person,)).fetchone()
    if row is None:
        raise Usage(_("There is nobody called {name} here.").format(name=person))
    return str(row[0])


def _members(db: Db, human: str) -> list[str]:
    return [str(id) for (id,) in db.execute("SELECT id FROM person WHERE human = ? ORDER BY id <> ?1, id", (human,))]


def _name(db: Db, person: str) -> str:
    row = db.execute("SELECT name FROM person WHERE id = ?", (person,)).fetchone()
    return str(row[0]) if row else "?"


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _note(db: Db, pair: tuple[str, str], *, joined: bool) -> None:
    db.execute("INSERT OR REPLACE INTO person_join VALUES (?, ?, ?)", (*pair, joined))
