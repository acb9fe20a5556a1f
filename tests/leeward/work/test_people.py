"""Who is one human: by an equal verified address, or because the owner says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from leeward.errors import Problem, Usage
from leeward.model import Batch, Person
from leeward.store import read
from leeward.store.db import Db
from leeward.store.salvage import salvage
from leeward.work import acts, people
from tests.leeward.store.hand import ANA, BO, ME, NOW, Hand, opened, room, said


def pulled(*people: Person, **rest: Any) -> Batch:
    return Batch(places=(room(),), people=people, **rest)


OTHER = replace(ANA, name="A. Duarte", handle="duarte")


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[tuple[Hand, Hand]]:
    """Ana as two services know her, with nothing that tells they are one."""
    with opened(tmp_path) as db:
        one, other = Hand(db, "chat"), Hand(db, "tracker")
        one.take(pulled(ME, ANA, BO, messages=(said("m1", "hello", NOW, "ana"),)))
        other.take(pulled(OTHER, messages=(said("m1", "hello", NOW, "ana"),)))
        yield one, other


def known(db: Db) -> dict[str, tuple[str, ...]]:
    """Who there is, and through which accounts they are seen."""
    return {row.name: tuple(sorted(row.accounts)) for row in read.people(db)}


APART = {"A. Duarte": ("tracker",), "Ana Duarte": ("chat",), "Bo Lind": ("chat",), "Sam Vermeer": ("chat",)}
AS_ONE = {"Ana Duarte": ("chat", "tracker"), "Bo Lind": ("chat",), "Sam Vermeer": ("chat",)}


def test_who_the_owner_joins_is_one_until_it_is_undone(hands: tuple[Hand, Hand]) -> None:
    one, other = hands
    db = one.db
    assert known(db) == APART
    one.act(people.join, one.id("person", "ana"), other.id("person", "ana"))
    assert known(db) == AS_ONE
    assert acts.last(db) == "Ana Duarte and A. Duarte are one person"
    line = read.message(db, other.line("m1"))
    assert line is not None
    assert line.author == "Ana Duarte"
    with pytest.raises(Problem, match="Ana Duarte is one person already"):
        one.act(people.join, other.id("person", "ana"), one.id("person", "ana"))
    one.act(acts.undo)
    assert known(db) == APART
    one.act(acts.redo)
    assert known(db) == AS_ONE


def test_it_outlives_what_was_pulled(hands: tuple[Hand, Hand], tmp_path: Path) -> None:
    one, other = hands
    one.act(people.join, one.id("person", "ana"), other.id("person", "ana"))
    one.db.execute("DELETE FROM person WHERE id = ?", (other.id("person", "ana"),))
    other.take(Batch(people=(OTHER,)))
    assert known(one.db) == AS_ONE
    one.db.close()
    salvage(tmp_path, NOW)
    with opened(tmp_path) as db:
        Hand(db, "chat").take(pulled(ME, ANA, BO))
        Hand(db, "tracker").take(pulled(OTHER))
        assert known(db) == AS_ONE


def test_an_equal_address_does_not_join_whom_the_owner_parted(hands: tuple[Hand, Hand]) -> None:
    one, other = hands
    shared = {"address": "office@x.example", "verified": True}
    one.take(Batch(people=(replace(ANA, **shared),)))
    other.take(Batch(people=(replace(OTHER, **shared),)))
    assert known(one.db) == AS_ONE
    one.act(people.part, other.id("person", "ana"))
    assert known(one.db) == APART
    assert acts.last(one.db) == "A. Duarte is somebody else than Ana Duarte"
    other.take(Batch(people=(replace(OTHER, name="Ann Duarte", **shared),)))
    assert set(known(one.db)) == {"Ann Duarte", "Ana Duarte", "Bo Lind", "Sam Vermeer"}
    one.act(acts.undo)
    assert "Ann Duarte" not in known(one.db)
    with pytest.raises(Problem, match="Bo Lind is joined with nobody"):
        one.act(people.part, one.id("person", "bo"))


def test_the_rest_stays_together_when_the_first_leaves(hands: tuple[Hand, Hand]) -> None:
    one, other = hands
    third = Hand(one.db, "wiki")
    third.take(pulled(replace(ANA, name="ana d")))
    ids = [hand.id("person", "ana") for hand in (one, other, third)]
    one.act(people.join, ids[0], ids[1])
    one.act(people.join, ids[1], ids[2])
    one.act(people.part, ids[0])
    assert {accounts for accounts in known(one.db).values() if len(accounts) > 1} == {("tracker", "wiki")}
    one.db.execute("DELETE FROM person WHERE id = ?", (ids[2],))
    third.take(Batch(people=(replace(ANA, name="ana d"),)))
    assert {accounts for accounts in known(one.db).values() if len(accounts) > 1} == {("tracker", "wiki")}


def test_people_are_named_by_id_name_or_handle(hands: tuple[Hand, Hand]) -> None:
    one, _other = hands
    db, ana = one.db, one.id("person", "ana")
    assert people.resolve(db, ana) == people.resolve(db, ana[:8]) == people.resolve(db, "ana duarte") == ana
    assert people.resolve(db, "@bo") == one.id("person", "bo")
    with pytest.raises(Usage, match="There is nobody called nobody here"):
        people.resolve(db, "nobody")
    Hand(db, "wiki").take(pulled(replace(BO, name="Other")))
    with pytest.raises(Usage, match="bo are several people"):
        people.resolve(db, "bo")
