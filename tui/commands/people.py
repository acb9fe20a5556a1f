"""people."""

from __future__ import annotations

import argparse
from typing import Any

from leeward.errors import Usage
from leeward.rows import PersonRow
from leeward.store import read
from leeward.store.db import Db
from leeward.words import _
from leeward.work import acts
from leeward.work import people as work
from tui.commands import answers
from tui.wiring import Home
from tui.wrap import left


def arguments(_verb: str, parser: argparse.ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "words", nargs="*", metavar="join WHO WHO | part WHO", help=_("ids, names or handles; none: who is known")
    )
    parser.set_defaults(run=_people)


def _people(home: Home, args: argparse.Namespace) -> int:
    words: list[str] = args.words
    if not words:
        return _show(home)
    if (words[0], len(words)) not in {("join", 3), ("part", 2)}:
        raise Usage(_("Write `people`, `people join WHO WHO` or `people part WHO`."))

    def act(db: Db) -> str | None:
        who = [work.resolve(db, word) for word in words[1:]]
        (work.join if words[0] == "join" else work.part)(db, home.clock.now(), *who)
        return acts.last(db)

    said = answers.writing(home, act)
    return answers.told(home, {"done": said}, said or "")


def _show(home: Home) -> int:
    rows = answers.reading(home, _known)
    if home.json:
        answers.out([_row(row, seen) for row, seen in rows])
        return 0
    answers.lines(
        f"{left(row.name, 28)}  {', '.join(f'{account} {id[:8]}' for id, account in seen)}" for row, seen in rows
    )
    return 0


def _known(db: Db) -> list[tuple[PersonRow, list[tuple[str, str]]]]:
    """Everybody, each with the ids they have in their accounts."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for human, id, account in db.execute(
        "SELECT human, person.id, account.name FROM person JOIN account ON account.uid = person.account ORDER BY 3, 2"
    ):
        seen.setdefault(human, []).append((id, account))
    return [(row, seen.get(row.id, [])) for row in read.people(db)]


def _row(row: PersonRow, seen: list[tuple[str, str]]) -> dict[str, Any]:
    accounts = [{"id": id, "account": account} for id, account in seen]
    return {"id": row.id, "name": row.name, "handle": row.handle, "me": row.me, "accounts": accounts}
